"""What must hold across the graphs of all documents, the catalogue, the runs and the facts: each rule a query.

Each query finds what breaks its rule, as `?graph` and `?node`.
"""

from collections.abc import Iterator
from typing import Final

from kgbuild.graph.problems import Problem, term_text
from kgbuild.graph.store import GraphStore

__all__ = ["invariant_problems"]

_RULES: Final = {
    "a document of the catalogue must have been written by a run that has ended": """
        SELECT ?graph ?node { GRAPH ?graph { ?node kgb:textDigest ?digest }
          FILTER NOT EXISTS { GRAPH ?graph { ?node prov:wasGeneratedBy ?run }
            GRAPH ?runs { ?run a prov:Activity ; prov:endedAtTime ?end } } }""",
    "a change must have been made by a run that has ended": """
        SELECT ?graph ?node { GRAPH ?graph { ?node a kgb:Change
          FILTER NOT EXISTS { ?node prov:activity ?run . ?run a prov:Activity ; prov:endedAtTime ?end } } }""",
    "a document that was retracted must not be in the catalogue": """
        SELECT ?graph ?node { GRAPH ?graph { ?withdrawn kgb:retracts ?node . ?node kgb:textDigest ?digest } }""",
    "a stretch of text must be of the document whose graph holds it": """
        SELECT ?graph ?node { GRAPH ?graph { ?node nif:referenceContext ?document FILTER(?document != ?graph) } }""",
    "a claim must have evidence in the same graph": """
        SELECT DISTINCT ?graph ?node {
          { SELECT DISTINCT ?role { ?evidence a kgb:Evidence ; rdf:predicate ?role } }
          GRAPH ?graph { ?node ?role ?value
            FILTER NOT EXISTS { ?evidence rdf:subject ?node ; rdf:object ?value ; rdf:predicate ?role } } }""",
}
"""Queries by what they ask for, of all but the facts."""
_RULES_OF_FACTS: Final = {
    "a fact must be stated by the evidence of a document": """
        SELECT ?graph ?node { GRAPH ?graph { ?node a kgb:Fact ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o }
          FILTER NOT EXISTS { GRAPH ?document {
            ?evidence rdf:subject ?s ; rdf:object ?o ; rdf:predicate ?p ; a kgb:Evidence } } }""",
    "a triple that has evidence must be among the facts": """
        SELECT DISTINCT ?graph ?node { GRAPH ?graph {
            ?node a kgb:Evidence ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o }
          FILTER NOT EXISTS { GRAPH ?facts {
            ?fact rdf:subject ?s ; rdf:object ?o ; rdf:predicate ?p ; a kgb:Fact } } }""",
    "a fact must count the documents that state it": """
        SELECT ?graph ?node {
          { SELECT ?graph ?node ?told (COUNT(DISTINCT ?document) AS ?found) {
            GRAPH ?graph {
              ?node a kgb:Fact ; kgb:documentCount ?told ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o }
            GRAPH ?document { ?evidence rdf:subject ?s ; rdf:object ?o ; rdf:predicate ?p ; a kgb:Evidence }
          } GROUP BY ?graph ?node ?told }
          FILTER(?told != ?found) }""",
}
"""Those of the facts, which hold once all that was written is counted among them."""
_COUNTED: Final = """
SELECT ?graph { GRAPH ?graph { ?graph prov:wasGeneratedBy ?run FILTER NOT EXISTS { ?graph kgb:textDigest ?digest } } }
"""


def invariant_problems(store: GraphStore, *, writing: bool = False) -> Iterator[Problem]:
    """What breaks a rule that spans graphs; while a run is `writing` only what no run will mend."""
    counted = any(True for _ in store.select(_COUNTED))
    rules = ({} if writing else _RULES) | (_RULES_OF_FACTS if counted else {})
    for message, sparql in rules.items():
        for row in store.select(sparql):
            yield Problem(term_text(row["graph"]), term_text(row["node"]), message)
