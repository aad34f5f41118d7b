"""What must hold across the graphs of all documents, the catalogue, the runs and the facts.

Each query finds what breaks its rule, as `?graph` and `?node`; the facts are compared with what the evidence makes.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from kgbuild.graph.belief import Belief, all_subjects, beliefs_about, facts_about
from kgbuild.graph.merged import Merged
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
_STATED: Final = "a fact must be stated by the evidence of a document"
_AMONG: Final = "a triple that has evidence must be among the facts"
_COUNTED: Final = "a fact must count the documents that state it"
_BELIEVED: Final = "a fact must have the belief that its documents make"
_EVIDENCE: Final = """
SELECT ?graph ?node {{ GRAPH ?graph {{
  ?node rdf:subject {subject} ; rdf:object {object} ; rdf:predicate {predicate} ; a kgb:Evidence }} }}
"""
_MARK: Final = """
SELECT ?graph { GRAPH ?graph { ?graph prov:wasGeneratedBy ?run FILTER NOT EXISTS { ?graph kgb:textDigest ?digest } } }
"""
_SUBJECTS: Final = 500
"""Subjects whose facts are checked together."""


def invariant_problems(store: GraphStore, *, writing: bool = False) -> Iterator[Problem]:
    """What breaks a rule that spans graphs; while a run is `writing` only what no run will mend."""
    for message, sparql in {} if writing else _RULES.items():
        for row in store.select(sparql):
            yield Problem(term_text(row["graph"]), term_text(row["node"]), message)
    if any(True for _ in store.select(_MARK)):  # else what was written is not counted among the facts yet
        yield from _fact_problems(store)


def _fact_problems(store: GraphStore) -> Iterator[Problem]:
    """Facts that are not what the evidence makes, entities that are merged being one."""
    seen, subjects = Merged(store), all_subjects(store)
    while batch := list(islice(subjects, _SUBJECTS)):
        heads = list(dict.fromkeys(map(seen.one, batch)))
        made, held = beliefs_about(seen, heads), set()
        for fact in facts_about(store, dict.fromkeys((*batch, *heads))):
            held.add(fact.triple)
            message = _wrong(fact.belief, made.get(fact.triple))
            if message:
                yield Problem(fact.graph.value, fact.node.value, message)
        for triple in made.keys() - held:
            for told in seen.spellings(triple):
                query = _EVIDENCE.format(subject=told.subject, object=told.object, predicate=told.predicate)
                for row in store.select(query):
                    yield Problem(term_text(row["graph"]), term_text(row["node"]), _AMONG)


def _wrong(told: Belief, made: Belief | None) -> str:
    if made is None:
        return _STATED
    if told.documents != made.documents:
        return _COUNTED
    return "" if told.probability == made.probability else _BELIEVED
