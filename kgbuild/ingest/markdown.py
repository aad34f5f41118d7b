"""Markdown (CommonMark with tables) to plain text."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from kgbuild.ingest.decoding import decode
from kgbuild.ingest.reading import Reading, iso_date, join_blocks, one_line, row_text

__all__ = ["read_markdown"]

_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*\r?$\n?", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(r"^(title|date)[ \t]*:[ \t]*(.*?)[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
_TAG = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def read_markdown(data: bytes) -> Reading:
    """Text of a Markdown file; links and images give their words, HTML its text.

    Code blocks are left out: names in program text are not statements about the world.
    Title and date come from the front matter, else the title from the first heading.
    Raises: InputError, reason `binary`.
    """
    text = decode(data)
    matter = _FRONT_MATTER.match(text)
    fields = {key.lower(): value.strip("\"'") for key, value in _FIELD.findall(matter.group(1) if matter else "")}
    tokens = MarkdownIt("commonmark").enable("table").parse(text[matter.end() :] if matter else text)
    title = one_line(fields.get("title")) or _first_heading(tokens)
    return Reading(join_blocks(_blocks(tokens)), title, iso_date(fields.get("date")))


def _blocks(tokens: Sequence[Token]) -> Iterator[str]:
    cells: list[str] | None = None
    for token in tokens:
        if token.type == "tr_open":
            cells = []
        elif token.type == "tr_close":
            yield row_text(cells or [])
            cells = None
        elif token.type == "html_block":
            yield _TAG.sub(" ", token.content)
        elif token.type == "inline" and cells is not None:
            cells.append(_words(token))
        elif token.type == "inline":
            yield _words(token)


def _words(inline: Token) -> str:
    return "".join(_word(token) for token in inline.children or [])


def _word(token: Token) -> str:
    if token.type == "softbreak":
        return " "
    if token.type == "hardbreak":
        return "\n"
    if token.type == "image":
        return _words(token)
    return token.content if token.type in {"text", "code_inline", "text_special"} else ""


def _first_heading(tokens: Sequence[Token]) -> str | None:
    for before, token in pairwise(tokens):
        if before.type == "heading_open" and before.tag == "h1":
            return one_line(_words(token))
    return None
