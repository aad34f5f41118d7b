"""Documents leave the graph and may come back, each time with a word in the graph of runs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from kgbuild.graph import (
    GraphStore,
    RunRecord,
    changes_of_document,
    changes_of_runs,
    drop_vanished,
    known_sources,
    restore_documents,
    retract_documents,
    retractions,
    runs_in_order,
    with_change,
)
from kgbuild.graph.provenance import Change, Retraction, change_quads, retraction_quads
from kgbuild.records import ClaimedDocument

from .conftest import BASE, RUN, MakeGraph

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def put_run(store: GraphStore, name: str, previous: str | None = None, **more: float) -> str:
    """The IRI of a run that is in the store."""
    iri = f"{BASE}run/{name}"
    store.put_run(RunRecord(iri, BASE, NOON, NOON, (f"{BASE}model/m",), previous=previous, **more))
    return iri


def test_retraction_replaces_the_document(store: GraphStore, ada: ClaimedDocument, make_graph: MakeGraph) -> None:
    """Graph and catalogue entry give way to one entry that knows source, file, digest, run and reason."""
    document = ada.annotated.document
    store.replace_documents([make_graph(ada)])
    assert retract_documents(store, [document.iri, f"{BASE}document/x"], run=RUN, base=BASE, reason="a\n'forgery'") == 1
    kept = Retraction(document.iri, document.source, document.origin, document.digest, RUN, "a\n'forgery'")
    assert retractions(store) == {document.iri: kept}
    assert (store.catalogue(), list(store.quads(document.iri)), store.counts().documents) == ({}, [], 0)
    assert restore_documents(store, [document.iri], run=f"{RUN}b", base=BASE, reason="") == 1
    assert retractions(store) == {}
    assert document.iri not in store.graphs()
    assert known_sources(store) == {document.iri: document.source}


def test_document_that_is_written_lifts_its_retraction(
    store: GraphStore, ada: ClaimedDocument, grace: ClaimedDocument, make_graph: MakeGraph
) -> None:
    """Writing a document anew takes its own retraction away and leaves the others."""
    both = [ada.annotated.document.iri, grace.annotated.document.iri]
    store.replace_documents([make_graph(ada), make_graph(grace)])
    retract_documents(store, both, run=RUN, base=BASE, reason="")
    store.replace_documents([make_graph(ada)])
    assert (list(retractions(store)), list(store.catalogue())) == ([both[1]], [both[0]])


def test_repeated_acts_leave_the_same_quads(store: GraphStore, ada: ClaimedDocument, make_graph: MakeGraph) -> None:
    """Each act that is done twice leaves the quads of once."""
    document = [ada.annotated.document.iri]

    def twice(act: Callable[[], int]) -> None:
        assert act() == 1
        once = set(store.quads())
        assert act() == 0
        assert set(store.quads()) == once

    store.replace_documents([make_graph(ada)])
    twice(lambda: retract_documents(store, document, run=RUN, base=BASE, reason="r"))
    twice(lambda: restore_documents(store, document, run=f"{RUN}b", base=BASE, reason=""))
    store.replace_documents([make_graph(ada)])
    twice(lambda: drop_vanished(store, document, run=f"{RUN}c", base=BASE))


def test_changes_come_in_the_order_of_runs(store: GraphStore, ada: ClaimedDocument, make_graph: MakeGraph) -> None:
    """Whatever their names and times, changes follow the chain of runs, and those of an unfinished run are left out."""
    document = ada.annotated.document
    last = put_run(store, "a", f"{BASE}run/b")
    first = put_run(store, "b", threshold=0.5)
    made = [Change(run, document.iri, document.source, "added", document.digest, 3) for run in (first, f"{BASE}run/z")]
    for change in made:
        store.replace_documents([with_change(make_graph(ada), change, base=BASE)])
    drop_vanished(store, [document.iri], run=last, base=BASE)
    gone = Change(last, document.iri, document.source, "removed", document.digest)
    assert changes_of_document(store, document.iri) == [made[0], gone]
    assert list(changes_of_runs(store, [last, first])) == [gone, made[0]]
    assert [(run.iri, run.threshold, run.precision) for run in runs_in_order(store)] == [
        (first, 0.5, None),
        (last, None, None),
    ]


def test_graph_without_runs_has_no_history(store: GraphStore) -> None:
    """An empty graph has no runs, no changes and no retractions."""
    assert (runs_in_order(store), changes_of_document(store, f"{BASE}document/x"), retractions(store)) == ([], [], {})


@pytest.mark.parametrize("source", ["file:///a.txt", "words, no IRI", 'a "quoted"\n\x00 line'])
def test_every_source_and_reason_can_be_kept(source: str, store: GraphStore) -> None:
    """What no store could hold is replaced; all else comes back as it was, and no node is blank."""
    change = Change(RUN, f"{BASE}document/d", source, "retracted", "0" * 64, reason=source)
    kept = Retraction(change.document, source, "", "0" * 64, RUN, source)
    quads = [*change_quads(change, base=BASE), *retraction_quads(kept, base=BASE)]
    store.put_changes(quads)
    shown = source.replace("\x00", "\ufffd")
    [found] = changes_of_runs(store, [RUN])
    assert (found.source, found.reason) == (shown, shown)
    assert retractions(store)[change.document].reason == shown
    assert not any(str(quad.subject).startswith("_:") for quad in quads)


def test_runs_end_when_they_ended(store: GraphStore) -> None:
    """A run tells when it ended, in UTC."""
    store.put_run(RunRecord(RUN, BASE, NOON, NOON + timedelta(minutes=1), (), precision=0.9))
    [run] = runs_in_order(store)
    assert (run.ended, run.precision, run.previous, run.used) == ("2026-01-02T12:01:00Z", 0.9, "", ())
