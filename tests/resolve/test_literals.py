"""Dates and numbers become canonical literals, and nothing is guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.records import Literal
from kgbuild.resolve.literals import to_literal

XSD = "http://www.w3.org/2001/XMLSchema#"


@pytest.mark.parametrize(
    ("text", "datatype", "value"),
    [
        ("13 March 1963", "date", "1963-03-13"),
        ("March 13th, 1963", "date", "1963-03-13"),
        ("the 13th of March 1963", "date", "1963-03-13"),
        ("Wednesday,  Sept. 4 2002", "date", "2002-09-04"),
        ("1963-03-13", "date", "1963-03-13"),
        ("29 February 2004", "date", "2004-02-29"),
        ("March 1963", "gYearMonth", "1963-03"),
        ("MARCH, 1963", "gYearMonth", "1963-03"),
        ("1963-03", "gYearMonth", "1963-03"),
        ("1990", "gYear", "1990"),
        ("the year 800", "gYear", "0800"),
        ("AD 79", "gYear", "0079"),
        ("79 A.D.", "gYear", "0079"),
        ("44 BC", "gYear", "-0043"),
        ("44 B.C.E.", "gYear", "-0043"),
        ("1 BC", "gYear", "0000"),
    ],
)
def test_dates_are_understood(text: str, datatype: str, value: str):
    """A date, month or year is its canonical value; one before Christ counts as ISO 8601 does."""
    assert to_literal(text, "TIME") == Literal(value, XSD + datatype)


@pytest.mark.parametrize(
    "text",
    [
        *["1992 to 2002", "1992–2002", "the 1990s", "summer", "summer 2009", "yesterday", "today", "last year"],
        *["03/04/2005", "13 March", "March", "20th century", "30 February 2001", "29 February 2003", "2001-13-01"],
        *["0 BC", "0000", "four years", "10", "noon", "", "١٩٩٠ س"],
    ],
)
def test_dates_in_doubt_stay_text(text: str):
    """Ranges, decades, seasons, relative, ambiguous and impossible dates are never filled in."""
    assert to_literal(text, "TIME") == Literal(text, f"{XSD}string")


@pytest.mark.parametrize(
    ("text", "datatype", "value"),
    [
        ("1,200", "integer", "1200"),
        ("1 200 000", "integer", "1200000"),
        ("007", "integer", "7"),
        ("-5", "integer", "-5"),
        ("−5", "integer", "-5"),
        ("-0", "integer", "0"),
        ("+3.0", "integer", "3"),
        ("3.1400", "decimal", "3.14"),
        ("0.5", "decimal", "0.5"),
        ("1.5 million", "integer", "1500000"),
        ("2 billion", "integer", "2000000000"),
        ("10%", "decimal", "0.1"),
        ("100 percent", "integer", "1"),
        ("12.5 per cent", "decimal", "0.125"),
        ("Two", "integer", "2"),
        ("twenty-one", "integer", "21"),
        ("one hundred and five", "integer", "105"),
        ("two hundred thousand", "integer", "200000"),
        ("a million", "integer", "1000000"),
        ("three thousand four hundred twelve", "integer", "3412"),
        ("zero", "integer", "0"),
    ],
)
def test_numbers_are_understood(text: str, datatype: str, value: str):
    """Digits, words, scales and percentages are one canonical value."""
    assert to_literal(text, "NUM") == Literal(value, XSD + datatype)


@pytest.mark.parametrize(
    "text",
    [
        *["two three", "thirty-twenty", "twenty eleven", "hundred hundred", "million", "and", "10 km", "$3", "3-4"],
        *["1,20", "12,00,000", "two-time", "half", "over 100", "1.2.3", "9" * 25, "%", "five zero"],
    ],
)
def test_numbers_in_doubt_stay_text(text: str):
    """What is not wholly a number is text, with its unit and all."""
    assert to_literal(text, "NUM") == Literal(text, f"{XSD}string")


def test_text_has_single_spaces():
    """White space of the document, line breaks included, does not reach the value."""
    assert to_literal(" the\n late  1990s ", "TIME") == Literal("the late 1990s", f"{XSD}string")


@given(st.integers(-(10**15), 10**15))
def test_integers_are_canonical(number: int):
    """Every whole number comes back as Python writes it, with separators or without."""
    for text in (str(number), f"{number:,}"):
        assert to_literal(text, "NUM") == Literal(str(number), f"{XSD}integer")


@given(st.dates())
def test_dates_are_canonical(day: object):
    """Every day of the calendar comes back in ISO 8601, written out or not."""
    written = f"{day:%d %B} {day.year:04}"
    assert to_literal(written, "TIME") == to_literal(str(day), "TIME") == Literal(str(day), f"{XSD}date")


@given(st.text(), st.sampled_from(["TIME", "NUM"]))
def test_any_text_has_a_literal(text: str, type: str):
    """No text, however strange, raises."""
    assert to_literal(text, type).datatype.startswith(XSD)
