"""Precision, recall and F1 from counts."""

from collections.abc import Set
from dataclasses import dataclass

__all__ = ["Scores", "scores_of"]


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


def scores_of(gold: Set[object], predicted: Set[object]) -> Scores:
    """Counts from two sets of things that are equal when right."""
    right = len(gold & predicted)
    return Scores(right, len(predicted) - right, len(gold) - right)
