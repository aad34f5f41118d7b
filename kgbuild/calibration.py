"""From scores to probabilities that mean what they say, and the thresholds that reach a wanted precision.

A probability is sigmoid((logit + bias) / temperature), after Platt (1999) and Guo et al. (2017,
https://arxiv.org/abs/1706.04599); both numbers are fitted on held-out documents. What is read across sentences has a
bias of its own beside it, for there a model is surer than it should be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kgbuild.errors import CheckpointError, InputError, SettingError

__all__ = [
    "POOLED",
    "PRECISIONS",
    "Calibration",
    "Threshold",
    "calibration_from_dict",
    "calibration_to_dict",
    "expected_calibration_error",
    "fit_calibration",
]

POOLED = ""
"""`Threshold.property` of the rows that hold for every property without rows of its own."""
PRECISIONS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99)
"""Precisions that thresholds are fitted for."""
_SPREADS = (0.0, 0.25, 0.5, 1.0)
"""Standard deviations of the properties' shifts that are tried; 0 gives all properties one threshold."""
_FOLDS = 5
_NEWTON_STEPS = 100

_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Threshold:
    """The probability from which a property's scores are accepted, so that all that is accepted reaches a precision."""

    property: str
    """IRI of the property, or `POOLED`."""
    precision: float
    """The precision that is reached on held-out data, 0 to 1."""
    probability: float | None
    """Lowest calibrated probability to accept, 0 to 1; `None` when no threshold reaches the precision."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What turns logits into calibrated probabilities."""

    temperature: float = 1.0
    """Divides the shifted logit; above 0."""
    bias: float = 0.0
    """Is added to the logit."""
    thresholds: tuple[Threshold, ...] = ()
    """Ordered by property and precision; `POOLED` first."""
    fitted: bool = False
    """Whether the values come from held-out data; when not, probabilities are those of the model itself."""
    apart: float = 0.0
    """Is added to the logit too, where head and tail stand in different sentences."""

    def probabilities(self, logits: ArrayLike, apart: ArrayLike = False) -> _Floats:
        """Calibrated probabilities, 0 to 1, in the shape of `logits`; `apart` tells what is read across sentences."""
        return _sigmoid(self._odds(np.asarray(logits, dtype=np.float64), np.asarray(apart, dtype=np.bool_)))

    def _odds(self, logits: _Floats, apart: _Bools) -> _Floats:
        """Logarithms of the odds that the probabilities stand for."""
        odds: _Floats = (logits + self.bias + self.apart * apart) / self.temperature
        return odds

    def threshold(self, property: str, precision: float) -> float | None:
        """The probability that reaches `precision`, or the next higher one that was fitted; `None` when none does.

        Raises: SettingError when nothing was fitted for so high a precision.
        """
        own = [row for row in self.thresholds if row.property == property]
        rows = own or [row for row in self.thresholds if row.property == POOLED]
        reached = [row for row in rows if row.precision >= precision - 1e-9]
        if not reached:
            highest = max((row.precision for row in rows), default=None)
            raise SettingError(
                f"setting 'accept.precision': expected at most {highest!r}, the highest that this model is calibrated "
                f"for, came {precision!r}; lower it, set accept.threshold, or calibrate the model for it with "
                f"`kgbuild calibrate DATA.jsonl --model FOLDER --precision {precision!r}`",
                subject=precision,
            )
        return min(reached, key=lambda row: row.precision).probability


def fit_calibration(
    logits: ArrayLike,
    correct: ArrayLike,
    properties: Sequence[str],
    precisions: Sequence[float] = PRECISIONS,
    *,
    apart: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    documents: Sequence[int] | None = None,
) -> Calibration:
    """The calibration of held-out scores, of which `correct` says whether each is right; all of one length.

    `apart` tells which were read across sentences; without it none was. `weights` say how often each counts, above 0.
    Temperature and biases minimise the log loss of Platt's smoothed targets. A threshold is for all properties the same
    probability after a shift of the property's own, which few examples leave near 0 (partial pooling): how far shifts
    may go, and from where on a precision is reached, is told by scores that the shifts were not fitted on. `documents`
    are the numbers of the scores' documents, which are kept together; without them each score stands alone.

    Raises: InputError when right or wrong scores are lacking, or when right ones are not the higher ones.
    """
    values = np.asarray(logits, dtype=np.float64)
    right = np.asarray(correct, dtype=np.bool_)
    _check_examples(values, right, properties)
    far = np.zeros(values.shape, dtype=np.bool_) if apart is None else np.asarray(apart, dtype=np.bool_)
    weight = np.ones(values.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    slope, offset, further = _fit_logistic(values, far, right, weight)
    if slope <= 0:
        raise InputError(
            f"calibration: expected right scores to be higher than wrong ones, came a slope of {slope:.3g}; "
            "train the model longer or hold out more data"
        )
    scale = Calibration(temperature=1 / slope, bias=offset / slope, apart=further / slope)
    odds = scale._odds(values, far)
    names, groups = np.unique(np.asarray(properties), return_inverse=True)
    folds = _folds(np.arange(values.size) if documents is None else np.asarray(documents))
    unseen = [_shifted_unseen(odds, right, weight, groups, folds, spread) for spread in _SPREADS]
    best = int(np.argmin([_log_loss(shifted, right, weight) for shifted in unseen]))
    shifts = _fit_shifts(odds, right, weight, groups, _SPREADS[best])
    own = {str(name): float(shift) for name, shift in zip(names, shifts, strict=True) if shift}
    cuts = {wanted: _lowest_odds(unseen[best], right, weight, wanted) for wanted in sorted(precisions)}
    rows = [
        Threshold(name, wanted, None if cut is None else float(_sigmoid(np.array(cut - shift))))
        for name, shift in ({POOLED: 0.0} | own).items()
        for wanted, cut in cuts.items()
    ]
    return replace(scale, thresholds=tuple(rows), fitted=True)


def expected_calibration_error(probabilities: ArrayLike, correct: ArrayLike, bins: int = 15) -> float:
    """Mean distance of confidence and accuracy over bins of equal width, weighted by size; 0.0 of no examples."""
    values = np.asarray(probabilities, dtype=np.float64)
    if not values.size:
        return 0.0
    right = np.asarray(correct, dtype=np.float64)
    places = np.minimum((values * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(places, weights=values - right, minlength=bins)
    return float(np.abs(gaps).sum() / values.size)


def calibration_to_dict(calibration: Calibration) -> dict[str, Any]:
    """The calibration as JSON can hold it."""
    return asdict(calibration) | {"thresholds": [asdict(row) for row in calibration.thresholds]}


def calibration_from_dict(value: Mapping[str, Any]) -> Calibration:
    """The mirror of `calibration_to_dict`.

    Raises: CheckpointError.
    """
    try:
        rows = tuple(
            Threshold(
                str(row["property"]),
                float(row["precision"]),
                None if row["probability"] is None else float(row["probability"]),
            )
            for row in value["thresholds"]
        )
        temperature, bias, apart = (float(value[key]) for key in ("temperature", "bias", "apart"))
        result = Calibration(temperature, bias, rows, value["fitted"] is True, apart)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"calibration: expected temperature, bias, apart, thresholds, fitted, came {value!r}; choose another model",
            subject=value,
        ) from error
    if not (0 < result.temperature < np.inf and np.isfinite((result.bias, result.apart)).all()):
        raise CheckpointError(
            f"calibration: expected a temperature above 0 and finite biases, came {result.temperature!r}, "
            f"{result.bias!r} and {result.apart!r}; calibrate the model again",
            subject=value,
        )
    return result


def _check_examples(values: _Floats, right: _Bools, properties: Sequence[str]) -> None:
    if not values.shape == right.shape == (len(properties),):
        raise InputError(
            f"calibration: expected as many logits as judgements and properties, came {values.shape}, {right.shape} "
            f"and {len(properties)}; give one of each for each score"
        )
    if not np.isfinite(values).all():
        raise InputError("calibration: expected finite logits, came some that are not; look for overflow in the model")
    if right.all() or not right.any():
        raise InputError(
            f"calibration: expected right and wrong scores, came {int(right.sum())} right of {right.size}; "
            "hold out more documents"
        )


def _fit_logistic(values: _Floats, far: _Bools, right: _Bools, weight: _Floats) -> tuple[float, float, float]:
    """Slope, offset and what `far` adds in the logistic regression of `right`, by Newton's method with halved steps."""
    positive, negative = right.sum(), (~right).sum()
    # Platt's targets keep the optimum finite even where right and wrong are separable.
    targets = np.where(right, (positive + 1) / (positive + 2), 1 / (negative + 2))
    features = np.stack([values, np.ones_like(values), far], axis=1)
    weights = np.array([1.0, 0.0, 0.0])
    loss = _log_loss(features @ weights, targets, weight)
    for _ in range(_NEWTON_STEPS):
        chances = _sigmoid(features @ weights)
        gradient = features.T @ (weight * (chances - targets))
        curvature = features.T @ (features * (weight * chances * (1 - chances))[:, None]) + 1e-9 * np.eye(3)
        step = np.linalg.solve(curvature, gradient)
        size = 1.0
        while size > 1e-6 and _log_loss(features @ (weights - size * step), targets, weight) > loss:
            size /= 2
        weights = weights - size * step
        before, loss = loss, _log_loss(features @ weights, targets, weight)
        if before - loss < 1e-12 * max(1.0, before):
            break
    slope, offset, further = weights.tolist()
    return slope, offset, further


def _log_loss(logits: _Floats, targets: _Floats | _Bools, weight: _Floats) -> float:
    return float((weight * (np.logaddexp(0, logits) - targets * logits)).sum())


def _folds(documents: NDArray[np.int64]) -> NDArray[np.int64]:
    """The fold of each score; those of a document are in one."""
    folds: NDArray[np.int64] = np.unique(documents, return_inverse=True)[1] % _FOLDS
    return folds


def _shifted_unseen(
    odds: _Floats, right: _Bools, weight: _Floats, groups: NDArray[np.int64], folds: NDArray[np.int64], spread: float
) -> _Floats:
    """The odds with the shifts that the other folds give."""
    shifted = odds.copy()
    for number in range(_FOLDS):
        mine = folds == number
        shifts = _fit_shifts(
            odds[~mine], right[~mine], weight[~mine], groups[~mine], spread, count=int(groups.max()) + 1
        )
        shifted[mine] += shifts[groups[mine]]
    return shifted


def _fit_shifts(
    odds: _Floats,
    right: _Bools,
    weight: _Floats,
    groups: NDArray[np.int64],
    spread: float,
    *,
    count: int | None = None,
) -> _Floats:
    """What each group's odds are shifted by, drawn to 0 as a normal distribution of this spread draws (MAP)."""
    count = int(groups.max()) + 1 if count is None else count
    shifts = np.zeros(count)
    if not spread:
        return shifts
    for _ in range(_NEWTON_STEPS):
        chances = _sigmoid(odds + shifts[groups])
        gradient = np.bincount(groups, weight * (chances - right), minlength=count) + shifts / spread**2
        curvature = np.bincount(groups, weight * chances * (1 - chances), minlength=count) + 1 / spread**2
        step = np.clip(gradient / curvature, -1, 1)
        shifts -= step
        if np.abs(step).max() < 1e-9:
            break
    return shifts


def _lowest_odds(odds: _Floats, right: _Bools, weight: _Floats, wanted: float) -> float | None:
    """The lowest odds from which on the precision is reached; `None` when it never is."""
    order = np.argsort(-odds, kind="stable")
    falling = odds[order]
    last = np.append(falling[1:] != falling[:-1], [True])  # scores of equal odds stay together
    sizes = np.cumsum(weight[order])
    reached = falling[last & (np.cumsum((right * weight)[order]) >= wanted * sizes - 1e-9)]
    return float(reached[-1]) if reached.size else None


def _sigmoid(values: _Floats) -> _Floats:
    """Logistic function without overflow."""
    small = np.exp(-np.abs(values))
    result: _Floats = np.where(values >= 0, 1 / (1 + small), small / (1 + small))
    return result
