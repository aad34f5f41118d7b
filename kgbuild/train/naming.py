"""Names of relations that training never shows: what an ontology of one's own may call them.

On held-out documents they tell how far a model's scores can be believed where it meets a relation under a new name.
"""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from kgbuild.errors import InputError, MissingError
from kgbuild.ontology import Ontology

__all__ = ["renamed", "undefined"]


def renamed(ontology: Ontology, path: Path) -> Ontology:
    """Those properties of the ontology that a TOML file names otherwise, under the names that it gives them.

    The file has a table for each, with `label` and `definition`, under any key that the ontology knows.
    Raises: MissingError; InputError with the file and the table.
    """
    tables = _tables(path)
    named = {}
    for key, table in tables.items():
        if not (isinstance(table, dict) and {"label", "definition"} <= set(table)):
            raise InputError(
                f"{str(path)!r}, table {key!r}: expected `label` and `definition`, came {table!r}; add what is missing",
                subject=path,
            )
        if known := ontology.by_key.get(key):
            named[known.iri] = replace(known, label=table["label"], definition=table["definition"], labels=())
    return replace(ontology, properties=tuple(named[iri] for iri in sorted(named)))


def undefined(ontology: Ontology) -> Ontology:
    """The ontology with labels alone."""
    return replace(ontology, properties=tuple(replace(item, definition="") for item in ontology.properties))


def _tables(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise MissingError(f"names {str(path)!r} do not exist; name a TOML file", subject=path) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{str(path)!r}: no TOML: {error}; correct the file", subject=path) from error
