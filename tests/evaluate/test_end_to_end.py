"""Triples from the raw text are matched to gold by overlap and counted once."""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from kgbuild.errors import InputError
from kgbuild.evaluate.end_to_end import PredictedTriple, score_triples
from kgbuild.evaluate.gold import GoldDocument, to_gold
from kgbuild.evaluate.scores import Scores
from kgbuild.records import Span

ADA, BEN, OSLO, ADA_AGAIN, CY, ROME = (
    Span(*pair) for pair in [(0, 3), (8, 11), (15, 19), (21, 24), (31, 33), (44, 48)]
)
NOWHERE = Span(34, 40)


@dataclass(frozen=True)
class Totals:
    """The counts of all documents, against all gold and against that of one sentence."""

    everything: Scores
    same_sentence: Scores


def triple(head: Span, tail: Span, label: str, names: str = "a b", *, one_sentence: bool = True) -> PredictedTriple:
    return PredictedTriple("d1", head, tail, *names.split(), label, one_sentence=one_sentence)


def score(record: dict[str, Any], *predicted: PredictedTriple) -> Totals:
    return totals([to_gold(record)], predicted)


def totals(gold: Iterable[GoldDocument], predicted: Iterable[PredictedTriple]) -> Totals:
    found = score_triples(gold, predicted)
    return Totals(found.everything.total, found.same_sentence.total)


def test_counts_by_hand(record: dict[str, Any]):
    """One right, one wrong label, one between no gold entities: 1 of 3 right, 1 of 4 and 1 of 3 found."""
    predicted = [
        triple(Span(0, 7), Span(9, 11), "met", "ada ben"),
        triple(ADA, OSLO, "met", "ada oslo"),
        triple(CY, NOWHERE, "place", "cy stayed"),
    ]
    assert score(record, *predicted) == Totals(Scores(1, 2, 3), Scores(1, 2, 2))


def test_gold_across_sentences_is_right_against_all_alone(record: dict[str, Any]):
    """Gold across sentences that was read in one is right against all, wrong against those of one sentence."""
    assert score(record, triple(ADA_AGAIN, CY, "met")) == Totals(Scores(1, 0, 3), Scores(0, 1, 3))


def test_predictions_across_sentences_are_left_out_of_one(record: dict[str, Any]):
    """What was read across sentences counts against all gold alone, right or wrong."""
    right = triple(ADA, CY, "met", "ada cy", one_sentence=False)
    wrong = triple(BEN, ROME, "met", "ben rome", one_sentence=False)
    assert score(record, right, wrong) == Totals(Scores(1, 1, 3), Scores(0, 0, 3))


def test_a_place_in_one_sentence_counts_there(record: dict[str, Any]):
    """Of one triple read at two places, the one within a sentence counts in the figure of one sentence."""
    near, far = triple(ADA, OSLO, "place"), triple(ADA_AGAIN, OSLO, "place", one_sentence=False)
    assert score(record, near, far) == Totals(Scores(1, 0, 3), Scores(1, 0, 2))
    assert score(record, far) == Totals(Scores(1, 0, 3), Scores(0, 0, 3))


def test_counts_are_kept_by_document(record: dict[str, Any]):
    """Each document has its own counts, in the order of gold."""
    documents = [to_gold(record | {"id": "d0"}), to_gold(record)]
    scores = score_triples(documents, [triple(ADA, BEN, "met")])
    assert scores.everything.documents == (Scores(0, 0, 4), Scores(1, 0, 3))
    assert scores.same_sentence.documents == (Scores(0, 0, 3), Scores(1, 0, 2))


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
    scores = totals(documents, [triple(ADA, BEN, "met")])
    assert scores == Totals(Scores(1, 0, 7), Scores(1, 0, 5))


def test_gold_without_mentions_is_missed(record: dict[str, Any]):
    """A gold relation of an entity that is nowhere named counts as missed against all."""
    record["relations"].append({"head": 9, "tail": 2, "label": "place"})
    assert score(record) == Totals(Scores(0, 0, 5), Scores(0, 0, 3))


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
    assert totals([], []) == Totals(Scores(0, 0, 0), Scores(0, 0, 0))


def test_unknown_documents_are_an_error(record: dict[str, Any]):
    """A prediction for a document that is not gold is named."""
    with pytest.raises(InputError, match="document 'd1', expected one of the 0"):
        score_triples([], [triple(ADA, BEN, "met")])
