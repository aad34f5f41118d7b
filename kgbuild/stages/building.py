"""Stages that make a graph out of documents."""

import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild.config import Settings
from kgbuild.errors import StoreError
from kgbuild.handoff import read_records, write_records
from kgbuild.ingest import Source, covers, find_sources, read_documents
from kgbuild.iris import digest_of
from kgbuild.ontology import load_ontology
from kgbuild.records import AnnotatedDocument, ClaimedDocument, Document, Refusal, ScoredDocument
from kgbuild.stages.progress import Progress, silent, told
from kgbuild.stages.reading import STORE
from kgbuild.stages.runs import BuildSummary, DocumentCounts, Plan, read_plan, run_id, write_plan, write_summary

if TYPE_CHECKING:
    from kgbuild.graph import CatalogueEntry, DocumentGraph, RunRecord

__all__ = ["accept", "build", "discover", "recognise", "score", "shards", "write"]

_RUNS, _UNCHANGED, _PENDING = "runs", "unchanged", "pending"


def discover(
    settings: Settings, paths: Sequence[str], graph: Path, *, now: datetime, progress: Progress = silent
) -> Path:
    """The folder of a run: its plan, and the added and changed documents in shards.

    A run that was killed while it wrote is completed first. When nothing has changed the folder's plan says so, it
    has no shards, and nothing else of the graph is touched. Raises: MissingError, StoreError, SettingError.
    """
    from kgbuild.checkpoint import load_calibration
    from kgbuild.graph import GraphStore

    sources = list(find_sources(paths))
    load_calibration(settings.model)  # a wrong model or ontology is told before anything is read
    recipe = _recipe(settings)
    _finish_pending(settings, graph, now)
    with GraphStore.open(graph / STORE, create=True) as store:
        catalogue, previous = store.catalogue(), store.last_run()
    beside = graph / f".plan-{os.getpid()}"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    try:
        plan = _plan(settings, paths, sources, catalogue, previous, recipe, beside, now, progress)
        write_plan(beside, plan)
        return _keep(beside, graph, plan)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def shards(run: Path) -> list[str]:
    """Paths of the shards of a run, in order; none when nothing is to be processed."""
    return [str(_shard(run, number)) for number in range(read_plan(run).shards)]


def recognise(settings: Settings, shards: Sequence[Path], *, progress: Progress = silent) -> list[Path]:
    """For each shard a file of documents with sentences, mentions and entities; one that is there is kept."""
    from kgbuild.recognise.annotate import recognise as annotate
    from kgbuild.recognise.pipelines import load_pipeline
    from kgbuild.resolve import resolve

    outputs = [_beside(shard, "annotated") for shard in shards]
    waiting = [pair for pair in zip(shards, outputs, strict=True) if not pair[1].exists()]
    if waiting:
        nlp = load_pipeline(settings.recognise, model=settings.model, device=settings.device)
        for shard, output in waiting:
            total = sum(len(item.text) for item in read_records(shard, Document))
            found = resolve(annotate(read_records(shard, Document), nlp), settings.graph.base)
            size = _annotated_size
            write_records(output, told(found, progress, "recognise", total, size=size), AnnotatedDocument)
    return outputs


def score(settings: Settings, shards: Sequence[Path], *, progress: Progress = silent) -> list[Path]:
    """For each file of annotated documents one with the scores of their candidate pairs; one that is there is kept."""
    from kgbuild.checkpoint import load_models
    from kgbuild.model.device import choose_device
    from kgbuild.score.predict import Scorer
    from kgbuild.score.predict import score as score_pairs

    outputs = [_beside(shard, "scored") for shard in shards]
    waiting = [pair for pair in zip(shards, outputs, strict=True) if not pair[1].exists()]
    if waiting:
        models, device = load_models(settings.model), choose_device(settings.device)
        ontology = load_ontology(settings.ontology)
        types = models.recogniser.types
        scorer = Scorer(models.relations, models.tokenizer, types, ontology, settings.score, device=device)
        for shard, output in waiting:
            total = sum(len(item.document.text) for item in read_records(shard, AnnotatedDocument))
            found = score_pairs(read_records(shard, AnnotatedDocument), scorer)
            write_records(output, told(found, progress, "score", total, size=_scored_size), ScoredDocument)
    return outputs


def accept(settings: Settings, shards: Sequence[Path], *, progress: Progress = silent) -> list[Path]:
    """For each file of scored documents one with the claims that were accepted, always made anew."""
    from kgbuild.accept import accept as accept_scores
    from kgbuild.checkpoint import load_calibration

    calibration, ontology = load_calibration(settings.model), load_ontology(settings.ontology)
    outputs = [_beside(shard, "claimed") for shard in shards]
    progress("accept", 0, len(outputs))
    for number, (shard, output) in enumerate(zip(shards, outputs, strict=True), start=1):
        found = accept_scores(read_records(shard, ScoredDocument), settings.accept, calibration, ontology)
        write_records(output, found, ClaimedDocument)
        progress("accept", number, len(outputs))
    return outputs


def write(settings: Settings, run: Path, graph: Path, *, now: datetime, progress: Progress = silent) -> BuildSummary:
    """What the run did, once its claims are in the graph and what vanished is out of it; `now` is when it ends.

    Safe to repeat: each document's graph and catalogue entry change in one transaction, and a run that was killed
    here is completed by the next `discover` or `write`. Raises: StoreError, HandoffError.
    """
    from kgbuild.graph import GraphStore

    plan = read_plan(run)
    if not plan.changes:
        return BuildSummary(plan.documents, 0, 0, 0, 0, 0, _seconds(plan, now), None, "", plan.refusals)
    counts: Counter[str] = Counter()
    triples: set[int] = set()
    reasons: Counter[tuple[str, str, str]] = Counter()
    total = plan.documents.added + plan.documents.changed
    with GraphStore.open(graph / STORE, create=True) as store:
        (graph / _PENDING).write_text(run.name, encoding="utf-8")
        documents = told(_claimed(run, plan), progress, "write", total, size=lambda _: 1)
        store.replace_documents(_graphs(settings, plan, documents, counts, triples, reasons))
        store.drop_documents(plan.removed)
        summary = _summary(run, plan, now, counts, triples, reasons)
        store.put_run(_run_record(settings, plan, summary, now))
    write_summary(run, summary)
    (graph / _PENDING).unlink()
    return summary


def build(
    settings: Settings, paths: Sequence[str], graph: Path, *, now: datetime, progress: Progress = silent
) -> BuildSummary:
    """What the run did, from documents to graph in one process; `now` is when it begins."""
    clock = time.monotonic()
    run = discover(settings, paths, graph, now=now, progress=progress)
    found = [Path(shard) for shard in shards(run)]
    if found:
        annotated = recognise(settings, found, progress=progress)
        accept(settings, score(settings, annotated, progress=progress), progress=progress)
    ended = now + timedelta(
        seconds=time.monotonic() - clock
    )  # subtle: a clock that is set meanwhile cannot turn it back
    return write(settings, run, graph, now=ended, progress=progress)


def _recipe(settings: Settings) -> str:
    """Hash of all that decides what a document's graph holds, its text apart."""
    from kgbuild.checkpoint import model_digest

    rooms = settings.model_dump_json(include={"recognise", "score", "accept", "graph"}, exclude=_WITHOUT_EFFECT)
    gazetteer = settings.recognise.gazetteer
    patterns = gazetteer.read_text(encoding="utf-8") if gazetteer and gazetteer.is_file() else ""
    return digest_of(rooms, patterns, model_digest(settings.model), load_ontology(settings.ontology).digest)


_WITHOUT_EFFECT = {
    "recognise": {"tokens_per_batch", "gazetteer"},
    "score": {"tokens_per_batch", "pairs_per_batch"},
    "graph": {"directory"},
}


def _finish_pending(settings: Settings, graph: Path, now: datetime) -> None:
    """Complete the run that was killed while it wrote."""
    pending = graph / _PENDING
    if pending.is_file():
        run = graph / _RUNS / pending.read_text(encoding="utf-8")
        if not run.is_dir():
            raise StoreError(
                f"graph {str(graph)!r}: run {run.name!r} was not written to its end and its folder is gone; "
                f"restore {str(run)!r}, or delete {str(pending)!r} and build again",
                subject=run,
            )
        write(settings, run, graph, now=now)


def _plan(
    settings: Settings,
    paths: Sequence[str],
    sources: Sequence[Source],
    catalogue: "dict[str, CatalogueEntry]",
    previous: str | None,
    recipe: str,
    folder: Path,
    now: datetime,
    progress: Progress,
) -> Plan:
    refusals: list[Refusal] = []
    seen: set[str] = set()
    changes: list[tuple[str, str, str]] = []
    counts: Counter[str] = Counter()

    def fresh() -> Iterator[Document]:
        for number, item in enumerate(read_documents(sources, settings.ingest, settings.graph.base)):
            progress("discover", number + 1, 0)
            if isinstance(item, Refusal):
                refusals.append(item)
                continue
            seen.add(item.iri)
            old = catalogue.get(item.iri)
            kind = _kind(item, old, recipe)
            counts[kind] += 1
            if kind != "unchanged":
                changes.append((item.iri, old.digest if old else "", item.digest))
                yield item

    shard_count = _write_shards(fresh(), folder, settings)
    unread = {refusal.source.partition("#")[0] for refusal in refusals} | {refusal.source for refusal in refusals}
    removed = sorted(
        entry.document
        for entry in catalogue.values()
        if entry.document not in seen and entry.origin not in unread and covers(paths, entry.origin)
    )
    changes += [(iri, catalogue[iri].digest, "") for iri in removed]
    name = run_id(previous, recipe, changes)
    documents = DocumentCounts(counts["added"], counts["changed"], counts["unchanged"], len(removed), len(refusals))
    return Plan(
        run=f"{settings.graph.base}run/{name}" if changes else "",
        previous=previous,
        recipe=recipe,
        started=now,
        paths=tuple(paths),
        shards=shard_count,
        documents=documents,
        removed=tuple(removed),
        refusals=tuple(refusals),
    )


def _kind(document: Document, old: "CatalogueEntry | None", recipe: str) -> str:
    if old is None:
        return "added"
    return "unchanged" if (old.digest, old.recipe) == (document.digest, recipe) else "changed"


def _write_shards(documents: Iterator[Document], folder: Path, settings: Settings) -> int:
    """How many shards were written; each ends with the document that fills it."""
    number = 0
    waiting = next(documents, None)
    while waiting is not None:
        # The last shard a run may have takes all that is left.
        room = settings.ingest.shard_characters if number < settings.ingest.max_shards - 1 else None
        first, waiting = waiting, None

        def filled(first: Document = first, room: int | None = room) -> Iterator[Document]:
            size = len(first.text)
            yield first
            while (room is None or size < room) and (item := next(documents, None)) is not None:
                size += len(item.text)
                yield item

        write_records(_shard(folder, number), filled(), Document)
        number += 1
        waiting = next(documents, None)
    return number


def _keep(beside: Path, graph: Path, plan: Plan) -> Path:
    """The folder of the plan: one that an earlier attempt left is kept with its files, and so with its start."""
    if not plan.changes:
        target = graph / _UNCHANGED
        shutil.rmtree(target, ignore_errors=True)
        beside.replace(target)
        return target
    target = graph / _RUNS / plan.run.rsplit("/", 1)[-1]
    if target.is_dir():
        return target
    target.parent.mkdir(exist_ok=True)
    beside.replace(target)
    return target


def _claimed(run: Path, plan: Plan) -> Iterator[ClaimedDocument]:
    for number in range(plan.shards):
        yield from read_records(_beside(_shard(run, number), "claimed"), ClaimedDocument)


def _graphs(
    settings: Settings,
    plan: Plan,
    documents: Iterator[ClaimedDocument],
    counts: Counter[str],
    triples: set[int],
    reasons: Counter[tuple[str, str, str]],
) -> "Iterator[DocumentGraph]":
    """What is written for each document; on the way the counts of the summary are taken."""
    from kgbuild.graph import document_graph

    ontology = load_ontology(settings.ontology)
    for item in documents:
        counts["sentences"] += len(item.annotated.sentences)
        counts["mentions"] += len(item.annotated.mentions)
        counts["pairs"] += item.pairs
        counts["claims"] += len(item.claims)
        triples.update(hash((claim.subject, claim.predicate, claim.object)) for claim in item.claims)
        for refusal in item.refusals:
            reasons[refusal.stage, refusal.reason, refusal.detail] += refusal.count
        yield document_graph(item, ontology, settings.graph, recipe=plan.recipe, run=plan.run)


def _summary(
    run: Path,
    plan: Plan,
    now: datetime,
    counts: Counter[str],
    triples: set[int],
    reasons: Counter[tuple[str, str, str]],
) -> BuildSummary:
    scores = tuple(
        Refusal(stage, "scores", reason, detail, count) for (stage, reason, detail), count in sorted(reasons.items())
    )
    return BuildSummary(
        documents=plan.documents,
        sentences=counts["sentences"],
        mentions=counts["mentions"],
        pairs=counts["pairs"],
        claims=counts["claims"],
        triples=len(triples),
        seconds=_seconds(plan, now),
        run=plan.run,
        folder=str(run),
        refusals=(*plan.refusals, *scores),
    )


def _run_record(settings: Settings, plan: Plan, summary: BuildSummary, now: datetime) -> "RunRecord":
    from kgbuild.checkpoint import model_digest
    from kgbuild.graph import RunRecord

    return RunRecord(
        iri=plan.run,
        base=settings.graph.base,
        started=plan.started,
        ended=now,
        used=(f"{settings.graph.base}model/{model_digest(settings.model)[:16]}", load_ontology(settings.ontology).iri),
        threshold=None if settings.accept.precision is not None else settings.accept.threshold,
        precision=settings.accept.precision,
        previous=plan.previous,
        documents=summary.documents.added + summary.documents.changed,
        removed=summary.documents.removed,
        claims=summary.claims,
    )


def _seconds(plan: Plan, now: datetime) -> float:
    return round(max(0.0, (now - plan.started).total_seconds()), 2)


def _shard(run: Path, number: int) -> Path:
    return run / f"documents-{number:04}.parquet"


def _beside(shard: Path, kind: str) -> Path:
    """The file of another stage for the same shard."""
    return shard.with_name(f"{kind}-{shard.stem.rsplit('-', 1)[-1]}.parquet")


def _annotated_size(item: AnnotatedDocument) -> int:
    return len(item.document.text)


def _scored_size(item: ScoredDocument) -> int:
    return _annotated_size(item.annotated)
