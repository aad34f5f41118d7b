"""Annotation of our own finds its documents by their text, and stands beside what a set annotates or in its place."""

import json
from pathlib import Path
from typing import Any

import pytest
from score.marked import gold, record

from kgbuild.config import VOCABULARY
from kgbuild.errors import InputError, MissingError
from kgbuild.evaluate.gold import GoldRelation, to_gold
from kgbuild.iris import digest_of
from kgbuild.train.annotations import read_annotations, with_annotations

TEXT = "[Ada|PER|0] was born in [London|LOC|1]"
PLAIN = to_gold(record(TEXT)).text


def written(path: Path, *records: dict[str, Any]) -> Path:
    """A file of annotations of the text above."""
    lines = ({"text": digest_of(PLAIN)[:16]} | item for item in records)
    (path / "own.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path / "own.jsonl"


def test_relations_stand_beside_those_of_the_set(tmp_path: Path) -> None:
    """What the set says is sure stays sure, whatever we thought of it; ours have their probability."""
    path = written(tmp_path, {"relations": {"P19": [[0, 1, 0.6]], "P20": [[0, 1, 0.3]]}})
    (found,) = with_annotations([gold(TEXT, [(0, 1, "P19")])], read_annotations(path))
    assert [(item.label, item.probability) for item in found.relations] == [("P19", 1.0), ("P20", 0.3)]


def test_mentions_take_the_place_of_those_of_the_set(tmp_path: Path) -> None:
    """Where we annotated mentions, entities are numbered as there, and so are relations."""
    path = written(
        tmp_path,
        {"mentions": [[0, 3, "PER", 5], [16, 22, "LOC", 4]], "relations": {"P19": [[5, 4, 1]]}},
    )
    (found,) = with_annotations([gold(TEXT, [(0, 1, "P20")])], read_annotations(path))
    assert found.entities == (5, 4)
    assert found.relations == (GoldRelation(5, 4, "P19", ()),)


def test_documents_without_annotation_are_left_out(tmp_path: Path) -> None:
    """Of several documents the annotated ones come back; none at all is an error that says what to do."""
    annotations = read_annotations(written(tmp_path, {"relations": {}}))
    other = gold("[Ben|PER|0] met [Ada|PER|1]")
    assert [item.text for item in with_annotations([other, gold(TEXT)], annotations)] == [PLAIN]
    with pytest.raises(InputError, match="none of 1 documents"):
        with_annotations([other], annotations)


@pytest.mark.parametrize("rows", [[[0, 1]], [[0, 1, 0]], [[0, 1, 1.5]], [["a", 1, 0.5]], 3])
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, rows: object) -> None:
    """File and line stand in the message."""
    path = written(tmp_path, {"relations": {}}, {"relations": {"P19": rows}})
    with pytest.raises(InputError, match=r"own\.jsonl', line 2: expected the digest"):
        read_annotations(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Missing annotations are an error that names the file."""
    with pytest.raises(MissingError, match=r"annotations .* do not exist"):
        read_annotations(tmp_path / "own.jsonl")


@pytest.mark.parametrize("name", ["docred_mentions", "docred_incomplete", "fewrel64"])
def test_what_ships_holds_no_text(name: str) -> None:
    """The files can be read, and hold digests, numbers, types and labels alone."""
    path = VOCABULARY / "annotations" / f"{name}.jsonl"
    assert len(read_annotations(path)) >= 200
    for line in path.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        assert set(told) <= {"text", "mentions", "relations"}
        assert len(told["text"]) == 16
        assert all(len(kind) <= 4 for _, _, kind, _ in told.get("mentions", ()))
        assert all(label[0] == "P" and label[1:].isdigit() for label in told["relations"])
