"""Whether probabilities mean what they say: confidence beside accuracy, bin by bin."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kgbuild.calibration import expected_calibration_error
from kgbuild.evaluate.gold import GoldDocument, with_predictions
from kgbuild.evaluate.intervals import Interval, middle, resample
from kgbuild.evaluate.relations import PredictedRelation, strongest

__all__ = ["BINS", "Bin", "Reliability", "score_reliability"]

BINS = 15
"""Bins of equal width that probabilities are put into."""

_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bin:
    """The predictions whose probability lies in one stretch."""

    low: float
    """Where the stretch begins, 0 to 1."""
    high: float
    """Where it ends; the last one holds its end."""
    count: int
    """Predictions in it, at least 0."""
    confidence: float
    """Their mean probability, 0 to 1; 0.0 of none."""
    accuracy: float
    """The share of them that is right, 0 to 1; 0.0 of none."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far probabilities are from the truth."""

    error: float
    """Expected calibration error, 0 to 1."""
    interval: Interval
    """Where it lies when the documents are drawn anew; a draw can hardly be better calibrated than the whole, so the
    interval leans upwards."""
    count: int
    """Predictions that were looked at."""
    bins: tuple[Bin, ...]
    """In order of probability."""


def score_reliability(gold: Iterable[GoldDocument], predicted: Iterable[PredictedRelation]) -> Reliability:
    """The reliability of predicted relations, each counted once with its highest probability.

    A prediction is right when gold has the relation. What was not predicted is not looked at: give all that could
    be claimed, whatever the threshold, for gaps hide below it.

    Raises: InputError when a prediction names no gold document.
    """
    found = [_judge(document, mine) for document, mine in with_predictions(gold, strongest(predicted))]
    values = np.concatenate([np.zeros(0), *(values for values, _ in found)])
    right = np.concatenate([np.zeros(0), *(right for _, right in found)])
    return Reliability(
        error=expected_calibration_error(values, right, BINS),
        interval=_interval(found),
        count=len(values),
        bins=tuple(_bins(values, right)),
    )


def _judge(document: GoldDocument, predicted: Sequence[PredictedRelation]) -> tuple[_Floats, _Floats]:
    """Probability of each prediction, and whether it is right."""
    holds = {(relation.head, relation.tail, relation.label) for relation in document.relations}
    right = [(item.head, item.tail, item.label) in holds for item in predicted]
    return np.array([item.probability for item in predicted], dtype=np.float64), np.array(right, dtype=np.float64)


def _places(values: _Floats) -> NDArray[np.int64]:
    return np.minimum((values * BINS).astype(np.int64), BINS - 1)


def _bins(values: _Floats, right: _Floats) -> Iterator[Bin]:
    places = _places(values)
    for number in range(BINS):
        mine = places == number
        count = int(mine.sum())
        confidence, accuracy = (float(part[mine].mean()) if count else 0.0 for part in (values, right))
        yield Bin(number / BINS, (number + 1) / BINS, count, confidence, accuracy)


def _interval(found: Sequence[tuple[_Floats, _Floats]]) -> Interval:
    """From each document's gap in each bin and its count, which add up as documents are drawn."""
    rows = [
        np.append(np.bincount(_places(values), weights=values - right, minlength=BINS), len(values))
        for values, right in found
    ]
    sums = resample(np.array(rows) if rows else np.zeros((0, BINS + 1)))
    gaps, counts = np.abs(sums[:, :BINS]).sum(axis=1), sums[:, BINS]
    return middle(np.divide(gaps, counts, out=np.full_like(gaps, np.nan), where=counts > 0))
