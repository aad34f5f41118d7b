"""`alike`: which of the types that a recogniser knows a user's class is like, by its words and by its examples."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from kgbuild.checkpoint import Models
from kgbuild.config import NAMES
from kgbuild.kinds import read_kinds
from kgbuild.model.likeness import NOUN, TypeShares, type_shares
from kgbuild.ontology import VALUE_TYPES, EntityClass, Ontology
from kgbuild.recognise.tagger import Tagging
from kgbuild.train.examples import Example

__all__ = ["alike"]

_WORDS: Final = 5.0
"""Examples that the words of a class count for."""
_COVERED: Final = 0.15
"""Share of what is found of a type that the examples say to be of some class, from which on classes cover the type."""
_SURE: Final = 0.5
"""Share in the meaning of a class that does so where nothing is found of the type."""


def alike(
    models: Models, ontology: Ontology, types: Sequence[str], told: Iterable[tuple[Example, Tagging]]
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """All types that mentions shall have, and for each the number, from 1, of the models' type that it is like.

    These are the `types`, and behind them those of the models' that they do not cover: what is of no class need not be
    forced into one. A type is like the one of its name or that of a class above it; else the one that has
    the greatest share in what the words of the class mean and in what the recogniser found of its examples, which are
    `told` with it; 0 are common nouns.
    """
    before = models.recogniser.types
    classes = ontology.class_by_notation
    notations = {item.iri: item.notation for item in ontology.classes}
    known = {name: kind for name in types if (kind := _known(classes.get(name), name, notations, before))}
    fresh = [name for name in types if name not in known]
    labels = [classes[name].label if name in classes else name for name in fresh]
    words = type_shares(models.relations, models.tokenizer, labels, read_kinds(NAMES))
    shares: dict[str, TypeShares] = {name: {kind: 1.0} for name, kind in known.items()}
    shares |= dict(zip(fresh, words, strict=True))
    counts, seen = _counted(told, shares)
    open = [*(name for name in before if name not in VALUE_TYPES), NOUN]
    for name in fresh:
        known[name] = max(open, key=lambda kind: _WORDS * shares[name].get(kind, 0.0) + counts[name, kind])
    sure = {kind for name, kind in known.items() if shares[name].get(kind, 0.0) >= _SURE}
    claimed = {kind: sum(counts[name, kind] for name in types if known[name] == kind) for kind in before}
    covered = {kind for kind in before if (claimed[kind] >= _COVERED * seen[kind] if seen[kind] else kind in sure)}
    others = [name for name in before if name not in covered and name not in types]
    numbers = {name: number for number, name in enumerate(before, start=1)} | {NOUN: 0}
    return (*types, *others), tuple(numbers[known.get(name, name)] for name in (*types, *others))


def _known(item: EntityClass | None, name: str, notations: Mapping[str, str], before: Sequence[str]) -> str | None:
    """The name, or that of a class above it, that is a type already."""
    above = [notations[iri] for iri in item.parents if iri in notations] if item else []
    return next((kind for kind in (name, *above) if kind in before), None)


def _counted(
    told: Iterable[tuple[Example, Tagging]], shares: Mapping[str, TypeShares]
) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """How often mentions of each class are found as each type, and how much of each type is found in all.

    A mention that is open between classes counts for each by what its words make likely (a step of expectation
    maximisation).
    """
    counts: Counter[tuple[str, str]] = Counter()
    every: Counter[str] = Counter()
    for example, found in told:
        seen = {(span.start, span.end): NOUN for span in found.nouns}
        seen |= {(span.start, span.end): span.type for span in found.spans}
        every.update(span.type for span in found.spans)
        for mention, kinds in zip(example.document.mentions, example.kinds, strict=True):
            kind = seen.get((mention.start, mention.end))
            if kind is None or len(kinds) == len(shares) > 1:  # of what may be anything nothing is known
                continue
            likely = {name: shares[name].get(kind, 0.0) for name in kinds}
            whole = sum(likely.values()) or 1.0
            for name, share in likely.items():
                counts[name, kind] += share / whole  # type: ignore[assignment]  # typeshed counts in whole numbers
    return counts, every
