"""Counts give the measures, with stated values where nothing was counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.evaluate.intervals import Interval
from kgbuild.evaluate.scores import Scores, Share, Shares, Tally, difference, scores_of

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


def test_tally_is_the_sum_of_its_documents():
    """A figure is micro: counts add before anything is divided, and of no documents there are none."""
    assert Tally((Scores(1, 0, 0), Scores(1, 2, 0))).total == Scores(2, 2, 0)
    assert Tally(()).total == Scores(0, 0, 0)


def test_documents_that_agree_leave_no_doubt():
    """Where every document has the same counts, each draw has the same figure."""
    tally = Tally((Scores(3, 1, 2),) * 7)
    assert tally.interval("precision") == Interval(0.75, 0.75)
    assert tally.interval("recall") == Interval(0.6, 0.6)
    assert tally.interval() == Interval(pytest.approx(2 / 3), pytest.approx(2 / 3))


def test_documents_that_differ_give_an_interval():
    """Of 100 documents, half right and half wrong, precision lies within about two standard errors of a half."""
    tally = Tally((Scores(1, 0, 0), Scores(0, 1, 0)) * 50)
    interval = tally.interval("precision")
    assert 0.37 < interval.low < 0.43 and 0.57 < interval.high < 0.63
    assert tally.interval("precision") == interval


def test_draws_without_denominator_are_left_out():
    """One document of two says nothing of precision; draws of it alone do not count as zero."""
    assert Tally((Scores(2, 0, 0), Scores(0, 0, 3))).interval("precision") == Interval(1.0, 1.0)
    assert Tally((Scores(0, 0, 3),)).interval("precision") == Interval(0.0, 1.0)
    assert Tally(()).interval() == Interval(0.0, 1.0)


def test_difference_is_paired():
    """Two systems of which one is better on every document differ in every draw, though their intervals overlap."""
    one = Tally(tuple(Scores(10 * (number % 5) + 2, 9, 9) for number in range(40)))
    other = Tally(tuple(Scores(10 * (number % 5) + 1, 9, 9) for number in range(40)))
    assert one.interval().low < other.interval().high
    assert 0 < difference(one, other).low < one.total.f1 - other.total.f1 < difference(one, other).high
    assert difference(one, one) == Interval(0.0, 0.0)


def test_shares_by_hand():
    """One of four and two of two are three of six; nothing of nothing is zero."""
    shares = Shares((Share(1, 4), Share(2, 2)))
    assert (shares.total, shares.total.value) == (Share(3, 6), 0.5)
    assert Share(1, 4) + Share(2, 2) == shares.total
    assert (Shares(()).total.value, Shares(()).interval()) == (0.0, Interval(0.0, 1.0))


def test_shares_have_intervals():
    """The interval of two documents reaches from the one to the other."""
    assert Shares((Share(1, 4), Share(3, 4))).interval() == Interval(0.25, 0.75)
