"""Precision, recall and F1 from counts, and shares; both kept document by document, so that they have intervals."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kgbuild.evaluate.intervals import Interval, middle, resample

__all__ = ["Measure", "Scores", "Share", "Shares", "Tally", "difference", "scores_of"]

Measure = Literal["precision", "recall", "f1"]
"""What is made of counts."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Counts of right, wrong and missed.

    With nothing to find and nothing found all three measures are 1.0; a measure whose denominator alone is
    zero is 0.0.
    """

    tp: int
    """Found and right."""
    fp: int
    """Found and wrong."""
    fn: int
    """Missed."""

    @property
    def precision(self) -> float:
        """Right of all that was found, 0 to 1."""
        return self._share(self.tp + self.fp)

    @property
    def recall(self) -> float:
        """Found of all that was there, 0 to 1."""
        return self._share(self.tp + self.fn)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0 to 1."""
        total = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / total if total else 1.0

    def _share(self, total: int) -> float:
        if total:
            return self.tp / total
        return 0.0 if self.fp + self.fn else 1.0

    def __add__(self, other: "Scores") -> "Scores":
        return Scores(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of each document; a figure is that of their sum (micro)."""

    documents: tuple[Scores, ...]
    """One a document, in the order of gold."""

    @property
    def total(self) -> Scores:
        """The counts of all documents together."""
        return _sum(self.documents)

    def interval(self, measure: Measure = "f1") -> Interval:
        """Where the figure lies when the documents are drawn anew; draws with nothing to divide by are left out."""
        return middle(_measured(self, measure))


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    count: int
    """Those that have what is asked for."""
    of: int
    """All that were asked."""

    @property
    def value(self) -> float:
        """The share, 0 to 1; 0.0 of nothing."""
        return self.count / self.of if self.of else 0.0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.count + other.count, self.of + other.of)


@dataclass(frozen=True, slots=True)
class Shares:
    """The share of each document; the figure is that of all together."""

    documents: tuple[Share, ...]
    """One a document, in the order of gold."""

    @property
    def total(self) -> Share:
        """The share of all documents together."""
        return Share(sum(item.count for item in self.documents), sum(item.of for item in self.documents))

    def interval(self) -> Interval:
        """Where the share lies when the documents are drawn anew; draws with nothing to ask are left out."""
        sums = resample([(item.count, item.of) for item in self.documents] or np.zeros((0, 2)))
        return middle(_ratio(sums[:, 0], sums[:, 1]))


def scores_of(gold: Set[object], predicted: Set[object]) -> Scores:
    """Counts from two sets of things that are equal when right."""
    right = len(gold & predicted)
    return Scores(right, len(predicted) - right, len(gold) - right)


def difference(one: Tally, other: Tally, measure: Measure = "f1") -> Interval:
    """Where the first figure less the second lies, of two systems on the same documents, drawn alike for both."""
    return middle(_measured(one, measure) - _measured(other, measure))


def _sum(documents: Iterable[Scores]) -> Scores:
    return sum(documents, Scores(0, 0, 0))


def _measured(tally: Tally, measure: Measure) -> NDArray[np.float64]:
    """The measure in each resample, [1000]; not a number where there is nothing to divide by."""
    sums = resample([(item.tp, item.fp, item.fn) for item in tally.documents] or np.zeros((0, 3)))
    right, wrong, missed = sums.T
    if measure == "f1":
        return _ratio(2 * right, 2 * right + wrong + missed)
    return _ratio(right, right + (wrong if measure == "precision" else missed))


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)
