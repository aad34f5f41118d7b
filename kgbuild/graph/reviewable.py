"""The claims of a graph as a person reviews them, the least certain first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import pyoxigraph as ox

from kgbuild.decisions import Decision, Place
from kgbuild.graph.explain import Explanation
from kgbuild.graph.facts import names_of
from kgbuild.graph.labels import label_of, label_of_iri
from kgbuild.graph.provenance import CatalogueEntry
from kgbuild.graph.store import GraphStore
from kgbuild.records import Span

__all__ = ["ReviewableClaim", "claims_by_doubt", "to_reviewable"]

_BATCH: Final = 200
"""Claims that are looked up together."""
_BETWEEN: Final = " … "
_ORDER: Final = """
SELECT ?document ?e { GRAPH ?document { ?e a kgb:Evidence ; kgb:confidence ?c } } ORDER BY ?c ?document ?e
"""
_CLAIM: Final = """
SELECT DISTINCT ?document ?e ?s ?p ?o ?c ?text ?start ?head ?head_end ?tail ?tail_end {
  VALUES (?document ?e) { %s }
  GRAPH ?document {
    ?e rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; kgb:confidence ?c ;
       prov:wasDerivedFrom ?place ; kgb:subjectMention ?m ; kgb:objectMention ?n .
    ?place nif:anchorOf ?text ; nif:beginIndex ?start .
    ?m nif:beginIndex ?head ; nif:endIndex ?head_end .
    ?n nif:beginIndex ?tail ; nif:endIndex ?tail_end .
  }
}
"""


@dataclass(frozen=True, slots=True)
class ReviewableClaim:
    """A claim that can be decided."""

    place: Place
    """Where it was read."""
    relation: str
    """IRI of the property."""
    shown: Explanation
    """What a person sees of it."""


def claims_by_doubt(store: GraphStore) -> Iterator[ReviewableClaim]:
    """All claims of the graph, those of the lowest probability first; the store is read as they are taken."""
    catalogue = store.catalogue()
    order = ((row["document"], row["e"]) for row in store.select(_ORDER))
    while batch := list(islice(order, _BATCH)):
        rows: dict[tuple[str, str], list[ox.QuerySolution]] = {}
        for row in store.select(_CLAIM % " ".join(f"({document} {evidence})" for document, evidence in batch)):
            rows.setdefault((row["document"].value, row["e"].value), []).append(row)
        for document, evidence in batch:
            entry, found = catalogue.get(document.value), rows.get((document.value, evidence.value))
            if entry is not None and found:
                yield _claim(store, entry, sorted(found, key=lambda row: int(row["start"].value)))


def to_reviewable(item: Decision, document: str) -> ReviewableClaim:
    """The claim that a decision was made about, which the graph need not hold any more."""
    head, tail = item.place.names
    shown = _shown(item.place, item.relation, item.probability, {"document": document}, (head, tail))
    return ReviewableClaim(item.place, item.relation, shown)


def _claim(store: GraphStore, entry: CatalogueEntry, rows: Sequence[ox.QuerySolution]) -> ReviewableClaim:
    row, texts = rows[0], tuple(row["text"].value for row in rows)
    starts = [int(row["start"].value) for row in rows]
    sentences = tuple(Span(start, start + len(text)) for start, text in zip(starts, texts, strict=True))
    head, tail = (Span(int(row[end].value), int(row[f"{end}_end"].value)) for end in ("head", "tail"))
    place = Place(entry.source, entry.digest, sentences, texts, head, tail)
    subject, value = row["s"].value, row["o"].value
    iris = {"subject": subject, "object": value, "document": entry.document}
    names = _name(store, row["s"]), _name(store, row["o"])
    probability = float(row["c"].value)
    shown = _shown(place, row["p"].value, probability, iris, names)
    called = label_of(store, row["p"].value)
    return ReviewableClaim(place, row["p"].value, replace(shown, predicate_label=called))


def _name(store: GraphStore, term: ox.NamedNode | ox.Literal) -> str:
    return names_of(store, term.value).get(term.value, term.value) if isinstance(term, ox.NamedNode) else term.value


def _shown(
    place: Place, relation: str, probability: float, iris: Mapping[str, str], names: tuple[str, str]
) -> Explanation:
    """The claim with its passage, in which head and tail are counted."""
    return Explanation(
        subject=iris.get("subject", ""),
        subject_label=names[0],
        predicate=relation,
        predicate_label=label_of_iri(relation),
        object=iris.get("object", ""),
        object_label=names[1],
        probability=probability,
        document=iris["document"],
        source=place.source,
        passage=_BETWEEN.join(place.texts),
        head=_in_passage(place, place.head),
        tail=_in_passage(place, place.tail),
    )


def _in_passage(place: Place, span: Span) -> Span:
    """A stretch of the text, counted in the passage that the sentences make."""
    before = 0
    for sentence, text in zip(place.sentences[:-1], place.texts[:-1], strict=True):
        if span.start < sentence.end:
            return Span(before + span.start - sentence.start, before + span.end - sentence.start)
        before += len(text) + len(_BETWEEN)
    start = place.sentences[-1].start
    return Span(before + span.start - start, before + span.end - start)
