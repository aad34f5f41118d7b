"""What was annotated for this project in documents of other sets, which hold few relations or none.

A file holds no text, but a line for each document: the first digits of the SHA-256 of its text; by label of the
relations the head, the tail and the probability that the set's own annotators would agree (docs/model.md says how both
came about); and, where the set marks a few mentions only, all of them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from kgbuild.errors import InputError, MissingError
from kgbuild.evaluate.gold import GoldDocument, GoldRelation, to_gold
from kgbuild.iris import digest_of

__all__ = ["read_annotations", "with_annotations"]

_DIGITS: Final = 16

Annotations = Mapping[str, Mapping[str, Any]]
"""The record of each document, `relations` and perhaps `mentions`, by the digest of its text."""


def read_annotations(path: Path) -> Annotations:
    """The records of a file, one JSON object a line.

    Raises: MissingError; InputError with file and line.
    """
    if not path.is_file():
        raise MissingError(f"annotations {str(path)!r} do not exist; name a jsonl file", subject=path)
    found: dict[str, Mapping[str, Any]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            record = json.loads(line)
            record["relations"] = tuple(_relations(record["relations"]))
            found[record["text"]] = record
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{str(path)!r}, line {number}: expected the digest of a text and by label heads, tails and "
                f"probabilities above 0, at most 1, came {line[:80]!r}; correct the line",
                subject=path,
            ) from error
    return found


def with_annotations(documents: Sequence[GoldDocument], annotations: Annotations) -> list[GoldDocument]:
    """Those of the documents that are annotated, with these relations beside their own.

    Where mentions are annotated too, they and the relations take the place of the document's own.
    Raises: InputError when no document is annotated, or mentions lie outside the text.
    """
    digests = {digest_of(item.text)[:_DIGITS]: item for item in documents}
    found = [_annotated(digests[text], record) for text, record in annotations.items() if text in digests]
    if documents and not found:
        raise InputError(
            f"none of {len(documents)} documents, {documents[0].id!r} the first, is one of the {len(annotations)} that "
            "are annotated; train on the version of the set that was",
            subject=documents[0].id,
        )
    return found


def _relations(told: Mapping[str, Sequence[Sequence[float]]]) -> Iterator[GoldRelation]:
    for label, rows in told.items():
        for head, tail, probability in rows:
            if not 0 < probability <= 1:
                raise ValueError(f"probability {probability!r}")
            yield GoldRelation(int(head), int(tail), label, (), float(probability))


def _annotated(document: GoldDocument, record: Mapping[str, Any]) -> GoldDocument:
    ours: tuple[GoldRelation, ...] = record["relations"]
    if "mentions" not in record:
        held = {(item.head, item.tail, item.label) for item in document.relations}
        more = (item for item in ours if (item.head, item.tail, item.label) not in held)
        return replace(document, relations=(*document.relations, *more))
    mentions = [dict(zip(("start", "end", "type", "entity"), row, strict=True)) for row in record["mentions"]]
    spans = [(item.start, item.end) for item in document.sentences]
    named = to_gold({"id": document.id, "text": document.text, "sentences": spans, "mentions": mentions})
    return replace(named, relations=ours)
