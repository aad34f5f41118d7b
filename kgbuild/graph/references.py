"""The things that an RDF vocabulary lists, and the types that its classes come to."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from kgbuild.errors import InputError
from kgbuild.graph.vocabulary import PREFIXES, Rdf
from kgbuild.ontology import EntityClass
from kgbuild.records import Reference

__all__ = ["RDF_SUFFIXES", "TypesByClass", "VocabularyTerms", "is_iri", "read_statements", "vocabulary_terms"]

RDF_SUFFIXES: Final = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".xml": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML,
    ".nt": ox.RdfFormat.N_TRIPLES,
}
"""Formats of RDF by the suffix of a file."""


def _terms(prefix: str, names: str) -> tuple[ox.NamedNode, ...]:
    return tuple(ox.NamedNode(PREFIXES[prefix] + name) for name in names.split())


_NAMING: Final = (*_terms("skos", "prefLabel"), Rdf.LABEL)
"""What gives the name for people, the first that is there."""
_LABELS: Final = frozenset((*_NAMING, *_terms("skos", "altLabel hiddenLabel")))
_TELLING: Final = frozenset(
    (
        *_terms("skos", "definition scopeNote note example"),
        *_terms("rdfs", "comment"),
        *_terms("dcterms", "description"),
    )
)
_ABOVE: Final = frozenset((*_terms("rdfs", "subClassOf"), *_terms("owl", "equivalentClass")))
_ALIKE: Final = frozenset((*_terms("owl", "equivalentClass"), *_terms("skos", "exactMatch")))
_DEPRECATED: Final = ox.NamedNode(f"{PREFIXES['owl']}deprecated")
_NO_THINGS: Final = frozenset(
    (
        *_terms("owl", "Ontology Class ObjectProperty DatatypeProperty AnnotationProperty DeprecatedClass"),
        *_terms("rdfs", "Class Datatype"),
        *_terms("rdf", "Property"),
        *_terms("skos", "ConceptScheme Collection OrderedCollection"),
    )
)
_SCHEMES: Final = frozenset((*_terms("skos", "ConceptScheme"), *_terms("owl", "Ontology")))
_SAYS_NOTHING: Final = frozenset((*_terms("skos", "Concept"), *_terms("owl", "Thing NamedIndividual")))


class TypesByClass:
    """What the classes of a vocabulary come to in the ontology that the graph was built with."""

    def __init__(self, classes: Sequence[EntityClass], statements: Iterable[ox.Quad]) -> None:
        """`statements` may say which classes are equivalent to those of the ontology, or below them."""
        self._classes = classes
        self._above: dict[str, set[str]] = defaultdict(set)
        for quad in statements:
            if quad.predicate in _ABOVE | _ALIKE and isinstance(quad.object, ox.NamedNode):
                self._above[_text(quad.subject)].add(quad.object.value)
                if quad.predicate in _ALIKE:
                    self._above[quad.object.value].add(_text(quad.subject))

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


def read_statements(content: bytes, suffix: str, name: str, *, base: str | None = None) -> list[ox.Quad]:
    """The statements of an RDF file; `name` stands for it in errors.

    With a `base` relative IRIs begin with it and no IRI is checked, as other readers of ontologies have it.
    Raises: InputError.
    """
    try:
        return list(ox.parse(content, RDF_SUFFIXES[suffix], base_iri=base, lenient=base is not None))
    except (SyntaxError, ValueError) as error:
        kind = RDF_SUFFIXES[suffix].name
        raise InputError(f"vocabulary {name!r} is not {kind}: {error}; correct it", subject=name) from error


def vocabulary_terms(statements: Sequence[ox.Quad], types: TypesByClass) -> VocabularyTerms:
    """The things that have a label and an IRI; classes, properties, schemes and what is deprecated are left out."""
    said: dict[object, list[ox.Quad]] = defaultdict(list)
    for quad in statements:
        said[quad.subject].append(quad)
    labels = {node: best for node, quads in said.items() if (best := _best_label(quads))}
    nodes = [node for node in labels if isinstance(node, ox.NamedNode) and not _is_no_thing(said[node])]
    unknown: Counter[str] = Counter()
    things = []
    for node in sorted(nodes, key=str):
        stated = sorted(_classes(said[node]))
        known = frozenset().union(*map(types.of, stated))
        if stated and not known:
            unknown[stated[0]] += 1
        things.append(_thing(node, said[node], labels, known))
    schemes = {quad.subject for quad in statements if quad.predicate == Rdf.TYPE and quad.object in _SCHEMES}
    own = [node.value for node in schemes if isinstance(node, ox.NamedNode)]
    return VocabularyTerms(own[0] if len(own) == 1 else None, tuple(things), unknown)


def _thing(
    node: ox.NamedNode, quads: Sequence[ox.Quad], labels: Mapping[object, str], types: frozenset[str]
) -> Reference:
    names = {_line(text.value) for _, text in _texts(quads, _LABELS)}
    about = [_line(text.value) for _, text in _texts(quads, _TELLING)]
    about += (labels[quad.object] for quad in quads if quad.predicate != Rdf.TYPE and quad.object in labels)
    return Reference(node.value, labels[node], tuple(sorted(names)), types, "\n".join(sorted(about)))


def _best_label(quads: Iterable[ox.Quad]) -> str:
    """The name for people: English, then without language, then any; a label of another kind where there is none."""
    return min(((*_rank(*found), _line(found[1].value)) for found in _texts(quads, _LABELS)), default=("",))[-1]


def _rank(predicate: ox.NamedNode, text: ox.Literal) -> tuple[int, int]:
    language = (text.language or "").split("-")[0]
    kind = _NAMING.index(predicate) if predicate in _NAMING else len(_NAMING)
    return kind, {"en": 0, "": 1}.get(language, 2)


def _texts(quads: Iterable[ox.Quad], kinds: Collection[ox.NamedNode]) -> Iterator[tuple[ox.NamedNode, ox.Literal]]:
    """Texts of these kinds that are not blank."""
    for quad in quads:
        if quad.predicate in kinds and isinstance(quad.object, ox.Literal) and _line(quad.object.value):
            yield quad.predicate, quad.object


def _classes(quads: Iterable[ox.Quad]) -> Iterator[str]:
    """IRIs of the classes that are stated, without those that all things of a vocabulary may have."""
    for quad in quads:
        if quad.predicate == Rdf.TYPE and isinstance(quad.object, ox.NamedNode) and quad.object not in _SAYS_NOTHING:
            yield quad.object.value


def _is_no_thing(quads: Iterable[ox.Quad]) -> bool:
    return any(
        (quad.predicate == Rdf.TYPE and quad.object in _NO_THINGS)
        or (quad.predicate == _DEPRECATED and _text(quad.object) in ("true", "1"))
        for quad in quads
    )


def _text(node: object) -> str:
    return node.value if isinstance(node, ox.NamedNode | ox.Literal) else str(node)


def _line(text: str) -> str:
    return " ".join(text.split())


def _plain(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum()).replace("isation", "ization")
