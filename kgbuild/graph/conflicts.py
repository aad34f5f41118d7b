"""What the graph says that cannot all be true, by the rules of its ontology. Nothing is removed: a person decides.

A contradiction is as doubtful as the less probable of two statements that exclude each other: that much speaks against
the other. Of several such pairs the most doubtful counts. The class of an entity has no probability and counts as 1.
Entities that are merged are one, whatever IRIs their documents have.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from heapq import nsmallest
from itertools import chain, combinations, product
from typing import Any, Final, Literal

import pyoxigraph as ox

from kgbuild.graph.belief import Belief, belief_in
from kgbuild.graph.dates import period_of, values_differ
from kgbuild.graph.labels import label_of, label_of_iri
from kgbuild.graph.merged import Merged
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
_CLASSES = """
SELECT DISTINCT ?s ?class { { SELECT DISTINCT ?s { { ?s owl:sameAs ?other } UNION { ?other owl:sameAs ?s } } }
  ?s a ?class }
"""
_DATED = "SELECT DISTINCT ?s ?one ?other {{ {{ SELECT DISTINCT ?s ?one {{ ?s {one} ?one }} }} ?s {other} ?other }}"
_PLACES: Final = 50_000
"""Places whose surroundings are remembered."""


def find_conflicts(store: GraphStore, rules: Rules, *, limit: int | None = None) -> Iterator[Conflict]:
    """The contradictions of the graph, the most doubtful first; with a limit no more than so many.

    All are found before the first is given, their statements in memory; evidence is read one contradiction at a time.
    """
    seen = Merged(store)
    around = lru_cache(_PLACES)(partial(_around, store, rules))
    found = chain(
        chain.from_iterable(_several_values(seen, ox.NamedNode(iri), around) for iri in rules.functional),
        chain.from_iterable(_wrong_heads(seen, end) for end in rules.heads),
        chain.from_iterable(_wrong_tails(seen, end) for end in rules.tails),
        _disjoint_classes(seen, rules),
        chain.from_iterable(_wrong_order(seen, *map(ox.NamedNode, pair)) for pair in rules.orders),
    )
    ordered = sorted(found, key=_rank) if limit is None else nsmallest(limit, found, key=_rank)
    return (_to_conflict(seen, item) for item in ordered)


def _to_conflict(seen: Merged, found: _Found) -> Conflict:
    sides = tuple(to_side(seen, triple, belief) for triple, belief in found.statements)
    return Conflict(found.kind, found.message, found.doubt, sides)


def _rank(found: _Found) -> tuple[float, str, str]:
    return -found.doubt, found.kind, " ".join(str(triple) for triple, _ in found.statements)


def _several_values(seen: Merged, property: ox.NamedNode, around: _Around) -> Iterator[_Found]:
    several = {seen.one(row["s"]) for row in seen.store.select(_SEVERAL.format(property=property))}
    for entity in several | seen.having(property):
        triples = seen.triples(seen.quads(entity, property))
        pairs = [pair for pair in combinations(triples, 2) if _exclude(pair[0].object, pair[1].object, around)]
        if pairs:
            apart = dict.fromkeys(triple for pair in pairs for triple in pair)
            beliefs = {triple: belief_in(seen, triple) for triple in apart}
            doubt = max(min(beliefs[one].probability, beliefs[other].probability) for one, other in pairs)
            message = f"{label_of(seen.store, property.value)}: expected one value, came {len(beliefs)}"
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


def _wrong_heads(seen: Merged, end: End) -> Iterator[_Found]:
    expected = f"{label_of(seen.store, end.property)}: expected as its head {' or '.join(end.expected)}"
    node = ox.NamedNode(end.property)
    for entity in _outside(seen, end, f"?entity {node} ?o"):
        for triple in seen.triples(seen.quads(entity, node)):
            yield _claim(seen, "domain", expected, triple, entity)


def _wrong_tails(seen: Merged, end: End) -> Iterator[_Found]:
    expected = f"{label_of(seen.store, end.property)}: expected as its tail {' or '.join(end.expected)}"
    node = ox.NamedNode(end.property)
    rows = seen.store.select(_VALUES.format(property=node, wrong=_wrong_value(end)))
    for triple in sorted({seen.triple(ox.Triple(row["s"], node, row["o"])) for row in rows}, key=str):
        yield _claim(seen, "range", expected, triple, triple.object)
    for entity in _outside(seen, end, f"?s {node} ?entity") if end.entities else ():
        for triple in seen.triples(seen.quads(None, node, entity)):
            yield _claim(seen, "range", expected, triple, entity)


def _wrong_value(end: End) -> str:
    """What tells in SPARQL that a tail is a value of another datatype, or an entity where only values may stand."""
    # subtle: NOT IN of an empty list, which is always true, is false in the store
    listed = f" && DATATYPE(?o) NOT IN ({', '.join(map(_iri, sorted(end.datatypes)))})" if end.datatypes else ""
    return f"(isLiteral(?o){listed})" + ("" if end.entities else " || isIRI(?o)")


def _outside(seen: Merged, end: End, pattern: str) -> Iterator[ox.NamedNode]:
    """The entities of the pattern all of whose classes are outside, under whatever IRIs they have them."""
    if end.outside:
        classes = [_iri(iri) for iri in end.outside]
        query = _OUTSIDE.format(pattern=pattern, classes=" ".join(classes), listed=", ".join(classes))
        for entity in {seen.one(row["entity"]) for row in seen.store.select(query)}:
            stated = seen.triples(seen.quads(entity, Rdf.TYPE)) if entity in seen.merged else ()
            if all(_iri_of(triple.object) in end.outside for triple in stated):
                yield entity


def _claim(seen: Merged, kind: Literal["domain", "range"], expected: str, triple: ox.Triple, end: object) -> _Found:
    """A claim against the classes of the entity at its end, or against what its value is."""
    belief = belief_in(seen, triple)
    classes = _classes(seen, end) if isinstance(end, ox.NamedNode) else ()
    came = [label_of(seen.store, _iri_of(stated.object)) for stated, _ in classes] or ["an entity"]
    if isinstance(end, ox.Literal):
        came = [label_of_iri(end.datatype.value)]
    return _Found(kind, belief.probability, f"{expected}, came {' and '.join(came)}", ((triple, belief), *classes))


def _classes(seen: Merged, entity: ox.NamedNode) -> tuple[tuple[ox.Triple, Belief], ...]:
    """The statements of an entity's classes, each with the number of documents that have it."""
    told = {(seen.triple(quad.triple), quad.graph_name) for quad in seen.quads(entity, Rdf.TYPE)}
    documents = Counter(triple for triple, _ in told)
    return tuple((triple, Belief(1.0, documents[triple])) for triple in sorted(documents, key=str))


def _disjoint_classes(seen: Merged, rules: Rules) -> Iterator[_Found]:
    merged: dict[object, set[object]] = defaultdict(set)
    for row in seen.store.select(_CLASSES) if seen.merged else ():
        merged[seen.one(row["s"])].add(row["class"])
    told = set()
    for ones, others in rules.disjoint:
        for entity, pair in _in_both(seen, ones, others, merged):
            if (entity, pair) not in told:  # a rule of the classes above says the same
                told.add((entity, pair))
                sides = tuple(item for item in _classes(seen, entity) if item[0].object in pair)
                names = sorted(label_of(seen.store, node.value) for node in pair)
                yield _Found("disjoint", 1.0, f"expected nothing to be both {' and '.join(names)}", sides)


def _in_both(
    seen: Merged, ones: Sequence[str], others: Sequence[str], merged: Mapping[object, set[object]]
) -> Iterator[tuple[ox.NamedNode, frozenset[ox.NamedNode]]]:
    """Entities with a class of the ones and one of the others; `merged` are the classes of those that are merged."""
    query = _DISJOINT.format(ones=" ".join(map(_iri, ones)), others=" ".join(map(_iri, others)))
    for row in seen.store.select(query):
        yield seen.one(row["s"]), frozenset((row["one"], row["other"]))
    for entity, classes in merged.items():
        for one, other in product(ones, others):
            pair = frozenset((ox.NamedNode(one), ox.NamedNode(other)))
            if len(pair) > 1 and pair <= classes and isinstance(entity, ox.NamedNode):
                yield entity, pair


def _wrong_order(seen: Merged, earlier: ox.NamedNode, later: ox.NamedNode) -> Iterator[_Found]:
    first, second = (label_of(seen.store, node.value) for node in (earlier, later))
    message = f"expected {first} before {second}, came it after"
    for entity, one, other in _dated(seen, earlier, later):
        before, after = period_of(one), period_of(other)
        if before is not None and after is not None and before.is_after(after):
            triples = ox.Triple(entity, earlier, one), ox.Triple(entity, later, other)
            beliefs = {triple: belief_in(seen, triple) for triple in triples}
            doubt = min(belief.probability for belief in beliefs.values())
            yield _Found("order", doubt, message, _likeliest_first(beliefs))


def _dated(seen: Merged, earlier: ox.NamedNode, later: ox.NamedNode) -> Iterator[tuple[ox.NamedNode, Any, Any]]:
    """Entities with a value of each property, once for each two of their values."""
    for row in seen.store.select(_DATED.format(one=earlier, other=later)):
        if seen.one(row["s"]) not in seen.merged:
            yield row["s"], row["one"], row["other"]
    for entity in seen.having(earlier) & seen.having(later):
        for one, other in product(*(seen.triples(seen.quads(entity, role)) for role in (earlier, later))):
            yield entity, one.object, other.object


def _iri_of(term: object) -> str:
    """The IRI that a term is, or its text."""
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _iri(iri: str) -> str:
    """The IRI as SPARQL writes it."""
    return str(ox.NamedNode(iri))


def _likeliest_first(beliefs: dict[ox.Triple, Belief]) -> tuple[tuple[ox.Triple, Belief], ...]:
    return tuple(sorted(beliefs.items(), key=lambda item: (-item[1].probability, str(item[0]))))
