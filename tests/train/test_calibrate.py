"""Calibration judges each score by the gold annotation, under whatever key it names the property."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from model.tiny import TYPES, tiny_tokenizer
from score.marked import gold, ontology

from kgbuild.calibration import Calibration
from kgbuild.errors import InputError
from kgbuild.evaluate.gold import GoldDocument, GoldRelation, to_annotated
from kgbuild.records import PairScore, ScoredDocument
from kgbuild.train import calibrate as module
from kgbuild.train.calibrate import Judged, calibrate, judge, relation_shares
from train.prejudiced import prejudiced

CPU = torch.device("cpu")
BELIEFS = (2.0, 0.0, 0.0, -2.0)
"""The model believes in every place of birth, in hardly any spouse, whatever the pair."""


def documents(first: str, second: str) -> list[GoldDocument]:
    """Two documents in which all pairs have a place of birth, under two keys, and one of four a spouse."""
    text = "[Ada|PER|0] met [Ben|PER|1]"
    both = [(0, 1), (1, 0)]
    one = gold(text, [*((h, t, first) for h, t in both), (0, 1, "spouse")], id="one")
    return [one, gold(text, [(h, t, second) for h, t in both], id="two")]


def judged(monkeypatch: pytest.MonkeyPatch, found: list[GoldDocument]) -> list[tuple[str, bool]]:
    """Property and judgement of each score that calibration is fitted on."""
    seen: list[tuple[str, bool]] = []

    def fit(
        logits: list[float], correct: list[bool], properties: list[str], _: list[float], **rest: list[int]
    ) -> Calibration:
        seen.extend(zip(properties, correct, strict=True))
        assert len(logits) == len(seen) == len(rest["documents"]) == len(rest["apart"]) == len(rest["weights"])
        assert set(rest["documents"]) == set(range(len(found)))
        return Calibration()

    monkeypatch.setattr(module, "fit_calibration", fit)
    calibrate(prejudiced(BELIEFS), tiny_tokenizer(), TYPES, [ontology()], found, device=CPU)
    return seen


def test_scores_are_judged_by_the_gold_relations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores of properties that the documents use are right or wrong; properties never used are left out."""
    seen = judged(monkeypatch, documents("place of birth", "place of birth"))
    assert sorted(seen) == [
        *[("urn:birthplace", True)] * 4,
        *[("urn:spouse", False)] * 3,
        ("urn:spouse", True),
    ]


def test_one_property_may_have_several_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents that name a property by its label and by another's identifier mean the same property."""
    same = judged(monkeypatch, documents("place of birth", "place of birth"))
    assert judged(monkeypatch, documents("P19", "place of birth")) == same


def test_what_is_in_doubt_counts_neither_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A relation that is no more than likely is neither right nor wrong, and does not make its property a used one."""
    one, two = documents("place of birth", "place of birth")
    doubted = [GoldRelation(1, 0, "spouse", (), 0.7), GoldRelation(0, 1, "employer", (), 0.7)]
    seen = judged(monkeypatch, [replace(one, relations=(*one.relations, *doubted)), two])
    assert sorted(seen) == [
        *[("urn:birthplace", True)] * 4,
        *[("urn:spouse", False)] * 2,
        ("urn:spouse", True),
    ]


def test_shares_are_those_of_pairs_that_hold_a_relation() -> None:
    """Twice the relations within a sentence and half of them across, of as many pairs, are shares of 2 and a half."""
    text = "[Ada|PER|0] met [Ben|PER|1] in [London|LOC|2].\n[Acme|ORG|3] of [1815|TIME|4]."
    wanted = gold(text, [(0, 1, "spouse"), (1, 0, "spouse"), (0, 3, "employer")])
    found = gold(text, [(0, 1, "spouse"), (0, 3, "employer"), (1, 3, "employer")])
    assert relation_shares([wanted], [found]) == pytest.approx((2.0, 0.5))
    assert relation_shares([found, found], [found]) == pytest.approx((1.0, 1.0))


def test_right_scores_count_by_their_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Right ones within a sentence count as the first share says, across sentences as the second; wrong ones once."""
    seen: list[list[float]] = []

    def fit(*_: object, weights: np.ndarray, **__: object) -> Calibration:
        seen.append(weights.tolist())
        return Calibration()

    monkeypatch.setattr(module, "fit_calibration", fit)
    flags = np.array([[True, False], [True, True], [False, True], [False, False]])
    judged = Judged(np.zeros(4), flags[:, 0], np.array(["p"] * 4), flags[:, 1], np.arange(4))
    judged.fitted([0.5], shares=(3.0, 0.25))
    judged.fitted([0.5])
    assert seen == [[3.0, 0.25, 1.0, 1.0], [1.0] * 4]


def test_calibration_is_fitted_on_tiny_data() -> None:
    """Where right scores are the higher ones, a calibration comes out that says so."""
    gold_documents = documents("P19", "place of birth")
    found = calibrate(prejudiced(BELIEFS), tiny_tokenizer(), TYPES, [ontology()], gold_documents, device=CPU)
    assert found.fitted
    assert found.temperature > 0
    low, high = found.probabilities([-2.0, 2.0])
    assert low < 0.5 < high
    assert found.thresholds


def test_several_wordings_are_fitted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each document's scores under both stand under one number, so that no fold parts them."""
    seen: list[tuple[int, tuple[int, ...]]] = []

    def fit(logits: np.ndarray, *_: object, documents: np.ndarray, **__: object) -> Calibration:
        seen.append((len(logits), tuple(np.bincount(documents))))
        return Calibration()

    monkeypatch.setattr(module, "fit_calibration", fit)
    found = documents("P19", "place of birth")
    for wordings in ([ontology()], [ontology()] * 2):
        calibrate(prejudiced(BELIEFS), tiny_tokenizer(), TYPES, wordings, found, device=CPU)
    (one, by_document), both = seen
    assert both == (2 * one, tuple(2 * count for count in by_document))


def test_a_pair_of_entities_is_judged_once() -> None:
    """Of several scores for two entities and a property, read at other mentions, the highest counts."""
    document = gold("[Ada|PER|0] and [Ada|PER|0] met [Ben|PER|1]", [(0, 1, "spouse")])
    scores = (
        PairScore(0, 2, "urn:spouse", -1.0),
        PairScore(1, 2, "urn:spouse", 3.0),
        PairScore(2, 0, "urn:spouse", 2.0),
    )
    found = judge([document], [ScoredDocument(to_annotated(document), 2, 0, scores)], ontology())
    assert sorted(zip(found.logits.tolist(), found.correct.tolist(), strict=True)) == [(2.0, False), (3.0, True)]


def test_documents_without_scores_cannot_calibrate() -> None:
    """Where nothing was scored there is nothing to judge, and fitting says so."""
    document = gold("[Ada|PER|0] met [Ben|PER|1]", [(0, 1, "spouse")])
    nothing = judge([document], [ScoredDocument(to_annotated(document), 2, 0, ())], ontology())
    with pytest.raises(InputError, match="expected right and wrong scores, came 0 right of 0"):
        nothing.fitted([0.9])
