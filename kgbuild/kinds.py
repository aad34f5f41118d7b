"""Kinds of things with names for them, and the type that a recogniser gives these names: what ships as `names.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from kgbuild.errors import InputError, MissingError

__all__ = ["NAMES_FILE", "Kind", "read_kinds", "read_tables"]

NAMES_FILE: Final = "names.toml"
"""The file of names in a folder of patterns."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing with names for it."""

    type: str
    """Type that a recogniser gives its names; empty for common nouns, which it leaves alone."""
    parts: tuple[tuple[str, ...], ...]
    """Lists of parts: one of each, with spaces between, is a name; may be empty."""
    names: tuple[str, ...]
    """Whole names; may be empty where there are parts."""

    def draw(self, draw: np.random.Generator) -> str:
        """A name: a whole one as often as a composed one, since whole ones have the more shapes."""
        if self.names and (not self.parts or draw.random() < 0.5):
            return self.names[draw.integers(len(self.names))]
        return " ".join(part[draw.integers(len(part))] for part in self.parts)


def read_kinds(path: Path) -> dict[str, Kind]:
    """The kinds of a file by name.

    Raises: MissingError; InputError with the file and the table.
    """
    return {name: _kind(path, name, table) for name, table in read_tables(path).items()}


def read_tables(path: Path) -> dict[str, Any]:
    """The tables of a TOML file of words.

    Raises: MissingError; InputError with the file.
    """
    if not path.is_file():
        raise MissingError(f"file of words {str(path)!r} does not exist; name one in TOML", subject=path)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{str(path)!r}: no TOML: {error}; correct the file", subject=path) from error


def _kind(path: Path, name: str, table: Mapping[str, Any]) -> Kind:
    parts = tuple(tuple(part) for part in table.get("parts", ()))
    kind = Kind(str(table.get("type", "")), parts, tuple(table.get("names", ())))
    if not kind.names and not (parts and all(parts)):
        raise InputError(
            f"{str(path)!r}, table {name!r}: expected `names` or `parts`, came none; add some", subject=path
        )
    return kind
