"""Mentions of one document that name the same thing, found through indexes of their names.

Rules, from the surest down: the same name; another name that the text gives; a variant of a name; an acronym; a part
of a name; a person's surname, first name or initials. A rule that finds several candidates decides by place (persons)
or does nothing (all others). Nothing compares all names with all: each rule looks its candidates up by a word.

A people's name is not joined to its country's ("French", "France"): it is as often a language, or the people, and
annotators join the two in 35 of 100 documents that have both. Joining them cost .005 of CoNLL F1.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from kgbuild.records import Mention
from kgbuild.resolve.groups import Name, Sets, collect_names
from kgbuild.resolve.parts import acronym_pairs, part_pairs, variant_pairs
from kgbuild.resolve.persons import join_persons
from kgbuild.resolve.told import told_pairs

__all__ = ["cluster_mentions"]

_OTHER = "MISC"
_SURE = 0.9
"""Probability from which a recogniser's type is taken at its word."""


def cluster_mentions(text: str, mentions: Sequence[Mention], numbers: Iterable[int]) -> list[list[int]]:
    """The numbers given, grouped: each group names one thing, ascending, groups ordered by their first mention.

    `numbers` tells which of `mentions` are to be clustered, ascending; the others are left out.
    """
    names = collect_names(mentions, numbers)
    sets = Sets(len(names))
    # Lazily one after the other: the last two ask which names are joined by then.
    for pairs in (
        _pairs_across_types(mentions, names),
        told_pairs(text, mentions, names),
        variant_pairs(names),
        acronym_pairs(names, sets),
        part_pairs(names, sets),
    ):
        for one, other in pairs:
            sets.join(one, other)
    moved = join_persons(mentions, names, sets)
    groups: dict[int, list[int]] = defaultdict(list)
    for number, name in enumerate(names):
        for mention in name.mentions:
            groups[sets.find(moved.get(mention, number))].append(mention)
    return sorted(map(sorted, groups.values()))


def _pairs_across_types(mentions: Sequence[Mention], names: Sequence[Name]) -> Iterator[tuple[int, int]]:
    """The same name with two types, where one type is likelier a slip of the recogniser than another thing."""
    exact: dict[str, list[int]] = defaultdict(list)
    for number, name in enumerate(names):
        exact[name.folded].append(number)
    for numbers in exact.values():
        most = max(numbers, key=lambda number: len(names[number].mentions))
        for number in numbers:
            if number != most and _is_slip(mentions, names[most], names[number]):
                yield most, number


def _is_slip(mentions: Sequence[Mention], most: Name, other: Name) -> bool:
    """Whether the recogniser doubts one of the types, or gave one at most half as often as the other.

    How often does not count for MISC: a language has its people's name, and a film, a song or a book anyone's.
    """
    surest = [max(mentions[number].probability for number in name.mentions) for name in (most, other)]
    seldom = 2 * len(other.mentions) <= len(most.mentions)
    return min(surest) < _SURE or (seldom and _OTHER not in (most.type, other.type))
