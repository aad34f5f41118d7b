"""`kgbuild resolve` with a vocabulary: the option, the setting, and what is printed."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.cli import main
from kgbuild.config import Settings
from kgbuild.stages.identities import kept_decisions

ROWS = "iri,label,type\nurn:ada,Ada Lovelace,PER\nurn:one,London,\nurn:two,London,\nurn:ada,Augusta Ada King,ship\n"


@pytest.fixture
def graph(tmp_path: Path, small_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a graph of one sentence in `graph` and a vocabulary in `v.csv`."""
    (tmp_path / "a.txt").write_text("Ada Lovelace worked with Charles Babbage in London.", encoding="utf-8")
    (tmp_path / "v.csv").write_text(ROWS, encoding="utf-8")
    stages.build(small_settings, [str(tmp_path / "a.txt")], tmp_path / "graph", now=datetime(2026, 1, 2, tzinfo=UTC))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_vocabulary_is_linked_by_option_and_by_setting(graph: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Links, doubts and what was read otherwise are told; the setting names the file as well as the option."""
    assert main(["resolve", "--graph", "graph", "--vocabulary", "v.csv", "--review", "doubtful.csv"]) == 0
    shown = capsys.readouterr()
    assert "1 linked to entries of a vocabulary\n" in shown.out
    assert "2 doubtful pairs in 'doubtful.csv'" in shown.err
    assert "1 of its things have no type that the ontology knows, such as 'ship'" in shown.err
    assert (graph / "doubtful.csv").read_text(encoding="utf-8").count("London,LOC") == 2
    assert main(["resolve", "--graph", "graph", "--undo"]) == 0
    (graph / "kgbuild.toml").write_text('[resolve]\nvocabulary = "v.csv"\n', encoding="utf-8")
    capsys.readouterr()
    assert main(["resolve", "--graph", "graph", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["links"], said["merges"], said["doubts"]) == (1, 0, 2)


def test_one_link_is_undone_by_its_iris(graph: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An entity and the entry that it is linked to are parted under the author's name, and stay so."""
    assert main(["resolve", "--graph", "graph", "--vocabulary", "v.csv"]) == 0
    (entity,) = kept_decisions(graph / "graph").links
    assert main(["resolve", "--graph", "graph", "--undo", entity, "urn:ada", "--author", "grace"]) == 0
    capsys.readouterr()
    assert main(["resolve", "--graph", "graph", "--vocabulary", "v.csv", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["links"], said["decisions"]) == (0, 1)
    (answer,) = kept_decisions(graph / "graph").answers.values()
    assert (answer["author"], answer["same"]) == ("grace", False)


@pytest.mark.parametrize(
    ("options", "code", "problem"),
    [
        (["--vocabulary", "none.ttl"], 2, "vocabulary 'none.ttl' does not exist; name a readable file"),
        (["--vocabulary", "a.txt"], 2, "vocabulary 'a.txt': expected a file that ends with .ttl"),
        (["urn:x"], 2, "expected one or two IRIs, and after --undo alone, came 'urn:x'"),
        (["--undo", "urn:a", "urn:b", "urn:c"], 2, "expected one or two IRIs, and after --undo alone"),
        (["--undo", "urn:x"], 2, "entity 'urn:x' has no merge that could be undone: it is merged with nothing"),
        (["--vocabulary", "v.csv", "--undo"], 2, "option --undo excludes --review, --apply and --vocabulary"),
    ],
)
def test_a_wrong_call_is_told(
    graph: Path, options: list[str], code: int, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says what is wrong, and the command ends with the code of an error."""
    assert main(["resolve", "--graph", "graph", *options]) == code
    assert problem in capsys.readouterr().err
