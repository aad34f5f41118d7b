"""Which reader a suffix has.

Those that need a library of their own are imported when the first such file is read: that takes longer than to find
that nothing has changed.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from kgbuild.ingest.decoding import decode
from kgbuild.ingest.reading import Reading

__all__ = ["FORMATS", "READERS", "read_text"]


def read_text(data: bytes) -> Reading:
    """The text of a plain-text file, every character as it stands there; a byte order mark is not part of it.

    Raises: InputError, reason `binary`.
    """
    return Reading(decode(data))


def _read_docx(data: bytes) -> Reading:
    from kgbuild.ingest.word import read_docx

    return read_docx(data)


def _read_html(data: bytes) -> Reading:
    from kgbuild.ingest.web import read_html

    return read_html(data)


def _read_markdown(data: bytes) -> Reading:
    from kgbuild.ingest.markdown import read_markdown

    return read_markdown(data)


def _read_pdf(data: bytes) -> Reading:
    from kgbuild.ingest.pdf import read_pdf

    return read_pdf(data)


FORMATS: Mapping[str, str] = MappingProxyType(
    {
        ".docx": "docx",
        ".htm": "html",
        ".html": "html",
        ".jsonl": "jsonl",
        ".markdown": "md",
        ".md": "md",
        ".ndjson": "jsonl",
        ".pdf": "pdf",
        ".text": "txt",
        ".txt": "txt",
    }
)
"""Format by suffix: every suffix that is read."""

READERS: Mapping[str, Callable[[bytes], Reading]] = MappingProxyType(
    {
        ".docx": _read_docx,
        ".htm": _read_html,
        ".html": _read_html,
        ".markdown": _read_markdown,
        ".md": _read_markdown,
        ".pdf": _read_pdf,
        ".text": read_text,
        ".txt": read_text,
    }
)
"""Reader by suffix; jsonl files, which hold many documents, are read line by line instead."""
