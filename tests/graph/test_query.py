"""SPARQL is answered for people and for programs."""

import json

import pytest
import rdflib

from kgbuild.errors import QueryError
from kgbuild.graph import GraphStore, QueryTable, run_query
from kgbuild.records import ClaimedDocument

from .conftest import MakeGraph

NAMES = "SELECT DISTINCT ?name { ?who a kgb:Person ; rdfs:label ?name } ORDER BY ?name"


@pytest.fixture
def filled(store: GraphStore, ada: ClaimedDocument, grace: ClaimedDocument, make_graph: MakeGraph) -> GraphStore:
    store.replace_documents([make_graph(ada), make_graph(grace)])
    return store


def test_select_sees_all_documents(filled: GraphStore) -> None:
    """A SELECT without GRAPH reads the union of all documents, the prefixes known."""
    names = ("Ada Lovelace", "Charles Babbage", "Grace Hopper", "Howard Aiken")
    assert run_query(filled, NAMES) == QueryTable(("name",), tuple((name,) for name in names))


def test_iris_are_shortened_and_unbound_is_empty(filled: GraphStore) -> None:
    """A table shows known prefixes, the characters of literals and nothing where a variable is unbound."""
    table = run_query(filled, "SELECT ?p ?v ?none { ?s ?p ?v . FILTER(?p = kgb:dateOfBirth) } LIMIT 1")
    assert table == QueryTable(("p", "v", "none"), (("kgb:dateOfBirth", "1815", ""),))


def test_ask(filled: GraphStore) -> None:
    """An ASK is one row that says true or false."""
    assert run_query(filled, "ASK { ?s kgb:workedWith ?o }") == QueryTable(("answer",), (("true",),))
    assert run_query(filled, "ASK { ?s kgb:bornIn ?o }") == QueryTable(("answer",), (("false",),))


def test_csv_and_json_are_the_standard_formats(filled: GraphStore) -> None:
    """CSV has a header line; JSON has head and results, as SPARQL 1.1 says."""
    text = run_query(filled, NAMES, format="csv")
    assert isinstance(text, str)
    assert text.splitlines()[:2] == ["name", "Ada Lovelace"]
    answer = json.loads(str(run_query(filled, NAMES, format="json")))
    assert answer["head"]["vars"] == ["name"]
    assert answer["results"]["bindings"][3]["name"] == {"type": "literal", "value": "Howard Aiken"}


def test_construct_is_turtle(filled: GraphStore) -> None:
    """A CONSTRUCT gives Turtle that another library reads with the same triples, the same each time."""
    sparql = "CONSTRUCT { ?s kgb:workedWith ?o } { ?s kgb:workedWith ?o }"
    text = run_query(filled, sparql, format="turtle")
    assert len(rdflib.Graph().parse(data=text, format="turtle")) == 2
    assert text == run_query(filled, sparql, format="turtle")
    table = run_query(filled, sparql)
    assert isinstance(table, QueryTable)
    assert (table.columns, len(table.rows)) == (("subject", "predicate", "object"), 2)


def test_a_declared_prefix_wins(filled: GraphStore) -> None:
    """A prefix that the query declares replaces the known one."""
    assert run_query(filled, "PREFIX kgb: <urn:x:> ASK { ?s kgb:workedWith ?o }") == QueryTable(
        ("answer",), (("false",),)
    )


@pytest.mark.parametrize(
    ("sparql", "place"),
    [
        ("SELECT ?x {\n  ?x kgb:p }", r"line 2, column \d+.*got '}'"),
        ("SELECT * { ?s ?p ?o", "line 1, column 20: .*got 'the end of the query'"),
        ("SELECT ?x { ?x unknown:y ?z }", "line 1, column"),
        ("DELETE WHERE { ?s ?p ?o }", "line 1, column"),
        ("", "line 1, column 1"),
    ],
)
def test_a_wrong_query_is_placed(filled: GraphStore, sparql: str, place: str) -> None:
    """A query that is none is refused on one line that names line and column; an update is none."""
    size = filled.counts().quads
    with pytest.raises(QueryError, match=place) as caught:
        run_query(filled, sparql)
    assert "\n" not in str(caught.value)
    assert filled.counts().quads == size


def test_formats_that_do_not_fit_are_named(filled: GraphStore) -> None:
    """Rows as Turtle and triples as CSV are refused with what would fit."""
    with pytest.raises(QueryError, match="no Turtle"):
        run_query(filled, NAMES, format="turtle")
    with pytest.raises(QueryError, match="use format 'turtle'"):
        run_query(filled, "DESCRIBE ?s { ?s kgb:workedWith ?o }", format="csv")
