"""Dates compare as exactly as they are written."""

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.graph.dates import Period, period_of, values_differ

from .planted import day, value

days = st.dates().map(lambda date: day(date.isoformat()))
dates = st.tuples(st.dates(), st.sampled_from([4, 7, 10])).map(lambda pair: day(pair[0].isoformat()[: pair[1]]))


@pytest.mark.parametrize(
    ("text", "datatype", "period"),
    [
        ("1815-12-10", "date", Period((1815, 12, 10), (1815, 12, 10))),
        ("1815-12", "gYearMonth", Period((1815, 12, 1), (1815, 12, 31))),
        ("1815", "gYear", Period((1815, 1, 1), (1815, 12, 31))),
        ("-0044", "gYear", Period((-44, 1, 1), (-44, 12, 31))),
        ("0000", "gYear", Period((0, 1, 1), (0, 12, 31))),
        ("12000-01-02", "date", Period((12000, 1, 2), (12000, 1, 2))),
        ("1815-12-10+01:00", "date", Period((1815, 12, 10), (1815, 12, 10))),
        ("1815Z", "gYear", Period((1815, 1, 1), (1815, 12, 31))),
        ("1815-12-10T11:12:13.5Z", "dateTime", Period((1815, 12, 10), (1815, 12, 10))),
        ("spring", "string", None),
        ("1815", "integer", None),
        ("spring", "date", None),
    ],
)
def test_periods(text: str, datatype: str, period: Period | None) -> None:
    """A date is the days that it may mean; anything else has no period."""
    assert period_of(value(text, datatype)) == period


@given(dates, dates)
def test_dates_differ_when_no_day_is_common(one: ox.Literal, other: ox.Literal) -> None:
    """Two dates agree when the shorter one is the beginning of the longer one, and only then."""
    short, long = sorted((one.value, other.value), key=len)
    assert values_differ(one, other) is not long.startswith(short)
    assert values_differ(one, other) == values_differ(other, one)


@given(days, days)
def test_after_is_after(one: ox.Literal, other: ox.Literal) -> None:
    """A day is after another when the calendar has it so, and never before and after at once."""
    first, second = period_of(one), period_of(other)
    assert first is not None
    assert second is not None
    assert first.is_after(second) is (one.value > other.value)
    assert not (first.is_after(second) and second.is_after(first))


def test_a_year_is_neither_before_nor_after_its_days() -> None:
    """A death in 1815 is not before a birth on a day of 1815."""
    year, date = period_of(day("1815")), period_of(day("1815-12-10"))
    assert year is not None
    assert date is not None
    assert not year.is_after(date)
    assert not date.is_after(year)


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        (value("5", "integer"), value("5.0", "decimal"), False),
        (value("5", "integer"), value("5.5", "decimal"), True),
        (value("1E3", "double"), value("1000", "integer"), False),
        (value("broken", "integer"), value("5", "integer"), False),
        (value("about five"), value("5", "integer"), False),
        (value("spring"), value("summer"), False),
        (value("1815", "gYear"), value("1816", "integer"), False),
        (value("true", "boolean"), value("false", "boolean"), True),
        (value("true", "boolean"), value("true", "boolean"), False),
        (ox.Literal("Wien", language="de"), ox.Literal("Vienna", language="en"), False),
    ],
)
def test_values(one: ox.Literal, other: ox.Literal, differ: bool) -> None:
    """Numbers differ by their value, words and kinds that cannot be compared never do."""
    assert values_differ(one, other) is differ
