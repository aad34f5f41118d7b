"""The facts in networkx and rdflib."""

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.errors import StoreError
from kgbuild.graph import GraphStore, to_networkx, to_rdflib
from kgbuild.graph.convert import from_rdflib_term, to_rdflib_term
from kgbuild.graph.facts import distinct_facts
from kgbuild.graph.vocabulary import Rdf
from kgbuild.records import ClaimedDocument

from .conftest import KGB, XSD, MakeGraph
from .test_quads import TEXT


@pytest.fixture
def filled(store: GraphStore, ada: ClaimedDocument, grace: ClaimedDocument, make_graph: MakeGraph) -> GraphStore:
    store.replace_documents([make_graph(ada), make_graph(grace)])
    return store


def test_networkx_has_names_and_probabilities(filled: GraphStore) -> None:
    """Nodes carry name and class, edges predicate and the best probability; a value is a node with its datatype."""
    graph = to_networkx(filled)
    labels = {data["label"]: node for node, data in graph.nodes(data=True)}
    edge = graph.edges[labels["Ada Lovelace"], labels["Charles Babbage"], f"{KGB}workedWith"]
    assert edge == {"label": "worked with", "probability": 0.93}
    assert graph.nodes[labels["Grace Hopper"]]["type"] == f"{KGB}Person"
    assert graph.nodes[labels["1815"]]["type"] == f"{XSD}gYear"
    assert graph.number_of_edges() == 3


def test_rdflib_has_the_facts(filled: GraphStore) -> None:
    """The rdflib graph has the facts alone, or with evidence all triples of the store."""
    assert len(to_rdflib(filled)) == len(distinct_facts(filled))
    assert len(to_rdflib(filled, evidence=True)) == len({quad.triple for quad in filled.quads()})
    born = rdflib.Literal("1815", datatype=rdflib.XSD.gYear, normalize=False)
    assert (None, rdflib.URIRef(f"{KGB}dateOfBirth"), born) in to_rdflib(filled)


@given(value=TEXT)
def test_terms_keep_their_characters(value: str) -> None:
    """A literal has the same characters and datatype in rdflib."""
    term = to_rdflib_term(ox.Literal(value))
    assert (str(term), term.datatype) == (value, None)
    assert str(to_rdflib_term(ox.Literal("007", datatype=ox.NamedNode(f"{XSD}integer")))) == "007"


@given(value=TEXT, language=st.sampled_from((None, "en", "fr-CA")))
def test_a_term_comes_back(value: str, language: str | None) -> None:
    """IRIs, blank nodes and literals, with any characters, language or datatype, are the same after both ways."""
    node, blank = ox.NamedNode("urn:a"), ox.BlankNode("b")
    for term in (node, blank, ox.Literal(value, language=language), ox.Literal("007", datatype=Rdf.INTEGER)):
        back = from_rdflib_term(to_rdflib_term(term))
        assert str(back).lower() == str(term).lower()  # the language is written in small letters
        assert type(back) is type(term)


def test_a_statement_is_no_term() -> None:
    """A statement in the place of a term, and what is no term, are refused."""
    node = ox.NamedNode("urn:a")
    with pytest.raises(StoreError, match="Unexpected"):
        to_rdflib_term(ox.Triple(node, node, node))
    with pytest.raises(StoreError, match="Unexpected"):
        from_rdflib_term("urn:a")
