"""Whether the graph is what it promises: shapes for each document, invariants over all (SHACL Core).

Shapes (https://www.w3.org/TR/shacl/) are checked in memory by pyshacl, one document at a time, before or after it is
written. What joins characters, evidence and triples is checked here: shapes cannot slice a text.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kgbuild.errors import MissingError, OntologyError
from kgbuild.graph.convert import rdflib_graph
from kgbuild.graph.store import GraphStore
from kgbuild.graph.vocabulary import Kgb, Nif, Prov, Rdf

if TYPE_CHECKING:
    import rdflib

__all__ = ["Problem", "Shapes", "ValidationReport", "load_shapes", "validate_document", "validate_graph"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One place where the graph is not what it promises."""

    graph: str
    """IRI of the graph."""
    node: str
    """IRI of the node that is wrong."""
    message: str
    """What was expected."""


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What was checked and what was found."""

    documents: int
    """Documents that were checked, at least 0."""
    problems: tuple[Problem, ...]
    """What is wrong, sorted; empty when all is well."""

    @property
    def conforms(self) -> bool:
        """Whether all is well."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Shapes:
    """Shapes that were read once, to check many documents."""

    graph: "rdflib.Graph"
    """The shapes as RDF."""


def load_shapes(path: Path) -> Shapes:
    """The shapes of a Turtle file.

    Raises: MissingError, OntologyError.
    """
    import rdflib

    if not path.is_file():
        raise MissingError(f"shapes {str(path)!r} do not exist; name a Turtle file", subject=path)
    try:
        return Shapes(rdflib.Graph().parse(path, format="turtle"))
    except Exception as error:  # rdflib raises many kinds, BadSyntax and UnicodeDecodeError among them
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise OntologyError(f"shapes {str(path)!r} are not Turtle: {first}", subject=path) from error


def validate_document(quads: Iterable[ox.Quad], shapes: Shapes) -> ValidationReport:
    """What is wrong with the graph of one document, by its shapes and by the characters that its spans claim."""
    held = list(quads)
    return ValidationReport(1, tuple(sorted({*_shape_problems(held, shapes), *_text_problems(held)})))


def validate_graph(store: GraphStore, shapes_path: Path) -> ValidationReport:
    """What is wrong with the graph: each document, and the catalogue against the graphs that are there.

    Raises: MissingError, OntologyError.
    """
    shapes = load_shapes(shapes_path)
    documents = store.catalogue()
    found = set(_catalogue_problems(store, documents))
    for document in documents:
        found.update(validate_document(store.quads(document), shapes).problems)
    return ValidationReport(len(documents), tuple(sorted(found)))


def _shape_problems(quads: list[ox.Quad], shapes: Shapes) -> Iterator[Problem]:
    import pyshacl
    from rdflib import RDF, SH

    name = _value(quads[0].graph_name) if quads else ""
    data = rdflib_graph(quad.triple for quad in quads)
    conforms, report, _ = pyshacl.validate(data, shacl_graph=shapes.graph)
    if not conforms:
        for result in report.subjects(RDF.type, SH.ValidationResult):
            messages = sorted(map(str, report.objects(result, SH.resultMessage)))
            yield Problem(name, str(report.value(result, SH.focusNode)), "; ".join(messages))


def _text_problems(quads: list[ox.Quad]) -> Iterator[Problem]:
    """Evidence whose triple is not asserted beside it, and spans whose characters are not those of the text."""
    name = _value(quads[0].graph_name) if quads else ""
    values = {(quad.subject, quad.predicate): quad.object for quad in quads}
    spans = {quad.subject for quad in quads if quad.predicate == Nif.ANCHOR}
    stray = {(quad.subject, quad.predicate) for quad in quads if quad.object not in spans}
    asserted = {quad.triple for quad in quads}
    text = next((quad.object for quad in quads if quad.predicate == Nif.IS_STRING), None)
    for node in (quad.subject for quad in quads if quad.predicate == Rdf.TYPE and quad.object == Kgb.EVIDENCE):
        parts = [values.get((node, role)) for role in (Rdf.SUBJECT, Rdf.PREDICATE, Rdf.OBJECT)]
        if None in parts or ox.Triple(*parts) not in asserted:  # type: ignore[arg-type]  # shapes check the kinds
            yield Problem(name, _value(node), "the triple of the evidence must be asserted in the same graph")
        for role in (Prov.DERIVED, Kgb.SUBJECT_MENTION, Kgb.OBJECT_MENTION):
            if (node, role) in stray or (node, role) not in values:
                yield Problem(name, _value(node), f"{_value(role)} must be a span of the same graph")
    for node in (quad.subject for quad in quads if quad.predicate == Nif.ANCHOR):
        begin, end, anchor = (values.get((node, role)) for role in (Nif.BEGIN, Nif.END, Nif.ANCHOR))
        if text is not None and _value(text)[_number(begin) : _number(end)] != _value(anchor):
            yield Problem(name, _value(node), f"nif:anchorOf {_value(anchor)!r} must be the characters of the text")


def _catalogue_problems(store: GraphStore, documents: Iterable[str]) -> Iterator[Problem]:
    """Documents of the catalogue without a graph, and graphs of documents that are not in the catalogue."""
    listed = set(documents)
    held = {_value(quad.subject) for quad in store.matching(None, Rdf.TYPE, Nif.CONTEXT)}
    named = {_value(quad.graph_name) for quad in store.matching(None, Rdf.TYPE, Nif.CONTEXT)}
    for document in listed - held:
        yield Problem(document, document, "a document of the catalogue must have a graph")
    for document in (held | named) - listed:
        yield Problem(document, document, "the document of a graph must be in the catalogue")


def _value(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else str(term)


def _number(term: object) -> int:
    """The index that a literal holds; 0 for what is none, which shapes report."""
    return int(term.value) if isinstance(term, ox.Literal) and term.value.isdecimal() else 0
