"""SHACL shapes, read once and checked by pyshacl over one document at a time (https://www.w3.org/TR/shacl/).

One call a document, not one for many: its time goes into nodes, hardly into calls (`benchmarks/shapes.py`), and in a
union of documents what one of them lacks would be made good by another that names the same entity.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from kgbuild.errors import OntologyError
from kgbuild.graph.convert import from_rdflib_term, rdflib_graph
from kgbuild.graph.problems import SHACL, Problem, term_text
from kgbuild.graph.vocabulary import PREFIXES, Rdf
from kgbuild.rdf_files import read_statements

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

__all__ = ["Shapes", "load_shapes", "shape_problems"]

_DATE, _DOUBLE = (ox.NamedNode(f"{PREFIXES['xsd']}{name}") for name in ("date", "double"))
_DECIMAL: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_DAY: Final = re.compile(r"(-?(?:[1-9]\d{3,}|0\d{3}))(-\d\d-\d\d)(.*)", re.ASCII)
_Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
_CYCLE: Final = 400
"""Years after which the calendar is the same again."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """Shapes that were read once, to check many documents."""

    path: Path
    """The file that they were read from."""
    graph: "Graph"
    """What it says."""
    owners: "Mapping[Node, str]"
    """IRI of the shape that each of its property shapes belongs to."""

    def values_of(self, shape: str) -> frozenset[str]:
        """IRIs of the properties whose values the shape is for."""
        from rdflib import SH, URIRef

        return frozenset(map(str, self.graph.objects(URIRef(shape), SH.targetObjectsOf)))


def load_shapes(path: Path) -> Shapes:
    """The shapes of a file. Raises: MissingError, OntologyError."""
    from rdflib import SH

    graph = read_statements(path, "shapes file")
    return Shapes(path, graph, {inner: str(shape) for shape, inner in graph.subject_objects(SH.property)})


def shape_problems(quads: Iterable[ox.Quad], shapes: Shapes) -> Iterator[Problem]:
    """What breaks a shape among the quads of one document's graph.

    Raises: OntologyError where a shape is malformed.
    """
    held = list(quads)
    graph = term_text(held[0].graph_name) if held else ""
    report = _report(held, shapes)
    for result in _objects(report, None, "result"):
        (node,), (component,), (source,) = (
            _objects(report, result, name) for name in ("focusNode", "sourceConstraintComponent", "sourceShape")
        )
        yield Problem(
            graph=graph,
            node=_text(node),
            message="; ".join(sorted(map(str, _objects(report, result, "resultMessage")))),
            constraint=str(component),
            shape=shapes.owners.get(source, str(source)),
            path="".join(map(_text, _objects(report, result, "resultPath"))),
            value="".join(map(_text, _objects(report, result, "value"))),
        )


def _report(quads: Iterable[ox.Quad], shapes: Shapes) -> "Graph":
    """What pyshacl has to say, as a `sh:ValidationReport`."""
    import pyshacl

    # subtle: a graph in memory, since a store would write literals anew, and a shape may tell them apart
    data = rdflib_graph(ox.Triple(subject, role, _as_python_reads(value)) for subject, role, value, _ in quads)
    report: Graph | Exception
    try:
        _, report, text = pyshacl.validate(data, shacl_graph=shapes.graph, inplace=True)
    except RuntimeError as error:  # ShapeLoadError, ConstraintLoadError and more
        raise _malformed(shapes, str(error)) from error
    if isinstance(report, Exception):
        raise _malformed(shapes, text)
    return report


def _malformed(shapes: Shapes, reason: str) -> OntologyError:
    told = " ".join(reason.split())
    return OntologyError(
        f"shapes file {str(shapes.path)!r}: expected shapes of SHACL Core, came something else: {told}; correct it",
        subject=shapes.path,
    )


def _as_python_reads(term: _Term) -> _Term:
    """The same term, but for numbers and days that Python takes for others than XML Schema does."""
    if not isinstance(term, ox.Literal):
        return term
    if term.datatype == Rdf.DECIMAL and not _DECIMAL.fullmatch(term.value):
        return ox.Literal(term.value, datatype=_DOUBLE)  # to Python `nan` and `1e0` are decimals too
    return _in_calendar(term) if term.datatype == _DATE else term


def _in_calendar(day: ox.Literal) -> ox.Literal:
    """The same day, or for one before the year 1 or after 9999 the like of it in a year that Python's calendar has."""
    match = _DAY.fullmatch(day.value)
    if match is None or date.min.year <= int(match[1]) <= date.max.year:
        return day
    like = f"{2000 + int(match[1]) % _CYCLE}{match[2]}"
    try:
        date.fromisoformat(like)
    except ValueError:  # no day of any year: it is told as it is written
        return day
    return ox.Literal(like + match[3], datatype=_DATE)


def _objects(report: "Graph", node: "Node | None", name: str) -> "list[Node]":
    from rdflib import URIRef

    return list(report.objects(node, URIRef(SHACL + name)))


def _text(term: "Node") -> str:
    return term_text(from_rdflib_term(term))
