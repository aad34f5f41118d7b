"""What the graph says that cannot all be true, by the rules of its ontology. Nothing is removed: a person decides.

A contradiction is as doubtful as the less probable of two statements that exclude each other: that much speaks against
the other. Of several such pairs the most doubtful counts. The class of an entity has no probability and counts as 1.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from heapq import nsmallest
from itertools import chain, combinations
from typing import Final, Literal

import pyoxigraph as ox

from kgbuild.graph.belief import Belief, belief_in
from kgbuild.graph.dates import period_of, values_differ
from kgbuild.graph.labels import label_of, label_of_iri
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


_Around = Callable[[ox.NamedNode], frozenset[ox.NamedNode]]

_SEVERAL = "SELECT ?s {{ ?s {property} ?o }} GROUP BY ?s HAVING (COUNT(DISTINCT ?o) > 1)"
_AROUND = "SELECT DISTINCT ?place {{ {place} ({path})+ ?place }}"
# subtle: a union has what many documents state many times, so that each query makes things distinct before it goes on
_OUTSIDE = """
SELECT ?entity {{ {{ SELECT DISTINCT ?entity {{ {pattern} }} }}
  FILTER EXISTS {{ VALUES ?class {{ {classes} }} ?entity a ?class }}
  FILTER NOT EXISTS {{ ?entity a ?other FILTER(?other NOT IN ({listed})) }} }}
"""
_VALUES = "SELECT DISTINCT ?s ?o {{ ?s {property} ?o FILTER({wrong}) }}"
_DISJOINT = """
SELECT DISTINCT ?s ?one ?other {{ {{ SELECT DISTINCT ?s ?one {{ VALUES ?one {{ {ones} }} ?s a ?one }} }}
  VALUES ?other {{ {others} }} ?s a ?other FILTER(?one != ?other) }}
"""
_DATED = "SELECT DISTINCT ?s ?one ?other {{ {{ SELECT DISTINCT ?s ?one {{ ?s {one} ?one }} }} ?s {other} ?other }}"
_PLACES: Final = 50_000
"""Places whose surroundings are remembered."""


def find_conflicts(store: GraphStore, rules: Rules, *, limit: int | None = None) -> Iterator[Conflict]:
    """The contradictions of the graph, the most doubtful first; with a limit no more than so many.

    All are found before the first is given, their statements in memory; evidence is read one contradiction at a time.
    """
    around = lru_cache(_PLACES)(partial(_around, store, rules))
    found = chain(
        chain.from_iterable(_several_values(store, iri, around) for iri in rules.functional),
        chain.from_iterable(_wrong_heads(store, end) for end in rules.heads),
        chain.from_iterable(_wrong_tails(store, end) for end in rules.tails),
        _disjoint_classes(store, rules),
        chain.from_iterable(_wrong_order(store, *pair) for pair in rules.orders),
    )
    ordered = sorted(found, key=_rank) if limit is None else nsmallest(limit, found, key=_rank)
    return (_to_conflict(store, item) for item in ordered)


def _to_conflict(store: GraphStore, found: _Found) -> Conflict:
    sides = tuple(to_side(store, triple, belief) for triple, belief in found.statements)
    return Conflict(found.kind, found.message, found.doubt, sides)


def _rank(found: _Found) -> tuple[float, str, str]:
    return -found.doubt, found.kind, " ".join(str(triple) for triple, _ in found.statements)


def _several_values(store: GraphStore, property: str, around: _Around) -> Iterator[_Found]:
    node = ox.NamedNode(property)
    for row in store.select(_SEVERAL.format(property=node)):
        triples = _triples(store.matching(row["s"], node))
        pairs = [pair for pair in combinations(triples, 2) if _exclude(pair[0].object, pair[1].object, around)]
        if pairs:
            apart = dict.fromkeys(triple for pair in pairs for triple in pair)
            beliefs = {triple: belief_in(store, triple) for triple in apart}
            doubt = max(min(beliefs[one].probability, beliefs[other].probability) for one, other in pairs)
            message = f"{label_of(store, property)}: expected one value, came {len(beliefs)}"
            yield _Found("values", doubt, message, _likeliest_first(beliefs))


def _exclude(one: object, other: object, around: _Around) -> bool:
    """Whether two tails are neither the same nor the one within the other."""
    if isinstance(one, ox.Literal) and isinstance(other, ox.Literal):
        return values_differ(one, other)
    if isinstance(one, ox.NamedNode) and isinstance(other, ox.NamedNode):
        return other not in around(one) and one not in around(other)
    return False


def _around(store: GraphStore, rules: Rules, place: ox.NamedNode) -> frozenset[ox.NamedNode]:
    """What the place lies in, and its other names."""
    steps = (*map(_iri, rules.within), *(f"^{_iri(iri)}" for iri in rules.contains), "owl:sameAs", "^owl:sameAs")
    return frozenset(row["place"] for row in store.select(_AROUND.format(place=place, path="|".join(steps))))


def _wrong_heads(store: GraphStore, end: End) -> Iterator[_Found]:
    expected = f"{label_of(store, end.property)}: expected as its head {' or '.join(end.expected)}"
    for entity in _outside(store, end, f"?entity {_iri(end.property)} ?o"):
        for triple in _triples(store.matching(entity, ox.NamedNode(end.property))):
            yield _claim(store, "domain", expected, triple, entity)


def _wrong_tails(store: GraphStore, end: End) -> Iterator[_Found]:
    expected = f"{label_of(store, end.property)}: expected as its tail {' or '.join(end.expected)}"
    node = ox.NamedNode(end.property)
    for row in store.select(_VALUES.format(property=node, wrong=_wrong_value(end))):
        yield _claim(store, "range", expected, ox.Triple(row["s"], node, row["o"]), row["o"])
    for entity in _outside(store, end, f"?s {node} ?entity") if end.entities else ():
        for triple in _triples(store.matching(None, node, entity)):
            yield _claim(store, "range", expected, triple, entity)


def _wrong_value(end: End) -> str:
    """What tells in SPARQL that a tail is a value of another datatype, or an entity where only values may stand."""
    # subtle: NOT IN of an empty list, which is always true, is false in the store
    listed = f" && DATATYPE(?o) NOT IN ({', '.join(map(_iri, sorted(end.datatypes)))})" if end.datatypes else ""
    return f"(isLiteral(?o){listed})" + ("" if end.entities else " || isIRI(?o)")


def _outside(store: GraphStore, end: End, pattern: str) -> Iterator[ox.NamedNode]:
    """The entities of the pattern all of whose classes are outside."""
    if end.outside:
        classes = [_iri(iri) for iri in end.outside]
        query = _OUTSIDE.format(pattern=pattern, classes=" ".join(classes), listed=", ".join(classes))
        yield from (row["entity"] for row in store.select(query))


def _triples(quads: Iterable[ox.Quad]) -> list[ox.Triple]:
    """The triples of the quads, each once, sorted."""
    return sorted({quad.triple for quad in quads}, key=str)


def _claim(
    store: GraphStore, kind: Literal["domain", "range"], expected: str, triple: ox.Triple, end: object
) -> _Found:
    """A claim against the classes of the entity at its end, or against what its value is."""
    belief = belief_in(store, triple)
    classes = _classes(store, end) if isinstance(end, ox.NamedNode) else ()
    came = [label_of(store, str(stated.object)[1:-1]) for stated, _ in classes] or ["an entity"]
    if isinstance(end, ox.Literal):
        came = [label_of_iri(end.datatype.value)]
    return _Found(kind, belief.probability, f"{expected}, came {' and '.join(came)}", ((triple, belief), *classes))


def _classes(store: GraphStore, entity: ox.NamedNode) -> tuple[tuple[ox.Triple, Belief], ...]:
    """The statements of an entity's classes."""
    documents = Counter(quad.triple for quad in store.matching(entity, Rdf.TYPE))
    return tuple((triple, Belief(1.0, documents[triple])) for triple in sorted(documents, key=str))


def _disjoint_classes(store: GraphStore, rules: Rules) -> Iterator[_Found]:
    told = set()
    for ones, others in rules.disjoint:
        for row in store.select(_DISJOINT.format(ones=" ".join(map(_iri, ones)), others=" ".join(map(_iri, others)))):
            pair = frozenset((row["one"], row["other"]))
            if (row["s"], pair) not in told:  # a rule of the classes above says the same
                told.add((row["s"], pair))
                sides = tuple(item for item in _classes(store, row["s"]) if item[0].object in pair)
                names = sorted(label_of(store, node.value) for node in pair)
                yield _Found("disjoint", 1.0, f"expected nothing to be both {' and '.join(names)}", sides)


def _wrong_order(store: GraphStore, first: str, second: str) -> Iterator[_Found]:
    earlier, later = ox.NamedNode(first), ox.NamedNode(second)
    message = f"expected {label_of(store, first)} before {label_of(store, second)}, came it after"
    for row in store.select(_DATED.format(one=earlier, other=later)):
        one, other = period_of(row["one"]), period_of(row["other"])
        if one is not None and other is not None and one.is_after(other):
            triples = ox.Triple(row["s"], earlier, row["one"]), ox.Triple(row["s"], later, row["other"])
            beliefs = {triple: belief_in(store, triple) for triple in triples}
            doubt = min(belief.probability for belief in beliefs.values())
            yield _Found("order", doubt, message, _likeliest_first(beliefs))


def _iri(iri: str) -> str:
    """The IRI as SPARQL writes it."""
    return str(ox.NamedNode(iri))


def _likeliest_first(beliefs: dict[ox.Triple, Belief]) -> tuple[tuple[ox.Triple, Belief], ...]:
    return tuple(sorted(beliefs.items(), key=lambda item: (-item[1].probability, str(item[0]))))
