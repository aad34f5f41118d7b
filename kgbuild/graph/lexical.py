"""Whether a literal is written as its datatype wants it (XML Schema 1.1 part 2, https://www.w3.org/TR/xmlschema11-2/)."""

import re
from decimal import Decimal
from typing import Final

import pyoxigraph as ox

from kgbuild.graph.vocabulary import PREFIXES

__all__ = ["SHORT", "is_lexical", "number_of"]

_XSD: Final = PREFIXES["xsd"]
_YEAR, _ZONE = r"-?(?:[1-9]\d{3,}|0\d{3})", r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))?"
_FORMS: Final = {
    f"{_XSD}integer": re.compile(r"[+-]?\d+", re.ASCII),
    f"{_XSD}decimal": re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII),
    f"{_XSD}gYear": re.compile(rf"{_YEAR}{_ZONE}", re.ASCII),
    f"{_XSD}gYearMonth": re.compile(rf"{_YEAR}-(?:0[1-9]|1[0-2]){_ZONE}", re.ASCII),
    f"{_XSD}date": re.compile(rf"({_YEAR})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]){_ZONE}", re.ASCII),
}
"""Forms by datatype; any text is a form of the others."""
SHORT: Final = frozenset(map(ox.NamedNode, _FORMS))
"""Datatypes whose literals have a form: numbers and dates."""
_NUMBERS: Final = frozenset(f"{_XSD}{name}" for name in ("integer", "decimal"))
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_lexical(term: object, datatype: ox.NamedNode) -> bool:
    """Whether the term is a literal of the datatype, and its text one that the datatype knows."""
    if not isinstance(term, ox.Literal) or term.datatype != datatype:
        return False
    form = _FORMS.get(datatype.value)
    if form is None:
        return True
    match = form.fullmatch(term.value)
    return match is not None and (not match.groups() or _is_day(*map(int, match.groups())))


def number_of(term: object) -> Decimal | None:
    """The number that a literal holds; `None` for what is none."""
    if not isinstance(term, ox.Literal) or term.datatype.value not in _NUMBERS:
        return None
    return Decimal(term.value) if _FORMS[term.datatype.value].fullmatch(term.value) else None


def _is_day(year: int, month: int, day: int) -> bool:
    """Whether the calendar has the day, which is at most the 31st; year 0 is the one before year 1."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return day <= _DAYS[month - 1] and (leap or (month, day) != (2, 29))
