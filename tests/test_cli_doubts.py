"""`kgbuild conflicts` prints each contradiction with its sides, in three forms, and tells by its exit code if asked."""

import csv
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.cli import main
from kgbuild.graph import Conflict, Reading, Side

BORN = Side(
    subject="urn:ada",
    subject_label="Ada\x1b[31m",
    predicate="urn:born",
    predicate_label="date of birth",
    object="1815",
    object_label="1815",
    probability=0.75,
    documents=2,
    readings=(
        Reading("urn:d1", "file:///1.txt", "Ada was born in 1815.", 0.5),
        Reading("urn:d2", "file:///2.txt", 'In 1815, "Ada"\ncame.', 0.5),
    ),
)
CLASS = replace(BORN, predicate="urn:type", predicate_label="is a", object="urn:Place", object_label="place")
FOUND = [
    Conflict("values", "date of birth: expected one value, came 2", 0.75, (BORN, replace(BORN, object_label="1816"))),
    Conflict("disjoint", "expected nothing to be both", 0.5, (replace(CLASS, readings=()),)),
]
Calls = list[dict[str, object]]


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Conflict]], Calls]:
    """Puts a stage that finds these in the place of the real one; what it was called with is in the list."""

    def replace_stage(conflicts: list[Conflict]) -> Calls:
        calls: Calls = []

        def stage(graph: Path, **options: object) -> object:
            calls.append({"graph": graph, **options})
            return iter(conflicts)

        monkeypatch.setattr(stages, "conflicts", stage)
        return calls

    return replace_stage


def test_each_contradiction_is_a_table(
    found: Callable[[list[Conflict]], Calls], capsys: pytest.CaptureFixture[str]
) -> None:
    """The title has doubt and message, each side a line a reading, and no text can steer the terminal."""
    found(FOUND)
    assert main(["conflicts", "--graph", "kg"]) == 0
    first, second = (block.splitlines() for block in capsys.readouterr().out.split("\n\n"))
    assert first[0] == "0.75  date of birth: expected one value, came 2"
    assert first[1].split() == ["belief", "statement", "probability", "passage", "source"]
    assert re.split("  +", first[3]) == [
        *("0.75", "Ada␛[31m", "date of birth", "1815"),
        *("0.50", "Ada was born in 1815.", "file:///1.txt"),
    ]
    assert re.split("  +", first[4]) == ["", "0.50", 'In 1815, "Ada" came.', "file:///2.txt"]
    assert len(first) == 7
    assert second[0] == "0.50  expected nothing to be both"
    assert len(second) == 4


def test_options_reach_the_stage(found: Callable[[list[Conflict]], Calls]) -> None:
    """Graph, ontology and limit are passed on; a limit of none is refused."""
    calls = found([])
    assert main(["conflicts", "--graph", "kg", "--limit", "7", "--ontology", "own.ttl"]) == 0
    assert main(["conflicts", "--graph", "kg"]) == 0
    assert main(["conflicts", "--graph", "kg", "--limit", "0"]) == 2
    assert calls == [
        {"graph": Path("kg"), "ontology": Path("own.ttl"), "limit": 7},
        {"graph": Path("kg"), "ontology": None, "limit": None},
    ]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_json_is_one_array(
    number: int, found: Callable[[list[Conflict]], Calls], capsys: pytest.CaptureFixture[str]
) -> None:
    """With none, one or two there is an array of objects with every field, and nothing else on stdout."""
    found(FOUND[:number])
    main(["conflicts", "--graph", "kg", "--format", "json"])
    answer = json.loads(capsys.readouterr().out)
    assert len(answer) == number
    if number:
        assert set(answer[0]) == {"kind", "message", "doubt", "sides"}
        assert answer[0]["sides"][0]["readings"][1]["passage"] == 'In 1815, "Ada"\ncame.'


def test_csv_has_a_row_a_reading(found: Callable[[list[Conflict]], Calls], capsys: pytest.CaptureFixture[str]) -> None:
    """Each reading is a row with its statement, a statement without one is a row too, and quotes survive."""
    found(FOUND)
    main(["conflicts", "--graph", "kg", "--format", "csv"])
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines(keepends=True)))
    assert [row["conflict"] for row in rows] == ["1", "1", "1", "1", "2"]
    assert rows[1]["passage"] == 'In 1815, "Ada"\ncame.'
    assert (rows[1]["kind"], rows[1]["belief"], rows[1]["probability"], rows[1]["object"]) == (
        "values",
        "0.75",
        "0.5",
        "1815",
    )
    assert (rows[4]["document"], rows[4]["object"]) == ("", "urn:Place")


def test_exit_code_tells_when_asked(
    found: Callable[[list[Conflict]], Calls], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is 0, with `--fail` 1 when there is any; none is told on stderr."""
    for conflicts, options, code in ((FOUND, [], 0), (FOUND, ["--fail"], 1), ([], ["--fail"], 0)):
        found(conflicts)
        assert main(["conflicts", "--graph", "kg", *options]) == code
    assert capsys.readouterr().err == "kgbuild: no contradiction found\n"
