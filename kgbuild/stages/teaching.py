"""The stage that makes training data of decisions: annotated documents in the form that `kgbuild train` reads.

What was accepted or corrected is among a document's `relations`, what was rejected among its `denied`. `complete` is
false, so that nothing is taught of other pairs, nor of the mentions and entities, which are those that were found.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild.decisions import Decision, Decisions
from kgbuild.errors import HandoffError
from kgbuild.ontology import Ontology, load_ontology
from kgbuild.records import AnnotatedDocument, Span
from kgbuild.stages.conflicts import last_ontology
from kgbuild.stages.decided import read_reviews
from kgbuild.stages.folders import open_store
from kgbuild.stages.outputs import write_file
from kgbuild.stages.settling import claimed_by_run
from kgbuild.stages.writing import finish_pending

if TYPE_CHECKING:
    from kgbuild.graph import CatalogueEntry

__all__ = ["Lessons", "export_decisions"]

_Triple = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Lessons:
    """What was made of the decisions."""

    documents: int
    """Documents that were written, at least 0."""
    relations: int
    """Relations that hold."""
    denied: int
    """Relations that do not."""
    left_out: int
    """Decisions in force of which nothing could be made: their passage, or the files of their run, are gone, or the
    ontology lacks the relation."""


def export_decisions(graph: Path, out: Path, *, now: datetime, ontology: Path | None = None) -> Lessons:
    """What was written to `out`: the documents of the graph with decisions, one JSON object a line, sorted by id.

    Raises: MissingError, StoreError, OntologyError, HandoffError.
    """
    finish_pending(graph, now)
    decisions = Decisions(read_reviews(graph))
    with open_store(graph) as store:
        terms, catalogue = load_ontology(ontology or last_ontology(store, graph)), store.catalogue()
    lessons = sorted(_lessons(graph, catalogue, decisions, terms), key=lambda item: item.document)
    write_file(out, "".join(f"{json.dumps(item.record(), ensure_ascii=False)}\n" for item in lessons))
    used = {decision for item in lessons for decision in item.used}
    return Lessons(
        documents=len(lessons),
        relations=sum(len(item.relations) for item in lessons),
        denied=sum(len(item.denied) for item in lessons),
        left_out=sum(decision.says and decision not in used for decision in decisions.in_force()),
    )


@dataclass(frozen=True, slots=True)
class _Lesson:
    """What persons say of one document."""

    document: str
    """Its id."""
    annotated: AnnotatedDocument
    """What was found in it."""
    relations: tuple[_Triple, ...]
    """Numbers of head and tail entity, and property, of what holds."""
    denied: tuple[_Triple, ...]
    """The same of what does not."""
    used: frozenset[Decision]
    """The decisions that say so."""

    def record(self) -> dict[str, Any]:
        """The document as a line of an annotated file."""
        entities = _entities(self.annotated)
        return {
            "id": self.document,
            "complete": False,
            "text": self.annotated.document.text,
            "sentences": [[span.start, span.end] for span in self.annotated.sentences],
            "mentions": [
                {"start": item.start, "end": item.end, "type": item.type, "entity": entities[number]}
                for number, item in enumerate(self.annotated.mentions)
            ],
            **{
                key: [{"head": head, "tail": tail, "label": relation} for head, tail, relation in triples]
                for key, triples in (("relations", self.relations), ("denied", self.denied))
            },
        }


def _lessons(
    graph: Path, catalogue: "Mapping[str, CatalogueEntry]", decisions: Decisions, ontology: Ontology
) -> Iterator[_Lesson]:
    """The documents of the graph that decisions are about, as far as their runs have kept them."""
    near = {name for item in decisions.in_force() for name in (item.place.source, item.place.digest)}
    runs = {entry.run for entry in catalogue.values() if entry.source in near or entry.digest in near}
    for run in sorted(runs):
        with suppress(HandoffError):
            for item in claimed_by_run(graph, run):
                annotated = item.annotated
                entry = catalogue.get(annotated.document.iri)
                lesson = _lesson(annotated, decisions, ontology)
                if entry is not None and entry.run == run and lesson.used:
                    yield lesson


def _lesson(annotated: AnnotatedDocument, decisions: Decisions, ontology: Ontology) -> _Lesson:
    """What persons say of a document; where a relation of two entities holds at one place, it is denied at none."""
    places = {Span(item.start, item.end): number for number, item in enumerate(annotated.mentions)}
    entities = _entities(annotated)
    holds, fails, used = set[_Triple](), set[_Triple](), set[Decision]()
    for (head, tail, relation), decision in decisions.told_of(annotated).items():
        if {head, tail} <= places.keys() and relation in ontology.by_iri:
            triple = entities[places[head]], entities[places[tail]], relation
            (holds if decision.asserts == relation else fails).add(triple)
            used.add(decision)
    name = annotated.document.iri.rsplit("/", 1)[-1]
    return _Lesson(name, annotated, tuple(sorted(holds)), tuple(sorted(fails - holds)), frozenset(used))


def _entities(annotated: AnnotatedDocument) -> dict[int, int]:
    """Number of the entity of each mention."""
    return {mention: number for number, entity in enumerate(annotated.entities) for mention in entity.mentions}
