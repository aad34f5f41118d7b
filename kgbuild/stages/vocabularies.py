"""A reference vocabulary of the user's, read from its file: RDF with labels, or csv."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kgbuild.errors import InputError, MissingError
from kgbuild.iris import digest_of
from kgbuild.ontology import load_ontology
from kgbuild.rdf_files import RDF_SUFFIXES, read_statements
from kgbuild.records import Reference

if TYPE_CHECKING:
    from kgbuild.graph.references import TypesByClass

__all__ = ["CSV_COLUMNS", "Vocabulary", "read_vocabulary", "vocabulary_digest"]

CSV_COLUMNS: Final = ("iri", "label", "alternative labels", "type", "description")
"""The columns of a vocabulary in csv; the first two are needed, alternative labels are parted by `|`."""
_NEEDED: Final = CSV_COLUMNS[:2]
_NAMED_IN_NOTE: Final = 3


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a file of the user's lists."""

    iri: str
    """IRI of the vocabulary; a `urn:sha256:` of the file when it does not name itself."""
    entries: tuple[Reference, ...]
    """The things, by IRI, at least one."""
    notes: tuple[str, ...]
    """What was read otherwise than it stands there, a line for each kind of thing."""


def read_vocabulary(path: Path, ontology: Path) -> Vocabulary:
    """The vocabulary of a file of RDF or csv; its classes are those of the ontology, if any.

    Raises: MissingError; InputError with what is wrong; OntologyError where RDF is expected and none came.
    """
    from kgbuild.graph.references import TypesByClass, vocabulary_terms

    content, suffix = _content(path), path.suffix.lower()
    classes, described = load_ontology(ontology).classes, read_statements(ontology)
    iri: str | None = None
    notes: list[str] = []
    if suffix == ".csv":
        entries, notes, unknown = _from_csv(path, content, TypesByClass(classes, described))
    elif suffix in RDF_SUFFIXES:
        statements = read_statements(path, "vocabulary")
        terms = vocabulary_terms(statements, TypesByClass(classes, [*described, *statements]))
        iri, entries, unknown = terms.iri, terms.things, terms.unknown
        _check_iris(path, entries)
    else:
        raise InputError(
            f"vocabulary {str(path)!r}: expected a file that ends with {', '.join((*RDF_SUFFIXES, '.csv'))}, came "
            f"{path.suffix or 'no ending'!r}; name RDF with labels, or csv",
            subject=path,
        )
    if not entries:
        raise InputError(
            f"vocabulary {str(path)!r} lists no thing with a label; expected skos:prefLabel, skos:altLabel, "
            "skos:hiddenLabel or rdfs:label on IRIs that are no classes, or csv rows with iri and label",
            subject=path,
        )
    if unknown:
        few = ", ".join(repr(term) for term, _ in unknown.most_common(_NAMED_IN_NOTE))
        notes.append(f"{unknown.total():,} of its things have no type that the ontology knows, such as {few}")
    return Vocabulary(iri or f"urn:sha256:{digest_of(content.decode('latin-1'))}", entries, tuple(notes))


def vocabulary_digest(path: Path) -> str:
    """SHA-256 of a vocabulary's file, 64 hexadecimal digits. Raises: MissingError."""
    return digest_of(_content(path).decode("latin-1"))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
        raise MissingError(f"vocabulary {str(path)!r} {reason}; name a readable file", subject=path) from error


def _check_iris(path: Path, entries: Sequence[Reference]) -> None:
    """Nothing; each thing has an IRI that a store takes, and that was not made of the file's own place."""
    from kgbuild.graph.references import is_iri

    for entry in entries:
        if not is_iri(entry.iri) or entry.iri.startswith("file:"):
            raise InputError(
                f"vocabulary {str(path)!r}: expected absolute IRIs, came {entry.iri!r} for {entry.label!r}; "
                "write it in full",
                subject=path,
            )


def _from_csv(
    path: Path, content: bytes, types: "TypesByClass"
) -> tuple[tuple[Reference, ...], list[str], Counter[str]]:
    """The things of the rows by IRI, notes, and how many have each type that the ontology does not know."""
    from kgbuild.graph.references import is_iri

    found: dict[str, Reference] = {}
    repeated, unknown = set(), Counter[str]()
    for line, row in _rows(path, content):
        iri, label, *_ = cells = [" ".join(row.get(name, "").split()) for name in CSV_COLUMNS]
        if not is_iri(iri) or not label:
            raise _wrong(path, line, f"expected an absolute IRI and a label, came {iri!r} and {label!r}")
        names = {label, *(name.strip() for name in cells[2].split("|"))} - {""}
        known = tuple(sorted(types.of(cells[3]))) if cells[3] else ()
        if cells[3] and not known:
            unknown[cells[3]] += 1
        entry = Reference(iri, label, tuple(sorted(names)), known, cells[4])
        if iri in found:
            repeated.add(iri)
            entry = _joined(found[iri], entry)
        found[iri] = entry
    notes = [f"{len(repeated):,} IRIs stand in several rows, read as one thing: {_few(repeated)}"] if repeated else []
    return tuple(found[iri] for iri in sorted(found)), notes, unknown


def _joined(one: Reference, other: Reference) -> Reference:
    names = tuple(sorted({*one.names, *other.names}))
    about = "\n".join(filter(None, dict.fromkeys((one.about, other.about))))
    types = tuple(sorted({*one.types, *other.types}))
    return replace(one, names=names, types=types, about=about)


def _rows(path: Path, content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Number of the line that a row ends in, and its cells by column, parted by commas, semicolons or tabs."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _wrong(path, line, "expected UTF-8, came other bytes; save it as CSV UTF-8") from error
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    try:
        names = [" ".join(name.split()).casefold() for name in next(rows, [])]
        missing = [name for name in _NEEDED if name not in names]
        if missing:
            raise _wrong(path, 1, f"expected the columns {', '.join(CSV_COLUMNS)}, came none named {missing[0]!r}")
        for cells in rows:
            if any(map(str.strip, cells)):
                yield rows.line_num, dict(zip(names, cells, strict=False))
    except csv.Error as error:
        raise _wrong(path, rows.line_num, f"expected csv, came {error}") from error


def _few(iris: "set[str] | Sequence[str]") -> str:
    rest = len(iris) - _NAMED_IN_NOTE
    return ", ".join(sorted(iris)[:_NAMED_IN_NOTE]) + (f" and {rest:,} more" if rest > 0 else "")


def _wrong(path: Path, line: int, reason: str) -> InputError:
    return InputError(f"vocabulary {str(path)!r}, line {line}: {reason}", subject=path)
