"""How much the graph holds, and of what."""

from dataclasses import dataclass

from kgbuild.graph.labels import label_of
from kgbuild.graph.store import GraphStore

__all__ = ["Count", "GraphStatistics", "statistics"]


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are of one kind."""

    iri: str
    """IRI of the class or property; empty for entities without a class."""
    label: str
    """The kind in words."""
    count: int
    """How many, at least 1."""


@dataclass(frozen=True, slots=True)
class GraphStatistics:
    """The graph in numbers."""

    documents: int
    """Documents of the catalogue."""
    entities: int
    """Entities that have a name."""
    triples: int
    """Distinct triples that have evidence."""
    evidence: int
    """Places where a triple was read."""
    confidence: float
    """Mean probability over the evidence, 0 to 1; 0 when there is none."""
    runs: int
    """Runs that wrote or retracted something."""
    quads: int
    """All quads, with text, evidence, facts, catalogue, runs and labels."""
    classes: tuple[Count, ...]
    """Entities by class, the most frequent first."""
    properties: tuple[Count, ...]
    """Distinct triples by property, the most frequent first."""


_CLASSES = (
    "SELECT ?kind (COUNT(DISTINCT ?s) AS ?n) "
    "{ { SELECT DISTINCT ?s { ?s rdfs:label ?name } } OPTIONAL { ?s a ?kind } } GROUP BY ?kind"
)
_PROPERTIES = (
    "SELECT ?kind (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?kind ?o "
    "{ ?e a kgb:Evidence ; rdf:subject ?s ; rdf:predicate ?kind ; rdf:object ?o } } GROUP BY ?kind"
)


def statistics(store: GraphStore) -> GraphStatistics:
    """The graph in numbers, over the union of all documents."""
    counts = store.counts()
    return GraphStatistics(
        documents=counts.documents,
        entities=int(_number(store, "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s rdfs:label ?name }")),
        triples=counts.triples,
        evidence=counts.evidence,
        confidence=round(_number(store, "SELECT (AVG(?c) AS ?n) { ?e a kgb:Evidence ; kgb:confidence ?c }"), 4),
        runs=int(_number(store, "SELECT (COUNT(?run) AS ?n) { ?run a prov:Activity ; prov:startedAtTime ?time }")),
        quads=counts.quads,
        classes=_counts(store, _CLASSES),
        properties=_counts(store, _PROPERTIES),
    )


def _number(store: GraphStore, sparql: str) -> float:
    return float(next(iter(store.select(sparql)))["n"].value)


def _counts(store: GraphStore, sparql: str) -> tuple[Count, ...]:
    kinds = ((row["kind"].value if row["kind"] else "", int(row["n"].value)) for row in store.select(sparql))
    found = (Count(iri, label_of(store, iri) if iri else "without a class", number) for iri, number in kinds if number)
    return tuple(sorted(found, key=lambda item: (-item.count, item.iri)))
