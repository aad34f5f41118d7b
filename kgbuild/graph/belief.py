"""How far each triple is to be believed over all its documents: the graph of facts, which follows from the evidence.

Documents are taken for independent witnesses: a triple is wrong only when each of them is (noisy-or). Within one
document its best evidence counts, for what is told twice is not told by two. A fact states its triple, it does not
assert it: a query over the union of all graphs finds the triples in the documents that support them, and not once more.

A fact is about canonical IRIs. What documents state of entities that are merged they state of one thing: its evidence
counts together, and a document that has it under two IRIs is one document.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import expm1, fsum, log1p
from types import TracebackType
from typing import Final, Self

import pyoxigraph as ox

from kgbuild.graph.merged import Merged
from kgbuild.graph.provenance import DocumentGraph
from kgbuild.graph.quads import canonical_decimal, to_iri
from kgbuild.graph.store import GraphStore
from kgbuild.graph.vocabulary import Kgb, Prov, Rdf, facts_graph
from kgbuild.iris import digest_of

__all__ = [
    "Belief",
    "Beliefs",
    "Fact",
    "all_subjects",
    "are_counted",
    "belief_in",
    "beliefs_about",
    "fact_quads",
    "facts_about",
    "fuse",
    "noisy_or",
]

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
SELECT ?fact ?s ?p ?o ?belief ?documents ?graph { VALUES ?s { %s } GRAPH ?graph {
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


@dataclass(frozen=True, slots=True)
class Fact:
    """A triple with its belief, as the graph of facts has it."""

    node: ox.NamedNode
    """IRI of the fact."""
    graph: ox.NamedNode
    """Name of the graph that holds it, of another base if that setting has changed."""
    triple: ox.Triple
    """The triple, about canonical IRIs."""
    belief: Belief
    """How far it is to be believed."""


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


def beliefs_about(seen: Merged, subjects: Iterable[ox.NamedNode]) -> dict[ox.Triple, Belief]:
    """The belief in each triple that has evidence and one of the subjects as its head, under whatever IRI."""
    readings: dict[ox.Triple, list[tuple[str, float]]] = {}
    heads = dict.fromkeys(node for subject in subjects for node in seen.members(subject))
    for row in seen.store.select(_READINGS % " ".join(map(str, heads))):
        triple = seen.triple(ox.Triple(row["s"], row["p"], row["o"]))
        readings.setdefault(triple, []).append((row["document"].value, float(row["c"].value)))
    return {triple: fuse(found) for triple, found in readings.items()}


def belief_in(seen: Merged, triple: ox.Triple) -> Belief:
    """The belief in one triple, under whatever IRIs of its ends; 0 where it has no evidence."""
    queries = (
        _CONFIDENCES.format(subject=told.subject, object=told.object, predicate=told.predicate)
        for told in seen.spellings(triple)
    )
    rows = (row for query in queries for row in seen.store.select(query))
    return fuse((row["document"].value, float(row["c"].value)) for row in rows)


def facts_about(store: GraphStore, subjects: Iterable[ox.NamedNode]) -> Iterator[Fact]:
    """The facts that are there with one of the subjects as their head."""
    for row in store.select(_FACTS % " ".join(map(str, subjects))):
        triple = ox.Triple(row["s"], row["p"], row["o"])
        yield Fact(row["fact"], row["graph"], triple, _told(row["belief"].value, row["documents"].value))


def _told(belief: str, documents: str) -> Belief:
    """What a fact tells; no belief at all where it tells no numbers, which validation reports."""
    try:
        return Belief(float(belief), int(documents))
    except ValueError:
        return Belief(0.0, 0)


def all_subjects(store: GraphStore) -> Iterator[ox.NamedNode]:
    """The heads of all evidence and facts, each once."""
    return (row["s"] for row in store.select(_ALL_SUBJECTS))


def are_counted(store: GraphStore, base: str) -> bool:
    """Whether the facts hold all evidence: they do not while something is written, nor after that was killed."""
    graph = facts_graph(base)
    return any(True for _ in store.matching(graph, Prov.GENERATED, graph=graph))


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

    def note_merged(self, moved: Mapping[ox.NamedNode, Iterable[ox.NamedNode]]) -> None:
        """Nothing; what is stated of entities whose canonical IRI is another than before is noted, as head or tail.

        `moved` has the canonical IRIs of each, the one before and the one now.
        """
        if self._touched is None:
            return
        for node, ends in moved.items():
            self._touched.update((node, *ends))
            for quad in self._store.matching(None, Rdf.OBJECT, node):
                if isinstance(quad.subject, ox.NamedNode):
                    self._touched.update(_subjects(self._store.matching(quad.subject, Rdf.SUBJECT)))

    def _refresh_all(self) -> None:
        seen = Merged(self._store)
        subjects = iter(self._touched) if self._touched is not None else all_subjects(self._store)
        while batch := list(islice(subjects, _SUBJECTS)):
            self._refresh(seen, batch)

    def _refresh(self, seen: Merged, subjects: Sequence[ox.NamedNode]) -> None:
        heads = list(dict.fromkeys(map(seen.one, subjects)))
        old = {fact.triple: fact for fact in facts_about(self._store, dict.fromkeys((*subjects, *heads)))}
        new = beliefs_about(seen, heads)
        gone = [fact for triple, fact in old.items() if new.get(triple) != fact.belief]
        removed = [quad for fact in gone for quad in self._store.matching(fact.node, graph=fact.graph)]
        fresh = (triple for triple, belief in new.items() if triple not in old or old[triple].belief != belief)
        added = [quad for triple in fresh for quad in fact_quads(triple, new[triple], self._base)]
        if removed or added:
            self._store.revise(removed, added)


def _subjects(quads: Iterable[ox.Quad]) -> Iterator[ox.NamedNode]:
    """The subjects that evidence among the quads is about."""
    return (quad.object for quad in quads if quad.predicate == Rdf.SUBJECT and isinstance(quad.object, ox.NamedNode))
