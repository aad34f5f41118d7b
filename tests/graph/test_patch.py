"""Two states of a document, told apart in triples."""

from dataclasses import replace

import pyoxigraph as ox

from kgbuild.config import GraphSettings
from kgbuild.graph import DocumentPatch, GraphStore, document_patch, facts_of_claims, facts_of_document, patch_to_trig
from kgbuild.ontology import Ontology
from kgbuild.records import ClaimedDocument, Literal

from .conftest import KGB, XSD, MakeGraph


def test_claims_state_what_is_written(
    store: GraphStore, ada: ClaimedDocument, ontology: Ontology, make_graph: MakeGraph
) -> None:
    """The facts of a hand-over file are those that the store holds of the document, and evidence is none of them."""
    store.replace_documents([make_graph(ada)])
    facts = facts_of_claims(ada, ontology, GraphSettings())
    assert facts == facts_of_document(store, ada.annotated.document.iri)
    assert 0 < len(facts) < len(list(store.quads(ada.annotated.document.iri)))
    assert facts_of_document(store, "urn:other") == frozenset()


def test_patch_names_what_it_holds(ada: ClaimedDocument, ontology: Ontology) -> None:
    """Triples of one state alone are told with names, values with their type; equal states give an empty patch."""
    whole = facts_of_claims(ada, ontology, GraphSettings())
    less = facts_of_claims(replace(ada, claims=ada.claims[:2]), ontology, GraphSettings())
    patch = document_patch("urn:d", "file:///d", less, whole)
    [born] = patch.added
    assert (born.subject_name, born.predicate_name, born.object_name) == ("Ada Lovelace", "date of birth", "1815")
    assert (born.predicate, born.object) == (f"{KGB}dateOfBirth", Literal("1815", f"{XSD}gYear"))
    assert (patch.removed, document_patch("urn:d", "file:///d", whole, less).removed) == ((), patch.added)
    assert document_patch("urn:d", "s", whole, whole) == DocumentPatch("urn:d", "s", (), ())


def test_trig_holds_each_side_in_the_document_graph(ada: ClaimedDocument, ontology: Ontology) -> None:
    """The TriG of a side, read by a parser, has the triples of that side in the graph of the document."""
    facts = facts_of_claims(ada, ontology, GraphSettings())
    patch = document_patch("urn:d", "file:///d", frozenset(), facts)
    quads = set(ox.parse(patch_to_trig([patch], added=True), format=ox.RdfFormat.TRIG))
    assert quads == {ox.Quad(*triple, ox.NamedNode("urn:d")) for triple in facts}
    assert "urn:d" not in patch_to_trig([patch], added=False)
