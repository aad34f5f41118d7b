"""The ontology as values: the properties that can be claimed and the classes that entities have."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild.errors import MissingError, OntologyError
from kgbuild.iris import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rdflib import Graph
    from rdflib.term import Node

__all__ = ["DATE_TYPE", "NUMBER_TYPE", "EntityClass", "Ontology", "Property", "load_ontology"]

DATE_TYPE = "TIME"
"""Notation of mentions that become dates."""
NUMBER_TYPE = "NUM"
"""Notation of mentions that become numbers."""

_XSD = "http://www.w3.org/2001/XMLSchema#"
_DATATYPES = {
    **dict.fromkeys(("date", "dateTime", "gYear", "gYearMonth", "duration", "time"), DATE_TYPE),
    **dict.fromkeys(("integer", "decimal", "double", "float", "int", "nonNegativeInteger"), NUMBER_TYPE),
}


@dataclass(frozen=True, slots=True)
class EntityClass:
    """A class of entities."""

    iri: str
    """Absolute IRI."""
    label: str
    """Name for people, in English where there is one."""
    definition: str
    """What belongs to it; empty when the ontology does not say."""
    notation: str
    """What the recogniser calls it: PER, ORG, …; the label when the ontology gives none."""


@dataclass(frozen=True, slots=True)
class Property:
    """A relation that can be claimed."""

    iri: str
    """Absolute IRI."""
    label: str
    """Name for people, in English where there is one."""
    definition: str
    """What it means; empty when the ontology does not say."""
    domain: frozenset[str]
    """Notations that its head may have; empty when anything may."""
    range: frozenset[str]
    """Notations that its tail may have; empty when anything may."""
    inverse: str | None
    """IRI of its inverse, if it has one."""
    symmetric: bool
    """Whether it holds both ways."""
    functional: bool
    """Whether a head has at most one tail."""
    equivalents: tuple[str, ...]
    """IRIs of equivalent properties elsewhere, sorted."""

    @property
    def text(self) -> str:
        """What the encoder reads to make its vector: label and definition."""
        return f"{self.label}: {self.definition}" if self.definition else self.label


@dataclass(frozen=True)
class Ontology:
    """Properties and classes, with what finds them."""

    iri: str
    """IRI of the ontology; a `urn:sha256:` of its content when it does not name itself."""
    digest: str
    """SHA-256 over its properties and classes, 64 hexadecimal digits."""
    properties: tuple[Property, ...]
    """Properties ordered by IRI, at least one."""
    classes: tuple[EntityClass, ...]
    """Classes ordered by IRI."""

    @cached_property
    def by_iri(self) -> dict[str, Property]:
        """Properties by IRI."""
        return {item.iri: item for item in self.properties}

    @cached_property
    def by_key(self) -> dict[str, Property]:
        """Properties by every short key that annotated data may use: label, local name, local name of an equivalent."""
        keys: dict[str, Property] = {}
        for item in self.properties:
            for key in (*map(_local_name, item.equivalents), item.label, _local_name(item.iri), item.iri):
                keys.setdefault(key, item)
        return keys

    @cached_property
    def class_by_notation(self) -> dict[str, EntityClass]:
        """Classes by notation."""
        return {item.notation: item for item in self.classes}


def load_ontology(path: Path) -> Ontology:
    """The ontology of a Turtle file (OWL 2, https://www.w3.org/TR/owl2-overview/, or RDFS).

    Raises: MissingError, OntologyError.
    """
    from rdflib import Graph

    if not path.is_file():
        raise MissingError(f"ontology {str(path)!r} does not exist; name a Turtle file", subject=path)
    try:
        graph = Graph().parse(path, format="turtle")
    except Exception as error:  # rdflib raises many kinds, BadSyntax and UnicodeDecodeError among them
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise OntologyError(f"ontology {str(path)!r} is not Turtle: {first}", subject=path) from error
    return _from_graph(graph, str(path))


def _from_graph(graph: "Graph", name: str) -> Ontology:
    from rdflib import OWL, RDF
    from rdflib.term import URIRef

    classes = _classes(graph)
    notations = {item.iri: item.notation for item in classes}
    properties = _properties(graph, notations)
    if not properties:
        raise OntologyError(
            f"ontology {name!r} has no property with an rdfs:label; "
            "expected owl:ObjectProperty, owl:DatatypeProperty or rdf:Property terms that carry one",
            subject=name,
        )
    terms: tuple[Property | EntityClass, ...] = (*properties, *classes)
    digest = digest_of(*(repr(_comparable(term)) for term in terms))
    named = sorted(str(node) for node in graph.subjects(RDF.type, OWL.Ontology) if isinstance(node, URIRef))
    return Ontology(named[0] if named else f"urn:sha256:{digest}", digest, properties, classes)


def _comparable(item: Property | EntityClass) -> tuple[object, ...]:
    """The fields of a term with sets in order, so that their `repr` is stable."""
    fields = (getattr(item, name) for name in item.__slots__)
    return tuple(sorted(value) if isinstance(value, frozenset) else value for value in fields)


def _classes(graph: "Graph") -> tuple[EntityClass, ...]:
    from rdflib import OWL, RDF, RDFS, SKOS
    from rdflib.term import URIRef

    found = []
    for kind in (OWL.Class, RDFS.Class, RDFS.Datatype):
        for node in set(graph.subjects(RDF.type, kind)):
            label = _text(graph, node, RDFS.label, SKOS.prefLabel)
            if isinstance(node, URIRef) and label:
                notation = _text(graph, node, SKOS.notation) or label
                found.append(EntityClass(str(node), label, _definition(graph, node), notation))
    return tuple(sorted(set(found), key=lambda item: item.iri))


def _properties(graph: "Graph", notations: dict[str, str]) -> tuple[Property, ...]:
    from rdflib import OWL, RDF, RDFS, SKOS
    from rdflib.term import Literal, URIRef

    kinds = (OWL.ObjectProperty, OWL.DatatypeProperty, RDF.Property)
    nodes = {node for kind in kinds for node in graph.subjects(RDF.type, kind) if isinstance(node, URIRef)}
    found = []
    for node in sorted(nodes):
        label = _text(graph, node, RDFS.label, SKOS.prefLabel)
        if not label or Literal(True) in graph.objects(node, OWL.deprecated):
            continue
        inverses = _named([*graph.objects(node, OWL.inverseOf), *graph.subjects(OWL.inverseOf, node)])
        found.append(
            Property(
                iri=str(node),
                label=label,
                definition=_definition(graph, node),
                domain=_types(graph, node, RDFS.domain, notations),
                range=_types(graph, node, RDFS.range, notations),
                inverse=min(map(str, inverses), default=None),
                symmetric=(node, RDF.type, OWL.SymmetricProperty) in graph,
                functional=(node, RDF.type, OWL.FunctionalProperty) in graph,
                equivalents=tuple(sorted(map(str, _named(graph.objects(node, OWL.equivalentProperty))))),
            )
        )
    return tuple(found)


def _named(nodes: "Iterable[Node]") -> "list[Node]":
    """The nodes that have an IRI: a blank node's name differs from one reading to the next."""
    from rdflib.term import URIRef

    return [node for node in nodes if isinstance(node, URIRef)]


def _types(graph: "Graph", node: "Node", relation: "Node", notations: dict[str, str]) -> frozenset[str]:
    """Notations named by a domain or range, unions opened; empty when a part of it is not known to us."""
    from rdflib import OWL
    from rdflib.collection import Collection

    found: set[str] = set()
    for target in graph.objects(node, relation):
        union = graph.value(target, OWL.unionOf)
        for member in Collection(graph, union) if union is not None else [target]:
            local = str(member).removeprefix(_XSD)
            notation = notations.get(str(member)) or _DATATYPES.get(local)
            if notation is None:
                return frozenset()
            found.add(notation)
    return frozenset(found)


def _definition(graph: "Graph", node: "Node") -> str:
    from rdflib import DCTERMS, RDFS, SKOS

    return _text(graph, node, SKOS.definition, RDFS.comment, DCTERMS.description)


def _text(graph: "Graph", node: "Node", *relations: "Node") -> str:
    """The first text under the first relation that has one: English, then without language, then any."""
    from rdflib.term import Literal

    for relation in relations:
        values = [value for value in graph.objects(node, relation) if isinstance(value, Literal)]
        if values:
            order = {"en": 0, "": 1}
            best = min(values, key=lambda value: (order.get((value.language or "").split("-")[0], 2), str(value)))
            return " ".join(str(best).split())
    return ""


def _local_name(iri: str) -> str:
    return iri.rstrip("/#").replace("#", "/").rsplit("/", 1)[-1]
