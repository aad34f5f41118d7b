"""Probabilities are compared with how often they are right."""

from typing import Any

import pytest

from kgbuild.errors import InputError
from kgbuild.evaluate.gold import to_gold
from kgbuild.evaluate.intervals import Interval
from kgbuild.evaluate.relations import PredictedRelation
from kgbuild.evaluate.reliability import BINS, score_reliability


def relation(head: int, tail: int, label: str, probability: float, document: str = "d1") -> PredictedRelation:
    return PredictedRelation(document, head, tail, label, probability=probability)


def test_error_by_hand(record: dict[str, Any]):
    """Two right at .8 and a wrong one at .9 in different bins: (2 * .2 + .9) / 3."""
    predicted = [relation(0, 1, "met", 0.8), relation(0, 2, "place", 0.8), relation(1, 0, "met", 0.95)]
    found = score_reliability([to_gold(record)], predicted)
    assert found.error == pytest.approx((2 * 0.2 + 0.95) / 3)
    assert found.count == 3


def test_bins_by_hand(record: dict[str, Any]):
    """Of three predictions in one bin one is right: accuracy is a third beside the mean probability."""
    predicted = [relation(0, 1, "met", 0.41), relation(1, 0, "met", 0.43), relation(2, 0, "met", 0.45)]
    found = score_reliability([to_gold(record)], predicted)
    full = [item for item in found.bins if item.count]
    assert [(item.count, item.confidence, item.accuracy) for item in full] == [
        (3, pytest.approx(0.43), pytest.approx(1 / 3))
    ]
    assert (full[0].low, full[0].high) == (pytest.approx(0.4), pytest.approx(7 / 15))
    assert found.error == pytest.approx(0.43 - 1 / 3)


def test_bins_cover_all_probabilities(record: dict[str, Any]):
    """The bins lie side by side from 0 to 1, and certainty is in the last."""
    found = score_reliability([to_gold(record)], [relation(0, 1, "met", 1.0)])
    assert (found.bins[0].low, found.bins[-1].high, len(found.bins)) == (0.0, 1.0, BINS)
    assert all(one.high == other.low for one, other in zip(found.bins, found.bins[1:], strict=False))
    assert (found.bins[-1].count, found.error) == (1, 0.0)


def test_places_of_one_relation_count_once(record: dict[str, Any]):
    """Of two probabilities of one relation the higher one is looked at."""
    found = score_reliability([to_gold(record)], [relation(0, 1, "met", 0.3), relation(0, 1, "met", 0.6)])
    assert (found.count, found.error) == (1, pytest.approx(0.4))


def test_interval_is_over_documents(record: dict[str, Any]):
    """Of a document with error 0 and one with error .5, draws reach from the one to the other."""
    documents = [to_gold(record), to_gold(record | {"id": "d2"})]
    found = score_reliability(documents, [relation(0, 1, "met", 1.0), relation(0, 1, "met", 0.5, "d2")])
    assert (found.error, found.interval) == (0.25, Interval(0.0, 0.5))


def test_nothing_predicted_is_no_error(record: dict[str, Any]):
    """Without predictions the error is zero and nothing is known of it."""
    for gold in ([], [to_gold(record)]):
        found = score_reliability(gold, [])
        assert (found.error, found.count, found.interval) == (0.0, 0, Interval(0.0, 1.0))


def test_unknown_documents_are_an_error(record: dict[str, Any]):
    """A prediction for a document that is not gold is named."""
    with pytest.raises(InputError, match="document 'd9'"):
        score_reliability([to_gold(record)], [relation(0, 1, "met", 0.5, "d9")])
