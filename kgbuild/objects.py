"""What a claim says of its tail: the IRI of a thing, or a value of a datatype that the property's range names.

Values are written in forms that stores keep: whole numbers as xsd:integer, within the bounds of the datatype that was
asked for, xsd:double and xsd:float without an exponent. Of a quantity the number is written; its unit stands in the
text that the evidence names. A day becomes its month or year where that is asked; a year never becomes a day.
"""

import struct
from collections.abc import Iterator
from decimal import Decimal

from kgbuild.numerals import plain_text, quantity_in
from kgbuild.ontology import ANY_VALUE, NUMBER_TYPE, XSD, Property
from kgbuild.records import Entity, Literal

__all__ = ["object_of"]

_STRING = f"{XSD}string"
_CUTS = {"date": {"gYearMonth": 3, "gYear": 6}, "gYearMonth": {"gYear": 3}}
"""Characters that a date loses at its end to become a less exact one."""
_BOUNDS: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    **{name: (-(2**bits), 2**bits - 1) for name, bits in (("byte", 7), ("short", 15), ("int", 31), ("long", 63))},
    **{f"unsigned{name}": (0, 2**bits - 1) for name, bits in (("Byte", 8), ("Short", 16), ("Int", 32), ("Long", 64))},
}
"""Least and greatest value of each kind of whole number (https://www.w3.org/TR/xmlschema11-2/)."""


def object_of(known: Property | None, tail: Entity, text: str) -> str | Literal | None:
    """The tail as the property wants it, `text` being its mention; `None` where it cannot be so.

    A property that no ontology describes takes the tail as it was read.
    """
    if tail.literal is None and (known is None or known.takes_things):
        return tail.iri
    if known is not None and not known.takes_values:
        return None
    words = Literal(" ".join(text.split()), _STRING)
    if known is None or not known.datatypes:
        return tail.literal or words
    return next(_values(tail, words, known.datatypes), None)


def _values(tail: Entity, words: Literal, datatypes: tuple[str, ...]) -> Iterator[Literal]:
    """The values that the tail may be, the most telling first."""
    read = tail.literal or words
    wanted = [item.removeprefix(XSD) for item in datatypes]
    if read.datatype in datatypes and read.datatype != _STRING:
        yield read
    for name, cut in _CUTS.get(read.datatype.removeprefix(XSD), {}).items():
        if name in wanted:
            yield Literal(read.value[:-cut], f"{XSD}{name}")
    number = quantity_in(plain_text(words.value)) if tail.type == NUMBER_TYPE else None
    if number is not None:
        yield from _numbers(number, wanted)
    if _STRING in datatypes:
        yield words
    if ANY_VALUE in datatypes:
        yield read


def _numbers(value: Decimal, wanted: list[str]) -> Iterator[Literal]:
    whole = (_BOUNDS[name] for name in wanted if name in _BOUNDS)
    if value == value.to_integral_value() and any(_within(int(value), *bounds) for bounds in whole):
        yield Literal(f"{int(value)}", f"{XSD}integer")
    written = {"decimal": value, "double": Decimal(repr(float(value))), "float": _single(float(value))}
    for name, number in written.items():
        if name in wanted:
            yield Literal(f"{number.normalize():f}" if number else "0", f"{XSD}{name}")


def _within(value: int, least: int | None, most: int | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)


def _single(value: float) -> Decimal:
    """The shortest number that is the same as the value in 32 bits, nine digits at most."""
    bits = struct.pack("f", value)
    [single] = struct.unpack("f", bits)
    texts = (f"{single:.{digits}g}" for digits in range(1, 10))
    return Decimal(next(text for text in texts if struct.pack("f", float(text)) == bits))
