"""The same corpus gives the same bytes."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.config import Settings
from kgbuild.graph import QueryTable
from kgbuild.stages import BuildSummary
from kgbuild.stages.identities import DECISIONS

Build = Callable[..., BuildSummary]
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_file_order_does_not_matter(
    build: Build, corpus: Path, tmp_path: Path, statements: Callable[[Path], str]
) -> None:
    """The corpus as a folder, as files in reverse order, and written anew in another order gives the same N-Quads."""
    build(into=tmp_path / "folder")
    files = sorted(corpus.iterdir())
    build(*reversed(files), into=tmp_path / "files")
    texts = {path: path.read_bytes() for path in files}
    for path in files:
        path.unlink()
    for path in reversed(files):
        path.write_bytes(texts[path])
    build(corpus, files[0], into=tmp_path / "anew")
    assert statements(tmp_path / "folder").count("\n") > 100
    assert statements(tmp_path / "folder") == statements(tmp_path / "files") == statements(tmp_path / "anew")


def test_hand_over_files_are_the_same_bytes(build: Build, tmp_path: Path) -> None:
    """Each stage writes the same Parquet files in two graphs of the same corpus."""
    first, second = (Path(build(into=tmp_path / name).folder) for name in ("one", "two"))
    names = sorted(path.name for path in first.glob("*.parquet"))
    assert {name.partition("-")[0] for name in names} == {"documents", "annotated", "scored", "claimed"}
    assert [(first / name).read_bytes() for name in names] == [(second / name).read_bytes() for name in names]


def test_progress_is_told(corpus: Path, graph: Path, settings: Settings) -> None:
    """Each stage reports from nothing to all it has, in order."""
    told: dict[str, list[tuple[int, int]]] = {}

    def note(stage: str, done: int, total: int) -> None:
        told.setdefault(stage, []).append((done, total))

    done = stages.build(settings, [os.fspath(corpus)], graph, now=datetime(2026, 1, 1, tzinfo=UTC), progress=note)
    assert list(told) == ["discover", "recognise", "score", "accept", "write"]
    assert told["discover"][-1] == (5, 0)
    assert told["write"] == [(number, 5) for number in range(6)]
    for stage in ("recognise", "score", "accept"):
        assert told[stage][0][0] == 0
        assert told[stage][-1][0] == told[stage][-1][1] > 0
    assert done.seconds > 0


def test_summary_counts_what_the_graph_holds(build: Build, graph: Path) -> None:
    """Claims, triples and documents of the summary are those that the store counts."""
    from kgbuild.graph import GraphStore

    done = build()
    with GraphStore.open(graph / "store") as store:
        counts = store.counts()
    assert (counts.documents, counts.triples, counts.evidence) == (5, done.triples, done.claims)
    none = dict.fromkeys(("changed", "unchanged", "removed", "refused", "retracted", "reaccepted", "rescored"), 0)
    assert done.to_json()["documents"] == {"added": 5, **none}


def same_as(graph: Path) -> set[tuple[str, ...]]:
    """What `owl:sameAs` leads to, once for each that it leads from."""
    answer = stages.query(graph, "SELECT ?a ?b { ?a owl:sameAs ?b }")
    assert isinstance(answer, QueryTable)
    return {(one.rpartition("/")[2].rpartition("-")[0], other) for one, other in answer.rows}


@pytest.fixture
def vocabulary(tmp_path: Path) -> Path:
    """A vocabulary that lists one person."""
    path = tmp_path / "v.csv"
    path.write_text("iri,label,type\nurn:ada,Ada Lovelace,PER\n", encoding="utf-8")
    return path


@pytest.fixture
def across(settings: Settings, vocabulary: Path) -> Settings:
    """Settings that keep identities current, with the vocabulary."""
    return settings.model_copy(
        update={"resolve": settings.resolve.model_copy(update={"across": True, "vocabulary": vocabulary})}
    )


def test_a_build_keeps_identities_current(
    build: Build, across: Settings, vocabulary: Path, corpus: Path, graph: Path, statements: Callable[[Path], str]
) -> None:
    """With `resolve.across` a build resolves what it changed or what was left, and when the vocabulary is another.

    What is unchanged is left alone: no byte of the decisions and no statement changes.
    """
    build()
    assert not (graph / DECISIONS).exists()
    done = build(given=across)  # as after a build that was killed before it could resolve
    assert done.run is None
    assert done.linking is not None
    assert done.linking.links == 1
    assert same_as(graph) == {("ada-lovelace", "urn:ada")}
    before = (graph / DECISIONS).read_bytes(), statements(graph)
    done = build(given=across)
    assert (done.run, done.linking) == (None, None)
    assert ((graph / DECISIONS).read_bytes(), statements(graph)) == before
    (corpus / "new.txt").write_text("Grace Hopper met Alan Turing.", encoding="utf-8")
    vocabulary.write_text("iri,label,type\nurn:ada,Ada Lovelace,PER\nurn:alan,Alan Turing,PER\n", encoding="utf-8")
    build(given=across)
    assert same_as(graph) == {("ada-lovelace", "urn:ada"), ("alan-turing", "urn:alan")}
    vocabulary.write_text("iri,label,type\nurn:alan,Alan Turing,PER\n", encoding="utf-8")
    assert build(given=across).run is None
    assert same_as(graph) == {("alan-turing", "urn:alan")}


def test_what_was_undone_stays_so_until_something_changes(
    build: Build, across: Settings, corpus: Path, graph: Path
) -> None:
    """After `resolve --undo` a build that finds nothing new leaves the graph without identities; another tells them."""
    build(given=across)
    assert same_as(graph) == {("ada-lovelace", "urn:ada")}
    stages.unresolve(graph, now=NOW)
    build(given=across)
    assert same_as(graph) == set()
    (corpus / "new.txt").write_text("Grace Hopper met Alan Turing.", encoding="utf-8")
    build(given=across)
    assert same_as(graph) == {("ada-lovelace", "urn:ada")}
