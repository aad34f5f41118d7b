"""The file of a graph's decisions: a JSON object a line, to which lines are added and in which none is changed.

A line is all that one person decided at one time: it is there whole or it does not count, so that of a sheet that is
applied either all is kept or nothing. The file lies beside the runs, and no build, retraction or rebuild touches it.
"""

import errno
import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from io import FileIO
from pathlib import Path
from typing import Any, Final

from kgbuild.decisions import VERDICTS, Decision, Place, Review
from kgbuild.errors import HandoffError
from kgbuild.records import Span
from kgbuild.stages.folders import told_os

__all__ = ["DECISIONS", "append_review", "read_reviews"]

DECISIONS: Final = "decisions.jsonl"
"""File of the decisions."""


def read_reviews(graph: Path) -> list[Review]:
    """What was decided about the claims of a graph, in order; a last line that is not whole does not count.

    Raises: HandoffError with file and line; StoreError.
    """
    path = graph / DECISIONS
    with told_os(graph):
        lines = path.read_bytes().split(b"\n")[:-1] if path.is_file() else []
    return [_parsed(path, number, line) for number, line in enumerate(lines, start=1)]


def append_review(graph: Path, review: Review) -> None:
    """Nothing; the review is the last line of the graph's file, on disk. Raises: StoreError."""
    line = f"{json.dumps(asdict(review), ensure_ascii=False)}\n".encode(errors="replace")
    with told_os(graph), (graph / DECISIONS).open("ab+", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # two persons may review at once
        file.truncate(_whole(file))
        if file.write(line) != len(line):  # what is there of the line does not count, and the next one replaces it
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(graph / DECISIONS))
        os.fsync(file.fileno())


def _whole(file: FileIO) -> int:
    """Bytes up to the end of the last whole line: a process that was killed may have left a part of one."""
    file.seek(0)
    return file.read().rfind(b"\n") + 1


def _parsed(path: Path, number: int, line: bytes) -> Review:
    try:
        value = json.loads(line)
        decisions = tuple(map(_decision, value["decisions"]))
        return Review(_text(value["author"]), _text(value["time"]), decisions)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise HandoffError(
            f"decisions {str(path)!r}, line {number}: expected a review as kgbuild writes it, came {error!r}; "
            "correct the line, or take it out to forget what it decided",
            subject=path,
        ) from error


def _decision(value: Mapping[str, Any]) -> Decision:
    place = value["place"]
    sentences, texts = tuple(map(_span, place["sentences"])), tuple(map(_text, place["texts"]))
    head, tail = _span(place["head"]), _span(place["tail"])
    inside = all(any(one.start <= span.start and span.end <= one.end for one in sentences) for span in (head, tail))
    if not inside or [span.end - span.start for span in sentences] != list(map(len, texts)):
        raise ValueError("sentences that do not hold what they must")
    if value["verdict"] not in VERDICTS:
        raise ValueError(f"the verdict {value['verdict']!r}")
    return Decision(
        place=Place(_text(place["source"]), _text(place["digest"]), sentences, texts, head, tail),
        relation=_text(value["relation"]),
        verdict=value["verdict"],
        correction=_text(value["correction"]),
        probability=float(value["probability"]),
    )


def _span(value: Mapping[str, int]) -> Span:
    return Span(int(value["start"]), int(value["end"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} where a text is expected")
    return value
