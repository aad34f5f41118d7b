"""A model folder is read back as it was written, and whatever is wrong with one is named."""

import json
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
import torch
from model.tiny import TYPES, tiny_base, tiny_recogniser, tiny_relations
from safetensors.torch import load_file
from torch import nn

from kgbuild.calibration import POOLED, Calibration, Threshold
from kgbuild.checkpoint import (
    load_base,
    load_models,
    save_calibration,
    save_models,
)
from kgbuild.config import Settings
from kgbuild.errors import CheckpointError, MissingError
from kgbuild.model_folder import load_calibration, model_digest, weights_digest

CALIBRATION = Calibration(1.5, -0.25, (Threshold(POOLED, 0.9, 0.75), Threshold("urn:p", 0.9, None)), fitted=True)
LARGEST = 40_000_000
"""Bytes that the model may take in the repository and in the package."""


def save(folder: Path, *, seed: int = 3) -> None:
    facts = {"data": ["one"]}
    base, recogniser, relations = tiny_base(), tiny_recogniser(seed), tiny_relations()
    for model in (recogniser, relations):
        with torch.no_grad():
            model.encoder.word_embeddings.weight.copy_(base.weights["embeddings.word_embeddings.weight"])
    save_models(folder, recogniser, relations, base, CALIBRATION, facts=facts)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder that tests read; those that change it make a copy."""
    folder = tmp_path_factory.mktemp("checkpoint") / "model"
    save(folder)
    return folder


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """A copy of the model folder, to be changed."""
    return Path(shutil.copytree(saved, tmp_path / "model"))


def test_what_is_read_is_what_was_written(saved: Path) -> None:
    """A matrix comes back within half a step of its row's 8-bit scale, all else within 16 bits; both run, frozen."""
    base, models = tiny_base(), load_models(saved)
    for written, read in ((tiny_recogniser(), models.recogniser), (tiny_relations(), models.relations)):
        before, after = written.state_dict(), read.state_dict()
        assert before.keys() == after.keys()
        for name, value in before.items():
            truth = base.weights["embeddings.word_embeddings.weight"] if "word_embeddings" in name else value
            check_close(name, truth, after[name])
        assert not read.training
        assert not any(parameter.requires_grad for parameter in read.parameters())
    assert models.recogniser.types == TYPES
    assert models.calibration == CALIBRATION
    assert models.tokenizer.to_str() == tiny_base().tokenizer.to_str()


def check_close(name: str, before: torch.Tensor, after: torch.Tensor) -> None:
    error = (before - after).abs()
    if before.dim() == 2:
        bound = before.abs().amax(dim=1, keepdim=True) / 254
        assert (error <= bound * 1.001 + 1e-12).all(), name
    else:
        assert (error <= before.abs() / 2_048 + 1e-7).all(), name


def test_a_read_model_computes_what_the_written_one_did(saved: Path) -> None:
    """Scores of the model that was read are close to those of the one that was written."""
    relations = load_models(saved).relations
    truth = tiny_relations()
    truth.encoder.word_embeddings.weight.data.copy_(tiny_base().weights["embeddings.word_embeddings.weight"])
    ids = torch.arange(103, 116).reshape(1, 13)
    shapes, mask = torch.zeros_like(ids), torch.ones_like(ids, dtype=torch.bool)
    torch.testing.assert_close(
        relations.encoder(ids, shapes, mask), truth.encoder(ids, shapes, mask), atol=0.1, rtol=0.05
    )


def test_shared_embeddings_are_stored_once(saved: Path) -> None:
    """The vocabulary's embeddings are in the file under one name, in 8 bits, though both models have them."""
    tensors = load_file(saved / "weights.safetensors")
    found = [name for name, value in tensors.items() if "word_embeddings" in name and value.dim() == 2]
    assert found == ["word_embeddings"]
    assert tensors["word_embeddings"].dtype == torch.int8
    assert any(name.startswith("recogniser.") for name in tensors)
    assert any(name.startswith("relations.") for name in tensors)


def test_saving_twice_gives_the_same_model(saved: Path, tmp_path: Path) -> None:
    """The same weights give the same digest, other weights another."""
    for name, seed in (("same", 3), ("other", 4)):
        save(tmp_path / name, seed=seed)
    assert model_digest(tmp_path / "same") == model_digest(saved) == load_models(saved).digest
    assert model_digest(tmp_path / "other") != model_digest(saved)


def test_calibration_does_not_count_among_the_weights(saved: Path, tmp_path: Path) -> None:
    """A model that differs in calibration and facts alone has the same weights' digest; other weights have another."""
    save(tmp_path / "other", seed=4)
    save_calibration(tmp_path / "calibrated", Calibration(temperature=3.0), source=saved, facts={"on": "else"})
    assert weights_digest(tmp_path / "calibrated") == weights_digest(saved) != weights_digest(tmp_path / "other")
    assert model_digest(tmp_path / "calibrated") != model_digest(saved)


def test_the_card_survives_a_save(folder: Path) -> None:
    """A model saved over another keeps the folder's README, and nothing is left beside the folder."""
    (folder / "README.md").write_text("# A card\n")
    save(folder, seed=4)
    assert (folder / "README.md").read_text() == "# A card\n"
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert load_models(folder).recogniser.types == TYPES


def test_others_may_read_the_weights(saved: Path) -> None:
    """A model that one user trained can be read by another."""
    assert (saved / "weights.safetensors").stat().st_mode & stat.S_IROTH


@pytest.mark.parametrize("name", ["weights.safetensors", "tokenizer.json", "calibration.json"])
@pytest.mark.parametrize("change", ["remove", "append"])
def test_a_missing_or_changed_file_is_named(folder: Path, name: str, change: str) -> None:
    """A file that is gone, or has one byte more, is refused by name."""
    path = folder / name
    if change == "remove":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(CheckpointError, match=rf"{name} is missing or was changed") as raised:
        load_models(folder)
    assert raised.value.subject == path


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """Each way to read a model says that the folder does not exist."""
    for read in (load_models, load_calibration, model_digest):
        with pytest.raises(MissingError, match=r"model '.*nothing' does not exist"):
            read(tmp_path / "nothing")


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    """A folder that is there but holds no model is not said to be missing."""
    for read in (load_models, load_calibration, model_digest):
        with pytest.raises(MissingError, match=r"holds no model: it has no config\.json; name a folder that"):
            read(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"kind": "pipeline", "version": 0}',
            r"expected kind 'kgbuild-model' or 'kgbuild-adapter', version 2, got \('pipeline', 0\)",
        ),
        ('{"kind": "kgbuild-model", "version": 3}', r"got \('kgbuild-model', 3\)"),
        ("[1]", r"expected kind 'kgbuild-model' or 'kgbuild-adapter', version 2, got \[1\]"),
        ("{", "config.json is damaged"),
        ('{"kind": "kgbuild-model", "version": 2}', "expected a dict as 'encoder', got None"),
    ],
)
def test_a_folder_of_another_kind_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """A configuration of another kind or version, damaged, or incomplete is an error that says what came."""
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(CheckpointError, match=message):
        load_models(tmp_path)


def changed(folder: Path, **values: Any) -> None:
    """Write other values into the folder's configuration."""
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_weights_of_another_size_are_refused(folder: Path) -> None:
    """Weights that do not fit the configuration are an error, not a model of chance."""
    changed(folder, types=["PER"])
    with pytest.raises(CheckpointError, match="weights do not fit its configuration"):
        load_models(folder)


def test_weights_that_lack_a_layer_are_refused(folder: Path) -> None:
    """A layer that the file does not hold is an error, not left to chance."""
    config = json.loads((folder / "config.json").read_text())
    changed(folder, encoder=config["encoder"] | {"num_hidden_layers": 3})
    with pytest.raises(CheckpointError, match=r"weights do not fit its configuration: .*Missing key"):
        load_models(folder)


@pytest.mark.parametrize("text", [None, "{", "{}", '{"temperature": 0}'])
def test_a_damaged_calibration_is_refused(folder: Path, text: str | None) -> None:
    """The calibration read alone is an error when it is gone or damaged."""
    path = folder / "calibration.json"
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(CheckpointError, match="calibration"):
        load_calibration(folder)


def test_the_calibration_can_be_read_alone(saved: Path) -> None:
    """What was saved is what is read, without the weights."""
    assert load_calibration(saved) == CALIBRATION


def test_a_base_is_read_from_a_folder(tmp_path: Path) -> None:
    """A transformers model in a folder gives its configuration, weights and vocabulary; keys not ours are left out."""
    from safetensors.torch import save_file

    base = tiny_base()
    tokenizer = base.tokenizer
    tokenizer.enable_truncation(7)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "config.json").write_text(json.dumps(base.encoder | {"architectures": ["BertModel"]}))
    save_file(base.weights, tmp_path / "model.safetensors")
    read = load_base(str(tmp_path))
    assert read.name == str(tmp_path)
    assert read.encoder == {key: value for key, value in base.encoder.items() if not key.endswith("_prob")}
    assert read.weights.keys() == base.weights.keys()
    assert len(read.tokenizer.encode("ada met ben in the love of the works").ids) > 7


@pytest.mark.parametrize("files", [(), ("config.json",)])
def test_a_base_that_is_not_there_is_named(tmp_path: Path, files: tuple[str, ...]) -> None:
    """A folder without a model, or with half of one, is an error that says what was expected."""
    for name in files:
        (tmp_path / name).write_text("{}")
    with pytest.raises(
        MissingError, match=r"neither a folder with config\.json, tokenizer\.json and model\.safetensors"
    ):
        load_base(str(tmp_path))


def test_the_model_that_ships_is_whole_and_small() -> None:
    """Its files have the digests that it says, its weights fit its configuration, and it is not too large."""
    folder = Settings().model
    models = load_models(folder)
    assert models.recogniser.types == TYPES
    assert isinstance(models.relations, nn.Module)
    assert sum(path.stat().st_size for path in folder.iterdir()) <= LARGEST
