"""Both models are trained from a folder of annotated files, go on after a kill, and never see what is held out."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from model.tiny import tiny_base
from score.marked import ontology, record
from torch import nn

from kgbuild.calibration import Calibration
from kgbuild.errors import MissingError
from kgbuild.evaluate.gold import GoldDocument, to_gold
from kgbuild.train import models, recogniser, relations
from kgbuild.train.data import is_held_out
from kgbuild.train.loop import Plan
from kgbuild.train.models import train_models
from kgbuild.train.recogniser import HELD_OUT, train_recogniser
from kgbuild.train.relating import RelatingSet
from kgbuild.train.relations import train_relations
from kgbuild.train.tagging import TaggingSet

CPU = torch.device("cpu")
PLAN = Plan(epochs=2, encoder_rate=1e-3, head_rate=1e-2, seconds_between_checkpoints=0.0)
TEXT = "[Ada|PER|0] was born in [London|LOC|1].\n[Ada|PER|0] works for [Acme|ORG|2]."


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder of one set with forty documents, some of which are held out."""
    folder = tmp_path / "data" / "redocred"
    folder.mkdir(parents=True)
    rows = [record(TEXT, [(0, 1, "P19"), (0, 2, "employer")], id=f"document {number}") for number in range(40)]
    (folder / "train.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return folder.parent


def train_both(data: Path, work: Path) -> list[nn.Module]:
    """A recogniser and a relation model after two epochs."""
    base = tiny_base()
    options = {"device": CPU, "work": work, "plan": PLAN, "report": lambda _: None}
    return [
        train_recogniser(data, base, sets=(TaggingSet("redocred"),), **options),
        train_relations(data, base, ontology(), sets=(RelatingSet("redocred", "all pairs"),), **options),
    ]


def test_training_learns_from_the_base_on(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both models keep the base's vocabulary, are left ready to run, and leave a checkpoint each."""
    monkeypatch.setattr(recogniser, "_TOKENS_PER_BATCH", 256)
    monkeypatch.setattr(relations, "_TOKENS_PER_BATCH", 256)
    trained = train_both(data, tmp_path / "work")
    for model in trained:
        assert torch.equal(
            model.encoder.word_embeddings.weight, tiny_base().weights["embeddings.word_embeddings.weight"]
        )
        assert not model.training
    assert sorted(path.name for path in (tmp_path / "work").iterdir()) == ["recogniser.pt", "relations.pt"]


_STEP = torch.optim.AdamW.step


def dying_at(last: int) -> Callable[..., object]:
    """A step of the optimiser that kills the run when it is taken this often."""
    steps: list[int] = []

    def step(self: torch.optim.AdamW, *rest: object) -> object:
        steps.append(1)
        if len(steps) == last:
            raise KeyboardInterrupt
        return _STEP(self, *rest)

    return step


def test_training_goes_on_after_a_kill(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models killed in every third step until they are done are those of an undisturbed training, weight for weight."""
    monkeypatch.setattr(recogniser, "_TOKENS_PER_BATCH", 256)
    monkeypatch.setattr(relations, "_TOKENS_PER_BATCH", 256)
    expected = train_both(data, tmp_path / "whole")
    kills, found = 0, None
    with monkeypatch.context() as patch:
        while found is None:
            patch.setattr(torch.optim.AdamW, "step", dying_at(3))
            try:
                found = train_both(data, tmp_path / "killed")
            except KeyboardInterrupt:
                kills += 1
    assert kills >= 3
    for one, other in zip(expected, found, strict=True):
        weights = other.state_dict()
        assert all(torch.equal(value, weights[name]) for name, value in one.state_dict().items())


def test_nothing_is_trained_on_what_is_held_out(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calibration gets the held-out documents, training the others, and the facts say how many and which sets."""
    seen: dict[str, list[str]] = {"tagging": [], "relating": [], "calibration": []}
    tagged, related = recogniser.tagged, relations.related

    def spy_tagged(document: GoldDocument, *rest: object) -> object:
        seen["tagging"].append(document.id)
        return tagged(document, *rest)

    def spy_related(documents: Sequence[GoldDocument], *rest: object, **options: object) -> object:
        seen["relating"] += [document.id for document in documents]
        return related(documents, *rest, **options)

    def spy_calibrate(*values: object, **_: object) -> Calibration:
        documents = values[-1]
        assert isinstance(documents, list)
        seen["calibration"] += [document.id for document in documents]
        return Calibration(fitted=True)

    monkeypatch.setattr(recogniser, "tagged", spy_tagged)
    monkeypatch.setattr(relations, "related", spy_related)
    monkeypatch.setattr(models, "calibrate", spy_calibrate)
    monkeypatch.setattr(models, "RECOGNISER_SETS", (TaggingSet("redocred"),))
    monkeypatch.setattr(models, "RELATION_SETS", (RelatingSet("redocred", "all pairs"),))
    # defaults are bound where the functions are defined, so the small plan and sets are given here
    small = {"plan": PLAN}
    monkeypatch.setattr(
        models, "train_recogniser", lambda *a, **k: train_recogniser(*a, **k, **small, sets=models.RECOGNISER_SETS)
    )
    monkeypatch.setattr(
        models, "train_relations", lambda *a, **k: train_relations(*a, **k, **small, sets=models.RELATION_SETS)
    )
    made = train_models(data, tiny_base(), ontology(), device=CPU, work=tmp_path / "work", report=lambda _: None)
    ids = [f"document {number}" for number in range(40)]
    kept = [id for id in ids if is_held_out(to_gold(record(TEXT, id=id)), HELD_OUT)]
    assert kept
    assert seen["calibration"] == kept
    assert seen["tagging"] == seen["relating"] == [id for id in ids if id not in kept]
    assert (made.held_out, made.data, made.calibration.fitted) == (len(kept), ("redocred",), True)


def test_a_data_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Training without data is an error that names the file that is wanted."""
    with pytest.raises(MissingError, match=r"annotated file '.*train\.jsonl' does not exist"):
        train_recogniser(tmp_path, tiny_base(), device=CPU, work=tmp_path, report=print)
