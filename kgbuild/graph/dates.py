"""Values that can be compared: dates as exactly as they are written, and numbers.

A year is the period of its days, so that 1815 and 10 December 1815 agree and 1815 comes neither before nor after it.
"""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

import pyoxigraph as ox

from kgbuild.graph.vocabulary import PREFIXES

__all__ = ["DATES", "NUMBERS", "WORDS", "Period", "period_of", "values_differ"]

_XSD: Final = PREFIXES["xsd"]
DATES: Final = frozenset(f"{_XSD}{name}" for name in ("date", "dateTime", "gYear", "gYearMonth"))
"""Datatypes of dates."""
NUMBERS: Final = frozenset(
    f"{_XSD}{name}" for name in ("integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger")
)
"""Datatypes of numbers."""
WORDS: Final = frozenset({f"{_XSD}string", f"{PREFIXES['rdf']}langString"})
"""Datatypes of text: what stands for a date or number that could not be understood has the first."""

_DATE = re.compile(r"(-?\d{4,})(?:-(\d\d)(?:-(\d\d)(?:T[\d:.]+)?)?)?(?:Z|[+-]\d\d:\d\d)?")
_Day = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Period:
    """The days that a date may mean."""

    first: _Day
    """Year, month and day of the first, the year in astronomical count."""
    last: _Day
    """Year, month and day that no day of it comes after; the day may be none of the calendar, such as 31 June."""

    def is_after(self, other: "Period") -> bool:
        """Whether each day of it comes after all days of the other."""
        return self.first > other.last


def period_of(term: object) -> Period | None:
    """The period of a date; `None` of what is none. A time of day and a time zone make no difference."""
    if not isinstance(term, ox.Literal) or term.datatype.value not in DATES:
        return None
    match = _DATE.fullmatch(term.value)
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    return Period((year or 0, month or 1, day or 1), (year or 0, month or 12, day or 31))


def values_differ(one: ox.Literal, other: ox.Literal) -> bool:
    """Whether the two cannot be the same value: no day is in both periods, or the numbers are different.

    Text contradicts nothing, nor does a date a number: what cannot be compared may mean the same.
    """
    if one == other or {one.datatype.value, other.datatype.value} & WORDS:
        return False
    periods = period_of(one), period_of(other)
    if periods[0] is not None and periods[1] is not None:
        return periods[0].is_after(periods[1]) or periods[1].is_after(periods[0])
    numbers = _number_of(one), _number_of(other)
    if numbers[0] is not None and numbers[1] is not None:
        return numbers[0] != numbers[1]
    return one.datatype == other.datatype and one.datatype.value not in DATES | NUMBERS


def _number_of(literal: ox.Literal) -> Decimal | None:
    if literal.datatype.value not in NUMBERS:
        return None
    try:
        return Decimal(literal.value)
    except InvalidOperation:
        return None
