"""A build may be killed at any moment, and so may what comes after it."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.config import Settings
from kgbuild.graph import GraphStore
from kgbuild.stages import BuildSummary
from kgbuild.stages.identities import review_text

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MOMENTS = os.environ.get("CRASH_MOMENTS", "5")
"""How many moments are tried; `all` tries each."""
PROGRAM = Path(__file__).with_name("killed_builds.py")


def killed(name: str, settings: Settings, given: Path, graph: Path, work: Path) -> int:
    """How many moments the stage has; it was killed at some of them, and nothing was lost."""
    kept = work / "settings.json"
    kept.write_text(settings.model_dump_json(), encoding="utf-8")
    (work / "work").mkdir()
    command = [sys.executable, str(PROGRAM), name, str(kept), str(given), str(graph), str(work / "work"), MOMENTS]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report["attempts"]
    for attempt in report["attempts"]:
        well = {"killed": True, "sound": True, "same": True, "left": []}
        assert attempt == {"moment": attempt["moment"], **well}, ended.stderr
    return int(report["moments"])


def test_killed_build_goes_on(
    build: Callable[..., BuildSummary], settings: Settings, corpus: Path, graph: Path, tmp_path: Path
) -> None:
    """A build that is killed at any moment leaves whole documents; repeated, it gives the same graph."""
    build()
    (corpus / "ada.txt").write_text("Ada Lovelace met Mary Somerville in Rome.", encoding="utf-8")
    (corpus / "new.txt").write_text("Alan Turing visited Rome with Grace Hopper.", encoding="utf-8")
    (corpus / "grace.md").unlink()
    assert killed("build", settings, corpus, graph, tmp_path) > 40


def opinions(graph: Path, path: Path) -> Path:
    """A review of identities: two persons are one, and another is two, each in one of two documents."""
    named = 'SELECT DISTINCT ?e ?g { GRAPH ?g { ?e rdfs:label "%s" } } ORDER BY ?g'
    names = ("Ada Lovelace", "Mary Somerville", "Charles Babbage")
    with GraphStore.open(graph / "store") as store:
        found = [[(row["e"].value, row["g"].value) for row in store.select(named % name)] for name in names]
    (ada, _), (mary, _), (babbage, first), (_, second) = found[0][0], found[1][0], *found[2][:2]
    apart = {"decision": "different", "one": babbage, "one_document": first, "other": babbage}
    rows = [{"decision": "same", "one": ada, "other": mary}, apart | {"other_document": second}]
    path.write_text(review_text(rows), encoding="utf-8")
    return path


def sheet(graph: Path, path: Path) -> Path:
    """A sheet in which claims are accepted and rejected by turns."""
    stages.write_sheet(graph, path, now=NOW)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(row | {"decision": ("accept", "reject")[place % 2]} for place, row in enumerate(rows))
    return path


@pytest.mark.parametrize(("name", "least"), [("resolve", 8), ("review", 8), ("rebuild", 12)])
def test_what_comes_after_a_build_goes_on(
    name: str, least: int, build: Callable[..., BuildSummary], settings: Settings, graph: Path, tmp_path: Path
) -> None:
    """A resolve, an applied review or a rebuild that is killed at any moment is made good when it is repeated."""
    build()
    said = opinions(graph, tmp_path / "said.csv")
    if name == "rebuild":  # a graph in which everything was decided that a rebuild must bring back
        stages.resolve(graph, now=NOW, apply=said, author="Ada")
        stages.apply_sheet(graph, sheet(graph, tmp_path / "sheet.csv"), author="Ada", now=NOW)
    given = sheet(graph, tmp_path / "claims.csv") if name == "review" else said
    assert killed(name, settings, given, graph, tmp_path) > least
