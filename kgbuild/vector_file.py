"""Vectors of relations <-> a file, so that what one process has encoded the next one need not."""

import hashlib
import logging
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, frombuffer, uint8

from kgbuild.iris import digest_of

__all__ = ["read_vectors", "vectors_path", "write_vectors"]

_VERSION: Final = "1"
"""Raised when the same model makes other vectors of the same texts."""
_KEPT: Final = 8
"""Files that a folder keeps, the last ones used."""


def vectors_path(folder: Path, weights: str, texts: Iterable[str]) -> Path:
    """The file in the folder for what the model with the digest `weights` makes of the texts, on whatever device."""
    return folder / f"{digest_of(_VERSION, weights, *texts)[:32]}.safetensors"


def read_vectors(path: Path, rows: int) -> Tensor | None:
    """The vectors [rows, H] that the file holds; none where there is no file or, with a warning, a damaged one."""
    try:
        vectors = _checked(path.read_bytes(), rows)
    except FileNotFoundError:
        return None
    except (KeyError, OSError, SafetensorError, TypeError, ValueError) as error:
        logging.getLogger(__name__).warning(
            "relation vectors %r are damaged (%s); they are made again", str(path), error
        )
        return None
    with suppress(OSError):  # a folder that may be read only
        path.touch()
    return vectors


def write_vectors(path: Path, vectors: Tensor, *, beside: Path) -> None:
    """Nothing; the file holds the vectors, or what it held before, with a warning.

    They are written into the folder `beside`, on the same disk, and then put in the place of the file.
    """
    part = beside / f".{path.name}.{secrets.token_hex(8)}.part"
    held = vectors.cpu().contiguous()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(save({"vectors": held, "digest": _digest(held)}))
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        for old in sorted(path.parent.glob("*.safetensors"), key=lambda it: it.stat().st_mtime)[:-_KEPT]:
            old.unlink(missing_ok=True)
    except OSError as error:
        logging.getLogger(__name__).warning(
            "relation vectors cannot be kept in %r (%s); the next process makes them again",
            str(path.parent),
            error.strerror or error,
        )


def _checked(raw: bytes, rows: int) -> Tensor:
    """The vectors that the bytes of a file hold. Raises: KeyError, SafetensorError, TypeError, ValueError."""
    found = load(raw)
    vectors, digest = found["vectors"], found["digest"]
    if vectors.dim() != 2 or len(vectors) != rows or digest.tolist() != _digest(vectors).tolist():
        raise ValueError(f"expected the {rows} that were written, came others")
    return vectors


def _digest(vectors: Tensor) -> Tensor:
    """SHA-256 of the vectors as they lie in memory, uint8 [32]."""
    sha = hashlib.sha256(vectors.contiguous().view(uint8).numpy().tobytes())
    return frombuffer(bytearray(sha.digest()), dtype=uint8)
