"""The object of a claim is what its property's range asks for: a thing, a value of its datatype, or nothing."""

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.objects import object_of
from kgbuild.ontology import ANY_VALUE, XSD, Property
from kgbuild.ontology_ranges import DATATYPES
from kgbuild.records import Entity, Literal
from kgbuild.resolve.literals import to_literal

OSLO = Entity("urn:oslo", "Oslo", "LOC", (0,))


def prop(*datatypes: str, types: tuple[str, ...] = (), tail: str = "") -> Property:
    named = tuple(name if ":" in name else f"{XSD}{name}" for name in datatypes)
    return Property("urn:p", "p", "", frozenset(), frozenset(types), None, False, False, (), datatypes=named, tail=tail)


def value(text: str, type: str) -> Entity:
    return Entity(None, text, type, (0,), to_literal(text, type))


@pytest.mark.parametrize(
    ("text", "type", "datatype", "expected"),
    [
        ("7 April 1948", "TIME", "date", ("1948-04-07", "date")),
        ("7 April 1948", "TIME", "gYear", ("1948", "gYear")),
        ("7 April 1948", "TIME", "gYearMonth", ("1948-04", "gYearMonth")),
        ("April 1948", "TIME", "gYear", ("1948", "gYear")),
        ("44 BC", "TIME", "gYear", ("-0043", "gYear")),
        ("1948", "TIME", "date", None),
        ("April 1948", "TIME", "date", None),
        ("1948", "TIME", "gYearMonth", None),
        ("the 1990s", "TIME", "gYear", None),
        ("the\n 1990s", "TIME", "string", ("the 1990s", "string")),
        ("7 April 1948", "TIME", "string", ("7 April 1948", "string")),
        ("12 km", "NUM", "integer", ("12", "integer")),
        ("12 km", "NUM", "decimal", ("12", "decimal")),
        ("12.50 km", "NUM", "decimal", ("12.5", "decimal")),
        ("12.5 km", "NUM", "integer", None),
        ("35 %", "NUM", "decimal", ("0.35", "decimal")),
        ("3.5 million", "NUM", "integer", ("3500000", "integer")),
        ("3.5 million", "NUM", "double", ("3500000", "double")),
        ("0.1", "NUM", "float", ("0.1", "float")),
        ("twelve", "NUM", "nonNegativeInteger", ("12", "integer")),
        ("-5", "NUM", "nonNegativeInteger", None),
        ("200", "NUM", "byte", None),
        ("several", "NUM", "integer", None),
        ("12 km", "NUM", ANY_VALUE, ("12 km", "string")),
        ("12", "NUM", ANY_VALUE, ("12", "integer")),
    ],
)
def test_values_are_of_the_datatype(text: str, type: str, datatype: str, expected: tuple[str, str] | None) -> None:
    """A value is the range's, as exact as that; what is less exact, of no number or out of bounds is none."""
    found = object_of(prop(datatype, tail="values"), value(text, type), text)
    assert found == (None if expected is None else Literal(expected[0], XSD + expected[1]))


def test_a_union_takes_the_most_exact() -> None:
    """Of several datatypes the one that loses least is taken, words last."""
    every = prop("gYear", "gYearMonth", "string", tail="values")
    assert object_of(every, value("7 April 1948", "TIME"), "7 April 1948") == Literal("1948-04", f"{XSD}gYearMonth")
    assert object_of(every, value("spring", "TIME"), "spring") == Literal("spring", f"{XSD}string")


def test_things_and_values_do_not_mix() -> None:
    """A property of things takes no value; one of values takes a thing's mention as words, if it takes words."""
    year = value("1948", "TIME")
    assert object_of(prop(tail="things"), year, "1948") is None
    assert object_of(prop(types=("LOC",)), year, "1948") is None
    assert object_of(prop(tail="things"), OSLO, "Oslo") == "urn:oslo"
    assert object_of(prop("string", tail="values"), OSLO, "old \n Oslo") == Literal("old Oslo", f"{XSD}string")
    assert object_of(prop(types=("TIME",)), OSLO, "Oslo") == Literal("Oslo", f"{XSD}string")
    assert object_of(prop("gYear", types=("TIME",)), OSLO, "Oslo") is None


def test_what_says_nothing_takes_the_tail_as_read() -> None:
    """A property without range or kind, and one that no ontology describes, have thing or value as they come."""
    year = value("1948", "TIME")
    for known in (None, prop()):
        assert object_of(known, OSLO, "Oslo") == "urn:oslo"
        assert object_of(known, year, "1948") == year.literal


@given(st.decimals(-(10**12), 10**12, places=6), st.sampled_from(sorted(set(DATATYPES) - {f"{XSD}dateTime"})))
def test_stores_keep_numbers(number: object, datatype: str) -> None:
    """Whatever number is written comes back from the store with the same characters and datatype."""
    found = object_of(prop(datatype, tail="values"), value(f"{number:f}", "NUM"), f"{number:f}")
    if isinstance(found, Literal):
        node, store = ox.NamedNode("urn:n"), ox.Store()
        store.add(ox.Quad(node, node, ox.Literal(found.value, datatype=ox.NamedNode(found.datatype))))
        [quad] = store
        assert quad.object == ox.Literal(found.value, datatype=ox.NamedNode(found.datatype))
