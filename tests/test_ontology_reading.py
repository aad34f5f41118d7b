"""Ontologies of other people: what they lack has a substitute that is stated once, or is an error with the term."""

import logging
import re
from pathlib import Path

import pytest

from kgbuild.errors import OntologyError
from kgbuild.ontology import EntityClass, Ontology, Property, load_ontology

EX = "http://example.org/"
PREFIXES = f"""
@prefix : <{EX}> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
PEOPLE = """
:Person a owl:Class ; rdfs:label "person" ; skos:notation "PER" .
:Writer a owl:Class ; rdfs:label "writer" ; rdfs:subClassOf :Person .
:Poet a owl:Class ; rdfs:label "poet" ; rdfs:subClassOf :Writer .
:Firm a owl:Class ; rdfs:label "firm" ; skos:notation "ORG" .
"""
ENDS = "rdfs:domain owl:Thing ; rdfs:range owl:Thing"
"""Any head and any tail, said in so many words."""


def load(folder: Path, turtle: str) -> Ontology:
    path = folder / "own.ttl"
    path.write_text(PREFIXES + turtle, encoding="utf-8")
    return load_ontology(path)


def property_of(folder: Path, statements: str, beside: str = "") -> Property:
    return load(folder, f'{beside}\n:p a owl:ObjectProperty ; rdfs:label "p" ; {statements} .').by_iri[f"{EX}p"]


def domain_of(folder: Path, named: str) -> frozenset[str]:
    return property_of(folder, f"rdfs:domain {named}", PEOPLE).domain


def test_a_copy_tells_nothing_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A run reads its own copy of the ontology: what was told of the one is not told of the other."""
    turtle = ':copied a owl:ObjectProperty ; rdfs:label "copied" ; rdfs:domain owl:Thing .'
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        assert load(folder, turtle).notes
    assert len(caplog.records) == 1


def test_an_ontology_that_lacks_nothing_has_no_notes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What states all that is read is read in silence."""
    own = load(tmp_path, f'{PEOPLE} :p a owl:ObjectProperty ; rdfs:label "p" ; {ENDS} .')
    assert own.notes == ()
    assert caplog.records == []


def test_a_note_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A fallback is a warning that names file and term, and a second reading says nothing more."""
    turtle = ':told a owl:ObjectProperty ; rdfs:label "told" ; rdfs:domain owl:Thing .'
    first, second = load(tmp_path, turtle), load(tmp_path, turtle)
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == f"ontology {str(tmp_path / 'own.ttl')!r}: {first.notes[0]}"
    assert first.notes == second.notes == (f"a property without rdfs:range may have anything as its tail: {EX}told",)


NOTED = [
    (':p rdfs:label "p" .', f"a property without rdfs:domain may have anything as its head: {EX}p"),
    (':p rdfs:label "p" .', f"a property without rdfs:range may have anything as its tail: {EX}p"),
    (':p rdfs:label "p" ; rdfs:domain :Alien .', f"head: {EX}p ({EX}Alien)"),
    (':p rdfs:label "p" ; rdfs:domain "Person" .', f"head: {EX}p (Person)"),
    (':p rdfs:label "p" ; rdfs:range :Alien .', f"anything as its tail: {EX}p ({EX}Alien)"),
    (
        ':p rdfs:label "p" ; rdfs:range xsd:date .',
        f"its tail is a thing: {EX}p (http://www.w3.org/2001/XMLSchema#date)",
    ),
    (
        ':p rdfs:label "p" . :q a owl:DatatypeProperty ; rdfs:label "q" ; rdfs:range xsd:anyURI .',
        f"date, number or words: {EX}q (http://www.w3.org/2001/XMLSchema#anyURI)",
    ),
    (':p rdfs:label "Vater"@de .', f"in another language is read: {EX}p ('Vater'@de)"),
    (
        ':p rdfs:label "p" . :q a rdf:Property ; rdfs:label "p" .',
        f"means the first of them in annotated data: 'p' of {EX}p, {EX}q",
    ),
    (
        ':p rdfs:label "p" . :A a owl:Class ; rdfs:label "a" . :B a owl:Class ; rdfs:label "a" .',
        f"becomes one of the first: 'a' of {EX}A, {EX}B",
    ),
    (
        ':p rdfs:label "p" . :q a rdf:Property ; rdfs:label "q" ; owl:deprecated true .',
        f"what is deprecated was left out: {EX}q",
    ),
    (
        ':p rdfs:label "p" . :q a rdf:Property . :A a owl:Class .',
        f"what has neither rdfs:label nor skos:prefLabel was left out: {EX}A, {EX}q",
    ),
    (
        ':p rdfs:label "p" . :A a owl:Class ; rdfs:label "a" ; rdfs:subClassOf :B . '
        ':B a owl:Class ; rdfs:label "b" ; rdfs:subClassOf :A .',
        f"a class in a cycle of rdfs:subClassOf is taken for all the others: {EX}A, {EX}B",
    ),
    (
        ':p rdfs:label "p" ; rdfs:subPropertyOf :q . :q a rdf:Property ; rdfs:label "q" ; rdfs:subPropertyOf :p .',
        f"where it states none: {EX}p, {EX}q",
    ),
]


@pytest.mark.parametrize(("turtle", "expected"), NOTED)
def test_each_fallback_names_its_terms(turtle: str, expected: str, tmp_path: Path) -> None:
    """Each thing that is left out or replaced has one note that ends with the terms it is about."""
    notes = load(tmp_path, f":p a owl:ObjectProperty . {turtle}").notes
    assert len([note for note in notes if note.endswith(expected)]) == 1


def test_two_thousand_properties_have_few_notes(tmp_path: Path) -> None:
    """However many terms lack something, there is one line for each kind of lack, with three terms and a number."""
    many = "".join(f':p{n:04} a rdf:Property ; rdfs:label "relation {n}" .' for n in range(2_000))
    own = load(tmp_path, many)
    assert len(own.properties) == 2_000
    assert [note.partition(": ")[2] for note in own.notes] == [f"{EX}p0000, {EX}p0001, {EX}p0002 and 1,997 more"] * 2


@pytest.mark.parametrize("mark", ["true", '"true"', '"1"^^xsd:boolean', '"TRUE"'])
def test_deprecation_has_several_spellings(mark: str, tmp_path: Path) -> None:
    """A property is deprecated by any spelling of true, or by OWL's class for such properties."""
    for statement in (f"owl:deprecated {mark}", "a owl:DeprecatedProperty"):
        turtle = f':old a rdf:Property ; rdfs:label "old" ; {statement} . :new a rdf:Property ; rdfs:label "new" .'
        assert [item.label for item in load(tmp_path, turtle).properties] == ["new"]


def test_a_deprecated_class_restricts_nothing(tmp_path: Path) -> None:
    """A domain that names a deprecated class takes any head, since no entity becomes one; so does its class."""
    old = ':Old a owl:Class ; rdfs:label "old" ; owl:deprecated true .'
    own = load(tmp_path, f'{old} :p a rdf:Property ; rdfs:label "p" ; rdfs:domain :Old ; rdfs:range owl:Thing .')
    assert own.classes == ()
    assert own.properties[0].domain == frozenset()
    assert [note.partition(": ")[2] for note in own.notes] == [f"{EX}Old", f"{EX}p ({EX}Old)"]


def test_an_ontology_of_deprecated_properties_says_so(tmp_path: Path) -> None:
    """Where every property is left out the error names them and why."""
    turtle = ':old a rdf:Property ; rdfs:label "old" ; owl:deprecated true . :bare a rdf:Property .'
    expected = rf"expected .*, came none; what is deprecated was left out: {EX}old; .*{EX}bare; add one"
    with pytest.raises(OntologyError, match=f"no property to look for: {expected}"):
        load(tmp_path, turtle)


@pytest.mark.parametrize("iri", [r"http://x/a\u0020b", "http://x/a|b", "http://x/{a}"])
def test_a_malformed_iri_is_an_error(iri: str, tmp_path: Path) -> None:
    """A term whose IRI no store would take is named before anything is built."""
    with pytest.raises(OntologyError, match="is no IRI") as caught:
        load(tmp_path, f'<{iri}> a rdf:Property ; rdfs:label "p" .')
    assert caught.value.subject == iri.replace(r"\u0020", " ")
    assert repr(caught.value.subject) in str(caught.value)


def test_a_union_without_end_is_an_error(tmp_path: Path) -> None:
    """A list that leads back to itself is named by the property that uses it."""
    with pytest.raises(OntologyError, match=rf"'{EX}p' is a union whose list has no end") as caught:
        property_of(tmp_path, "rdfs:domain [ owl:unionOf _:l ]", "_:l rdf:first :A ; rdf:rest _:l .")
    assert caught.value.subject == f"{EX}p"


def test_a_subclass_satisfies_a_domain(tmp_path: Path) -> None:
    """The notations of all classes below the domain are among its own; those of other classes are not."""
    assert domain_of(tmp_path, ":Person") == {"PER", "writer", "poet"}
    assert domain_of(tmp_path, ":Firm") == {"ORG"}


def test_a_class_without_notation_takes_names_of_the_class_above(tmp_path: Path) -> None:
    """A recogniser that knows persons alone may have found a writer; it has not found a firm."""
    assert domain_of(tmp_path, ":Writer") == {"writer", "poet", "PER"}
    assert domain_of(tmp_path, ":Poet") == {"poet", "PER"}


def test_a_class_of_another_vocabulary_has_its_subclasses(tmp_path: Path) -> None:
    """A domain that is described by its subclasses alone is known by them."""
    beside = ':Film a owl:Class ; rdfs:label "film" ; rdfs:subClassOf schema:CreativeWork .'
    assert property_of(tmp_path, "rdfs:domain schema:CreativeWork", beside).domain == {"film"}


def test_classes_of_a_cycle_stand_for_each_other(tmp_path: Path) -> None:
    """A domain in a cycle takes the notations of all classes of the cycle, and reading comes to an end."""
    cycle = ":A a owl:Class ; rdfs:label 'a' ; rdfs:subClassOf :B . :B a owl:Class ; rdfs:label 'b' ; "
    assert property_of(tmp_path, "rdfs:domain :B", f"{cycle} rdfs:subClassOf :A .").domain == {"a", "b"}


def test_a_class_below_itself_is_no_cycle(tmp_path: Path) -> None:
    """The statement that a class is its own subclass, which reasoners write, goes without a note."""
    itself = ":A a owl:Class ; rdfs:label 'a' ; rdfs:subClassOf :A ."
    own = load(tmp_path, f'{itself} :p a rdf:Property ; rdfs:label "p" ; rdfs:domain :A ; rdfs:range :A .')
    assert own.notes == ()
    assert own.classes[0].parents == ()


def test_domain_and_range_come_from_the_property_above(tmp_path: Path) -> None:
    """A property without domain or range has those of the nearest property above that states them, its own first."""
    beside = (
        f"{PEOPLE} :top a rdf:Property ; rdfs:label 'top' ; rdfs:domain :Person ; rdfs:range :Firm . "
        ":mid a rdf:Property ; rdfs:label 'mid' ; rdfs:subPropertyOf :top ; rdfs:domain :Poet ."
    )
    found = property_of(tmp_path, "rdfs:subPropertyOf :mid", beside)
    assert (found.domain, found.range) == ({"poet", "PER"}, {"ORG"})
    assert found.parents == (f"{EX}mid", f"{EX}top")


def test_a_nested_union_is_opened(tmp_path: Path) -> None:
    """A union within a union, or a class that is itself one, counts by its members."""
    agent = "[ owl:unionOf ( :Firm :Agent ) ] . :Agent owl:unionOf ( :Poet [ owl:unionOf ( :Firm ) ] )"
    assert domain_of(tmp_path, agent) == {"ORG", "poet", "PER"}


def test_thing_takes_anything(tmp_path: Path) -> None:
    """A union that holds the class of all things restricts nothing."""
    assert domain_of(tmp_path, "[ owl:unionOf ( :Firm owl:Thing ) ]") == frozenset()


def test_words_of_a_property(tmp_path: Path) -> None:
    """Alternative labels, the comment beside a definition, and examples are read in English or without language."""
    found = property_of(
        tmp_path,
        'rdfs:label "P"@de ; skos:prefLabel "the p" ; skos:altLabel "a  p"@en-GB , "ein P"@de , "p" ; '
        'skos:definition "D." ; rdfs:comment "C." ; skos:example "Ada p Ben." , "Ada und Ben."@de , :ada',
    )
    assert (found.labels, found.definition, found.comment) == (("a p", "the p"), "D.", "C.")
    assert found.examples == ("Ada p Ben.",)
    assert found.text == "p, a p, the p: D."


def test_a_vector_is_made_of_all_names_that_there_is_room_for(tmp_path: Path) -> None:
    """Three names beside the label are read, none twice in other letters; a label alone stays alone."""
    names = ", ".join(f'"{name}"' for name in ("P", "e", "d", "D", "c", "b"))
    assert property_of(tmp_path, f'skos:altLabel {names} ; skos:definition "It is so."').text == "p, D, b, c: It is so."
    assert property_of(tmp_path, 'skos:altLabel "q"').text == "p, q"
    assert property_of(tmp_path, ENDS).text == "p"


def test_words_of_a_class(tmp_path: Path) -> None:
    """A class has the same words as a property, and the classes of the ontology above it."""
    beside = (
        ':A a owl:Class ; rdfs:label "a" ; skos:altLabel "alpha" ; skos:definition "D." ; rdfs:comment "C." ; '
        'skos:example "x" ; rdfs:subClassOf :B , schema:Thing . :B a owl:Class ; rdfs:label "b" .'
    )
    own = load(tmp_path, f'{beside} :p a rdf:Property ; rdfs:label "p" .')
    assert own.classes[0] == EntityClass(f"{EX}A", "a", "D.", "a", ("alpha",), "C.", ("x",), (f"{EX}B",))


def test_a_comment_that_is_the_definition_is_not_said_twice(tmp_path: Path) -> None:
    """Where the comment serves as the definition there is no other comment."""
    found = property_of(tmp_path, 'rdfs:comment "C."')
    assert (found.definition, found.comment) == ("C.", "")


def test_labels_of_another_language_stay_together(tmp_path: Path) -> None:
    """Beside a label in German the German ones are read, those of a third language are not."""
    turtle = ':p a rdf:Property ; rdfs:label "Vater"@de ; skos:altLabel "Papa"@de-AT , "pere"@fr , "V" .'
    assert load(tmp_path, turtle).properties[0].labels == ("Papa", "V")


def test_blank_labels_are_none(tmp_path: Path) -> None:
    """A label of white space is passed over for another one."""
    assert load(tmp_path, ':p a rdf:Property ; rdfs:label " "@en , "p"@de .').properties[0].label == "p"


def test_words_change_the_digest(tmp_path: Path) -> None:
    """An alternative label, an example or a superclass makes another ontology."""
    said = ("", ' ; skos:altLabel "q"', ' ; skos:example "q"', " ; rdfs:subPropertyOf :r", ' ; rdfs:comment "q"')
    beside = ':r a rdf:Property ; rdfs:label "r" . :p a rdf:Property ; rdfs:label "p" ; skos:definition "d"'
    assert len({load(tmp_path, f"{beside}{statement} .").digest for statement in said}) == len(said)


def test_keys_have_an_order(tmp_path: Path) -> None:
    """A local name goes before another property's label, a label before an alternative label."""
    turtle = (
        ':a a rdf:Property ; rdfs:label "b" ; skos:altLabel "c" . :b a rdf:Property ; rdfs:label "c" ; '
        'skos:altLabel "both" , "own" . :d a rdf:Property ; rdfs:label "d" ; skos:altLabel "both" .'
    )
    found = {key: re.sub(r".*/", "", item.iri) for key, item in load(tmp_path, turtle).by_key.items()}
    assert {key: found[key] for key in ("a", "b", "c", "d", "own")} == {
        "a": "a",
        "b": "b",
        "c": "b",
        "d": "d",
        "own": "b",
    }
    assert "both" not in found


def test_the_most_general_class_of_a_notation_is_meant(tmp_path: Path) -> None:
    """Of a class and its subclass with one notation the class is meant, of two beside each other the first."""
    turtle = (
        ':p a rdf:Property ; rdfs:label "p" . :Zoo a owl:Class ; rdfs:label "z" ; skos:notation "ORG" . '
        ':Ant a owl:Class ; rdfs:label "a" ; skos:notation "ORG" ; rdfs:subClassOf :Zoo . '
        ':B a owl:Class ; rdfs:label "x" ; skos:notation "LOC" . '
        ':C a owl:Class ; rdfs:label "y" ; skos:notation "LOC" .'
    )
    found = load(tmp_path, turtle).class_by_notation
    assert (found["ORG"].iri, found["LOC"].iri) == (f"{EX}Zoo", f"{EX}B")
