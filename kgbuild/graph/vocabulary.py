"""The names that the graph is written with: prefixes and terms."""

from typing import Final

import pyoxigraph as ox

__all__ = [
    "KGB",
    "OWL_DIFFERENT",
    "OWL_SAME",
    "PREFIXES",
    "Kgb",
    "Nif",
    "Prov",
    "Rdf",
    "catalogue_graph",
    "decisions_graph",
    "facts_graph",
    "identity_graph",
    "ontology_graph",
    "runs_graph",
    "shorten",
]

KGB: Final = "https://w3id.org/kgbuild/ontology#"
"""Namespace of the evidence vocabulary (`ontology/provenance.ttl`), whatever ontology is used."""
PREFIXES: Final = {
    "dcterms": "http://purl.org/dc/terms/",
    "kgb": KGB,
    "nif": "http://persistence.uni-leipzig.org/nlp2rdf/ontologies/nif-core#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""Prefixes that every query and every export knows."""


def _term(name: str) -> ox.NamedNode:
    prefix, _, local = name.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + local)


OWL_SAME: Final = _term("owl:sameAs")
"""Leads from an entity to another that it is."""
OWL_DIFFERENT: Final = _term("owl:differentFrom")
"""Leads from a part of an entity to the entity that it is not."""


class Rdf:
    """Terms of RDF, RDF Schema, SKOS, Dublin Core and XML Schema that the graph uses."""

    TYPE: Final = _term("rdf:type")
    SUBJECT: Final = _term("rdf:subject")
    PREDICATE: Final = _term("rdf:predicate")
    OBJECT: Final = _term("rdf:object")
    LABEL: Final = _term("rdfs:label")
    ALT_LABEL: Final = _term("skos:altLabel")
    PREF_LABEL: Final = _term("skos:prefLabel")
    SOURCE: Final = _term("dcterms:source")
    TITLE: Final = _term("dcterms:title")
    DATE: Final = _term("dcterms:date")
    FORMAT: Final = _term("dcterms:format")
    INTEGER: Final = _term("xsd:integer")
    DECIMAL: Final = _term("xsd:decimal")
    DATE_TIME: Final = _term("xsd:dateTime")


class Kgb:
    """Terms of the evidence vocabulary."""

    EVIDENCE: Final = _term("kgb:Evidence")
    CONFIDENCE: Final = _term("kgb:confidence")
    FACT: Final = _term("kgb:Fact")
    BELIEF: Final = _term("kgb:belief")
    SUBJECT_MENTION: Final = _term("kgb:subjectMention")
    OBJECT_MENTION: Final = _term("kgb:objectMention")
    TEXT_DIGEST: Final = _term("kgb:textDigest")
    RECIPE: Final = _term("kgb:recipe")
    ORIGIN: Final = _term("kgb:origin")
    THRESHOLD: Final = _term("kgb:threshold")
    PRECISION: Final = _term("kgb:precision")
    DOCUMENT_COUNT: Final = _term("kgb:documentCount")
    REMOVED_COUNT: Final = _term("kgb:removedCount")
    CLAIM_COUNT: Final = _term("kgb:claimCount")
    CHANGE: Final = _term("kgb:Change")
    DOCUMENT: Final = _term("kgb:document")
    DOCUMENT_SOURCE: Final = _term("kgb:documentSource")
    ACTION: Final = _term("kgb:action")
    DIGEST: Final = _term("kgb:digest")
    TRIPLE_COUNT: Final = _term("kgb:tripleCount")
    REASON: Final = _term("kgb:reason")
    RETRACTION: Final = _term("kgb:Retraction")
    RETRACTS: Final = _term("kgb:retracts")
    REVIEW: Final = _term("kgb:Review")
    DECISION: Final = _term("kgb:Decision")
    VERDICT: Final = _term("kgb:verdict")
    CORRECTION: Final = _term("kgb:correction")
    DECIDED_IN: Final = _term("kgb:decidedIn")
    AGENT_NAME: Final = _term("kgb:agentName")


class Nif:
    """Terms of the NLP Interchange Format (https://persistence.uni-leipzig.org/nlp2rdf/)."""

    CONTEXT: Final = _term("nif:Context")
    STRING: Final = _term("nif:RFC5147String")
    IS_STRING: Final = _term("nif:isString")
    BEGIN: Final = _term("nif:beginIndex")
    END: Final = _term("nif:endIndex")
    ANCHOR: Final = _term("nif:anchorOf")
    REFERENCE: Final = _term("nif:referenceContext")


class Prov:
    """Terms of PROV-O (https://www.w3.org/TR/prov-o/)."""

    ENTITY: Final = _term("prov:Entity")
    ACTIVITY: Final = _term("prov:Activity")
    DERIVED: Final = _term("prov:wasDerivedFrom")
    GENERATED: Final = _term("prov:wasGeneratedBy")
    STARTED: Final = _term("prov:startedAtTime")
    ENDED: Final = _term("prov:endedAtTime")
    USED: Final = _term("prov:used")
    INFORMED: Final = _term("prov:wasInformedBy")
    BY_ACTIVITY: Final = _term("prov:activity")
    AGENT: Final = _term("prov:Agent")
    ASSOCIATED: Final = _term("prov:wasAssociatedWith")
    ATTRIBUTED: Final = _term("prov:wasAttributedTo")
    REVISION: Final = _term("prov:wasRevisionOf")


def catalogue_graph(base: str) -> ox.NamedNode:
    """Name of the graph that lists the documents."""
    return ox.NamedNode(f"{base}graph/catalog")


def decisions_graph(base: str) -> ox.NamedNode:
    """Name of the graph that lists what persons decided."""
    return ox.NamedNode(f"{base}graph/decisions")


def facts_graph(base: str) -> ox.NamedNode:
    """Name of the graph that says how far each triple is to be believed."""
    return ox.NamedNode(f"{base}graph/facts")


def identity_graph(base: str) -> ox.NamedNode:
    """Name of the graph that says which entities are one, and which of one name are two."""
    return ox.NamedNode(f"{base}graph/identity")


def ontology_graph(base: str) -> ox.NamedNode:
    """Name of the graph that says what the ontology calls its terms."""
    return ox.NamedNode(f"{base}graph/ontology")


def runs_graph(base: str) -> ox.NamedNode:
    """Name of the graph that lists the runs."""
    return ox.NamedNode(f"{base}graph/runs")


def shorten(iri: str) -> str:
    """`iri` with its known prefix, `kgb:Evidence`; the IRI itself where none fits."""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and len(iri) > len(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri
