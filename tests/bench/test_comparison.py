"""A comparison trains each cell once, on documents, pairs and targets that are the same for all methods."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import comparison
import numpy as np
import pytest
import torch
from comparison import Cell, Kept
from comparison_data import Data, Frozen, Setting, targets, within
from model.tiny import random_pairs, tiny_base, tiny_recogniser, tiny_relations

from kgbuild.calibration import Calibration
from kgbuild.checkpoint import save_models
from kgbuild.errors import CheckpointError
from kgbuild.evaluate import GoldDocument, to_gold
from kgbuild.ontology import load_ontology

TEXT = "Ada met Ben in London . Acme was born . Ada love the Acme ."
MENTIONS = [(0, 3, 0), (8, 11, 1), (15, 21, 2), (24, 28, 3), (40, 43, 0), (53, 57, 3)]
RECORD = {
    "id": "d1",
    "text": TEXT,
    "sentences": [[0, 23], [24, 39], [40, 59]],
    "mentions": [{"start": a, "end": b, "type": "PER", "entity": e} for a, b, e in MENTIONS],
    "relations": [
        {"head": h, "tail": t, "label": "knows", "evidence": []} for h, t in ((0, 1), (1, 3), (2, 3), (3, 0))
    ],
}
SETTING = Setting("embeddings", "document", 9)


def documents(count: int) -> list[GoldDocument]:
    """So many documents that differ in their names."""
    return [replace(to_gold(RECORD), id=f"d{number}") for number in range(count)]


def test_the_window_keeps_near_pairs_and_their_relations(small_ontology: Path) -> None:
    """Of four relations those of a sentence are left, each still of its own pair, beside every pair of a sentence."""
    everything, near = (
        within(documents(1), window, tiny_base(), load_ontology(small_ontology))[0] for window in ("document", 0)
    )
    assert len(everything.context.pairs) == 12
    assert near.context.apart.tolist() == [0] * 8
    assert everything.context.pairs[everything.holds[:, 0]].tolist() == [[0, 1], [1, 3], [2, 3], [3, 0]]
    assert near.context.pairs[near.holds[:, 0]].tolist() == [[0, 1], [3, 0]]
    assert len(near.known) == len(near.context.gaps) == 8


def test_a_context_without_near_pairs_is_left_out(small_ontology: Path) -> None:
    """A document whose entities all stand in sentences of their own has nothing to score within a sentence."""
    record = RECORD | {"mentions": [RECORD["mentions"][place] for place in (1, 3)], "relations": []}  # type: ignore[index]
    ontology = load_ontology(small_ontology)
    assert len(within([to_gold(record)], 1, tiny_base(), ontology)) == 1
    assert within([to_gold(record)], 0, tiny_base(), ontology) == []


def test_targets_hold_what_the_contexts_hold(small_ontology: Path) -> None:
    """Two contexts one after the other, four relations each, in the chosen column alone."""
    item = within(documents(1), "document", tiny_base(), load_ontology(small_ontology))[0]
    found = targets([item, item], np.array([0]))
    assert found.shape == (24, 1)
    assert found[:, 0].nonzero().squeeze(1).tolist() == [*item.holds[:, 0], *(item.holds[:, 0] + 12)]


def test_a_smaller_share_is_part_of_a_larger_one() -> None:
    """A twentieth of forty documents is two, the first two of the tenth; there is always one."""
    nothing = np.zeros(0, dtype=np.int64)
    data = Data(tuple(documents(40)), (), nothing, nothing, nothing, nothing)
    assert data.share(0.05) == data.train[:2]
    assert data.share(0.1)[:2] == data.share(0.05)
    assert data.share(1.0) == data.train
    assert len(data.share(0.001)) == 1


def test_little_data_is_passed_over_more_often_for_fewer_steps() -> None:
    """A quarter twice as often as all; the steps, passes times share, halve."""
    assert [SETTING.passes(share) for share in (1.0, 0.25)] == [9, 18]
    assert replace(SETTING, epochs=1).passes(1.0) == 1


def test_every_cell_has_a_name_of_its_own() -> None:
    """Cells of another method, share, seed, inputs, window, number of epochs or of documents are kept apart."""
    settings = [
        SETTING,
        *(replace(SETTING, **{name: value}) for name, value in (("inputs", "states"), ("window", 0), ("epochs", 8))),
        replace(SETTING, documents=5),
    ]
    cells = [Cell("dot", 1.0, 1), Cell("concat", 1.0, 1), Cell("dot", 0.5, 1), Cell("dot", 1.0, 2)]
    assert len({cell.key(setting) for cell in cells for setting in settings}) == 20


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    """Each outcome is in the file as soon as it is kept, and another run finds it."""
    path = tmp_path / "work" / "results.json"
    kept = Kept(path)
    kept.keep("one", {"a": [1]})
    assert json.loads(path.read_text(encoding="utf-8")) == {"one": {"a": [1]}}
    kept.keep("two", 2)
    assert Kept(path).found == {"one": {"a": [1]}, "two": 2}


@pytest.fixture
def small_comparison(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_ontology: Path, small_model: Path
) -> tuple[Path, Path]:
    """A folder to keep outcomes in and one for the page; `main` runs on tiny inputs, documents and ontology."""
    for part, count in (("train", 6), ("dev", 4)):
        folder = tmp_path / "data" / "redocred"
        folder.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(RECORD | {"id": f"{part}{number}"}) + "\n" for number in range(count)]
        (folder / f"{part}.jsonl").write_text("".join(lines), encoding="utf-8")
    settings = comparison.load_settings(environment={}, overrides={"ontology": small_ontology, "model": small_model})
    monkeypatch.setattr(comparison, "load_settings", lambda **_: settings)
    monkeypatch.setattr(comparison, "load_base", lambda _: tiny_base())
    monkeypatch.setattr(comparison, "stamp", lambda _: "a machine")
    work, output = tmp_path / "work", tmp_path / "page"
    words = ["--data", tmp_path / "data", "--work", work, "--output", output, "--epochs", "1", "--seeds", "1"]
    monkeypatch.setattr(sys, "argv", ["comparison.py", *map(str, words)])
    return work, output


def test_a_second_run_trains_nothing_and_writes_the_same(
    small_comparison: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every method is trained and measured once; without one outcome that cell alone is trained again, the same."""
    work, output = small_comparison
    comparison.main()
    first = {path.name: path.read_bytes() for path in output.iterdir()}
    assert {path.name for path in work.iterdir()} == {"results.json"}
    kept = json.loads((work / "results.json").read_text(encoding="utf-8"))
    assert len(kept) == 31
    lost = next(key for key in kept if "convolution-share-0.5" in key)
    (work / "results.json").write_text(json.dumps({key: kept[key] for key in kept if key != lost}), encoding="utf-8")
    trained, measured = [], comparison.measured
    monkeypatch.setattr(
        comparison, "measured", lambda run, cell, report: (trained.append(cell), measured(run, cell, report))[1]
    )
    comparison.main()
    assert trained == [Cell("convolution", 0.5, 1)]
    assert {path.name: path.read_bytes() for path in output.iterdir()} == first
    assert json.loads((work / "results.json").read_text(encoding="utf-8"))[lost] == kept[lost]


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    """A model folder whose relation model has the tiny encoder."""
    folder = tmp_path / "tiny"
    save_models(folder, tiny_recogniser(), tiny_relations(), tiny_base(), Calibration(), facts={})
    return folder


def test_frozen_embeddings_are_those_of_piece_and_place(tiny_model: Path) -> None:
    """The same pieces have the same inputs in every sequence and others at another place, without gradient."""
    batch = random_pairs()
    frozen = Frozen("embeddings", tiny_base(), tiny_model, device=torch.device("cpu"))
    given = frozen(replace(batch, ids=torch.full_like(batch.ids, 110)))
    assert given.shape == (*batch.ids.shape, frozen.size)
    assert not given.requires_grad
    assert torch.equal(given[0], given[1])
    assert not torch.equal(given[0, 1], given[0, 2])
    assert not torch.equal(given, frozen(batch))


def test_frozen_states_are_those_of_the_model(tiny_model: Path) -> None:
    """They are the hidden states that its relation model gives, as far as eight bits a weight allow."""
    batch = random_pairs()
    frozen = Frozen("states", tiny_base(), tiny_model, device=torch.device("cpu"))
    expected = tiny_relations()
    expected.encoder.word_embeddings.weight.data = frozen.model.encoder.word_embeddings.weight.data
    difference = (frozen(batch) - expected.states(batch).detach())[batch.mask]
    assert float(difference.abs().max()) < 0.05
    assert not frozen(batch).requires_grad


def test_states_of_another_encoder_are_refused(small_model: Path) -> None:
    """A model whose weights do not fit the base encoder is named with what fits of it."""
    with pytest.raises(CheckpointError, match=r"expected one on the base encoder 'tiny', came one of which \d+ of \d+"):
        Frozen("states", tiny_base(), small_model, device=torch.device("cpu"))
