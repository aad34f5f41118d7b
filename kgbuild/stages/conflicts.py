"""The stage that lists what the graph says that cannot all be true."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild.errors import HandoffError, MissingError
from kgbuild.stages.folders import RUNS, open_store
from kgbuild.stages.runs import kept_settings

if TYPE_CHECKING:
    from kgbuild.graph import Conflict, GraphStore

__all__ = ["conflicts", "last_ontology"]


def conflicts(graph: Path, *, ontology: Path | None = None, limit: int | None = None) -> "Iterator[Conflict]":
    """The contradictions of the graph, the most doubtful first; its store is open until all are taken.

    They break the rules of the ontology given, else of that which the graph's last run was built with.
    Raises: MissingError, StoreError, OntologyError.
    """
    from kgbuild.graph import find_conflicts, load_rules

    with open_store(graph) as store:
        yield from find_conflicts(store, load_rules(ontology or last_ontology(store, graph)), limit=limit)


def last_ontology(store: "GraphStore", graph: Path) -> Path:
    """The file that the last of those runs keeps that read documents; no other was given one."""
    from kgbuild.graph import runs_in_order

    for run in reversed([run for run in runs_in_order(store) if run.used]):
        try:
            kept = kept_settings(graph / RUNS / run.iri.rsplit("/", 1)[-1]).ontology
        except HandoffError:
            continue
        if kept.is_file():
            return kept
    raise MissingError(
        f"graph {str(graph)!r} has no run whose folder keeps the ontology; name one with --ontology", subject=graph
    )
