"""SPARQL 1.1 -> an answer for a person or a program (https://www.w3.org/TR/sparql11-query/)."""

import re
from dataclasses import dataclass
from typing import Literal

import pyoxigraph as ox

from kgbuild.errors import QueryError
from kgbuild.graph.facts import sort_triples
from kgbuild.graph.store import GraphStore
from kgbuild.graph.vocabulary import PREFIXES, shorten

__all__ = ["QueryFormat", "QueryTable", "run_query"]

QueryFormat = Literal["table", "csv", "json", "turtle"]
"""How an answer is given: `csv` and `json` for SELECT and ASK, `turtle` for CONSTRUCT and DESCRIBE, `table` for all."""

_RESULTS = {"csv": ox.QueryResultsFormat.CSV, "json": ox.QueryResultsFormat.JSON}


@dataclass(frozen=True, slots=True)
class QueryTable:
    """An answer in rows, as a person reads it."""

    columns: tuple[str, ...]
    """Names of the variables."""
    rows: tuple[tuple[str, ...], ...]
    """Values: an IRI with its prefix where one is known, a literal's characters, or empty where unbound."""


def run_query(store: GraphStore, sparql: str, *, format: QueryFormat = "table") -> QueryTable | str:
    """The answer over the union of all graphs: a `QueryTable` for `table`, else text in the format.

    The prefixes of `vocabulary.PREFIXES` need not be declared; a declaration in the query wins.
    Raises: QueryError.
    """
    try:
        answer = store.query(sparql)
        if isinstance(answer, ox.QueryTriples):
            return _triples_answer(answer, format, sparql)
        if format == "turtle":
            raise QueryError(
                "a SELECT or ASK query has rows, which are no Turtle; "
                "use format 'table', 'csv' or 'json', or write a CONSTRUCT query",
                subject=sparql,
            )
        return _table(answer) if format == "table" else _text(answer, format)
    except (SyntaxError, OSError, RuntimeError, ValueError) as error:
        raise QueryError(_message(error, sparql), subject=sparql) from error


def _text(answer: ox.QuerySolutions | ox.QueryBoolean, format: Literal["csv", "json"]) -> str:
    return (answer.serialize(format=_RESULTS[format]) or b"").decode()


def _triples_answer(answer: ox.QueryTriples, format: QueryFormat, sparql: str) -> QueryTable | str:
    if format == "turtle":
        triples = sort_triples(set(answer))
        return (ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES) or b"").decode()
    if format == "table":
        rows = sorted((_cell(item.subject), _cell(item.predicate), _cell(item.object)) for item in set(answer))
        return QueryTable(("subject", "predicate", "object"), tuple(rows))
    raise QueryError(
        f"a CONSTRUCT or DESCRIBE query has triples, which are no {format}; use format 'turtle' or 'table'",
        subject=sparql,
    )


def _table(answer: ox.QuerySolutions | ox.QueryBoolean) -> QueryTable:
    if isinstance(answer, ox.QueryBoolean):
        return QueryTable(("answer",), (("true" if answer else "false",),))
    columns = tuple(variable.value for variable in answer.variables)
    return QueryTable(columns, tuple(tuple(map(_cell, row)) for row in answer))


def _cell(term: object) -> str:
    if isinstance(term, ox.NamedNode):
        return shorten(term.value)
    if isinstance(term, ox.Literal):
        return term.value
    return "" if term is None else str(term)


def _message(error: Exception, sparql: str) -> str:
    """What is wrong and where, on one line, without the list of all characters that would have been right."""
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    place = re.match(r"error at (\d+):(\d+): ?(.*)", text)
    if place is None:
        return f"query cannot be answered: {text}"
    line, column, expected = int(place[1]), int(place[2]), place[3]
    lines = sparql.splitlines() or [""]
    rest = lines[line - 1][column - 1 :][:40] if line <= len(lines) else ""
    hint = f"{expected[:100]}, " if expected and not expected.startswith("expected one of") else ""
    return f"query is not SPARQL 1.1: line {line}, column {column}: {hint}got {rest or 'the end of the query'!r}"
