"""Counts give the measures, with stated values where nothing was counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.evaluate.scores import Scores, scores_of

COUNT = st.integers(0, 1_000)


def test_measures_by_hand():
    """Three right, one wrong and two missed are 3/4, 3/5 and 2/3."""
    scores = Scores(tp=3, fp=1, fn=2)
    assert (scores.precision, scores.recall, scores.f1) == (0.75, 0.6, pytest.approx(2 / 3))


@pytest.mark.parametrize(
    ("scores", "measures"),
    [
        (Scores(0, 0, 0), (1.0, 1.0, 1.0)),
        (Scores(0, 0, 5), (0.0, 0.0, 0.0)),
        (Scores(0, 5, 0), (0.0, 0.0, 0.0)),
        (Scores(5, 0, 0), (1.0, 1.0, 1.0)),
    ],
)
def test_empty_cases(scores: Scores, measures: tuple[float, ...]):
    """Nothing to find and nothing found is perfect; finding nothing, or only what is not there, is zero."""
    assert (scores.precision, scores.recall, scores.f1) == measures


@given(COUNT, COUNT, COUNT)
def test_f1_lies_between(tp: int, fp: int, fn: int):
    """F1 is never outside precision and recall."""
    scores = Scores(tp, fp, fn)
    low, high = sorted((scores.precision, scores.recall))
    assert low - 1e-9 <= scores.f1 <= high + 1e-9


@given(st.frozensets(st.integers(0, 20)), st.frozensets(st.integers(0, 20)))
def test_counts_add_up(gold: frozenset[int], predicted: frozenset[int]):
    """Right and wrong are all predictions; right and missed are all of gold."""
    scores = scores_of(gold, predicted)
    assert (scores.tp + scores.fp, scores.tp + scores.fn) == (len(predicted), len(gold))


def test_scores_add():
    """Counts of two documents add before anything is divided."""
    assert Scores(1, 2, 3) + Scores(10, 20, 30) == Scores(11, 22, 33)
