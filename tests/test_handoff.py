"""Records survive the way to Parquet and back, and a file is there whole or not at all."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from kgbuild import records
from kgbuild.errors import HandoffError
from kgbuild.handoff import read_records, write_records
from kgbuild.records import Claim, Document, Literal, Refusal, Span

WHOLE = st.integers(-(2**63), 2**63 - 1)
NUMBER = st.floats(allow_nan=False)
TEXT = st.text(max_size=12)


def some(item: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(item, max_size=3).map(tuple)


SPAN = st.builds(Span, WHOLE, WHOLE)
LITERAL = st.builds(Literal, TEXT, TEXT)
DOCUMENT = st.builds(Document, *[TEXT] * 5, st.none() | TEXT, st.none() | TEXT)
MENTION = st.builds(records.Mention, WHOLE, WHOLE, TEXT, TEXT, WHOLE, NUMBER)
ENTITY = st.builds(records.Entity, st.none() | TEXT, TEXT, TEXT, some(WHOLE), st.none() | LITERAL)
ANNOTATED = st.builds(records.AnnotatedDocument, DOCUMENT, some(SPAN), some(MENTION), some(ENTITY))
SCORE = st.builds(records.PairScore, WHOLE, WHOLE, TEXT, NUMBER)
CLAIM = st.builds(Claim, TEXT, TEXT, TEXT | LITERAL, NUMBER, some(SPAN), SPAN, SPAN)
REFUSAL = st.builds(Refusal, TEXT, TEXT, TEXT, TEXT, WHOLE)
KINDS = {
    Span: SPAN,
    Literal: LITERAL,
    Document: DOCUMENT,
    records.Mention: MENTION,
    records.Entity: ENTITY,
    records.AnnotatedDocument: ANNOTATED,
    records.PairScore: SCORE,
    records.ScoredDocument: st.builds(records.ScoredDocument, ANNOTATED, WHOLE, WHOLE, some(SCORE)),
    Claim: CLAIM,
    records.Reference: st.builds(records.Reference, TEXT, TEXT, some(TEXT), some(TEXT), TEXT),
    Refusal: REFUSAL,
    records.ClaimedDocument: st.builds(records.ClaimedDocument, ANNOTATED, some(CLAIM), some(REFUSAL), WHOLE),
}
SPANS = [Span(1, 2), Span(3, 5)]


def document(text: str) -> Document:
    return Document("urn:d", "file:///d.txt", text, "0" * 64, "txt")


def test_every_record_is_covered():
    """A record added to records.py has a round trip here too."""
    assert {kind.__name__ for kind in KINDS} == set(records.__all__)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_written_is_read(tmp_path: Path, kind: type, data: st.DataObject):
    """Any records come back equal, in order and in number."""
    written = data.draw(st.lists(KINDS[kind], max_size=5))
    path = tmp_path / "records.parquet"
    assert write_records(path, iter(written), kind) == len(written)
    assert list(read_records(path, kind)) == written


def test_types_survive(tmp_path: Path):
    """A claim's object comes back as the kind it was, even when the text is empty."""
    place = Span(0, 1)
    claims = [Claim("s", "p", value, 1.0, (place,), place, place) for value in ("", "urn:o", Literal("", ""))]
    write_records(tmp_path / "c", claims, Claim)
    assert [type(claim.object) for claim in read_records(tmp_path / "c", Claim)] == [str, str, Literal]


def test_long_streams_become_row_groups(tmp_path: Path):
    """Groups close after 64 records or two million characters, and reading crosses them in order."""
    written = [document(str(number)) for number in range(150)] + [document("x" * 2_000_000), document("last")]
    write_records(tmp_path / "d", written, Document)
    assert parquet.ParquetFile(tmp_path / "d").num_row_groups == 4
    assert list(read_records(tmp_path / "d", Document)) == written


def test_reading_streams(tmp_path: Path):
    """The first record is there before the last row group is read."""
    path = tmp_path / "d"
    noise = Random(0)  # noqa: S311 texts that do not compress, no secret
    write_records(path, [document(noise.randbytes(2_000).hex()) for _ in range(200)], Document)
    stream = read_records(path, Document)
    assert next(stream).format == "txt"
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(bytes(1_000))
    with pytest.raises(HandoffError):
        list(stream)


def test_same_records_same_bytes(tmp_path: Path):
    """Two files of the same records do not differ in a byte."""
    for name in ("a", "b"):
        write_records(tmp_path / name, [document("α\n\0𝄞")] * 100, Document)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_nothing_is_left_by_a_stream_that_fails(tmp_path: Path):
    """When the records fail half-way, the old file stays and no part of the new one does."""
    path = tmp_path / "spans"
    write_records(path, SPANS, Span)

    def failing() -> Iterator[Span]:
        yield from [Span(0, 1)] * 100
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_records(path, failing(), Span)
    assert [item.name for item in tmp_path.iterdir()] == ["spans"]
    assert list(read_records(path, Span)) == SPANS


def test_a_lone_surrogate_is_refused(tmp_path: Path):
    """A text that UTF-8 cannot store is an error that shows it, and no file appears."""
    with pytest.raises(HandoffError, match=r"Document holds the text '\\ud800x'.*lone surrogate at 3"):
        write_records(tmp_path / "d", [document("abc\ud800x")], Document)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("wrong", [Span("1", 2), Span(2**63, 0), document("d"), Span(0, "x")])
def test_a_wrong_value_is_refused(tmp_path: Path, wrong: object):
    """A value that the declared type does not hold is an error, and no file appears."""
    with pytest.raises(HandoffError, match="Span holds a value of the wrong type"):
        write_records(tmp_path / "s", [wrong], Span)
    assert not list(tmp_path.iterdir())


def test_another_kind_is_named(tmp_path: Path):
    """Reading the file of another stage says at once what was expected, what came and what to do."""
    write_records(tmp_path / "s", SPANS, Span)
    with pytest.raises(HandoffError, match=r"s': expected 'Claim' records, came 'Span'; name the file of the stage"):
        read_records(tmp_path / "s", Claim)


def test_another_version_is_named(tmp_path: Path):
    """A file whose fields have changed since is told from a damaged one."""
    write_records(tmp_path / "s", SPANS, Span)
    table = parquet.read_table(tmp_path / "s")
    renamed = table.rename_columns(["begin", "end"]).replace_schema_metadata(table.schema.metadata)
    parquet.write_table(renamed, tmp_path / "s")
    with pytest.raises(HandoffError, match=r"came format '1' with \['begin', 'end'\]; run the stage"):
        read_records(tmp_path / "s", Span)


def test_a_foreign_table_is_named(tmp_path: Path):
    """A Parquet file that kgbuild did not write is refused as such."""
    write_records(tmp_path / "s", SPANS, Span)
    parquet.write_table(parquet.read_table(tmp_path / "s").replace_schema_metadata(None), tmp_path / "s")
    with pytest.raises(HandoffError, match="came 'no kgbuild record'"):
        read_records(tmp_path / "s", Span)


def test_a_missing_file_is_named(tmp_path: Path):
    """A file that is not there is an error that names the stage's records."""
    with pytest.raises(HandoffError, match=r"none' does not exist; run the stage that writes Span records"):
        read_records(tmp_path / "none", Span)


@pytest.mark.parametrize("length", [0, 3, 40, -1])
def test_a_truncated_file_is_damaged(tmp_path: Path, length: int):
    """A file cut short is refused at the call."""
    write_records(tmp_path / "s", SPANS, Span)
    (tmp_path / "s").write_bytes((tmp_path / "s").read_bytes()[:length])
    with pytest.raises(HandoffError, match=r"came a damaged file .*; run the stage that wrote it again"):
        read_records(tmp_path / "s", Span)


def test_a_flipped_bit_is_damage(tmp_path: Path):
    """A page whose checksum does not hold is never read as records."""
    write_records(tmp_path / "d", [document("a text that is stored")], Document)
    content = bytearray((tmp_path / "d").read_bytes())
    content[content.index(b"a text that is stored") + 2] ^= 1
    (tmp_path / "d").write_bytes(content)
    with pytest.raises(HandoffError, match="damaged"):
        list(read_records(tmp_path / "d", Document))


def test_a_missing_folder_is_named(tmp_path: Path):
    """Writing into a folder that does not exist says so in one line."""
    with pytest.raises(HandoffError, match="cannot be written: No such file or directory; an existing folder"):
        write_records(tmp_path / "no" / "s", SPANS, Span)
