"""Mentions of one document that name the same thing, found through indexes of their names.

Rules, from the surest down: the same name; a short form in brackets or by initials; a person's surname, first
name or initials; an organisation without its legal form; a state without its form of government. A rule that
finds several candidates decides for the nearest before the mention (persons) or does nothing (all others).
Nothing compares all names with all: each rule looks its candidates up by a word.

A people's name is not joined to its country's ("French", "France"): it is as often a language, or the people.
"""

# ruff: noqa: SIM905 lists of words are read as text

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from kgbuild.records import Mention
from kgbuild.resolve.names import folded_name, name_initials, name_words

__all__ = ["cluster_mentions"]

_PERSONS = frozenset(["PER", "PERSON"])
_PLACES = frozenset(["LOC", "GPE", "NORP"])
_MOST_CANDIDATES = 32
"""A word in more names than this says too little to decide by, and would cost too much to try."""
_TITLES = frozenset(
    "mr mrs ms miss dr prof professor sir dame lord lady king queen prince princess emperor empress president "
    "senator governor general colonel captain major lieutenant sergeant saint st pope bishop rev reverend father "
    "sister brother judge justice chancellor sultan count baron duke".split()
)
_NAME_ENDINGS = frozenset("jr sr junior senior ii iii iv".split())
_LEGAL_FORMS = frozenset(
    "inc incorporated corp corporation co company ltd limited llc llp lp plc ag gmbh mbh sa nv bv se spa ab oy kk "
    "group holdings".split()
)
_CLUB_FORMS = frozenset("fc fk sc cf ac afc sk bk vc".split())
_STATE_FORM = re.compile(
    r"^(?:(?:[\w']+ ){0,3}(?:republic|kingdom|commonwealth|state|principality|sultanate|emirate)|city) of (?:the )?"
)
_SHORT_FORM = re.compile(r"(?=(?:[^A-Z]*[A-Z]){2})[A-Z][\w&./-]{1,9}")
_ACRONYM = re.compile(r"[A-Z][A-Z&./-]*[A-Z0-9]\.?s?")


@dataclass(slots=True)
class _Name:
    """All mentions of a document with one name and type."""

    folded: str
    """The name as compared."""
    words: tuple[str, ...]
    """Its words."""
    type: str
    """Type of its mentions."""
    written: str
    """Its first mention, as written."""
    mentions: list[int] = field(default_factory=list)
    """Numbers of its mentions, ascending."""


class _Sets:
    """Disjoint sets of numbers, each led by its lowest (union-find with path halving)."""

    def __init__(self, size: int) -> None:
        self._leader = list(range(size))

    def find(self, item: int) -> int:
        while self._leader[item] != item:
            self._leader[item] = self._leader[self._leader[item]]
            item = self._leader[item]
        return item

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.find(one), self.find(other)))
        self._leader[high] = low


def cluster_mentions(text: str, mentions: Sequence[Mention], numbers: Iterable[int]) -> list[list[int]]:
    """The numbers given, grouped: each group names one thing, ascending, groups ordered by their first mention.

    `numbers` tells which of `mentions` are to be clustered, ascending; the others are left out.
    """
    names = _collect_names(mentions, numbers)
    sets = _Sets(len(names))
    for one, other in _pairs_of_names(names):
        sets.join(one, other)
    for one, other in _bracket_pairs(text, mentions, names):
        sets.join(one, other)
    moved = _join_persons(names, sets)
    groups: dict[int, list[int]] = defaultdict(list)
    for number, name in enumerate(names):
        for mention in name.mentions:
            groups[sets.find(moved.get(mention, number))].append(mention)
    return sorted(map(sorted, groups.values()))


def _collect_names(mentions: Sequence[Mention], numbers: Iterable[int]) -> list[_Name]:
    names: dict[tuple[str, str], _Name] = {}
    for number in numbers:
        mention = mentions[number]
        folded = folded_name(mention.text, mention.type)
        key = (folded, mention.type)
        if key not in names:
            names[key] = _Name(folded, name_words(mention.text), mention.type, " ".join(mention.text.split()))
        names[key].mentions.append(number)
    return list(names.values())


def _pairs_of_names(names: Sequence[_Name]) -> Iterator[tuple[int, int]]:
    """Pairs of names, by number, that certainly or nearly certainly name the same thing."""
    exact: dict[str, list[int]] = defaultdict(list)
    typed: dict[tuple[str, str], int] = {}
    for number, name in enumerate(names):
        exact[name.folded].append(number)
        typed[name.folded, name.type] = number
    for numbers in exact.values():
        yield from _pairs_across_types(names, numbers)
    yield from _acronym_pairs(names)
    for number, name in enumerate(names):
        for variant in _variants(name):
            other = typed.get((variant, name.type))
            if other is not None and other != number:
                yield number, other


def _pairs_across_types(names: Sequence[_Name], numbers: list[int]) -> Iterator[tuple[int, int]]:
    """A name of two types is one thing when one type has at least twice the mentions of the other.

    A recogniser that slips is then likelier than two things of one name.
    """
    most = max(numbers, key=lambda number: len(names[number].mentions))
    for number in numbers:
        if number != most and 2 * len(names[number].mentions) <= len(names[most].mentions):
            yield most, number


def _variants(name: _Name) -> Iterator[str]:
    """Folded names that would name the same thing, were they in the document with the same type."""
    if name.type in _PERSONS:
        return
    if len(name.folded) > 3 and name.folded.endswith("s"):
        yield name.folded[:-1]
    if name.type in _PLACES:
        yield _STATE_FORM.sub("", name.folded)
        return
    words = list(name.words)
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
        yield " ".join(words)
    if len(words) > 1 and words[0] in _CLUB_FORMS:
        yield " ".join(words[1:])
    if len(words) > 1 and words[-1] in _CLUB_FORMS:
        yield " ".join(words[:-1])


def _acronym_pairs(names: Sequence[_Name]) -> Iterator[tuple[int, int]]:
    """An acronym and the only name of its type with those initials."""
    full: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, name in enumerate(names):
        for initials in name_initials(name.words):
            full[initials, name.type].append(number)
    for number, name in enumerate(names):
        if name.type not in _PERSONS and _ACRONYM.fullmatch(name.written):
            found = full.get((_letters(name.written), name.type), [])
            if len(found) == 1:
                yield number, found[0]


def _letters(acronym: str) -> str:
    """The letters of an acronym in lower case, its plural's s and its dots left out."""
    return re.sub(r"[^a-z0-9]", "", acronym.removesuffix("s").lower())


def _bracket_pairs(text: str, mentions: Sequence[Mention], names: Sequence[_Name]) -> Iterator[tuple[int, int]]:
    """A name and the short form that follows it in brackets, whatever type each was given."""
    name_of = {mention: number for number, name in enumerate(names) for mention in name.mentions}
    ordered = sorted(name_of)
    for before, after in pairwise(ordered):
        left, right = mentions[before], mentions[after]
        if right.start - left.end > 8 or text[right.end : right.end + 1] not in (")", ",", ";"):
            continue
        opened = text[left.end : right.start].strip().rstrip("\"'“‘")
        if opened == "(" and _abbreviates(right.text, left.text):
            yield name_of[before], name_of[after]


def _abbreviates(short: str, full: str) -> bool:
    """Whether `short` has two capitals and its letters occur in `full` in order, beginning with its first."""
    letters = _letters(short)
    rest = iter(re.sub(r"^the ", "", full.lower()))
    if not _SHORT_FORM.fullmatch(short) or len(full.split()) < 2:
        return False
    return next(rest, "") == letters[:1] and all(letter in rest for letter in letters[1:])


def _join_persons(names: Sequence[_Name], sets: _Sets) -> dict[int, int]:
    """Short names of persons joined to the fuller names that hold them.

    What comes back moves single mentions: mention -> name, where a short name fits several persons.
    """
    words = {number: _person_words(name) for number, name in enumerate(names) if name.type in _PERSONS}
    # Mr and Mrs Bennet are two, as are Henry II and Henry IV; Bennet or Henry may be either.
    dressed = {number for number, parts in words.items() if parts != names[number].words}
    holders: dict[str, list[int]] = defaultdict(list)
    for number, parts in words.items():
        for word in {*parts, *(part[0] for part in parts)}:
            holders[word].append(number)
    moved: dict[int, int] = {}
    for number in sorted(words, key=lambda item: (-len(words[item]), item)):
        parts, candidates = words[number], _holders_of(words[number], holders)
        found = [other for other in candidates if words[other] != parts and _is_part(parts, words[other])] or [
            other
            for other in candidates
            if words[other] == parts and other != number and not {number, other} <= dressed
        ]
        leaders = {sets.find(other) for other in found}
        if len(leaders) == 1:
            sets.join(number, found[0])
        elif leaders:
            moved |= _nearest_before(names, number, found)
    return moved


def _person_words(name: _Name) -> tuple[str, ...]:
    words = list(name.words)
    while len(words) > 1 and words[0] in _TITLES:
        words.pop(0)
    while len(words) > 1 and words[-1] in _NAME_ENDINGS:
        words.pop()
    return tuple(words)


def _holders_of(words: tuple[str, ...], holders: dict[str, list[int]]) -> list[int]:
    """The names that hold the rarest of the words; none when even that one is in too many."""
    rarest = min((holders[word] for word in words), key=len, default=[])
    return rarest if len(rarest) <= _MOST_CANDIDATES else []


def _is_part(short: tuple[str, ...], full: tuple[str, ...]) -> bool:
    """Whether `full` holds the words of `short` in order, an initial standing for any word that it begins.

    A short name of several words must keep the surname: "John Paul" is no part of "John Paul Jones".
    """
    if len(short) > 1 and short[-1] != full[-1]:
        return False
    if len(short) == 1 and len(short[0]) == 1:
        return False
    rest = iter(full)
    return all(any(_stands_for(part, word) for word in rest) for part in short)


def _stands_for(part: str, word: str) -> bool:
    return part == word or (len(part) == 1 and word.startswith(part))


def _nearest_before(names: Sequence[_Name], number: int, candidates: list[int]) -> dict[int, int]:
    """For each mention of a short name the fuller name mentioned last before it, else the first after it."""
    places = sorted((mention, other) for other in candidates for mention in names[other].mentions)
    moved = {}
    for mention in names[number].mentions:
        index = bisect_left(places, (mention, -1))
        moved[mention] = places[max(index - 1, 0)][1]
    return moved
