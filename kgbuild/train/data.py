"""Reading of annotated files, and their cut into what is trained on and what is held out."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kgbuild.errors import InputError, MissingError
from kgbuild.evaluate.gold import GoldDocument, to_gold
from kgbuild.ontology import Ontology

__all__ = [
    "HELD_OUT",
    "AnnotatedFile",
    "check_complete",
    "is_held_out",
    "read_annotated",
    "read_for_training",
    "read_gold",
    "read_json",
]

HELD_OUT: Final = {"redocred": 0.08, "wikigold": 0.1}
"""Share of a set's training file that no model trains on: kept for calibration, and to measure on."""

_CAME = 40
"""Characters of a line that an error shows."""
_MOST_NESTED: Final = 0.01
"""Share of a file's mentions that may lie inside longer ones: slips of an annotator, above it another convention."""


@dataclass(frozen=True, slots=True)
class AnnotatedFile:
    """A file that can be learned from."""

    documents: tuple[GoldDocument, ...]
    """Its documents, at least one."""
    nested: int
    """Mentions left out because they lie inside a longer one, at least 0."""
    unnamed: int
    """Relations of entities that have no mention, which nobody can find, at least 0."""

    def left_out(self) -> str:
        """What cannot be learned from, in words; empty when there is nothing."""
        counts = (
            (self.nested, "mentions inside longer ones"),
            (self.unnamed, "relations of entities without a mention"),
        )
        return " and ".join(f"{count:,} {what}" for count, what in counts if count)


def read_gold(path: Path) -> Iterator[GoldDocument]:
    """The documents of an annotated file, one JSON object a line.

    Raises: MissingError; InputError with file and line for the first line that cannot be used.
    """
    for _, _, document in _parsed_lines(path):
        yield document


def read_for_training(data: Path, name: str) -> list[GoldDocument]:
    """The documents of the set `name` in the folder `data` that may be trained on.

    Raises: MissingError; InputError with file and line for the first line that cannot be used.
    """
    share = HELD_OUT.get(name, 0.0)
    return [item for item in read_gold(data / name / "train.jsonl") if not is_held_out(item, share)]


def read_annotated(path: Path, ontology: Ontology, *, types: Collection[str] = ()) -> AnnotatedFile:
    """The annotated file, when all of it can be learned from; mentions are of one of the `types`, where some are given.

    A few mentions inside longer ones are left out, and so are relations of an entity that has lost its mentions (its
    number lies among those of the others).
    Raises: MissingError; InputError with the file, and the line where there is one.
    """
    documents: list[GoldDocument] = []
    first_nested, mentions = 0, 0
    for number, record, document in _parsed_lines(path):
        try:
            _check(record, document, ontology, types)
        except InputError as error:
            raise _located(path, number, error) from error
        first_nested = first_nested or (number if document.dropped else 0)
        mentions += len(document.mentions) + document.dropped
        documents.append(document)
    if not documents:
        raise InputError(f"{str(path)!r}: expected at least one annotated document, came none", subject=path)
    nested = sum(document.dropped for document in documents)
    if nested > _MOST_NESTED * mentions:
        raise InputError(
            f"{str(path)!r}, line {first_nested}: a mention overlaps another, and so do {nested} of {mentions} in the "
            f"file; expected disjoint mentions, at most {_MOST_NESTED:.0%} inside longer ones; keep one of each",
            subject=path,
        )
    return AnnotatedFile(tuple(documents), nested, sum(map(_unnamed, documents)))


def check_complete(documents: Iterable[GoldDocument], path: Path) -> None:
    """Nothing, when all of them are annotated as completely as the file says. Raises: InputError."""
    for item in documents:
        if item.partial:
            raise InputError(
                f"{str(path)!r}: document {item.id!r} has `complete`: false, expected documents of which all is "
                "annotated, since what it does not tell is neither right nor wrong; train on it with `kgbuild train "
                "--examples`, or annotate the rest and take the key out",
                subject=path,
            )


def read_json(line: bytes, *, hook: Callable[[Sequence[tuple[str, Any]]], Any] | None = None) -> Any:
    """What a line of JSON says; an object becomes what `hook` makes of its pairs. Raises: InputError."""
    try:
        return json.loads(line, object_pairs_hook=hook)
    except (ValueError, RecursionError) as error:
        reason = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
        came = line.decode(errors="replace").strip()
        raise InputError(
            f"expected a JSON object, came {came[:_CAME] + '…' * (len(came) > _CAME)!r} ({reason}); write one object "
            'a line, as in {"text": "Ada was born in Rome."}, its strings in double quotes'
        ) from error


def is_held_out(document: GoldDocument, share: float) -> bool:
    """Whether a document belongs to the held-out share, decided by a hash of its name alone."""
    bucket = int(hashlib.sha256(document.id.encode()).hexdigest()[:8], 16) / 2**32
    return bucket < share


def _parsed_lines(path: Path) -> Iterator[tuple[int, Mapping[str, Any], GoldDocument]]:
    """Number, record and document of each line that is not blank."""
    if not path.is_file():
        raise MissingError(f"annotated file {str(path)!r} does not exist; name a jsonl file", subject=path)
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield number, *_parsed(path, number, line)


def _parsed(path: Path, number: int, line: bytes) -> tuple[Mapping[str, Any], GoldDocument]:
    try:
        record = read_json(line)
        document = to_gold(record)
        f"{document.id}{document.text}".encode()  # half of a surrogate pair is no character, though JSON can write it
    except (ValueError, InputError) as error:  # UTF-8's own errors are ValueErrors
        raise _located(path, number, error) from error
    return record, document


def _located(path: Path, number: int, error: Exception) -> InputError:
    return InputError(f"{str(path)!r}, line {number}: {error}", subject=path)


def _check(record: Mapping[str, Any], document: GoldDocument, ontology: Ontology, types: Collection[str]) -> None:
    for mention in document.mentions:
        if types and mention.type not in types:
            raise InputError(
                f"mention {mention.text!r} has the type {mention.type or None!r}, expected one of {', '.join(types)}; "
                "correct it or leave the mention out"
            )
    _check_overlaps([(item["start"], item["end"]) for item in record.get("mentions", ())], document.text)
    entities = {item["entity"] for item in record.get("mentions", ())}
    for relation in document.relations:
        if relation.label not in ontology.by_key:
            raise InputError(
                f"relation label {relation.label!r} is unknown, expected the label, local name or equivalent of a "
                "property of the ontology; add the property to it, or correct or leave out the relation"
            )
        for entity in (relation.head, relation.tail):
            if entity not in entities and not 0 <= entity < max(entities, default=-1):
                raise InputError(
                    f"relation {relation.label!r} between {relation.head} and {relation.tail}: entity {entity} is "
                    f"unknown, expected one that a mention names; annotate a mention or leave the relation out"
                )


def _check_overlaps(spans: list[tuple[int, int]], text: str) -> None:
    """Nothing, when each mention either stands apart from all before it or lies inside one of them."""
    longest = before = (0, 0)
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        if span[0] >= longest[1]:
            longest = span
        elif span[1] > longest[1] or span == before:
            raise InputError(
                f"mention {span[0]} to {span[1]} ({text[slice(*span)]!r}) overlaps mention "
                f"{longest[0]} to {longest[1]} ({text[slice(*longest)]!r}); keep one of them"
            )
        before = span


def _unnamed(document: GoldDocument) -> int:
    named = frozenset(document.entities)
    return sum(not {relation.head, relation.tail} <= named for relation in document.relations)
