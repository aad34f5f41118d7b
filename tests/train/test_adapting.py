"""A few examples are learned beside models that stay as they are."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from model.tiny import TYPES as SHIPPED
from model.tiny import tiny_encoder, tiny_relations, tiny_tokenizer

from kgbuild.calibration import Calibration
from kgbuild.checkpoint import Models
from kgbuild.evaluate.gold import GoldDocument, GoldRelation
from kgbuild.model.recogniser import Recogniser
from kgbuild.recognise.tagger import Tagging
from kgbuild.train import adapting
from kgbuild.train.adapting import Adapted, adapt_models
from kgbuild.train.examples import Example
from kgbuild.train.shown import open_tags, open_tags_loss
from train.test_examples import ONTOLOGY, TYPES, read_line

CPU = torch.device("cpu")
BEFORE = Calibration(2.0, 0.5)


def models() -> Models:
    torch.manual_seed(31)
    recogniser = Recogniser(tiny_encoder(), SHIPPED, dropout=0.0).eval()
    return Models(recogniser, tiny_relations(), tiny_tokenizer(), BEFORE, "digest")


def examples(count: int) -> list[Example]:
    names = ("Ada", "Ben", "Acme", "Love")
    lines = [
        {"text": f"{name} was born in London {number}.", "triples": [[name, "born in", "London"]]}
        for number, name in zip(range(count), names * count, strict=False)
    ]
    found = [read_line(line | {"types": {"London": "capital"}}) for line in lines]
    return [replace(one, document=replace(one.document, id=f"line {number}")) for number, one in enumerate(found)]


def learn(found: Sequence[Example], work: Path, lines: list[str], **options: Any) -> tuple[Models, Adapted]:
    given = models()
    options = {"epochs": 25, "device": CPU, "work": work, "report": lines.append} | options
    return given, adapt_models(given, ONTOLOGY, TYPES, found, **options)


def test_examples_are_learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss of the mentions falls by half; relations learn too; the weights of before stay; again, it is known."""
    monkeypatch.setattr(adapting, "_RATE", 2e-2)
    found, lines = [replace(one, complete=True) for one in examples(4)], list[str]()
    given, adapted = learn(found, tmp_path, lines)
    types = adapted.adapter.types
    windows = [window for item in found for window in open_tags(item, given.tokenizer, types)]
    fresh = models().recogniser
    adapting.retype_recogniser(fresh, types, adapted.adapter.kinds)
    assert open_tags_loss(given.recogniser, windows) < open_tags_loss(fresh, windows) / 2
    assert adapted.adapter.relations["attention.out.up"].abs().max() > 0
    own = {"prior.weight", "prior.bias", "marks.weight", "attention.kind.weight"}
    same = {name: value for name, value in models().relations.state_dict().items() if name not in own}
    assert all(torch.equal(given.relations.state_dict()[name], value) for name, value in same.items())
    assert (adapted.calibration, adapted.held_out, adapted.epochs) == (BEFORE, 0, 25)
    assert adapted.adapter.complete
    assert {line.split(":")[0] for line in lines} == {"mentions", "relations"}
    again = learn(found, tmp_path, [])[1].adapter
    assert all(torch.equal(value, again.recogniser[name]) for name, value in adapted.adapter.recogniser.items())


def test_examples_without_relations_teach_mentions_alone(tmp_path: Path) -> None:
    """Where nothing is related the relation model is left as it is, and that is said."""
    found = [read_line({"text": "Ada met Ben.", "types": {"Ada": "person"}})]
    lines: list[str] = []
    _, adapted = learn(found, tmp_path, lines, epochs=1)
    assert not any(value.any() for name, value in adapted.adapter.relations.items() if name.endswith(".up"))
    assert "no example tells of a relation: they are left as they are" in lines
    assert not adapted.adapter.complete


def test_enough_examples_calibrate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that is held out, with relations enough, gives the calibration; nothing else learns from it."""
    seen: list[list[str]] = []
    numbers: list[dict[str, int]] = []

    def spy(*given: Any, **_: Any) -> Calibration:
        seen.append([item.id for item in given[4]])
        return Calibration(3.0, fitted=True)

    def told(documents: Sequence[GoldDocument], *rest: Any, **options: Any) -> list[Any]:
        seen.append([item.id for item in documents])
        numbers.append(options["types"])
        return related(documents, *rest, **options)

    related = adapting.related
    monkeypatch.setattr(adapting, "calibrate", spy)
    monkeypatch.setattr(adapting, "related", told)
    monkeypatch.setattr(adapting, "ENOUGH", 2)
    monkeypatch.setattr(adapting, "_HELD_OUT", 0.5)
    _, adapted = learn(examples(10), tmp_path, [], epochs=1)
    trained, checked = seen
    assert adapted.calibration == Calibration(3.0, fitted=True)
    assert adapted.held_out == len(checked) > 1
    assert sorted(trained + checked) == sorted(f"line {number}" for number in range(10))
    assert numbers == [{name: number for number, name in enumerate(adapted.adapter.types, start=1)}]
    open = [replace(one, document=replace(one.document, open=frozenset({"knows"}))) for one in examples(10)]
    assert learn(open, tmp_path / "open", [], epochs=1)[1].held_out == 0


def test_what_may_be_of_any_class_may_be_of_none() -> None:
    """A mention of which every class is open may have the types beside them too, but not where there is one class."""
    (example,) = examples(1)
    anything = replace(example, kinds=(TYPES, ("capital",)))
    assert adapting._opened(anything, len(TYPES), (*TYPES, "ORG")).kinds == ((*TYPES, "ORG"), ("capital",))
    assert adapting._opened(anything, 1, ("capital", "ORG")).kinds == anything.kinds


def test_what_a_base_left_out_is_in_doubt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the models believed before comes to held-out examples of a base, to no others and no training."""
    checked: list[GoldDocument] = []
    doubts = (GoldRelation(1, 0, "knows", (), 0.7),)

    def spy(*given: Any, **_: Any) -> Calibration:
        checked.extend(given[4])
        return Calibration(3.0, fitted=True)

    def doubting(documents: Sequence[GoldDocument], found: Sequence[Tagging], *_: Any, **__: Any) -> list[GoldDocument]:
        assert len(documents) == len(found)
        return [replace(item, relations=(*item.relations, *doubts)) for item in documents]

    def told(documents: Sequence[GoldDocument], *rest: Any, **options: Any) -> list[Any]:
        trained.extend(documents)
        return related(documents, *rest, **options)

    related, trained = adapting.related, list[GoldDocument]()
    monkeypatch.setattr(adapting, "related", told)
    monkeypatch.setattr(adapting, "calibrate", spy)
    monkeypatch.setattr(adapting, "doubted", doubting)
    monkeypatch.setattr(adapting, "ENOUGH", 2)
    monkeypatch.setattr(adapting, "_HELD_OUT", 0.5)
    found = [replace(one, distant=number % 2 == 0) for number, one in enumerate(examples(10))]
    based = {one.document.id for one in found if one.distant}
    learn(found, tmp_path, [], epochs=1)
    assert {item.id for item in checked if item.relations[1:] == doubts} == {item.id for item in checked} & based
    assert trained and not any(item.relations[1:] for item in trained)
    assert 0 < sum(item.id in based for item in checked) < len(checked)
