"""Triples from the raw text are matched to gold by overlap and counted once."""

from random import Random
from typing import Any

import pytest

from kgbuild.errors import InputError
from kgbuild.evaluate.end_to_end import PredictedTriple, TripleScores, score_triples
from kgbuild.evaluate.gold import to_gold
from kgbuild.evaluate.scores import Scores
from kgbuild.records import Span

ADA, BEN, OSLO, ADA_AGAIN, CY, ROME = (
    Span(*pair) for pair in [(0, 3), (8, 11), (15, 19), (21, 24), (31, 33), (44, 48)]
)
NOWHERE = Span(34, 40)


def triple(head: Span, tail: Span, label: str, names: str = "a b") -> PredictedTriple:
    return PredictedTriple("d1", head, tail, *names.split(), label)


def score(record: dict[str, Any], *predicted: PredictedTriple) -> TripleScores:
    return score_triples([to_gold(record)], predicted)


def test_counts_by_hand(record: dict[str, Any]):
    """One right, one wrong label, one between no gold entities: 1 of 3 right, 1 of 4 and 1 of 3 found."""
    predicted = [
        triple(Span(0, 7), Span(9, 11), "met", "ada ben"),
        triple(ADA, OSLO, "met", "ada oslo"),
        triple(CY, NOWHERE, "place", "cy stayed"),
    ]
    assert score(record, *predicted) == TripleScores(Scores(1, 2, 3), Scores(1, 2, 2))


def test_gold_across_sentences_is_right_against_all_alone(record: dict[str, Any]):
    """A triple that is gold only across sentences is right against all, wrong against those of one sentence."""
    assert score(record, triple(ADA_AGAIN, CY, "met")) == TripleScores(Scores(1, 0, 3), Scores(0, 1, 3))


def test_places_of_one_triple_count_once(record: dict[str, Any]):
    """A triple read at a right and at a wrong place is right, once."""
    predicted = [triple(ADA, NOWHERE, "place"), triple(ADA, OSLO, "place"), triple(ADA_AGAIN, OSLO, "place")]
    assert score(record, *predicted).everything == Scores(1, 0, 3)


def test_a_split_entity_counts_once(record: dict[str, Any]):
    """Two predicted entities that are one in gold find its triple once and are not wrong."""
    predicted = [triple(ADA, OSLO, "place", "ada oslo"), triple(ADA_AGAIN, OSLO, "place", "her oslo")]
    assert score(record, *predicted).everything == Scores(1, 0, 3)


def test_a_split_entity_is_wrong_once(record: dict[str, Any]):
    """Two predicted entities that are one in gold, with a wrong relation, are one error."""
    predicted = [triple(ADA, OSLO, "met", "ada oslo"), triple(ADA_AGAIN, OSLO, "met", "her oslo")]
    assert score(record, *predicted).everything == Scores(0, 1, 4)


def test_a_span_over_two_entities_counts_once(record: dict[str, Any]):
    """A mention that covers two gold entities is no way to find two triples."""
    record["relations"].append({"head": 1, "tail": 2, "label": "place"})
    assert score(record, triple(Span(0, 11), OSLO, "place")).everything == Scores(1, 0, 4)


def test_unmatched_pairs_are_wrong_once_each(record: dict[str, Any]):
    """Outside gold, errors are counted per predicted pair and label, however many places they have."""
    predicted = [
        triple(NOWHERE, CY, "met", "x cy"),
        triple(Span(35, 37), CY, "met", "x cy"),
        triple(NOWHERE, CY, "place", "x cy"),
        triple(NOWHERE, CY, "met", "y cy"),
    ]
    assert score(record, *predicted).everything == Scores(0, 3, 4)


def test_touching_is_not_overlapping(record: dict[str, Any]):
    """A span that ends where a gold mention begins names another thing."""
    assert score(record, triple(ADA, Span(11, 15), "met")).everything == Scores(0, 1, 4)


def test_direction_counts(record: dict[str, Any]):
    """The gold relation from tail to head is wrong."""
    assert score(record, triple(BEN, ADA, "met")).everything == Scores(0, 1, 4)


def test_a_pair_that_was_never_proposed_is_missed(record: dict[str, Any]):
    """Gold of a document without any prediction lowers recall."""
    documents = [to_gold(record), to_gold(record | {"id": "d2"})]
    scores = score_triples(documents, [triple(ADA, BEN, "met")])
    assert scores == TripleScores(Scores(1, 0, 7), Scores(1, 0, 5))


def test_gold_without_mentions_is_missed(record: dict[str, Any]):
    """A gold relation of an entity that is nowhere named counts as missed against all."""
    record["relations"].append({"head": 9, "tail": 2, "label": "place"})
    assert score(record) == TripleScores(Scores(0, 0, 5), Scores(0, 0, 3))


def test_order_changes_nothing(record: dict[str, Any]):
    """Predictions in any order give the same counts, and what was predicted is the same against both golds."""
    spans = [ADA, BEN, OSLO, ADA_AGAIN, CY, ROME, NOWHERE, Span(0, 19)]
    predicted = [
        triple(head, tail, label, f"{one % 3} {other}")
        for one, head in enumerate(spans)
        for other, tail in enumerate(spans)
        for label in ("met", "place")
    ]
    first = score(record, *predicted)
    Random(3).shuffle(predicted)  # noqa: S311 another order, no secret
    assert score(record, *predicted) == first
    assert first.everything.tp + first.everything.fp == first.same_sentence.tp + first.same_sentence.fp
    assert first.everything.tp + first.everything.fn == 4


def test_empty_cases():
    """Nothing against nothing is zero counts."""
    assert score_triples([], []) == TripleScores(Scores(0, 0, 0), Scores(0, 0, 0))


def test_unknown_documents_are_an_error(record: dict[str, Any]):
    """A prediction for a document that is not gold is named."""
    with pytest.raises(InputError, match="document 'd1', expected one of the 0"):
        score_triples([], [triple(ADA, BEN, "met")])
