"""The facts in the types of other libraries: networkx to draw and measure, rdflib to reason and to write."""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kgbuild.errors import StoreError
from kgbuild.graph.facts import best_probabilities, distinct_facts, names_of
from kgbuild.graph.labels import label_of
from kgbuild.graph.store import GraphStore
from kgbuild.graph.vocabulary import PREFIXES, Rdf
from kgbuild.rdf_files import silence_rdflib

if TYPE_CHECKING:
    import networkx as nx
    import rdflib

__all__ = ["from_rdflib_term", "rdflib_graph", "to_networkx", "to_rdflib", "to_rdflib_term"]


def to_networkx(store: GraphStore) -> "nx.MultiDiGraph":
    """Entities and values as nodes (`label`, `type`), claims as edges keyed by predicate (`label`, `probability`).

    A value is a node of its own, named by its literal; `type` is the class or the datatype, empty when unknown.
    """
    import networkx as nx

    names = names_of(store)
    probabilities = best_probabilities(store)
    facts = distinct_facts(store)
    types = {str(fact.subject): str(fact.object)[1:-1] for fact in facts if fact.predicate == Rdf.TYPE}
    graph = nx.MultiDiGraph()
    for iri, name in sorted(names.items()):
        graph.add_node(iri, label=name, type=types.get(f"<{iri}>", ""))
    for fact in facts:
        probability = probabilities.get(fact)
        if probability is not None:
            head, tail = _node(graph, fact.subject), _node(graph, fact.object)
            label = label_of(store, fact.predicate.value)
            graph.add_edge(head, tail, key=fact.predicate.value, label=label, probability=probability)
    return graph


def _node(graph: "nx.MultiDiGraph", term: object) -> str:
    """The node of a term, added if it is not there."""
    if isinstance(term, ox.Literal):
        name, label, type = str(term), term.value, term.datatype.value
    elif isinstance(term, ox.NamedNode):
        name, label, type = term.value, term.value, ""
    else:
        raise StoreError(f"Unexpected term {term!r}; expected an IRI or a literal", subject=term)
    if name not in graph:
        graph.add_node(name, label=label, type=type)
    return name


def to_rdflib(store: GraphStore, *, evidence: bool = False) -> "rdflib.Graph":
    """The facts as an rdflib graph; with `evidence` all that the store holds, its graphs merged."""
    if evidence:
        return rdflib_graph(quad.triple for quad in store.quads())
    return rdflib_graph(distinct_facts(store))


def rdflib_graph(triples: Iterable[ox.Triple]) -> "rdflib.Graph":
    """Triples as an rdflib graph in memory, the known prefixes bound."""
    import rdflib

    graph = rdflib.Graph(bind_namespaces="none")
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    known = cache(to_rdflib_term)
    with silence_rdflib():
        for subject, predicate, value in triples:
            graph.add((known(subject), known(predicate), known(value)))
    return graph


def to_rdflib_term(term: object) -> "rdflib.URIRef | rdflib.BNode | rdflib.Literal":
    """The term in rdflib's type, its lexical form untouched.

    Raises: StoreError.
    """
    import rdflib

    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if isinstance(term, ox.Literal):
        if term.language is not None:
            return rdflib.Literal(term.value, lang=term.language)
        plain = term.datatype.value == PREFIXES["xsd"] + "string"
        datatype = None if plain else rdflib.URIRef(term.datatype.value)
        return rdflib.Literal(term.value, datatype=datatype, normalize=False)
    raise StoreError(f"Unexpected term {term!r}; expected an IRI, a blank node or a literal", subject=term)


def from_rdflib_term(term: object) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """The mirror of `to_rdflib_term`.

    Raises: StoreError.
    """
    import rdflib

    if isinstance(term, rdflib.URIRef):
        return ox.NamedNode(term)
    if isinstance(term, rdflib.BNode):
        return ox.BlankNode(term)
    if isinstance(term, rdflib.Literal):
        datatype = None if term.datatype is None else ox.NamedNode(term.datatype)
        return ox.Literal(str(term), datatype=datatype, language=term.language)
    raise StoreError(f"Unexpected term {term!r}; expected an IRI, a blank node or a literal", subject=term)
