"""What a model folder says of itself: its configuration, its calibration, and the digests that name it.

Neither torch nor a model is needed for that, and a build that finds nothing to do asks for no more.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from kgbuild.calibration import Calibration, calibration_from_dict
from kgbuild.config import Settings
from kgbuild.errors import CheckpointError, MissingError

__all__ = [
    "ADAPTER",
    "KIND",
    "VERSION",
    "base_folder",
    "file_digest",
    "load_calibration",
    "model_config",
    "model_digest",
    "type_origins",
    "weights_digest",
    "write_json",
    "written_whole",
]

KIND: Final = "kgbuild-model"
"""What the configuration of a model folder says it is of."""
ADAPTER: Final = "kgbuild-adapter"
"""What it says where the folder holds what was learned beside another model, its base."""
VERSION: Final = 2
"""The version of that form."""
_KEYS: Final[dict[str, tuple[tuple[str, type], ...]]] = {
    KIND: (("encoder", dict), ("types", list), ("files", dict)),
    ADAPTER: (("base", dict), ("types", list), ("kinds", list), ("files", dict)),
}


def load_calibration(folder: Path) -> Calibration:
    """The calibration of a model folder. Raises: MissingError, CheckpointError."""
    model_config(folder)
    path = folder / "calibration.json"
    try:
        return calibration_from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"model {str(folder)!r}: calibration.json is missing or damaged ({error}); restore it or train again",
            subject=path,
        ) from error


def model_digest(folder: Path) -> str:
    """SHA-256 that names a model. Raises: MissingError, CheckpointError."""
    model_config(folder)
    return file_digest(folder / "config.json")


def weights_digest(folder: Path) -> str:
    """SHA-256 that names a model without its calibration: it gives the same scores. Raises as `model_digest` does."""
    config = model_config(folder)
    files = {name: digest for name, digest in config["files"].items() if name != "calibration.json"}
    told = {key: value for key, value in config.items() if key not in ("files", "facts")} | {"files": files}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def model_config(folder: Path) -> dict[str, Any]:
    """What `config.json` of a model folder holds. Raises: MissingError, CheckpointError."""
    path = folder / "config.json"
    if not path.is_file():
        state = "holds no model: it has no config.json" if folder.exists() else "does not exist"
        raise MissingError(f"model {str(folder)!r} {state}; name a folder that `kgbuild train` wrote", subject=folder)
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(f"model {str(folder)!r}: config.json is damaged: {error}", subject=path) from error
    if not isinstance(config, dict) or config.get("kind") not in _KEYS or config.get("version") != VERSION:
        came = (config.get("kind"), config.get("version")) if isinstance(config, dict) else config
        raise CheckpointError(
            f"model {str(folder)!r}: expected kind {KIND!r} or {ADAPTER!r}, version {VERSION}, got {came!r}; "
            "train it again, or use the kgbuild that wrote it",
            subject=path,
        )
    for key, kind in _KEYS[config["kind"]]:
        if not isinstance(config.get(key), kind):
            raise CheckpointError(
                f"model {str(folder)!r}: config.json is damaged: expected a {kind.__name__} as {key!r}, "
                f"got {config.get(key)!r}; restore it or train again",
                subject=path,
            )
    if config["kind"] == ADAPTER:
        base_folder(folder, config)
    return config


def type_origins(folder: Path) -> dict[str, str]:
    """Each type of mentions with the one that it began as: itself for those that are known as they are.

    So are the types of a model that was trained whole, or taught by examples that told of every mention. Others began
    as a type of the model before, or as common nouns, empty: few examples tell those that began as one apart less
    surely. Raises: MissingError, CheckpointError.
    """
    config = model_config(folder)
    if config["kind"] == KIND or config.get("complete", True):
        return {name: name for name in config["types"]}
    before = dict(enumerate(["", *type_origins(base_folder(folder, config))]))
    try:
        return {name: before[kind] for name, kind in zip(config["types"], config["kinds"], strict=True)}
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"model {str(folder)!r}: config.json is damaged: expected as 'kinds' one number from 0 to "
            f"{len(before) - 1} for each type, got {config['kinds']!r}; restore it or train again",
            subject=folder / "config.json",
        ) from error


def base_folder(folder: Path, config: dict[str, Any]) -> Path:
    """The folder of the model that an adapter belongs to: the one that ships, or the one that its training named.

    Raises: CheckpointError when it is not there, or is another one.
    """
    wanted, named = config["base"].get("weights"), config["base"].get("folder")
    base = Path(str(named)) if named else Settings().model
    if not (base / "config.json").is_file():
        came = "is not there"
    else:
        found = weights_digest(base)
        if found == wanted:
            return base
        came = f"has {found[:16]!r}"
    raise CheckpointError(
        f"model {str(folder)!r} was learned beside a model with weights {str(wanted)[:16]!r}, expected in "
        f"{str(base)!r}, which {came}; restore that model or train again",
        subject=folder,
    )


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def written_whole(folder: Path) -> Iterator[Path]:
    """The folder that takes the place of `folder` once it is filled."""
    beside, old = (folder.with_name(folder.name + suffix) for suffix in (".part", ".old"))
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    yield beside
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.replace(old)
    beside.replace(folder)
    shutil.rmtree(old, ignore_errors=True)


def write_json(path: Path, value: object) -> None:
    """Nothing; the file holds the value, its keys in order."""
    path.write_text(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
