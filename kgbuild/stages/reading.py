"""Stages that read a finished graph."""

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from kgbuild.config import VOCABULARY
from kgbuild.errors import SettingError
from kgbuild.stages.folders import PENDING, open_store

if TYPE_CHECKING:
    from kgbuild.graph import Explanation, ExportFormat, GraphStatistics, QueryFormat, QueryTable, ValidationReport

__all__ = ["explain", "export", "query", "stats", "validate"]

_SUFFIXES: Final[dict[str, Literal["turtle", "trig", "nquads", "jsonld", "graphml"]]] = {
    ".ttl": "turtle",
    ".trig": "trig",
    ".nq": "nquads",
    ".jsonld": "jsonld",
    ".graphml": "graphml",
}


def query(graph: Path, sparql: str, *, format: "QueryFormat" = "table") -> "QueryTable | str":
    """The answer of a SPARQL query. Raises: MissingError, StoreError, QueryError."""
    from kgbuild.graph import run_query

    with open_store(graph) as store:
        return run_query(store, sparql, format=format)


def export(graph: Path, out: Path, *, format: "ExportFormat | None" = None, evidence: bool = False) -> int:
    """How many statements were written to `out`; without a format its suffix decides.

    Raises: MissingError, StoreError, SettingError.
    """
    from kgbuild.graph import export_graph

    chosen = format or _SUFFIXES.get(out.suffix)
    if chosen is None:
        raise SettingError(
            f"output {str(out)!r}: expected a suffix among {', '.join(_SUFFIXES)}, or name a format", subject=out
        )
    with open_store(graph) as store:
        return export_graph(store, out, format=chosen, evidence=evidence)


def explain(graph: Path, name_or_iri: str) -> "list[Explanation]":
    """The triples about an entity with the sentences that state them. Raises: MissingError, StoreError."""
    from kgbuild.graph import explain as explain_entity

    with open_store(graph) as store:
        return explain_entity(store, name_or_iri)


def stats(graph: Path) -> "GraphStatistics":
    """What the graph holds. Raises: MissingError, StoreError."""
    from kgbuild.graph import statistics

    with open_store(graph) as store:
        return statistics(store)


def validate(graph: Path) -> "ValidationReport":
    """Whether the graph is what it promises. Raises: MissingError, StoreError."""
    from kgbuild.graph import validate_graph

    with open_store(graph) as store:
        return validate_graph(store, VOCABULARY / "shapes.ttl", writing=(graph / PENDING).is_file())
