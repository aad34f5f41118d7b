"""What an ontology forbids: a second value, ends of other classes, two disjoint classes, dates in the wrong order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kgbuild.graph.dates import DATES, NUMBERS, WORDS
from kgbuild.graph.vocabulary import KGB, PREFIXES
from kgbuild.ontology import DATE_TYPE, NUMBER_TYPE, EntityClass, Ontology, load_ontology
from kgbuild.rdf_files import read_statements

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

__all__ = ["End", "Rules", "load_rules"]

_NOT_AFTER, _WITHIN, _CONTAINS = (f"{KGB}{name}" for name in ("notAfter", "within", "contains"))
_TIMES: Final = frozenset(f"{PREFIXES['xsd']}{name}" for name in ("duration", "time"))
_VALUES: Final = {DATE_TYPE: DATES | _TIMES | WORDS, NUMBER_TYPE: NUMBERS | WORDS}
"""Datatypes of the values that stand for a mention of each type."""


@dataclass(frozen=True, slots=True)
class End:
    """What may stand at one end of a property."""

    property: str
    """IRI of the property."""
    expected: tuple[str, ...]
    """Labels of what may stand there, sorted."""
    outside: tuple[str, ...]
    """IRIs of the classes that may not, sorted."""
    entities: bool
    """Whether an entity may stand there at all."""
    datatypes: frozenset[str]
    """IRIs of the datatypes of the values that may stand there; none when only entities may."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What an ontology says that cannot be."""

    functional: tuple[str, ...]
    """IRIs of the properties with one value at most, sorted."""
    heads: tuple[End, ...]
    """What may be the head of each property that restricts it."""
    tails: tuple[End, ...]
    """What may be the tail of each property that restricts it."""
    disjoint: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    """Two groups of classes: nothing is of one of the first and of one of the second."""
    orders: tuple[tuple[str, str], ...]
    """Two properties each: the date of the first is never after that of the second."""
    within: tuple[str, ...]
    """Properties whose head is a part of their tail, sorted."""
    contains: tuple[str, ...]
    """Properties whose tail is a part of their head, sorted."""


def load_rules(path: Path) -> Rules:
    """The rules of an ontology, domains and ranges read as they are when claims are accepted.

    Raises: MissingError, OntologyError.
    """
    ontology, graph = load_ontology(path), read_statements(path)
    return Rules(
        functional=tuple(item.iri for item in ontology.properties if item.functional),
        heads=tuple(_end(ontology, item.iri, item.domain) for item in ontology.properties if item.domain),
        tails=tuple(_end(ontology, item.iri, item.range) for item in ontology.properties if item.range),
        disjoint=tuple(_groups(ontology.classes, *pair) for pair in _disjoint(graph)),
        orders=tuple(sorted(_pairs(graph, _NOT_AFTER))),
        within=_below(graph, _WITHIN),
        contains=_below(graph, _CONTAINS),
    )


def _end(ontology: Ontology, property: str, wanted: frozenset[str]) -> End:
    """What fits where entities or values of the wanted notations are asked for; a class above one that fits may fit."""
    fitting = [item for item in ontology.classes if item.notation in wanted]
    above = {parent for item in fitting for parent in item.parents}
    others = (item for item in ontology.classes if item.notation not in wanted | _VALUES.keys())
    unnamed = wanted - {item.notation for item in fitting}
    return End(
        property=property,
        expected=tuple(sorted({*unnamed, *(item.label for item in fitting)})),
        outside=tuple(item.iri for item in others if item.iri not in above),
        entities=bool(wanted - _VALUES.keys()),
        datatypes=frozenset().union(*(_VALUES[name] for name in wanted & _VALUES.keys())),
    )


def _disjoint(graph: "Graph") -> list[tuple[str, ...]]:
    """Each two classes that share no member, stated for the two or for a list, once and in order."""
    from rdflib import OWL, RDF

    lists = (
        items for node in graph.subjects(RDF.type, OWL.AllDisjointClasses) for items in graph.objects(node, OWL.members)
    )
    listed = (pair for items in lists for pair in combinations(_named(graph.items(items)), 2))
    found = {tuple(sorted(pair)) for pair in (*_pairs(graph, str(OWL.disjointWith)), *listed)}
    return sorted(pair for pair in found if len(set(pair)) == 2)


def _pairs(graph: "Graph", relation: str) -> Iterator[tuple[str, str]]:
    """The named terms that the relation holds between."""
    from rdflib import URIRef

    for one, other in graph.subject_objects(URIRef(relation)):
        if isinstance(one, URIRef) and isinstance(other, URIRef):
            yield str(one), str(other)


def _named(nodes: "Iterable[Node | None]") -> Iterator[str]:
    from rdflib import URIRef

    return (str(node) for node in nodes if isinstance(node, URIRef))


def _groups(classes: Iterable[EntityClass], one: str, other: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Two classes, each with the classes below it."""
    below = [(item.iri, item.parents) for item in classes]
    first, second = ((iri, *(low for low, parents in below if iri in parents)) for iri in (one, other))
    return first, second


def _below(graph: "Graph", property: str) -> tuple[str, ...]:
    """The property and those below it."""
    from rdflib import RDFS, URIRef

    return tuple(sorted(set(_named(graph.transitive_subjects(RDFS.subPropertyOf, URIRef(property))))))
