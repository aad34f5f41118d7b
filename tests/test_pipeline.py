"""The whole in memory."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

import kgbuild
from kgbuild import stages
from kgbuild.config import Settings
from kgbuild.errors import MissingError
from kgbuild.graph import GraphStore, QueryTable
from kgbuild.pipeline import Graph


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two documents and a file that is refused."""
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "ada.txt").write_text("Ada Lovelace worked with Charles Babbage in London in 1843.", encoding="utf-8")
    (folder / "grace.txt").write_text("Grace Hopper met Howard Aiken at Harvard.", encoding="utf-8")
    (folder / "empty.txt").touch()
    return folder


@pytest.fixture(scope="module")
def graph(corpus: Path, small_settings: Settings) -> Graph:
    """Their graph."""
    return kgbuild.build([corpus], small_settings)


def test_same_document_graphs_as_stages(graph: Graph, corpus: Path, small_settings: Settings, tmp_path: Path) -> None:
    """Each document's graph in memory holds the quads that the stages write to disk."""
    done = stages.build(small_settings, [str(corpus)], tmp_path / "graph", now=datetime(2026, 1, 1, tzinfo=UTC))
    with GraphStore.open(tmp_path / "graph" / "store") as store:
        documents = sorted(store.catalogue())
        assert documents == sorted(graph.store.catalogue())
        for document in documents:
            assert set(map(str, store.quads(document))) == set(map(str, graph.store.quads(document)))
    assert done.claims > 0
    assert [item.reason for item in graph.refusals] == [item.reason for item in done.refusals] == ["empty"]


def test_graph_is_queried(graph: Graph) -> None:
    """A query gives rows as a person reads them, or text."""
    sparql = "SELECT DISTINCT ?name { ?x a <https://example.org/small#Place> ; rdfs:label ?name }"
    assert graph.query(sparql) == QueryTable(("name",), (("London",),))
    assert str(graph.query(sparql, format="csv")).split() == ["name", "London"]


def test_graph_explains(graph: Graph) -> None:
    """A name's triples come with their sentence; an unknown name is refused with the nearest."""
    found = graph.explain("Grace Hopper")
    assert {item.passage for item in found} == {"Grace Hopper met Howard Aiken at Harvard."}
    with pytest.raises(MissingError, match="Grace Hopper"):
        graph.explain("Grace Hoper")


def test_graph_converts(graph: Graph) -> None:
    """The networkx graph gets an edge a fact between entities, rdflib every fact, and with evidence all the rest."""
    network, facts = graph.to_networkx(), graph.to_rdflib()
    names = {attributes.get("label") for _, attributes in network.nodes(data=True)}
    assert {"Ada Lovelace", "Charles Babbage", "Harvard"} <= names
    assert network.number_of_edges() > 0
    assert len(graph.to_rdflib(evidence=True)) > len(facts) > network.number_of_edges()


def test_missing_path_is_told_before_models_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that does not exist is named before anything else is done."""
    monkeypatch.delattr("kgbuild.pipeline.load_models")
    with pytest.raises(MissingError, match="no-such-folder"):
        kgbuild.build(["no-such-folder"])
