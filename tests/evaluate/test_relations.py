"""Relations between gold entities are counted once, by how far apart the entities stand."""

from dataclasses import replace
from typing import Any

import pytest

from kgbuild.errors import InputError
from kgbuild.evaluate.gold import to_gold
from kgbuild.evaluate.relations import DISTANCES, PredictedRelation, RelationScores, score_relations, strongest
from kgbuild.evaluate.scores import Scores, Share

RIGHT = PredictedRelation("d1", 0, 1, "met")
FAR = PredictedRelation("d1", 0, 3, "met")


def score(record: dict[str, Any], *predicted: PredictedRelation) -> RelationScores:
    return score_relations([to_gold(record)], predicted)


def test_counts_by_hand(record: dict[str, Any]):
    """Of four gold relations one is found; a wrong label and a wrong direction are wrong."""
    predicted = [RIGHT, PredictedRelation("d1", 0, 2, "met"), PredictedRelation("d1", 4, 3, "place")]
    scores = score(record, *predicted)
    assert scores.everything.total == Scores(tp=1, fp=2, fn=3)
    assert scores.same_sentence.total == Scores(tp=1, fp=2, fn=2)
    assert scores.by_label == (("met", Scores(1, 1, 1)), ("place", Scores(0, 1, 2)))


def test_a_pair_that_was_never_proposed_lowers_recall(record: dict[str, Any]):
    """The same prediction against more gold pairs has a lower recall and the same precision."""
    before = score(record | {"relations": record["relations"][:1]}, RIGHT)
    after = score(record, RIGHT)
    assert (before.everything.total.recall, after.everything.total.recall) == (1.0, 0.25)
    assert (before.same_sentence.total.recall, after.same_sentence.total.recall) == (1.0, pytest.approx(1 / 3))
    assert before.everything.total.precision == after.everything.total.precision == 1.0


def test_other_pairs_are_outside_a_sentence(record: dict[str, Any]):
    """Between entities that share no sentence, gold and predictions count over all pairs alone."""
    wrong = PredictedRelation("d1", 1, 4, "met")
    scores = score(record, FAR, wrong)
    assert scores.everything.total == Scores(1, 1, 3)
    assert scores.same_sentence.total == Scores(0, 0, 3)


def test_distance_is_that_of_the_closest_mentions(record: dict[str, Any]):
    """Ada is named in the first and second sentence, so that Cy in the third stands one sentence apart, and Ben two."""
    scores = score(record, FAR, PredictedRelation("d1", 1, 3, "met"), RIGHT)
    assert [tally.total for tally in scores.by_distance] == [
        Scores(1, 0, 2),
        Scores(1, 0, 0),
        Scores(0, 1, 0),
        Scores(0, 0, 0),
    ]
    assert len(scores.by_distance) == len(DISTANCES)


def test_far_pairs_are_counted_together() -> None:
    """Three sentences apart and five are one class."""
    names = "ABCDEF"
    record = {
        "id": "d1",
        "text": " ".join(names),
        "sentences": [[2 * number, 2 * number + 1] for number in range(6)],
        "mentions": [
            {"start": 2 * number, "end": 2 * number + 1, "type": "PER", "entity": number} for number in range(6)
        ],
        "relations": [{"head": 0, "tail": 3, "label": "met"}, {"head": 0, "tail": 5, "label": "met"}],
    }
    assert score(record).by_distance[3].total == Scores(0, 0, 2)


def test_entities_without_mention_stand_nowhere(record: dict[str, Any]):
    """A gold relation of an entity that is nowhere named is missed over all pairs, and has no distance."""
    record["relations"].append({"head": 9, "tail": 2, "label": "place"})
    scores = score(record)
    assert scores.everything.total == Scores(0, 0, 5)
    assert sum(tally.total.fn for tally in scores.by_distance) == 4


def test_repetition_changes_nothing(record: dict[str, Any]):
    """A relation predicted from two mention pairs, or annotated twice, counts once."""
    twice = record | {"relations": record["relations"] * 2}
    assert score(twice, RIGHT, replace(RIGHT, probability=0.5)).everything.total == Scores(1, 0, 3)


def test_unrelated_pairs_by_hand(record: dict[str, Any]):
    """Eight ordered pairs share a sentence, three have a relation; of the other five two get one, however many."""
    unrelated = [PredictedRelation("d1", 1, 0, "met"), PredictedRelation("d1", 1, 0, "place")]
    across = PredictedRelation("d1", 1, 4, "met")
    other_label = PredictedRelation("d1", 0, 1, "place")
    scores = score(record, RIGHT, *unrelated, across, other_label, PredictedRelation("d1", 2, 1, "met"))
    assert scores.unrelated.total == Share(2, 5)


def test_values_are_no_heads(record: dict[str, Any]):
    """A date or number heads no candidate, so that its pairs are not asked for; what it is the tail of is."""
    record["mentions"][2]["type"] = "TIME"
    record["mentions"][1]["type"] = "NUM"
    assert score(record).unrelated.total == Share(0, 1)


def test_evidence_by_hand(record: dict[str, Any]):
    """Of three right relations with annotated evidence one was read from a sentence that is none of it."""
    predicted = [
        replace(RIGHT, sentences=(0,)),
        PredictedRelation("d1", 0, 2, "place", sentences=(1,)),
        replace(FAR, sentences=(0, 2)),
        PredictedRelation("d1", 1, 2, "place", sentences=(0,)),
    ]
    assert score(record, *predicted).evidence.total == Share(2, 3)


def test_half_the_evidence_is_not_enough(record: dict[str, Any]):
    """Each sentence that a relation was read from must be evidence, and one must be named."""
    assert score(record, replace(FAR, sentences=(1, 2))).evidence.total == Share(0, 1)
    assert score(record, FAR).evidence.total == Share(0, 1)


def test_relations_without_evidence_are_not_asked(record: dict[str, Any]):
    """Where gold names no evidence, a right relation says nothing of it."""
    del record["relations"][0]["evidence"]
    assert score(record, replace(RIGHT, sentences=(0,))).evidence.total == Share(0, 0)


def test_strongest_prediction_gives_the_sentences(record: dict[str, Any]):
    """Of two places of one relation the more probable counts, of equals the first."""
    weak = replace(RIGHT, sentences=(1,), probability=0.4)
    strong = replace(RIGHT, sentences=(0,), probability=0.6)
    assert score(record, weak, strong).evidence.total == Share(1, 1)
    kept = strongest([weak, strong, replace(strong, sentences=(2,))])
    assert [(item.sentences, item.probability) for item in kept] == [((0,), 0.6)]


def test_counts_are_kept_by_document(record: dict[str, Any]):
    """Each document has its own counts, in the order of gold; labels are counted over all."""
    documents = [to_gold(record), to_gold(record | {"id": "d2"})]
    scores = score_relations(documents, [replace(RIGHT, document="d2")])
    assert scores.everything.documents == (Scores(0, 0, 4), Scores(1, 0, 3))
    assert scores.unrelated.documents == (Share(0, 5), Share(0, 5))
    assert scores.by_label == (("met", Scores(1, 0, 3)), ("place", Scores(0, 0, 4)))


def test_empty_cases(record: dict[str, Any]):
    """Nothing against nothing is zero counts; nothing against gold is all missed."""
    assert score_relations([], []).everything.total == Scores(0, 0, 0)
    assert score(record).everything.total == Scores(0, 0, 4)


def test_unknown_documents_are_an_error(record: dict[str, Any]):
    """A prediction for a document that is not gold is named."""
    with pytest.raises(InputError, match="document 'd9'"):
        score(record, PredictedRelation("d9", 0, 1, "met"))
