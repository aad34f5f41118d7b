"""Scores are the model's, at or above the floor, in order, whatever shares a batch."""

import math
from dataclasses import replace
from itertools import permutations
from string import ascii_lowercase
from typing import Literal

import pytest
import torch
from model.tiny import TYPES, tiny_relations, tiny_tokenizer
from torch import Tensor

from kgbuild.config import ScoreSettings
from kgbuild.model.pairs import PairBatch
from kgbuild.pieces import split_pieces
from kgbuild.records import AnnotatedDocument, ScoredDocument
from kgbuild.score.candidates import Context, cut_contexts
from kgbuild.score.predict import RELATED_TO, Scorer, inverse_numbers, relation_rows, score
from score.marked import annotated, long_sentence, ontology

CPU = torch.device("cpu")
Name = Literal["attention", "dot", "concat"]
DOCUMENTS = (
    annotated("[ada|PER|1] met [ben|PER|2] in [london|LOC|3]\n[ada|PER|1] works for [acme|ORG|4]"),
    annotated("nobody met"),
    annotated("[ben|PER] was born in [1815|TIME] and was\nin [acme|ORG]"),
    annotated("the love of [lovelace|PER] and the love of the love of [ben|PER]"),
)
PAIRS: tuple[list[tuple[int, int]], ...] = (
    [*((0, 1), (0, 2), (1, 0), (1, 2), (1, 4), (2, 0), (2, 1), (2, 4), (3, 4), (4, 1), (4, 2), (4, 3))],
    [],
    [(0, 1), (0, 2), (2, 0), (2, 1)],
    [(0, 1), (1, 0)],
)
"""Head and tail mention of each pair of the documents, where it is read."""


def scorer(name: Name = "attention", **options: object) -> Scorer:
    settings = ScoreSettings.model_validate({"scorer": name, "floor": 0.0, **options})
    return Scorer(tiny_relations(), tiny_tokenizer(), TYPES, ontology(), settings, device=CPU)


def scores(documents: tuple[AnnotatedDocument, ...], by: Scorer) -> list[ScoredDocument]:
    return list(score(documents, by))


def contexts(document: AnnotatedDocument) -> list[Context]:
    numbers = {name: number for number, name in enumerate(TYPES, start=1)}
    pieces = split_pieces(tiny_tokenizer(), document.document.text)
    return list(cut_contexts(0, document, pieces, numbers, most_pairs=997))


def by_pair(item: ScoredDocument) -> dict[tuple[int, int, str], float]:
    return {(one.head, one.tail, one.property): one.logit for one in item.scores}


def test_every_pair_has_a_score_for_every_property_in_order() -> None:
    """With no floor, scores are those of all candidate pairs, by head, tail and property, at the mentions read."""
    by = scorer()
    found = scores(DOCUMENTS, by)
    assert [item.annotated for item in found] == list(DOCUMENTS)
    assert by.properties == sorted(by.properties)
    for item, pairs in zip(found, PAIRS, strict=True):
        expected = [(head, tail, name) for head, tail in pairs for name in by.properties]
        assert [(one.head, one.tail, one.property) for one in item.scores] == expected
        assert (item.pairs, item.unscored) == (len(pairs), 0)


@pytest.mark.parametrize("name", ["attention", "concat", "dot"])
def test_scores_survive_batching(name: Name) -> None:
    """Documents scored together, alone, and in batches as small as can be, have the same scores in the same order."""
    together = scores(DOCUMENTS * 2, scorer(name))
    small = scores(DOCUMENTS * 2, scorer(name, tokens_per_batch=512, pairs_per_batch=7))
    alone = [item for document in DOCUMENTS for item in scores((document,), scorer(name))] * 2
    for other in (small, alone):
        for one, two in zip(together, other, strict=True):
            assert [(s.head, s.tail, s.property) for s in one.scores] == [
                (s.head, s.tail, s.property) for s in two.scores
            ]
            if name != "dot":  # its softmax is over the heads that share a part of the pairs
                assert by_pair(one) == pytest.approx(by_pair(two), abs=0.05)


@pytest.mark.parametrize("name", ["dot", "concat"])
def test_the_simple_scorers_relate_without_a_relation(name: Name) -> None:
    """Each pair has one finite score, for the property that says no more than that the two are related."""
    for item, pairs in zip(scores(DOCUMENTS, scorer(name)), PAIRS, strict=True):
        assert [(one.head, one.tail) for one in item.scores] == pairs
        assert {one.property for one in item.scores} <= {RELATED_TO}
        assert all(math.isfinite(one.logit) for one in item.scores)


def test_a_relation_and_its_inverse_agree() -> None:
    """Spouses are scored alike both ways, a birthplace like the birthplace of, and employers each way on its own."""
    found = by_pair(scores(DOCUMENTS[:1], scorer())[0])
    for head, tail in permutations((0, 1, 2), 2):
        assert found[head, tail, "urn:spouse"] == found[tail, head, "urn:spouse"]
        assert found[head, tail, "urn:birthplace"] == found[tail, head, "urn:birthplaceof"]
        assert abs(found[head, tail, "urn:employer"] - found[tail, head, "urn:employer"]) > 0.001


def test_inverses_are_numbered() -> None:
    """A symmetric property is its own inverse; one that the ontology lacks, or none, is -1."""
    assert inverse_numbers(ontology()).tolist() == [1, 0, -1, 3]


def test_scores_below_the_floor_are_not_kept() -> None:
    """Of the scores without a floor, just those whose probability reaches it are left, at the same mentions."""
    everything = [one for item in scores(DOCUMENTS, scorer()) for one in item.scores]
    middle = sorted(one.logit for one in everything)[len(everything) // 2]
    floor = 1 / (1 + math.exp(-middle - 1e-3))
    kept = [one for item in scores(DOCUMENTS, scorer(floor=floor)) for one in item.scores]
    assert kept == [one for one in everything if one.logit >= math.log(floor / (1 - floor))]
    assert 0 < len(kept) < len(everything)


@pytest.mark.parametrize("name", ["attention", "concat", "dot"])
def test_documents_of_which_nothing_reaches_the_floor_have_no_scores(name: Name) -> None:
    """Their pairs are counted as scored all the same."""
    found = scores(DOCUMENTS, scorer(name, floor=0.9999999))
    assert [item.scores for item in found] == [()] * 4
    assert [item.pairs for item in found] == [len(pairs) for pairs in PAIRS]


@pytest.mark.parametrize(("window", "counts"), [(0, [8, 0, 1, 2]), (1, [12, 0, 4, 2]), ("document", [12, 0, 4, 2])])
def test_the_window_decides_which_pairs_are_scored(window: int | str, counts: list[int]) -> None:
    """With a window of 0 only pairs of one sentence are scored; those left out by it are not counted as unscored."""
    found = scores(DOCUMENTS, scorer(window=window))
    assert [item.pairs for item in found] == [len(item.scores) / 4 for item in found] == counts
    assert [item.unscored for item in found] == [0] * 4


def overlapping() -> AnnotatedDocument:
    """A text of three sentences in two contexts, whose second sentence, with a pair of its own, is in both."""
    one, two, three = "was " * 470 + "[london|LOC]", "[ada|PER] met [ben|PER]", "was " * 300 + "[acme|ORG]"
    return annotated("\n".join((one, two, three)))


def test_of_a_pair_in_two_contexts_the_higher_score_is_kept() -> None:
    """A pair in the overlap of two contexts has one score a property, the higher of those in each, and counts once."""
    document, by = overlapping(), scorer()
    logits: list[dict[tuple[int, int, str], float]] = []
    for found in by.found(contexts(document)):
        names = [by.properties[label] for label in found.properties]
        keys = [(head, tail, name) for (head, tail), name in zip(found.mentions.tolist(), names, strict=True)]
        logits.append(dict(zip(keys, found.logits.tolist(), strict=True)))
    one, other = logits
    shared = one.keys() & other.keys()
    assert {(head, tail) for head, tail, _ in shared} == {(1, 2), (2, 1)}
    assert any(one[key] > other[key] for key in shared)
    (item,) = scores((document,), by)
    assert by_pair(item) == {key: max(found[key] for found in logits if key in found) for key in one | other}
    assert [(s.head, s.tail, s.property) for s in item.scores] == sorted(one | other)
    assert (item.pairs, item.unscored) == (6 + 6 - 2, 2)


def test_attention_decides_where_a_pair_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two sentences that name both, the scores name the mentions of the one that the model's weights point at."""
    document = annotated("[ada|PER|1] met [ben|PER|2]\n[ada|PER|1] and [ben|PER|2]\nthe [acme|ORG] of [rome|LOC]")
    for place, mentions in ((2, (0, 1)), (5, (2, 3))):
        by = scorer()

        def pointed(_: Tensor, batch: PairBatch, pairs: Tensor, place: int = place) -> Tensor:
            weights = torch.zeros(len(pairs), batch.ids.shape[1])
            weights[:, place] = 1  # the first piece of all is the special one
            return weights

        monkeypatch.setattr(by.model.attention, "weights", pointed)
        found = {(one.head, one.tail) for one in scores((DOCUMENTS[3], document), by)[1].scores}
        assert {pair for pair in found if max(pair) < 4} == {mentions, mentions[::-1]}
        assert found >= {(4, 5), (5, 4)}


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


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_known_vectors_give_the_scores_of_those_that_are_made(
    monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype
) -> None:
    """A scorer that is handed the vectors encodes no property, and its scores are the same to the last bit."""
    first = scorer()
    assert first.relations is not None
    first.relations = first.relations.to(dtype).to(first.relations.dtype)
    monkeypatch.setattr(Scorer, "_relation_vectors", None)
    settings, known = ScoreSettings(floor=0.0), first.relations.to(dtype)
    by = Scorer(tiny_relations(), tiny_tokenizer(), TYPES, ontology(), settings, device=CPU, relations=known)
    assert scores(DOCUMENTS, by) == scores(DOCUMENTS, first)


@torch.inference_mode()
def test_relations_of_like_length_are_encoded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """In batches by length each property has the vector that it has among all others, at its own place."""
    model, tokenizer, widths = tiny_relations(), tiny_tokenizer(), list[int]()
    named = (f"{letter} " * (3 * (7 * number % 20) + 1) for number, letter in enumerate(ascii_lowercase[:20]))
    many = [replace(ontology().properties[0], label=name, definition="") for name in named]
    given = replace(ontology(), properties=tuple(many))
    plain = model.relation_vectors(model.encoder.pooled(*relation_rows(tokenizer, given)))
    pooled = model.encoder.pooled
    monkeypatch.setattr(model.encoder, "pooled", lambda *rows: widths.append(rows[0].shape[1]) or pooled(*rows))
    by = Scorer(model, tokenizer, TYPES, given, ScoreSettings(tokens_per_batch=512), device=CPU)
    assert by.relations is not None
    assert torch.cdist(by.relations.float(), plain).argmin(dim=1).tolist() == list(range(20))
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < widths[0]


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
    reached = by.reached
    monkeypatch.setattr(by, "reached", lambda states, batch: seen.append(batch) or reached(states, batch))
    return seen


def test_a_sentence_of_five_thousand_words_is_scored_in_bounded_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs near one another are scored, those too far apart are counted, no batch is larger than allowed."""
    by = scorer(tokens_per_batch=1_024)
    batches = bounded(by, monkeypatch)
    (item,) = scores((long_sentence(5_000, every=120),), by)
    assert item.pairs >= 2 * (41 + 40)  # neighbours 120 and 240 words apart
    assert item.unscored > 0
    assert item.pairs + item.unscored == 42 * 41
    assert len(item.scores) == 4 * item.pairs
    assert max(batch.ids.numel() for batch in batches) == 2 * 512


def test_a_sentence_of_four_hundred_mentions_is_scored_in_bounded_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 159,600 pairs each is scored, at most as many at once as allowed."""
    by = scorer("concat", pairs_per_batch=8_192)
    batches = bounded(by, monkeypatch)
    (item,) = scores((long_sentence(400, every=1),), by)
    assert (item.pairs, item.unscored, len(item.scores)) == (159_600, 0, 159_600)
    assert sorted(len(batch.row) for batch in batches) == [159_600 % 8_192, *[8_192] * 19]
