"""What leaves the graph and what may come back, each with a word in the graph of runs."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from kgbuild.graph.history import retractions
from kgbuild.graph.provenance import Change, DocumentGraph, Retraction, change_quads, retraction_quads
from kgbuild.graph.store import GraphStore

__all__ = ["drop_vanished", "restore_documents", "retract_documents", "with_change"]


def with_change(graph: DocumentGraph, change: Change, *, base: str) -> DocumentGraph:
    """The document's graph with what is to be said of its change."""
    return replace(graph, change=tuple(change_quads(change, base=base)))


def drop_vanished(store: GraphStore, documents: Sequence[str], *, run: str, base: str) -> int:
    """How many of the documents were there; they are gone, and the graph of runs says so.

    It says so first: after a run that was killed here the digest of what went would be unknown. Raises: StoreError.
    """
    known = store.catalogue() if documents else {}
    found = [known[document] for document in documents if document in known]
    changes = (Change(run, entry.document, entry.source, "removed", entry.digest) for entry in found)
    store.put_changes(quad for change in changes for quad in change_quads(change, base=base))
    return store.drop_documents(entry.document for entry in found)


def retract_documents(store: GraphStore, documents: Sequence[str], *, run: str, base: str, reason: str) -> int:
    """How many of the documents were there; each has given way to its retraction, in one transaction.

    Raises: StoreError.
    """
    known = store.catalogue() if documents else {}
    entries = [known[document] for document in documents if document in known]
    kept = [Retraction(entry.document, entry.source, entry.origin, entry.digest, run, reason) for entry in entries]
    graphs = (DocumentGraph(item.document, tuple(retraction_quads(item, base=base))) for item in kept)
    _replace(store, graphs, kept, "retracted", run=run, base=base, reason=reason)
    return len(kept)


def restore_documents(store: GraphStore, documents: Sequence[str], *, run: str, base: str, reason: str) -> int:
    """How many of the documents were retracted; nothing keeps them out any more. Raises: StoreError."""
    known = retractions(store) if documents else {}
    kept = [known[document] for document in documents if document in known]
    graphs = (DocumentGraph(item.document, ()) for item in kept)
    _replace(store, graphs, kept, "restored", run=run, base=base, reason=reason)
    return len(kept)


def _replace(
    store: GraphStore,
    graphs: Iterable[DocumentGraph],
    retracted: Iterable[Retraction],
    action: Literal["retracted", "restored"],
    *,
    run: str,
    base: str,
    reason: str,
) -> None:
    changes = (Change(run, item.document, item.source, action, item.digest, reason=reason) for item in retracted)
    store.replace_documents(
        with_change(graph, change, base=base) for graph, change in zip(graphs, changes, strict=True)
    )
