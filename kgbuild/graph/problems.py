"""What a check of the graph finds, and its report as RDF (https://www.w3.org/TR/shacl/#validation-report)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from kgbuild.graph.vocabulary import PREFIXES, Rdf
from kgbuild.iris import digest_of

__all__ = ["SHACL", "Problem", "ValidationReport", "report_to_turtle", "term_text"]

SHACL: Final = "http://www.w3.org/ns/shacl#"
"""Namespace of SHACL."""
_IN_GRAPH: Final = ox.NamedNode(f"{PREFIXES['prov']}atLocation")
_Triple = tuple[ox.NamedNode | ox.BlankNode, ox.NamedNode, ox.NamedNode | ox.BlankNode | ox.Literal]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One place where the graph is not what it promises."""

    graph: str
    """IRI of the graph."""
    node: str
    """The node that is wrong: its IRI, or a value as N-Triples writes it."""
    message: str
    """What was expected."""
    constraint: str = ""
    """IRI of the SHACL constraint component that it breaks; empty where it breaks no shape."""
    shape: str = ""
    """IRI of the shape that it breaks; empty where it breaks none."""
    path: str = ""
    """IRI of the property whose values are wrong; empty where the node is."""
    value: str = ""
    """The wrong value, written as the node is; empty where there are too few or too many."""


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


def term_text(term: object) -> str:
    """An IRI as it is, any other term as N-Triples writes it."""
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def report_to_turtle(report: ValidationReport) -> str:
    """The report as a `sh:ValidationReport` in Turtle; `prov:atLocation` of a result is the graph that it is about."""
    prefixes = {"prov": PREFIXES["prov"], "rdf": PREFIXES["rdf"], "sh": SHACL, "xsd": PREFIXES["xsd"]}
    return (ox.serialize(_triples(report), format=ox.RdfFormat.TURTLE, prefixes=prefixes) or b"").decode()


def _triples(report: ValidationReport) -> Iterator[ox.Triple]:
    node = ox.BlankNode("report")
    conforms = ox.Literal("true" if report.conforms else "false", datatype=ox.NamedNode(f"{PREFIXES['xsd']}boolean"))
    yield ox.Triple(node, Rdf.TYPE, _sh("ValidationReport"))
    yield ox.Triple(node, _sh("conforms"), conforms)
    for problem in report.problems:
        result = ox.BlankNode(f"r{_digest(problem)[:32]}")
        yield ox.Triple(node, _sh("result"), result)
        for triple in _result_triples(result, problem):
            yield ox.Triple(*triple)


def _result_triples(result: ox.BlankNode, problem: Problem) -> Iterator[_Triple]:
    yield result, Rdf.TYPE, _sh("ValidationResult")
    yield result, _sh("resultSeverity"), _sh("Violation")
    yield result, _sh("focusNode"), _to_term(problem.node)
    # subtle: every result must name a component, and what shapes cannot say is a constraint in SPARQL
    yield (
        result,
        _sh("sourceConstraintComponent"),
        ox.NamedNode(problem.constraint or f"{SHACL}SPARQLConstraintComponent"),
    )
    yield result, _sh("resultMessage"), ox.Literal(problem.message)
    if problem.shape:
        yield result, _sh("sourceShape"), ox.NamedNode(problem.shape)
    if problem.path:
        yield result, _sh("resultPath"), ox.NamedNode(problem.path)
    if problem.value:
        yield result, _sh("value"), _to_term(problem.value)
    yield result, _IN_GRAPH, _to_term(problem.graph)


def _to_term(text: str) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """The mirror of `term_text`; words that are no term become a literal."""
    try:
        if text.startswith(('"', "_:")):
            term = next(iter(ox.parse(f"<x:s> <x:p> {text} .", ox.RdfFormat.N_TRIPLES))).object
            return term if isinstance(term, ox.BlankNode | ox.Literal) else ox.Literal(text)
        return ox.NamedNode(text)
    except (SyntaxError, ValueError):
        return ox.Literal(text)


def _digest(problem: Problem) -> str:
    parts = (problem.graph, problem.node, problem.message, problem.constraint)
    return digest_of(*parts, problem.shape, problem.path, problem.value)


def _sh(name: str) -> ox.NamedNode:
    return ox.NamedNode(SHACL + name)
