"""The graph as it is once entities that are one count as one: what the graph of identity says, and how to ask past it.

Documents keep the IRIs that they are written with. The canonical IRI of an entity is the end of its owl:sameAs, that of
an entity of the graph: the entry of a vocabulary says which thing it is, but no document speaks of it. Of several
entities with one entry the first in order is canonical for all.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any, Final, TypeVar

import pyoxigraph as ox

from kgbuild.graph.store import GraphStore
from kgbuild.graph.vocabulary import OWL_SAME, identity_graph

__all__ = ["Merged"]

_Term = TypeVar("_Term")

_IDENTITY: Final = identity_graph("urn:").value.removeprefix("urn:")
"""End of the name of a graph of identity, whatever its base."""
_ENTRIES: Final = """
SELECT DISTINCT ?entry { GRAPH %s {
  ?decision rdf:predicate owl:sameAs ; a kgb:IdentityDecision ; rdf:object ?entry ; prov:wasDerivedFrom ?vocabulary
} }
"""
_HAVING: Final = """
SELECT DISTINCT ?s {{ {{ SELECT DISTINCT ?s {{ {{ ?s owl:sameAs ?other }} UNION {{ ?other owl:sameAs ?s }} }} }}
  ?s {property} ?o }}
"""


class Merged:
    """The statements of a store, each said of the canonical IRIs."""

    def __init__(self, store: GraphStore) -> None:
        self.store = store
        """The store, as its documents have it."""
        self.canonical: Mapping[ox.NamedNode, ox.NamedNode] = _canonical(store)
        """The canonical IRI by each that is another's."""
        self._members: dict[ox.NamedNode, list[ox.NamedNode]] = defaultdict(list)
        for node, canonical in sorted(self.canonical.items(), key=str):
            self._members[canonical].append(node)

    @property
    def merged(self) -> Set[ox.NamedNode]:
        """The canonical IRIs of entities that have others."""
        return self._members.keys()

    def one(self, term: _Term) -> _Term:
        """The canonical IRI of an entity that is another one; any other term as it is."""
        held: Mapping[Any, Any] = self.canonical
        found: _Term = held.get(term, term)
        return found

    def triple(self, triple: ox.Triple) -> ox.Triple:
        """The triple about the canonical IRIs."""
        return ox.Triple(self.one(triple.subject), triple.predicate, self.one(triple.object))

    def members(self, term: _Term) -> tuple[_Term, ...]:
        """All IRIs of the entity, the canonical one first; of any other term itself alone."""
        held: Mapping[Any, list[Any]] = self._members
        one = self.one(term)
        return (one, *held.get(one, ()))

    def spellings(self, triple: ox.Triple) -> Iterator[ox.Triple]:
        """The triples that documents may have for the one, about all IRIs of its ends."""
        for subject in self.members(triple.subject):
            for value in self.members(triple.object):
                yield ox.Triple(subject, triple.predicate, value)

    def quads(
        self,
        subject: ox.NamedNode | None = None,
        predicate: ox.NamedNode | None = None,
        object: ox.NamedNode | None = None,
    ) -> Iterator[ox.Quad]:
        """The quads of documents that have one of the IRIs of each end that is given."""
        heads = (None,) if subject is None else self.members(subject)
        tails = (None,) if object is None else self.members(object)
        return (quad for head in heads for tail in tails for quad in self.store.matching(head, predicate, tail))

    def triples(self, quads: Iterable[ox.Quad]) -> list[ox.Triple]:
        """The triples of the quads about the canonical IRIs, each once, sorted."""
        return sorted({self.triple(quad.triple) for quad in quads}, key=str)

    def having(self, property: ox.NamedNode) -> set[ox.NamedNode]:
        """Canonical IRIs of the merged entities that have the property under any of their IRIs."""
        if not self.canonical:
            return set()
        rows = self.store.select(_HAVING.format(property=property))
        return {self.one(row["s"]) for row in rows} & self.merged

    def moved(self, before: Mapping[ox.NamedNode, ox.NamedNode]) -> dict[ox.NamedNode, set[ox.NamedNode]]:
        """The IRIs whose canonical one is another than before, with both."""
        nodes = {*before, *self.canonical}
        ends = {node: {before.get(node, node), self.canonical.get(node, node)} for node in nodes}
        return {node: both for node, both in ends.items() if len(both) > 1}


def _canonical(store: GraphStore) -> dict[ox.NamedNode, ox.NamedNode]:
    """The canonical IRI by each that is another's."""
    steps: dict[ox.NamedNode, ox.NamedNode] = {}
    graphs: set[str] = set()
    for quad in store.matching(None, OWL_SAME):
        name = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""
        one, other = quad.subject, quad.object
        if name.endswith(_IDENTITY) and isinstance(one, ox.NamedNode) and isinstance(other, ox.NamedNode):
            steps[one] = other
            graphs.add(name)
    entries: set[object] = {row["entry"] for name in graphs for row in store.select(_ENTRIES % ox.NamedNode(name))}
    ends = {node: _end(node, steps, entries) for node in steps}
    holders: dict[ox.NamedNode, ox.NamedNode] = {}
    for end in sorted(set(ends.values()), key=str):
        holders.setdefault(steps.get(end, end), end)
    found = {node: holders[steps.get(end, end)] for node, end in ends.items()}
    return {node: canonical for node, canonical in found.items() if node != canonical}


def _end(node: ox.NamedNode, steps: Mapping[ox.NamedNode, ox.NamedNode], entries: set[object]) -> ox.NamedNode:
    """The last entity of the graph that an entity leads to; a circle, which no decision makes, ends where it began."""
    end, seen = node, {node}
    while end in steps and steps[end] not in entries and steps[end] not in seen:
        end = steps[end]
        seen.add(end)
    return end
