"""The stage that tells which entities of different documents are one, and which of one name are two.

What it decides is kept in a file beside the runs, and every build writes its documents by it; see `stages.identities`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild.config import Settings
from kgbuild.errors import HandoffError, MissingError
from kgbuild.handoff import read_records
from kgbuild.iris import digest_of
from kgbuild.records import ClaimedDocument
from kgbuild.resolve.across import PERSONS, Doubt, Identity, find_identities
from kgbuild.resolve.across_appearances import Appearance, appearances_of
from kgbuild.resolve.across_vocabulary import Links, telling_words
from kgbuild.stages.folders import RUNS, STORE, beside_shard, open_store, shard_path, told_os
from kgbuild.stages.identities import (
    Kept,
    append_decisions,
    is_resolved,
    kept_decisions,
    mark_resolved,
    read_review,
    review_text,
    settle_identity_in,
)
from kgbuild.stages.referring import link_rows, links_of, to_opinion, vocabularies_by_entry, without_entities
from kgbuild.stages.runs import Linking, kept_settings, read_plan, write_whole
from kgbuild.stages.undoing import undone
from kgbuild.stages.vocabularies import Vocabulary, read_vocabulary, vocabulary_digest
from kgbuild.stages.writing import finish_pending

if TYPE_CHECKING:
    from kgbuild.graph import GraphStore

__all__ = ["keep_resolved", "resolve", "unresolve"]

_Why = Mapping[str, Any]
"""What a line of the decisions says beside what it is about and when."""


def resolve(
    graph: Path,
    *,
    now: datetime,
    review: Path | None = None,
    apply: Path | None = None,
    author: str = "",
    vocabulary: Path | None = None,
    undo: Sequence[str] = (),
) -> Linking:
    """What was decided on identity: the graph and the file of decisions say it; `now` is when.

    A review is written to the one file; the decisions of `author` are taken back from the other first. `undo` names an
    entity that is parted from all that it is merged with, or two that are parted, by that author too. Without a
    vocabulary the links to one stay as they are.
    Raises: MissingError, InputError, StoreError, HandoffError, OntologyError.
    """
    finish_pending(graph, now)
    at = now.isoformat(timespec="seconds")
    with open_store(graph) as store:
        reference = None if vocabulary is None else _reference(graph, store, vocabulary)
        telling = telling_words(reference.entries) if reference else frozenset()
        appearances = list(_appearances(graph, store, telling))
        known: dict[str, set[str]] = {}
        for item in appearances:
            known.setdefault(item.entity, set()).add(item.document)
        reference = without_entities(reference, known) if reference else None
        _hear(graph, known, reference, _Said(apply, undo, author, at))
        kept = kept_decisions(graph)
        identities, doubts = find_identities(appearances, list(map(to_opinion, kept.opinions.values())))
        merges, splits, names = _outcome(kept, identities)
        linked, links = links_of(kept, identities, names, appearances, reference)
        _decide(graph, kept, merges | linked, splits, at)
        changed = settle_identity_in(store, graph)
        mark_resolved(graph, run=store.last_run() or "", vocabulary=_digest(vocabulary), at=at)
    if review is not None:
        rows = [*map(_row, doubts), *link_rows(links, identities, appearances, reference)]
        with told_os(review.parent):
            write_whole(review, review_text(rows))
    decisions, notes = len(kept.opinions) + len(kept.answers), _notes(reference, links)
    counts = len(merges), len(splits), decisions, len(doubts) + len(links.doubts)
    return Linking(len(known), len(identities), *counts, changed, len(linked), notes)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a person has to say before entities are compared."""

    apply: Path | None
    """A review with decisions."""
    undo: Sequence[str]
    """IRIs of what is to be parted."""
    author: str
    """Who says it."""
    at: str
    """When, ISO 8601 with its zone."""


def _hear(graph: Path, known: Mapping[str, set[str]], reference: Vocabulary | None, said: _Said) -> None:
    """Nothing; what the person says is in the file of decisions. Raises: MissingError, InputError, HandoffError."""
    kept = kept_decisions(graph)
    if said.apply is not None:
        documents = {entity: frozenset(held) for entity, held in known.items()}
        entries = vocabularies_by_entry(kept, reference)
        lines = read_review(said.apply, known=documents, entries=entries, author=said.author, at=said.at)
        append_decisions(graph, lines)
    if said.undo:
        append_decisions(graph, undone(kept, known, said.undo, author=said.author, at=said.at))


def keep_resolved(settings: Settings, graph: Path, *, now: datetime) -> Linking | None:
    """What `resolve` did where the setting `resolve.across` asks for it; `None` where nothing has changed since.

    It has when a run has written to the graph, or the vocabulary of the settings is another.
    Raises: MissingError, InputError, StoreError, HandoffError, OntologyError.
    """
    if not settings.resolve.across or not (graph / STORE).is_dir():
        return None
    with open_store(graph) as store:
        run = store.last_run() or ""
    vocabulary = settings.resolve.vocabulary
    if is_resolved(kept_decisions(graph), run=run, vocabulary=_digest(vocabulary)):
        return None
    return resolve(graph, now=now, vocabulary=vocabulary)


def _digest(vocabulary: Path | None) -> str:
    return "" if vocabulary is None else vocabulary_digest(vocabulary)


def unresolve(graph: Path, *, now: datetime) -> Linking:
    """What is left when all merges, splits and links are undone; the opinions of persons stay in the file.

    Raises: MissingError, StoreError, HandoffError.
    """
    finish_pending(graph, now)
    with open_store(graph) as store:
        kept = kept_decisions(graph)
        _decide(graph, kept, {}, {}, now.isoformat(timespec="seconds"))
        changed = settle_identity_in(store, graph)
        entities = len({item.entity for item in _appearances(graph, store)})
    return Linking(entities, entities, 0, 0, len(kept.opinions) + len(kept.answers), 0, changed)


def _reference(graph: Path, store: "GraphStore", vocabulary: Path) -> Vocabulary:
    """The vocabulary, its classes those of the ontology that the graph was last built with."""
    run = store.last_run()
    if run is None:
        raise MissingError(f"graph folder {str(graph)!r} holds no run; build a graph there first", subject=graph)
    return read_vocabulary(vocabulary, kept_settings(graph / RUNS / run.rsplit("/", 1)[-1]).ontology)


def _notes(vocabulary: Vocabulary | None, links: Links) -> tuple[str, ...]:
    notes = vocabulary.notes if vocabulary else ()
    if not links.crowded:
        return notes
    few = ", ".join(map(repr, sorted(links.crowded)[:3]))
    return (*notes, f"{len(links.crowded):,} names that too many of its things have link nothing, such as {few}")


def _appearances(graph: Path, store: "GraphStore", telling: frozenset[str] = frozenset()) -> Iterator[Appearance]:
    """The entities of all documents, from the hand-over files of the runs that wrote them."""
    from kgbuild.graph import load_rules

    wanted: dict[str, set[str]] = {}
    for entry in store.catalogue().values():
        wanted.setdefault(entry.run, set()).add(entry.document)
    for run, documents in sorted(wanted.items()):
        folder = graph / RUNS / run.rsplit("/", 1)[-1]
        functional = frozenset(load_rules(kept_settings(folder).ontology).functional)
        for number in range(read_plan(folder).shards):
            for item in _claimed(beside_shard(shard_path(folder, number), "claimed")):
                if item.annotated.document.iri in documents:
                    documents.remove(item.annotated.document.iri)
                    yield from appearances_of(item.annotated, item.claims, functional, telling)
        if documents:
            raise HandoffError(
                f"run {str(folder)!r} has no claims of {min(documents)!r}; build the document again", subject=folder
            )


def _claimed(path: Path) -> Iterator[ClaimedDocument]:
    if not path.is_file():
        raise MissingError(f"run file {str(path)!r} is missing; restore it, or build again", subject=path)
    yield from read_records(path, ClaimedDocument)


def _decide(
    graph: Path, kept: Kept, merges: Mapping[str, _Why], splits: Mapping[tuple[str, str], _Why], at: str
) -> None:
    """Nothing; the file says what is decided otherwise than before, and no more."""
    lines: list[dict[str, Any]] = []
    for entity in sorted(kept.merges.keys() - merges.keys()):
        lines.append({"action": "unmerge", "entity": entity, "at": at})
    for document, entity in sorted(kept.splits.keys() - splits.keys()):
        lines.append({"action": "unsplit", "document": document, "entity": entity, "at": at})
    for entity, why in sorted(merges.items()):
        if _differs(kept.merges.get(entity), why):
            lines.append({"action": "merge", "entity": entity, **why, "at": at})
    for (document, entity), why in sorted(splits.items()):
        if _differs(kept.splits.get((document, entity)), why):
            lines.append({"action": "split", "document": document, "entity": entity, **why, "at": at})
    append_decisions(graph, lines)


def _differs(line: Mapping[str, Any] | None, why: Mapping[str, Any]) -> bool:
    return line is None or any(line.get(key) != value for key, value in why.items())


def _author(kept: Kept, entity: str, *, same: bool, document: str = "") -> str:
    """Who has last said so of the entity, there or everywhere; empty where nobody has."""
    authors = [
        line["author"]
        for line in kept.opinions.values()
        for side in ("one", "other")
        if line["same"] is same and line[side] == entity
        if not document or line[f"{side}_document"] in ("", document)
    ]
    return str(authors[-1]) if authors else ""


def _outcome(
    kept: Kept, identities: Sequence[Identity]
) -> tuple[dict[str, _Why], dict[tuple[str, str], _Why], list[dict[str, str]]]:
    """The merges, by entity, the parts, by document and entity, and the IRIs of each thing, by entity.

    An entity that stands for several things keeps its IRI for the one that has most of its documents.
    """
    shares: dict[str, dict[int, list[str]]] = {}
    for number, identity in enumerate(identities):
        for entity, document in identity.places:
            shares.setdefault(entity, {}).setdefault(number, []).append(document)
    names: list[dict[str, str]] = [{} for _ in identities]
    splits: dict[tuple[str, str], _Why] = {}
    for entity, held in shares.items():
        keeper = min(held, key=lambda number: (-len(held[number]), held[number]))
        for number, documents in held.items():
            own = entity if number == keeper else f"{entity}-{digest_of('part', entity, min(documents))[:8]}"
            names[number][entity] = own
            if own != entity:
                splits |= {(document, entity): _part(kept, entity, own, document) for document in documents}
    merges: dict[str, _Why] = {}
    for identity, held_by in zip(identities, names, strict=True):
        canonical = held_by[identity.canonical]
        for entity, iri in held_by.items():
            if iri != canonical:
                score, reason = identity.joined.get(entity, (1.0, "one name"))
                author = _author(kept, iri, same=True) if reason == PERSONS else ""
                merges[iri] = {"canonical": canonical, "score": score, "reason": reason, "author": author}
    return merges, splits, names


def _part(kept: Kept, entity: str, part: str, document: str) -> _Why:
    author = _author(kept, entity, same=False, document=document)
    return {"part": part, "reason": PERSONS if author else "one name that several bear", "author": author}


def _row(doubt: Doubt) -> dict[str, str]:
    row = {"decision": "", "score": f"{doubt.score:.3f}", "reason": doubt.reason}
    for side, item, whole in (("one", doubt.one, doubt.whole[0]), ("other", doubt.other, doubt.whole[1])):
        place = {side: item.entity, f"{side}_document": "" if whole else item.document}
        row |= {f"{side}_name": item.name, f"{side}_type": item.type, **place}
    return row
