"""Documents and refusals from files."""

import hashlib
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from kgbuild.config import IngestSettings
from kgbuild.ingest import find_sources, read_documents
from kgbuild.iris import document_iri
from kgbuild.records import Document, Refusal

BASE = "https://example.org/kg/"
Read = Callable[..., list[Document | Refusal]]


def test_a_document_says_where_it_came_from(read: Read, tmp_path: Path) -> None:
    """Source, origin, IRI, digest and format are those of the file."""
    (document,) = read("ada.txt", b"\xef\xbb\xbfAda\r\n")
    uri = (tmp_path / "ada.txt").as_uri()
    digest = hashlib.sha256(b"Ada\r\n").hexdigest()
    assert document == Document(document_iri(BASE, uri), uri, "Ada\r\n", digest, "txt", origin=uri)


@pytest.mark.parametrize("name", ["x.txt", "x.md", "x.html", "x.pdf", "x.docx", "x.jsonl"])
@pytest.mark.parametrize("data", [b"", b" \r\n\t "])
def test_an_empty_file_is_set_aside(read: Read, name: str, data: bytes) -> None:
    """Nothing or white space alone has the reason `empty`, in every format."""
    (item,) = read(name, data)
    assert isinstance(item, Refusal)
    assert (item.stage, item.reason, item.count) == ("ingest", "empty", 1)


def test_a_file_of_a_mark_alone_or_of_front_matter_alone_is_empty(read: Read) -> None:
    """Bytes that hold no text after reading are empty as well."""
    assert [item.reason for item in read("x.txt", b"\xef\xbb\xbf")] == ["empty"]  # type: ignore[union-attr]
    assert [item.reason for item in read("x.md", b"---\ntitle: x\n---\n")] == ["empty"]  # type: ignore[union-attr]


def test_jsonl_gives_a_document_a_line(read: Read, tmp_path: Path) -> None:
    """Source is the line's own URL, else the file's URI with the id or the line's number; blank lines count."""
    records: list[dict[str, object]] = [
        {"text": "One.", "id": "a b#1", "title": "First", "date": "2020-03-04T00:00:00"},
        {"text": "Two.", "source": "https://example.org/zwei ä", "id": 7},
        {"text": "Three.", "id": None, "source": "some newspaper", "title": None},
        {"text": "Four.\r\n", "id": 9, "extra": [1]},
    ]
    lines = [json.dumps(record) for record in records]
    documents = read("x.jsonl", "\n".join([*lines[:2], "", *lines[2:]]).encode())
    uri = (tmp_path / "x.jsonl").as_uri()
    assert [item.source for item in documents] == [
        f"{uri}#a%20b%231",
        "https://example.org/zwei%20%C3%A4",
        f"{uri}#4",
        f"{uri}#9",
    ]
    first, *_, last = documents
    assert isinstance(first, Document)
    assert isinstance(last, Document)
    assert (first.title, first.date, first.format, last.text) == ("First", "2020-03-04", "jsonl", "Four.\r\n")
    assert {item.origin for item in documents if isinstance(item, Document)} == {uri}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": "x"', "invalid-json"),
        (b"\xff\xfe", "invalid-json"),
        (b"[" * 100_000, "invalid-json"),
        (b'["text"]', "invalid-record"),
        (b'{"txt": "x"}', "invalid-record"),
        (b'{"text": 1}', "invalid-record"),
        (b'{"text": "x", "id": true}', "invalid-record"),
        (b'{"text": "x", "source": ["y"]}', "invalid-record"),
        (b'{"text": " "}', "empty"),
    ],
)
def test_a_bad_line_is_set_aside_and_the_rest_goes_on(read: Read, tmp_path: Path, line: bytes, reason: str) -> None:
    """Line 3 is refused with its number and reason; the lines around it are documents."""
    good = b'{"text": "Ada."}\n'
    items = read("x.ndjson", good * 2 + line + b"\n" + good)
    assert [type(item) for item in items] == [Document, Document, Refusal, Document]
    refusal = items[2]
    assert isinstance(refusal, Refusal)
    assert (refusal.source, refusal.reason) == (f"{(tmp_path / 'x.ndjson').as_uri()}#3", reason)
    assert "line 3: " in refusal.detail
    assert "\n" not in refusal.detail


def test_a_line_longer_than_allowed_is_set_aside(read: Read) -> None:
    """The limit holds for each line of a jsonl file, not for the file."""
    good, long = b'{"text": "Ada."}\n', b'{"text": "' + b"x" * 100 + b'"}\n'
    items = read("x.jsonl", good * 10 + long + good, max_bytes=50)
    assert [getattr(item, "reason", "") for item in items] == [""] * 10 + ["too-large", ""]


def test_lone_surrogates_and_zero_characters_become_one_replacement_each(read: Read) -> None:
    """JSON can write what no text may hold; the length stays, so that the offsets of others hold."""
    (document,) = read("x.jsonl", rb'{"text": "a\ud800b\u0000c\ud83d\ude00"}')
    assert isinstance(document, Document)
    assert document.text == "a\ufffdb\ufffdc😀"


def test_the_second_document_of_one_source_is_set_aside(read: Read) -> None:
    """One source gives one document; the other is refused, naming the file that came first."""
    same = b'{"text": "%s", "source": "https://example.org/a"}\n'
    first, second = read("x.jsonl", same % b"one" + same % b"two")
    assert isinstance(first, Document)
    assert isinstance(second, Refusal)
    assert (second.source, second.reason) == ("https://example.org/a", "duplicate-source")
    assert "x.jsonl" in second.detail


def test_bad_files_do_not_stop_the_others(tmp_path: Path) -> None:
    """In a folder of bad input each file has its reason, and the good ones are read."""
    for name, data in {
        "a.txt": b"Ada.",
        "b.pdf": b"%PDF-1.4 broken",
        "c.txt": bytes(range(256)),
        "d.html": b"<html></html>",
        "e.xyz": b"?",
        "f.docx": b"PK",
        "g.txt": b"Byron.",
        "h.txt": b"x" * 2000,
    }.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "i.txt").symlink_to("nowhere")
    items = list(read_documents(find_sources([tmp_path]), IngestSettings(max_bytes=1000), BASE))
    reasons = {item.source.rpartition("/")[2]: getattr(item, "reason", "") for item in items}
    assert reasons == {
        "a.txt": "",
        "b.pdf": "damaged",
        "c.txt": "binary",
        "d.html": "no-text",
        "e.xyz": "unknown-format",
        "f.docx": "damaged",
        "g.txt": "",
        "h.txt": "too-large",
        "i.txt": "unreadable",
    }


def test_twenty_megabytes_without_a_line_break(read: Read) -> None:
    """A very long line is read whole."""
    (document,) = read("x.txt", b"Ada met Charles. " * 1_200_000)
    assert isinstance(document, Document)
    assert len(document.text) == 17 * 1_200_000


def test_jsonl_is_streamed(tmp_path: Path) -> None:
    """Reading a file of many lines takes memory for a few of them, not for the file."""
    path = tmp_path / "x.jsonl"
    line = json.dumps({"text": "Ada. " * 20_000}) + "\n"
    path.write_text(line * 200)
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_documents(find_sources([path]), IngestSettings(), BASE))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 200
    assert peak < path.stat().st_size / 4
