"""HTML pages to their main text, without navigation, advertisement and footers."""

from collections.abc import Iterator
from typing import Any

from lxml.etree import _Element as Element  # type: ignore[import-untyped]  # lxml ships no types
from lxml.html import HTMLParser, document_fromstring  # type: ignore[import-untyped]
from trafilatura import bare_extraction

from kgbuild.errors import InputError
from kgbuild.ingest.decoding import decode
from kgbuild.ingest.reading import Reading, iso_date, join_blocks, one_line, quiet, row_text

__all__ = ["read_html"]

_BLOCKS = {"code", "head", "item", "list", "p", "quote", "table"}
_LONG_CELL = 100
_LONG_PAGE = 5_000_000
# a date is taken from what the page says about itself, never guessed from its prose
_DATE = {"original_date": True, "extensive_search": False}


def read_html(data: bytes) -> Reading:
    """Main text of an HTML page; code blocks are left out, as in Markdown.

    Raises: InputError, reason `binary` or `no-text`.
    """
    html = decode(data, declared=True)
    with quiet("trafilatura"), quiet("htmldate"):
        page: Any = bare_extraction(
            _parsed(html), with_metadata=True, include_comments=False, date_extraction_params=_DATE
        )
    text = join_blocks(_blocks(page.body)) if page is not None and page.body is not None else ""
    if not text:
        raise InputError("a page with text was expected, none is left without its navigation", reason="no-text")
    return Reading(text, one_line(page.title), iso_date(page.date))


def _parsed(html: str) -> str | Element:
    """The page as trafilatura takes it: it gives nothing, and no error, for a long string with a long text node."""
    if len(html) < _LONG_PAGE:
        return html
    return document_fromstring(html.encode(), parser=HTMLParser(huge_tree=True, encoding="utf-8"))


def _blocks(element: Element) -> Iterator[str]:
    """The blocks inside `element`; words between its inner blocks are blocks of their own."""
    if element.tag == "table":
        yield from _table(element)
        return
    words = [element.text or ""]
    for child in element:
        if child.tag in _BLOCKS and not _is_inline_code(child):
            yield "".join(words)
            words = []
            yield from () if child.tag == "code" else _blocks(child)
        else:
            words += _words(child)
        words.append(child.tail or "")
    yield "".join(words)


def _table(table: Element) -> Iterator[str]:
    """Its rows; of a table that only lays the page out, what stands in its cells, short cells (mastheads) left out."""
    rows = list(table.iterchildren("row"))
    is_layout = any(_holds_blocks(cell) for row in rows for cell in row)
    for row in rows:
        if not is_layout:
            yield row_text(["".join(_words(cell)) for cell in row])
            continue
        for cell in row:
            if _holds_blocks(cell) or len("".join(_words(cell))) > _LONG_CELL:
                yield from _blocks(cell)


def _holds_blocks(cell: Element) -> bool:
    inner = [child.tag for child in cell]
    return "head" in inner or "table" in inner or inner.count("p") > 1


def _is_inline_code(element: Element) -> bool:
    parent = element.getparent()
    return element.tag == "code" and parent is not None and parent.tag in {"head", "item", "p", "quote"}


def _words(element: Element) -> Iterator[str]:
    for node in element.iter():
        if node.tag == "lb":
            yield "\n"
        yield node.text or ""
        if node is not element:
            yield node.tail or ""
