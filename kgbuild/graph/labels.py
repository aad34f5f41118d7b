"""What the ontology calls its terms, in a graph of its own, so that people read words where an IRI is opaque.

A term has a `skos:prefLabel`, an entity an `rdfs:label`: who asks the union of all graphs for names gets those of
entities alone.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import pyoxigraph as ox

from kgbuild.graph.quads import storable, to_iri
from kgbuild.graph.store import GraphStore
from kgbuild.graph.vocabulary import Rdf, ontology_graph
from kgbuild.ontology import Ontology

__all__ = ["label_of", "label_of_iri", "put_labels"]

_GRAPH: Final = ontology_graph("urn:").value.removeprefix("urn:")
_NONE: Final[Mapping[str, str]] = {}


def put_labels(store: GraphStore, ontology: Ontology, base: str) -> None:
    """Nothing; the graph of the ontology holds the labels of its properties and classes, and no others.

    Raises: StoreError.
    """
    held, wanted = set(_label_quads(store)), set(_quads_of(ontology, base))
    if held != wanted:
        store.revise(sorted(held - wanted, key=str), sorted(wanted - held, key=str))


def label_of(store: GraphStore, iri: str, otherwise: Mapping[str, str] = _NONE) -> str:
    """What the graph's ontology calls a property or class, else what `otherwise` does, else its IRI in words."""
    labels = [quad.object.value for quad in _label_quads(store, to_iri(iri)) if isinstance(quad.object, ox.Literal)]
    return min(labels, default="") or otherwise.get(iri) or label_of_iri(iri)


def label_of_iri(iri: str) -> str:
    """What a property's or class's IRI says in words: `workedWith` gives `worked with`."""
    local = iri.rstrip("/#").replace("#", "/").rsplit("/", 1)[-1]
    spaced = "".join(f" {char.lower()}" if char.isupper() else char for char in local.replace("_", " "))
    return " ".join(spaced.split()) or iri


def _quads_of(ontology: Ontology, base: str) -> Iterator[ox.Quad]:
    graph = ontology_graph(base)
    for iri, label in ontology.labels.items():
        yield ox.Quad(to_iri(iri), Rdf.PREF_LABEL, ox.Literal(storable(label)), graph)


def _label_quads(store: GraphStore, term: ox.NamedNode | None = None) -> Iterator[ox.Quad]:
    """The labels of one term or of all, under whatever base they were written; a document may state others."""
    for quad in store.matching(term, Rdf.PREF_LABEL):
        if isinstance(quad.graph_name, ox.NamedNode) and quad.graph_name.value.endswith(_GRAPH):
            yield quad
