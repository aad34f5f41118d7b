"""jsonl files: one document a line."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from kgbuild.errors import InputError
from kgbuild.ingest.reading import Reading, iso_date, one_line

__all__ = ["Line", "read_records"]

_NO_CHARACTER = re.compile("[\0\ud800-\udfff]")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(//.+|\S+)")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a jsonl file."""

    number: int
    """Its number in the file, from 1."""
    reading: Reading | InputError
    """The document in it, or why there is none."""
    id: str = ""
    """`id` of the record, percent-encoded for a URI; the line's number when it has none."""
    source: str = ""
    """`source` of the record where that is an absolute URL or URI, else empty."""


def read_records(lines: Iterable[bytes | None]) -> Iterator[Line]:
    """A record for each line that is not blank; `None` is a line that was too long to be read."""
    for number, line in enumerate(lines, start=1):
        if line is None:
            yield Line(number, InputError("the line is too long; raise ingest.max_bytes", reason="too-large"))
        elif line.strip():
            yield _record(number, line)


def _record(number: int, line: bytes) -> Line:
    try:
        fields = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Line(number, InputError(f"UTF-8 was expected, byte {error.start} is not", reason="invalid-json"))
    except (ValueError, RecursionError) as error:
        return Line(number, InputError(f"a JSON object was expected: {error}", reason="invalid-json"))
    problem = _problem(fields)
    if problem:
        return Line(number, InputError(problem, reason="invalid-record"))
    id, source = fields.get("id"), fields.get("source") or ""
    reading = Reading(
        _NO_CHARACTER.sub("\ufffd", fields["text"]), one_line(fields.get("title")), iso_date(fields.get("date"))
    )
    return Line(number, reading, quote(str(number if id in {None, ""} else id), errors="replace"), _url(source))


def _problem(fields: object) -> str:
    if not isinstance(fields, dict):
        return f"a JSON object was expected, got {type(fields).__name__}"
    if not isinstance(fields.get("text"), str):
        return f"`text` must be a string, got {fields.get('text')!r:.80}"
    for key, types in (("id", (str, int)), ("title", (str,)), ("source", (str,)), ("date", (str, int))):
        value = fields.get(key)
        if value is not None and (not isinstance(value, types) or isinstance(value, bool)):
            return f"`{key}` must be a string, got {value!r:.80}"
    return ""


def _url(source: str) -> str:
    source = _NO_CHARACTER.sub("\ufffd", source.strip())
    return quote(source, safe="/:?#[]@!$&'()*+,;=%~") if _URL.fullmatch(source) else ""
