"""Names in the forms in which they are compared."""

import re
import unicodedata
from collections.abc import Container

__all__ = [
    "abbreviates",
    "acronym_letters",
    "folded_name",
    "is_acronym",
    "name_initials",
    "name_words",
    "normal_name",
    "without_article",
]

_DASHES = re.compile(r"[‐‑‒–—−]")
_QUOTES = re.compile(r"[‘’ʼ`´]")
_APOSTROPHES = frozenset("'ʾʿʹʺʻʼ")
_POSSESSIVE = re.compile(r"(?<=[\w.])'s?$")
_INITIAL = re.compile(r"\b(\w)\.")
_LONE_LETTERS = re.compile(r"\b\w(?: \w\b)+")
_EDGES = re.compile(r"^[^\w(]+|[^\w).!?+*#]+$|(?<=\w\w)\.$")
_WORD = re.compile(r"\w+(?:'\w+)?")
_ARTICLE = re.compile(r"the\s+(?=\S)", re.IGNORECASE)
_ACRONYM = re.compile(r"[A-Z][A-Z&./-]*[A-Z0-9]\.?s?")
_SHORT_FORM = re.compile(r"(?=(?:[^A-Z]*[A-Z]){2})[A-Z][\w&./-]{1,9}")
_SMALL_WORDS = frozenset(["a", "an", "and", "at", "by", "de", "des", "for", "in", "of", "on", "the", "to", "with"])
_SHORT_FORMS = {
    **dict.fromkeys(["us", "usa", "united states of america"], "united states"),
    **dict.fromkeys(["prc", "people's republic of china"], "china"),
    **dict.fromkeys(["ussr", "union of soviet socialist republics"], "soviet union"),
    "eu": "european union",
    "nyc": "new york city",
    "uk": "united kingdom",
    "un": "united nations",
}
_WITH_SHORT_FORMS = frozenset(["LOC", "GPE", "ORG"])
"""Types whose well-known short forms are the name itself: "US" is a country there, "Us" elsewhere a film."""
_WITH_ARTICLE = frozenset(["Hague"])
"""What is no name without its article, though the article is written small inside a sentence."""


def normal_name(name: str, type: str) -> str:
    """`name` as it is hashed into an IRI: what only spelling tells apart becomes equal, accents stay.

    NFKC (https://www.unicode.org/reports/tr15/), case folded, white space collapsed, without a leading "the",
    a possessive ending, dots after initials or quotes around it, a few names of states written out:
    "the U.S.'s" is "united states". Never empty.
    """
    plain = " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())
    text = _DASHES.sub("-", _QUOTES.sub("'", plain))
    text = _EDGES.sub("", _POSSESSIVE.sub("", text)).removeprefix("the ")
    text = " ".join(_INITIAL.sub(r"\1 ", text).split())
    text = _LONE_LETTERS.sub(lambda match: match[0].replace(" ", ""), text)
    return (_SHORT_FORMS.get(text, text) if type in _WITH_SHORT_FORMS else text) or plain or "x"


def folded_name(name: str, type: str) -> str:
    """`name` as it is compared inside a document: normal, without accents, apostrophes and hyphens, "&" as "and".

    Short forms of states are written out inside longer names too: "U.S. Navy" is "united states navy".
    """
    letters = unicodedata.normalize("NFKD", normal_name(name, type).replace("&", " and "))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter) and letter not in _APOSTROPHES)
    words = plain.replace("-", " ").split()
    if type in _WITH_SHORT_FORMS:
        words = [_SHORT_FORMS.get(word, word) for word in words]
    return " ".join(words) or plain


def without_article(name: str, type: str, uses: Container[str] = ()) -> str:
    """`name` without a leading article that is no part of it: "WHO" of "The WHO", but "The Hobbit".

    A small "the" is no part. A capital one may be, and is kept in the names of persons and works. Before an
    organisation or a place it is none where an acronym follows, or where `uses`, names that the same document has for
    the same thing, hold the rest alone or after a small "the".
    """
    article = _ARTICLE.match(name)
    if article is None or (rest := name[article.end() :]) in _WITH_ARTICLE:
        return name
    small = name.startswith("the")
    if small or (type in _WITH_SHORT_FORMS and (is_acronym(rest) or rest in uses or f"the {rest}" in uses)):
        return rest
    return name


def name_words(name: str) -> tuple[str, ...]:
    """Words of a name in lower case without accents; initials stay words of one letter."""
    text = _POSSESSIVE.sub("", _QUOTES.sub("'", unicodedata.normalize("NFKD", name).casefold()))
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    words = tuple(_WORD.findall(text))
    return words[1:] if words[:1] == ("the",) and len(words) > 1 else words


def name_initials(words: tuple[str, ...]) -> set[str]:
    """The acronyms that a name of several words may have: with its small words and without them."""
    if len(words) < 2:
        return set()
    large = [word for word in words if word not in _SMALL_WORDS]
    return {"".join(word[0] for word in kept) for kept in (words, large) if len(kept) > 1}


def is_acronym(name: str) -> bool:
    """Whether a name is written in capitals alone, with signs between and a digit, a dot or a plural's s at its end."""
    return _ACRONYM.fullmatch(name) is not None


def acronym_letters(acronym: str) -> str:
    """The letters of an acronym in lower case, its plural's s and its dots left out."""
    return re.sub(r"[^a-z0-9]", "", acronym.removesuffix("s").lower())


def abbreviates(short: str, full: str) -> bool:
    """Whether `short` has two capitals and its letters occur in `full` in order, beginning with its first."""
    short = _ARTICLE.sub("", short, count=1) if _ARTICLE.match(short) else short
    letters = acronym_letters(short)
    rest = iter(re.sub(r"^the ", "", full.lower()))
    if not _SHORT_FORM.fullmatch(short) or len(full.split()) < 2:
        return False
    return next(rest, "") == letters[:1] and all(letter in rest for letter in letters[1:])
