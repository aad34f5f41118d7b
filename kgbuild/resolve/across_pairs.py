"""Pairs of things of different documents that may be one, each with a score and its reason.

Candidates are found through keys: names and other names, spelling variants, initials, surnames, first letters. Nothing
compares all with all: a key that more things have than can be compared is left out, or compared along rare context.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from kgbuild.resolve.across_corpus import Corpus
from kgbuild.resolve.across_judge import NEAR_FROM, Judge
from kgbuild.resolve.across_names import name_variants, short_forms
from kgbuild.resolve.across_things import Thing
from kgbuild.resolve.groups import PERSONS
from kgbuild.resolve.names import name_initials

__all__ = ["Verdict", "judge_pairs"]

_LARGEST_BLOCK: Final = 40
"""Things with one key, at most; a key of more says too little to compare them all."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How likely two things are one."""

    one: int
    """Number of the one."""
    other: int
    """Number of the other, above the first."""
    score: float
    """From 0 for two to 1 for one; not calibrated."""
    reason: str
    """Why, in a few words."""


def judge_pairs(things: Sequence[Thing], corpus: Corpus) -> Iterator[Verdict]:
    """The verdict on every pair of things that share a key, sorted by their numbers."""
    judge = Judge(things, corpus)
    for one, other in sorted(_candidates(things, corpus)):
        found = judge.score(things[one], things[other])
        if found is not None:
            yield Verdict(one, other, round(found[0], 3), found[1])


def _candidates(things: Sequence[Thing], corpus: Corpus) -> set[tuple[int, int]]:
    blocks: dict[tuple[str, str], list[int]] = defaultdict(list)
    for thing in things:
        for key in _keys(thing, corpus):
            blocks[key].append(thing.number)
    pairs: set[tuple[int, int]] = set()
    for numbers in blocks.values():
        if len(numbers) <= _LARGEST_BLOCK:
            pairs.update(combinations(numbers, 2))
        else:
            pairs.update(_along_context(numbers, things))
    return pairs


def _along_context(numbers: Sequence[int], things: Sequence[Thing]) -> Iterator[tuple[int, int]]:
    """The pairs of too large a block that have a rare term of their documents in common."""
    near: dict[str, list[int]] = defaultdict(list)
    for number in numbers:
        for term in things[number].first.around.terms:
            near[term].append(number)
    for held in near.values():
        if len(held) <= _LARGEST_BLOCK:
            yield from combinations(held, 2)


def _keys(thing: Thing, corpus: Corpus) -> set[tuple[str, str]]:
    first = thing.first
    keys = {("name", name) for name in thing.names}
    keys |= {("variant", variant) for variant in name_variants(first.folded, first.type)}
    if first.type in PERSONS:
        keys.add(("person", first.words[-1]))
        keys |= {("person", word) for word in first.words[:1]}
        return keys
    keys |= {("name", short) for short in short_forms(first.folded, first.type, corpus.places)}
    keys |= {("initials", letters) for letters in (*name_initials(first.words), *thing.acronyms)}
    if len(first.folded) >= NEAR_FROM:
        keys |= {("begins", first.folded[:5] + first.type), ("ends", first.folded[-6:] + first.type)}
    return keys
