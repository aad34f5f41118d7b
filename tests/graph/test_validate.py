"""What a graph promises is checked, and each broken promise is found."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from kgbuild.config import VOCABULARY
from kgbuild.errors import MissingError, OntologyError
from kgbuild.graph import DocumentGraph, GraphStore, Shapes, load_shapes, validate_document, validate_graph
from kgbuild.graph.vocabulary import Kgb, Nif, Rdf
from kgbuild.records import ClaimedDocument

from .conftest import KGB, MakeGraph

SHAPES = VOCABULARY / "shapes.ttl"


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    return load_shapes(SHAPES)


def _with_object(predicate: ox.NamedNode, value: ox.Literal) -> Callable[[ox.Quad], ox.Quad | None]:
    def change(quad: ox.Quad) -> ox.Quad | None:
        if quad.predicate != predicate:
            return quad
        return ox.Quad(quad.subject, quad.predicate, value, quad.graph_name)

    return change


def _without(predicate: str) -> Callable[[ox.Quad], ox.Quad | None]:
    return lambda quad: None if quad.predicate.value == predicate else quad


def test_what_is_written_conforms(ada: ClaimedDocument, make_graph: MakeGraph, shapes: Shapes) -> None:
    """A document as it is written has no problem, with its text and without."""
    for wanted in (True, False):
        report = validate_document(make_graph(ada, store_text=wanted).quads, shapes)
        assert report.problems == ()
        assert report.conforms


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_with_object(Kgb.CONFIDENCE, ox.Literal("2", datatype=Rdf.DECIMAL)), "kgb:confidence"),
        (_without(Kgb.CONFIDENCE.value), "kgb:confidence"),
        (_without(Rdf.LABEL.value), "rdfs:label"),
        (_without(f"{KGB}workedWith"), "must be asserted in the same graph"),
        (_without(Nif.ANCHOR.value), "must be a span of the same graph"),
        (_with_object(Nif.ANCHOR, ox.Literal("other")), "must be the characters of the text"),
        (_with_object(Nif.IS_STRING, ox.Literal("other")), "must be the characters of the text"),
    ],
)
def test_each_broken_promise_is_found(
    change: Callable[[ox.Quad], ox.Quad | None],
    message: str,
    ada: ClaimedDocument,
    make_graph: MakeGraph,
    shapes: Shapes,
) -> None:
    """A wrong confidence, a missing name, an unasserted triple and a span with other characters are all reported."""
    changed = [new for quad in make_graph(ada).quads if (new := change(quad)) is not None]
    report = validate_document(changed, shapes)
    assert not report.conforms
    assert any(message in problem.message for problem in report.problems)
    assert {problem.graph for problem in report.problems} == {ada.annotated.document.iri}


def test_evidence_of_two_sentences_conforms(far: ClaimedDocument, make_graph: MakeGraph, shapes: Shapes) -> None:
    """A document whose evidence was read in two sentences has no problem."""
    assert validate_document(make_graph(far).quads, shapes).problems == ()


def test_evidence_has_no_third_sentence(ada: ClaimedDocument, make_graph: MakeGraph, shapes: Shapes) -> None:
    """Evidence that was derived from three sentences is reported."""
    claim = replace(ada.claims[0], sentences=ada.annotated.sentences)
    (problem,) = validate_document(make_graph(replace(ada, claims=(claim,))).quads, shapes).problems
    assert "must have prov:wasDerivedFrom once or twice" in problem.message


@pytest.mark.parametrize("lost", [0, 1])
def test_each_sentence_must_be_a_span(lost: int, far: ClaimedDocument, make_graph: MakeGraph, shapes: Shapes) -> None:
    """Of two sentences neither may be without its characters."""
    text = far.annotated.document.text
    sentence = far.claims[0].sentences[lost]
    gone = ox.Literal(text[sentence.start : sentence.end])
    kept = [quad for quad in make_graph(far).quads if quad.predicate != Nif.ANCHOR or quad.object != gone]
    messages = {problem.message for problem in validate_document(kept, shapes).problems}
    assert "http://www.w3.org/ns/prov#wasDerivedFrom must be a span of the same graph" in messages


def test_graph_of_two_documents_conforms(
    store: GraphStore, ada: ClaimedDocument, grace: ClaimedDocument, make_graph: MakeGraph
) -> None:
    """A store that holds two documents as they were written has no problem."""
    store.replace_documents([make_graph(ada), make_graph(grace)])
    report = validate_graph(store, SHAPES)
    assert (report.documents, report.problems) == (2, ())


def test_catalogue_and_graphs_must_agree(
    store: GraphStore, ada: ClaimedDocument, grace: ClaimedDocument, make_graph: MakeGraph
) -> None:
    """A graph that is not in the catalogue and an entry without a graph are both reported."""
    first, second = ada.annotated.document.iri, grace.annotated.document.iri
    orphan = tuple(quad for quad in make_graph(ada).quads if quad.graph_name.value == first)
    entry = tuple(quad for quad in make_graph(grace).quads if quad.graph_name.value != second)
    store.replace_documents([DocumentGraph(first, orphan), DocumentGraph(second, entry)])
    messages = {problem.graph: problem.message for problem in validate_graph(store, SHAPES).problems}
    assert messages == {
        first: "the document of a graph must be in the catalogue",
        second: "a document of the catalogue must have a graph",
    }


def test_shapes_that_are_not_there_or_not_turtle(tmp_path: Path, store: GraphStore) -> None:
    """A missing shapes file and one that is not Turtle are named."""
    with pytest.raises(MissingError, match="do not exist"):
        validate_graph(store, tmp_path / "none.ttl")
    (tmp_path / "bad.ttl").write_text("no turtle", encoding="utf-8")
    with pytest.raises(OntologyError, match="are not Turtle"):
        load_shapes(tmp_path / "bad.ttl")
