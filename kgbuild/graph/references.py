"""The things that an RDF vocabulary lists, and the types that its classes come to."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, Literal, URIRef
from rdflib.term import Node

from kgbuild.ontology import EntityClass
from kgbuild.records import Reference

__all__ = ["Statement", "TypesByClass", "VocabularyTerms", "is_iri", "vocabulary_terms"]

Statement = tuple[Node, Node, Node]
"""Subject, predicate and object."""
_NAMING: Final = (SKOS.prefLabel, RDFS.label)
"""What gives the name for people, the first that is there."""
_LABELS: Final = frozenset((*_NAMING, SKOS.altLabel, SKOS.hiddenLabel))
_TELLING: Final = frozenset(
    (SKOS.definition, SKOS.scopeNote, SKOS.note, SKOS.example, RDFS.comment, DCTERMS.description)
)
_ABOVE: Final = frozenset((RDFS.subClassOf, OWL.equivalentClass))
_ALIKE: Final = frozenset((OWL.equivalentClass, SKOS.exactMatch))
_NO_THINGS: Final = frozenset(
    (
        *(OWL.Ontology, OWL.Class, OWL.DeprecatedClass, RDFS.Class, RDFS.Datatype),
        *(OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty, RDF.Property),
        *(SKOS.ConceptScheme, SKOS.Collection, SKOS.OrderedCollection),
    )
)
_SCHEMES: Final = frozenset((SKOS.ConceptScheme, OWL.Ontology))
_SAYS_NOTHING: Final = frozenset((SKOS.Concept, OWL.Thing, OWL.NamedIndividual))


class TypesByClass:
    """What the classes of a vocabulary come to in the ontology that the graph was built with."""

    def __init__(self, classes: Sequence[EntityClass], statements: Iterable[Statement]) -> None:
        """`statements` may say which classes are equivalent to those of the ontology, or below them."""
        self._classes = classes
        self._above: dict[str, set[str]] = defaultdict(set)
        for subject, predicate, value in statements:
            if predicate in _ABOVE | _ALIKE and isinstance(value, URIRef):
                self._above[str(subject)].add(str(value))
                if predicate in _ALIKE:
                    self._above[str(value)].add(str(subject))

    def of(self, term: str) -> frozenset[str]:
        """Notations for a class by its IRI, local name, label or notation, those above and below it among them.

        Empty where the ontology has no such class.
        """
        reached = self._reached(term)
        found = [item for item in self._classes if item.iri in reached]
        if not found:
            words = {_plain(re.split(r"[/#]", iri.rstrip("/#"))[-1]) for iri in reached}
            found = [
                item for item in self._classes if words & {*map(_plain, (item.label, item.notation, *item.labels))}
            ]
        above = {parent for item in found for parent in item.parents}
        lowest = {item.iri for item in found} - above
        return frozenset(
            item.notation for item in self._classes if item.iri in lowest | above or lowest & {*item.parents}
        )

    def _reached(self, term: str) -> set[str]:
        found, waiting = {term}, [term]
        while waiting:
            fresh = self._above.get(waiting.pop(), set()) - found
            found |= fresh
            waiting += fresh
        return found


@dataclass(frozen=True, slots=True)
class VocabularyTerms:
    """What a vocabulary lists."""

    iri: str | None
    """Its own IRI; `None` when it names itself not at all, or in several ways."""
    things: tuple[Reference, ...]
    """The things that have a label, by IRI."""
    unknown: Counter[str]
    """Things by a class of theirs, of those that have none that the ontology knows."""


def is_iri(text: str) -> bool:
    """Whether a store takes the text for an absolute IRI."""
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True


def vocabulary_terms(statements: Iterable[Statement], types: TypesByClass) -> VocabularyTerms:
    """The things that have a label and an IRI; classes, properties, schemes and what is deprecated are left out."""
    said: dict[Node, list[Statement]] = defaultdict(list)
    for statement in statements:
        said[statement[0]].append(statement)
    labels = {node: best for node, told in said.items() if (best := _best_label(told))}
    nodes = [node for node in labels if isinstance(node, URIRef) and not _is_no_thing(said[node])]
    unknown: Counter[str] = Counter()
    things = []
    for node in sorted(nodes):
        stated = sorted(_classes(said[node]))
        known = sorted({notation for iri in stated for notation in types.of(iri)})
        if stated and not known:
            unknown[stated[0]] += 1
        things.append(_thing(node, said[node], labels, tuple(known)))
    own = [str(node) for node, told in said.items() if isinstance(node, URIRef) and _types(told) & _SCHEMES]
    return VocabularyTerms(own[0] if len(own) == 1 else None, tuple(things), unknown)


def _thing(node: URIRef, told: Sequence[Statement], labels: Mapping[Node, str], types: tuple[str, ...]) -> Reference:
    names = {_line(text) for _, text in _texts(told, _LABELS)}
    about = [_line(text) for _, text in _texts(told, _TELLING)]
    about += (labels[value] for _, predicate, value in told if predicate != RDF.type and value in labels)
    return Reference(str(node), labels[node], tuple(sorted(names)), types, "\n".join(sorted(about)))


def _best_label(told: Iterable[Statement]) -> str:
    """The name for people: English, then without language, then any; a label of another kind where there is none."""
    return min(((*_rank(*found), _line(found[1])) for found in _texts(told, _LABELS)), default=("",))[-1]


def _rank(predicate: Node, text: Literal) -> tuple[int, int]:
    language = (text.language or "").split("-")[0]
    kind = _NAMING.index(predicate) if predicate in _NAMING else len(_NAMING)
    return kind, {"en": 0, "": 1}.get(language, 2)


def _texts(told: Iterable[Statement], kinds: Collection[Node]) -> Iterator[tuple[Node, Literal]]:
    """Texts of these kinds that are not blank."""
    for _, predicate, value in told:
        if predicate in kinds and isinstance(value, Literal) and _line(value):
            yield predicate, value


def _types(told: Iterable[Statement]) -> set[Node]:
    return {value for _, predicate, value in told if predicate == RDF.type}


def _classes(told: Iterable[Statement]) -> set[str]:
    """IRIs of the classes that are stated, without those that all things of a vocabulary may have."""
    return {str(value) for value in _types(told) - _SAYS_NOTHING if isinstance(value, URIRef)}


def _is_no_thing(told: Sequence[Statement]) -> bool:
    deprecated = any(predicate == OWL.deprecated and str(value) in ("true", "1") for _, predicate, value in told)
    return deprecated or bool(_types(told) & _NO_THINGS)


def _line(text: str) -> str:
    return " ".join(text.split())


def _plain(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum()).replace("isation", "ization")
