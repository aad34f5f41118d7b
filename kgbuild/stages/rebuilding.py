"""The stage that makes the store again from the files of the runs, and puts it in the place of the old one."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kgbuild.decisions import Decisions, Review
from kgbuild.errors import MissingError, StoreError, StoreInUseError
from kgbuild.stages.decided import read_reviews
from kgbuild.stages.folders import FRESH, RUNS, finish_exchange, open_store, told_os
from kgbuild.stages.identities import settle_identity_in
from kgbuild.stages.progress import Progress, silent
from kgbuild.stages.receipts import runs_in_chain
from kgbuild.stages.settling import settle_in
from kgbuild.stages.writing import write_again

if TYPE_CHECKING:
    from kgbuild.graph import GraphStore

__all__ = ["Rebuilding", "fill_again", "rebuild"]

_MAKING: Final = ".store-"
"""Beginning of the name of the folder in which a store is made; the number of the process follows."""


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """What `rebuild` made."""

    runs: int
    """Runs that were written again."""
    documents: int
    """Documents that the store holds."""
    quads: int
    """Quads that it holds."""

    def to_json(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return asdict(self)


def rebuild(graph: Path, *, progress: Progress = silent) -> Rebuilding:
    """What was made: the store, again, with the same statements, in the place of the one that was there.

    The old store is there until the new one is whole. A run that was killed while it wrote is completed by the next
    build, as it would have been. Raises: MissingError, StoreError, HandoffError.
    """
    from kgbuild.graph import GraphStore

    if not (graph / RUNS).is_dir():
        raise MissingError(
            f"graph folder {str(graph)!r} holds no runs to make a store of; build a graph", subject=graph
        )
    beside = graph / f"{_MAKING}{os.getpid()}"
    with _held(graph), told_os(graph):
        for leftover in graph.glob(f"{_MAKING}*"):
            shutil.rmtree(leftover)
        try:
            with GraphStore.open(beside, create=True) as store:
                runs = fill_again(store, graph, progress)
                counts = store.counts()
            beside.replace(graph / FRESH)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    finish_exchange(graph)
    return Rebuilding(runs, counts.documents, counts.quads)


def fill_again(store: "GraphStore", graph: Path, progress: Progress = silent, *, stage: str = "rebuild") -> int:
    """How many runs were written, one after the other, into the empty store, and then what persons decided.

    Raises: StoreError, HandoffError.
    """
    chain, reviews = runs_in_chain(graph), read_reviews(graph)
    for number, (run, receipt) in enumerate(chain, start=1):
        write_again(run, store, receipt, Decisions(_first(reviews, receipt.decisions)))
        progress(stage, number, len(chain))
    settle_in(store, graph, reviews)
    settle_identity_in(store, graph)
    return len(chain)


def _first(reviews: Sequence[Review], decisions: int | None) -> Sequence[Review]:
    """The reviews that made the first decisions, so many of them; all where that is not known."""
    ends = accumulate(len(review.decisions) for review in reviews)
    return [review for review, end in zip(reviews, ends, strict=True) if decisions is None or end <= decisions]


@contextmanager
def _held(graph: Path) -> Iterator[None]:
    """Nothing; no other process may open the old store inside the block, if it can be read. Raises: StoreInUseError."""
    try:
        store = open_store(graph)
    except StoreInUseError:
        raise
    except (StoreError, MissingError):
        yield
        return
    try:
        yield
    finally:
        with suppress(StoreError):  # what it could not write down goes with it
            store.close()
