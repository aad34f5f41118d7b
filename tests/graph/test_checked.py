"""What breaks a shape is set aside, and nothing else."""

from dataclasses import replace

import pytest

from kgbuild.config import VOCABULARY, GraphSettings
from kgbuild.graph import CheckedGraph, Shapes, checked_graph, load_shapes, validate_document
from kgbuild.graph.vocabulary import Kgb, Nif, Rdf
from kgbuild.ontology import Ontology
from kgbuild.records import ClaimedDocument, Literal

from .conftest import RUN, XSD

WRONG = Literal("1815-13", f"{XSD}gYearMonth")


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    return load_shapes(VOCABULARY / "shapes.ttl")


def _check(claimed: ClaimedDocument, ontology: Ontology, shapes: Shapes) -> CheckedGraph:
    return checked_graph(claimed, ontology, GraphSettings(), shapes, recipe="recipe", run=RUN)


def test_what_conforms_is_as_it_was(ada: ClaimedDocument, ontology: Ontology, shapes: Shapes) -> None:
    """Nothing of a document that breaks no shape is set aside."""
    checked = _check(ada, ontology, shapes)
    assert checked.claimed is ada
    assert checked.refusals == ()


def test_only_the_claim_at_fault_is_set_aside(ada: ClaimedDocument, ontology: Ontology, shapes: Shapes) -> None:
    """A month that no year has takes its own claim out of the document, with the evidence and the spans of it."""
    *right, birth = ada.claims
    checked = _check(replace(ada, claims=(*right, replace(birth, object=WRONG))), ontology, shapes)
    assert checked.graph.quads == _check(replace(ada, claims=tuple(right)), ontology, shapes).graph.quads
    assert checked.claimed.claims == tuple(right)
    (refusal,) = checked.refusals
    assert (refusal.stage, refusal.source, refusal.reason) == ("write", "file:///corpus/ada.txt", "claim-breaks-shape")
    assert refusal.detail.startswith(f'"1815-13"^^<{XSD}gYearMonth>: the value of a date property must be')
    assert refusal.detail.endswith("(Or, came '\"1815-13\"^^<http://www.w3.org/2001/XMLSchema#gYearMonth>')")


def test_a_probability_that_is_none_is_set_aside(ada: ClaimedDocument, ontology: Ontology, shapes: Shapes) -> None:
    """Of two places that state a triple the one with an impossible probability goes, and the triple stays."""
    first, second, birth = ada.claims
    checked = _check(replace(ada, claims=(first, replace(second, probability=1.5), birth)), ontology, shapes)
    assert checked.claimed.claims == (first, birth)
    assert "MaxInclusive of kgb:confidence, came" in checked.refusals[0].detail


def test_a_document_at_fault_is_set_aside_whole(ada: ClaimedDocument, ontology: Ontology, shapes: Shapes) -> None:
    """Where an entity and no claim is at fault, the document stays in the catalogue and says nothing."""
    wrong = replace(ontology, classes=tuple(replace(kind, iri=Nif.STRING.value) for kind in ontology.classes))
    checked = _check(ada, wrong, shapes)
    assert {item.reason for item in checked.refusals} == {"document-breaks-shape"}
    quads = checked.graph.quads
    assert not any(quad.predicate in (Rdf.SUBJECT, Rdf.LABEL) for quad in quads)
    assert any(quad.predicate == Kgb.TEXT_DIGEST for quad in quads)
    assert validate_document(quads, shapes).conforms
