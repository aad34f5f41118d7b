"""How sure a figure is: percentile bootstrap over documents, after Efron and Tibshirani (1993).

Documents are drawn with replacement, whole, because errors within one hang together. As many documents are drawn in
the same way for every figure, so that two systems are compared on the same resamples.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["LEVEL", "RESAMPLES", "Interval", "middle", "resample"]

RESAMPLES = 1_000
"""How many times the documents are drawn anew."""
LEVEL = 0.95
"""The share of the resamples that lies within an interval."""
_SEED = 2026
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a figure lies in 95 of 100 resamples of the documents."""

    low: float
    """Lower bound."""
    high: float
    """Upper bound."""


def resample(counts: ArrayLike) -> NDArray[np.float64]:
    """The sums [1000, K] of the rows of `counts` [documents, K], as many rows as there are drawn with replacement."""
    rows = np.asarray(counts, dtype=np.float64)
    if not len(rows):
        return np.zeros((RESAMPLES, *rows.shape[1:]))
    draws = np.random.default_rng(_SEED)
    chosen = (draws.integers(len(rows), size=(_AT_ONCE, len(rows))) for _ in range(RESAMPLES // _AT_ONCE))
    return np.concatenate([rows[numbers].sum(axis=1) for numbers in chosen])


def middle(values: ArrayLike) -> Interval:
    """The interval that holds the middle 95 % of the values; those that are no number, of nothing, are left out.

    Where none is left nothing is known: 0 to 1.
    """
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    if not known.size:
        return Interval(0.0, 1.0)
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))
