"""Dates and numbers as typed values in the canonical forms of XML Schema 1.1 part 2.

Understood are whole dates, months of a year and years, before Christ too, and numbers in digits or words with
thousands separators, fractions and scales. A percentage is its fraction: "10%" is 0.1. All else, ranges, decades,
seasons, quantities with a unit and dates in doubt (03/04/2005) among them, stays text: xsd:string with single spaces.
"""

# ruff: noqa: SIM905 lists of words are read as text

import re
import unicodedata
from datetime import date
from decimal import Decimal
from functools import lru_cache

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
_DIGITS = re.compile(r"(?P<sign>[-+]?)(?P<whole>\d{1,3}(?:[, ]\d{3})+|\d+)(?P<fraction>\.\d+)?")
_SMALL_NUMBERS = {
    name: number
    for number, name in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split(),
        1,
    )
} | {name: 10 * tens for tens, name in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}


@lru_cache(maxsize=65_536)
def to_literal(text: str, type: str) -> Literal:
    """The value of a mention of type TIME or NUM; its text as `xsd:string` when no value is understood."""
    plain = " ".join(unicodedata.normalize("NFKC", text).replace("−", "-").replace("\N{EN DASH}", "-").lower().split())
    plain = plain.strip(",;:")
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
    text = re.sub(r" ?(?:%|per ?cent)$", "%", text)
    percent = text.endswith("%")
    value = _value_of(text.removesuffix("%"))
    if value is None:
        return None
    if percent:
        value /= 100
    if value == value.to_integral_value():
        return Literal(f"{value:.0f}" if value else "0", f"{_XSD}integer")
    return Literal(f"{value.normalize():f}", f"{_XSD}decimal")


def _value_of(text: str) -> Decimal | None:
    """The number that digits, words, or digits with a scale ("1.5 million") say."""
    digits, _, scale = text.partition(" ") if text.rpartition(" ")[2] in _SCALES else (text, "", "")
    match = _DIGITS.fullmatch(digits)
    if match and len(digits) <= 24:
        number = Decimal(match["sign"] + re.sub(r"[, ]", "", match["whole"]) + (match["fraction"] or ""))
        return number * _SCALES.get(scale, 1) if not scale or scale in _SCALES else None
    return _value_of_words(text)


def _value_of_words(text: str) -> Decimal | None:
    """English number words: each must fit where it stands, so that "two three" is no number."""
    if text == "zero":
        return Decimal(0)
    words = [word for word in text.replace("-", " ").split() if word != "and"]
    total, part, limit, scale_limit = 0, 0, 1_000, 10**15
    for word in ["one" if word == "a" and len(words) > 1 else word for word in words]:
        if word in _SMALL_NUMBERS and _SMALL_NUMBERS[word] < limit:
            part += _SMALL_NUMBERS[word]
            limit = 10 if _SMALL_NUMBERS[word] >= 20 else 1
        elif word == "hundred" and 0 < part < 100:
            part, limit = part * 100, 100
        elif word in _SCALES and part and _SCALES[word] < scale_limit:
            total, part, limit, scale_limit = total + part * _SCALES[word], 0, 1_000, _SCALES[word]
        else:
            return None
    return Decimal(total + part) if words else None
