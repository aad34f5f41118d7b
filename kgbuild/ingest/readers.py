"""Which reader a suffix has."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from kgbuild.ingest.decoding import decode
from kgbuild.ingest.markdown import read_markdown
from kgbuild.ingest.pdf import read_pdf
from kgbuild.ingest.reading import Reading
from kgbuild.ingest.web import read_html
from kgbuild.ingest.word import read_docx

__all__ = ["FORMATS", "READERS", "read_text"]


def read_text(data: bytes) -> Reading:
    """The text of a plain-text file, every character as it stands there; a byte order mark is not part of it.

    Raises: InputError, reason `binary`.
    """
    return Reading(decode(data))


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
        ".docx": read_docx,
        ".htm": read_html,
        ".html": read_html,
        ".markdown": read_markdown,
        ".md": read_markdown,
        ".pdf": read_pdf,
        ".text": read_text,
        ".txt": read_text,
    }
)
"""Reader by suffix; jsonl files, which hold many documents, are read line by line instead."""
