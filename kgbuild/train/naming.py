"""Names of relations that training never shows: what an ontology of one's own may call them.

On held-out documents they tell how far a model's scores can be believed where it meets a relation under a new name.
"""

from dataclasses import replace
from pathlib import Path

from kgbuild.errors import InputError
from kgbuild.kinds import read_tables
from kgbuild.ontology import Ontology

__all__ = ["renamed", "undefined"]


def renamed(ontology: Ontology, path: Path) -> Ontology:
    """Those properties of the ontology that a TOML file names otherwise, under the names that it gives them.

    The file has a table for each, with `label` and `definition`, under any key that the ontology knows.
    Raises: MissingError; InputError with the file and the table.
    """
    named = {}
    for key, table in read_tables(path).items():
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
