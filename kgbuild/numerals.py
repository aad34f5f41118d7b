"""Numbers in words and digits: what they come to, and nothing is guessed."""

# ruff: noqa: SIM905 lists of words are read as text

import re
import unicodedata
from decimal import Decimal

__all__ = ["number_in", "plain_text", "quantity_in"]

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
_MONEY = re.compile(r"(?:(?:us|a|c|hk|nz)?[$€£¥] ?|(?:usd|eur|gbp|jpy|chf) )(?=[-\d])")
_GLUED = re.compile(r"(?<=\d)-?(?=[a-zµ°])")
"""Where a number and its unit have no space between them."""
_UNIT = re.compile(r"[^\W\d_][^\W\d_/·.\-]*[23]?(?:[/·.\-][^\W\d_]+[23]?)*\.?|°[a-z]?|[$€£¥]")
_NO_UNITS = (
    frozenset(
        "s st nd rd th k bn mn tn mio dozen dozens lakh crore half halves third thirds quarter quarters tenth tenths "
        "and or to by than plus minus more less fewer odd some point percent hundred hundreds zero bc bce ad".split()
    )
    | {f"{scale}{ending}" for scale in _SCALES for ending in ("", "s")}
    | _SMALL_NUMBERS.keys()
)
"""Words that change a number, or leave it open, and so are no units."""
_UNIT_WORDS = 4
"""Words that a unit has at most."""


def plain_text(text: str) -> str:
    """A mention as numbers and dates are read from it: small letters, single spaces, one kind of hyphen."""
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").replace("\N{EN DASH}", "-").lower()
    return " ".join(plain.split()).strip(",;:")


def number_in(text: str) -> Decimal | None:
    """The number that a plain text says and nothing else; a percentage is its fraction: "10%" is 0.1."""
    text = re.sub(r" ?(?:%|per ?cent)$", "%", text)
    value = _value_of(text.removesuffix("%"))
    return value / 100 if value is not None and text.endswith("%") else value


def quantity_in(text: str) -> Decimal | None:
    """The number of a plain text that may name a unit or a currency beside it: "12 km", "$3.5 million"."""
    whole = number_in(text)
    if whole is not None:
        return whole
    money = _MONEY.match(text)
    if money is not None:
        return number_in(text[money.end() :])
    words = _GLUED.sub(" ", text).split()
    for end in range(len(words), max(0, len(words) - _UNIT_WORDS - 1), -1):
        value = number_in(" ".join(words[:end]))
        if value is not None and words[end - 1] != "and":
            return value if all(map(_is_unit, words[end:])) else None
    return None


def _is_unit(word: str) -> bool:
    return _UNIT.fullmatch(word) is not None and _NO_UNITS.isdisjoint(word.rstrip(".").split("-"))


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
