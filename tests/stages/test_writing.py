"""What `write` leaves, once and when it is repeated."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.config import Settings
from kgbuild.errors import HandoffError, StoreError
from kgbuild.stages import BuildSummary
from kgbuild.stages.runs import read_summary

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

Build = Callable[..., BuildSummary]
Statements = Callable[[Path], str]


def _claimed(settings: Settings, corpus: Path, graph: Path) -> Path:
    """The folder of a run that is ready to be written."""
    run = stages.discover(settings, [str(corpus)], graph, now=NOW)
    annotated = stages.recognise(settings, [Path(shard) for shard in stages.shards(run)])
    stages.accept(settings, stages.score(settings, annotated))
    return run


def test_stages_one_by_one_equal_build(
    settings: Settings, corpus: Path, graph: Path, build: Build, tmp_path: Path, statements: Statements
) -> None:
    """The stages called apart give the graph that `build` gives."""
    stages.write(settings, _claimed(settings, corpus, graph), graph, now=NOW)
    build(into=tmp_path / "whole")
    assert statements(graph) == statements(tmp_path / "whole")


def test_nothing_stays_of_a_task_that_was_killed(settings: Settings, corpus: Path, graph: Path) -> None:
    """The half of a file that a killed task left is gone once the run is written."""
    run = _claimed(settings, corpus, graph)
    (run / ".scored-0000.parquet.0123456789abcdef.part").write_bytes(b"half")
    stages.write(settings, run, graph, now=NOW)
    assert [path.name for path in run.iterdir() if path.name.startswith(".")] == []


def test_retraction_between_plan_and_write_holds(
    settings: Settings, corpus: Path, graph: Path, build: Build, statements: Statements
) -> None:
    """A document that is retracted while a run is under way stays out, and the run follows the retraction."""
    build()
    near = settings.model_copy(update={"score": settings.score.model_copy(update={"window": 0})})
    late = _claimed(near, corpus, graph)
    out = stages.retract(graph, [str(corpus / "ada.txt")], now=NOW)
    done = stages.write(near, late, graph, now=NOW)
    told = stages.history(graph, str(corpus / "ada.txt"))
    assert [entry.action for entry in told] == ["added", "retracted"]
    assert stages.stats(graph).documents == 4
    rows = stages.query(graph, f"SELECT ?run {{ <{done.run}> prov:wasInformedBy ?run }}", format="csv")
    assert str(rows).split() == ["run", out.run]
    assert stages.diff(graph, "latest~1", "latest").missing == ()


def test_repeated_write_changes_nothing(settings: Settings, corpus: Path, graph: Path, tmp_path: Path) -> None:
    """Writing a run again gives the same summary and leaves every statement and time as it is."""
    run = _claimed(settings, corpus, graph)
    first = stages.write(settings, run, graph, now=NOW)
    stages.export(graph, tmp_path / "first.nq")
    again = stages.write(settings, run, graph, now=NOW + timedelta(hours=1))
    stages.export(graph, tmp_path / "again.nq")
    assert again == first == read_summary(run)
    assert (tmp_path / "first.nq").read_bytes() == (tmp_path / "again.nq").read_bytes()


def test_old_run_does_not_undo_a_later_one(build: Build, settings: Settings, corpus: Path, graph: Path) -> None:
    """Writing an old run again does not bring back what a later run has changed."""
    old = Path(build().folder)
    (corpus / "ada.txt").write_text("Ada Lovelace met Mary Somerville in Rome.", encoding="utf-8")
    build()
    before = stages.stats(graph)
    stages.write(settings, old, graph, now=NOW)
    assert stages.stats(graph) == before


def test_changed_settings_are_refused(settings: Settings, corpus: Path, graph: Path) -> None:
    """A run is not gone on with under other settings than it was planned with."""
    run = stages.discover(settings, [str(corpus)], graph, now=NOW)
    other = settings.model_copy(update={"accept": settings.accept.model_copy(update={"threshold": 0.7})})
    with pytest.raises(HandoffError, match="build again"):
        stages.recognise(other, [Path(shard) for shard in stages.shards(run)])
    with pytest.raises(HandoffError, match="build again"):
        stages.write(other, run, graph, now=NOW)


@pytest.mark.parametrize("moment", ["replace_documents", "drop_documents", "revise", "put_run", "write_summary"])
def test_broken_off_write_is_completed(
    moment: str,
    build: Build,
    settings: Settings,
    corpus: Path,
    graph: Path,
    tmp_path: Path,
    statements: Statements,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run that broke off while it was written is completed by the next build, with the settings that it had."""

    def fail(*_: object, **__: object) -> None:
        raise InterruptedError

    place = "kgbuild.stages.writing" if moment == "write_summary" else "kgbuild.graph.GraphStore"
    with monkeypatch.context() as patch:
        patch.setattr(f"{place}.{moment}", fail)
        with pytest.raises(StoreError):
            build()
    assert (graph / "pending").is_file()
    other = settings.model_copy(update={"graph": settings.graph.model_copy(update={"store_text": False})})
    empty = tmp_path / "elsewhere"
    empty.mkdir()
    assert build(empty, given=other).documents == stages.DocumentCounts()
    assert not (graph / "pending").exists()
    build(into=tmp_path / "whole")
    assert statements(graph) == statements(tmp_path / "whole")


def test_pending_run_without_folder_is_named(build: Build, graph: Path) -> None:
    """A run that cannot be completed because its folder is gone is named, with what to do."""
    build()
    (graph / "pending").write_text("0123", encoding="utf-8")
    with pytest.raises(StoreError, match=r"'0123'.*delete"):
        build()


def test_summary_and_refusals_are_kept(build: Build, corpus: Path, graph: Path) -> None:
    """The run's folder holds the summary and, one a line, all that was refused; also when nothing has changed."""
    (corpus / "empty.txt").touch()
    done = build()
    folder = Path(done.folder)
    kept = [json.loads(line) for line in (folder / "refusals.jsonl").read_text(encoding="utf-8").splitlines()]
    assert kept == list(done.to_json()["refused"])
    assert kept[0]["reason"] == "empty"
    assert json.loads((folder / "summary.json").read_text(encoding="utf-8"))["documents"]["refused"] == 1
    again = build()
    assert [item.reason for item in again.refusals] == ["empty"]
    assert '"empty"' in (graph / "unchanged" / "refusals.jsonl").read_text(encoding="utf-8")


def test_removal_alone_is_written(build: Build, corpus: Path, graph: Path) -> None:
    """A run that only drops documents has no shards and is recorded."""
    build()
    (corpus / "grace.md").unlink()
    done = build()
    assert done.run is not None
    assert (done.documents.removed, done.claims) == (1, 0)
    rows = stages.query(graph, "SELECT ?n { ?run kgb:removedCount ?n } ORDER BY ?n", format="csv")
    assert str(rows).split() == ["n", "0", "1"]
