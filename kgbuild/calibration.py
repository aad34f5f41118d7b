"""From scores to probabilities that mean what they say, and the thresholds that reach a wanted precision.

A probability is sigmoid((logit + bias) / temperature), after Platt (1999) and Guo et al. (2017,
https://arxiv.org/abs/1706.04599); both numbers are fitted on held-out documents. What is read across sentences has a
bias of its own beside it, for there a model is surer than it should be. And of relations whose names it was not trained
on, those of an ontology of one's own, a model is less sure than it should be where it is right: these may have numbers
of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kgbuild.errors import CheckpointError, SettingError

__all__ = [
    "POOLED",
    "PRECISIONS",
    "Calibration",
    "Threshold",
    "calibration_from_dict",
    "calibration_to_dict",
    "expected_calibration_error",
    "sigmoid",
]

POOLED = ""
"""`Threshold.property` of the rows that hold for every property without rows of its own."""
PRECISIONS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99)
"""Precisions that thresholds are fitted for."""

_Floats = NDArray[np.float64]


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
    learned: frozenset[str] = frozenset()
    """IRIs of the properties that all this holds for, where `others` are given; else it holds for all."""
    others: "Calibration | None" = None
    """What holds for all other properties, whose names the model was not trained on."""

    def of(self, property: str) -> "Calibration":
        """What holds for a property."""
        return self if self.others is None or property in self.learned else self.others

    def probabilities(
        self, logits: ArrayLike, apart: ArrayLike = False, properties: Sequence[str] | None = None
    ) -> _Floats:
        """Calibrated probabilities, 0 to 1, in the shape of `logits`.

        `apart` tells what is read across sentences; where `others` are given, `properties` must tell whose scores they
        are. Raises: ValueError when they do not.
        """
        own = sigmoid(self.odds(logits, apart))
        if self.others is None:
            return own
        if properties is None:
            raise ValueError(
                "properties: expected the IRI of each score's, since others are calibrated apart, came none"
            )
        learned = np.array([property in self.learned for property in properties], dtype=np.bool_)
        return np.where(learned, own, self.others.probabilities(logits, apart))

    def odds(self, logits: ArrayLike, apart: ArrayLike) -> _Floats:
        """Logarithms of the odds that the probabilities of learned properties stand for."""
        values, far = np.asarray(logits, dtype=np.float64), np.asarray(apart, dtype=np.bool_)
        odds: _Floats = (values + self.bias + self.apart * far) / self.temperature
        return odds

    def threshold(self, property: str, precision: float) -> float | None:
        """The probability that reaches `precision`, or the next higher one that was fitted; `None` when none does.

        Raises: SettingError when nothing was fitted for so high a precision.
        """
        thresholds = self.of(property).thresholds
        own = [row for row in thresholds if row.property == property]
        rows = own or [row for row in thresholds if row.property == POOLED]
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
    others = None if calibration.others is None else calibration_to_dict(calibration.others)
    return asdict(calibration) | {
        "thresholds": [asdict(row) for row in calibration.thresholds],
        "learned": sorted(calibration.learned),
        "others": others,
    }


def calibration_from_dict(value: Mapping[str, Any]) -> Calibration:
    """The mirror of `calibration_to_dict`; what an older model lacks is as if nothing were told apart.

    Raises: CheckpointError.
    """
    try:
        rows = tuple(_threshold(row) for row in value["thresholds"])
        temperature, bias, apart = (float(value[key]) for key in ("temperature", "bias", "apart"))
        learned = frozenset(map(str, value.get("learned", ())))
        others = None if value.get("others") is None else calibration_from_dict(value["others"])
        result = Calibration(temperature, bias, rows, value["fitted"] is True, apart, learned, others)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
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


def _threshold(row: Mapping[str, Any]) -> Threshold:
    probability = row["probability"]
    return Threshold(str(row["property"]), float(row["precision"]), None if probability is None else float(probability))


def sigmoid(values: _Floats) -> _Floats:
    """Logistic function without overflow."""
    small = np.exp(-np.abs(values))
    result: _Floats = np.where(values >= 0, 1 / (1 + small), small / (1 + small))
    return result
