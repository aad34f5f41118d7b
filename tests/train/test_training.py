"""Both models are trained from a folder of annotated files, go on after a kill, and never see what is held out."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from model.tiny import tiny_base, tiny_relations
from score.marked import ontology, record
from torch import Tensor, nn

from kgbuild.calibration import Calibration
from kgbuild.errors import MissingError
from kgbuild.evaluate.gold import GoldDocument, to_gold
from kgbuild.iris import digest_of
from kgbuild.model.pairs import RelationModel
from kgbuild.train import models, recogniser, relations
from kgbuild.train.data import HELD_OUT, is_held_out
from kgbuild.train.loop import Plan
from kgbuild.train.models import train_models
from kgbuild.train.recogniser import train_recogniser
from kgbuild.train.relating import Related, RelatingSet, RelationTrainer
from kgbuild.train.relations import train_relations
from kgbuild.train.tagging import Tagged, TaggingSet

CPU = torch.device("cpu")
PLAN = Plan(epochs=2, encoder_rate=1e-3, head_rate=1e-2, seconds_between_checkpoints=0.0)
SHORT = Plan(epochs=1, encoder_rate=1e-3, head_rate=1e-2, seed=17, seconds_between_checkpoints=0.0)
SETS = (RelatingSet("redocred", "all pairs"), RelatingSet("docred_incomplete", "related pairs"))
TEXT = "[Ada|PER|0] was born in [London|LOC|1].\n[Ada|PER|0] works for [Acme|ORG|2]."


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder of a set of forty documents, some of which are held out, one of seven and one without relations."""
    relations = [(0, 1, "P19"), (0, 2, "employer")]
    for name, count, told in (
        ("redocred", 40, relations),
        ("docred_incomplete", 7, [(0, 1, "P19"), (0, 2, "spouse")]),
        ("docred_mentions", 5, []),
    ):
        folder = tmp_path / "data" / name
        folder.mkdir(parents=True)
        stem = "document" if name == "redocred" else name
        rows = [record(TEXT, told, id=f"{stem} {number}") for number in range(count)]
        (folder / "train.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return tmp_path / "data"


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches small enough for several steps an epoch."""
    monkeypatch.setattr(recogniser, "_TOKENS_PER_BATCH", 256)
    monkeypatch.setattr(relations, "_TOKENS_PER_BATCH", 256)


def train_second(data: Path, work: Path, **options: Any) -> RelationModel:
    """A relation model after two epochs."""
    options = {
        "plan": PLAN,
        "sets": SETS,
        "passages": None,
        "patterns": None,
        "written": None,
        "report": lambda _: None,
    } | options
    return train_relations(data, tiny_base(), ontology(), device=CPU, work=work, **options)


def train_both(data: Path, work: Path) -> list[nn.Module]:
    """A recogniser after one epoch, and a relation model."""
    options = {"device": CPU, "work": work, "plan": SHORT, "report": lambda _: None}
    return [
        train_recogniser(data, tiny_base(), sets=(TaggingSet("redocred"),), written=None, patterns=None, **options),
        train_second(data, work),
    ]


def same(one: nn.Module, other: nn.Module) -> bool:
    weights = other.state_dict()
    return all(torch.equal(value, weights[name]) for name, value in one.state_dict().items())


def test_training_learns_from_the_base_on(data: Path, tmp_path: Path) -> None:
    """Both models keep the base's vocabulary, are left ready to run, and leave their checkpoints."""
    for model in train_both(data, tmp_path / "work"):
        assert torch.equal(
            model.encoder.word_embeddings.weight, tiny_base().weights["embeddings.word_embeddings.weight"]
        )
        assert not model.training
    names = sorted(path.name for path in (tmp_path / "work").iterdir())
    assert names == ["recogniser.pt", "relations.pt"]


def test_what_comes_back_is_the_average(data: Path, tmp_path: Path) -> None:
    """The weights are the running average that the checkpoint holds, not those of the last step."""
    model = train_second(data, tmp_path / "work")
    state = torch.load(tmp_path / "work" / "relations.pt", weights_only=True)["averaged"]
    weights = model.state_dict()
    held = {name: weights[name] for name in weights if f"module.model.{name}" in state}
    assert len(held) == len(weights) - 1
    assert all(torch.equal(value, state[f"module.model.{name}"]) for name, value in held.items())


def test_our_annotation_is_learned_from(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents that a set does not annotate teach what is annotated beside it, as surely as the annotation is."""
    learned = learning(monkeypatch)
    source = RelatingSet("docred_mentions", "all pairs", ours=True)
    text = to_gold(record(TEXT)).text
    line = {"text": digest_of(text)[:16], "relations": {"P19": [[0, 1, 0.75]], "employer": [[0, 2, 1]]}}
    (tmp_path / "docred_mentions.jsonl").write_text(json.dumps(line), encoding="utf-8")
    train_second(data, tmp_path / "work", sets=(*SETS, source), annotations=tmp_path)
    (item,) = learned[0][source]
    assert item.known.all()
    assert (len(item.holds), len(item.believed), item.belief.tolist()) == (1, 1, [0.75])


def test_training_may_begin_from_another_model(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first step is taken from a model before, as far as it fits."""
    begun: list[dict[str, Tensor]] = []
    fit = relations.fit

    def spy(trainer: RelationTrainer, *rest: object, **options: object) -> None:
        begun.append({name: value.clone() for name, value in trainer.model.state_dict().items()})
        fit(trainer, *rest, **options)

    monkeypatch.setattr(relations, "fit", spy)
    before, lines = tiny_relations(), list[str]()
    train_second(data, tmp_path, begin=before.state_dict(), report=lines.append)
    total = len(before.state_dict())
    assert lines[0] == f"{total} of {total} tensors begin as in the model before"
    assert all(torch.equal(value, begun[0][name]) for name, value in before.state_dict().items())


def test_the_recogniser_may_begin_from_another_one_and_reads_what_was_written(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first step is taken from a recogniser before, and the documents of our own stand beside the sets."""
    begun: list[dict[str, Tensor]] = []
    fit = recogniser.fit

    def spy(model: nn.Module, batches: Callable[[int], list[list[Tagged]]], *rest: Any, **options: Any) -> None:
        begun.append({name: value.clone() for name, value in model.state_dict().items()})
        windows.extend(window for batch in batches(0) for window in batch)
        fit(model, batches, *rest, **options)

    windows: list[Tagged] = []
    monkeypatch.setattr(recogniser, "fit", spy)
    folder = tmp_path / "documents"
    folder.mkdir()
    said = "[1 PER:Ada] met [2 KIND:queens] in [3 LOC:London].\n---\n"
    (folder / "one.txt").write_text(f"=== W0001\n{said}=== V0001\nOne day {said}asked: P19\n", encoding="utf-8")
    options: dict[str, Any] = {"device": CPU, "plan": SHORT, "sets": (TaggingSet("redocred"),), "report": print}
    before = train_recogniser(
        data, tiny_base(), work=tmp_path / "a", written=None, patterns=None, **options
    ).state_dict()
    without = len(windows)
    train_recogniser(data, tiny_base(), work=tmp_path / "b", written=folder, patterns=None, begin=before, **options)
    assert all(torch.equal(value, begun[1][name]) for name, value in before.items())
    ours = [window for window in windows[without:] if window.unknown.any()]
    assert len(windows) == 2 * without + 2
    told = {len(window.tags): None if window.nouns is None else window.nouns.tolist() for window in ours}
    assert told == {6: None, 8: [0, 0, 0, 0, 1, 0, 0, 0]}


def test_the_names_of_patterns_teach_the_recogniser(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sentences of each relation stand beside the sets, of which an epoch draws a third; far words are not known."""
    drawn: list[list[Tagged]] = []
    epoch_batches = recogniser.epoch_batches

    def spy(sets: list[tuple[TaggingSet, list[Tagged]]], **options: Any) -> list[list[Tagged]]:
        drawn.append([window for source, windows in sets if source.name == "patterns" for window in windows])
        assert [source.share for source, _ in sets if source.name == "patterns"] == [1 / 3]
        return epoch_batches(sets, **options)

    monkeypatch.setattr(recogniser, "epoch_batches", spy)
    options: dict[str, Any] = {"device": CPU, "plan": SHORT, "sets": (TaggingSet("redocred"),), "report": print}
    folder = folder_of_patterns(tmp_path, ending=" one late day")
    train_recogniser(data, tiny_base(), work=tmp_path / "a", written=None, patterns=folder, **options)
    assert len(drawn[0]) == 48
    assert {tuple(window.tags.tolist()) for window in drawn[0]} == {(1, 0, 1), (1, 0, 1, 0, 0, 0)}
    for window in drawn[0]:
        assert window.unknown.tolist() == [False, False, False, False, True, True][: len(window.tags)]
        assert (window.sentences, window.nouns, window.alike) == (False, None, ("ORG", "MISC"))


def test_patterns_are_learned_from(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sentences for each relation, the ontology's or not, stand beside the sets."""
    learned = learning(monkeypatch)
    train_second(data, tmp_path / "work", patterns=folder_of_patterns(tmp_path))
    made = learned[0][relations.PATTERNED]
    assert len(made) == 2 * 48
    assert [(len(item.holds) > 0, len(item.fails) > 0) for item in made].count((False, True)) == 48


def test_patterns_are_learned_in_both_directions(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a relation with names for its inverse, that holds of the way back, and both are denied the wrong way round."""
    learned, folder = learning(monkeypatch), folder_of_patterns(tmp_path)
    with (folder / "people.toml").open("a", encoding="utf-8") as lines:  # P9999 is the last table
        lines.write('inverse = ["c"]\ninverse_definitions = ["d"]\n')
    train_second(data, tmp_path / "work", patterns=folder)
    counts = [(len(item.holds), len(item.fails)) for item in learned[0][relations.PATTERNED]]
    assert sorted(set(counts[48:])) == [(0, 2), (2, 2)]


def test_passages_are_learned_from(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Passages of the completely annotated set, at most three sentences long, stand beside the sets."""
    learned = learning(monkeypatch)
    train_second(data, tmp_path / "work", passages=relations.PASSAGES)
    (sets,) = learned[:1]
    made, whole = sets[relations.PASSAGES], sets[SETS[0]]
    assert len(made) >= len(whole)
    assert {int(item.context.sentences.max()) for item in made} <= {0, 1, 2}
    assert all(np.array_equal(item.covered, whole[0].covered) for item in made)


def test_of_an_unseen_relation_nothing_is_learned(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its property, annotations and patterns are left out, and its pairs tell of nothing else where others are open."""
    learned = learning(monkeypatch)
    train_second(data, tmp_path / "work", patterns=folder_of_patterns(tmp_path), unseen={"P19"})
    (sets,) = learned[:1]
    assert len(sets[relations.PATTERNED]) == 48
    assert all(len(item.covered) == len(ontology().properties) for items in sets.values() for item in items)
    open_pairs = sets[SETS[1]][0]
    assert len(open_pairs.holds) == int(open_pairs.known.sum()) * 2 == 2  # the spouse, and the spouse's spouse


def test_a_sentence_that_tells_of_an_unseen_relation_is_left_out(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands beside it in the sentence would be taken for the whole; a text of several sentences stays."""
    lone = record("[Ada|PER|0] was born in [London|LOC|1].", [(0, 1, "P19")], id="lone")
    with (data / "redocred" / "train.jsonl").open("a", encoding="utf-8") as lines:
        lines.write("\n" + json.dumps(lone))
    learned = learning(monkeypatch)
    train_second(data, tmp_path / "work")
    train_second(data, tmp_path / "more", unseen={"P19"})
    whole, without = (len(sets[SETS[0]]) for sets in (learned[0], learned[-1]))
    assert whole - without == 1


def folder_of_patterns(path: Path, ending: str = "") -> Path:
    """One relation of the ontology and one that it lacks, each with a pattern, which so ends, and an unlike one."""
    folder = path / "patterns"
    folder.mkdir()
    (folder / "names.toml").write_text('[person]\ntype = "PER"\nnames = ["Ada", "Ben", "Love"]', encoding="utf-8")
    table = (
        '[{}]\nlabel = "a"\nlabels = []\ndefinitions = ["b"]\nhead = ["person"]\ntail = ["person"]\n'
        f'patterns = ["{{{{head}}}} met {{{{tail}}}}{ending}"]\nunlike = ["{{{{tail}}}}, {{{{head}}}}"]\n'
    )
    (folder / "people.toml").write_text(table.format("P19") + table.format("P9999"), encoding="utf-8")
    return folder


def learning(monkeypatch: pytest.MonkeyPatch) -> list[dict[RelatingSet, list[Related]]]:
    """The sets that batches are drawn from, one item a call, filled while training runs."""
    learned: list[dict[RelatingSet, list[Related]]] = []
    epoch_batches = relations.epoch_batches

    def spy(sets: list[tuple[RelatingSet, list[Related]]], **options: object) -> object:
        learned.append(dict(sets))
        return epoch_batches(sets, **options)

    monkeypatch.setattr(relations, "epoch_batches", spy)
    return learned


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
    assert all(same(one, other) for one, other in zip(expected, found, strict=True))


@pytest.mark.parametrize("named", [True, False])
def test_other_ontologies_have_a_calibration_of_their_own(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    """Fitted on the same documents under the ontology's names and under others, with definitions and without.

    Its thresholds are for properties that it does not know. Where nothing is named otherwise there is none.
    """
    asked: list[tuple[list[str], bool]] = []

    def spy(*values: object, documents: object, alike: bool = False, **_: object) -> Calibration:
        asked.append(([item.properties[0].label for item in values[-1]], alike))
        return Calibration(2.0 if alike else 1.0, fitted=True)

    monkeypatch.setattr(models, "calibrate", spy)
    names = tmp_path / "names.toml"
    names.write_text(f'[{"P19" if named else "P9"}]\nlabel = "cradle"\ndefinition = "where"\n', encoding="utf-8")
    found, held_out = models.calibrated(data, None, None, (), ontology(), names=names, device=CPU)
    assert held_out > 0
    own = ontology().properties[0].label
    if named:
        assert asked == [([own], False), ([own, "cradle", "cradle"], True)]
        assert found.learned == {item.iri for item in ontology().properties}
        assert (found.temperature, found.others) == (1.0, Calibration(2.0, fitted=True))
    else:
        assert asked == [([own], False)]
        assert (found.learned, found.others) == (frozenset(), None)


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

    def spy_calibrate(*_: object, documents: object, **__: object) -> Calibration:
        assert isinstance(documents, list)
        seen["calibration"] += [document.id for document in documents]
        return Calibration(fitted=True)

    monkeypatch.setattr(recogniser, "tagged", spy_tagged)
    monkeypatch.setattr(relations, "related", spy_related)
    monkeypatch.setattr(models, "calibrate", spy_calibrate)
    monkeypatch.setattr(models, "RECOGNISER_SETS", (TaggingSet("redocred"),))
    monkeypatch.setattr(models, "RELATION_SETS", SETS[:1])
    # defaults are bound where the functions are defined, so the small plan and sets are given here
    short = {"plan": SHORT, "sets": (TaggingSet("redocred"),), "written": None, "patterns": None}
    monkeypatch.setattr(models, "train_recogniser", lambda *a, **k: train_recogniser(*a, **k, **short))
    small = {"plan": SHORT, "sets": SETS[:1], "passages": None, "patterns": None, "written": None}
    monkeypatch.setattr(models, "train_relations", lambda *a, **k: train_relations(*a, **k, **small))
    made = train_models(data, tiny_base(), ontology(), device=CPU, work=tmp_path / "work", report=lambda _: None)
    ids = [f"document {number}" for number in range(40)]
    kept = [id for id in ids if is_held_out(to_gold(record(TEXT, id=id)), HELD_OUT["redocred"])]
    assert kept
    assert seen["calibration"] == kept * 2  # one for this ontology, one for others
    assert seen["tagging"] == [id for id in ids if id not in kept]
    assert seen["relating"] == seen["tagging"]
    assert (made.held_out, made.data, made.calibration.fitted) == (
        len(kept),
        ("documents", "patterns", "redocred"),
        True,
    )


def test_a_data_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Training without data is an error that names the file that is wanted."""
    with pytest.raises(MissingError, match=r"annotated file '.*train\.jsonl' does not exist"):
        train_recogniser(tmp_path, tiny_base(), device=CPU, work=tmp_path, report=print)
