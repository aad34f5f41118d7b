"""Scores are the model's, at or above the floor, in order, whatever shares a batch."""

import math
from typing import Literal

import pytest
import torch
from model.tiny import TYPES, tiny_relations, tiny_tokenizer

from kgbuild.config import ScoreSettings
from kgbuild.model.pairs import PairBatch
from kgbuild.records import AnnotatedDocument, ScoredDocument
from kgbuild.score.candidates import candidate_pairs
from kgbuild.score.predict import RELATED_TO, Scorer, relation_rows, score
from score.marked import annotated, long_sentence, ontology

CPU = torch.device("cpu")
DOCUMENTS = (
    annotated("[ada|PER|1] met [ben|PER|2] in [london|LOC|3]\n[ada|PER|1] works for [acme|ORG|4] of [london|LOC|3]"),
    annotated("nobody met"),
    annotated("[ben|PER] was born in [1815|TIME] and was in [acme|ORG]"),
    annotated("the love of [lovelace|PER] and the love of the love of [ben|PER]"),
)


def scorer(name: Literal["attention", "dot", "concat"] = "attention", **options: float) -> Scorer:
    settings = ScoreSettings.model_validate({"scorer": name, "floor": 0.0, **options})
    return Scorer(tiny_relations(), tiny_tokenizer(), TYPES, ontology(), settings, device=CPU)


def scores(documents: tuple[AnnotatedDocument, ...], by: Scorer) -> list[ScoredDocument]:
    return list(score(documents, by))


def test_every_pair_has_a_score_for_every_property_in_order() -> None:
    """With no floor, scores are those of all candidate pairs, by sentence, head, tail and property."""
    by = scorer()
    found = scores(DOCUMENTS, by)
    assert [item.annotated for item in found] == list(DOCUMENTS)
    for item in found:
        pairs = candidate_pairs(item.annotated).tolist()
        expected = [(head, tail, name) for head, tail in pairs for name in sorted(by.properties)]
        assert [(one.head, one.tail, one.property) for one in item.scores] == expected
        assert all(one.sentence == item.annotated.mentions[one.head].sentence for one in item.scores)
        assert (item.pairs, item.unscored) == (len(pairs), 0)


@pytest.mark.parametrize("name", ["attention", "concat", "dot"])
def test_scores_survive_batching(name: Literal["attention", "dot", "concat"]) -> None:
    """Documents scored together, alone, and in batches as small as can be, have the same scores in the same order."""
    together = scores(DOCUMENTS * 2, scorer(name))
    small = scores(DOCUMENTS * 2, scorer(name, tokens_per_batch=512))
    alone = [item for document in DOCUMENTS for item in scores((document,), scorer(name))] * 2
    for other in (small, alone):
        for one, two in zip(together, other, strict=True):
            assert [(s.head, s.tail, s.property) for s in one.scores] == [
                (s.head, s.tail, s.property) for s in two.scores
            ]
            assert [s.logit for s in one.scores] == pytest.approx([s.logit for s in two.scores], abs=0.05)


@pytest.mark.parametrize("name", ["dot", "concat"])
def test_the_simple_scorers_relate_without_a_relation(name: Literal["dot", "concat"]) -> None:
    """Each pair has one finite score, for the property that says no more than that the two are related."""
    for item in scores(DOCUMENTS, scorer(name)):
        assert len(item.scores) == item.pairs == len(candidate_pairs(item.annotated))
        assert {one.property for one in item.scores} <= {RELATED_TO}
        assert all(math.isfinite(one.logit) for one in item.scores)


def test_scores_below_the_floor_are_not_kept() -> None:
    """Of the scores without a floor, just those whose probability reaches it are left."""
    everything = [one for item in scores(DOCUMENTS, scorer()) for one in item.scores]
    middle = sorted(one.logit for one in everything)[len(everything) // 2]
    floor = 1 / (1 + math.exp(-middle - 1e-3))
    kept = [one for item in scores(DOCUMENTS, scorer(floor=floor)) for one in item.scores]
    assert kept == [one for one in everything if one.logit >= math.log(floor / (1 - floor))]
    assert 0 < len(kept) < len(everything)


def test_relations_are_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The properties' vectors are made when the scorer is loaded and never again, in batches within the bound."""
    sizes: list[int] = []
    model = tiny_relations()
    pooled = model.encoder.pooled
    monkeypatch.setattr(model.encoder, "pooled", lambda *rows: sizes.append(rows[0].numel()) or pooled(*rows))
    by = Scorer(model, tiny_tokenizer(), TYPES, ontology(), ScoreSettings(tokens_per_batch=512), device=CPU)
    made = len(sizes)
    assert made >= 1
    assert max(sizes) <= 512
    scores(DOCUMENTS, by)
    scores(DOCUMENTS, by)
    assert len(sizes) == made


def test_a_relation_is_read_from_its_label_and_definition() -> None:
    """A row of the relations holds the pieces of the property's text between the special ones."""
    tokenizer = tiny_tokenizer()
    ids, shapes, mask = relation_rows(tokenizer, ontology())
    assert ids.shape == shapes.shape == mask.shape
    for row, item in zip(ids, ontology().properties, strict=True):
        expected = [101, *tokenizer.encode(item.text, add_special_tokens=False).ids, 102]
        assert row[: len(expected)].tolist() == expected


def bounded(by: Scorer, monkeypatch: pytest.MonkeyPatch) -> list[PairBatch]:
    """The batches that the scorer will compute."""
    seen: list[PairBatch] = []
    logits = by.logits
    monkeypatch.setattr(by, "logits", lambda batch: seen.append(batch) or logits(batch))
    return seen


def test_a_sentence_of_five_thousand_words_is_scored_in_bounded_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs near one another are scored, those too far apart are counted, no batch is larger than allowed."""
    by = scorer(tokens_per_batch=1_024)
    batches = bounded(by, monkeypatch)
    (item,) = scores((long_sentence(5_000, every=120),), by)
    assert item.pairs >= 2 * 41  # neighbours, 120 words apart
    assert item.unscored > 0
    assert item.pairs + item.unscored == 42 * 41
    assert len(item.scores) == 4 * item.pairs
    assert max(batch.ids.numel() for batch in batches) <= 1_024


def test_a_sentence_of_four_hundred_mentions_is_scored_in_bounded_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 159,600 pairs each is scored or counted as unscored, at most as many at once as allowed."""
    by = scorer("concat", pairs_per_batch=8_192, floor=0.9999)
    batches = bounded(by, monkeypatch)
    (item,) = scores((long_sentence(400, every=1),), by)
    assert item.pairs + item.unscored == 159_600
    assert item.pairs > 100_000
    assert max(batch.pairs.numel() for batch in batches) <= 8_192
