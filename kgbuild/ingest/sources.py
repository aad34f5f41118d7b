"""Files, folders, globs and URLs: what is there, what is in it, and whether a path covers it."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import PurePosixPath
from typing import IO, Any, AnyStr
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

from fsspec import AbstractFileSystem
from fsspec.core import has_magic, url_to_fs
from fsspec.utils import glob_translate

from kgbuild.errors import InputError, MissingError, SettingError

__all__ = ["Source", "covers", "find_sources", "read_bytes", "read_lines"]

_WEB = ("http://", "https://")
_MEDIA_TYPES = {
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/x-ndjson": ".jsonl",
    "application/xhtml+xml": ".html",
    "text/html": ".html",
    "text/markdown": ".md",
}
_WIDE_MARKS = (
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was found."""

    uri: str
    """Absolute URI; `file:///…`, percent-encoded, for a local file."""
    suffix: str
    """Lower-case suffix with its dot, as `.txt`; empty when there is none."""
    size: int | None = None
    """Bytes; `None` where the file system does not tell."""
    problem: str = ""
    """Why it cannot be read, as seen when it was found; empty when nothing speaks against it."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A path as it was given, and where it leads."""

    given: str
    """The path as the caller wrote it."""
    fs: AbstractFileSystem
    """The file system that holds it."""
    name: str
    """Its name there."""


def find_sources(paths: Sequence[str | os.PathLike[str]]) -> Iterator[Source]:
    """Files under `paths`, each once, ordered by URI; all paths are looked up before the first file comes back.

    A folder is walked to its depth, hidden files and folders left out; a glob may match folders.
    Raises: MissingError for a path that does not exist; SettingError for one that cannot be understood.
    """
    looked_up = [(place, _look_up(place)) for place in map(_place, paths)]
    found: dict[str, Source] = {}
    for place, entries in looked_up:
        for entry in entries:
            found |= {source.uri: source for source in _walk(place.fs, entry)}
    return iter(sorted(found.values(), key=lambda source: source.uri))


def covers(paths: Sequence[str | os.PathLike[str]], source_uri: str) -> bool:
    """Whether `source_uri` (a file's URI, with or without `#id`) is, or would be, found under `paths`."""
    return any(_covers(_place(path), source_uri) for path in paths)


def read_bytes(source: Source, max_bytes: int) -> bytes:
    """The bytes of a file.

    Raises: InputError, reason `unreadable` or `too-large`.
    """
    if source.size is not None and source.size > max_bytes:
        raise _too_large(source, source.size, max_bytes)
    try:
        with _open(source) as file:
            data = file.read(max_bytes + 1)
    except Exception as error:
        raise _unreadable(source, error) from error
    if len(data) > max_bytes:
        raise _too_large(source, len(data), max_bytes)
    return data


def read_lines(source: Source, max_bytes: int) -> Iterator[bytes | None]:
    """The lines of a file in UTF-8, one at a time; `None` stands for a line longer than `max_bytes`.

    UTF-16 and UTF-32 are recognised by their byte order mark; no mark is part of a line.
    Raises: InputError, reason `unreadable`.
    """
    try:
        with _open(source) as file:
            yield from _lines(file, max_bytes)
    except Exception as error:
        raise _unreadable(source, error) from error


def _place(path: str | os.PathLike[str]) -> _Place:
    given = os.fspath(path)
    if not given or "::" in given:
        raise SettingError(f"path {given!r} names no file, folder, glob or URL; give one of these", subject=path)
    if given.startswith("file://"):
        given = os.fsdecode(unquote_to_bytes(given.removeprefix("file://")))
    try:
        fs, name = url_to_fs(given)
    except (ImportError, ValueError) as error:
        raise SettingError(f"path {given!r} cannot be opened here: {_line(error)}", subject=path) from error
    if _is_local(fs):
        name = os.path.abspath(name)  # noqa: PTH100  Path.absolute keeps `..`, and one file would have many URIs
    return _Place(given, fs, name)


def _is_local(fs: AbstractFileSystem) -> bool:
    return "file" in fs.protocol


def _look_up(place: _Place) -> list[dict[str, Any]]:
    place.fs.invalidate_cache()
    try:
        return [place.fs.info(place.name)]
    except FileNotFoundError:
        pass  # perhaps a glob; a file whose name holds glob characters was found above
    except Exception as error:
        message = f"path {place.given!r} cannot be looked up: {_line(error)}"
        raise MissingError(message, subject=place.given) from error
    if not has_magic(place.name) or place.name.startswith(_WEB):
        message = f"path {place.given!r} does not exist; name an existing file, folder, glob or URL"
        raise MissingError(message, subject=place.given)
    fixed = _fixed_part(place.name)
    entries = [entry for name, entry in place.fs.glob(place.name, detail=True).items() if not _hidden(name, fixed)]
    if not entries:
        message = f"path {place.given!r} matches nothing; name a glob that matches, a file, folder or URL"
        raise MissingError(message, subject=place.given)
    return entries


def _fixed_part(pattern: str) -> str:
    """The folder before the first part with a glob character."""
    parts = pattern.split("/")
    count = next(number for number, part in enumerate(parts) if has_magic(part))
    return "/".join(parts[:count])


def _hidden(name: str, below: str = "") -> bool:
    return any(part.startswith(".") for part in name.removeprefix(below).split("/"))


def _walk(fs: AbstractFileSystem, top: dict[str, Any]) -> Iterator[Source]:
    pending = [top]
    while pending:
        entry = pending.pop()
        if entry["type"] != "directory":
            yield _to_source(fs, entry)
            continue
        try:
            inside = fs.ls(entry["name"], detail=True)
        except Exception as error:  # noqa: BLE001  each protocol has errors of its own; the folder is set aside
            yield Source(_to_uri(fs, entry["name"]), "", None, f"the folder cannot be listed: {_line(error)}")
            continue
        # an object store may list a folder's own marker inside it
        pending += [item for item in inside if item["name"] != entry["name"] and not _hidden(_last(item["name"]))]


def _last(name: str) -> str:
    return name.rstrip("/").rpartition("/")[2]


def _to_source(fs: AbstractFileSystem, entry: dict[str, Any]) -> Source:
    problem = ""
    if entry["type"] != "file":
        entry, problem = _follow(fs, entry)
    uri = _to_uri(fs, entry["name"])
    suffix = PurePosixPath(unquote(urlsplit(uri).path)).suffix.lower()
    return Source(uri, _MEDIA_TYPES.get(entry.get("mimetype", ""), suffix), entry.get("size"), problem)


def _follow(fs: AbstractFileSystem, entry: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Where a link leads, and why that cannot be read; a link to a folder could lead in a circle."""
    try:
        target = fs.info(entry["name"])
    except OSError as error:
        return entry, f"a link that leads nowhere: {_line(error)}"
    if target["type"] == "directory":
        return entry, "a link to a folder, which is not followed; name the folder itself"
    return target, "" if target["type"] == "file" else "neither a file nor a folder"


def _to_uri(fs: AbstractFileSystem, name: str) -> str:
    if name.startswith(_WEB):
        return quote(name, safe="/:?#[]@!$&'()*+,;=%~")
    return str(fs.unstrip_protocol(quote(os.fsencode(name))))


def _from_uri(uri: str) -> tuple[AbstractFileSystem, str]:
    if uri.startswith(_WEB):
        fs, name = url_to_fs(uri)
        return fs, name
    scheme, _, rest = uri.partition("://")
    fs, name = url_to_fs(f"{scheme}://{os.fsdecode(unquote_to_bytes(rest))}")
    return fs, name


def _covers(place: _Place, uri: str) -> bool:
    own = _to_uri(place.fs, place.name)
    if uri == own or uri.startswith((own.rstrip("/") + "/", own + "#")):
        return True
    if not has_magic(place.name) or uri.partition("://")[0] != own.partition("://")[0]:
        return False
    name = PurePosixPath(_from_uri(uri.partition("#")[0])[1])
    pattern = re.compile(glob_translate(place.name))
    return any(pattern.match(str(path)) for path in (name, *name.parents))


def _open(source: Source) -> IO[bytes]:
    if source.problem:
        raise OSError(source.problem)
    fs, name = _from_uri(source.uri)
    file: IO[bytes] = fs.open(name, "rb")
    return file


def _lines(file: IO[bytes], max_bytes: int) -> Iterator[bytes | None]:
    head = file.read(4)
    file.seek(0)
    wide = next((encoding for mark, encoding in _WIDE_MARKS if head.startswith(mark)), None)
    if wide:
        with TextIOWrapper(file, wide, errors="replace", newline="\n") as text:
            yield from (None if line is None else line.encode() for line in _bounded(text, "\n", max_bytes))
        return
    file.seek(3 if head.startswith(b"\xef\xbb\xbf") else 0)
    yield from _bounded(file, b"\n", max_bytes)


def _bounded(file: IO[AnyStr], end: AnyStr, most: int) -> Iterator[AnyStr | None]:
    while line := file.readline(most + 1):
        yield line if len(line) <= most else None
        while len(line) > most and not line.endswith(end):
            line = file.readline(most + 1)


def _too_large(source: Source, size: int, max_bytes: int) -> InputError:
    message = f"at most {max_bytes:,} bytes are read, the file has {size:,} or more; raise ingest.max_bytes"
    return InputError(message, subject=source, reason="too-large")


def _unreadable(source: Source, error: Exception) -> InputError:
    message = source.problem or f"the file cannot be read: {_line(error)}"
    return InputError(message, subject=source, reason="unreadable")


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
