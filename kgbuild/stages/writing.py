"""The stage that changes the graph."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild.config import VOCABULARY, Settings
from kgbuild.decisions import Decisions
from kgbuild.errors import StoreError
from kgbuild.handoff import read_records
from kgbuild.ontology import Ontology, load_ontology
from kgbuild.records import ClaimedDocument, Refusal
from kgbuild.stages.decided import read_reviews
from kgbuild.stages.folders import PENDING, RUNS, beside_shard, create_store, shard_path, told_os
from kgbuild.stages.identities import settle_identity
from kgbuild.stages.progress import Progress, silent, told
from kgbuild.stages.receipts import Receipt, hash_files, write_receipt
from kgbuild.stages.recipe import check_recipe
from kgbuild.stages.runs import (
    BuildSummary,
    Plan,
    kept_settings,
    read_plan,
    read_summary,
    write_refusals,
    write_summary,
    write_whole,
)
from kgbuild.stages.settling import settle

if TYPE_CHECKING:
    from kgbuild.graph import Action, CatalogueEntry, Change, DocumentGraph, GraphStore, RunRecord

__all__ = ["complete", "finish_pending", "write", "write_again"]


def write(settings: Settings, run: Path, graph: Path, *, now: datetime, progress: Progress = silent) -> BuildSummary:
    """What the run did, once its claims are in the graph and what vanished is out of it; `now` is when it ends.

    Safe to repeat: each document's graph and catalogue entry change in one transaction, a run that was killed here is
    completed by the next `discover` or `write`, and one that was written already is left as it is.
    Raises: StoreError, HandoffError.
    """
    plan = read_plan(run)
    if not plan.changes:
        return BuildSummary(plan.documents, 0, 0, 0, 0, 0, _seconds(plan, now), None, "", plan.refusals)
    ontology = load_ontology(settings.ontology)
    check_recipe(settings, ontology, plan)
    if _pending(graph) not in (None, run.name):
        finish_pending(graph, now)
    return _write(_Writing(settings, ontology, plan, run, now, _decisions(graph)), graph, progress)


def finish_pending(graph: Path, now: datetime) -> None:
    """Nothing; the run that was killed while it wrote, if there is one, is complete, with the settings that it had.

    What was decided and is not in the graph yet is, too. Raises: StoreError, HandoffError.
    """
    name = _pending(graph)
    if name is None:
        settle(graph)
        return
    run = graph / RUNS / name
    if not run.is_dir():
        raise StoreError(
            f"graph {str(graph)!r}: run {name!r} was not written to its end and its folder is gone; "
            f"restore {str(run)!r}, or delete {str(graph / PENDING)!r} and build again",
            subject=run,
        )
    complete(run, graph, now)


def complete(run: Path, graph: Path, now: datetime) -> BuildSummary:
    """What the run did, once it is written with the settings that it was planned with; no other may be pending.

    Raises: StoreError, HandoffError.
    """
    settings = kept_settings(run)
    ontology, plan = load_ontology(settings.ontology), read_plan(run)
    return _write(_Writing(settings, ontology, plan, run, now, _decisions(graph)), graph, silent)


@dataclass(slots=True)
class _Writing:
    """A run that is being written, and what has been counted on the way."""

    settings: Settings
    """Those that the run was planned with."""
    ontology: Ontology
    """Their ontology."""
    plan: Plan
    """What is to be done."""
    run: Path
    """The run's folder."""
    now: datetime
    """When the run ends."""
    decisions: Decisions
    """What persons said of claims."""
    counts: Counter[str] = field(default_factory=Counter)
    """Sentences, mentions, pairs and claims."""
    triples: set[int] = field(default_factory=set)
    """Hashes of the triples claimed, which hold within this process: they need far less room than the triples."""
    reasons: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Scores refused, by stage, reason and detail."""
    refused: list[Refusal] = field(default_factory=list)
    """What broke a shape and was set aside."""

    def documents(self) -> Iterator[ClaimedDocument]:
        """The claims of all shards, one document in memory at a time."""
        for number in range(self.plan.shards):
            yield from read_records(beside_shard(shard_path(self.run, number), "claimed"), ClaimedDocument)

    def graphs(self, documents: Iterator[ClaimedDocument], store: "GraphStore") -> "Iterator[DocumentGraph]":
        """What is written for each document, by what the store knew of it; the summary's counts are taken on the way.

        A document that was retracted after the run was planned stays out.
        """
        from kgbuild.graph import checked_graph, load_shapes, retractions, with_change

        shapes = load_shapes(VOCABULARY / "shapes.ttl")
        plan, options, known, retracted = self.plan, self.settings.graph, store.catalogue(), retractions(store)
        for found in documents:
            document = found.annotated.document
            withdrawn = retracted.get(document.iri)
            if withdrawn is not None and withdrawn.digest == document.digest:
                continue
            item = self.decisions.apply(found, self.ontology)
            checked = checked_graph(item, self.ontology, options, shapes, recipe=plan.recipe, run=plan.run)
            item, graph = checked.claimed, checked.graph
            self.refused += checked.refusals
            self._count(item)
            old = known.get(graph.document)
            if old is None or old.run != plan.run:  # else this run was killed after it had written the document
                graph = with_change(graph, self._change(item, old), base=options.base)
            yield graph

    def _change(self, item: ClaimedDocument, old: "CatalogueEntry | None") -> "Change":
        from kgbuild.graph import Change

        document = item.annotated.document
        triples = len({(claim.subject, claim.predicate, claim.object) for claim in item.claims})
        action: Action = "added" if old is None else "changed"
        return Change(self.plan.run, document.iri, document.source, action, document.digest, triples)

    def take_out(self, store: "GraphStore") -> None:
        """Nothing; what vanished or was withdrawn is out of the store, and what is restored may come back."""
        from kgbuild.graph import drop_vanished, restore_documents, retract_documents

        plan = self.plan
        drop_vanished(store, plan.removed, run=plan.run, base=plan.base)
        retract_documents(store, plan.retracted, run=plan.run, base=plan.base, reason=plan.reason)
        restore_documents(store, plan.restored, run=plan.run, base=plan.base, reason=plan.reason)

    def _count(self, item: ClaimedDocument) -> None:
        self.counts["sentences"] += len(item.annotated.sentences)
        self.counts["mentions"] += len(item.annotated.mentions)
        self.counts["pairs"] += item.pairs
        self.counts["claims"] += len(item.claims)
        self.triples.update(hash((claim.subject, claim.predicate, claim.object)) for claim in item.claims)
        for refusal in item.refusals:
            self.reasons[refusal.stage, refusal.reason, refusal.detail] += refusal.count

    def summary(self) -> BuildSummary:
        """What has been done, once all documents have gone through."""
        plan, counted = self.plan, sorted(self.reasons.items())
        scores = (Refusal(stage, "scores", reason, detail, count) for (stage, reason, detail), count in counted)
        return BuildSummary(
            documents=plan.documents,
            sentences=self.counts["sentences"],
            mentions=self.counts["mentions"],
            pairs=self.counts["pairs"],
            claims=self.counts["claims"],
            triples=len(self.triples),
            seconds=_seconds(plan, self.now),
            run=plan.run,
            folder=str(self.run),
            refusals=(*plan.refusals, *self.refused, *scores),
        )

    def record(self, summary: BuildSummary, last: str | None) -> "RunRecord":
        """What the graph is told of the run, which follows the last one, be it written after this one was planned."""
        from kgbuild.graph import RunRecord

        plan, wanted = self.plan, self.settings.accept
        threshold = wanted.threshold if wanted.precision is None and not plan.by_hand else None
        return RunRecord(
            iri=plan.run,
            base=self.settings.graph.base,
            started=plan.started,
            ended=self.now,
            used=plan.used,
            threshold=threshold,
            precision=wanted.precision,
            previous=last,
            documents=summary.documents.added + summary.documents.changed,
            removed=len(plan.removed) + len(plan.retracted),
            claims=summary.claims,
        )


def _write(writing: _Writing, graph: Path, progress: Progress) -> BuildSummary:
    plan, run, pending = writing.plan, writing.run, graph / PENDING
    with create_store(graph) as store, told_os(graph):
        done = read_summary(run)
        if done is not None and _is_written(store, plan):
            pending.unlink(missing_ok=True)
            return done
        for leftover in run.glob(".*.part"):  # of a task that was killed and tried again: those before have all ended
            leftover.unlink(missing_ok=True)
        write_whole(pending, run.name)
        summary = _fill(writing, store, progress)
        if not _is_written(store, plan):  # else it was killed before its summary was there, and follows itself
            record = writing.record(summary, store.last_run())
            made = len(writing.decisions.made)
            write_receipt(run, Receipt(record.previous, writing.now, made, hash_files(run)))
            store.put_run(record)
    with told_os(graph):
        write_refusals(run, summary.refusals)
        write_summary(run, summary)
        pending.unlink()
    settle(graph)
    settle_identity(graph)
    return summary


def write_again(run: Path, store: "GraphStore", receipt: Receipt, decisions: Decisions) -> None:
    """Nothing; the store, which holds the runs before, holds what the run wrote when these decisions were known.

    Raises: StoreError, HandoffError, MissingError, OntologyError.
    """
    settings = kept_settings(run)
    writing = _Writing(settings, load_ontology(settings.ontology), read_plan(run), run, receipt.ended, decisions)
    summary = _fill(writing, store, silent)
    store.put_run(writing.record(summary, receipt.previous))


def _fill(writing: _Writing, store: "GraphStore", progress: Progress) -> BuildSummary:
    """What the run did, but for its own record: its documents are in the store, and what it takes out is gone."""
    from kgbuild.graph import Beliefs, put_labels

    plan = writing.plan
    if not plan.by_hand:
        put_labels(store, writing.ontology, plan.base)
    total = plan.documents.added + plan.documents.changed
    documents = told(writing.documents(), progress, "write", total, size=lambda _: 1)
    with Beliefs(store, plan.base, run=plan.run) as beliefs:
        store.replace_documents(beliefs.watch(writing.graphs(documents, store)))
        beliefs.note((*plan.removed, *plan.retracted))
        writing.take_out(store)
    return writing.summary()


def _decisions(graph: Path) -> Decisions:
    return Decisions(read_reviews(graph))


def _pending(graph: Path) -> str | None:
    """Name of the run that was not written to its end, if there is one."""
    path = graph / PENDING
    with told_os(graph):
        return path.read_text(encoding="utf-8") if path.is_file() else None


def _is_written(store: "GraphStore", plan: Plan) -> bool:
    return any(True for _ in store.select(f"SELECT ?run {{ <{plan.run}> a prov:Activity ; prov:endedAtTime ?end }}"))


def _seconds(plan: Plan, now: datetime) -> float:
    return round(max(0.0, (now - plan.started).total_seconds()), 2)
