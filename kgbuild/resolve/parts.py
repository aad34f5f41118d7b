"""Names that one other name of the document is known to be short for, apart from those of persons."""

# ruff: noqa: SIM905 lists of words are read as text

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from kgbuild.resolve.groups import MOST_CANDIDATES, ORGANISATIONS, PERSONS, PLACES, Name, Sets
from kgbuild.resolve.known import KNOWN_NAMES
from kgbuild.resolve.names import acronym_letters, is_acronym, name_initials

__all__ = ["CLUB_FORMS", "LANDFORMS", "TRADES", "UNITED", "acronym_pairs", "part_pairs", "variant_pairs"]

_LEGAL_FORMS = frozenset(
    "inc incorporated corp corporation co company ltd limited llc llp lp plc ag gmbh mbh sa nv bv se spa ab oy kk "
    "group holdings".split()
)
CLUB_FORMS = frozenset("fc fk sc cf ac afc sk bk vc".split())
"""Words at either end of the name of a sports club."""
_STATE_FORM = re.compile(
    r"^(?:[\w']+ ){0,3}(?:republic|kingdom|commonwealth|state|principality|sultanate|emirate) of (?:the )?"
)
TRADES = frozenset(
    "airlines airways associates books college communications electric foundation magazine motors music networks "
    "newspaper press publishing records school software studios technologies university".split()
)
"""Words that end the full name of an organisation and are left out of the short one."""
LANDFORMS = frozenset("islands mountains ocean palace".split())
"""The same of places: these name nothing else than what the short name does."""
UNITED = frozenset([("united", "kingdom"), ("united", "nations"), ("united", "states")])
"""What may be left out before several words of an organisation's name: "United States Department of Justice"."""
_OF = frozenset("of for against on".split())


def variant_pairs(names: Sequence[Name]) -> Iterator[tuple[int, int]]:
    """Names that differ by number, legal form, form of government, or are other names of one known thing."""
    typed = {(name.folded, name.type): number for number, name in enumerate(names)}
    known: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, name in enumerate(names):
        known[KNOWN_NAMES.get(name.folded, name.folded), name.type].append(number)
        for variant in _variants(name):
            other = typed.get((variant, name.type))
            if other is not None and other != number:
                yield number, other
    for same in known.values():
        yield from ((same[0], other) for other in same[1:])


def _variants(name: Name) -> Iterator[str]:
    """Folded names that would name the same thing, were they in the document with the same type."""
    if name.type in PERSONS:
        return
    # subtle: places of one word are left out, because "Germans" are people and "German" is what they speak.
    if len(name.folded) > 3 and name.folded.endswith("s") and (name.type not in PLACES or " " in name.folded):
        yield name.folded[:-1]
    if name.type in PLACES:
        yield _STATE_FORM.sub("", name.folded)
        return
    words = re.findall(r"\w+", name.folded.replace("football club", "fc"))
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
        yield " ".join(words)
    if len(words) > 1 and words[0] in CLUB_FORMS:
        yield " ".join(words[1:])
    if len(words) > 1 and words[-1] in CLUB_FORMS:
        yield " ".join(words[:-1])


def acronym_pairs(names: Sequence[Name], sets: Sets) -> Iterator[tuple[int, int]]:
    """An acronym and the only thing of its type that has a name with those initials."""
    full: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, name in enumerate(names):
        for initials in name_initials(name.words):
            full[initials, name.type].append(number)
    for number, name in enumerate(names):
        if name.type not in PERSONS and is_acronym(name.written):
            only = sets.only(full.get((acronym_letters(name.written), name.type), []))
            if only is not None:
                yield number, only


def part_pairs(names: Sequence[Name], sets: Sets) -> Iterator[tuple[int, int]]:
    """A short name and the only fuller one before it in the document: "the Senate" after "the Roman Senate"."""
    holders: dict[tuple[str, str], list[int]] = defaultdict(list)
    words = [tuple(name.folded.split()) for name in names]
    for number, name in enumerate(names):
        if name.type not in PERSONS and len(words[number]) > 1:
            for word in {words[number][0], words[number][-1]}:
                holders[word, name.type].append(number)
    for number, name in enumerate(names):
        if name.type in PERSONS or not words[number]:
            continue
        ends = {words[number][0], words[number][-1]}
        lists = [held for word in ends if len(held := holders[word, name.type]) <= MOST_CANDIDATES]
        fuller = [
            other
            for other in sorted(set().union(*lists))
            if other != number and _is_part(words[number], words[other], name.type)
        ]
        only = sets.only(fuller)
        if only is not None and names[fuller[0]].mentions[0] < name.mentions[0]:
            yield number, only


def _is_part(short: tuple[str, ...], full: tuple[str, ...], type: str) -> bool:
    """Whether a short name of that type is the beginning or end of a full one, and what is left out may be."""
    size = len(full) - len(short)
    if size <= 0:
        return False
    if full[-len(short) :] == short and type not in PLACES and (len(short) == 1 or full[:size] in UNITED):
        return True
    left_out = full[-size:]
    if full[: len(short)] != short:
        return False
    if type in PLACES:
        return (size == 1 and left_out[0] in LANDFORMS) or (len(short) == 1 and left_out[0] == "of")
    return type in ORGANISATIONS and (left_out[0] in _OF or (size <= 2 and left_out[-1] in TRADES))
