"""Annotated files are read line by line, and a line that cannot be used is named."""

import json
from pathlib import Path

import pytest
from score.marked import gold, ontology, record

from kgbuild.errors import InputError, MissingError
from kgbuild.train.data import is_held_out, read_annotated, read_gold


def write(path: Path, *lines: str | bytes) -> Path:
    path.write_bytes(b"\n".join(line.encode() if isinstance(line, str) else line for line in lines))
    return path


GOOD = json.dumps(record("[Ada|PER|0] met [Bén|PER|1]", [(0, 1, "spouse")]), ensure_ascii=False)


def test_each_line_is_a_document(tmp_path: Path) -> None:
    """Documents come in the file's order, empty lines between them are passed over."""
    path = write(tmp_path / "a.jsonl", GOOD, "", "  ", GOOD.replace('"d"', '"e"'), "")
    first, second = read_gold(path)
    assert first == gold("[Ada|PER|0] met [Bén|PER|1]", [(0, 1, "spouse")])
    assert second.id == "e"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "Expecting property name"),
        ("[1]", "wrong form"),
        ('{"id": "a"}', "lacks the key 'text'"),
        (b'{"id": "\xff"}', "can't decode byte 0xff"),
        ("[" * 100_000, "recursion"),
        (GOOD.replace('"d"', '"\\ud800"'), "surrogates not allowed"),
        (GOOD.replace('"start": 0', '"start": 99'), "mention 99 to 3: expected offsets within the text"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, line: str | bytes, message: str) -> None:
    """The error names the file, the line and what is wrong with it."""
    path = write(tmp_path / "a.jsonl", GOOD, "", line)
    with pytest.raises(InputError, match=rf"a\.jsonl', line 3: .*{message}"):
        list(read_gold(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A file that does not exist is an error that names it."""
    with pytest.raises(MissingError, match=r"annotated file '.*none\.jsonl' does not exist"):
        list(read_gold(tmp_path / "none.jsonl"))


def test_the_held_out_share_is_the_same_for_ever() -> None:
    """Of these names, just those whose hash falls below the share are held out, in any process and on any machine."""
    names = [f"document {number}" for number in range(20)]
    held_out = [name for name in names if is_held_out(gold("x", id=name), 0.2)]
    assert held_out == ["document 0", "document 5", "document 8", "document 9", "document 12"]


def test_the_held_out_share_grows_by_adding() -> None:
    """What a smaller share holds out a larger one does too, about as many as asked; 0 holds out none, 1 all."""
    documents = [gold("x", id=f"document {number}") for number in range(1_000)]
    few, many = ({one.id for one in documents if is_held_out(one, share)} for share in (0.08, 0.3))
    assert few < many
    assert len(few) == pytest.approx(80, abs=25)
    assert len(many) == pytest.approx(300, abs=45)
    assert not any(is_held_out(one, 0) for one in documents)
    assert all(is_held_out(one, 1) for one in documents)


def relating(*relations: tuple[int, int, str]) -> str:
    return json.dumps(record("[Ada|PER|0] met [Ben|PER|1] in [Rome|LOC|3]", list(relations), id="other"))


def spanning(*spans: tuple[int, int]) -> str:
    row = record("Ada Lovelace met Charles Babbage")
    row["mentions"] = [{"start": a, "end": b, "type": "PER", "entity": n} for n, (a, b) in enumerate(spans)]
    return json.dumps(row)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (relating((0, 1, "loves")), "relation label 'loves' is unknown, .* of the ontology; add the property"),
        (relating((0, 9, "spouse")), "between 0 and 9: entity 9 is unknown"),
        (relating((-1, 0, "spouse")), "between -1 and 0: entity -1 is unknown"),
        (spanning((0, 12), (4, 16)), r"mention 4 to 16 \('Lovelace met'\) overlaps mention 0 to 12 \('Ada Lovelace'\)"),
        (spanning((0, 12), (0, 12)), "mention 0 to 12 .* overlaps mention 0 to 12"),
        (spanning((0, 12), (0, 3), (4, 16)), "mention 4 to 16 .* overlaps mention 0 to 12"),
        (spanning((0, 12), (4, 12)), "a mention overlaps another, and so do 1 of 4 .*at most 1% inside longer ones"),
        (spanning((0, 40)), "mention 0 to 40: expected offsets within the text"),
        (GOOD.replace("PER", "HERO"), "mention 'Ada' has the type 'HERO', expected one of PER, LOC"),
        (GOOD.replace('"PER"', "null"), "mention 'Ada' has the type None"),
    ],
)
def test_a_line_that_cannot_be_learned_from_is_named(tmp_path: Path, line: str, message: str) -> None:
    """Labels, entities, mentions and types that nothing can be learned from: file, line, reason and remedy."""
    path = write(tmp_path / "a.jsonl", GOOD, "", line)
    with pytest.raises(InputError, match=rf"a\.jsonl', line 3: .*{message}"):
        read_annotated(path, ontology(), types=("PER", "LOC"))


def test_a_file_without_documents_is_named(tmp_path: Path) -> None:
    """An empty file, and one of blank lines, hold nothing to learn from."""
    for lines in ((), ("", "  ")):
        with pytest.raises(InputError, match=r"a\.jsonl': expected at least one annotated document, came none"):
            read_annotated(write(tmp_path / "a.jsonl", *lines), ontology())


def test_slips_are_left_out_and_counted(tmp_path: Path) -> None:
    """One mention in a hundred may lie inside a longer one, and an entity between others may have lost its mentions."""
    apart = [GOOD] * 50
    path = write(tmp_path / "a.jsonl", *apart, spanning((0, 12), (4, 12)), relating((2, 0, "spouse"), (0, 1, "P19")))
    found = read_annotated(path, ontology(), types=("PER", "LOC"))
    assert (len(found.documents), found.nested, found.unnamed) == (52, 1, 1)
    assert found.left_out() == "1 mentions inside longer ones and 1 relations of entities without a mention"
    assert read_annotated(write(path, GOOD), ontology()).left_out() == ""
