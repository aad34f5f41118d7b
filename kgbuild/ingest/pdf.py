"""PDF files to plain text: lines from pypdf, paragraphs from `layout`."""

from io import BytesIO
from typing import Any

from pypdf import PageObject, PasswordType, PdfReader

from kgbuild.errors import InputError
from kgbuild.ingest.layout import Line, drop_furniture, to_blocks
from kgbuild.ingest.reading import Reading, iso_date, join_blocks, one_line, quiet

__all__ = ["read_pdf"]

_NO_TITLE = {"(anonymous)", "(unspecified)", "untitled", "Untitled"}


def read_pdf(data: bytes) -> Reading:
    """Text of a PDF in paragraphs, without page numbers and running heads, words joined over line ends.

    Title and date are the file's own properties.
    Raises: InputError, reason `encrypted`, `damaged` or `no-text`.
    """
    try:
        with quiet("pypdf"):
            reading = _read(data)
    except InputError:
        raise
    except Exception as error:
        message = f"a whole PDF was expected: {type(error).__name__} {one_line(str(error)) or ''}".rstrip()
        raise InputError(message, reason="damaged") from error
    if not reading.text:
        raise InputError(
            "a PDF with text was expected, this has pictures at most; recognise its text first", reason="no-text"
        )
    return reading


def _read(data: bytes) -> Reading:
    reader = PdfReader(BytesIO(data))
    # many files are encrypted under an empty password, only to forbid changes
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise InputError("a PDF without password was expected, this has one; remove it", reason="encrypted")
    pages = drop_furniture([_lines(page) for page in reader.pages])
    properties = reader.metadata
    text = join_blocks(to_blocks([line for page in pages for line in page]))
    if properties is None:
        return Reading(text)
    title = one_line(properties.title)
    return Reading(text, None if title in _NO_TITLE else title, iso_date(properties.creation_date))


def _lines(page: PageObject) -> list[Line]:
    """The lines of a page in the order in which they are drawn; pieces at one height are one line."""
    lines: list[Line] = []

    def visit(text: str, cm: list[float], tm: list[float], _font: dict[str, Any] | None, size: float) -> None:
        if not text.strip("\n"):
            return
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        scale = abs(tm[3] * cm[3]) or abs(tm[1] * cm[1]) or 1.0
        line = Line(text.replace("\t", " "), x, y, size * scale)
        if lines and lines[-1].is_beside(line):
            lines[-1] = lines[-1].extended(line)
        elif text.strip():
            lines.append(line)

    page.extract_text(visitor_text=visit)
    return lines
