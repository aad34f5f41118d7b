"""The stage that finds what is to be done: which documents are new, changed, unchanged or gone."""

import filecmp
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild.config import Settings
from kgbuild.handoff import write_records
from kgbuild.ingest import Source, covers, find_sources, read_documents
from kgbuild.ontology import Ontology
from kgbuild.records import Document, Refusal
from kgbuild.stages.folders import PLANNING, RUNS, UNCHANGED, create_store, shard_path, told_os
from kgbuild.stages.progress import Progress, silent
from kgbuild.stages.recipe import check_settings, recipes_of, used_by
from kgbuild.stages.reusing import Kept, find_kept
from kgbuild.stages.runs import (
    DocumentCounts,
    Plan,
    Recipes,
    keep_settings,
    read_plan,
    run_id,
    write_plan,
    write_refusals,
)
from kgbuild.stages.sharding import write_shards
from kgbuild.stages.writing import finish_pending

if TYPE_CHECKING:
    from kgbuild.graph import CatalogueEntry

__all__ = ["discover", "shards"]


def discover(
    settings: Settings, paths: Sequence[str], graph: Path, *, now: datetime, progress: Progress = silent
) -> Path:
    """The folder of a run: its plan, and the added and changed documents in shards.

    Paths, settings and the graph's folder are checked before any document is read. A run that was killed while it
    wrote is completed first. When nothing has changed the folder's plan says so, it has no shards, and nothing else
    of the graph is touched. What earlier runs have kept of a document, and is still right, lies beside its shard.
    Raises: MissingError, StoreError, SettingError, OntologyError, CheckpointError, InputError, HandoffError.
    """
    sources = list(find_sources(paths))
    ontology = check_settings(settings)
    finish_pending(graph, now)
    known, recipes = _known(graph), recipes_of(settings, ontology)
    with told_os(graph):
        _drop_leftovers(graph)
        beside = graph / f"{PLANNING}{os.getpid()}"
        beside.mkdir()
    try:
        kept = find_kept(graph, known.catalogue, recipes, max_shards=settings.ingest.max_shards)
        survey = _Survey(known.catalogue, known.retracted, recipes, kept, progress)
        plan = _plan(settings, ontology, survey, sources, paths, beside, known.previous, now)
        with told_os(graph):
            keep_settings(beside, settings)
            write_refusals(beside, plan.refusals)
            write_plan(beside, plan)
            return _keep(beside, graph, plan)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def shards(run: Path) -> list[str]:
    """Paths of the shards of a run, in order; none when nothing is to be processed."""
    return [str(shard_path(run, number)) for number in range(read_plan(run).shards)]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the graph knows before the corpus is read."""

    catalogue: "dict[str, CatalogueEntry]"
    """What it holds, by document."""
    retracted: dict[str, str]
    """Digest of each document that an operator withdrew."""
    previous: str | None
    """IRI of its last run, if there was one."""


def _known(graph: Path) -> _Known:
    from kgbuild.graph import retractions

    with create_store(graph) as store:
        withdrawn = {document: entry.digest for document, entry in retractions(store).items()}
        return _Known(store.catalogue(), withdrawn, store.last_run())


@dataclass(slots=True)
class _Survey:
    """What is seen while the corpus is read."""

    catalogue: "dict[str, CatalogueEntry]"
    """What the graph holds, by document."""
    retracted: dict[str, str]
    """Digest of each document that an operator withdrew: it stays out until its text is another."""
    recipes: Recipes
    """Hashes of the settings, model and ontology."""
    kept: Kept
    """What earlier runs have kept."""
    progress: Progress
    """Told of each document."""
    refusals: list[Refusal] = field(default_factory=list)
    """What was set aside."""
    seen: set[str] = field(default_factory=set)
    """IRIs of the documents that were read."""
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    """IRI, old and new digest of each document that is to be processed."""
    counts: Counter[str] = field(default_factory=Counter)
    """How many documents are added, changed, unchanged, retracted, and how many of the changed ones keep what."""

    def keep_fresh(self, sources: Sequence[Source], settings: Settings) -> Iterator[Document]:
        """The documents that are new or changed and of which nothing is kept."""
        self.progress("discover", 0, 0)
        for number, item in enumerate(read_documents(sources, settings.ingest, settings.graph.base), start=1):
            self.progress("discover", number, 0)
            if isinstance(item, Refusal):
                self.refusals.append(item)
                continue
            self.seen.add(item.iri)
            old = self.catalogue.get(item.iri)
            kind = "retracted" if self.retracted.get(item.iri) == item.digest else _kind(item, old, self.recipes.whole)
            self.counts[kind] += 1
            if kind not in ("added", "changed"):
                continue
            self.changes.append((item.iri, old.digest if old else "", item.digest))
            level = self.kept.take(item, old)
            self.counts[level or "read"] += 1
            if level is None:
                yield item

    def vanished(self, paths: Sequence[str]) -> list[str]:
        """IRIs of the documents under the paths that were not read and not refused either, sorted."""
        unread = {name for item in self.refusals for name in (item.source, item.source.partition("#")[0])}
        return sorted(
            entry.document
            for entry in self.catalogue.values()
            if entry.document not in self.seen and not _lies_in(entry.origin, unread) and covers(paths, entry.origin)
        )

    def documents(self, removed: int) -> DocumentCounts:
        """The counts of the plan."""
        kinds = {kind: self.counts[kind] for kind in ("added", "changed", "unchanged", "retracted")}
        kept = {"reaccepted": self.counts["scored"], "rescored": self.counts["annotated"]}
        return DocumentCounts(**kinds, **kept, removed=removed, refused=len(self.refusals))


def _plan(
    settings: Settings,
    ontology: Ontology,
    survey: _Survey,
    sources: Sequence[Source],
    paths: Sequence[str],
    folder: Path,
    previous: str | None,
    now: datetime,
) -> Plan:
    """What is to be done; the shards are in the folder."""
    count = _write_shards(survey, sources, folder, settings)
    removed = survey.vanished(paths)
    changes = [*survey.changes, *((iri, survey.catalogue[iri].digest, "") for iri in removed)]
    return Plan(
        run=f"{settings.graph.base}run/{run_id(previous, survey.recipes.whole, changes)}" if changes else "",
        previous=previous,
        recipe=survey.recipes.whole,
        recipes=survey.recipes,
        used=used_by(settings, ontology),
        started=now,
        paths=tuple(paths),
        shards=count,
        documents=survey.documents(len(removed)),
        removed=tuple(removed),
        refusals=tuple(survey.refusals),
    )


def _kind(document: Document, old: "CatalogueEntry | None", recipe: str) -> str:
    if old is None:
        return "added"
    known = (old.digest, old.origin, old.recipe)
    return "unchanged" if known == (document.digest, document.origin, recipe) else "changed"


def _lies_in(uri: str, unread: set[str]) -> bool:
    """Whether a file, or a folder above it, could not be read: then nobody knows whether it is still there."""
    while uri:
        if uri in unread:
            return True
        uri = uri.rpartition("/")[0]
    return False


def _write_shards(survey: _Survey, sources: Sequence[Source], folder: Path, settings: Settings) -> int:
    """How many shards were written: of documents that are read anew, then of those of which something is kept."""
    most, characters = settings.ingest.max_shards, settings.ingest.shard_characters

    def write(number: int, documents: Iterator[Document]) -> None:
        write_records(shard_path(folder, number), documents, Document)

    numbers = range(most - survey.kept.most_shards)
    fresh = survey.keep_fresh(sources, settings)
    count = write_shards(fresh, numbers, characters, size=lambda item: len(item.text), write=write)
    return count + survey.kept.write_shards(folder, count, most, characters)


def _keep(beside: Path, graph: Path, plan: Plan) -> Path:
    """The folder of the plan; what an earlier attempt at the same shards has left there goes on being used."""
    target = graph / RUNS / plan.run.rsplit("/", 1)[-1] if plan.changes else graph / UNCHANGED
    if plan.changes and _same_shards(beside, target, plan.shards):
        for leftover in target.glob(".*.part"):
            leftover.unlink()
        for path in sorted(beside.iterdir()):
            path.replace(target / path.name)
        return target
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(exist_ok=True)
    beside.replace(target)
    return target


def _same_shards(one: Path, other: Path, count: int) -> bool:
    """Whether the other folder is there and has the same shards, and no more."""
    names = [shard_path(one, number).name for number in range(count)]
    if not other.is_dir() or sorted(path.name for path in other.glob("documents-*")) != names:
        return False
    return not any(filecmp.cmpfiles(one, other, names, shallow=False)[1:])


def _drop_leftovers(graph: Path) -> None:
    """Removes the folders of plans whose process was killed."""
    for folder in graph.glob(f"{PLANNING}*"):
        if not _is_running(int(folder.name.removeprefix(PLANNING))):
            shutil.rmtree(folder, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process != os.getpid()
