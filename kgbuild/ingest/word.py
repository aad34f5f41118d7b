"""Word documents (.docx) to plain text."""

from collections.abc import Iterator
from io import BytesIO

import docx
from docx.document import Document as WordDocument
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

from kgbuild.errors import InputError
from kgbuild.ingest.reading import Reading, iso_date, join_blocks, one_line, row_text

__all__ = ["read_docx"]

_OLD_CONTAINER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_docx(data: bytes) -> Reading:
    """Paragraphs, headings, list items and table rows of a Word document, in its order.

    Raises: InputError, reason `damaged`, or `encrypted` for the container of encrypted and of old `.doc` files.
    """
    if data.startswith(_OLD_CONTAINER):
        raise InputError("a .docx was expected, this is encrypted or an old .doc; save it as .docx", reason="encrypted")
    try:
        document = docx.Document(BytesIO(data))
        text = join_blocks(_blocks(document))
        properties = document.core_properties
        return Reading(text, one_line(properties.title), iso_date(properties.created))
    except Exception as error:
        message = f"a whole .docx was expected: {type(error).__name__} {one_line(str(error)) or ''}".rstrip()
        raise InputError(message, reason="damaged") from error


def _blocks(holder: WordDocument | _Cell) -> Iterator[str]:
    for part in holder.iter_inner_content():
        if isinstance(part, Paragraph):
            yield part.text
        else:
            yield from _rows(part)


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        yield row_text([" ".join(_blocks(cell)) for cell in _cells(row)])


def _cells(row: _Row) -> Iterator[_Cell]:
    """Cells of a row; a merged cell, which python-docx repeats for each column, once."""
    before = None
    for cell in row.cells:
        if cell._tc is not before:
            yield cell
        before = cell._tc
