"""Lines on pages to paragraphs: what printing added is taken away again."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from kgbuild.ingest.reading import row_text

__all__ = ["Line", "drop_furniture", "to_blocks"]

_EDGE = 2
_SMALL = 0.9
_NUMBER = re.compile(
    r"[\s\-–—|]*((page|seite|p\.)\s*)?(\d{1,4}|[ivxlc]{1,7})([\s/]*(of|von)?\s*\d{1,4})?[\s\-–—|]*", re.I
)
_BULLET = re.compile(r"\s*([•‣◦▪●–*\-\x7f]|\(?\d{1,2}[.)])\s")
_SYMBOL = re.compile(r"\A\s*[•‣◦▪●–*\-\x7f]\s+")
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’)\]]*\s*$")
_BROKEN = re.compile(r"(\w+)[-\u2010\u00ad]\s*$")
_FIRST_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line of text."""

    text: str
    """Its words."""
    x: float
    """Left end, points from the left of the page."""
    y: float
    """Base line, points from the bottom of the page."""
    size: float
    """Height of its type, points."""

    def is_beside(self, other: "Line") -> bool:
        """Whether `other` stands at the same height."""
        return abs(self.y - other.y) < 0.3 * max(self.size, other.size)

    def extended(self, other: "Line") -> "Line":
        """The line with `other` at its end, after a tab when the space between them makes that another cell."""
        width = 0.5 * self.size * len(self.text)  # the usual width of Latin type; the font's own is not at hand
        is_ended = self.text.endswith("\n")
        is_cell = other.x - self.x > 1.1 * width + (0.5 if is_ended else 2) * self.size
        space = "\t" if is_cell else " " if is_ended else ""
        return replace(self, text=self.text.rstrip("\n") + space + other.text)


def drop_furniture(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages without page numbers and running heads.

    A head is a line at the edge of a page that returns on others, digits aside, or stands elsewhere in larger type,
    or the top line where that is in smaller type than the page.
    """
    heads = Counter(key for page in pages for key in {_key(line) for line in _edge(page)})
    largest: dict[str, float] = {}
    for line in (line for page in pages for line in page):
        largest[_words_of(line)] = max(line.size, largest.get(_words_of(line), 0.0))
    least = max(2, len(pages) // 3)
    kept = []
    for page in pages:
        away = [
            line
            for line in _edge(page)
            if heads[_key(line)] >= least or line.size < _SMALL * largest[_words_of(line)] or _is_outside(line, page)
        ]
        kept.append([line for line in page if line not in away])
    return kept


def to_blocks(lines: Sequence[Line]) -> Iterator[str]:
    """Paragraphs, headings and list items: lines joined where nothing speaks for a new block."""
    if not lines:
        return
    gaps = [a.y - b.y for a, b in pairwise(lines) if a.y > b.y and abs(a.size - b.size) < 0.1 * a.size]
    usual = median(gaps) if gaps else 0.0
    known = _words(lines)
    block = [lines[0]]
    for before, line in pairwise(lines):
        if _is_row(before) or _is_row(line) or _starts_block(before, line, usual):
            yield _joined(block, known)
            block = []
        block.append(line)
    yield _joined(block, known)


def _words_of(line: Line) -> str:
    return re.sub(r"\d+", "#", " ".join(line.text.split())).casefold()


def _key(line: Line) -> tuple[str, int]:
    return _words_of(line), round(line.size)


def _edge(page: Sequence[Line]) -> list[Line]:
    """The lines nearest to the top and to the bottom of a page."""
    by_height = sorted(page, key=lambda line: line.y)
    return by_height[:_EDGE] + by_height[_EDGE:][-_EDGE:]


def _is_outside(line: Line, page: Sequence[Line]) -> bool:
    """Whether it is a page number at the top or bottom, or a top line in small type."""
    heights = [other.y for other in page]
    if len(page) == 1 or line.y not in (min(heights), max(heights)):
        return False
    is_small = line.y == max(heights) and line.size < _SMALL * median(other.size for other in page)
    return is_small or _NUMBER.fullmatch(line.text) is not None


def _starts_block(before: Line, line: Line, usual: float) -> bool:
    if abs(before.size - line.size) > 0.1 * before.size or _BULLET.match(line.text):
        return True
    down = before.y - line.y
    if down < 0 or down > 8 * usual:
        # the next column or page goes on with the sentence, if that has not ended
        return _SENTENCE_END.search(before.text) is not None
    indented = line.x - before.x > 0.7 * line.size and not _BULLET.match(before.text)
    return down > 1.3 * usual or indented


def _is_row(line: Line) -> bool:
    return "\t" in _SYMBOL.sub("", line.text, count=1).strip()


def _joined(block: Sequence[Line], known: Counter[str]) -> str:
    text = _SYMBOL.sub("", block[0].text, count=1).strip()
    if "\t" in text:
        return row_text(text.split("\t"))
    for line in block[1:]:
        text = _join(text, line.text.strip(), known)
    return text


def _join(text: str, after: str, known: Counter[str]) -> str:
    """Both with a space between; a word broken at the line's end becomes whole, a compound keeps its hyphen."""
    broken, rest = _BROKEN.search(text), _FIRST_WORD.match(after)
    if not broken or not rest:
        return f"{text} {after}"
    start, end = broken.group(1), rest.group()
    stem = text[: broken.end(1)]
    compound = known[f"{start}-{end}".casefold()] > known[(start + end).casefold()]
    if compound or not end[0].islower() or not start[-1].isalpha():
        return f"{stem}-{after}"
    return stem + after


def _words(lines: Iterable[Line]) -> Counter[str]:
    """How often each word, and each compound with a hyphen, stands within a line."""
    return Counter(
        word for line in lines for form in (r"\w+", r"\w+(?:-\w+)+") for word in re.findall(form, line.text.casefold())
    )
