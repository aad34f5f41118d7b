"""Mentions are counted by place and type."""

from dataclasses import replace
from typing import Any

import pytest

from kgbuild.errors import InputError
from kgbuild.evaluate.gold import to_gold
from kgbuild.evaluate.scores import Scores
from kgbuild.evaluate.spans import score_sentences, score_spans
from kgbuild.records import Mention, Span


def test_counts_by_hand(record: dict[str, Any]):
    """Of six gold mentions: three exact, one of the wrong type, one of the wrong end, one not found."""
    gold = to_gold(record)
    predicted = [*gold.mentions[:3], replace(gold.mentions[3], type="ORG"), Mention(31, 34, "PER", "Cy ", 2)]
    scores = score_spans([gold], {"d1": predicted})
    assert scores.strict.total == Scores(tp=3, fp=2, fn=3)
    assert scores.place.total == Scores(tp=4, fp=1, fn=2)
    assert scores.by_type == (("LOC", Scores(1, 0, 1)), ("ORG", Scores(0, 1, 0)), ("PER", Scores(2, 1, 2)))


def test_only_annotated_types_count(record: dict[str, Any]):
    """A type that the set does not annotate is neither wrong nor missed."""
    gold = to_gold(record)
    predicted = [*gold.mentions, Mention(4, 7, "TIME", "met", 0)]
    assert score_spans([gold], {"d1": predicted}).strict.total == Scores(6, 1, 0)
    people = score_spans([gold], {"d1": predicted}, types=["PER"])
    assert (people.strict.total, people.place.total) == (Scores(4, 0, 0), Scores(4, 0, 0))
    assert people.by_type == (("PER", Scores(4, 0, 0)),)


def test_untyped_gold_counts_by_place_alone(record: dict[str, Any]):
    """Where gold has no type, the strict measure passes over it and over what was found there."""
    record["mentions"][0]["type"] = None
    gold = to_gold(record)
    scores = score_spans([gold], {"d1": [Mention(0, 3, "PER", "Ada", 0)]})
    assert (scores.strict.total, scores.place.total) == (Scores(0, 0, 5), Scores(1, 0, 5))
    assert scores.typed


def test_gold_without_any_type_is_not_typed(record: dict[str, Any]):
    """Where no mention has a type, strict counts say nothing and the scores say so."""
    for mention in record["mentions"]:
        mention["type"] = None
    assert not score_spans([to_gold(record)], {"d1": [Mention(0, 3, "PER", "Ada", 0)]}).typed


def test_the_same_offsets_in_two_documents_are_two(record: dict[str, Any]):
    """A document without predictions is missed whole, whatever was found in another."""
    one, other = to_gold(record), to_gold(record | {"id": "d2"})
    assert score_spans([one, other], {"d2": one.mentions}).strict.documents == (Scores(0, 0, 6), Scores(6, 0, 0))


def test_nothing_and_nothing():
    """No documents and no predictions are a perfect score of zero counts."""
    assert score_spans([], {}).strict.total == Scores(0, 0, 0)


def test_unknown_documents_are_an_error(record: dict[str, Any]):
    """A prediction for a document that is not gold is named."""
    with pytest.raises(InputError, match="document 'd9', expected one of the 1 gold documents"):
        score_spans([to_gold(record)], {"d9": []})
    with pytest.raises(InputError, match="document 'd9', expected one of the 1 gold documents"):
        score_sentences([to_gold(record)], {"d9": []})


def test_sentence_beginnings_by_hand(record: dict[str, Any]):
    """Gold begins at 0, 21 and 31: two found, one missed, one wrong; without the first one, one of two is found."""
    gold, predicted = to_gold(record), {"d1": [Span(0, 9), Span(10, 30), Span(31, 49)]}
    assert score_sentences([gold], predicted).total == Scores(2, 1, 1)
    assert score_sentences([gold], predicted, first=False).total == Scores(1, 1, 1)


def test_where_sentences_end_is_not_asked(record: dict[str, Any]):
    """Beginnings alone are compared, and a document without any is missed whole."""
    one, other = to_gold(record), to_gold(record | {"id": "d2"})
    found = score_sentences([one, other], {"d1": [Span(0, 5), Span(21, 22), Span(31, 40)]})
    assert found.documents == (Scores(3, 0, 0), Scores(0, 0, 3))
