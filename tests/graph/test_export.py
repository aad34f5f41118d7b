"""The exported files say the same as the store, in the same bytes each time."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import pyoxigraph as ox
import pytest
import rdflib

from kgbuild.errors import StoreError
from kgbuild.graph import GraphStore, export_graph
from kgbuild.graph.facts import distinct_facts, keep_facts
from kgbuild.records import ClaimedDocument

from .conftest import BASE, KGB, MakeDocument, MakeGraph
from .test_quads import NASTY

GOLDEN = Path(__file__).parents[1] / "golden"
RAPPER = shutil.which("rapper")


@pytest.fixture
def filled(
    store: GraphStore, ada: ClaimedDocument, grace: ClaimedDocument, make_document: MakeDocument, make_graph: MakeGraph
) -> GraphStore:
    facts = [("{head} met {tail}.", name, "workedWith", "21 st-Bob_x ", 0.9) for name in NASTY]
    nasty = make_document("file:///corpus/nasty.txt", *facts)
    store.replace_documents(map(make_graph, (ada, grace, nasty)))
    return store


@pytest.mark.parametrize(("name", "format"), [("ada.ttl", "turtle"), ("ada.trig", "trig")])
def test_golden(name: str, format: str, ada: ClaimedDocument, make_graph: MakeGraph, tmp_path: Path) -> None:
    """A fixed document is exported to the bytes that a person has read and agreed to."""
    with GraphStore.open(tmp_path / "store", create=True) as opened:
        opened.replace_documents([make_graph(ada)])
        export_graph(opened, tmp_path / name, format=format)
    assert (tmp_path / name).read_text(encoding="utf-8") == (GOLDEN / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("format", ["turtle", "trig", "nquads", "jsonld", "graphml"])
def test_order_of_writing_does_not_show(
    format: str, ada: ClaimedDocument, grace: ClaimedDocument, make_graph: MakeGraph, tmp_path: Path
) -> None:
    """Two stores that were filled in different order are exported to the same bytes."""
    written = []
    for number, order in enumerate(((ada, grace), (grace, ada))):
        with GraphStore.open(tmp_path / f"store{number}", create=True) as opened:
            for claimed in order:
                opened.replace_documents([make_graph(claimed)])
            export_graph(opened, tmp_path / f"out{number}", format=format, evidence=True)
        written.append((tmp_path / f"out{number}").read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize("evidence", [False, True])
def test_turtle_is_read_by_rdflib(filled: GraphStore, tmp_path: Path, evidence: bool) -> None:
    """Rdflib reads as many triples from the Turtle as were written, all of them the store's."""
    written = export_graph(filled, tmp_path / "g.ttl", format="turtle", evidence=evidence)
    assert len(rdflib.Graph().parse(tmp_path / "g.ttl")) == written
    wanted = {quad.triple for quad in filled.quads()} if evidence else set(distinct_facts(filled))
    assert set(ox.parse(path=str(tmp_path / "g.ttl"))) == {
        ox.Quad(triple.subject, triple.predicate, triple.object) for triple in wanted
    }


@pytest.mark.skipif(RAPPER is None, reason="rapper is not installed; Debian has it in raptor2-utils")
@pytest.mark.parametrize("evidence", [False, True])
def test_turtle_is_read_by_rapper(filled: GraphStore, tmp_path: Path, evidence: bool) -> None:
    """A second parser, written in C, reads as many triples as were written and warns of nothing."""
    written = export_graph(filled, tmp_path / "g.ttl", format="turtle", evidence=evidence)
    command = [str(RAPPER), "-c", "-i", "turtle", str(tmp_path / "g.ttl")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert re.search(r"returned (\d+) triples", said)[1] == str(written)
    assert "warning" not in said.lower()


def test_facts_are_what_the_documents_state(filled: GraphStore) -> None:
    """The facts that are found by their evidence and names are those that each document's graph holds."""
    stated = {fact for document in filled.catalogue() for fact in keep_facts(filled.quads(document))}
    assert set(distinct_facts(filled)) == stated


def test_turtle_holds_facts_alone(filled: GraphStore, tmp_path: Path) -> None:
    """Without evidence no subject is a document, a span, evidence or a run, and every fact is there once."""
    export_graph(filled, tmp_path / "g.ttl", format="turtle")
    subjects = {str(subject) for subject in rdflib.Graph().parse(tmp_path / "g.ttl").subjects()}
    assert all(subject.startswith(f"{BASE}entity/") for subject in subjects)
    text = (tmp_path / "g.ttl").read_text(encoding="utf-8")
    assert text.count("kgb:workedWith entity:charles-babbage-") == 1


@pytest.mark.parametrize(("format", "parser"), [("trig", ox.RdfFormat.TRIG), ("nquads", ox.RdfFormat.N_QUADS)])
def test_quads_keep_their_graphs(filled: GraphStore, tmp_path: Path, format: str, parser: ox.RdfFormat) -> None:
    """TriG and N-Quads hold every quad of the store in its graph."""
    written = export_graph(filled, tmp_path / "g", format=format)
    assert set(ox.parse(path=str(tmp_path / "g"), format=parser)) == set(filled.quads())
    assert written == filled.counts().quads


# rdflib's own reader of JSON-LD uses names that rdflib has deprecated
@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
def test_jsonld_is_read_by_rdflib(filled: GraphStore, tmp_path: Path) -> None:
    """JSON-LD is JSON, and rdflib reads the facts of the store from it."""
    written = export_graph(filled, tmp_path / "g.jsonld", format="jsonld")
    text = (tmp_path / "g.jsonld").read_text(encoding="utf-8")
    json.loads(text)
    assert len(rdflib.Graph().parse(data=text, format="json-ld")) == written == len(distinct_facts(filled))


def test_graphml_is_read_by_networkx(filled: GraphStore, tmp_path: Path) -> None:
    """GraphML has names, types, predicates and the best probability, with nothing that XML refuses."""
    written = export_graph(filled, tmp_path / "g.graphml", format="graphml")
    graph = nx.read_graphml(tmp_path / "g.graphml", force_multigraph=True)
    assert graph.number_of_edges() == written == filled.counts().triples
    labels = {data["label"]: node for node, data in graph.nodes(data=True)}
    edges = graph.get_edge_data(labels["Ada Lovelace"], labels["Charles Babbage"])
    (edge,) = edges.values()
    assert (edge["label"], edge["probability"]) == ("worked with", 0.93)
    assert graph.nodes[labels["Ada Lovelace"]]["type"] == f"{KGB}Person"


def test_an_empty_graph_is_a_valid_file(store: GraphStore, tmp_path: Path) -> None:
    """A graph without documents gives a Turtle file without triples."""
    assert export_graph(store, tmp_path / "deep" / "g.ttl", format="turtle") == 0
    assert len(rdflib.Graph().parse(tmp_path / "deep" / "g.ttl")) == 0


def test_a_failed_export_leaves_the_old_file(
    filled: GraphStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When writing stops half-way, the file of before is untouched and nothing lies beside it."""
    out = tmp_path / "g.ttl"
    out.write_text("before", encoding="utf-8")
    monkeypatch.setattr("kgbuild.graph.export.distinct_facts", _broken)
    with pytest.raises(RuntimeError, match="stopped"):
        export_graph(filled, out, format="turtle")
    assert out.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [out]


def _broken(store: GraphStore) -> Callable[[], None]:
    raise RuntimeError("stopped")


def test_a_place_that_cannot_be_written_is_named(filled: GraphStore, tmp_path: Path) -> None:
    """A file below another file is refused by name."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match=r"g\.ttl' cannot be written"):
        export_graph(filled, tmp_path / "file" / "g.ttl", format="turtle")
