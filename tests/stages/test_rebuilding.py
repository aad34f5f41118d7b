"""The store is made again from the files of its runs, and checked against them."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph as ox
import pytest

from kgbuild import stages
from kgbuild.cli import main
from kgbuild.config import Settings
from kgbuild.errors import HandoffError, MissingError, StoreInUseError
from kgbuild.graph.vocabulary import Kgb
from kgbuild.stages import BuildSummary
from kgbuild.stages.folders import FRESH, STORE, open_store

LATER = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)

Build = Callable[..., BuildSummary]


@pytest.fixture
def lived(build: Build, settings: Settings, corpus: Path, graph: Path) -> Path:
    """A graph with four runs: documents came, changed, vanished, were withdrawn and accepted anew."""
    build()
    (corpus / "ada.txt").write_text("Ada Lovelace met Mary Somerville in Rome.", encoding="utf-8")
    (corpus / "grace.md").unlink()
    build()
    stages.retract(graph, [str(corpus / "mary.html")], now=LATER, reason="wrong")
    near = settings.model_copy(update={"accept": settings.accept.model_copy(update={"threshold": 0.4})})
    build(given=near)
    return graph


def _everything(graph: Path, out: Path) -> bytes:
    stages.export(graph, out / "all.nq")
    return (out / "all.nq").read_bytes()


def test_rebuilt_store_says_the_same(lived: Path, tmp_path: Path) -> None:
    """After a life of four runs the store that is made again has the same N-Quads, times among them, to the byte."""
    before = _everything(lived, tmp_path)
    assert stages.verify(lived).sound
    made = stages.rebuild(lived)
    assert (made.runs, made.quads) == (4, len(before.splitlines()))
    assert _everything(lived, tmp_path) == before
    (lived / STORE).rename(tmp_path / "away")
    stages.rebuild(lived)
    assert _everything(lived, tmp_path) == before
    assert [path.name for path in lived.glob(".*")] == []


def test_faults_are_named(build: Build, graph: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that changed, a statement too many and one too few are each named, and a rebuild mends the store."""
    run = Path(build().folder)
    found = stages.verify(graph)
    assert (found.sound, found.runs) == (True, 1)
    assert found.graphs > 5
    with open_store(graph) as store:
        lost = min((quad for quad in store.quads() if quad.predicate == Kgb.CONFIDENCE), key=str)
        store.revise(
            [lost], [ox.Quad(ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), ox.NamedNode("urn:o"), lost.graph_name)]
        )
    (fault,) = stages.verify(graph).faults
    assert (fault.what, fault.remedy) == (lost.graph_name.value, f"run `kgbuild rebuild --graph {graph}`")
    assert fault.problem == "lacks 1 of the statements that its run wrote, and has 1 that no run wrote"
    assert main(["verify", "--graph", str(graph)]) == 1
    assert main(["rebuild", "--graph", str(graph)]) == 0
    assert main(["verify", "--graph", str(graph)]) == 0
    assert "no fault found" in capsys.readouterr().out.splitlines()[-1]
    file = run / "claimed-0000.parquet"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    (fault,) = stages.verify(graph).faults
    assert (fault.what, fault.problem.partition(":")[0]) == (str(file), "is not the file that was written")
    (run / "scored-0000.parquet").unlink()
    assert [item.problem.partition(":")[0] for item in stages.verify(graph).faults][1:] == ["is missing"]


def test_damaged_store_is_made_again(
    build: Build, graph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A store with noise in its files, or without one of them, is named with the remedy, which makes it as it was."""
    build()
    before = _everything(graph, tmp_path)
    for spoil in (_noise, _loss):
        assert spoil(graph / STORE)
        (fault,) = stages.verify(graph).faults
        assert (fault.what, fault.remedy) == (str(graph / STORE), f"run `kgbuild rebuild --graph {graph}`")
        assert main(["export", "--graph", str(graph), str(tmp_path / "out.nq")]) == 2
        assert "`kgbuild rebuild` makes it again from the files of its runs" in capsys.readouterr().err
        stages.rebuild(graph)
        assert _everything(graph, tmp_path) == before


def _noise(store: Path) -> bool:
    found = list(store.glob("*.sst"))
    for path in found:
        content = bytearray(path.read_bytes())
        content[: len(content) // 2] = b"\x55" * (len(content) // 2)
        path.write_bytes(content)
    return bool(found)


def _loss(store: Path) -> bool:
    (store / "CURRENT").write_text("noise", encoding="utf-8")
    return True


def test_killed_rebuild_is_completed(build: Build, graph: Path, tmp_path: Path) -> None:
    """A rebuild that was killed before it put the new store in its place is completed by whoever opens the graph."""
    build()
    before = _everything(graph, tmp_path)
    (graph / STORE).rename(graph / FRESH)
    (graph / STORE).mkdir()
    assert _everything(graph, tmp_path) == before
    assert not (graph / FRESH).exists()


def test_what_cannot_be_rebuilt_is_refused(build: Build, corpus: Path, graph: Path, tmp_path: Path) -> None:
    """A missing run, another process in the store and a folder without runs are refused, and nothing changes."""
    with pytest.raises(MissingError, match="holds no runs"):
        stages.rebuild(graph)
    with pytest.raises(MissingError, match="holds no graph"):
        stages.verify(graph)
    first = Path(build().folder)
    (corpus / "ada.txt").write_text("Ada Lovelace met Mary Somerville in Rome.", encoding="utf-8")
    build()
    before = _everything(graph, tmp_path)
    with open_store(graph), pytest.raises(StoreInUseError, match="in use by another process"):
        stages.rebuild(graph)
    with open_store(graph), pytest.raises(StoreInUseError, match="in use by another process"):
        stages.verify(graph)
    first.rename(tmp_path / "away")
    with pytest.raises(HandoffError, match="expected one run after the beginning, came 0"):
        stages.rebuild(graph)
    assert "restore" in stages.verify(graph).faults[0].remedy
    assert _everything(graph, tmp_path) == before
