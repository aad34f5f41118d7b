"""The commands that keep a graph true: what they print, and what they end with."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.cli import main
from kgbuild.config import Settings
from kgbuild.graph import DocumentPatch, NamedTriple
from kgbuild.records import Literal
from kgbuild.stages import HistoryEntry, MissingState, RunDiff, Withdrawal

BASE = "https://w3id.org/kgbuild/"
ADA, BORN = "Ada \x1b[31mLovelace", Literal("1815", "http://www.w3.org/2001/XMLSchema#gYear")
PATCH = DocumentPatch(
    document=f"{BASE}document/d",
    source="file:///[red]a.txt",
    removed=(NamedTriple("urn:ada", ADA, "urn:knows", "knows", "urn:b", "B, the second"),),
    added=(NamedTriple("urn:ada", ADA, "urn:born", "date of birth", BORN, "1815"),),
)
LOST = MissingState(f"{BASE}document/e", "file:///e.txt", 1200, 7, ("runs/r1/claimed-0000.parquet",))
DIFF = RunDiff(f"{BASE}run/r1", f"{BASE}run/r2", (PATCH,), ())


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[tuple[object, ...]]]:
    """Puts an answer in the place of a stage; what it was called with is in the list."""

    def replace(name: str, value: object) -> list[tuple[object, ...]]:
        calls: list[tuple[object, ...]] = []

        def stage(*args: object, **options: object) -> object:
            calls.append((*args, {key: value for key, value in options.items() if key != "now"}))
            return value

        monkeypatch.setattr(stages, name, stage)
        return calls

    return replace


@pytest.mark.parametrize(("command", "word"), [("retract", "retracted already"), ("restore", "not retracted")])
def test_withdrawals_are_told(command: str, word: str, answer, capsys: pytest.CaptureFixture[str]) -> None:
    """Each document is listed with what happened to it, or had happened before."""
    calls = answer(command, Withdrawal(("file:///a.txt",), ("file:///b.txt",), f"{BASE}run/r1", "graph/runs/r1"))
    assert main([command, "a.txt", "b.txt", "--graph", "graph", "--reason", "no reason"]) == 0
    assert calls == [(Path("graph"), ["a.txt", "b.txt"], {"reason": "no reason"})]
    shown = capsys.readouterr()
    assert [line.split("  ")[-1] for line in shown.out.splitlines()[2:]] == [f"{command.removesuffix('e')}ed", word]
    assert ("build again" in shown.err) is (command == "restore")
    assert main([command, "a.txt", "--graph", "graph", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["already"] == ["file:///b.txt"]


def test_history_is_a_table(answer, capsys: pytest.CaptureFixture[str]) -> None:
    """A history names the document once, and of each run when, what, how many triples, and what was asked for."""
    read = ("added", "a" * 64, 1234, f"{BASE}model/m1", f"{BASE}ontology", 0.35, None, "", f"{BASE}run/r1")
    asked = ("changed", "b" * 64, 2, f"{BASE}model/m1", f"{BASE}ontology", None, 0.9, "", f"{BASE}run/r2")
    gone = ("retracted", "b" * 64, 0, "", "", None, None, "a forgery", f"{BASE}run/r3")
    days = enumerate((read, asked, gone), start=1)
    entries = [HistoryEntry("file:///a.txt", "urn:d", f"2026-01-0{day}", *rest) for day, rest in days]
    calls = answer("history", entries)
    assert main(["history", "a.txt", "--graph", "graph"]) == 0
    title, _, _, *rows = capsys.readouterr().out.splitlines()
    assert title == "file:///a.txt"
    cells = [[cell.strip() for cell in row.split("  ") if cell.strip()] for row in rows]
    assert cells == [
        ["2026-01-01", "added", "1,234", "a" * 16, "probability 0.35", "m1", "r1"],
        ["2026-01-02", "changed", "2", "b" * 16, "precision 0.9", "m1", "r2"],
        ["2026-01-03", "retracted", "0", "b" * 16, "r3", "a forgery"],
    ]
    assert main(["history", "a.txt", "--graph", "graph", "--json"]) == 0
    assert [entry["action"] for entry in json.loads(capsys.readouterr().out)] == ["added", "changed", "retracted"]
    assert calls == [(Path("graph"), "a.txt", {})] * 2


def test_diff_is_text(answer, capsys: pytest.CaptureFixture[str]) -> None:
    """Triples stand under their document with a sign, in names that cannot steer the terminal."""
    answer("diff", DIFF)
    assert main(["diff", "latest~1", "latest", "--graph", "graph"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "file:///[red]a.txt",
        "- Ada \u241b[31mLovelace  knows  B, the second",
        "+ Ada \u241b[31mLovelace  date of birth  1815",
    ]


def test_diff_is_csv_and_json(answer, capsys: pytest.CaptureFixture[str]) -> None:
    """Both forms hold IRIs, and values with their type."""
    answer("diff", DIFF)
    assert main(["diff", "r1", "r2", "--graph", "graph", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["change"], row["object"], row["datatype"]) for row in rows] == [
        ("removed", "urn:b", ""),
        ("added", "1815", BORN.datatype),
    ]
    assert main(["diff", "r1", "r2", "--graph", "graph", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["after"] == DIFF.after
    assert found["documents"][0]["added"][0]["object"] == {"value": "1815", "datatype": BORN.datatype}


def test_missing_files_are_told(answer, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be compared is named with its file and its numbers, and the exit code is 1; the rest is printed."""
    answer("diff", RunDiff(DIFF.before, DIFF.after, (PATCH,), (LOST,)))
    assert main(["diff", "r1", "r2", "--graph", "graph"]) == 1
    shown = capsys.readouterr()
    assert "date of birth" in shown.out
    assert "file:///e.txt: 1,200 triples before and 7 after" in shown.err
    assert "'runs/r1/claimed-0000.parquet'" in shown.err


def test_equal_runs_have_no_difference(answer, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing on stdout, a note on stderr."""
    answer("diff", RunDiff(DIFF.before, DIFF.before, (), ()))
    assert main(["diff", "r1", "r1", "--graph", "graph"]) == 0
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "kgbuild: no triple was added or removed\n")


def test_commands_work_together(
    small_settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A document is retracted by its path, listed in its history, told by diff, written as a patch, and restored."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ada.txt").write_text("Ada Lovelace worked with Charles Babbage in London.", encoding="utf-8")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    done = stages.build(small_settings, ["ada.txt"], Path("graph"), now=now)
    assert main(["retract", "ada.txt", "--graph", "graph", "--reason", "a forgery"]) == 0
    assert main(["history", "ada.txt", "--graph", "graph"]) == 0
    assert "a forgery" in capsys.readouterr().out
    assert main(["diff", "latest~1", "latest", "--graph", "graph"]) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert len(lines) > done.triples > 0
    assert {line[0] for line in lines} == {"-"}
    assert main(["diff", "latest~1", "latest", "--graph", "graph", "--patch", "patch"]) == 0
    assert "London" in Path("patch/removed.trig").read_text(encoding="utf-8")
    assert main(["restore", "ada.txt", "--graph", "graph"]) == 0
    assert stages.build(small_settings, ["ada.txt"], Path("graph"), now=now).documents.added == 1
    capsys.readouterr()
    assert main(["retract", "eda.txt", "--graph", "graph"]) == 2
    assert "'eda.txt' is not in the graph; the nearest are 'file:" in capsys.readouterr().err


def test_build_tells_what_was_left_out_and_redone(capsys: pytest.CaptureFixture[str]) -> None:
    """The summary of a build counts retracted documents, and what was done again for changed ones, where there are."""
    from kgbuild.cli.reports import print_summary

    for count in (0, 1234):
        counts = stages.DocumentCounts(changed=3000, retracted=count, reaccepted=count, rescored=1 if count else 0)
        print_summary(stages.BuildSummary(counts, 0, 0, 0, 0, 0, 0.0, None, "", ()))
        shown = capsys.readouterr().out
        assert ("1,234 left out, since they were retracted" in shown) is bool(count)
        assert ("1,234 only accepted anew, 1 scored anew, 1,765 read anew" in shown) is bool(count)
        assert ("left out" in shown, "anew" in shown) == (bool(count), bool(count))
