"""Reading of annotated files, and their cut into what is trained on and what is held out."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from kgbuild.errors import InputError, MissingError
from kgbuild.evaluate.gold import GoldDocument, to_gold

__all__ = ["is_held_out", "read_gold"]


def read_gold(path: Path) -> Iterator[GoldDocument]:
    """The documents of an annotated file, one JSON object a line.

    Raises: MissingError; InputError with file and line for the first line that cannot be used.
    """
    if not path.is_file():
        raise MissingError(f"annotated file {str(path)!r} does not exist; name a jsonl file", subject=path)
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _parsed(path, number, line)


def _parsed(path: Path, number: int, line: bytes) -> GoldDocument:
    try:
        return to_gold(json.loads(line))
    except (ValueError, InputError) as error:  # JSON's and UTF-8's own errors are ValueErrors
        raise InputError(f"{str(path)!r}, line {number}: {error}", subject=path) from error


def is_held_out(document: GoldDocument, share: float) -> bool:
    """Whether a document belongs to the held-out share, decided by a hash of its name alone."""
    bucket = int(hashlib.sha256(document.id.encode()).hexdigest()[:8], 16) / 2**32
    return bucket < share
