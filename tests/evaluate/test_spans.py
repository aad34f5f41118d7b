"""Mentions are counted by place and type."""

from dataclasses import replace
from typing import Any

import pytest

from kgbuild.errors import InputError
from kgbuild.evaluate.gold import to_gold
from kgbuild.evaluate.scores import Scores
from kgbuild.evaluate.spans import score_spans
from kgbuild.records import Mention


def test_counts_by_hand(record: dict[str, Any]):
    """Of six gold mentions: three exact, one of the wrong type, one of the wrong end, one not found."""
    gold = to_gold(record)
    predicted = [*gold.mentions[:3], replace(gold.mentions[3], type="ORG"), Mention(31, 34, "PER", "Cy ", 2)]
    scores = score_spans([gold], {"d1": predicted})
    assert scores.strict == Scores(tp=3, fp=2, fn=3)
    assert scores.place == Scores(tp=4, fp=1, fn=2)
    assert scores.by_type == (("LOC", Scores(1, 0, 1)), ("ORG", Scores(0, 1, 0)), ("PER", Scores(2, 1, 2)))


def test_types_may_be_left_out(record: dict[str, Any]):
    """A type that the set does not annotate is neither wrong nor missed."""
    gold = to_gold(record)
    predicted = [*gold.mentions, Mention(4, 7, "TIME", "met", 0)]
    assert score_spans([gold], {"d1": predicted}).strict == Scores(6, 1, 0)
    assert score_spans([gold], {"d1": predicted}, leave_out=["TIME", "LOC"]).strict == Scores(4, 0, 0)


def test_untyped_gold_counts_by_place_alone(record: dict[str, Any]):
    """Where gold has no type, the strict measure passes over it and over what was found there."""
    record["mentions"][0]["type"] = None
    gold = to_gold(record)
    scores = score_spans([gold], {"d1": [Mention(0, 3, "PER", "Ada", 0)]})
    assert (scores.strict, scores.place) == (Scores(0, 0, 5), Scores(1, 0, 5))


def test_the_same_offsets_in_two_documents_are_two(record: dict[str, Any]):
    """A document without predictions is missed whole, whatever was found in another."""
    one, other = to_gold(record), to_gold(record | {"id": "d2"})
    assert score_spans([one, other], {"d2": one.mentions}).strict == Scores(6, 0, 6)


def test_nothing_and_nothing():
    """No documents and no predictions are a perfect score of zero counts."""
    assert score_spans([], {}).strict == Scores(0, 0, 0)


def test_unknown_documents_are_an_error(record: dict[str, Any]):
    """A prediction for a document that is not gold is named."""
    with pytest.raises(InputError, match="document 'd9', expected one of the 1 gold documents"):
        score_spans([to_gold(record)], {"d9": []})
