"""What was decided, brought into the graph: the documents that decisions are about are made again from their claims.

A decision is in its file first. Until the graph's own record of the decisions tells of it, it waits; the next build or
review settles it, so that a process may be killed at any moment.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild.config import VOCABULARY
from kgbuild.decisions import Decision, Decisions, Review
from kgbuild.errors import HandoffError, MissingError
from kgbuild.handoff import read_records
from kgbuild.ontology import load_ontology
from kgbuild.records import ClaimedDocument
from kgbuild.stages.decided import read_reviews
from kgbuild.stages.folders import RUNS, STORE, beside_shard, open_store, shard_path
from kgbuild.stages.identities import settle_identity_in
from kgbuild.stages.runs import kept_settings, read_plan

if TYPE_CHECKING:
    from kgbuild.graph import CatalogueEntry, DocumentGraph, GraphStore

__all__ = ["claimed_by_run", "settle", "settle_in"]


def settle(graph: Path) -> int:
    """How many decisions were new to the graph; it holds what they say now, as far as their passages are there.

    A document whose run has lost its files is due again: the next build that finds it reads it anew.
    Raises: HandoffError, StoreError.
    """
    reviews = read_reviews(graph)
    if not reviews or not (graph / STORE).is_dir():
        return 0
    with open_store(graph) as store:
        return settle_in(store, graph, reviews)


def settle_in(store: "GraphStore", graph: Path, reviews: Sequence[Review]) -> int:
    """The same for a store that is open, be it the graph's own or one that is made from its runs."""
    from kgbuild.graph import Beliefs, make_due, put_decisions, waiting_decisions

    run = store.last_run()
    base = (run or "").rpartition("run/")[0]
    waiting = waiting_decisions(store, reviews, base) if run else []
    if run is None or not waiting:
        return 0
    left = _touched(store, waiting)
    with Beliefs(store, base, run=run) as beliefs:
        store.replace_documents(beliefs.watch(_made_again(graph, left, Decisions(reviews))))
    make_due(store, left)
    put_decisions(store, reviews, base)
    settle_identity_in(store, graph)
    return len(waiting)


def claimed_by_run(graph: Path, run: str) -> Iterator[ClaimedDocument]:
    """The documents of a run with their claims, before any decision. Raises: HandoffError."""
    folder = _folder(graph, run)
    for number in range(read_plan(folder).shards):
        yield from read_records(beside_shard(shard_path(folder, number), "claimed"), ClaimedDocument)


def _touched(store: "GraphStore", waiting: list[Decision]) -> "dict[str, CatalogueEntry]":
    """The documents that the decisions are about, by their IRI."""
    near = {name for item in waiting for name in (item.place.source, item.place.digest)}
    known = store.catalogue()
    return {iri: entry for iri, entry in known.items() if entry.source in near or entry.digest in near}


def _made_again(graph: Path, left: "dict[str, CatalogueEntry]", decisions: Decisions) -> "Iterator[DocumentGraph]":
    """The graphs of the documents with what was decided; those that are not left are made."""
    from kgbuild.graph import checked_graph, load_shapes

    shapes = load_shapes(VOCABULARY / "shapes.ttl")
    for run in sorted({entry.run for entry in left.values()}):
        with suppress(HandoffError, MissingError):
            settings = kept_settings(_folder(graph, run))
            ontology = load_ontology(settings.ontology)
            for item in claimed_by_run(graph, run):
                entry = left.get(item.annotated.document.iri)
                if entry is not None and entry.run == run:
                    done = decisions.apply(item, ontology)
                    yield checked_graph(done, ontology, settings.graph, shapes, recipe=entry.recipe, run=run).graph
                    del left[entry.document]


def _folder(graph: Path, run: str) -> Path:
    return graph / RUNS / run.rsplit("/", 1)[-1]
