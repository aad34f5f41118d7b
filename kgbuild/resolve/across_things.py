"""Things of the documents as they are compared, and what says that two of them cannot be one."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from kgbuild.resolve.across_appearances import Appearance
from kgbuild.resolve.across_corpus import Corpus
from kgbuild.resolve.across_names import are_namesakes, name_variants
from kgbuild.resolve.groups import PERSONS

__all__ = ["Thing", "are_spelled_alike", "gather_things", "why_two"]

_MOST_TELLING: Final = 40
"""Appearances of a thing, at most, that are looked through for what contradicts them."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What is taken for one from the start: all appearances of a name that tells which it is, else a single one."""

    number: int
    """Its place among all, from 0."""
    appearances: tuple[Appearance, ...]
    """Where it appears, sorted by document, at least once."""
    shared: bool
    """Whether several things bear its name, so that the name alone says little."""
    alone: bool
    """Whether it is one appearance of an IRI that other things have too, or may have."""
    first: Appearance
    """The appearance that its name and type are taken from."""
    names: frozenset[str]
    """All its names, as compared."""
    acronyms: frozenset[str]
    """Letters of its names that are acronyms."""
    documents: frozenset[str]
    """IRIs of its documents."""
    telling: tuple[Appearance, ...]
    """Those of its appearances that say something that others could contradict, one for each thing said."""


def gather_things(appearances: Iterable[Appearance], corpus: Corpus, *, apart: Collection[str] = ()) -> list[Thing]:
    """The things to be compared, sorted: by IRI, and by document where the IRI's name says too little.

    `apart` are IRIs of which a person has told some documents from others. A name that otherwise tells which thing it
    is does not where two of its appearances contradict each other.
    """
    groups: dict[str, list[Appearance]] = defaultdict(list)
    for item in appearances:
        groups[item.entity].append(item)
    things: list[Thing] = []
    for entity, held in sorted(groups.items()):
        held.sort(key=lambda item: item.document)
        shared = corpus.is_shared(held[0])
        split = (
            shared
            or entity in apart
            or any(_contradict(one, other, corpus) for one, other in combinations(_telling(held, corpus), 2))
        )
        for part in [(item,) for item in held] if split else [tuple(held)]:
            things.append(_thing(len(things), part, corpus, shared=shared, alone=split))
    return things


def _thing(number: int, part: tuple[Appearance, ...], corpus: Corpus, *, shared: bool, alone: bool) -> Thing:
    names = frozenset(name for item in part for name in item.names)
    acronyms = frozenset(letters for item in part for letters in item.acronyms)
    documents = frozenset(item.document for item in part)
    return Thing(number, part, shared, alone, part[0], names, acronyms, documents, _telling(part, corpus))


def _telling(held: Sequence[Appearance], corpus: Corpus) -> tuple[Appearance, ...]:
    told = (item for item in held if item.within or item.facts or corpus.is_little_known(item))
    distinct = {(item.within, item.facts, "" if item.within else item.document): item for item in told}
    return tuple(distinct.values())[:_MOST_TELLING]


def _contradict(one: Appearance, other: Appearance, corpus: Corpus) -> str:
    values = dict(one.facts)
    for predicate, value in other.facts:
        if predicate in values and not _agree(values[predicate], value):
            return f"two values of a property that has one: {values[predicate]}, {value}"
    if corpus.places_differ(one, other):
        places = sorted(item.within[0] if item.within else "a document of other things" for item in (one, other))
        return f"in {places[0]}, in {places[1]}"
    return ""


def _agree(one: str, other: str) -> bool:
    """Whether two values may be one: a year and a day of it are."""
    return one.startswith(other) or other.startswith(one) or not (one[:4].isdigit() and other[:4].isdigit())


def why_two(one: Thing, other: Thing, corpus: Corpus) -> str:
    """Why two things cannot be one; empty where nothing speaks against it."""
    a, b = one.first, other.first
    if a.type != b.type and {a.type, b.type} & PERSONS:
        return "a person and no person"
    known = a.folded in other.names or b.folded in one.names or are_spelled_alike(a, b)
    full = a.type in PERSONS and min(len(a.words), len(b.words)) > 1
    if full and not known and not are_namesakes(a.words, b.words):
        return "two persons' full names"
    pairs = ((left, right) for left in one.telling for right in other.telling)
    return next(filter(None, (_contradict(*pair, corpus) for pair in pairs)), "")


def are_spelled_alike(one: Appearance, other: Appearance) -> bool:
    """Whether two names differ in dots, titles and the like alone."""
    names = (set(name_variants(item.folded, item.type)) for item in (one, other))
    return not set.isdisjoint(*names)
