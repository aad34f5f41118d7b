"""The same corpus gives the same bytes."""

import os
from collections.abc import Callable
from pathlib import Path

from kgbuild.config import Settings
from kgbuild.stages import BuildSummary

Build = Callable[..., BuildSummary]


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
    from datetime import UTC, datetime

    from kgbuild import stages

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
