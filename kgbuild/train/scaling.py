"""Platt scaling of held-out scores, and for wanted precisions a threshold of each property's own."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kgbuild.calibration import POOLED, PRECISIONS, Calibration, Threshold, sigmoid
from kgbuild.errors import InputError

__all__ = ["fit_calibration"]

_SPREADS = (0.0, 0.25, 0.5, 1.0)
"""Standard deviations of the properties' shifts that are tried; 0 gives all properties one threshold."""
_FOLDS = 5
_NEWTON_STEPS = 100

_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]


def fit_calibration(
    logits: ArrayLike,
    correct: ArrayLike,
    properties: Sequence[str],
    precisions: Sequence[float] = PRECISIONS,
    *,
    apart: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    documents: Sequence[int] | None = None,
    alike: bool = False,
) -> Calibration:
    """The calibration of held-out scores, of which `correct` says whether each is right; all of one length.

    `apart` tells which were read across sentences; without it none was. `weights` say how often each counts, above 0.
    Temperature and biases minimise the log loss of Platt's smoothed targets. A threshold is for all properties the same
    probability after a shift of the property's own, which few examples leave near 0 (partial pooling): how far shifts
    may go, and from where on a precision is reached, is told by scores that the shifts were not fitted on. `documents`
    are the numbers of the scores' documents, which are kept together; without them each score stands alone. Where all
    properties are `alike` none has a shift: a threshold then is for properties that the scores do not have.

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
    odds = scale.odds(values, far)
    names, groups = np.unique(np.asarray(properties), return_inverse=True)
    folds = _folds(np.arange(values.size) if documents is None else np.asarray(documents))
    spreads = _SPREADS[:1] if alike else _SPREADS
    unseen = [_shifted_unseen(odds, right, weight, groups, folds, spread) for spread in spreads]
    best = int(np.argmin([_log_loss(shifted, right, weight) for shifted in unseen]))
    shifts = _fit_shifts(odds, right, weight, groups, spreads[best])
    own = {str(name): float(shift) for name, shift in zip(names, shifts, strict=True) if shift}
    cuts = {wanted: _lowest_odds(unseen[best], right, weight, wanted) for wanted in sorted(precisions)}
    rows = [
        Threshold(name, wanted, None if cut is None else float(sigmoid(np.array(cut - shift))))
        for name, shift in ({POOLED: 0.0} | own).items()
        for wanted, cut in cuts.items()
    ]
    return replace(scale, thresholds=tuple(rows), fitted=True)


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
        chances = sigmoid(features @ weights)
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
        chances = sigmoid(odds + shifts[groups])
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
