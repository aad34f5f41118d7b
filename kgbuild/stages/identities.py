"""What was decided on identity, kept beside the runs in a file that only grows, so that it outlives the store."""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kgbuild.errors import HandoffError, InputError, MissingError
from kgbuild.stages.folders import STORE, open_store, told_os

if TYPE_CHECKING:
    from kgbuild.graph import GraphStore

__all__ = [
    "COLUMNS",
    "DECISIONS",
    "Kept",
    "append_decisions",
    "is_resolved",
    "kept_decisions",
    "mark_resolved",
    "read_review",
    "review_text",
    "settle_identity",
    "settle_identity_in",
]

DECISIONS: Final = "identity.jsonl"
"""The file in a graph's folder."""
COLUMNS: Final = (
    *("decision", "score", "reason", "one_name", "one_type", "one", "one_document"),
    *("other_name", "other_type", "other", "other_document"),
)
"""The columns of a review; `decision` is for a person to fill in, an empty document means all."""
_WORDS: Final = {"same": True, "different": False}
_KEYS: Final = {
    "opinion": ("one", "one_document", "other", "other_document", "same", "author", "at"),
    "merge": ("entity", "canonical", "score", "reason", "author", "at"),
    "unmerge": ("entity", "at"),
    "split": ("document", "entity", "part", "reason", "author", "at"),
    "unsplit": ("document", "entity", "at"),
    "resolved": ("run", "vocabulary", "at"),
}
_Line = Mapping[str, Any]


@dataclass(slots=True)
class Kept:
    """What all lines of the file come to."""

    merges: dict[str, _Line] = field(default_factory=dict)
    """By the entity that is merged; with a `vocabulary` those that lead to an entry of one."""
    splits: dict[tuple[str, str], _Line] = field(default_factory=dict)
    """By document and entity."""
    opinions: dict[tuple[str, str, str, str], _Line] = field(default_factory=dict)
    """By both entities and documents; a person's last word on them."""
    answers: dict[tuple[str, str, str, str], _Line] = field(default_factory=dict)
    """The same where the other is an entry of a vocabulary."""
    run: str = ""
    """IRI of the graph's last run when its entities were last compared; empty before."""
    vocabulary: str = ""
    """SHA-256 of the vocabulary that they were last compared with; empty where they were with none."""

    @property
    def links(self) -> dict[str, _Line]:
        """Those of the merges that lead to an entry of a vocabulary."""
        return {entity: line for entity, line in self.merges.items() if "vocabulary" in line}


def kept_decisions(graph: Path) -> Kept:
    """What was decided; nothing where there is no file. A last line that was cut off counts for nothing.

    Raises: HandoffError, with the line that cannot be read.
    """
    path, kept = graph / DECISIONS, Kept()
    if not path.is_file():
        return kept
    with told_os(graph):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        if line.endswith("\n"):
            _take(kept, _parsed(path, number, line))
    return kept


def append_decisions(graph: Path, lines: Sequence[_Line]) -> None:
    """Nothing; the lines are at the end of the file, on disk."""
    if not lines:
        return
    path = graph / DECISIONS
    with told_os(graph):
        cut = path.is_file() and not path.read_bytes().endswith(b"\n") and path.stat().st_size > 0
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        with path.open("a", encoding="utf-8") as file:
            file.write("\n" + text if cut else text)
            file.flush()
            os.fsync(file.fileno())


def mark_resolved(graph: Path, *, run: str, vocabulary: str, at: str) -> None:
    """Nothing; the file says that the entities were compared as they are after the run, with the vocabulary if any."""
    kept = kept_decisions(graph)
    if not is_resolved(kept, run=run, vocabulary=vocabulary):
        line = {"action": "resolved", "run": run, "vocabulary": vocabulary or kept.vocabulary, "at": at}
        append_decisions(graph, [line])


def is_resolved(kept: Kept, *, run: str, vocabulary: str) -> bool:
    """Whether the entities were compared as they are after the run, with that vocabulary or without one."""
    return kept.run == run and vocabulary in ("", kept.vocabulary)


def settle_identity(graph: Path) -> int:
    """How many quads came or went so that the graph says what the file does; none where there is no file.

    Raises: HandoffError, StoreError.
    """
    if not (graph / DECISIONS).is_file() or not (graph / STORE).is_dir():
        return 0
    with open_store(graph) as store:
        return settle_identity_in(store, graph)


def settle_identity_in(store: "GraphStore", graph: Path) -> int:
    """The same for a store that is open, be it the graph's own or one that is made from its runs."""
    from kgbuild.graph.sameness import Merge, Split, put_identity

    run = store.last_run()
    if run is None or not (graph / DECISIONS).is_file():
        return 0
    kept = kept_decisions(graph)
    merges = [
        Merge(**{key: line[key] for key in (*_KEYS["merge"], "vocabulary") if key in line})
        for _, line in sorted(kept.merges.items())
    ]
    splits = [
        Split(line["document"], line["entity"], line["part"], line["reason"], line["author"], line["at"])
        for _, line in sorted(kept.splits.items())
    ]
    return put_identity(store, merges, splits, base=run.rpartition("run/")[0], run=run)


def _parsed(path: Path, number: int, line: str) -> _Line:
    where = f"decisions {str(path)!r}, line {number}"
    try:
        value = json.loads(line)
        missing = [key for key in _KEYS[value["action"]] if key not in value]
    except (ValueError, KeyError, TypeError) as error:
        if not line.strip() or (number > 1 and not line.rstrip().endswith("}")):
            return {"action": ""}  # a line that was cut off when the machine stopped, and written after
        raise HandoffError(
            f"{where}: expected a JSON object with an action among {', '.join(_KEYS)}, came {line.strip()[:60]!r}; "
            "restore the file, or take the line out",
            subject=path,
        ) from error
    if missing:
        raise HandoffError(f"{where}: the key {missing[0]!r} is missing; restore the file", subject=path)
    checked: _Line = value
    return checked


def _take(kept: Kept, line: _Line) -> None:
    match line["action"]:
        case "merge":
            kept.merges[line["entity"]] = line
        case "unmerge":
            kept.merges.pop(line["entity"], None)
        case "split":
            kept.splits[line["document"], line["entity"]] = line
        case "unsplit":
            kept.splits.pop((line["document"], line["entity"]), None)
        case "resolved":
            kept.run, kept.vocabulary = line["run"], line["vocabulary"]
        case "opinion":
            key = line["one"], line["one_document"], line["other"], line["other_document"]
            said = kept.answers if "vocabulary" in line else kept.opinions
            said.pop(key, None)
            said[key] = line


def review_text(rows: Iterable[Mapping[str, str]]) -> str:
    """A review as csv, a row a pair."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def read_review(
    path: Path, *, known: Mapping[str, frozenset[str]], entries: Mapping[str, str], author: str, at: str
) -> list[_Line]:
    """The opinions of a review in which the author has filled in decisions.

    `known` are documents by entity, `entries` the vocabularies by IRI of what they list.

    Raises: MissingError; InputError, with the line that is wrong and why.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise MissingError(f"review {str(path)!r} does not exist; write one with --review", subject=path) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InputError(f"review {str(path)!r} cannot be read: {reason}; name a csv file", subject=path) from error
    rows = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise InputError(
            f"review {str(path)!r}, line 1: the column {missing[0]!r} is missing; keep the header of --review",
            subject=path,
        )
    said = {"author": author, "at": at}
    return [line | said for row in rows for line in _opinion(path, rows.line_num, row, known, entries)]


def _opinion(
    path: Path,
    number: int,
    row: Mapping[str, str | None],
    known: Mapping[str, frozenset[str]],
    entries: Mapping[str, str],
) -> Iterator[dict[str, Any]]:
    word = (row["decision"] or "").strip().lower()
    if not word:
        return
    if word not in _WORDS:
        raise InputError(
            f"review {str(path)!r}, line {number}: expected decision 'same', 'different' or nothing, came {word!r}",
            subject=path,
        )
    line: dict[str, Any] = {"action": "opinion", "same": _WORDS[word]}
    for side in ("one", "other"):
        entity, document = ((row[name] or "").strip() for name in (side, f"{side}_document"))
        if side == "other" and entity in entries and not document:
            line["vocabulary"] = entries[entity]
        elif entity not in known or (document and document not in known[entity]):
            raise InputError(
                f"review {str(path)!r}, line {number}: {side} {document or entity!r} is not in the graph, nor in a "
                "vocabulary that was given; write the review again with --review, or give --vocabulary too",
                subject=path,
            )
        line |= {side: entity, f"{side}_document": document}
    yield line
