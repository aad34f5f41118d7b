"""What a property's range says of its tails: which mentions may be one, and of which datatypes values are.

Read are strings, years, months, days and numbers. Of another datatype no value is made: the tail is as it is read, a
date, a number, or else the words of the text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kgbuild.ontology_terms import ANY_VALUE, DATE_TYPE, NUMBER_TYPE, VALUE_TYPES, XSD, Tail

__all__ = ["ANYTHING", "DATATYPES", "OTHER_DATATYPE", "OTHER_RANGE", "VALUE_RANGE", "Range", "read_range"]

ANYTHING = frozenset(
    ["http://www.w3.org/2002/07/owl#Thing", "http://www.w3.org/2000/01/rdf-schema#Resource", ANY_VALUE]
)
"""What a domain or range names that names nothing."""
_DATES = ("date", "gYear", "gYearMonth")
_TIMES = ("dateTime", "dateTimeStamp", "duration", "time")
_NUMBERS = (
    *("integer", "decimal", "double", "float", "int", "long", "short", "byte"),
    *("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
    *("unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte"),
)
DATATYPES = {
    **{f"{XSD}{name}": DATE_TYPE for name in (*_DATES, *_TIMES)},
    **{f"{XSD}{name}": NUMBER_TYPE for name in _NUMBERS},
}
"""Types of mentions by the datatypes that are made of them."""
_STRING = f"{XSD}string"

OTHER_RANGE = (
    "a property whose rdfs:range is no class that is described here, no date and no number may have anything as its "
    "tail"
)
"""Why a range was not used."""
VALUE_RANGE = "a datatype as the rdfs:range of an owl:ObjectProperty is passed over, since its tail is a thing"
"""Why the datatypes of a range were not used."""
OTHER_DATATYPE = (
    "a property whose rdfs:range is no datatype that is written here has tails as they are read, date, number or words"
)
"""Why a value is not of the datatype that a range names."""


@dataclass(frozen=True, slots=True)
class Range:
    """What may be the tail of a property."""

    types: frozenset[str]
    """Notations that it may have; empty when anything may be it."""
    datatypes: tuple[str, ...] = ()
    """IRIs of the datatypes of its values, sorted; empty when they are as they are read."""
    tail: Tail = ""
    """What the property's kind says where the types leave it open."""
    notes: tuple[tuple[str, str], ...] = ()
    """What could not be used: why, and its IRI."""


def read_range(members: Sequence[str], kind: Tail, accepted: Mapping[str, frozenset[str]]) -> Range:
    """The range that names these classes and datatypes; `accepted` are the notations of each class."""
    if kind == "things":
        return _of_things(members, accepted)
    named = [member for member in members if member.startswith(XSD) or member == ANY_VALUE]
    if kind == "values" or (members and len(named) == len(members)):
        return _of_values(members, accepted)
    return _of_both(members, accepted)


def _is_written(member: str) -> bool:
    """Whether values of the datatype are made."""
    return member == _STRING or (member in DATATYPES and member.removeprefix(XSD) not in _TIMES)


def _of_things(members: Sequence[str], accepted: Mapping[str, frozenset[str]]) -> Range:
    if not members:
        return Range(frozenset())
    values = [member for member in members if member in DATATYPES or accepted.get(member, {""}) <= VALUE_TYPES]
    values += [member for member in members if member.startswith(XSD) and member not in DATATYPES]
    found = _of_both([member for member in members if member not in values], accepted)
    notes = (*((VALUE_RANGE, member) for member in values), *found.notes)
    return Range(found.types, tail="" if found.types else "things", notes=notes)


def _of_values(members: Sequence[str], accepted: Mapping[str, frozenset[str]]) -> Range:
    types, datatypes, notes, everything = set[str](), set[str](), [], not members
    for member in members:
        known = accepted.get(member) or frozenset(filter(None, [DATATYPES.get(member)]))
        everything |= not known
        types |= known
        datatypes.add(member if _is_written(member) else ANY_VALUE)
        as_read = member in ANYTHING or (member in accepted and known <= VALUE_TYPES)
        if not as_read and not _is_written(member):
            notes.append((OTHER_DATATYPE, member))
    if everything or not types <= VALUE_TYPES:
        fitting = frozenset[str]() if everything else frozenset(types)
        return Range(fitting, tuple(sorted(datatypes or {ANY_VALUE})), "values", tuple(notes))
    told = () if datatypes == {ANY_VALUE} else tuple(sorted(datatypes))
    return Range(frozenset(types), told, "", tuple(notes))


def _of_both(members: Sequence[str], accepted: Mapping[str, frozenset[str]]) -> Range:
    """Classes, and datatypes among them."""
    types: set[str] = set()
    for member in members:
        if member in ANYTHING:
            return Range(frozenset())
        if member not in accepted and member not in DATATYPES:
            return Range(frozenset(), notes=((OTHER_RANGE, member),))
        types |= accepted.get(member) or {DATATYPES[member]}
    return Range(frozenset(types), tuple(sorted(filter(_is_written, members))))
