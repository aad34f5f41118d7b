"""A range says which mentions may be the tail, of which datatypes values are, and whether it is a thing or a value."""

import pytest

from kgbuild.ontology_ranges import OTHER_DATATYPE, OTHER_RANGE, VALUE_RANGE, Range, read_range
from kgbuild.ontology_terms import ANY_VALUE, XSD, Tail

ACCEPTED = {
    "urn:Person": frozenset({"PER"}),
    "urn:Day": frozenset({"TIME"}),
    "urn:Code": frozenset({"code"}),
}
NONE: frozenset[str] = frozenset()
DATE, YEAR, STRING, TIME, URI = (f"{XSD}{name}" for name in ("date", "gYear", "string", "dateTime", "anyURI"))
ANY_THING = "http://www.w3.org/2002/07/owl#Thing"


@pytest.mark.parametrize(
    ("members", "kind", "expected"),
    [
        ([STRING], "values", Range(NONE, (STRING,), "values")),
        ([STRING], "", Range(NONE, (STRING,), "values")),
        ([YEAR], "values", Range(frozenset({"TIME"}), (YEAR,))),
        ([YEAR, STRING], "values", Range(NONE, (YEAR, STRING), "values")),
        (["urn:Day"], "values", Range(frozenset({"TIME"}))),
        ([], "values", Range(NONE, (ANY_VALUE,), "values")),
        ([ANY_VALUE], "", Range(NONE, (ANY_VALUE,), "values")),
        ([TIME], "values", Range(frozenset({"TIME"}), (), "", ((OTHER_DATATYPE, TIME),))),
        ([URI], "values", Range(NONE, (ANY_VALUE,), "values", ((OTHER_DATATYPE, URI),))),
        (["urn:Code"], "values", Range(frozenset({"code"}), (ANY_VALUE,), "values", ((OTHER_DATATYPE, "urn:Code"),))),
        (["urn:Person"], "things", Range(frozenset({"PER"}))),
        ([], "things", Range(NONE)),
        ([ANY_THING], "things", Range(NONE, tail="things")),
        ([DATE], "things", Range(NONE, tail="things", notes=((VALUE_RANGE, DATE),))),
        (["urn:Day"], "things", Range(NONE, tail="things", notes=((VALUE_RANGE, "urn:Day"),))),
        (["urn:Person", DATE], "", Range(frozenset({"PER", "TIME"}), (DATE,))),
        (["urn:Person", STRING], "", Range(NONE, notes=((OTHER_RANGE, STRING),))),
        ([], "", Range(NONE)),
    ],
)
def test_each_range(members: list[str], kind: Tail, expected: Range) -> None:
    """Datatypes, classes and unions of both, under each kind of property; what cannot be used is noted."""
    assert read_range(members, kind, ACCEPTED) == expected
