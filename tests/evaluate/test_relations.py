"""Relations between gold entities of one sentence are counted once."""

from typing import Any

import pytest

from kgbuild.errors import InputError
from kgbuild.evaluate.gold import to_gold
from kgbuild.evaluate.relations import PredictedRelation, score_relations
from kgbuild.evaluate.scores import Scores

RIGHT = PredictedRelation("d1", 0, 1, "met")


def test_counts_by_hand(record: dict[str, Any]):
    """Of three gold relations within a sentence one is found; a wrong label and a wrong direction are wrong."""
    predicted = [RIGHT, PredictedRelation("d1", 0, 2, "met"), PredictedRelation("d1", 4, 3, "place")]
    scores = score_relations([to_gold(record)], predicted)
    assert scores.total == Scores(tp=1, fp=2, fn=2)
    assert scores.by_label == (("met", Scores(1, 1, 0)), ("place", Scores(0, 1, 2)))


def test_a_pair_that_was_never_proposed_lowers_recall(record: dict[str, Any]):
    """The same prediction against one more gold pair has a lower recall and the same precision."""
    fewer = to_gold(record | {"relations": record["relations"][:1]})
    before, after = (score_relations([gold], [RIGHT]).total for gold in (fewer, to_gold(record)))
    assert (before.recall, after.recall) == (1.0, pytest.approx(1 / 3))
    assert before.precision == after.precision == 1.0


def test_relations_across_sentences_are_outside(record: dict[str, Any]):
    """Gold across sentences is not missed, and predicting it is wrong."""
    scores = score_relations([to_gold(record)], [PredictedRelation("d1", 0, 3, "met")])
    assert scores.total == Scores(0, 1, 3)


def test_repetition_changes_nothing(record: dict[str, Any]):
    """A relation predicted from two mention pairs, or annotated twice, counts once."""
    twice = record | {"relations": record["relations"] * 2}
    assert score_relations([to_gold(twice)], [RIGHT, RIGHT]).total == Scores(1, 0, 2)


def test_empty_cases(record: dict[str, Any]):
    """Nothing against nothing is zero counts; nothing against gold is all missed."""
    assert score_relations([], []).total == Scores(0, 0, 0)
    assert score_relations([to_gold(record)], []).total == Scores(0, 0, 3)


def test_unknown_documents_are_an_error(record: dict[str, Any]):
    """A prediction for a document that is not gold is named."""
    with pytest.raises(InputError, match="document 'd9'"):
        score_relations([to_gold(record)], [PredictedRelation("d9", 0, 1, "met")])
