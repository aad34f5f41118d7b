"""What a run leaves once the graph has taken it: its place among the runs, and hashes of all that it was made from.

With them the store can be checked against the files of its runs, and made again from them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from kgbuild.errors import HandoffError
from kgbuild.stages.folders import RUNS
from kgbuild.stages.runs import read_json, read_plan, read_summary, write_json

__all__ = ["Receipt", "hash_files", "read_receipt", "runs_in_chain", "write_receipt"]

_RECEIPT: Final = "written.json"
_LATER: Final = frozenset({_RECEIPT, "summary.json", "refusals.jsonl"})
"""Files that say what was done, and from which nothing is made."""
_BLOCK: Final = 2**20


@dataclass(frozen=True, slots=True)
class Receipt:
    """What must be known of a run to write it again."""

    previous: str | None
    """IRI of the run that it followed in the graph, if there was one."""
    ended: datetime
    """When it ended, with its time zone."""
    decisions: int | None
    """Decisions of persons that it knew of; `None` when it was written by an earlier version."""
    files: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of each file by name, 64 hexadecimal digits; empty when it was written by an earlier version."""


def hash_files(run: Path) -> dict[str, str]:
    """SHA-256 of each file of a run's folder from which the graph can be made, by name."""
    paths = sorted(path for path in run.iterdir() if not path.name.startswith(".") and path.name not in _LATER)
    return {path.name: _hash(path) for path in paths}


def write_receipt(run: Path, receipt: Receipt) -> None:
    """Nothing; the receipt is in the run's folder, whole."""
    told = {"previous": receipt.previous, "ended": receipt.ended.isoformat(), "decisions": receipt.decisions}
    write_json(run / _RECEIPT, told | {"files": dict(receipt.files)})


def read_receipt(run: Path) -> Receipt:
    """The receipt of a run that was written; of one that an earlier version wrote, what can be told without.

    Raises: HandoffError.
    """
    if not (run / _RECEIPT).is_file():
        plan, summary = read_plan(run), read_summary(run)
        return Receipt(plan.previous, plan.started + timedelta(seconds=summary.seconds if summary else 0.0), None)
    value = read_json(run / _RECEIPT)
    try:
        ended = datetime.fromisoformat(value["ended"])
        return Receipt(value["previous"], ended, value["decisions"], dict(value["files"]))
    except (KeyError, TypeError, ValueError) as error:
        raise HandoffError(
            f"run {str(run)!r}: {_RECEIPT} is not a receipt: {error!r}; restore the file, or build into a new folder",
            subject=run,
        ) from error


def runs_in_chain(graph: Path) -> list[tuple[Path, Receipt]]:
    """The runs that the graph has taken, in order, each following the one before.

    Raises: HandoffError where one is missing.
    """
    folders = sorted(path for path in (graph / RUNS).glob("*") if path.is_dir() and read_summary(path) is not None)
    waiting = {read_plan(path).run: (path, read_receipt(path)) for path in folders}
    chain: list[tuple[Path, Receipt]] = []
    last: str | None = None
    while waiting:
        found = [iri for iri, (_, receipt) in waiting.items() if receipt.previous == last]
        if len(found) != 1:
            raise _broken(graph, last, sorted(waiting), len(found))
        last = found[0]
        chain.append(waiting.pop(last))
    return chain


def _broken(graph: Path, last: str | None, waiting: list[str], found: int) -> HandoffError:
    after = f"run {last!r}" if last else "the beginning"
    return HandoffError(
        f"graph folder {str(graph)!r}: expected one run after {after}, came {found}, and {waiting[0]!r} is left over; "
        f"restore the folder that is missing in {str(graph / RUNS)!r}, or build into a new folder",
        subject=graph,
    )


def _hash(path: Path) -> str:
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            sha.update(block)
    return sha.hexdigest()
