"""The facts of the graph, apart from what the graph says about them: text, spans, evidence, catalogue, runs, labels."""

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from kgbuild.graph.store import GraphStore
from kgbuild.graph.vocabulary import Kgb, Nif, Rdf

__all__ = ["best_probabilities", "distinct_facts", "keep_facts", "names_of", "sort_triples"]

_ABOUT = frozenset({Kgb.EVIDENCE, Nif.STRING, Nif.CONTEXT})
_CLAIMS = "SELECT DISTINCT ?s ?p ?o { ?e a kgb:Evidence ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o }"
_FIRST = {Rdf.TYPE: 0, Rdf.LABEL: 1, Rdf.ALT_LABEL: 2}


def keep_facts(quads: Iterable[ox.Quad]) -> Iterator[ox.Triple]:
    """The facts of one document's quads: claims, and the types and names of entities."""
    held = list(quads)
    about = {quad.subject for quad in held if quad.predicate == Rdf.TYPE and quad.object in _ABOUT}
    return (quad.triple for quad in held if quad.subject not in about)


def distinct_facts(store: GraphStore) -> list[ox.Triple]:
    """The facts of all documents, each once, sorted by subject, predicate and object, types and names first."""
    claims = {ox.Triple(row["s"], row["p"], row["o"]) for row in store.select(_CLAIMS)}
    return sort_triples(claims | {triple for entity in names_of(store) for triple in _entity_facts(store, entity)})


def _entity_facts(store: GraphStore, entity: str) -> Iterator[ox.Triple]:
    for role in _FIRST:
        for quad in store.matching(ox.NamedNode(entity), role):
            yield quad.triple


def sort_triples(triples: Iterable[ox.Triple]) -> list[ox.Triple]:
    """Triples in the order in which a person reads them, the same for the same triples."""
    return sorted(triples, key=_reading_order)


def _reading_order(triple: ox.Triple) -> tuple[str, int, str, str]:
    rank = _FIRST.get(triple.predicate, len(_FIRST))
    return str(triple.subject), rank, triple.predicate.value, str(triple.object)


def best_probabilities(store: GraphStore) -> dict[ox.Triple, float]:
    """The highest probability that any evidence gives to a triple, for every triple that has evidence."""
    rows = store.select(
        "SELECT ?s ?p ?o (MAX(?c) AS ?best) { ?e a kgb:Evidence ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; "
        "kgb:confidence ?c } GROUP BY ?s ?p ?o"
    )
    return {ox.Triple(row["s"], row["p"], row["o"]): float(row["best"].value) for row in rows}


def names_of(store: GraphStore, iri: str | None = None) -> dict[str, str]:
    """Names by IRI, of one entity or of all; where documents differ the longest, then the first in order."""
    names: dict[str, str] = {}
    for quad in store.matching(None if iri is None else ox.NamedNode(iri), Rdf.LABEL):
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal):
            options = (quad.object.value, names.get(quad.subject.value, ""))
            names[quad.subject.value] = min(options, key=lambda name: (-len(name), name))
    return names
