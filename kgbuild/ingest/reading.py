"""What a reader gives back, and the small steps that all readers share."""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

__all__ = ["Reading", "iso_date", "join_blocks", "one_line", "quiet", "row_text"]

_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_NO_CHARACTER = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SPACES = re.compile(r"[^\S\n]+")
_ISO = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?(?=$|[T ]\d\d:)")
_SPELLED = ("%d %B %Y", "%B %d, %Y", "%d %b %Y", "%b %d, %Y")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found in a file."""

    text: str
    """The text; blocks (paragraphs, headings, list items, table rows) are separated by blank lines."""
    title: str | None = None
    """Title given in the file, if any."""
    date: str | None = None
    """Date given in the file, ISO 8601, if any."""


def join_blocks(blocks: Iterable[str]) -> str:
    """The blocks with blank lines between them, without control characters, lone surrogates and double spaces."""
    return "\n\n".join(clean for block in blocks if (clean := _clean(block)))


def one_line(text: object) -> str | None:
    """`text` on one line, cleaned as in `join_blocks`; `None` when it is no text or nothing is left."""
    return " ".join(_clean(text).split()) or None if isinstance(text, str) else None


def row_text(cells: Sequence[str]) -> str:
    """A table row as text: `first: second` for two filled cells, else the filled cells with commas between them."""
    filled = [clean.rstrip(":") for cell in cells if (clean := one_line(cell))]
    return (": " if len(filled) == 2 else ", ").join(filled)


def iso_date(value: object) -> str | None:
    """`value` (a date, or text in ISO 8601 or with the English month) as YYYY, YYYY-MM or YYYY-MM-DD, if it is one."""
    if isinstance(value, date):
        return value.strftime("%Y-%m-%d").zfill(10)
    text = str(value or "").strip()
    if match := _ISO.match(text):
        return match.group() if _is_day(match.group()) else None
    for pattern in _SPELLED:
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=UTC).date().isoformat()
        except ValueError:
            continue
    return None


@contextmanager
def quiet(logger: str) -> Iterator[None]:
    """Nothing; inside the block that library's logger says nothing, since a refusal tells what is wrong."""
    library = logging.getLogger(logger)
    level = library.level
    library.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        library.setLevel(level)


def _clean(block: str) -> str:
    visible = _NO_CHARACTER.sub(" ", _INVISIBLE.sub("", block))
    lines = (_SPACES.sub(" ", line).strip() for line in visible.split("\n"))
    return "\n".join(line for line in lines if line)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(f"{text}-01-01"[:10] if len(text) < len("2000-01") else f"{text}-01"[:10])
    except ValueError:
        return False
    return True
