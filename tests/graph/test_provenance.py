"""Documents and runs become quads of the catalogue and of the runs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pyoxigraph as ox
import pytest

from kgbuild.errors import StoreError
from kgbuild.graph.provenance import RunRecord, catalogue_quads, run_quads
from kgbuild.graph.vocabulary import Kgb, Prov, Rdf
from kgbuild.records import ClaimedDocument

from .conftest import BASE, RUN, MakeGraph

NOON = datetime(2026, 1, 2, 12, 0, 0, 250, tzinfo=UTC)
RECORD = RunRecord(RUN, BASE, NOON, NOON + timedelta(minutes=1), (f"{BASE}model/m", f"{BASE}ontology"), threshold=0.5)


def _values(quads: list[ox.Quad]) -> dict[ox.NamedNode, list[str]]:
    found: dict[ox.NamedNode, list[str]] = {}
    for quad in quads:
        found.setdefault(quad.predicate, []).append(quad.object.value)
    return found


def test_catalogue_entry_holds_what_the_document_says(ada: ClaimedDocument) -> None:
    """The catalogue names source, origin, title, format, digest, recipe and run, in the catalogue's graph."""
    document = replace(ada.annotated.document, date="1843-09-01")
    quads = list(catalogue_quads(document, base=BASE, recipe="abc", run=RUN))
    values = _values(quads)
    assert {quad.graph_name.value for quad in quads} == {f"{BASE}graph/catalog"}
    assert values[Rdf.SOURCE] == values[Kgb.ORIGIN] == ["file:///corpus/ada.txt"]
    assert (values[Rdf.TITLE], values[Rdf.FORMAT], values[Rdf.DATE]) == (["Ada"], ["txt"], ["1843-09-01"])
    assert (values[Kgb.TEXT_DIGEST], values[Kgb.RECIPE]) == ([document.digest], ["abc"])
    assert values[Prov.GENERATED] == [RUN]


def test_what_is_not_known_is_left_out(ada: ClaimedDocument) -> None:
    """A document without title, date and origin has no empty values."""
    document = replace(ada.annotated.document, title=None, origin="")
    values = _values(list(catalogue_quads(document, base=BASE, recipe="abc", run=RUN)))
    assert not {Rdf.TITLE, Rdf.DATE, Kgb.ORIGIN} & set(values)


def test_a_source_that_is_no_iri_is_text(ada: ClaimedDocument) -> None:
    """A source that a jsonl line gives in words is kept as a literal."""
    document = replace(ada.annotated.document, source="a letter of 1843")
    sources = [quad.object for quad in catalogue_quads(document, base=BASE, recipe="r", run=RUN)]
    assert ox.Literal("a letter of 1843") in sources


def test_document_graph_joins_both(ada: ClaimedDocument, make_graph: MakeGraph) -> None:
    """What is written for a document stands in its own graph and in the catalogue, nowhere else."""
    graph = make_graph(ada)
    names = {quad.graph_name.value for quad in graph.quads}
    assert names == {ada.annotated.document.iri, f"{BASE}graph/catalog"}


def test_run_is_an_activity() -> None:
    """A run states its times in UTC to the second, what it used, its threshold, its counts and the run before."""
    zone = timezone(timedelta(hours=2))
    record = replace(RECORD, started=NOON.astimezone(zone), previous=f"{BASE}run/r0", documents=3, removed=2, claims=7)
    quads = list(run_quads(record))
    values = _values(quads)
    assert {quad.graph_name.value for quad in quads} == {f"{BASE}graph/runs"}
    assert values[Prov.STARTED] == ["2026-01-02T12:00:00Z"]
    assert values[Prov.ENDED] == ["2026-01-02T12:01:00Z"]
    assert values[Prov.USED] == [f"{BASE}model/m", f"{BASE}ontology"]
    assert (values[Kgb.THRESHOLD], values[Prov.INFORMED]) == (["0.5"], [f"{BASE}run/r0"])
    counts = [values[key] for key in (Kgb.DOCUMENT_COUNT, Kgb.REMOVED_COUNT, Kgb.CLAIM_COUNT)]
    assert counts == [["3"], ["2"], ["7"]]
    assert Kgb.PRECISION not in values


def test_run_with_a_wanted_precision() -> None:
    """A run that asked for a precision states it and no threshold."""
    values = _values(list(run_quads(replace(RECORD, threshold=None, precision=0.9))))
    assert values[Kgb.PRECISION] == ["0.9"]
    assert Kgb.THRESHOLD not in values


def test_a_time_needs_its_zone() -> None:
    """A time without a zone is refused, since it would mean another instant elsewhere."""
    with pytest.raises(StoreError, match="time zone"):
        list(run_quads(replace(RECORD, started=datetime(2026, 1, 2))))


def test_literals_are_kept_by_the_store(ada: ClaimedDocument, make_graph: MakeGraph) -> None:
    """The store gives back every literal as it was written, so that hashes of both agree."""
    quads = {*make_graph(ada).quads, *run_quads(RECORD)}
    store = ox.Store()
    store.extend(quads)
    assert set(store) == quads
