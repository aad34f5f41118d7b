"""Calibration judges each score by the gold annotation, under whatever key it names the property."""

import pytest
import torch
from model.tiny import TYPES, tiny_relations, tiny_tokenizer
from score.marked import gold, ontology

from kgbuild.calibration import Calibration
from kgbuild.evaluate.gold import GoldDocument
from kgbuild.model.pairs import RelationModel
from kgbuild.train import calibrate as module
from kgbuild.train.calibrate import calibrate

CPU = torch.device("cpu")
BIRTHPLACE, BIRTHPLACE_OF, EMPLOYER, SPOUSE = range(4)


def prejudiced() -> RelationModel:
    """A model that believes in every place of birth, in hardly any spouse, whatever the pair."""
    model = tiny_relations()
    with torch.no_grad():
        model.attention.out.weight.zero_()
        model.attention.out.bias.zero_()
        model.prior.bias.zero_()
    texts = ontology_vectors(model)
    wanted = torch.tensor([2.0, 0, 0, -2])
    with torch.no_grad():
        model.prior.weight.copy_(torch.linalg.lstsq(texts, wanted.unsqueeze(1)).solution.T)
    return model


def ontology_vectors(model: RelationModel) -> torch.Tensor:
    from kgbuild.score.predict import relation_rows

    with torch.no_grad():
        vectors: torch.Tensor = model.relation_vectors(
            model.encoder.pooled(*relation_rows(tiny_tokenizer(), ontology()))
        )
    return vectors


def documents(first: str, second: str) -> list[GoldDocument]:
    """Two documents in which all pairs have a place of birth, under two keys, and one of four a spouse."""
    text = "[Ada|PER|0] met [Ben|PER|1]"
    both = [(0, 1), (1, 0)]
    one = gold(text, [*((h, t, first) for h, t in both), (0, 1, "spouse")], id="one")
    return [one, gold(text, [(h, t, second) for h, t in both], id="two")]


def judged(monkeypatch: pytest.MonkeyPatch, found: list[GoldDocument]) -> list[tuple[str, bool]]:
    """Property and judgement of each score that calibration is fitted on."""
    seen: list[tuple[str, bool]] = []

    def fit(logits: list[float], correct: list[bool], properties: list[str]) -> Calibration:
        seen.extend(zip(properties, correct, strict=True))
        assert len(logits) == len(seen)
        return Calibration()

    monkeypatch.setattr(module, "fit_calibration", fit)
    calibrate(prejudiced(), tiny_tokenizer(), TYPES, ontology(), found, device=CPU)
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


def test_calibration_is_fitted_on_tiny_data() -> None:
    """Where right scores are the higher ones, a calibration comes out that says so."""
    found = calibrate(prejudiced(), tiny_tokenizer(), TYPES, ontology(), documents("P19", "place of birth"), device=CPU)
    assert found.fitted
    assert found.temperature > 0
    low, high = found.probabilities([-2.0, 2.0])
    assert low < 0.5 < high
    assert found.thresholds
