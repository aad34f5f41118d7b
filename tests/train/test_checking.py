"""Sets that cannot be trained on are refused before anything is trained or written."""

import json
from pathlib import Path

import pytest
import torch
from model.tiny import tiny_base
from score.marked import ontology, record

from kgbuild.errors import InputError, MissingError
from kgbuild.train.checking import check_sets
from kgbuild.train.models import train_models
from kgbuild.train.relating import RelatingSet
from kgbuild.train.tagging import TaggingSet

TEXT = "[Ada|PER|0] was born in [London|LOC|1].\n[Ada|PER|0] works for [Acme|ORG|2]."
BOTH = [(0, 1, "P19"), (0, 2, "employer")]
TAGGING, RELATING = (TaggingSet("full"), TaggingSet("names")), (RelatingSet("full", "all pairs"),)


def put(data: Path, name: str, *rows: dict[str, object]) -> Path:
    """The file of a set with these records."""
    path = data / name / "train.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of two sets that can be trained on."""
    put(tmp_path, "full", *(record(TEXT, BOTH, id=f"document {number}") for number in range(40)))
    put(tmp_path, "names", record(TEXT))
    return tmp_path


def check(data: Path) -> list[str]:
    """What is reported of the sets."""
    lines: list[str] = []
    check_sets(data, ontology(), tagging=TAGGING, relating=RELATING, held_out=0.2, report=lines.append)
    return lines


def test_good_sets_pass(data: Path) -> None:
    """Sets that can be learned from pass without a word."""
    assert check(data) == []


def test_what_is_left_out_is_reported(data: Path) -> None:
    """A relation whose entity has lost its mentions is counted and reported with the file."""
    rows = [
        record(TEXT.replace("|2]", "|3]"), [*BOTH[:1], (0, 3, "employer"), (2, 0, "P19")], id=f"{n}") for n in range(40)
    ]
    put(data, "full", *rows)
    [line] = check(data)
    assert "full/train.jsonl': left out 40 relations of entities without a mention" in line


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [
        ("names", [], r"expected at least one annotated document"),
        ("names", [record("[Ada|PER|0] met [Ben|PER|1]")], r"at least two types of mentions .*, came \['PER'\]"),
        ("names", [record("nobody met nobody")], r"at least two types of mentions .*, came \[\]"),
        ("names", [record(TEXT), record("[Ada|HERO]")], r"line 2: mention 'Ada' has the type 'HERO'"),
        ("full", [record(TEXT, id=f"{n}") for n in range(40)], r"at least two relation labels .*, came \[\]"),
        ("full", [record(TEXT, BOTH[:1], id=f"{n}") for n in range(40)], r"two relation labels .*, came \['P19'\]"),
        ("full", [record(TEXT, BOTH)], r"documents with relations both to train on and, 20% .* came 0 and 1"),
        ("full", [record(TEXT, [(0, 1, "loves")])], r"line 1: relation label 'loves' is unknown"),
    ],
)
def test_sets_that_cannot_be_trained_on(data: Path, name: str, rows: list[dict[str, object]], message: str) -> None:
    """An empty file, one class only, unknown labels, nothing to hold out: the file and the reason."""
    put(data, name, *rows)
    with pytest.raises(InputError, match=rf"{name}/train\.jsonl'.*{message}"):
        check(data)


def test_nothing_is_trained_or_written_before_the_check(tmp_path: Path) -> None:
    """Training stops at the first set that is missing or cannot be used, without a folder for checkpoints."""
    work = tmp_path / "work"
    with pytest.raises(MissingError, match=r"train\.jsonl' does not exist"):
        train_models(tmp_path, tiny_base(), ontology(), device=torch.device("cpu"), work=work, report=lambda _: None)
    assert not work.exists()
