"""A clock that is set back changes no order and loses nothing: times are told, and what follows what is kept apart."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.config import Settings
from kgbuild.stages import Answer, BuildSummary
from kgbuild.stages.discovering import discover, shards
from kgbuild.stages.folders import open_store
from kgbuild.stages.writing import write

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BACK = (timedelta(0), timedelta(hours=-1), timedelta(days=-400), timedelta(hours=1), timedelta(days=-401))
"""Where the clock stands at each run."""
TEXTS = (
    "Ada Lovelace met Charles Babbage in London.",
    "Ada Lovelace met Grace Hopper in Rome.",
    "Grace Hopper left Rome for London.",
    "Alan Turing met Ada Lovelace in Cambridge.",
    "Mary Somerville taught Ada Lovelace in London.",
)

Statements = Callable[[Path], str]


@pytest.fixture
def runs(settings: Settings, tmp_path: Path, graph: Path) -> list[BuildSummary]:
    """Five builds of a document with a text each, between which the clock is set."""
    return [build(settings, tmp_path, graph, text, NOW + back) for text, back in zip(TEXTS, BACK, strict=True)]


def build(settings: Settings, folder: Path, graph: Path, text: str, now: datetime) -> BuildSummary:
    (folder / "a.txt").write_text(text, encoding="utf-8")
    return stages.build(settings, [str(folder / "a.txt")], graph, now=now)


def test_runs_keep_their_order(runs: list[BuildSummary], tmp_path: Path, graph: Path) -> None:
    """Each run follows the one that was before it, whatever its time; history and differences tell the same."""
    from kgbuild.graph import runs_in_order

    with open_store(graph) as store:
        assert [run.iri for run in runs_in_order(store)] == [run.run for run in runs]
        assert store.last_run() == runs[-1].run
    told = stages.history(graph, str(tmp_path / "a.txt"))
    assert [entry.action for entry in told] == ["added", *["changed"] * 4]
    assert [entry.run for entry in told] == [run.run for run in runs]
    assert [entry.when[:10] for entry in told[1:3]] == ["2026-01-02", "2024-11-28"]
    [patch] = stages.diff(graph, "latest~1", "latest").documents
    names = {triple.subject_name for triple in patch.added}, {triple.subject_name for triple in patch.removed}
    assert all("Mary Somerville" in found for found in names[:1])
    assert "Alan Turing" in names[1]


def test_nothing_is_lost(
    runs: list[BuildSummary], settings: Settings, tmp_path: Path, graph: Path, statements: Statements
) -> None:
    """The graph is that of the last text, is sound and valid, and is made again with the same statements."""
    assert [run.documents.changed for run in runs] == [0, 1, 1, 1, 1]
    assert all(run.seconds >= 0 for run in runs)
    assert stages.validate(graph).conforms
    assert stages.verify(graph).sound
    before = statements(graph)
    stages.rebuild(graph)
    assert statements(graph) == before
    again = build(settings, tmp_path, graph, TEXTS[-1], NOW - timedelta(days=900))
    assert (again.documents.unchanged, again.run) == (1, None)


def test_a_clock_that_is_set_back_within_a_run_does_no_harm(settings: Settings, tmp_path: Path, graph: Path) -> None:
    """Where a run ends before it began, as DAG tasks on two machines may tell, it is written whole and is the last."""
    build(settings, tmp_path, graph, TEXTS[0], NOW)
    (tmp_path / "a.txt").write_text(TEXTS[1], encoding="utf-8")
    run = discover(settings, [str(tmp_path / "a.txt")], graph, now=NOW + timedelta(hours=1))
    annotated = stages.recognise(settings, [Path(shard) for shard in shards(run)])
    stages.accept(settings, stages.score(settings, annotated))
    summary = write(settings, run, graph, now=NOW - timedelta(hours=1))
    assert (summary.documents.changed, summary.seconds) == (1, 0.0)
    with open_store(graph) as store:
        assert store.last_run() == summary.run
    assert stages.verify(graph).sound
    assert stages.validate(graph).conforms


def test_the_later_decision_counts(settings: Settings, tmp_path: Path, graph: Path, statements: Statements) -> None:
    """Of two decisions about one claim the one that was made last is in force, though its time is the earlier."""
    build(settings, tmp_path, graph, TEXTS[0], NOW)
    for verdict, back in (("accepted", timedelta(0)), ("rejected", timedelta(days=-3))):
        [question] = stages.review(graph, now=NOW, decided=verdict == "rejected", limit=1).questions
        stages.decide(graph, [Answer(question, verdict)], author="Ada", now=NOW + back)  # type: ignore[arg-type]
        stages.settle_decisions(graph, now=NOW + back)
    [made] = stages.review(graph, now=NOW, decided=True).questions
    assert made.decision is not None
    assert made.decision.verdict == "rejected"
    before = statements(graph)
    stages.rebuild(graph)
    assert statements(graph) == before
    assert stages.verify(graph).sound


def test_a_retraction_before_its_document_was_read_holds(settings: Settings, tmp_path: Path, graph: Path) -> None:
    """A withdrawal at an earlier time than the build keeps the document out, and a restoration at one lets it back."""
    build(settings, tmp_path, graph, TEXTS[0], NOW)
    document = [str(tmp_path / "a.txt")]
    stages.retract(graph, document, now=NOW - timedelta(days=2))
    assert build(settings, tmp_path, graph, TEXTS[0], NOW - timedelta(days=1)).documents.retracted == 1
    stages.restore(graph, document, now=NOW - timedelta(days=3))
    assert build(settings, tmp_path, graph, TEXTS[0], NOW - timedelta(days=4)).documents.added == 1
    told = stages.history(graph, document[0])
    assert [entry.action for entry in told] == ["added", "retracted", "restored", "added"]
