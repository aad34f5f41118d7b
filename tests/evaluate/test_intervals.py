"""Documents are drawn whole, with replacement, and alike for every figure."""

import numpy as np
import pytest

from kgbuild.evaluate.intervals import RESAMPLES, Interval, middle, resample


def test_as_many_documents_are_drawn_as_there_are():
    """Each draw of five documents that count one each counts five."""
    assert np.array_equal(resample(np.ones((5, 1))), np.full((RESAMPLES, 1), 5.0))


def test_columns_of_a_document_stay_together():
    """A document is drawn whole: a second column that is twice the first one is so in every draw."""
    first = np.arange(11.0)
    sums = resample(np.stack([first, 2 * first], axis=1))
    assert np.array_equal(sums[:, 1], 2 * sums[:, 0])
    assert len(np.unique(sums[:, 0])) > 20


def test_draws_are_the_same_each_time():
    """The same number of documents is drawn in the same way, so that systems are compared on the same draws."""
    counts = np.arange(13.0)[:, None]
    assert np.array_equal(resample(counts), resample(counts))
    assert np.array_equal(resample(counts + 1), resample(counts) + 13)


def test_draws_are_fair():
    """Over all draws each of three documents is drawn about as often as each other."""
    share = resample(np.eye(3)).mean(axis=0)
    assert share == pytest.approx([1, 1, 1], abs=0.1)


def test_no_documents_sum_to_nothing():
    """Without documents every draw is zero."""
    assert np.array_equal(resample(np.zeros((0, 2))), np.zeros((RESAMPLES, 2)))


def test_middle_by_hand():
    """Of 0 to 100 the middle 95 % reach from 2.5 to 97.5."""
    assert middle(np.arange(101.0)) == Interval(pytest.approx(2.5), pytest.approx(97.5))


def test_middle_of_what_is_known():
    """What is not a number is left out; where nothing is left, nothing is known."""
    assert middle([np.nan, 0.5, np.nan]) == Interval(0.5, 0.5)
    assert middle([np.nan]) == Interval(0.0, 1.0)
