"""The statements of an ontology to its terms; what it lacks has a substitute that is stated."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kgbuild.errors import OntologyError
from kgbuild.ontology_ranges import (
    ANYTHING,
    DATATYPES,
    OTHER_DATATYPE,
    OTHER_RANGE,
    VALUE_RANGE,
    Range,
    read_range,
)
from kgbuild.ontology_terms import NO_IRI, EntityClass, Property, Tail
from kgbuild.ontology_words import best_text, is_english, one_line, other_texts, text_of

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Literal, Node, URIRef

__all__ = ["Terms", "read_terms"]

_DEPRECATED = "what is deprecated was left out"
_NAMELESS = "what has neither rdfs:label nor skos:prefLabel was left out"
_FOREIGN = "where no label is English, the one in another language is read"
_SAME_LABEL = "a label of several properties, each scored on its own, means the first of them in annotated data"
_SAME_NOTATION = "classes of one label are told apart by nothing, and an entity becomes one of the first"
_CLASS_CYCLE = "a class in a cycle of rdfs:subClassOf is taken for all the others"
_PROPERTY_CYCLE = "a property in a cycle of rdfs:subPropertyOf has domain and range of the others where it states none"
_NO_DOMAIN = "a property without rdfs:domain may have anything as its head"
_NO_RANGE = "a property without rdfs:range may have anything as its tail"
_OTHER_DOMAIN = "a property whose rdfs:domain is no class that is described here may have anything as its head"
_NOTES = (
    *(_DEPRECATED, _NAMELESS, _FOREIGN, _SAME_LABEL, _SAME_NOTATION, _CLASS_CYCLE, _PROPERTY_CYCLE),
    *(_NO_DOMAIN, _OTHER_DOMAIN, _NO_RANGE, OTHER_RANGE, VALUE_RANGE, OTHER_DATATYPE),
)
_NAMED_IN_NOTE = 3
"""Terms that a note names; of more it gives the number."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What an ontology describes."""

    iri: str | None
    """Its own IRI; `None` when it does not name itself."""
    properties: tuple[Property, ...]
    """Properties ordered by IRI, at least one."""
    classes: tuple[EntityClass, ...]
    """Classes ordered by IRI."""
    notes: tuple[str, ...]
    """What was left out or replaced, a sentence for each kind of thing, with the terms that it is about."""


def read_terms(graph: "Graph", name: str) -> Terms:
    """The terms that a graph describes; `name` stands for it in errors.

    Deprecated terms and those without a label are left out. Where a property has no domain or range, those of the
    property above it hold; where a class has no notation, names that may belong to the class above may belong to it.
    Raises: OntologyError when there is no property, or a term's IRI or list is malformed.
    """
    from rdflib import OWL, RDF

    reader = _Reader(graph, name)
    classes = reader.classes()
    properties = reader.properties(classes)
    if not properties:
        out = "".join(f"; {note}" for note in reader.notes(_DEPRECATED, _NAMELESS))
        raise OntologyError(
            f"ontology {name!r} has no property to look for: expected an owl:ObjectProperty, owl:DatatypeProperty or "
            f"rdf:Property with an rdfs:label that is not deprecated, came none{out}; add one or name another file",
            subject=name,
        )
    reader.note_shared(_SAME_LABEL, [(item.label, item.iri) for item in properties])
    reader.note_shared(_SAME_NOTATION, [(item.label, item.iri) for item in classes if item.notation == item.label])
    named = sorted(map(str, _named(graph.subjects(RDF.type, OWL.Ontology))))
    return Terms(named[0] if named else None, properties, classes, reader.notes(*_NOTES))


@dataclass(frozen=True, slots=True)
class _Reader:
    """A graph that is read, with what is noted on the way."""

    graph: "Graph"
    name: str
    noted: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def notes(self, *kinds: str) -> tuple[str, ...]:
        """A line for each kind of thing that was noted."""
        return tuple(f"{kind}: {_few(sorted(self.noted[kind]))}" for kind in kinds if self.noted[kind])

    def note_shared(self, kind: str, terms: Iterable[tuple[str, str]]) -> None:
        """Each label that several of the terms have is noted with their IRIs."""
        owners: dict[str, list[str]] = defaultdict(list)
        for label, iri in terms:
            owners[label].append(iri)
        self.noted[kind].update(f"{label!r} of {_few(iris)}" for label, iris in owners.items() if len(iris) > 1)

    def classes(self) -> tuple[EntityClass, ...]:
        """The classes that are described, by IRI."""
        from rdflib import OWL, RDFS, SKOS

        labels = self._labels((OWL.Class, RDFS.Class, RDFS.Datatype), OWL.DeprecatedClass)
        return tuple(
            EntityClass(
                iri=str(node),
                label=one_line(label),
                definition=self._definition(node),
                notation=text_of(self.graph, node, SKOS.notation) or one_line(label),
                labels=other_texts(self.graph, node, (RDFS.label, SKOS.prefLabel, SKOS.altLabel), label),
                comment=self._comment(node),
                examples=other_texts(self.graph, node, [SKOS.example], label),
                parents=self._parents(node, RDFS.subClassOf, labels, _CLASS_CYCLE),
            )
            for node, label in labels.items()
        )

    def properties(self, classes: Sequence[EntityClass]) -> tuple[Property, ...]:
        """The properties that are described, by IRI."""
        from rdflib import OWL, RDF, RDFS, SKOS

        kinds = (OWL.ObjectProperty, OWL.DatatypeProperty, RDF.Property)
        labels = self._labels(kinds, OWL.DeprecatedProperty)
        accepted = self._accepted(classes)
        ranges = {node: self._range(node, accepted) for node in labels}
        return tuple(
            Property(
                iri=str(node),
                label=one_line(label),
                definition=self._definition(node),
                domain=self._domain(node, accepted),
                range=ranges[node].types,
                inverse=min(map(str, self._inverses(node)), default=None),
                symmetric=(node, RDF.type, OWL.SymmetricProperty) in self.graph,
                functional=(node, RDF.type, OWL.FunctionalProperty) in self.graph,
                equivalents=tuple(sorted(map(str, _named(self.graph.objects(node, OWL.equivalentProperty))))),
                labels=other_texts(self.graph, node, (RDFS.label, SKOS.prefLabel, SKOS.altLabel), label),
                comment=self._comment(node),
                examples=other_texts(self.graph, node, [SKOS.example], label),
                parents=self._parents(node, RDFS.subPropertyOf, labels, _PROPERTY_CYCLE),
                datatypes=ranges[node].datatypes,
                tail=ranges[node].tail,
            )
            for node, label in labels.items()
        )

    def _labels(self, kinds: Sequence["Node"], deprecated: "Node") -> "dict[URIRef, Literal]":
        """The label of each term of these kinds that is not left out, by IRI."""
        from rdflib import OWL, RDF, RDFS, SKOS

        labels = {}
        for node in sorted(_named(node for kind in kinds for node in self.graph.subjects(RDF.type, kind))):
            label = best_text(self.graph, node, RDFS.label, SKOS.prefLabel)
            marks = {str(value).strip().lower() for value in self.graph.objects(node, OWL.deprecated)}
            if marks & {"true", "1"} or (node, RDF.type, deprecated) in self.graph:
                self.noted[_DEPRECATED].add(str(node))
            elif label is None:
                self.noted[_NAMELESS].add(str(node))
            else:
                self._check_iri(str(node))
                if not is_english(label):
                    self.noted[_FOREIGN].add(f"{node} ({one_line(label)!r}@{label.language})")
                labels[node] = label
        return labels

    def _check_iri(self, iri: str) -> None:
        wrong = NO_IRI.search(iri)
        if wrong:
            raise OntologyError(
                f"ontology {self.name!r}: term {iri!r} is no IRI, because it holds {wrong.group()!r}; correct it",
                subject=iri,
            )

    def _above(self, node: "Node", relation: "Node") -> "list[URIRef]":
        """The terms that the relation leads to, nearest first; in a cycle the term itself is one of them."""
        found: dict[URIRef, None] = {}
        waiting = [node]
        for low in waiting:
            high = [parent for parent in sorted(_named(self.graph.objects(low, relation))) if parent != low]
            waiting += [parent for parent in high if parent not in found]
            found |= dict.fromkeys(high)
        return list(found)

    def _parents(self, node: "URIRef", relation: "Node", known: "Iterable[URIRef]", cycle: str) -> tuple[str, ...]:
        above = self._above(node, relation)
        if node in above:
            self.noted[cycle].add(str(node))
        return tuple(sorted(str(parent) for parent in {*above} & {*known} - {node}))

    def _inverses(self, node: "URIRef") -> "list[URIRef]":
        from rdflib import OWL

        return _named([*self.graph.objects(node, OWL.inverseOf), *self.graph.subjects(OWL.inverseOf, node)])

    def _accepted(self, classes: Iterable[EntityClass]) -> dict[str, frozenset[str]]:
        """Notations of what may belong to each class, by its IRI: its own and those of the classes below it.

        Where none is given for it, that of the nearest class above is one of them: the recogniser knows no parts of it.
        """
        from rdflib import RDFS, SKOS
        from rdflib.term import URIRef

        found: dict[str, set[str]] = defaultdict(set)
        for item in classes:
            above = self._above(URIRef(item.iri), RDFS.subClassOf)
            for iri in (item.iri, *map(str, above)):
                found[iri].add(item.notation)
            given = (text_of(self.graph, node, SKOS.notation) for node in (URIRef(item.iri), *above))
            found[item.iri].update([next(filter(None, given), item.notation)])
        return {iri: frozenset(notations) for iri, notations in found.items()}

    def _domain(self, node: "URIRef", accepted: dict[str, frozenset[str]]) -> frozenset[str]:
        """Notations named by the domain, unions opened; empty when a part of it is not known to us."""
        from rdflib import RDFS

        found: set[str] = set()
        for member in self._stated(node, RDFS.domain, _NO_DOMAIN):
            if member in ANYTHING:
                return frozenset()
            if member not in accepted and member not in DATATYPES:
                self.noted[_OTHER_DOMAIN].add(f"{node} ({member})")
                return frozenset()
            found |= accepted.get(member) or {DATATYPES[member]}
        return frozenset(found)

    def _range(self, node: "URIRef", accepted: dict[str, frozenset[str]]) -> Range:
        """What the range says, of a property that is for things, for values, or says neither."""
        from rdflib import OWL, RDF, RDFS

        things, values = ((node, RDF.type, kind) in self.graph for kind in (OWL.ObjectProperty, OWL.DatatypeProperty))
        kind: Tail = "" if things == values else "things" if things else "values"
        found = read_range(self._stated(node, RDFS.range, _NO_RANGE), kind, accepted)
        for note, member in found.notes:
            self.noted[note].add(f"{node} ({member})")
        return found

    def _stated(self, node: "URIRef", relation: "Node", missing: str) -> list[str]:
        """What the domain or range names, of the property or of the nearest one above that has any."""
        from rdflib import RDFS

        places = (node, *self._above(node, RDFS.subPropertyOf))
        stated = next(filter(None, (list(self.graph.objects(place, relation)) for place in places)), [])
        if not stated:
            self.noted[missing].add(str(node))
        return list(map(str, self._members(stated, node)))

    def _members(self, targets: Iterable["Node"], node: "URIRef") -> "Iterator[Node]":
        """What the targets name, the members of a union in its place."""
        from rdflib import OWL

        waiting = list(targets)
        for target in waiting:
            union = self.graph.value(target, OWL.unionOf)
            if union is None:
                yield target
                continue
            try:
                waiting += [member for member in self.graph.items(union) if member not in waiting]
            except ValueError as error:
                raise OntologyError(
                    f"ontology {self.name!r}: domain or range of {str(node)!r} is a union whose list has no end; "
                    "close it with rdf:nil",
                    subject=str(node),
                ) from error

    def _definition(self, node: "Node") -> str:
        from rdflib import DCTERMS, RDFS, SKOS

        return text_of(self.graph, node, SKOS.definition, RDFS.comment, DCTERMS.description)

    def _comment(self, node: "Node") -> str:
        from rdflib import RDFS

        found = text_of(self.graph, node, RDFS.comment)
        return "" if found == self._definition(node) else found


def _named(nodes: "Iterable[Node]") -> "list[URIRef]":
    """The nodes that have an IRI: a blank node's name differs from one reading to the next."""
    from rdflib.term import URIRef

    return list({node: None for node in nodes if isinstance(node, URIRef)})


def _few(terms: Sequence[str]) -> str:
    rest = len(terms) - _NAMED_IN_NOTE
    return ", ".join(terms[:_NAMED_IN_NOTE]) + (f" and {rest:,} more" if rest > 0 else "")
