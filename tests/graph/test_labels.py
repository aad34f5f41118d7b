"""The words of an ontology are read where its IRIs say nothing, and are no facts of any document."""

from collections.abc import Iterator
from dataclasses import replace

import pyoxigraph as ox
import pytest

from kgbuild.graph import (
    GraphStore,
    Rules,
    claims_by_doubt,
    explain,
    find_conflicts,
    label_of,
    put_labels,
    statistics,
    to_networkx,
)
from kgbuild.graph.facts import distinct_facts, names_of
from kgbuild.graph.vocabulary import Rdf
from kgbuild.ontology import EntityClass, Ontology
from kgbuild.records import ClaimedDocument

from .conftest import BASE, MakeGraph
from .conftest import _property as make_property

P569, Q5 = "http://www.wikidata.org/prop/direct/P569", "http://www.wikidata.org/entity/Q5"


@pytest.fixture
def ontology() -> Ontology:
    """An ontology whose IRIs are numbers."""
    born = replace(make_property("born"), iri=P569, label="date of birth")
    return Ontology(f"{BASE}ontology", "0" * 64, (born,), (EntityClass(Q5, "human being", "", "PER"),))


@pytest.fixture
def opaque(store: GraphStore, ada: ClaimedDocument, make_graph: MakeGraph, ontology: Ontology) -> Iterator[GraphStore]:
    """A graph of one document whose date is stated with such a property."""
    claims = tuple(replace(claim, predicate=P569) for claim in ada.claims[2:])
    store.replace_documents([make_graph(replace(ada, claims=claims))])
    put_labels(store, ontology, BASE)
    yield store


def test_each_face_says_the_label(opaque: GraphStore) -> None:
    """Explanations, statistics, reviews, contradictions and drawings say what the ontology calls its terms."""
    assert [item.predicate_label for item in explain(opaque, "Ada Lovelace")] == ["date of birth"]
    found = statistics(opaque)
    assert [(item.iri, item.label) for item in (*found.classes, *found.properties)] == [
        (Q5, "human being"),
        (P569, "date of birth"),
    ]
    assert [item.shown.predicate_label for item in claims_by_doubt(opaque)] == ["date of birth"]
    assert [data["label"] for *_, data in to_networkx(opaque).edges(data=True)] == ["date of birth"]


def test_a_contradiction_says_the_label(opaque: GraphStore, ada: ClaimedDocument, make_graph: MakeGraph) -> None:
    """The message and the side of a contradiction name the property by its label."""
    [claim] = [replace(claim, predicate=P569, object=f"{BASE}entity/x") for claim in ada.claims[2:]]
    other = [replace(claim, object=f"{BASE}entity/y"), claim]
    opaque.replace_documents([make_graph(replace(ada, claims=tuple(other)))])
    [found] = find_conflicts(opaque, Rules((P569,), (), (), (), (), (), ()))
    assert found.message == "date of birth: expected one value, came 2"
    assert {side.predicate_label for side in found.sides} == {"date of birth"}


def test_labels_are_no_facts_and_no_names(
    opaque: GraphStore, ada: ClaimedDocument, make_graph: MakeGraph, ontology: Ontology
) -> None:
    """Facts, names and entities are those that were there without the labels; every query for names too."""
    with_labels = distinct_facts(opaque), names_of(opaque), statistics(opaque).entities
    put_labels(opaque, Ontology("urn:none", "", (), ()), BASE)
    assert (distinct_facts(opaque), names_of(opaque), statistics(opaque).entities) == with_labels
    assert P569 not in with_labels[1]


def test_the_last_ontology_holds(store: GraphStore, ontology: Ontology) -> None:
    """Labels give way to those of the next ontology, under another base too; written twice they are there once."""
    put_labels(store, ontology, "https://example.org/old/")
    renamed = replace(ontology, properties=(replace(ontology.properties[0], label="born on"),), classes=())
    for _ in range(2):
        put_labels(store, renamed, BASE)
    assert [str(quad) for quad in store.quads()] == [
        f'<{P569}> <http://www.w3.org/2004/02/skos/core#prefLabel> "born on" <{BASE}graph/ontology>'
    ]


def test_a_term_without_label_is_read_from_its_iri(opaque: GraphStore) -> None:
    """What the ontology lacks has the label that is given, else the last part of its IRI; a document's word is none."""
    document = ox.NamedNode(f"{BASE}document/d")
    opaque.put_changes([ox.Quad(ox.NamedNode("urn:x/bornIn"), Rdf.PREF_LABEL, ox.Literal("no label"), document)])
    assert label_of(opaque, "urn:x/bornIn") == "born in"
    assert label_of(opaque, "urn:x/bornIn", {"urn:x/bornIn": "place of birth"}) == "place of birth"
    assert label_of(opaque, P569, {P569: "older"}) == "date of birth"
