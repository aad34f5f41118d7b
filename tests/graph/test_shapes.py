"""Shapes are checked as pyshacl checks them."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib

from kgbuild.config import VOCABULARY
from kgbuild.errors import MissingError, OntologyError
from kgbuild.graph import Problem, Shapes, load_shapes, shape_problems
from kgbuild.graph.convert import rdflib_graph
from kgbuild.graph.lexical import is_lexical, number_of
from kgbuild.graph.vocabulary import Kgb, Nif, Prov, Rdf
from kgbuild.records import ClaimedDocument

from .conftest import KGB, XSD, MakeGraph

SHAPES = VOCABULARY / "shapes.ttl"
SH = "http://www.w3.org/ns/shacl#"
_INDEXES = (Nif.BEGIN, Nif.END)
TERMS: tuple[ox.NamedNode | ox.Literal, ...] = (
    ox.NamedNode("urn:x"),
    ox.Literal("words"),
    ox.Literal("mots", language="fr"),
    *(ox.Literal(text, datatype=Rdf.DECIMAL) for text in ("0", "0.5", "1", "1.1", "-0.1", "half")),
    *(ox.Literal(text, datatype=Rdf.INTEGER) for text in ("0", "7", "500", "-1", "1.5")),
    *(ox.Literal(text, datatype=ox.NamedNode(f"{XSD}date")) for text in ("1815-12-10", "1815-02-30", "1815")),
    ox.Literal("1815", datatype=ox.NamedNode(f"{XSD}gYear")),
)


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    return load_shapes(SHAPES)


@pytest.fixture(scope="module")
def reference() -> rdflib.Graph:
    return rdflib.Graph().parse(SHAPES, format="turtle")


def _spoilt(quads: list[ox.Quad], random: Random) -> list[ox.Quad]:
    """The quads with one taken out, one doubled with another object, or one whose object is another."""
    roles = [Kgb.CONFIDENCE, Rdf.SUBJECT, Rdf.OBJECT, Kgb.SUBJECT_MENTION, Prov.DERIVED, Rdf.LABEL]
    roles += [Nif.BEGIN, Nif.END, Nif.ANCHOR, Nif.IS_STRING, ox.NamedNode(f"{KGB}dateOfBirth")]
    number = random.choice([number for number, quad in enumerate(quads) if quad.predicate in roles])
    old = quads[number]
    new = ox.Quad(old.subject, old.predicate, random.choice(TERMS), old.graph_name)
    change = random.choice(([], [new], [old, new]))
    return list(dict.fromkeys([*quads[:number], *change, *quads[number + 1 :]]))


def _by_pyshacl(quads: list[ox.Quad], reference: rdflib.Graph) -> Iterator[tuple[str, ...]]:
    data = rdflib_graph(quad.triple for quad in quads)
    _, report, _ = pyshacl.validate(data, shacl_graph=reference)
    for result in report.subjects(rdflib.RDF.type, rdflib.SH.ValidationResult):
        found = [report.value(result, rdflib.URIRef(f"{SH}{name}")) for name in ("focusNode", "resultPath", "value")]
        component = str(report.value(result, rdflib.SH.sourceConstraintComponent))
        message = str(report.value(result, rdflib.SH.resultMessage))
        yield component, message, *("" if term is None else _text(term) for term in found)


def _text(term: object) -> str:
    """As pyoxigraph writes it, whose own literals are compared with rdflib's."""
    if not isinstance(term, rdflib.Literal):
        return str(term)
    datatype = None if term.datatype is None else ox.NamedNode(str(term.datatype))
    return str(ox.Literal(str(term), datatype=datatype, language=term.language))


def _ours(problem: Problem) -> tuple[str, ...]:
    return problem.constraint, problem.message, problem.node, problem.path, problem.value


def _compares(item: tuple[str, ...], nodes: set[str]) -> bool:
    return item[0] == f"{SH}LessThanConstraintComponent" and item[2] in nodes


def test_pyshacl_finds_the_same(
    ada: ClaimedDocument, make_graph: MakeGraph, shapes: Shapes, reference: rdflib.Graph
) -> None:
    """Documents with up to three faults break the same constraints, of every kind, at the same nodes and values."""
    random = Random(5)  # noqa: S311  no secret depends on it
    whole = [quad for quad in make_graph(ada).quads if quad.graph_name.value == ada.annotated.document.iri]
    components = set()
    for _ in range(40):
        quads = whole
        for _ in range(random.randint(1, 3)):
            quads = _spoilt(quads, random)
        # pyshacl puts what is no number in an order of its own, where SHACL wants a violation
        odd = {quad.subject.value for quad in quads if quad.predicate in _INDEXES and number_of(quad.object) is None}
        found = {item for item in map(_ours, shape_problems(quads, shapes)) if not _compares(item, odd)}
        assert found == {item for item in _by_pyshacl(quads, reference) if not _compares(item, odd)}
        components |= {component.removeprefix(SH).removesuffix("ConstraintComponent") for component, *_ in found}
    wanted = {"MinCount", "MaxCount", "NodeKind", "Datatype", "MinInclusive", "MaxInclusive", "LessThan", "Or"}
    assert components == wanted


def test_years_before_christ_are_dates() -> None:
    """A date before the year 1 is one, whatever other engines make of it, and a day that no calendar has is none."""
    date = ox.NamedNode(f"{XSD}date")
    texts = ("-0044-03-15", "0000-02-29", "2000-02-29", "12026-01-01", "1900-02-29", "2001-04-31", "44-03-15")
    right = [is_lexical(ox.Literal(text, datatype=date), date) for text in texts]
    assert right == [True, True, True, True, False, False, False]
    assert number_of(ox.Literal("12", datatype=date)) is None


def test_what_is_not_known_is_refused(tmp_path: Path) -> None:
    """A shapes file that uses more than is checked is refused by name, and so are one that is missing or no Turtle."""
    path = tmp_path / "shapes.ttl"
    path.write_text(f'@prefix sh: <{SH}> . <urn:s> a sh:NodeShape ; sh:pattern "a" .', encoding="utf-8")
    with pytest.raises(OntologyError, match=r"sh:minCount.*came 'http://www.w3.org/ns/shacl#pattern'"):
        load_shapes(path)
    path.write_text("no turtle", encoding="utf-8")
    with pytest.raises(OntologyError, match="are not Turtle"):
        load_shapes(path)
    with pytest.raises(MissingError, match="do not exist"):
        load_shapes(tmp_path / "none.ttl")
