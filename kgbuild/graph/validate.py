"""Whether the graph is what it promises: shapes for each document, invariants over all (SHACL Core).

What joins characters, evidence and triples of a document is checked here: shapes cannot slice a text.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox

from kgbuild.graph.invariants import invariant_problems
from kgbuild.graph.problems import Problem, ValidationReport
from kgbuild.graph.shapes import Shapes, load_shapes, shape_problems
from kgbuild.graph.store import GraphStore
from kgbuild.graph.vocabulary import Kgb, Nif, Prov, Rdf

__all__ = ["validate_document", "validate_graph"]


def validate_document(quads: Iterable[ox.Quad], shapes: Shapes) -> ValidationReport:
    """What is wrong with the graph of one document, by its shapes and by the characters that its spans claim."""
    held = list(quads)
    return ValidationReport(1, tuple(sorted({*shape_problems(held, shapes), *_text_problems(held)})))


def validate_graph(store: GraphStore, shapes_path: Path, *, writing: bool = False) -> ValidationReport:
    """What is wrong with the graph: each document, the facts, and what must hold across all of them.

    While a run is `writing`, or was killed there, what it has still to say is not missed.

    Raises: MissingError, OntologyError.
    """
    shapes = load_shapes(shapes_path)
    documents = store.catalogue()
    found = {*_catalogue_problems(store, documents), *invariant_problems(store, writing=writing)}
    for graph in {quad.graph_name for quad in store.matching(None, Rdf.TYPE, Kgb.FACT)}:
        found.update(shape_problems(store.quads(_value(graph)), shapes))
    for document in documents:
        found.update(validate_document(store.quads(document), shapes).problems)
    return ValidationReport(len(documents), tuple(sorted(found)))


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
