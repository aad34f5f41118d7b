"""A statement with the places that it was read from, as a person compares it with another."""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nsmallest
from typing import Final

import pyoxigraph as ox

from kgbuild.graph.belief import Belief
from kgbuild.graph.facts import names_of
from kgbuild.graph.labels import label_of
from kgbuild.graph.merged import Merged
from kgbuild.graph.store import GraphStore
from kgbuild.graph.vocabulary import Rdf

__all__ = ["Reading", "Side", "to_side"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One place where a statement was read."""

    document: str
    """IRI of the document."""
    source: str
    """Where the document came from; empty when the catalogue does not say."""
    passage: str
    """The sentence, or the two with an ellipsis between them; of a class one that names the entity, if there is one."""
    probability: float | None
    """Probability that the place gives to the statement, 0 to 1; `None` for a class."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the statements that cannot all be true."""

    subject: str
    """IRI of the head."""
    subject_label: str
    """Name of the head."""
    predicate: str
    """IRI of the property, `rdf:type` where the statement is the head's class."""
    predicate_label: str
    """The property in words."""
    object: str
    """IRI of the tail or class, or the lexical form of a value."""
    object_label: str
    """Name of the tail or class, or the value."""
    probability: float
    """Belief in it over all its documents, 0 to 1; 1 for a class."""
    documents: int
    """Documents that state it."""
    readings: tuple[Reading, ...]
    """Where it was read, the likeliest first, at most 20."""


_READINGS: Final = 20
_BETWEEN: Final = " … "
_EVIDENCE = """
SELECT DISTINCT ?e ?document ?c {{ GRAPH ?document {{
  ?e rdf:subject {subject} ; rdf:object {object} ; rdf:predicate {predicate} ; a kgb:Evidence ; kgb:confidence ?c
}} }}
"""
_DOCUMENTS = "SELECT DISTINCT ?document {{ GRAPH ?document {{ {triple} }} }} ORDER BY ?document LIMIT {limit}"
_MENTION = """
SELECT ?e {{ GRAPH {document} {{
  ?e a kgb:Evidence {{ ?e rdf:subject {entity} }} UNION {{ ?e rdf:object {entity} }}
}} }} ORDER BY ?e LIMIT 1
"""
_PASSAGE = """
SELECT DISTINCT ?begin ?sentence {{ GRAPH {document} {{
  {evidence} prov:wasDerivedFrom ?place . ?place nif:beginIndex ?begin ; nif:anchorOf ?sentence
}} }} ORDER BY ?begin
"""
_SOURCE = "SELECT ?source {{ {document} dcterms:source ?source }} LIMIT 1"


def to_side(seen: Merged, triple: ox.Triple, belief: Belief) -> Side:
    """The statement with its names and readings, those of merged entities under all their IRIs."""
    store, is_class = seen.store, triple.predicate == Rdf.TYPE
    readings = _class_readings(seen, triple) if is_class else _claim_readings(seen, triple)
    return Side(
        subject=_text(triple.subject),
        subject_label=_name(store, triple.subject),
        predicate=triple.predicate.value,
        predicate_label="is a" if is_class else label_of(store, triple.predicate.value),
        object=_text(triple.object),
        object_label=label_of(store, _text(triple.object)) if is_class else _name(store, triple.object),
        probability=belief.probability,
        documents=belief.documents,
        readings=tuple(readings),
    )


def _text(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else str(term)


def _name(store: GraphStore, term: object) -> str:
    """The name of an entity, its IRI where it has none, or the lexical form of a value."""
    return names_of(store, term.value).get(term.value, term.value) if isinstance(term, ox.NamedNode) else _text(term)


def _claim_readings(seen: Merged, triple: ox.Triple) -> Iterator[Reading]:
    queries = (
        _EVIDENCE.format(subject=told.subject, object=told.object, predicate=told.predicate)
        for told in seen.spellings(triple)
    )
    rows = (row for query in queries for row in seen.store.select(query))
    places = ((-float(row["c"].value), row["document"].value, row["e"].value) for row in rows)
    for doubt, document, evidence in nsmallest(_READINGS, places):
        yield _reading(seen.store, document, evidence, -doubt)


def _class_readings(seen: Merged, triple: ox.Triple) -> Iterator[Reading]:
    """The documents that give the entity its class, each with a sentence that names it where some claim has one."""
    found: dict[ox.NamedNode, ox.Triple] = {}
    for told in seen.spellings(triple):
        for row in seen.store.select(_DOCUMENTS.format(triple=told, limit=_READINGS)):
            found.setdefault(row["document"], told)
    for document in sorted(found, key=str)[:_READINGS]:
        query = _MENTION.format(document=document, entity=found[document].subject)
        evidence = next((row["e"].value for row in seen.store.select(query)), None)
        yield _reading(seen.store, document.value, evidence, None)


def _reading(store: GraphStore, document: str, evidence: str | None, probability: float | None) -> Reading:
    """The reading with the sentences of the evidence, in the order of the text."""
    node, sentences = ox.NamedNode(document), []
    if evidence is not None:
        rows = store.select(_PASSAGE.format(document=node, evidence=ox.NamedNode(evidence)))
        sentences = [row["sentence"].value for row in rows]
    source = next((row["source"].value for row in store.select(_SOURCE.format(document=node))), "")
    return Reading(document, source, _BETWEEN.join(sentences), probability)
