"""Dates and numbers as typed values in the canonical forms of XML Schema 1.1 part 2.

Understood are whole dates, months of a year and years, before Christ too, and numbers in digits or words with
thousands separators, fractions and scales. A percentage is its fraction: "10%" is 0.1. All else, ranges, decades,
seasons, quantities with a unit and dates in doubt (03/04/2005) among them, stays text: xsd:string with single spaces.
"""

# ruff: noqa: SIM905 lists of words are read as text

import re
from datetime import date
from functools import lru_cache

from kgbuild.numerals import number_in, plain_text
from kgbuild.ontology import DATE_TYPE, NUMBER_TYPE
from kgbuild.records import Literal

__all__ = ["to_literal"]

_XSD = "http://www.w3.org/2001/XMLSchema#"
_MONTHS = "january february march april may june july august september october november december".split()
_MONTH_NUMBERS = {form: number for number, name in enumerate(_MONTHS, 1) for form in (name, name[:3])} | {"sept": 9}
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTH_NUMBERS, key=len, reverse=True))})\.?"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?"
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)",
        r"(?P<year>\d{4})-(?P<month>\d\d)",
        rf"{_WEEKDAY}(?:the )?{_DAY}(?: of)? {_MONTH},? {_YEAR}",
        rf"{_WEEKDAY}{_MONTH} (?:the )?{_DAY},? {_YEAR}",
        rf"{_YEAR},? {_MONTH} {_DAY}",
        rf"{_MONTH}(?:,| of)? {_YEAR}",
        r"(?:the year )?(?P<year>\d{3,4})",
        r"(?:ad|ce) ?(?P<year>\d{1,4})|(?P<common>\d{1,4}) ?(?:ad|ce)",
        r"(?P<before>\d{1,4}) ?(?:bc|bce)",
    )
)


@lru_cache(maxsize=65_536)
def to_literal(text: str, type: str) -> Literal:
    """The value of a mention of type TIME or NUM; its text as `xsd:string` when no value is understood."""
    plain = plain_text(text)
    found = None
    if type == DATE_TYPE:
        found = _to_date(plain)
    elif type == NUMBER_TYPE:
        found = _to_number(plain)
    return found or Literal(" ".join(text.split()), f"{_XSD}string")


def _to_date(text: str) -> Literal | None:
    text = re.sub(r"\b([abc])\.(?: ?([cde])\.)(?: ?(e)\.)?", r"\1\2\3", text)
    for pattern in _DATES:
        match = pattern.fullmatch(text)
        if match:
            return _date_of(match.groupdict())
    return None


def _date_of(parts: dict[str, str | None]) -> Literal | None:
    """A value of as many parts as were named; `None` for a day that no calendar has."""
    if parts.get("before"):
        # Year 1 before Christ is 0000 in XML Schema 1.1, which follows ISO 8601.
        back = int(parts["before"] or 0) - 1
        return Literal(f"-{back:04}" if back else "0000", f"{_XSD}gYear") if back >= 0 else None
    year = int(parts.get("year") or parts.get("common") or 0)
    month = parts.get("month")
    if not month:
        return Literal(f"{year:04}", f"{_XSD}gYear") if year else None
    try:
        day = date(year, _MONTH_NUMBERS.get(month) or int(month), int(parts.get("day") or 1))
    except ValueError:
        return None
    if parts.get("day"):
        return Literal(day.isoformat(), f"{_XSD}date")
    return Literal(day.isoformat()[:7], f"{_XSD}gYearMonth")


def _to_number(text: str) -> Literal | None:
    value = number_in(text)
    if value is None:
        return None
    if value == value.to_integral_value():
        return Literal(f"{value:.0f}" if value else "0", f"{_XSD}integer")
    return Literal(f"{value.normalize():f}", f"{_XSD}decimal")
