"""Documents and runs as quads: what the graph was made from, when, and with what (PROV-O, https://www.w3.org/TR/prov-o/)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import pyoxigraph as ox

from kgbuild.config import GraphSettings
from kgbuild.errors import StoreError
from kgbuild.graph.quads import canonical_decimal, storable, to_iri, to_quads
from kgbuild.graph.vocabulary import Kgb, Prov, Rdf, catalogue_graph, runs_graph
from kgbuild.iris import digest_of
from kgbuild.ontology import Ontology
from kgbuild.records import ClaimedDocument, Document

__all__ = [
    "Action",
    "CatalogueEntry",
    "Change",
    "DocumentGraph",
    "Retraction",
    "RunRecord",
    "catalogue_quads",
    "change_quads",
    "document_graph",
    "retraction_quads",
    "run_quads",
]

Action = Literal["added", "changed", "removed", "retracted", "restored"]
"""What may happen to a document: `removed` when it vanished from the corpus, the last two by an operator."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What the graph knows of a document that it holds."""

    document: str
    """IRI of the document, which is the name of its graph."""
    source: str
    """Where it came from, as in `Document.source`."""
    origin: str
    """URI of the file that it was read from; empty when it was not given."""
    digest: str
    """SHA-256 of its text, 64 hexadecimal digits."""
    recipe: str
    """Hash of the settings, model and ontology that it was processed with."""
    run: str
    """IRI of the run that wrote it."""


@dataclass(frozen=True, slots=True)
class Retraction:
    """What the graph keeps of a document that an operator withdrew: enough to know it again."""

    document: str
    """IRI of the document."""
    source: str
    """Where it came from, as in `Document.source`."""
    origin: str
    """URI of the file that it was read from; empty when it was not given."""
    digest: str
    """SHA-256 of the text that was withdrawn, 64 hexadecimal digits; another text is another document."""
    run: str
    """IRI of the run that withdrew it."""
    reason: str = ""
    """Why, in the operator's words; empty when none were given."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one run did to one document."""

    run: str
    """IRI of the run."""
    document: str
    """IRI of the document."""
    source: str
    """Where it came from, as in `Document.source`."""
    action: Action
    """What happened."""
    digest: str
    """SHA-256 of the text that was written, or that went; 64 hexadecimal digits."""
    triples: int = 0
    """Distinct triples that the document states after it, at least 0."""
    reason: str = ""
    """Why, in the operator's words; empty when none were given."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What the graph knows of a run."""

    iri: str
    """Absolute IRI of the run."""
    base: str
    """IRI that the names of graphs begin with (setting `graph.base`)."""
    started: datetime
    """When it began, with its time zone."""
    ended: datetime
    """When it ended, with its time zone."""
    used: tuple[str, ...]
    """IRIs of the model and the ontology."""
    threshold: float | None = None
    """Least probability that was accepted, 0 to 1; `None` when a precision was asked for."""
    precision: float | None = None
    """Precision that was asked for, 0 to 1; `None` when there was one threshold."""
    previous: str | None = None
    """IRI of the run before it, if there was one."""
    documents: int = 0
    """Documents that it wrote, at least 0."""
    removed: int = 0
    """Documents that it retracted, at least 0."""
    claims: int = 0
    """Claims that it wrote, at least 0."""


@dataclass(frozen=True, slots=True)
class DocumentGraph:
    """All that is written for one document, ready for the store."""

    document: str
    """IRI of the document."""
    quads: tuple[ox.Quad, ...]
    """Quads of the document's graph, then those of its catalogue entry or of its retraction; no quad twice."""
    change: tuple[ox.Quad, ...] = ()
    """Quads that say what happened to it; they join what the graph of runs says already."""


def document_graph(
    claimed: ClaimedDocument, ontology: Ontology, settings: GraphSettings, *, recipe: str, run: str
) -> DocumentGraph:
    """The quads of a document's graph and of its catalogue entry.

    Raises: StoreError where an IRI is none.
    """
    document = claimed.annotated.document
    entry = catalogue_quads(document, base=settings.base, recipe=recipe, run=run)
    return DocumentGraph(document.iri, (*to_quads(claimed, ontology, settings), *entry))


def catalogue_quads(document: Document, *, base: str, recipe: str, run: str) -> Iterator[ox.Quad]:
    """The quads of a document's catalogue entry."""
    node, graph = to_iri(document.iri), catalogue_graph(base)
    values: tuple[tuple[ox.NamedNode, ox.NamedNode | ox.Literal | None], ...] = (
        (Rdf.TYPE, Prov.ENTITY),
        (Rdf.SOURCE, _iri_or_text(document.source)),
        (Rdf.TITLE, ox.Literal(storable(document.title)) if document.title else None),
        (Rdf.DATE, ox.Literal(storable(document.date)) if document.date else None),
        (Rdf.FORMAT, ox.Literal(document.format)),
        (Kgb.TEXT_DIGEST, ox.Literal(document.digest)),
        (Kgb.RECIPE, ox.Literal(recipe)),
        (Kgb.ORIGIN, _iri_or_text(document.origin) if document.origin else None),
        (Prov.GENERATED, to_iri(run)),
    )
    return (ox.Quad(node, predicate, value, graph) for predicate, value in values if value is not None)


def retraction_quads(retraction: Retraction, *, base: str) -> Iterator[ox.Quad]:
    """The quads that stand in the catalogue for a document that was withdrawn.

    Raises: StoreError where an IRI is none.
    """
    node = ox.NamedNode(f"{base}retraction/{digest_of('retraction', retraction.document)[:32]}")
    graph = catalogue_graph(base)
    values: tuple[tuple[ox.NamedNode, ox.NamedNode | ox.Literal | None], ...] = (
        (Rdf.TYPE, Kgb.RETRACTION),
        (Kgb.RETRACTS, to_iri(retraction.document)),
        (Kgb.DOCUMENT_SOURCE, _iri_or_text(retraction.source)),
        (Kgb.ORIGIN, _iri_or_text(retraction.origin) if retraction.origin else None),
        (Kgb.DIGEST, ox.Literal(retraction.digest)),
        (Kgb.REASON, ox.Literal(storable(retraction.reason)) if retraction.reason else None),
        (Prov.GENERATED, to_iri(retraction.run)),
    )
    return (ox.Quad(node, predicate, value, graph) for predicate, value in values if value is not None)


def change_quads(change: Change, *, base: str) -> Iterator[ox.Quad]:
    """The quads that say in the graph of runs what a run did to a document.

    Raises: StoreError where an IRI is none.
    """
    node = ox.NamedNode(f"{base}change/{digest_of('change', change.run, change.document)[:32]}")
    graph = runs_graph(base)
    values: tuple[tuple[ox.NamedNode, ox.NamedNode | ox.Literal | None], ...] = (
        (Rdf.TYPE, Kgb.CHANGE),
        (Prov.BY_ACTIVITY, to_iri(change.run)),
        (Kgb.DOCUMENT, to_iri(change.document)),
        (Kgb.DOCUMENT_SOURCE, _iri_or_text(change.source)),
        (Kgb.ACTION, ox.Literal(change.action)),
        (Kgb.DIGEST, ox.Literal(change.digest)),
        (Kgb.TRIPLE_COUNT, _count(change.triples)),
        (Kgb.REASON, ox.Literal(storable(change.reason)) if change.reason else None),
    )
    return (ox.Quad(node, predicate, value, graph) for predicate, value in values if value is not None)


def run_quads(run: RunRecord) -> Iterator[ox.Quad]:
    """The quads of a run.

    Raises: StoreError where an IRI is none or a time has no zone.
    """
    node, graph = to_iri(run.iri), runs_graph(run.base)
    values: list[tuple[ox.NamedNode, ox.NamedNode | ox.Literal]] = [
        (Rdf.TYPE, Prov.ACTIVITY),
        (Prov.STARTED, _instant(run.started)),
        (Prov.ENDED, _instant(run.ended)),
        *((Prov.USED, to_iri(iri)) for iri in run.used),
        (Kgb.DOCUMENT_COUNT, _count(run.documents)),
        (Kgb.REMOVED_COUNT, _count(run.removed)),
        (Kgb.CLAIM_COUNT, _count(run.claims)),
    ]
    for predicate, share in ((Kgb.THRESHOLD, run.threshold), (Kgb.PRECISION, run.precision)):
        if share is not None:
            values.append((predicate, ox.Literal(canonical_decimal(share), datatype=Rdf.DECIMAL)))
    if run.previous is not None:
        values.append((Prov.INFORMED, to_iri(run.previous)))
    return (ox.Quad(node, predicate, value, graph) for predicate, value in values)


def _iri_or_text(value: str) -> ox.NamedNode | ox.Literal:
    """The IRI where `value` is one, else the text: a jsonl line may name any source."""
    try:
        return ox.NamedNode(value)
    except ValueError:
        return ox.Literal(storable(value))


def _count(value: int) -> ox.Literal:
    return ox.Literal(str(value), datatype=Rdf.INTEGER)


def _instant(time: datetime) -> ox.Literal:
    """The time in UTC to the second: the form that stores keep as it is."""
    if time.tzinfo is None:
        raise StoreError(f"time {time!r} has no time zone; pass one with `tzinfo`", subject=time)
    return ox.Literal(time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), datatype=Rdf.DATE_TIME)
