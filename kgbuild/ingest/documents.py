"""From files to documents."""

import hashlib
from collections.abc import Iterable, Iterator

from kgbuild.config import IngestSettings
from kgbuild.errors import InputError
from kgbuild.ingest.lines import read_records
from kgbuild.ingest.readers import FORMATS, READERS
from kgbuild.ingest.reading import Reading
from kgbuild.ingest.sources import Source, read_bytes, read_lines
from kgbuild.iris import document_iri
from kgbuild.records import Document, Refusal

__all__ = ["read_documents"]


def read_documents(sources: Iterable[Source], settings: IngestSettings, base: str) -> Iterator[Document | Refusal]:
    """A document, or why there is none, for each file and for each line of a jsonl file; one is in memory at a time.

    A second document with the IRI of an earlier one is refused, reason `duplicate-source`.
    """
    seen: dict[str, str] = {}
    for source in sources:
        for item in _read(source, settings, base):
            if isinstance(item, Document) and item.iri in seen:
                detail = (
                    f"{seen[item.iri]} gave a document of this source already; each needs an id or source of its own"
                )
                yield _refusal(item.source, InputError(detail, reason="duplicate-source"))
                continue
            if isinstance(item, Document):
                seen[item.iri] = item.origin
            yield item


def _read(source: Source, settings: IngestSettings, base: str) -> Iterator[Document | Refusal]:
    try:
        if _format(source) == "jsonl":
            yield from _read_lines(source, settings, base)
        else:
            yield _to_document(_read_file(source, settings), source.uri, source, base)
    except InputError as error:
        yield _refusal(source.uri, error)


def _format(source: Source) -> str:
    if source.problem:
        raise InputError(source.problem, reason="unreadable")
    if source.suffix not in FORMATS:
        known = ", ".join(FORMATS)
        raise InputError(f"a suffix among {known} was expected, got {source.suffix!r}", reason="unknown-format")
    return FORMATS[source.suffix]


def _read_file(source: Source, settings: IngestSettings) -> Reading:
    data = read_bytes(source, settings.max_bytes)
    if not data or data.isspace():
        raise _empty()
    return READERS[source.suffix](data)


def _read_lines(source: Source, settings: IngestSettings, base: str) -> Iterator[Document | Refusal]:
    number = 0
    for line in read_records(read_lines(source, settings.max_bytes)):
        number = line.number
        try:
            if isinstance(line.reading, InputError):
                raise line.reading
            yield _to_document(line.reading, line.source or f"{source.uri}#{line.id}", source, base)
        except InputError as error:
            yield _refusal(f"{source.uri}#{number}", error, f"line {number}: ")
    if not number:
        raise InputError("a file with one JSON object a line was expected, it has none", reason="empty")


def _to_document(reading: Reading, uri: str, source: Source, base: str) -> Document:
    text = reading.text
    if not text or text.isspace():
        raise _empty()
    return Document(
        iri=document_iri(base, uri),
        source=uri,
        text=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        format=FORMATS[source.suffix],
        title=reading.title,
        date=reading.date,
        origin=source.uri,
    )


def _empty() -> InputError:
    return InputError("text was expected, there is none", reason="empty")


def _refusal(source: str, error: InputError, where: str = "") -> Refusal:
    return Refusal(stage="ingest", source=source, reason=error.reason, detail=where + " ".join(str(error).split()))
