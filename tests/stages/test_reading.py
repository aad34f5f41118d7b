"""The stages that read a graph."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.errors import MissingError, SettingError, StoreError
from kgbuild.stages import BuildSummary

READERS: dict[str, Callable[[Path], object]] = {
    "query": lambda graph: stages.query(graph, "ASK { ?s ?p ?o }"),
    "export": lambda graph: stages.export(graph, graph.with_name("out.ttl")),
    "explain": lambda graph: stages.explain(graph, "Ada Lovelace"),
    "stats": stages.stats,
    "validate": stages.validate,
}


@pytest.mark.parametrize("name", READERS)
def test_missing_graph_is_named(name: str, tmp_path: Path) -> None:
    """A graph that is not there is named with what to do, and not made."""
    graph = tmp_path / "no-graph"
    with pytest.raises(MissingError, match=r"no-graph' does not exist; build a graph there first"):
        READERS[name](graph)
    assert not graph.exists()


@pytest.mark.parametrize("name", READERS)
def test_folder_without_graph_is_named(name: str, tmp_path: Path) -> None:
    """A folder that holds no graph, or a file in its place, is told apart."""
    with pytest.raises(MissingError, match="holds no graph"):
        READERS[name](tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="is a file"):
        READERS[name](tmp_path / "file")


def test_finished_graph_is_read(build: Callable[..., BuildSummary], graph: Path, tmp_path: Path) -> None:
    """A query, an explanation, the statistics and an export of each suffix come out of one graph."""
    done = build()
    assert stages.query(graph, "ASK { ?e rdfs:label 'Ada Lovelace' }", format="csv") == "true"
    found = stages.explain(graph, "ada lovelace")
    assert {item.passage[item.head.start : item.head.end] for item in found} >= {"Ada Lovelace"}
    assert stages.stats(graph).documents == 5
    written = {
        suffix: stages.export(graph, tmp_path / f"graph{suffix}")
        for suffix in (".ttl", ".trig", ".nq", ".jsonld", ".graphml")
    }
    assert written[".trig"] == written[".nq"] > written[".ttl"] == written[".jsonld"] > done.triples
    assert all((tmp_path / f"graph{suffix}").stat().st_size for suffix in written)


def test_unknown_suffix_is_refused(tmp_path: Path) -> None:
    """An output without a known suffix needs a format."""
    with pytest.raises(SettingError, match=r"graph\.xyz.*name a format"):
        stages.export(tmp_path, tmp_path / "graph.xyz")
