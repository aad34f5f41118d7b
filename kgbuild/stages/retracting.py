"""The stages that withdraw documents by hand, and let them come back.

What is withdrawn leaves a retraction in the catalogue. A build leaves the document out as long as its text is the one
that was withdrawn; another text is read as any new document, and the retraction is gone.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kgbuild.config import GraphSettings, Settings
from kgbuild.stages.folders import PLANNING, RUNS, open_store, told_os
from kgbuild.stages.naming import documents_named
from kgbuild.stages.runs import DocumentCounts, Plan, keep_settings, run_id, write_plan
from kgbuild.stages.writing import complete, finish_pending

if TYPE_CHECKING:
    from kgbuild.graph import Action, CatalogueEntry, Retraction

__all__ = ["Withdrawal", "restore", "retract"]

_Action = Literal["retracted", "restored"]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What `retract` or `restore` did."""

    documents: tuple[str, ...]
    """Sources of the documents that were withdrawn, or that may come back, sorted."""
    already: tuple[str, ...]
    """Sources of those that had been so before, sorted."""
    run: str | None
    """IRI of the run; `None` when nothing was left to do."""
    folder: str
    """The run's folder; empty when there is none."""

    def to_json(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the graph knows before an operator changes it."""

    held: "Mapping[str, CatalogueEntry]"
    """Documents that it holds, by IRI."""
    retracted: "Mapping[str, Retraction]"
    """Documents that were withdrawn."""
    sources: Mapping[str, str]
    """Sources of all documents that it holds or ever held."""
    previous: str | None
    """IRI of its last run."""
    last: "Mapping[str, Action]"
    """What the last run did, by document."""

    def places(self) -> Mapping[str, tuple[str, ...]]:
        """Source and file of each document that it holds or that was withdrawn."""
        held = {iri: (entry.source, entry.origin) for iri, entry in self.held.items()}
        return held | {iri: (entry.source, entry.origin) for iri, entry in self.retracted.items()}


def retract(graph: Path, documents: Sequence[str], *, now: datetime, reason: str = "") -> Withdrawal:
    """What was withdrawn: the documents that are named, with all that they alone supported; `now` is when.

    Repeated when it was the last run, it tells the same again. Raises: MissingError, StoreError, HandoffError.
    """
    known = _known(graph, now)
    named = documents_named(documents, known.places())
    waiting = {iri: known.held[iri].digest for iri in named if iri in known.held}
    return _change(_Asked(graph, known, "retracted", reason, now), named, waiting)


def restore(graph: Path, documents: Sequence[str], *, now: datetime, reason: str = "") -> Withdrawal:
    """What may come back: the next build that finds the documents reads them again; `now` is when.

    Repeated when it was the last run, it tells the same again. Raises: MissingError, StoreError, HandoffError.
    """
    known = _known(graph, now)
    ever: dict[str, tuple[str, ...]] = {iri: (source,) for iri, source in known.sources.items()}
    named = documents_named(documents, ever | dict(known.places()))
    waiting = {iri: known.retracted[iri].digest for iri in named if iri in known.retracted}
    return _change(_Asked(graph, known, "restored", reason, now), named, waiting)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an operator asks for."""

    graph: Path
    """Folder of the graph."""
    known: _Known
    """What it knows."""
    action: _Action
    """What is to happen."""
    reason: str
    """Why."""
    now: datetime
    """When."""


def _known(graph: Path, now: datetime) -> _Known:
    from kgbuild.graph import changes_of_runs, known_sources, retractions

    finish_pending(graph, now)
    with open_store(graph) as store:
        previous = store.last_run()
        last = {change.document: change.action for change in changes_of_runs(store, [previous] if previous else [])}
        return _Known(store.catalogue(), retractions(store), known_sources(store), previous, last)


def _change(asked: _Asked, named: Sequence[str], waiting: Mapping[str, str]) -> Withdrawal:
    """What was done for the documents that are waiting, digests by IRI, among those that are named."""
    known, run = asked.known, asked.known.previous
    # subtle: a task that is tried again after its work was done must still tell what it did
    done = set(waiting) or {iri for iri in named if known.last.get(iri) == asked.action}
    if waiting:
        changes = [(iri, digest, str(asked.action)) for iri, digest in waiting.items()]
        base = (known.previous or "").rpartition("run/")[0]
        run = f"{base}run/{run_id(known.previous, asked.reason, changes)}"
        complete(_plan(asked, run, sorted(waiting)), asked.graph, asked.now)
    sources = {iri: known.sources[iri] for iri in named}
    return Withdrawal(
        documents=tuple(sorted(source for iri, source in sources.items() if iri in done)),
        already=tuple(sorted(source for iri, source in sources.items() if iri not in done)),
        run=run if done else None,
        folder=str(_folder(asked.graph, run)) if done and run else "",
    )


def _plan(asked: _Asked, run: str, documents: list[str]) -> Path:
    """The run's folder, which is there with its plan or not at all."""
    out = asked.action == "retracted"
    plan = Plan(
        run=run,
        previous=asked.known.previous,
        recipe="",
        used=(),
        started=asked.now,
        paths=(),
        shards=0,
        documents=DocumentCounts(retracted=len(documents) if out else 0),
        removed=(),
        refusals=(),
        retracted=tuple(documents) if out else (),
        restored=() if out else tuple(documents),
        reason=asked.reason,
    )
    beside, folder = asked.graph / f"{PLANNING}{os.getpid()}", _folder(asked.graph, run)
    with told_os(asked.graph):
        for leftover in (beside, folder):
            shutil.rmtree(leftover, ignore_errors=True)
        beside.mkdir()
        keep_settings(beside, Settings(graph=GraphSettings(base=plan.base)))
        write_plan(beside, plan)
        folder.parent.mkdir(exist_ok=True)
        beside.replace(folder)
    return folder


def _folder(graph: Path, run: str) -> Path:
    return graph / RUNS / run.rsplit("/", 1)[-1]
