"""The graph of a document, less what breaks the shapes: it is set aside with its reason, and the rest is written.

A claim is set aside where its own evidence, spans or value are at fault. Where no claim is, or where that does not
heal it, all claims and entities of the document are: the document stays in the catalogue, so that its text counts as
read, and what an earlier text of it said is gone like that of any document that has changed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from kgbuild.config import GraphSettings
from kgbuild.graph.problems import Problem, term_text
from kgbuild.graph.provenance import DocumentGraph, document_graph
from kgbuild.graph.quads import evidence_of, spans_of, to_term
from kgbuild.graph.shapes import Shapes, shape_problems
from kgbuild.graph.vocabulary import shorten
from kgbuild.iris import span_iri
from kgbuild.ontology import Ontology
from kgbuild.records import Claim, ClaimedDocument, Refusal

__all__ = ["CheckedGraph", "checked_graph"]

_CLAIM: Final = "claim-breaks-shape"
"""Claims are set aside."""
_DOCUMENT: Final = "document-breaks-shape"
"""All that the document says is."""


@dataclass(frozen=True, slots=True)
class CheckedGraph:
    """What is written for one document, and what is not."""

    claimed: ClaimedDocument
    """The document with the claims that are written."""
    graph: DocumentGraph
    """Their quads, none of which breaks a shape."""
    refusals: tuple[Refusal, ...] = ()
    """What broke one, each with its node, constraint and value, sorted; empty when all is well."""


def checked_graph(
    claimed: ClaimedDocument, ontology: Ontology, settings: GraphSettings, shapes: Shapes, *, recipe: str, run: str
) -> CheckedGraph:
    """What is written for the document, and what breaks the shapes and is set aside.

    Raises: StoreError where an IRI is none.
    """
    graph = document_graph(claimed, ontology, settings, recipe=recipe, run=run)
    problems = _problems(graph, shapes)
    if not problems:
        return CheckedGraph(claimed, graph)
    kept = _without_culprits(claimed, problems, shapes, settings.base)
    if kept is not None:
        graph = document_graph(kept, ontology, settings, recipe=recipe, run=run)
        if not _problems(graph, shapes):
            return CheckedGraph(kept, graph, tuple(_refusals(claimed, problems, _CLAIM)))
    bare = replace(claimed, claims=(), annotated=replace(claimed.annotated, entities=()))
    graph = document_graph(bare, ontology, settings, recipe=recipe, run=run)
    return CheckedGraph(bare, graph, tuple(_refusals(claimed, problems, _DOCUMENT)))


def _problems(graph: DocumentGraph, shapes: Shapes) -> list[Problem]:
    # subtle: the catalogue entry, whose quads come last, is of no class that a shape is for
    return sorted(set(shape_problems(graph.quads, shapes)))


def _without_culprits(
    claimed: ClaimedDocument, problems: Iterable[Problem], shapes: Shapes, base: str
) -> ClaimedDocument | None:
    """The document without the claims that are at fault; `None` where a problem is no claim's."""
    document, guilty = claimed.annotated.document.iri, set[int]()
    parts = [_parts(claim, document, base) for claim in claimed.claims]
    for problem in problems:
        roles = shapes.values_of(problem.shape)
        found = {
            number
            for number, (claim, nodes) in enumerate(zip(claimed.claims, parts, strict=True))
            if problem.node in nodes or (claim.predicate in roles and problem.node == _value(claim))
        }
        if not found:
            return None
        guilty |= found
    return replace(claimed, claims=tuple(claim for number, claim in enumerate(claimed.claims) if number not in guilty))


def _parts(claim: Claim, document: str, base: str) -> set[str]:
    """IRIs of the claim's evidence and spans."""
    spans = {span_iri(document, span.start, span.end) for span in spans_of(claim)}
    return {evidence_of(claim, document, base), *spans}


def _value(claim: Claim) -> str:
    return term_text(to_term(claim.object))


def _refusals(claimed: ClaimedDocument, problems: Iterable[Problem], reason: str) -> Iterator[Refusal]:
    source = claimed.annotated.document.source
    return (Refusal("write", source, reason, _detail(problem)) for problem in problems)


def _detail(problem: Problem) -> str:
    """The problem in one line, for a person."""
    place = f" of {shorten(problem.path)}" if problem.path else ""
    came = f", came {problem.value!r}" if problem.value else ""
    name = problem.constraint.rpartition("#")[2].removesuffix("ConstraintComponent")
    return f"{problem.node}: {problem.message} ({name}{place}{came})"
