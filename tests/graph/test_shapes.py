"""Shapes are checked by pyshacl, and what it finds is told in the graph's own terms."""

from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from kgbuild.config import VOCABULARY
from kgbuild.errors import MissingError, OntologyError
from kgbuild.graph import Problem, Shapes, load_shapes, shape_problems
from kgbuild.graph.vocabulary import Kgb, Nif, Rdf
from kgbuild.records import ClaimedDocument

from .conftest import KGB, XSD, MakeGraph

SH = "http://www.w3.org/ns/shacl#"
SHAPE = "https://w3id.org/kgbuild/shapes#"
Term = ox.NamedNode | ox.BlankNode | ox.Literal
_HEAD = f"@prefix sh: <{SH}> . <urn:s> a sh:NodeShape ; sh:targetSubjectsOf <urn:p> ; "


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    return load_shapes(VOCABULARY / "shapes.ttl")


def _number(text: str, datatype: str = "decimal") -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(f"{XSD}{datatype}"))


@pytest.mark.parametrize(
    ("role", "value", "beside", "shape", "broken"),
    [
        (Kgb.CONFIDENCE, None, False, "Evidence", {"MinCount": ""}),
        (Kgb.CONFIDENCE, _number("0.125"), True, "Evidence", {"MaxCount": ""}),
        (Kgb.CONFIDENCE, _number("1.5"), False, "Evidence", {"MaxInclusive": f'"1.5"^^<{XSD}decimal>'}),
        (Kgb.CONFIDENCE, _number("-0.10"), False, "Evidence", {"MinInclusive": f'"-0.10"^^<{XSD}decimal>'}),
        (
            Kgb.CONFIDENCE,
            _number("7", "integer"),
            False,
            "Evidence",
            dict.fromkeys(("Datatype", "MaxInclusive"), f'"7"^^<{XSD}integer>'),
        ),
        (
            Kgb.CONFIDENCE,
            _number("nan"),
            False,
            "Evidence",
            dict.fromkeys(("Datatype", "MinInclusive"), f'"nan"^^<{XSD}double>'),
        ),
        (Kgb.SUBJECT_MENTION, ox.Literal("elle", language="fr"), False, "Evidence", {"NodeKind": '"elle"@fr'}),
        (Rdf.SUBJECT, ox.BlankNode("b"), False, "Evidence", {"NodeKind": "_:b"}),
        (Nif.ANCHOR, ox.NamedNode("urn:x"), False, "Span", {"Datatype": "urn:x"}),
        (Nif.BEGIN, _number("500", "integer"), False, "Span", {"LessThan": f'"500"^^<{XSD}integer>'}),
        (Rdf.LABEL, None, False, "Entity", {"MinCount": ""}),
    ],
)
def test_each_fault_is_told_with_its_place(
    role: ox.NamedNode,
    value: Term | None,
    beside: bool,
    shape: str,
    broken: dict[str, str],
    ada: ClaimedDocument,
    make_graph: MakeGraph,
    shapes: Shapes,
) -> None:
    """A value that is missing, wrong or one too many is told with graph, node, shape, property and value."""
    quads = make_graph(ada).quads
    old = next(quad for quad in quads if quad.predicate == role)
    new = [] if value is None else [ox.Quad(old.subject, role, value, old.graph_name)]
    found = list(shape_problems([*(quad for quad in quads if beside or quad != old), *new], shapes))
    assert {problem.constraint: problem.value for problem in found} == {
        f"{SH}{name}ConstraintComponent": value for name, value in broken.items()
    }
    assert {problem.message for problem in found} <= set(_messages(shapes))
    assert {(problem.graph, problem.node, problem.shape, problem.path) for problem in found} == {
        (ada.annotated.document.iri, old.subject.value, f"{SHAPE}{shape}", role.value)
    }


def _messages(shapes: Shapes) -> list[str]:
    return [str(text) for role, text in shapes.graph.predicate_objects() if str(role) == f"{SH}message"]


@pytest.mark.parametrize(
    ("text", "datatype", "right"),
    [
        *((text, "date", True) for text in ("-0044-03-15", "0000-02-29", "2000-02-29", "12026-01-01", "-0044-03-15Z")),
        *((text, "date", False) for text in ("1900-02-29", "-0045-02-29", "44-03-15", "1815", "1815-W02-1")),
        *((text, "gYear", text != "18") for text in ("1815", "-0044", "12026", "18")),
        *((text, "gYearMonth", text != "1815-13") for text in ("1815-12", "-0044-03", "1815-13")),
        ("in the spring", "string", True),
        ("1815", "integer", False),
    ],
)
def test_a_day_of_any_calendar_is_a_date(
    text: str, datatype: str, right: bool, shapes: Shapes, caplog: pytest.LogCaptureFixture
) -> None:
    """A date before the year 1 or after 9999 is one; what no calendar has is told as written, and rdflib is mute."""
    value = _number(text, datatype)
    graph = ox.NamedNode("urn:g")
    found = list(shape_problems([ox.Quad(ox.NamedNode("urn:a"), _BORN, value, graph)], shapes))
    wrong = Problem(
        *("urn:g", str(value), next(item for item in _messages(shapes) if "date property" in item)),
        *(f"{SH}OrConstraintComponent", f"{SHAPE}Date", "", str(value)),
    )
    assert found == ([] if right else [wrong])
    assert caplog.records == []


_BORN = ox.NamedNode(f"{KGB}dateOfBirth")


def test_a_shape_knows_whose_values_it_is_for(shapes: Shapes) -> None:
    """The properties whose values the shape of dates checks, and none for a shape of nodes."""
    assert {_BORN.value, f"{KGB}inception"} < shapes.values_of(f"{SHAPE}Date")
    assert shapes.values_of(f"{SHAPE}Evidence") == frozenset()


def test_checking_leaves_the_shapes_as_they_are(ada: ClaimedDocument, make_graph: MakeGraph, shapes: Shapes) -> None:
    """A document after a faulty one is not blamed for it."""
    claim = replace(ada.claims[0], probability=1.5)
    wrong = replace(ada, claims=(claim, *ada.claims[1:]))
    turns = [len(list(shape_problems(make_graph(item).quads, shapes))) for item in (wrong, ada, wrong)]
    assert turns == [1, 0, 1]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no turtle", "expected Turtle, came something else: line 1"),
        (f"{_HEAD} sh:path <urn:p> .", "expected shapes of SHACL Core, .*NodeShape cannot be the subject"),
        (f'{_HEAD} sh:property [ sh:path <urn:p> ; sh:minCount "two" ] .', "expected shapes of SHACL Core, .*minCount"),
    ],
)
def test_what_are_no_shapes_is_told(text: str, reason: str, tmp_path: Path) -> None:
    """A file that is no Turtle, and shapes that are malformed, are refused with the file's name and the reason."""
    path = tmp_path / "mine.ttl"
    path.write_text(text, encoding="utf-8")
    node = ox.NamedNode("urn:p")
    with pytest.raises(OntologyError, match=f"shapes file '.*mine.ttl': {reason}"):
        list(shape_problems([ox.Quad(node, node, node, node)], load_shapes(path)))


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    """A shapes file that is not there is told."""
    with pytest.raises(MissingError, match=r"shapes file '.*none\.ttl' does not exist"):
        load_shapes(tmp_path / "none.ttl")
