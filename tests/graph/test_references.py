"""The things of an RDF vocabulary are read with their labels, types and descriptions."""

import pytest
from rdflib import Graph

from kgbuild.graph.references import TypesByClass, VocabularyTerms, vocabulary_terms
from kgbuild.ontology import EntityClass

PLACE = EntityClass("urn:o#Place", "place", "", "LOC")
TOWN = EntityClass("urn:o#Town", "town", "", "town", parents=("urn:o#Place",))
PERSON = EntityClass("urn:o#Person", "person", "", "PER")
CLASSES = (PLACE, TOWN, PERSON)
PREFIXES = """
@prefix : <urn:v#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix o: <urn:o#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <http://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""


def read(turtle: str) -> VocabularyTerms:
    """What a vocabulary in Turtle lists."""
    statements = Graph().parse(data=PREFIXES + turtle, format="turtle")
    return vocabulary_terms(statements, TypesByClass(CLASSES, statements))


def test_all_labels_are_names_and_the_english_one_is_shown() -> None:
    """Preferred, alternative, hidden labels and those of RDFS are names in any language, without blank ones."""
    (thing,) = read("""
        :a skos:prefLabel "München"@de , "Munich"@en ; skos:altLabel "Muenchen" , " " ; skos:hiddenLabel "Munchen" ;
           rdfs:label "Monaco di  Baviera"@it .
    """).things
    assert thing.label == "Munich"
    assert thing.names == ("Monaco di Baviera", "Muenchen", "Munchen", "Munich", "München")


def test_what_a_thing_is_about_is_its_description_and_what_it_is_related_to() -> None:
    """Definitions, notes and comments count, and the labels of related things, not their IRIs."""
    first, _ = read("""
        :a skos:prefLabel "Canton" ; skos:definition "Town of potteries." ; rdfs:comment "Old." ; skos:broader :b .
        :b skos:prefLabel "Ohio" .
    """).things
    assert first.about == "Ohio\nOld.\nTown of potteries."


@pytest.mark.parametrize(
    ("statement", "types"),
    [
        (":a a o:Place .", {"LOC", "town"}),
        (":a a o:Town .", {"LOC", "town"}),
        (
            ":a a :Village . :Village rdfs:subClassOf :Settlement . :Settlement owl:equivalentClass o:Place .",
            {"LOC", "town"},
        ),
        (":a a :Village . o:Place owl:equivalentClass :Village .", {"LOC", "town"}),
        (":a a :Village . :Village skos:exactMatch o:Place .", {"LOC", "town"}),
        (":a a schema:Person .", {"PER"}),
        (":a a skos:Concept .", set()),
        (":a a :Ship .", set()),
    ],
)
def test_a_class_comes_to_types_of_the_ontology(statement: str, types: set[str]) -> None:
    """By its IRI, by what is said of it, or by its name; classes above and below count."""
    terms = read(f':a rdfs:label "A" . {statement}')
    assert [thing.types for thing in terms.things] == [tuple(sorted(types))]
    assert dict(terms.unknown) == ({"urn:v#Ship": 1} if "Ship" in statement else {})


def test_classes_schemes_and_deprecated_things_are_left_out() -> None:
    """Only what can be named in a text is listed, and only what has an IRI and a label."""
    terms = read("""
        :s a skos:ConceptScheme ; rdfs:label "Scheme" . :c a owl:Class ; rdfs:label "Class" .
        :d rdfs:label "Gone" ; owl:deprecated true . :n rdfs:comment "No label." . [] rdfs:label "No IRI" .
        :a rdfs:label "A" .
    """)
    assert [thing.iri for thing in terms.things] == ["urn:v#a"]
    assert terms.iri == "urn:v#s"
