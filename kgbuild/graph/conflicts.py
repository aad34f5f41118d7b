"""What the graph says that cannot all be true, by the rules of its ontology. Nothing is removed: a person decides.

A contradiction is as doubtful as the less probable of two statements that exclude each other: that much speaks against
the other. Of several such pairs the most doubtful counts. The class of an entity has no probability and counts as 1.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import chain, combinations
from typing import Literal

import pyoxigraph as ox

from kgbuild.graph.belief import Belief, belief_in
from kgbuild.graph.dates import period_of, values_differ
from kgbuild.graph.facts import label_of_iri
from kgbuild.graph.rules import End, Rules
from kgbuild.graph.sides import Side, to_side
from kgbuild.graph.store import GraphStore
from kgbuild.graph.vocabulary import Rdf

__all__ = ["Conflict", "ConflictKind", "find_conflicts"]

ConflictKind = Literal["values", "domain", "range", "disjoint", "order"]
"""Several values of a functional property, a head or tail of other classes, two disjoint classes, a date too early."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Statements that cannot all be true."""

    kind: ConflictKind
    """Which rule they break."""
    message: str
    """What was expected and what came, in one line."""
    doubt: float
    """How doubtful they are together, 0 to 1."""
    sides: tuple[Side, ...]
    """The statements, the likeliest first; one alone where the ontology is the other side."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A contradiction before its evidence is read: all that is held of those whose turn has not come."""

    kind: ConflictKind
    doubt: float
    message: str
    statements: tuple[tuple[ox.Triple, Belief], ...]


_SEVERAL = "SELECT ?s {{ ?s {property} ?o }} GROUP BY ?s HAVING (COUNT(DISTINCT ?o) > 1)"
_AROUND = "SELECT DISTINCT ?place {{ {place} ({path})+ ?place }}"
_OUTSIDE = """
SELECT DISTINCT ?s ?o {{ ?s {property} ?o . ?{end} a ?class FILTER(?class IN ({outside}))
  FILTER NOT EXISTS {{ ?{end} a ?other FILTER(?other NOT IN ({outside})) }} }}
"""
_VALUES = "SELECT DISTINCT ?s ?o {{ ?s {property} ?o FILTER({wrong}) }}"
_DISJOINT = """
SELECT DISTINCT ?s ?one ?other {{ VALUES ?one {{ {ones} }} ?s a ?one . VALUES ?other {{ {others} }} ?s a ?other
  FILTER(?one != ?other) }}
"""
_DATED = "SELECT DISTINCT ?s ?one ?other {{ ?s {one} ?one . ?s {other} ?other }}"


def find_conflicts(store: GraphStore, rules: Rules, *, limit: int | None = None) -> Iterator[Conflict]:
    """The contradictions of the graph, the most doubtful first; with a limit no more than so many.

    All are found before the first is given, their statements in memory; evidence is read one contradiction at a time.
    """
    found = chain(
        chain.from_iterable(_several_values(store, rules, iri) for iri in rules.functional),
        chain.from_iterable(_wrong_heads(store, end) for end in rules.heads),
        chain.from_iterable(_wrong_tails(store, end) for end in rules.tails),
        chain.from_iterable(_disjoint_classes(store, *pair) for pair in rules.disjoint),
        chain.from_iterable(_wrong_order(store, *pair) for pair in rules.orders),
    )
    ordered = sorted(found, key=_rank) if limit is None else nsmallest(limit, found, key=_rank)
    return (_to_conflict(store, item) for item in ordered)


def _to_conflict(store: GraphStore, found: _Found) -> Conflict:
    sides = tuple(to_side(store, triple, belief) for triple, belief in found.statements)
    return Conflict(found.kind, found.message, found.doubt, sides)


def _rank(found: _Found) -> tuple[float, str, str]:
    return -found.doubt, found.kind, " ".join(str(triple) for triple, _ in found.statements)


def _several_values(store: GraphStore, rules: Rules, property: str) -> Iterator[_Found]:
    node = ox.NamedNode(property)
    for row in store.select(_SEVERAL.format(property=node)):
        triples = sorted({quad.triple for quad in store.matching(row["s"], node)}, key=str)
        pairs = _excluding(store, rules, triples)
        if pairs:
            apart = dict.fromkeys(triple for pair in pairs for triple in pair)
            beliefs = {triple: belief_in(store, triple) for triple in apart}
            doubt = max(min(beliefs[one].probability, beliefs[other].probability) for one, other in pairs)
            message = f"{label_of_iri(property)}: expected one value, came {len(beliefs)}"
            yield _Found("values", doubt, message, _likeliest_first(beliefs))


def _excluding(store: GraphStore, rules: Rules, triples: Sequence[ox.Triple]) -> list[tuple[ox.Triple, ox.Triple]]:
    """The pairs of triples whose tails are not the same, nor the one within the other."""
    places = [triple.object for triple in triples if isinstance(triple.object, ox.NamedNode)]
    around = {place: _around(store, rules, place) for place in places} if len(places) > 1 else {}

    def exclude(one: object, other: object) -> bool:
        if isinstance(one, ox.Literal) and isinstance(other, ox.Literal):
            return values_differ(one, other)
        both = isinstance(one, ox.NamedNode) and isinstance(other, ox.NamedNode)
        return both and other not in around[one] and one not in around[other]  # type: ignore[index]  # both are nodes

    return [pair for pair in combinations(triples, 2) if exclude(pair[0].object, pair[1].object)]


def _around(store: GraphStore, rules: Rules, place: ox.NamedNode) -> set[ox.NamedNode]:
    """What the place lies in, and its other names."""
    steps = (*map(_iri, rules.within), *(f"^{_iri(iri)}" for iri in rules.contains), "owl:sameAs", "^owl:sameAs")
    return {row["place"] for row in store.select(_AROUND.format(place=place, path="|".join(steps)))}


def _wrong_heads(store: GraphStore, end: End) -> Iterator[_Found]:
    if end.outside:
        expected = f"{label_of_iri(end.property)}: expected as its head {' or '.join(end.expected)}"
        yield from _claims(store, end, "domain", expected, _outside(end, "s"), lambda triple: triple.subject)


def _wrong_tails(store: GraphStore, end: End) -> Iterator[_Found]:
    expected = f"{label_of_iri(end.property)}: expected as its tail {' or '.join(end.expected)}"
    # subtle: NOT IN of an empty list, which is always true, is false in the store
    listed = f"DATATYPE(?o) NOT IN ({', '.join(map(_iri, sorted(end.datatypes)))})" if end.datatypes else "true"
    queries = [_VALUES.format(property=_iri(end.property), wrong=f"isLiteral(?o) && {listed}")]
    if not end.entities:
        queries.append(_VALUES.format(property=_iri(end.property), wrong="isIRI(?o)"))
    elif end.outside:
        queries.append(_outside(end, "o"))
    for query in queries:
        yield from _claims(store, end, "range", expected, query, lambda triple: triple.object)


def _outside(end: End, variable: str) -> str:
    return _OUTSIDE.format(property=_iri(end.property), end=variable, outside=", ".join(map(_iri, end.outside)))


def _claims(
    store: GraphStore,
    end: End,
    kind: Literal["domain", "range"],
    expected: str,
    query: str,
    of: Callable[[ox.Triple], object],
) -> Iterator[_Found]:
    """Each claim that the query finds, against the classes of the entity at its end, or what its value is."""
    for row in store.select(query):
        triple = ox.Triple(row["s"], ox.NamedNode(end.property), row["o"])
        belief, entity = belief_in(store, triple), of(triple)
        classes = _classes(store, entity) if isinstance(entity, ox.NamedNode) else ()
        came = [label_of_iri(stated.object.value) for stated, _ in classes if isinstance(stated.object, ox.NamedNode)]
        if isinstance(entity, ox.Literal):
            came = [label_of_iri(entity.datatype.value)]
        message = f"{expected}, came {' and '.join(came) or 'an entity'}"
        yield _Found(kind, belief.probability, message, ((triple, belief), *classes))


def _classes(store: GraphStore, entity: ox.NamedNode) -> tuple[tuple[ox.Triple, Belief], ...]:
    """The statements of an entity's classes."""
    stated: dict[ox.Triple, int] = {}
    for quad in store.matching(entity, Rdf.TYPE):
        stated[quad.triple] = stated.get(quad.triple, 0) + 1
    return tuple((triple, Belief(1.0, stated[triple])) for triple in sorted(stated, key=str))


def _disjoint_classes(store: GraphStore, ones: Sequence[str], others: Sequence[str]) -> Iterator[_Found]:
    query = _DISJOINT.format(ones=" ".join(map(_iri, ones)), others=" ".join(map(_iri, others)))
    for row in store.select(query):
        pair = (row["one"], row["other"])
        sides = tuple(item for item in _classes(store, row["s"]) if item[0].object in pair)
        first, second = (label_of_iri(node.value) for node in pair)
        yield _Found("disjoint", 1.0, f"expected nothing to be both {first} and {second}", sides)


def _wrong_order(store: GraphStore, first: str, second: str) -> Iterator[_Found]:
    for row in store.select(_DATED.format(one=_iri(first), other=_iri(second))):
        one, other = period_of(row["one"]), period_of(row["other"])
        if one is not None and other is not None and one.is_after(other):
            triples = (
                ox.Triple(row["s"], ox.NamedNode(first), row["one"]),
                ox.Triple(row["s"], ox.NamedNode(second), row["other"]),
            )
            beliefs = {triple: belief_in(store, triple) for triple in triples}
            doubt = min(belief.probability for belief in beliefs.values())
            message = f"expected {label_of_iri(first)} before {label_of_iri(second)}, came it after"
            yield _Found("order", doubt, message, _likeliest_first(beliefs))


def _iri(iri: str) -> str:
    """The IRI as SPARQL writes it."""
    return str(ox.NamedNode(iri))


def _likeliest_first(beliefs: dict[ox.Triple, Belief]) -> tuple[tuple[ox.Triple, Belief], ...]:
    return tuple(sorted(beliefs.items(), key=lambda item: (-item[1].probability, str(item[0]))))
