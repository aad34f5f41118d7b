"""`kgbuild train` learns from examples or from sets, and says which of the two it lacks."""

from pathlib import Path
from typing import Any

import pytest

from kgbuild import stages
from kgbuild.cli import main


def test_examples_are_learned_beside_a_model(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Ontology, model, epochs and folder are those that were named; the folder is the answer."""
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def adapt(*args: Any, **options: Any) -> Path:
        calls.append((args, options))
        return Path("out/mine")

    monkeypatch.setattr(stages, "adapt", adapt)
    command = ["train", "--ontology", "o.ttl", "--examples", "e.jsonl", "--output", "out/mine", "--model", "m"]
    assert main([*command, "--epochs", "3"]) == 0
    (settings, *given), options = calls[0]
    assert (settings.ontology, settings.model) == (Path("o.ttl"), Path("m"))
    assert given == [Path("e.jsonl"), Path("out/mine")]
    assert (options["work"], options["epochs"]) == (Path("out/mine.work"), 3)
    assert capsys.readouterr().out == "out/mine\n"


@pytest.mark.parametrize("given", [[], ["--examples", "e", "--data", "d"]])
def test_one_of_both_is_needed(given: list[str], capsys: pytest.CaptureFixture[str]):
    """Neither or both of --examples and --data is an error that names them."""
    assert main(["train", "--output", "o", *given]) != 0
    assert "expected one of them" in capsys.readouterr().err
