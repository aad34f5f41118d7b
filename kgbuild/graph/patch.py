"""What two states of a document's graph tell apart, in triples."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from kgbuild.config import GraphSettings
from kgbuild.graph.facts import keep_facts, sort_triples
from kgbuild.graph.labels import label_of_iri
from kgbuild.graph.quads import from_term, to_iri, to_quads, to_term
from kgbuild.graph.store import GraphStore
from kgbuild.graph.vocabulary import PREFIXES, Rdf
from kgbuild.ontology import Ontology
from kgbuild.records import ClaimedDocument, Literal

__all__ = [
    "DocumentPatch",
    "Facts",
    "NamedTriple",
    "document_patch",
    "facts_of_claims",
    "facts_of_document",
    "patch_to_trig",
]

Facts = frozenset[ox.Triple]
"""What a document states: claims, and the types and names of entities."""


@dataclass(frozen=True, slots=True)
class NamedTriple:
    """A triple with what its parts are called."""

    subject: str
    """IRI of the subject."""
    subject_name: str
    """Its name in the document."""
    predicate: str
    """IRI of the property."""
    predicate_name: str
    """The property in words."""
    object: str | Literal
    """IRI of the object, or its value."""
    object_name: str
    """Its name in the document, or the value's characters."""


@dataclass(frozen=True, slots=True)
class DocumentPatch:
    """What must be done to the triples of a document's earlier state to have those of its later one."""

    document: str
    """IRI of the document, which is the name of its graph."""
    source: str
    """Where it came from."""
    removed: tuple[NamedTriple, ...]
    """Triples of the earlier state alone, in reading order."""
    added: tuple[NamedTriple, ...]
    """Triples of the later state alone, in reading order."""


def facts_of_claims(claimed: ClaimedDocument, ontology: Ontology, settings: GraphSettings) -> Facts:
    """What is written of a document, the evidence apart. Raises: StoreError where an IRI is none."""
    return frozenset(keep_facts(to_quads(claimed, ontology, settings)))


def facts_of_document(store: GraphStore, document: str) -> Facts:
    """What the graph holds of a document, the evidence apart; nothing where it holds no such document."""
    return frozenset(keep_facts(store.quads(document)))


def document_patch(
    document: str, source: str, before: Facts, after: Facts, *, called: Callable[[str], str] = label_of_iri
) -> DocumentPatch:
    """What tells the two states apart; `called` says what a property or class is called."""
    names = {
        str(from_term(triple.subject)): triple.object.value
        for triple in sort_triples(before | after)
        if triple.predicate == Rdf.LABEL and isinstance(triple.object, ox.Literal)
    }
    removed, added = (tuple(_named(state, names, called)) for state in (before - after, after - before))
    return DocumentPatch(document, source, removed, added)


def patch_to_trig(patches: Iterable[DocumentPatch], *, added: bool) -> str:
    """The triples that were added, or those that were removed, as TriG: each in the graph of its document.

    https://www.w3.org/TR/trig/
    """
    quads = (
        ox.Quad(to_iri(triple.subject), to_iri(triple.predicate), to_term(triple.object), to_iri(patch.document))
        for patch in patches
        for triple in (patch.added if added else patch.removed)
    )
    return (ox.serialize(quads, format=ox.RdfFormat.TRIG, prefixes=PREFIXES) or b"").decode()


def _named(
    triples: Iterable[ox.Triple], names: Mapping[str, str], called: Callable[[str], str]
) -> Iterator[NamedTriple]:
    for triple in sort_triples(triples):
        subject, predicate, value = map(from_term, (triple.subject, triple.predicate, triple.object))
        iri, role = str(subject), str(predicate)
        name = (names.get(value) or called(value)) if isinstance(value, str) else value.value
        yield NamedTriple(iri, names.get(iri, iri), role, called(role), value, name)
