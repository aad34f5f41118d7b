"""From scores to probabilities that mean what they say, and the thresholds that reach a wanted precision.

A probability is sigmoid((logit + bias) / temperature), after Platt (1999) and Guo et al. (2017,
https://arxiv.org/abs/1706.04599); both numbers are fitted on held-out documents.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
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
_ENOUGH_EXAMPLES = 30
_POOLED_WEIGHT = 10.0
"""Examples that the pooled precision counts for when it smooths a property's own."""
_NEWTON_STEPS = 100

_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Threshold:
    """The probability from which claims of a property reach a precision."""

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

    def probabilities(self, logits: ArrayLike) -> _Floats:
        """Calibrated probabilities, 0 to 1, in the shape of `logits`."""
        return _sigmoid((np.asarray(logits, dtype=np.float64) + self.bias) / self.temperature)

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
                f"for, came {precision!r}; lower it, set accept.threshold, or train or choose a calibrated model",
                subject=precision,
            )
        return min(reached, key=lambda row: row.precision).probability


def fit_calibration(
    logits: ArrayLike,
    correct: ArrayLike,
    properties: Sequence[str],
    precisions: Sequence[float] = PRECISIONS,
) -> Calibration:
    """The calibration of held-out scores, of which `correct` says whether each is right; all of one length.

    Temperature and bias minimise the log loss of Platt's smoothed targets. A threshold is the lowest whose
    precision on the held-out scores, smoothed by the pooled precision at the same threshold, is reached; properties
    with fewer than 30 scores have the pooled ones.

    Raises: InputError when right or wrong scores are lacking, or when right ones are not the higher ones.
    """
    values = np.asarray(logits, dtype=np.float64)
    right = np.asarray(correct, dtype=np.bool_)
    _check_examples(values, right, properties)
    slope, offset = _fit_logistic(values, right)
    if slope <= 0:
        raise InputError(
            f"calibration: expected right scores to be higher than wrong ones, came a slope of {slope:.3g}; "
            "train the model longer or hold out more data"
        )
    scale = Calibration(temperature=1 / slope, bias=offset / slope)
    thresholds = _fit_thresholds(scale.probabilities(values), right, np.asarray(properties), sorted(precisions))
    return Calibration(scale.temperature, scale.bias, tuple(thresholds), fitted=True)


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
        result = Calibration(float(value["temperature"]), float(value["bias"]), rows, value["fitted"] is True)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"calibration: expected temperature, bias, thresholds and fitted, came {value!r}; choose another model",
            subject=value,
        ) from error
    if not (0 < result.temperature < np.inf and np.isfinite(result.bias)):
        raise CheckpointError(
            f"calibration: expected a temperature above 0 and a finite bias, came {result.temperature!r} and "
            f"{result.bias!r}; calibrate the model again",
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


def _fit_logistic(values: _Floats, right: _Bools) -> tuple[float, float]:
    """Slope and offset of the logistic regression of `right` on `values`, by Newton's method with halved steps."""
    positive, negative = right.sum(), (~right).sum()
    # Platt's targets keep the optimum finite even where right and wrong are separable.
    targets = np.where(right, (positive + 1) / (positive + 2), 1 / (negative + 2))
    features = np.stack([values, np.ones_like(values)], axis=1)
    weights = np.array([1.0, 0.0])
    loss = _log_loss(features @ weights, targets)
    for _ in range(_NEWTON_STEPS):
        chances = _sigmoid(features @ weights)
        gradient = features.T @ (chances - targets)
        curvature = features.T @ (features * (chances * (1 - chances))[:, None]) + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        size = 1.0
        while size > 1e-6 and _log_loss(features @ (weights - size * step), targets) > loss:
            size /= 2
        weights = weights - size * step
        before, loss = loss, _log_loss(features @ weights, targets)
        if before - loss < 1e-12 * max(1.0, before):
            break
    return float(weights[0]), float(weights[1])


def _log_loss(logits: _Floats, targets: _Floats) -> float:
    return float((np.logaddexp(0, logits) - targets * logits).sum())


def _fit_thresholds(
    probabilities: _Floats, right: _Bools, properties: NDArray[np.str_], precisions: Sequence[float]
) -> list[Threshold]:
    cuts, pooled, _ = _precision_curve(probabilities, right)
    rows = [Threshold(POOLED, precision, _lowest(cuts, pooled, precision)) for precision in precisions]
    names, place, counts = np.unique(properties, return_inverse=True, return_counts=True)
    for number in np.flatnonzero(counts >= _ENOUGH_EXAMPLES):
        mine = place == number
        own_cuts, own, sizes = _precision_curve(probabilities[mine], right[mine])
        # Each cut of a property is one of the pooled cuts too, which are in falling order.
        shared = pooled[np.searchsorted(-cuts, -own_cuts)]
        smoothed = (own * sizes + shared * _POOLED_WEIGHT) / (sizes + _POOLED_WEIGHT)
        rows += [Threshold(str(names[number]), goal, _lowest(own_cuts, smoothed, goal)) for goal in precisions]
    return rows


def _precision_curve(probabilities: _Floats, right: _Bools) -> tuple[_Floats, _Floats, _Floats]:
    """Each different probability, falling, with the precision and the number of the scores that are not below it."""
    order = np.argsort(-probabilities, kind="stable")
    falling = probabilities[order]
    last = np.append(falling[1:] != falling[:-1], [True])
    sizes = np.arange(1.0, falling.size + 1)[last]
    return falling[last], np.cumsum(right[order])[last] / sizes, sizes


def _lowest(cuts: _Floats, precisions: _Floats, wanted: float) -> float | None:
    reached = cuts[precisions >= wanted]
    return float(reached[-1]) if reached.size else None


def _sigmoid(values: _Floats) -> _Floats:
    """Logistic function without overflow."""
    small = np.exp(-np.abs(values))
    result: _Floats = np.where(values >= 0, 1 / (1 + small), small / (1 + small))
    return result
