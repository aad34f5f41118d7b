"""Short names of persons, and whose they are: surnames, first names, initials, titles, numbers.

Two persons of one family name stay two. A short name that fits several persons is, mention by mention, the one named
before it in its sentence, else the one whom the document names first: a text calls the person that it is about by the
surname alone, and gives the others of the family their first names.
"""

# ruff: noqa: SIM905 lists of words are read as text

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kgbuild.records import Mention
from kgbuild.resolve.groups import MOST_CANDIDATES, PERSONS, Name, Sets

__all__ = ["TITLES", "join_persons"]

TITLES = frozenset(
    "mr mrs ms miss dr prof professor sir dame lord lady king queen prince princess emperor empress president "
    "senator governor general colonel captain major lieutenant sergeant pope bishop rev reverend father "
    "sister brother judge justice chancellor sultan count baron duke don".split()
)
"""Words that may stand before a person's name."""
_NUMBERS = frozenset("jr sr junior senior i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii".split())
_SAINTS = frozenset(["saint", "san", "st"])
_PARTICLES = frozenset("da das de del di do dos du of von van y e al ibn bin".split())


@dataclass(frozen=True, slots=True)
class _Person:
    """A person's name, taken apart."""

    words: tuple[str, ...]
    """The name itself, at least one word."""
    titles: tuple[str, ...]
    """What stands before it: Mr, King, Dr."""
    number: str
    """What stands after it: Jr., II; empty when nothing does."""
    first: int
    """Number of its first mention."""
    sentences: frozenset[int]
    """Numbers of the sentences that name the person so."""
    hyphened: bool
    """Whether what has several words is written as one: Faure-Favier."""


def join_persons(mentions: Sequence[Mention], names: Sequence[Name], sets: Sets) -> dict[int, int]:
    """The mentions of short names that fit several persons, each with the number of the name that it goes with.

    All other names of one person are joined in `sets`.
    """
    people = {number: _take_apart(name, mentions) for number, name in enumerate(names) if name.type in PERSONS}
    holders: dict[str, list[int]] = defaultdict(list)
    for number, person in people.items():
        for word in set(person.words):
            holders[word].append(number)
    moved: dict[int, int] = {}
    for number in sorted(people, key=lambda item: (-len(people[item].words), item)):
        found = list(_bearers(number, people, holders))
        only = sets.only(found)
        if only is not None:
            sets.join(number, only)
        elif found:
            moved |= _divide(mentions, names, number, found)
    return moved


def _take_apart(name: Name, mentions: Sequence[Mention]) -> _Person:
    words, number, first = list(name.words), "", 0
    while len(words) > 1 and words[-1] in _NUMBERS:
        number = words.pop()
    while first < len(words) - 1 and words[first] in TITLES:
        first += 1
    sentences = frozenset(mentions[mention].sentence for mention in name.mentions)
    hyphened = len(words) > 1 and " " not in name.written
    return _Person(tuple(words[first:]), tuple(words[:first]), number, name.mentions[0], sentences, hyphened)


def _bearers(number: int, people: dict[int, _Person], holders: dict[str, list[int]]) -> Iterator[int]:
    """The fuller names that the name may be short for; without one, the same name differently dressed."""
    person = people[number]
    lists = (holders[word] for word in person.words)
    candidates = sorted({other for held in lists if len(held) <= MOST_CANDIDATES for other in held} - {number})
    fuller = [
        other for other in candidates if _numbers_agree(person, people[other]) and _is_short_for(person, people[other])
    ]
    if fuller:
        yield from fuller
        return
    yield from (other for other in candidates if _is_same(person, people[other]))


def _numbers_agree(one: _Person, other: _Person) -> bool:
    return one.number == other.number or not (one.number and other.number)


def _is_same(one: _Person, other: _Person) -> bool:
    """Whether two names of the same words are one person: Mr and Mrs Bennet are not, nor Henry II and Henry IV.

    Nor a name with a number and without, father and son mostly.
    """
    titles = one.titles == other.titles or not (one.titles and other.titles)
    return one.words == other.words and one.number == other.number and titles


def _is_short_for(one: _Person, other: _Person) -> bool:
    """Whether the name of `other` holds the words of `one` in order, an initial standing for any word that it begins.

    A short name of several words must keep the surname: "John Paul" is no part of "John Paul Jones", unless it comes
    after the full name or what is left out begins with a particle. Peter is not Saint Peter.
    """
    short, full = one.words, other.words
    if short == full or (len(short) == 1 and len(short[0]) == 1) or (full[0] in _SAINTS and short == full[1:]):
        return False
    if len(short) > 1 and short[-1] != full[-1]:
        left_out = full[len(short) :]
        after = other.first < one.first
        return full[: len(short)] == short and bool(left_out) and (after or left_out[0] in _PARTICLES)
    if len(short) > 1 and _is_pet_name(short[0], full[0]):
        return _in_order((full[0], *short[1:]), full)
    return _in_order(short, full) and (len(short) == 1 or _may_begin_later(one, other))


def _may_begin_later(one: _Person, other: _Person) -> bool:
    """Whether a short name of several words keeps the first name, or may leave it out.

    Albert Einstein is not Hans Albert Einstein, his son, although Woodrow Wilson is Thomas Woodrow Wilson: the first
    name goes only after the full name, in a sentence of its own. A surname of several words is always short.
    """
    if one.hyphened or one.words[0] in _PARTICLES or _stands_for(one.words[0], other.words[0]):
        return True
    return other.first < one.first and one.sentences.isdisjoint(other.sentences)


def _is_pet_name(short: str, full: str) -> bool:
    """Whether a first name is the beginning of another: Ben of Benjamin, but not Paul of Pauline or Alex of Alexa."""
    return len(short) > 2 and len(full) > len(short) + 1 and full.startswith(short) and full[-1] not in "ae"


def _in_order(short: tuple[str, ...], full: tuple[str, ...]) -> bool:
    """Whether the words of `short` are found in `full` in order; no initial after the first skips a word."""
    place = 0
    for index, part in enumerate(short):
        last = place + 1 if index and len(part) == 1 else len(full)
        found = next((at for at in range(place, min(last, len(full))) if _stands_for(part, full[at])), None)
        if found is None:
            return False
        place = found + 1
    return True


def _stands_for(part: str, word: str) -> bool:
    return part == word or (len(part) == 1 and word.startswith(part))


def _divide(mentions: Sequence[Mention], names: Sequence[Name], number: int, candidates: list[int]) -> dict[int, int]:
    """For each mention of a short name the fuller name named last before it in its sentence, else the first of all."""
    places = sorted((mention, other) for other in candidates for mention in names[other].mentions)
    divided = {}
    for mention in names[number].mentions:
        before = places[max(bisect_left(places, (mention, -1)) - 1, 0)]
        near = before[0] < mention and mentions[before[0]].sentence == mentions[mention].sentence
        divided[mention] = (before if near else places[0])[1]
    return divided
