"""Other names that the text itself gives: in brackets, after "also known as", "formerly", "or"."""

# ruff: noqa: SIM905 lists of words are read as text

import re
import unicodedata
from collections.abc import Iterator, Sequence

from kgbuild.records import Mention
from kgbuild.resolve.groups import PERSONS, PLACES, Name
from kgbuild.resolve.names import abbreviates

__all__ = ["told_pairs"]

_LONGEST_GAP = 60
"""Characters between a name and its other name, at most."""
_ADVERB = (
    r"(?:also|alternatively|better|colloquially|commonly|currently|earlier|erstwhile|formally|former|formerly|"
    r"generally|historically|informally|initially|internationally|later|lit\.?|literally|locally|long|modern|more|"
    r"mostly|now|officially|often|oftentimes|once|originally|otherwise|popularly|presently|previously|short for|"
    r"simply|sometimes|then|today|usually|variously|widely)"
)
_KNOWN = (
    r"(?:abbreviated|aka|a\.k\.a\.|alias|known|rendered|shortened|spell?ed|spelt|styli[sz]ed|trading|transliterated)"
)
_CALLED = (
    r"(?:called|designated|dubbed|entitled|meaning|named|nicknamed|referred|renamed|styled|termed|titled|translated)"
)
_AS = r"(?: to)?(?: simply)?(?: as)?"
_BORN = r"(?:birth name|born|née|né|nee|pseudonym|real name|stage name)"
_WHO = r"(?:which |who )?(?:is |are |was |were |and |or )?"
_TOLD = re.compile(
    # "(also known as", "(named", and with neither adverb nor verb "(or", "(formerly"
    rf"\((?:or,? ?)?(?:{_ADVERB},? ?)*(?:{_KNOWN}|{_CALLED})?{_AS}:?"
    # ", also called", "who is better known as", "and later renamed", "or simply"
    rf"|\)?[,;]? ?{_WHO}(?:(?:{_ADVERB},? )+(?:{_KNOWN}|{_CALLED}){_AS}|or simply):?"
    # ", known as"; without the comma it is what somebody is called by somebody
    rf"|\)?[,;] {_WHO}{_KNOWN}{_AS}:?"
)
_FORMERLY = re.compile(r"\)?[,;] (?:formerly|literally|officially|originally|previously):?")
_TOLD_OF_PERSONS = re.compile(rf"(?:\(|\)?[,;]) ?(?:{_ADVERB},? ?)*{_BORN}:?")
_OR = re.compile(r",? ?or")
_NOW = re.compile(r"\((?:modern|now|today)")
_EMPTY = re.compile(r"\(\s*[,;:/\s]*\)|(?<=\()[,;:/\s]+")
"""What is left of brackets when their first words, mostly how to say the name, are missing."""
_QUOTES = re.compile("[\"“”„'‘’«»]")
_CLOSED = re.compile(r"[\"“”'‘’»]*(?:, \d{4})?\s*[,;)]")
_LANGUAGES = frozenset(
    "afrikaans albanian arabic armenian bengali bulgarian cantonese catalan cebuano chinese croatian czech danish "
    "dutch english estonian filipino finnish french gaelic georgian german greek gujarati hangul hanja hebrew hindi "
    "hungarian iast icelandic indonesian irish italian japanese kannada kanji korean kurdish latin latvian lithuanian "
    "malay malayalam mandarin marathi mongolian nepali norwegian pashto persian pinyin polish portuguese punjabi "
    "romanian russian sanskrit serbian sinhala slovak slovene spanish swahili swedish tagalog tamil telugu thai "
    "tibetan turkish ukrainian urdu uzbek vietnamese welsh".split()
)
"""What stands in brackets before a name in another language, or tells of which language the name before is."""
_EXCHANGES = frozenset(["amex", "asx", "bse", "lse", "nasdaq", "nse", "nyse", "tsx"])
"""Stock exchanges stand in brackets after companies that are listed there."""
_ALIKE = 3
"""Letters with which two spellings of one name begin alike."""


def told_pairs(text: str, mentions: Sequence[Mention], names: Sequence[Name]) -> Iterator[tuple[int, int]]:
    """Pairs of names, by number, of which the text says that they name the same thing."""
    name_of = {mention: number for number, name in enumerate(names) for mention in name.mentions}
    ordered = sorted(name_of)
    for before, after, third in zip(ordered, ordered[1:], [*ordered[2:], None], strict=False):
        left, right = mentions[before], mentions[after]
        if right.text.lower() in _LANGUAGES:
            if third is not None and _is_labelled(text, left, right, mentions[third]):
                yield name_of[before], name_of[third]
        elif right.start - left.end <= _LONGEST_GAP and _is_told(text, left, right):
            yield name_of[before], name_of[after]


def _is_labelled(text: str, left: Mention, language: Mention, right: Mention) -> bool:
    """Whether a name, in brackets after another, is told to be that in some language: "Oslo (Greek: Όσλο)"."""
    gaps = _gap(text, left, language), _gap(text, language, right)
    return left.type == right.type and gaps == ("(", ":")


def _is_told(text: str, left: Mention, right: Mention) -> bool:
    gap, closed = _gap(text, left, right), _CLOSED.match(text, right.end) is not None
    if gap == "(" and closed and abbreviates(right.text, left.text):
        return True
    if left.type != right.type:
        return False
    if gap == "(":
        return closed and _may_translate(left, right)
    if _NOW.fullmatch(gap) and left.type in PLACES:
        return text.startswith(")", right.end)  # "Posen, Prussia (now Poznań, Poland)" is about Posen
    if _FORMERLY.fullmatch(gap):
        return closed
    if _OR.fullmatch(gap):
        return _is_respelled(left.text, right.text)
    return bool(_TOLD.fullmatch(gap) or (left.type in PERSONS and _TOLD_OF_PERSONS.fullmatch(gap)))


def _gap(text: str, left: Mention, right: Mention) -> str:
    """What stands between two mentions, in lower case: without quotes, empty brackets and a last article."""
    gap = _EMPTY.sub("", _QUOTES.sub("", text[left.end : right.start]).lower())
    return " ".join(gap.split()).removesuffix("the").strip()


def _may_translate(left: Mention, right: Mention) -> bool:
    """Whether a name in brackets can be the other name: of places and persons only when it looks like one."""
    if left.type in PERSONS:
        return _is_latin(left.text) != _is_latin(right.text)
    if left.type in PLACES:
        return _is_latin(left.text) != _is_latin(right.text) or _alike(left.text, right.text)
    return right.text.lower() not in _EXCHANGES


def _alike(one: str, other: str) -> bool:
    """Whether two names share a word of some length or begin alike."""
    words, others = ({word for word in re.findall(r"\w+", name.lower()) if len(word) > _ALIKE} for name in (one, other))
    return bool(words & others) or one[:_ALIKE].lower() == other[:_ALIKE].lower()


def _is_respelled(one: str, other: str) -> bool:
    """Whether two names may be spellings of one: so many words each, each of which begins alike."""
    words, others = one.lower().split(), other.lower().split()
    return len(words) == len(others) and all(
        word[:_ALIKE] == beside[:_ALIKE] for word, beside in zip(words, others, strict=True)
    )


def _is_latin(name: str) -> bool:
    """Whether all letters of a name are Latin."""
    return all(unicodedata.name(letter, "").startswith("LATIN") for letter in name if letter.isalpha())
