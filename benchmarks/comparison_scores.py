"""From the logits of all pairs to counts for each document, by distance: pure functions over arrays.

Letters: D documents, P scored pairs, R relations.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kgbuild.evaluate import DISTANCES, Scores, Tally

__all__ = ["ALL", "PIECES", "Counts", "Outcome", "Scored", "best_threshold", "judge", "pooled"]

ALL = "all pairs"
"""Name of the group of all pairs, those that were never scored among them."""
_BOUNDS = (8, 16, 32, 64, 128)
PIECES = (
    f"under {_BOUNDS[0]} pieces",
    *(f"{low} to {high - 1}" for low, high in pairwise(_BOUNDS)),
    f"{_BOUNDS[-1]} or more",
)
"""Names of the groups by pieces from head to tail where they stand closest."""

Counts = dict[str, list[list[int]]]
"""Right, wrong and missed in each document, by the name of a group of pairs."""


@dataclass(frozen=True, slots=True)
class Scored:
    """The pairs of D documents with what was said of them."""

    document: NDArray[np.int64]
    """Document of each pair, [P]."""
    apart: NDArray[np.int64]
    """Sentences between head and tail where they stand closest, [P]."""
    gap: NDArray[np.int64]
    """Pieces from head to tail there, negative where the tail comes first, [P]."""
    logits: NDArray[np.float32]
    """Logit of each pair for each relation, [P, R]."""
    right: NDArray[np.bool_]
    """Whether it holds, [P, R]."""
    gold: NDArray[np.int64]
    """Relations of each document, those of pairs that were not scored among them, [D]."""

    def related(self, holds: NDArray[np.bool_], gold: NDArray[np.int64]) -> "Scored":
        """Whether pairs are related at all: each by its highest logit; `holds` is [P, 1], `gold` counts them, [D]."""
        logits = self.logits.max(axis=1, keepdims=True)
        return Scored(self.document, self.apart, self.gap, logits, holds, gold)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one trained model was found to do."""

    encoder: int
    """Weights of its pair encoder."""
    weights: int
    """All weights that were trained."""
    typed: Counts
    """Counts of relations; empty where it tells none apart."""
    related: Counts
    """Counts of related pairs."""
    stamp: str
    """Where, when and with which code."""


def best_threshold(values: NDArray[np.float32], right: NDArray[np.bool_], gold: int) -> float:
    """The threshold with the best F1 when everything at or above it is claimed; infinite where there is no value."""
    if not len(values):
        return float("inf")
    order = np.argsort(-values, kind="stable")
    claimed = np.arange(1, len(values) + 1)
    f1 = 2 * np.cumsum(right[order]) / (claimed + gold)
    last_of_equals = np.append(values[order][1:] != values[order][:-1], True)
    return float(values[order[np.where(last_of_equals, f1, -1.0).argmax()]])


def judge(scored: Scored) -> Counts:
    """The counts at the threshold that is best over all pairs; every group is judged at that one."""
    threshold = best_threshold(scored.logits.ravel(), scored.right.ravel(), int(scored.gold.sum()))
    claimed = scored.logits >= threshold
    hits, wrong = (claimed & scored.right).sum(axis=1), (claimed & ~scored.right).sum(axis=1)
    there = scored.right.sum(axis=1)

    def by_document(values: NDArray[np.int64], group: NDArray[np.bool_]) -> NDArray[np.int64]:
        counts = np.bincount(scored.document[group], weights=values[group], minlength=len(scored.gold))
        return counts.astype(np.int64)

    found: Counts = {}
    for name, group in _groups(scored):
        tp, fp = by_document(hits, group), by_document(wrong, group)
        missed = (scored.gold if name == ALL else by_document(there, group)) - tp
        found[name] = np.stack([tp, fp, missed], axis=1).tolist()
    return found


def _groups(scored: Scored) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    yield ALL, np.ones(len(scored.document), dtype=np.bool_)
    far = np.minimum(scored.apart, len(DISTANCES) - 1)
    yield from ((name, far == number) for number, name in enumerate(DISTANCES))
    size = np.searchsorted(_BOUNDS, np.abs(scored.gap), side="right")
    yield from ((name, size == number) for number, name in enumerate(PIECES))


def pooled(counts: Iterable[Mapping[str, list[list[int]]]], group: str) -> Tally:
    """The counts of a group over all models that are given, document by document, so that an interval is of documents.

    The F1 of their sum lies between those of the models.
    """
    total = np.sum([item[group] for item in counts], axis=0)
    return Tally(tuple(Scores(*row) for row in total.tolist()))
