"""How far each triple is to be believed over all its documents: the graph of facts, which follows from the evidence.

Documents are taken for independent witnesses: a triple is wrong only when each of them is (noisy-or). Within one
document its best evidence counts, for what is told twice is not told by two. A fact states its triple, it does not
assert it: a query over the union of all graphs finds the triples in the documents that support them, and not once more.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import expm1, fsum, log1p
from types import TracebackType
from typing import Final, Self

import pyoxigraph as ox

from kgbuild.graph.provenance import DocumentGraph
from kgbuild.graph.quads import canonical_decimal, to_iri
from kgbuild.graph.store import GraphStore
from kgbuild.graph.vocabulary import Kgb, Prov, Rdf, facts_graph
from kgbuild.iris import digest_of

__all__ = ["Belief", "Beliefs", "belief_in", "beliefs_about", "fact_quads", "fuse", "noisy_or"]

_SUBJECTS: Final = 500
"""Subjects whose facts are read together and written in one transaction."""
_HIGHEST: Final = 0.9999
"""What doubt is left is never rounded away."""
_READINGS = """
SELECT ?s ?p ?o ?document ?c { VALUES ?s { %s } GRAPH ?document {
  ?e rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; a kgb:Evidence ; kgb:confidence ?c
} }
"""
# subtle: the store tries the patterns in this order, and a predicate alone has the most evidence
_CONFIDENCES = """
SELECT ?document ?c {{ GRAPH ?document {{
  ?e rdf:subject {subject} ; rdf:object {object} ; rdf:predicate {predicate} ; a kgb:Evidence ; kgb:confidence ?c
}} }}
"""
_FACTS = """
SELECT ?s ?p ?o ?belief ?documents ?graph { VALUES ?s { %s } GRAPH ?graph {
  ?fact rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; kgb:belief ?belief ; kgb:documentCount ?documents
} }
"""
_ALL_SUBJECTS = "SELECT DISTINCT ?s { GRAPH ?graph { ?e rdf:subject ?s } }"


@dataclass(frozen=True, slots=True)
class Belief:
    """What all documents together say of one triple."""

    probability: float
    """Probability that the triple holds, 0 to 1, to four digits."""
    documents: int
    """Documents that state it, at least 0."""


def noisy_or(probabilities: Iterable[float]) -> float:
    """Probability that one at least of independent witnesses is right, to four digits; 0 where there is none.

    Their order makes no difference, since the sum is exact, and certain it is only where one of them is.
    """
    given = list(probabilities)
    if any(probability >= 1.0 for probability in given):
        return 1.0
    missed = fsum(log1p(-probability) for probability in given)
    return min(round(0.0 - expm1(missed), 4), _HIGHEST)


def fuse(readings: Iterable[tuple[str, float]]) -> Belief:
    """The belief in a triple, from the document and the probability of each place where it was read."""
    best: dict[str, float] = {}
    for document, probability in readings:
        best[document] = max(probability, best.get(document, 0.0))
    return Belief(noisy_or(best.values()), len(best))


def fact_quads(triple: ox.Triple, belief: Belief, base: str) -> tuple[ox.Quad, ...]:
    """The quads of a fact, which is named by a hash of its triple."""
    graph = facts_graph(base)
    parts = (triple.subject, triple.predicate, triple.object)
    node = ox.NamedNode(f"{base}fact/{digest_of('fact', *map(str, parts))[:32]}")
    values = (
        (Rdf.TYPE, Kgb.FACT),
        *zip((Rdf.SUBJECT, Rdf.PREDICATE, Rdf.OBJECT), parts, strict=True),
        (Kgb.BELIEF, ox.Literal(canonical_decimal(belief.probability), datatype=Rdf.DECIMAL)),
        (Kgb.DOCUMENT_COUNT, ox.Literal(str(belief.documents), datatype=Rdf.INTEGER)),
    )
    return tuple(ox.Quad(node, predicate, value, graph) for predicate, value in values)


def beliefs_about(store: GraphStore, subjects: Iterable[ox.NamedNode]) -> dict[ox.Triple, Belief]:
    """The belief in each triple of the subjects that has evidence."""
    readings: dict[ox.Triple, list[tuple[str, float]]] = {}
    for row in store.select(_READINGS % " ".join(map(str, subjects))):
        triple = ox.Triple(row["s"], row["p"], row["o"])
        readings.setdefault(triple, []).append((row["document"].value, float(row["c"].value)))
    return {triple: fuse(found) for triple, found in readings.items()}


def belief_in(store: GraphStore, triple: ox.Triple) -> Belief:
    """The belief in one triple; 0 where it has no evidence."""
    rows = store.select(_CONFIDENCES.format(subject=triple.subject, object=triple.object, predicate=triple.predicate))
    return fuse((row["document"].value, float(row["c"].value)) for row in rows)


class Beliefs:
    """Keeps the graph of facts true while documents come and go in its block: it is told of them before they do.

    At the end of the block only the facts of the subjects that those documents speak of are made again, a batch of
    them in one transaction. Meanwhile the graph has no mark of a run; where a block was broken off, or never was, the
    next one therefore makes all facts again.
    """

    def __init__(self, store: GraphStore, base: str, *, run: str) -> None:
        self._store, self._base = store, base
        self._graph = facts_graph(base)
        self._mark = ox.Quad(self._graph, Prov.GENERATED, to_iri(run), self._graph)
        self._touched: set[ox.NamedNode] | None = None

    def __enter__(self) -> Self:
        marks = list(self._store.matching(self._graph, Prov.GENERATED, graph=self._graph))
        if marks:
            self._touched = set()
            self._store.revise(marks, ())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._refresh_all()
            self._store.revise((), [self._mark])

    def watch(self, graphs: Iterable[DocumentGraph]) -> Iterator[DocumentGraph]:
        """The graphs of documents, whose subjects are noted before they are written: the old ones and the new."""
        for graph in graphs:
            self.note((graph.document,))
            if self._touched is not None:
                self._touched.update(_subjects(graph.quads))
            yield graph

    def note(self, documents: Iterable[str]) -> None:
        """Nothing; the subjects of the documents, which are still in the store, are noted."""
        if self._touched is not None:
            for document in documents:
                held = self._store.matching(None, Rdf.SUBJECT, graph=ox.NamedNode(document))
                self._touched.update(_subjects(held))

    def _refresh_all(self) -> None:
        rows = self._touched
        subjects = iter(rows) if rows is not None else (row["s"] for row in self._store.select(_ALL_SUBJECTS))
        while batch := list(islice(subjects, _SUBJECTS)):
            self._refresh(batch)

    def _refresh(self, subjects: Sequence[ox.NamedNode]) -> None:
        old, new = self._held(subjects), beliefs_about(self._store, subjects)
        gone = ((triple, held) for triple, held in old.items() if new.get(triple) != held[0])
        removed = [quad for triple, held in gone for quad in fact_quads(triple, *held)]
        fresh = (triple for triple, belief in new.items() if triple not in old or old[triple][0] != belief)
        added = [quad for triple in fresh for quad in fact_quads(triple, new[triple], self._base)]
        if removed or added:
            self._store.revise(removed, added)

    def _held(self, subjects: Iterable[ox.NamedNode]) -> dict[ox.Triple, tuple[Belief, str]]:
        """The facts that are there, with the base of their names, which was another if that setting has changed."""
        found, suffix = {}, self._graph.value.removeprefix(self._base)
        for row in self._store.select(_FACTS % " ".join(map(str, subjects))):
            belief = Belief(float(row["belief"].value), int(row["documents"].value))
            base = row["graph"].value.removesuffix(suffix)
            found[ox.Triple(row["s"], row["p"], row["o"])] = belief, base
        return found


def _subjects(quads: Iterable[ox.Quad]) -> Iterator[ox.NamedNode]:
    """The subjects that evidence among the quads is about."""
    return (quad.object for quad in quads if quad.predicate == Rdf.SUBJECT and isinstance(quad.object, ox.NamedNode))
