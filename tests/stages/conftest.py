"""A corpus of five documents, and what builds it with the small model and a gazetteer that knows the names."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.config import Settings
from kgbuild.stages import BuildSummary

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FILES = {
    "ada.txt": "Ada Lovelace worked with Charles Babbage in London.\n\nIn 1843 Ada Lovelace wrote to Charles Babbage.",
    "grace.md": "# Grace Hopper\n\nGrace Hopper joined the Navy. At Harvard Grace Hopper met Howard Aiken.",
    "mary.html": "<html><head><title>Mary</title></head><body><p>Mary Somerville taught Ada Lovelace in London for "
    "several years and wrote books that were read at Cambridge.</p></body></html>",
    "letters.jsonl": '{"id": "a", "text": "Charles Babbage left Cambridge for London."}\n'
    '{"id": "b", "text": "Alan Turing read Ada Lovelace in Cambridge.", "source": "https://example.org/turing"}\n',
}

Build = Callable[..., BuildSummary]


@pytest.fixture
def settings(small_settings: Settings) -> Settings:
    """Settings under which every pair of names in a sentence is claimed to be related."""
    return small_settings


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder of five documents in four formats."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """Where the graph is to be."""
    return tmp_path / "graph"


@pytest.fixture
def build(settings: Settings, corpus: Path, graph: Path) -> Build:
    """Builds the corpus into the graph; anything may be said otherwise."""

    def run(*paths: Path, into: Path = graph, given: Settings = settings) -> BuildSummary:
        return stages.build(given, [os.fspath(path) for path in paths or (corpus,)], into, now=NOW)

    return run


@pytest.fixture(scope="session")
def small_graph(tmp_path_factory: pytest.TempPathFactory, small_settings: Settings) -> Path:
    """The graph of one document, built once; a test that changes it takes a copy."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "ada.txt").write_text(FILES["ada.txt"], encoding="utf-8")
    stages.build(small_settings, [str(folder / "ada.txt")], folder / "graph", now=NOW)
    return folder / "graph"


@pytest.fixture
def statements(tmp_path: Path) -> Callable[[Path], str]:
    """The N-Quads of a graph, without the times of its runs."""

    def read(graph: Path) -> str:
        out = tmp_path / f"{graph.name}.nq"
        stages.export(graph, out)
        lines = out.read_text(encoding="utf-8").splitlines(keepends=True)
        return "".join(line for line in lines if "AtTime>" not in line)

    return read
