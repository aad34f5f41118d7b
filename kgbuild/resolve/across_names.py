"""What the names of two things of different documents say about their being one."""

# ruff: noqa: SIM905 lists of words are read as text

import re
from collections.abc import Container, Iterator
from difflib import SequenceMatcher

from kgbuild.resolve.groups import ORGANISATIONS, PERSONS, PLACES
from kgbuild.resolve.known import KNOWN_NAMES
from kgbuild.resolve.parts import CLUB_FORMS, LANDFORMS, TRADES, UNITED
from kgbuild.resolve.peoples import PLACE_OF, STATES
from kgbuild.resolve.persons import TITLES

__all__ = [
    "are_namesakes",
    "is_generic",
    "may_be_one_type",
    "name_similarity",
    "name_variants",
    "short_forms",
    "usual_place",
]

_GENERIC = frozenset(
    "academy agency airport and army assembly association authority avenue award awards band bank bishop board "
    "bridge bureau cabinet capital captain cathedral census center central centre chamber champion champions "
    "championship championships church city civil club coalition college commission committee communist communists "
    "company conference congress conservative conservatives constitution contest corporation council county court "
    "crown cup day delegates department deputies director directors district division east eastern embassy empire "
    "faculty federal federation festival finance for force foreign government governor great greatest group hall "
    "high highway hits home house independence independent inner institute interior island islands justice king "
    "kingdom labor labour leader leaders league legislative legislature liberal liberals library lower mayor "
    "minister ministry municipality museum national navy new north northern of office old open outer palace parish "
    "park parks parliament party people peoples police post president prime province public queen radical radicals "
    "railway railways recreation region representatives republic ring river road roads royal school secretary senate "
    "socialist socialists society south southern square st state states station street supreme team territory the "
    "theatre tower town treasurer treasury tribunal union university upper village war west western".split()
)
"""Words of which every country or town has its own: a name of nothing else tells what a thing is, not which."""
_PROPER = frozenset(
    name.strip()
    for name in "academy award, academy awards, central park, new world, northern territory, open university, "
    "royal academy, royal navy, royal society, union army, west bank".split(",")
)
"""Names of such words that name one thing all the same, wherever English is written."""
_OF_ITS_KIND = re.compile(
    r"(?:african|asian|european|national|world) (?:champion|championship|cup|open|title)s?|best [a-z ]+|"
    r"[a-z ]+ of the year|(?:christian|liberal|social) democrat\w*(?: party)?"
)
"""Contests, prizes and parties of which every sport, every jury and every country has its own."""
_HOUSES = frozenset(
    "academy airport archive archives arena bibliotheque bridge cathedral church college gallery gardens hall hospital "
    "institute library memorial metro monument museum opera palace park railway school stadium station studio studios "
    "theatre theater university".split()
)
"""Words of names that are a place and an organisation at once."""
_LEGAL_FORMS = frozenset(
    "inc incorporated corp corporation co company ltd limited llc llp lp plc ag gmbh mbh sa nv bv se spa ab oy "
    "kk".split()
)
_STATE_FORM = re.compile(
    r"^(?:(?:\w+ ){0,2}(?:republic|kingdom|commonwealth) of (?:the )?|(?:(?:free|independent) )?state of (?:the )?|"
    r"city of (?!london$))"
)
_SPELLINGS = (
    (re.compile(r"isation(?=s?\b)"), "ization"),
    (re.compile(r"(?<=\w)our\b"), "or"),
    (re.compile(r"(?<=\w)tre\b"), "ter"),
    (re.compile(r"\bsaint\b"), "st"),
    (re.compile(r"[.'’]"), ""),
)
_KIND_LAST = frozenset(["group", "holdings", "party"])
"""Last words that the names of organisations are used without."""
_TEAMS = frozenset("sx")
"""Last letters of what teams are called without their town: "Orioles", "White Sox"."""
_STATES_LED = UNITED | {("uk",), ("us",)}
"""First words that what all know is named without, as in "US Billboard Hot 100"."""
_MEMBERS = frozenset("catholic christian democrat game jew muslim olympic protestant republican war".split())
"""Words that a name of several words may have in the plural and in the singular, apart from those that tell nothing."""
_CALLED = {
    first: frozenset(others.split())
    for first, others in (
        item.split(": ")
        for item in "alexander: alex; andrew: andy; anthony: tony; benjamin: ben; charles: charlie chuck; "
        "christopher: chris; daniel: dan danny; david: dave; donald: don; edward: ed eddie ted; frederick: fred; "
        "gerald: gerry jerry; james: jim jimmy; joseph: joe; kenneth: ken; lawrence: larry; matthew: matt; "
        "michael: mick mike; nicholas: nick; patrick: pat; peter: pete; philip: phil; richard: dick rick; "
        "robert: bob bobby rob; ronald: ron; samuel: sam; stephen: steve; steven: steve; theodore: ted; thomas: tom; "
        "timothy: tim; walter: walt; william: bill billy will".split("; ")
    )
}
"""What men of a first name are called in English besides."""
_DIGITS = re.compile(r"\d+")
_ORDINALS = re.compile(r"\b(?:[ivx]+|(?:\w+ )?(?:first|second|third|\w+th|jr|sr|junior|senior))\b")
_ABROAD = re.compile(r"\b(?:north|south|east|west|northern|southern|eastern|western|new|old)\b")
_SHORTEST_PLURAL = 4


def is_generic(folded: str) -> bool:
    """Whether a name has no word that could tell one bearer from the others."""
    if folded in _PROPER:
        return False
    return _OF_ITS_KIND.fullmatch(folded) is not None or all(word in _GENERIC for word in re.findall(r"\w+", folded))


def may_be_one_type(one: str, other: str, folded: str) -> bool:
    """Whether things with these types and one name may be one: persons are persons, and a language is no country."""
    if one == other:
        return True
    if {one, other} & PERSONS:
        return False
    if {one, other} & PLACES:
        if folded.endswith("s") and folded[:-1] in PLACE_OF:
            return bool({one, other} & ORGANISATIONS)
        return len(folded.split()) > 2 or any(word in _HOUSES for word in folded.split())
    return bool({one, other} & ORGANISATIONS)


def name_variants(folded: str, type: str) -> Iterator[str]:
    """Forms of a name by which those are found that differ in spelling, number, legal form or form of government."""
    if type in PERSONS:
        names = folded.replace(".", "").split()
        while len(names) > 2 and names[0] in TITLES:
            del names[0]
        yield " ".join(names)
        return
    plain = folded
    for pattern, by in _SPELLINGS:
        plain = pattern.sub(by, plain)
    words = plain.split()
    while len(words) > 1 and words[-1] in _LEGAL_FORMS and type in ORGANISATIONS:
        words.pop()
    plain = " ".join(words)
    if type in PLACES:
        stated = _STATE_FORM.sub("", plain)
        yield usual_place(folded if folded in KNOWN_NAMES else stated)
        return
    if len(words) > 1 and type in ORGANISATIONS:
        plain = " ".join((*words[:-1], PLACE_OF.get(words[-1], words[-1])))
    known = KNOWN_NAMES.get(plain, plain)
    yield known[:-1] if _is_plural(known) else known


def _is_plural(name: str) -> bool:
    """Whether a name says the same without its last letter: "nazis", "academy awards", but not "rolling stones"."""
    if len(name) <= _SHORTEST_PLURAL or not name.endswith("s") or name.endswith("ss"):
        return False
    last = name.split()[-1]
    return last == name or last[:-1] in _GENERIC or last[:-1] in _MEMBERS


def short_forms(folded: str, type: str, places: Container[str]) -> dict[str, bool]:
    """Names that the one without a part of it would be, each with whether the rest surely names the same thing.

    That it does without a word of its kind, such as "party" or "ocean", or without the state; without the town, as
    "White Sox", or the trade, as "Columbia", it may name others too. Names that tell nothing are left out.
    """
    words = folded.replace("football club", "fc").split()
    if type in PERSONS or len(words) < 2:
        return {}
    if type in PLACES:
        found = {" ".join(words[:-1]): True} if words[-1] in LANDFORMS else {}
    else:
        found = dict(_without_kind(words, type, places))
        if type in ORGANISATIONS and words[-1][-1] in _TEAMS:
            starts = (size for size in range(1, len(words)) if " ".join(words[:size]) in places)
            found = {" ".join(words[size:]): False for size in starts} | found
    return {short: sure for short, sure in found.items() if not is_generic(short) and usual_place(short) not in STATES}


def _without_kind(words: list[str], type: str, places: Container[str]) -> Iterator[tuple[str, bool]]:
    lead = next((size for size in (1, 2) if tuple(words[:size]) in _STATES_LED), 0)
    if lead and len(words) > lead + 1:
        yield " ".join(words[lead:]), True
    if type in ORGANISATIONS:
        if words[-1] in _KIND_LAST or words[-1] in CLUB_FORMS:
            yield " ".join(words[:-1]), True
        elif words[-1] in TRADES and words[-2] not in TRADES:
            short = " ".join(words[:-1])
            yield short, short not in places
        if words[0] in CLUB_FORMS:
            yield " ".join(words[1:]), True


def usual_place(folded: str) -> str:
    """The usual name of a place, where this is another or the adjective: "yemen" of "yemeni"."""
    name = PLACE_OF.get(folded, folded)
    return KNOWN_NAMES.get(name, name)


def name_similarity(one: str, other: str) -> float:
    """How alike two folded names are, 0 to 1; 0 where they differ in a number, which tells two of a kind apart."""
    for pattern in (_DIGITS, _ORDINALS, _ABROAD):
        if sorted(pattern.findall(one)) != sorted(pattern.findall(other)):
            return 0.0
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def are_namesakes(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether the words of two persons' names, both of two words and more, can be one person's.

    The surname is the same, and so is each first name that both have, an initial standing for any that it begins.
    """
    if one[-1] != other[-1] or not one[:-1] or not other[:-1]:
        return one == other
    short, full = sorted((one[:-1], other[:-1]), key=len)
    place = 0
    for part in short:
        found = next((at for at in range(place, len(full)) if _stand_for_one(part, full[at])), None)
        if found is None:
            return False
        place = found + 1
    return _stand_for_one(short[0], full[0])


def _stand_for_one(one: str, other: str) -> bool:
    if min(len(one), len(other)) == 1:
        return one[0] == other[0]
    return one == other or one in _CALLED.get(other, ()) or other in _CALLED.get(one, ())
