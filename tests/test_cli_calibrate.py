"""`kgbuild calibrate` parses, makes one call, and prints what came back."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kgbuild import stages
from kgbuild.cli import main
from kgbuild.errors import InputError
from kgbuild.stages import AtPrecision, CalibrationReport

ASKED = AtPrecision(0.9, 79, 41, 0.61234, 0.93, 0.8912, 0.4567, 1234)
REPORT = CalibrationReport(
    89, 16400, 1351, "3 mentions inside longer ones", 1.67, -1.65, 0.12, 0.0151, ASKED, "models/mine"
)


@pytest.fixture(autouse=True)
def _plain_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without settings."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts an answer in the place of the stage; what it was called with is in the list."""

    def put(answer: CalibrationReport | Exception) -> list[Any]:
        calls: list[Any] = []

        def calibrate(*given: object, **_: object) -> CalibrationReport:
            calls.append(given)
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(stages, "calibrate", calibrate)
        return calls

    return put


def test_options_reach_the_stage(answers: Any) -> None:
    """Each option lands in its setting, data and output are passed on."""
    calls = answers(REPORT)
    given = "--model m --output o --precision 0.9 --ontology t.ttl --device cpu"
    assert main(["calibrate", "a.jsonl", *given.split()]) == 0
    [(settings, data, output)] = calls
    assert (data, output) == (Path("a.jsonl"), Path("o"))
    assert (settings.model, settings.ontology, settings.device) == (Path("m"), Path("t.ttl"), "cpu")
    assert settings.accept.precision == 0.9


def test_the_tables(answers: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Everything that the report holds is on stdout, and that figures come from the other half."""
    answers(REPORT)
    assert main(["calibrate", "a.jsonl"]) == 0
    out, err = capsys.readouterr()
    for part in ("16,400, of these 1,351 right", "1.670", "-1.650", "0.120", "0.015 (on the half not fitted on)"):
        assert part in out
    for part in ("precision 0.9 asked", "41 of 79", "0.612 to 0.930", "0.891", "0.457", "1,234", "models/mine"):
        assert part in out
    assert "nothing was written" not in err


def test_nothing_measured_and_nothing_written(answers: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Figures that a small file cannot give are said to be missing, and a model that was left alone is told of."""
    asked = replace(ASKED, reached=0, lowest=None, highest=None, precision=None, recall=None, claims=0)
    answers(replace(REPORT, error_after=None, asked=asked, model=None))
    assert main(["calibrate", "a.jsonl"]) == 0
    out, err = capsys.readouterr()
    assert out.count("not measured: too few documents") == 3
    assert "nothing was written, since the model that ships stays as it is; name a folder with --output" in err
    answers(replace(REPORT, asked=replace(asked, recall=0.0)))
    assert main(["calibrate", "a.jsonl"]) == 0
    assert "no claims" in capsys.readouterr().out


def test_json(answers: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json stdout is one object, the report."""
    answers(REPORT)
    assert main(["calibrate", "a.jsonl", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == REPORT.to_json()


@pytest.mark.parametrize("precision", ["0", "1", "1.5", "high", "nan"])
def test_a_precision_that_is_none_is_refused(answers: Any, capsys: pytest.CaptureFixture[str], precision: str) -> None:
    """A precision outside 0 to 1 is an error that names the setting, before any work."""
    calls = answers(REPORT)
    assert main(["calibrate", "a.jsonl", "--precision", precision]) == 2
    assert "accept.precision" in capsys.readouterr().err
    assert calls == []


def test_an_error_is_one_line(answers: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """What the stage refuses is one line on stderr, exit code 2."""
    answers(InputError("'a.jsonl', line 3: no"))
    assert main(["calibrate", "a.jsonl"]) == 2
    assert capsys.readouterr() == ("", "kgbuild: error: 'a.jsonl', line 3: no\n")
