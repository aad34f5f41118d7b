"""What happened to documents, run by run, as the graph of runs tells it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

import pyoxigraph as ox

from kgbuild.errors import StoreError
from kgbuild.graph.provenance import Action, Change, Retraction
from kgbuild.graph.store import GraphStore
from kgbuild.graph.vocabulary import Prov

__all__ = ["RunFacts", "changes_of_document", "changes_of_runs", "known_sources", "retractions", "runs_in_order"]

_CHANGE = (
    "?change kgb:document ?document ; kgb:documentSource ?source ; kgb:action ?action ; kgb:digest ?digest ; "
    "kgb:tripleCount ?triples ; prov:activity ?run OPTIONAL { ?change kgb:reason ?reason }"
)
_ACTIONS: dict[str, Action] = {action: action for action in get_args(Action)}


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the graph tells of a run."""

    iri: str
    """IRI of the run."""
    previous: str
    """IRI of the run before it; empty for the first."""
    ended: str
    """When it ended, ISO 8601 in UTC."""
    used: tuple[str, ...]
    """IRIs of the model and of the ontology, sorted; none where nothing was read."""
    threshold: float | None
    """Least probability that was accepted, 0 to 1; `None` where there was none."""
    precision: float | None
    """Precision that was asked for, 0 to 1; `None` where none was."""


def runs_in_order(store: GraphStore) -> list[RunFacts]:
    """The runs of the graph, from the first to the last, each followed by the one that it informed."""
    rows = store.select(
        "SELECT ?run ?ended ?previous ?threshold ?precision { ?run a prov:Activity ; prov:endedAtTime ?ended "
        "OPTIONAL { ?run prov:wasInformedBy ?previous } OPTIONAL { ?run kgb:threshold ?threshold } "
        "OPTIONAL { ?run kgb:precision ?precision } }"
    )
    known = {row["run"].value: _to_run(store, row) for row in rows}
    found: list[RunFacts] = []
    run = known.pop(store.last_run() or "", None)
    while run is not None:  # each run is taken out as it is met, so that no circle can hold this
        found.append(run)
        run = known.pop(run.previous, None)
    return found[::-1]


def changes_of_document(store: GraphStore, document: str) -> list[Change]:
    """What happened to a document, in the order of the runs."""
    order = {run.iri: number for number, run in enumerate(runs_in_order(store))}
    rows = store.select(f"SELECT * {{ VALUES ?document {{ {ox.NamedNode(document)} }} {_CHANGE} }}")
    found = (_to_change(row) for row in rows)
    return sorted((change for change in found if change.run in order), key=lambda change: order[change.run])


def changes_of_runs(store: GraphStore, runs: list[str]) -> Iterator[Change]:
    """What each of the runs did, run by run, sorted by document."""
    for run in runs:
        yield from map(
            _to_change, store.select(f"SELECT * {{ VALUES ?run {{ <{run}> }} {_CHANGE} }} ORDER BY ?document")
        )


def retractions(store: GraphStore) -> dict[str, Retraction]:
    """The documents that an operator withdrew and that have not changed since, by their IRI."""
    rows = store.select(
        "SELECT * { ?entry kgb:retracts ?document ; kgb:documentSource ?source ; kgb:digest ?digest ; "
        "prov:wasGeneratedBy ?run OPTIONAL { ?entry kgb:origin ?origin } OPTIONAL { ?entry kgb:reason ?reason } } "
        "ORDER BY ?document"
    )
    fields = ("document", "source", "origin", "digest", "run", "reason")
    entries = (Retraction(*(row[field].value if row[field] else "" for field in fields)) for row in rows)
    return {entry.document: entry for entry in entries}


def known_sources(store: GraphStore) -> dict[str, str]:
    """Sources of all documents that the graph holds or ever held, by IRI."""
    rows = store.select(
        "SELECT DISTINCT ?document ?source { { ?document a prov:Entity ; kgb:textDigest ?digest ; "
        "dcterms:source ?source } UNION { ?change kgb:document ?document ; kgb:documentSource ?source } } "
        "ORDER BY ?document"
    )
    return {row["document"].value: row["source"].value for row in rows}


def _to_run(store: GraphStore, row: ox.QuerySolution) -> RunFacts:
    used = sorted(quad.object.value for quad in store.matching(row["run"], Prov.USED))  # type: ignore[union-attr]
    shares = [float(row[name].value) if row[name] else None for name in ("threshold", "precision")]
    previous = row["previous"].value if row["previous"] else ""
    return RunFacts(row["run"].value, previous, row["ended"].value, tuple(used), *shares)


def _to_change(row: ox.QuerySolution) -> Change:
    action = _ACTIONS.get(row["action"].value)
    if action is None:
        raise StoreError(
            f"change {row['change'].value!r}: expected an action among {', '.join(_ACTIONS)}, "
            f"came {row['action'].value!r}; build the graph again",
            subject=row["change"],
        )
    return Change(
        run=row["run"].value,
        document=row["document"].value,
        source=row["source"].value,
        action=action,
        digest=row["digest"].value,
        triples=int(row["triples"].value),
        reason=row["reason"].value if row["reason"] else "",
    )
