"""What a graph promises is checked, and each broken promise is found."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph as ox
import pytest

from kgbuild.config import VOCABULARY
from kgbuild.errors import MissingError, OntologyError
from kgbuild.graph import (
    Beliefs,
    DocumentGraph,
    GraphStore,
    Problem,
    RunRecord,
    Shapes,
    ValidationReport,
    find_conflicts,
    load_rules,
    load_shapes,
    report_to_turtle,
    validate_document,
    validate_graph,
)
from kgbuild.graph.vocabulary import Kgb, Nif, Prov, Rdf, facts_graph
from kgbuild.records import ClaimedDocument

from .conftest import BASE, KGB, RUN, MakeGraph
from .planted import Fault, planted_corpus, with_faults

SHAPES = VOCABULARY / "shapes.ttl"
ONTOLOGY = VOCABULARY / "kgbuild.ttl"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
_ABOUT_SPANS = {
    f"{role} must be a span of the same graph"
    for role in (Kgb.SUBJECT_MENTION.value, Kgb.OBJECT_MENTION.value, Prov.DERIVED.value)
}


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


def _write(store: GraphStore, graphs: list[DocumentGraph]) -> None:
    with Beliefs(store, BASE, run=RUN) as beliefs:
        store.replace_documents(beliefs.watch(graphs))
    store.put_run(RunRecord(RUN, BASE, NOW, NOW, ()))


def _component(iri: str) -> str:
    return iri.rpartition("#")[2].removesuffix("ConstraintComponent")


def _break_ended(store: GraphStore, _document: str) -> None:
    store.revise([quad for quad in store.quads() if quad.predicate == Prov.ENDED], ())


def _break_evidence(store: GraphStore, document: str) -> None:
    first = min((quad for quad in store.quads(document) if quad.predicate == Rdf.SUBJECT), key=str)
    store.revise([quad for quad in store.quads(document) if quad.subject == first.subject], ())


def _break_facts(store: GraphStore, _document: str) -> None:
    first = min((quad for quad in store.quads() if quad.predicate == Kgb.BELIEF), key=str)
    store.revise([quad for quad in store.quads() if quad.subject == first.subject], ())


def _break_count(store: GraphStore, _document: str) -> None:
    old = min((quad for quad in store.quads(facts_graph(BASE).value) if quad.predicate == Kgb.DOCUMENT_COUNT), key=str)
    nine = ox.Literal("9", datatype=Rdf.INTEGER)
    store.revise([old], [ox.Quad(old.subject, old.predicate, nine, old.graph_name)])


def _break_place(store: GraphStore, document: str) -> None:
    old = min((quad for quad in store.quads(document) if quad.predicate == Nif.REFERENCE), key=str)
    store.revise([old], [ox.Quad(old.subject, old.predicate, ox.NamedNode("urn:other"), old.graph_name)])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_break_ended, "a document of the catalogue must have been written by a run that has ended"),
        (_break_evidence, "a fact must be stated by the evidence of a document"),
        (_break_evidence, "a claim must have evidence in the same graph"),
        (_break_facts, "a triple that has evidence must be among the facts"),
        (_break_count, "a fact must count the documents that state it"),
        (_break_place, "a stretch of text must be of the document whose graph holds it"),
    ],
)
def test_what_spans_graphs_is_checked(
    damage: Callable[[GraphStore, str], None],
    message: str,
    store: GraphStore,
    far: ClaimedDocument,
    make_graph: MakeGraph,
) -> None:
    """A run without an end, and facts, claims and evidence that do not agree, are each reported."""
    _write(store, [make_graph(far)])
    assert validate_graph(store, SHAPES).conforms
    damage(store, far.annotated.document.iri)
    assert message in {problem.message for problem in validate_graph(store, SHAPES).problems}


def test_report_is_turtle_of_shacl() -> None:
    """The report has a result with node, constraint, path and value for each problem, and reads back as it was."""
    sh = "http://www.w3.org/ns/shacl#"
    first = Problem("urn:g", "urn:n", "wrong", f"{sh}DatatypeConstraintComponent", "urn:s", "urn:p", '"a \\" b"@en')
    report = ValidationReport(1, (first, Problem("urn:g", '"no node"', "odd")))
    quads = list(ox.parse(report_to_turtle(report), format=ox.RdfFormat.TURTLE))
    told = {(quad.predicate.value.removeprefix(sh), str(quad.object)) for quad in quads}
    boolean = "^^<http://www.w3.org/2001/XMLSchema#boolean>"
    wanted = {("conforms", f'"false"{boolean}'), ("focusNode", "<urn:n>"), ("focusNode", '"no node"')}
    wanted |= {
        ("value", '"a \\" b"@en'),
        ("resultPath", "<urn:p>"),
        ("sourceShape", "<urn:s>"),
        ("resultMessage", '"odd"'),
    }
    assert wanted <= told
    assert sum(quad.predicate.value == f"{sh}result" for quad in quads) == 2
    well = report_to_turtle(ValidationReport(2, ()))
    assert "sh:conforms true" in well


def test_graph_of_two_documents_conforms(
    store: GraphStore, ada: ClaimedDocument, grace: ClaimedDocument, make_graph: MakeGraph
) -> None:
    """A store that holds two documents as they were written has no problem."""
    _write(store, [make_graph(ada), make_graph(grace)])
    report = validate_graph(store, SHAPES)
    assert (report.documents, report.problems) == (2, ())


@pytest.fixture(scope="module")
def planted() -> Iterator[tuple[GraphStore, set[Fault], set[tuple[str, str]]]]:
    """A thousand documents, the shapes that they break, and the contradictions among them."""
    made = planted_corpus(1_000, seed=11)
    graphs, faults = with_faults(made.graphs(), made.random)
    # two of the planted contradictions break a shape as well: a date that is a number, or a place
    odd = {subject for _, subject in made.expected if subject.rstrip("0123456789").endswith(("/counted", "/placed"))}
    dates = {
        (quad.graph_name.value, str(quad.object) if isinstance(quad.object, ox.Literal) else quad.object.value, "Or")
        for graph in graphs
        for quad in graph.quads
        if quad.subject.value in odd and quad.predicate.value.startswith(f"{KGB}dateOf")
    }
    assert (len(faults), len(dates)) == (100, 80)
    with GraphStore.in_memory() as store:
        store.replace_documents(graphs)
        store.put_run(RunRecord(RUN, BASE, NOW, NOW, ()))
        yield store, faults | dates, made.expected


def test_planted_faults_are_found(planted: tuple[GraphStore, set[Fault], set[tuple[str, str]]]) -> None:
    """Of a thousand documents all planted violations of shapes are found, and none is invented."""
    store, faults, _ = planted
    problems = validate_graph(store, SHAPES).problems
    assert {(item.graph, item.node, _component(item.constraint)) for item in problems if item.constraint} == faults
    assert {item.message for item in problems if not item.constraint} <= _ABOUT_SPANS


def test_faults_hide_no_contradiction(planted: tuple[GraphStore, set[Fault], set[tuple[str, str]]]) -> None:
    """Of the same thousand documents all planted contradictions are found, and none is invented."""
    store, _, expected = planted
    assert {(item.kind, item.sides[0].subject) for item in find_conflicts(store, load_rules(ONTOLOGY))} == expected


def test_catalogue_and_graphs_must_agree(
    store: GraphStore, ada: ClaimedDocument, grace: ClaimedDocument, make_graph: MakeGraph
) -> None:
    """A graph that is not in the catalogue and an entry without a graph are both reported."""
    first, second = ada.annotated.document.iri, grace.annotated.document.iri
    orphan = tuple(quad for quad in make_graph(ada).quads if quad.graph_name.value == first)
    entry = tuple(quad for quad in make_graph(grace).quads if quad.graph_name.value != second)
    _write(store, [DocumentGraph(first, orphan), DocumentGraph(second, entry)])
    messages = {problem.graph: problem.message for problem in validate_graph(store, SHAPES).problems}
    assert messages == {
        first: "the document of a graph must be in the catalogue",
        second: "a document of the catalogue must have a graph",
    }


def test_shapes_that_are_not_there_or_not_turtle(tmp_path: Path, store: GraphStore) -> None:
    """A missing shapes file and one that is not Turtle are named."""
    with pytest.raises(MissingError, match=r"shapes file .* does not exist"):
        validate_graph(store, tmp_path / "none.ttl")
    (tmp_path / "bad.ttl").write_text("no turtle", encoding="utf-8")
    with pytest.raises(OntologyError, match=r"shapes file .*: expected Turtle"):
        load_shapes(tmp_path / "bad.ttl")
