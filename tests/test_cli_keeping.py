"""The commands that check a graph's folder and mend it, and the report of `validate`."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.cli import main
from kgbuild.config import Settings
from kgbuild.graph import Problem, ValidationReport
from kgbuild.stages import Fault, Rebuilding, Verification


def test_validation_has_three_forms(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Text, JSON and Turtle tell of the same problem, and each ends with exit code 1."""
    problem = Problem("urn:g", "urn:n", "one is wanted", "urn:c", "urn:s", "urn:p", '"two"')
    monkeypatch.setattr("kgbuild.stages.validate", lambda _graph: ValidationReport(1, (problem,)))
    printed = {}
    for form in ("text", "json", "turtle"):
        assert main(["validate", "--graph", "kg", "--format", form]) == 1
        printed[form] = capsys.readouterr().out
    assert printed["text"].splitlines()[-1] == 'urn:g  urn:n  one is wanted  "two"'
    assert json.loads(printed["json"])["problems"][0]["value"] == '"two"'
    assert 'sh:value "two"' in printed["turtle"]
    monkeypatch.setattr("kgbuild.stages.validate", lambda _graph: ValidationReport(3, ()))
    assert main(["validate", "--graph", "kg", "--format", "turtle"]) == 0
    assert "sh:conforms true" in capsys.readouterr().out


def test_faults_are_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Each fault has its remedy beside it, and the exit code is 1; without one it is 0."""
    fault = Fault("kg/store", "cannot be opened", "run it")
    monkeypatch.setattr("kgbuild.stages.verify", lambda _graph, progress: Verification(2, 0, (fault,)))  # noqa: ARG005
    assert main(["verify", "--graph", "kg"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "kg/store  cannot be opened  run it"
    assert main(["verify", "--graph", "kg", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["sound"] is False
    monkeypatch.setattr("kgbuild.stages.verify", lambda _graph, progress: Verification(2, 9, ()))  # noqa: ARG005
    assert main(["verify", "--graph", "kg"]) == 0
    assert capsys.readouterr().out == "2 runs and 9 graphs checked, no fault found\n"
    monkeypatch.setattr("kgbuild.stages.verify", lambda _graph, progress: Verification(1, 1, ()))  # noqa: ARG005
    assert main(["verify", "--graph", "kg"]) == 0
    assert capsys.readouterr().out == "1 run and 1 graph checked, no fault found\n"


def test_checking_is_no_rebuilding(
    tmp_path: Path, small_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """The progress of `verify` is told as its own, that of `rebuild` as rebuilding."""
    (tmp_path / "a.txt").write_text("Ada Lovelace met Grace Hopper.", encoding="utf-8")
    graph = tmp_path / "kg"
    stages.build(small_settings, [str(tmp_path / "a.txt")], graph, now=datetime(2026, 1, 1, tzinfo=UTC))
    capsys.readouterr()
    for command, told in (("verify", "verify runs"), ("rebuild", "rebuild")):
        assert main([command, "--graph", str(graph)]) == 0
        assert capsys.readouterr().err == f"kgbuild: {told}: 1 of 1 (100 %)\n"


def test_rebuilding_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What was made again is said in words, and as JSON."""
    monkeypatch.setattr("kgbuild.stages.rebuild", lambda _graph, progress: Rebuilding(2, 1200, 5))  # noqa: ARG005
    assert main(["rebuild", "--graph", "kg"]) == 0
    assert capsys.readouterr().out == "2 runs written again: 1,200 documents, 5 quads\n"
    assert main(["rebuild", "--graph", "kg", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"runs": 2, "documents": 1200, "quads": 5}
