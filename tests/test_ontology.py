"""The ontology's loader, and the three files that ship in `ontology/`."""

import re
from pathlib import Path

import pytest
from pyshacl import validate
from rdflib import OWL, RDF, RDFS, SKOS, XSD, Graph, Literal, Namespace, URIRef

from kgbuild.errors import MissingError, OntologyError
from kgbuild.ontology import DATE_TYPE, NUMBER_TYPE, Ontology, load_ontology

FOLDER = Path(__file__).parents[1] / "ontology"
KGB = Namespace("https://w3id.org/kgbuild/ontology#")
SH = Namespace("http://www.w3.org/ns/shacl#")
ENTITY_TYPES = {"PER", "ORG", "LOC", "MISC"}

KNOWN = """
    P6 P17 P19 P20 P22 P25 P26 P27 P30 P31 P35 P36 P37 P39 P40 P50 P54 P57 P58 P69 P84 P86 P101 P102 P105 P106
    P108 P112 P118 P123 P127 P131 P135 P136 P137 P140 P150 P155 P156 P159 P161 P162 P166 P170 P171 P172 P175 P176
    P178 P179 P190 P194 P205 P206 P241 P264 P272 P276 P279 P306 P355 P361 P364 P400 P403 P407 P449 P460 P463 P466
    P488 P495 P527 P551 P569 P570 P571 P576 P577 P580 P582 P585 P607 P674 P676 P706 P710 P737 P740 P749 P750 P800
    P807 P840 P931 P937 P974 P991 P1001 P1056 P1198 P1303 P1336 P1344 P1346 P1365 P1366 P1376 P1408 P1411 P1412
    P1435 P1441 P1877 P1923 P3373 P3450 P4552
"""
KNOWN_KEYS = KNOWN.split()

PREFIXES = """
@prefix : <http://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix kgb: <https://w3id.org/kgbuild/ontology#> .
@prefix nif: <http://persistence.uni-leipzig.org/nlp2rdf/ontologies/nif-core#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
"""
CLASSES = """
:Human a owl:Class ; rdfs:label "human" ; skos:notation "PER" .
:Firm a owl:Class ; rdfs:label "firm" .
"""

GOOD_DOCUMENT = """
:ada a kgb:Person ; rdfs:label "Ada Lovelace" ; kgb:placeOfBirth :london ; kgb:dateOfBirth "1815-12-10"^^xsd:date .
:london a kgb:Place ; rdfs:label "London" ; kgb:unemploymentRate 4.5 .
:e1 a kgb:Evidence ; rdf:subject :ada ; rdf:predicate kgb:placeOfBirth ; rdf:object :london ; kgb:confidence 0.93 ;
    prov:wasDerivedFrom :s1 ; kgb:subjectMention :m1 ; kgb:objectMention :m2 .
:e2 a kgb:Evidence ; rdf:subject :ada ; rdf:predicate kgb:dateOfBirth ; rdf:object "1815-12-10"^^xsd:date ;
    kgb:confidence 1.0 ; prov:wasDerivedFrom :s1 ; kgb:subjectMention :m1 ; kgb:objectMention :m2 .
:m1 a nif:RFC5147String ; nif:beginIndex 0 ; nif:endIndex 12 ; nif:anchorOf "Ada Lovelace" .
:m2 a nif:RFC5147String ; nif:beginIndex 25 ; nif:endIndex 31 ; nif:anchorOf "London" .
:d1 a nif:Context ; nif:isString "Ada Lovelace was born in London." .
"""


@pytest.fixture(scope="module")
def shipped() -> Ontology:
    return load_ontology(FOLDER / "kgbuild.ttl")


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return Graph().parse(FOLDER / "shapes.ttl")


def load(folder: Path, turtle: str) -> Ontology:
    path = folder / "own.ttl"
    path.write_text(PREFIXES + turtle, encoding="utf-8")
    return load_ontology(path)


def messages(document: str, shapes: Graph) -> list[str]:
    data = Graph().parse(data=PREFIXES + document, format="turtle")
    conforms, report, _ = validate(data, shacl_graph=shapes, inference="none", meta_shacl=False)
    found = sorted(str(message) for message in report.objects(None, SH.resultMessage))
    assert conforms is (not found)
    return found


@pytest.mark.parametrize("key", KNOWN_KEYS)
def test_every_annotated_relation_has_a_property(key: str, shipped: Ontology) -> None:
    """A relation of annotated data is found by the short key that the data uses, and by no other property's."""
    assert f"http://www.wikidata.org/prop/direct/{key}" in shipped.by_key[key].equivalents


def test_shipped_ontology_holds_the_known_relations_alone(shipped: Ontology) -> None:
    """There is one property for each known relation and none beside them."""
    assert len(KNOWN_KEYS) == len(set(KNOWN_KEYS)) == len(shipped.properties)


def test_shipped_ontology_names_itself(shipped: Ontology) -> None:
    """The shipped ontology is known by its own IRI."""
    assert shipped.iri == "https://w3id.org/kgbuild/ontology"


def test_shipped_classes_cover_the_notations_of_the_recogniser(shipped: Ontology) -> None:
    """Each type of the recogniser is one class or datatype, with a definition."""
    assert set(shipped.class_by_notation) == {*ENTITY_TYPES, DATE_TYPE, NUMBER_TYPE}
    assert len(shipped.classes) == 6
    assert all(item.definition for item in shipped.classes)


def test_short_keys_never_clash(shipped: Ontology) -> None:
    """Every key of every property leads to that property."""
    for item in shipped.properties:
        ends = (iri.rsplit("/", 1)[-1] for iri in item.equivalents)
        for key in (*ends, item.label, item.iri.rsplit("#", 1)[-1], item.iri):
            assert shipped.by_key[key] is item, key


def test_labels_are_unique(shipped: Ontology) -> None:
    """No two properties share a label, whatever the case."""
    assert len({item.label.lower() for item in shipped.properties}) == len(shipped.properties)


def test_definitions_say_what_head_and_tail_are(shipped: Ontology) -> None:
    """A definition is one sentence of 8 to 30 words that speaks of the head and of the tail, unlike any other."""
    for item in shipped.properties:
        assert 8 <= len(item.definition.split()) <= 30, item.label
        assert {"head", "tail"} <= set(re.findall(r"\w+", item.definition)), item.label
        assert item.definition.endswith("."), item.label
    assert len({item.definition for item in shipped.properties}) == len(shipped.properties)


def test_inverse_pairs_mirror_each_other(shipped: Ontology) -> None:
    """A property and its inverse point at each other, with domain and range exchanged."""
    pairs = [(item, shipped.by_iri[item.inverse]) for item in shipped.properties if item.inverse]
    assert len(pairs) == 14
    for item, inverse in pairs:
        assert inverse.inverse == item.iri != inverse.iri
        assert (inverse.domain, inverse.range) == (item.range, item.domain), item.label


def test_symmetric_properties_have_one_domain_and_range(shipped: Ontology) -> None:
    """What holds both ways has the same types at both ends."""
    symmetric = {item.label: item for item in shipped.properties if item.symmetric}
    assert set(symmetric) == {"sibling", "spouse", "twinned with", "said to be the same as"}
    assert all(item.domain == item.range for item in symmetric.values())


def test_domains_and_ranges_are_types_of_the_recogniser(shipped: Ontology) -> None:
    """A head is an entity; a tail is an entity, or always a date, or always a number."""
    for item in shipped.properties:
        assert item.domain, item.label
        assert item.domain <= ENTITY_TYPES, item.label
        assert item.range, item.label
        assert item.range <= ENTITY_TYPES or item.range in ({DATE_TYPE}, {NUMBER_TYPE}), item.label


def test_datatype_properties_are_those_with_values(shipped: Ontology) -> None:
    """OWL's kind of a property agrees with its range."""
    graph = Graph().parse(FOLDER / "kgbuild.ttl")
    with_values = {item.iri for item in shipped.properties if not item.range <= ENTITY_TYPES}
    assert {str(node) for node in graph.subjects(RDF.type, OWL.DatatypeProperty)} == with_values
    objects = {str(node) for node in graph.subjects(RDF.type, OWL.ObjectProperty)}
    assert objects == {item.iri for item in shipped.properties} - with_values


def test_functional_properties_are_the_few_that_are(shipped: Ontology) -> None:
    """Only what can have one value by nature is functional."""
    functional = {item.label for item in shipped.properties if item.functional}
    births_and_deaths = {f"{kind} of {event}" for kind in ("date", "place") for event in ("birth", "death")}
    dates = {"inception", "dissolved", "start time", "end time", "publication date"}
    assert functional == {*births_and_deaths, *dates, "father", "mother", "taxon rank"}


def test_evidence_vocabulary_is_documented_and_apart(shipped: Ontology) -> None:
    """Every term of the evidence vocabulary has label and definition, and none is a property to be scored."""
    graph = Graph().parse(FOLDER / "provenance.ttl")
    terms = {node for node in graph.subjects(RDF.type) if str(node).startswith(KGB)}
    names = (
        "Evidence confidence subjectMention objectMention textDigest recipe origin threshold precision documentCount "
        "removedCount claimCount Fact belief notAfter within contains Change document documentSource action digest "
        "tripleCount reason Retraction retracts Review Decision verdict correction decidedIn agentName "
        "IdentityDecision relatedTo"
    )
    assert terms == {KGB[name] for name in names.split()}
    for term in terms:
        assert graph.value(term, RDFS.label), term
        assert graph.value(term, SKOS.definition), term
        assert str(term) not in shipped.by_iri


def test_shapes_name_only_terms_that_exist(shipped: Ontology, shapes: Graph) -> None:
    """A shape aims at no class or property that was renamed."""
    provenance = Graph().parse(FOLDER / "provenance.ttl")
    known = {*shipped.by_iri, *(item.iri for item in shipped.classes), *map(str, provenance.subjects(RDF.type))}
    used = {str(node) for triple in shapes for node in triple if str(node).startswith(KGB)}
    assert used
    assert used <= known


def test_shapes_aim_at_every_property_with_values(shipped: Ontology, shapes: Graph) -> None:
    """Each property of dates or numbers has its values checked."""
    aimed = {str(node) for node in shapes.objects(None, SH.targetObjectsOf)}
    assert aimed == {item.iri for item in shipped.properties if not item.range <= ENTITY_TYPES}


def test_each_shape_that_checks_carries_a_message(shapes: Graph) -> None:
    """Whatever a shape finds is said in its own words."""
    checks = {*shapes.subjects(SH.path), *shapes.subjects(SH.nodeKind), *shapes.subjects(SH["or"])}
    assert checks
    assert all(shapes.value(node, SH.message) for node in checks)


def test_a_sound_document_conforms(shapes: Graph) -> None:
    """A document's graph as it is written has no violation."""
    assert messages(GOOD_DOCUMENT, shapes) == []


BAD = [
    ("rdf:subject :ada ; rdf:predicate kgb:p", "rdf:predicate kgb:p", "one rdf:subject"),
    ("rdf:predicate kgb:placeOfBirth ;", "rdf:predicate kgb:placeOfBirth , kgb:residence ;", "one rdf:predicate"),
    ("rdf:object :london ;", "", "one rdf:object"),
    ("rdf:object :london ;", "rdf:object [] ;", "one rdf:object"),
    ("kgb:confidence 0.93 ;", "", "one kgb:confidence"),
    ("kgb:confidence 0.93 ;", "kgb:confidence 0.93 , 0.94 ;", "one kgb:confidence"),
    ("kgb:confidence 0.93 ;", "kgb:confidence 1.01 ;", "one kgb:confidence"),
    ("kgb:confidence 0.93 ;", "kgb:confidence -0.1 ;", "one kgb:confidence"),
    ("kgb:confidence 0.93 ;", "kgb:confidence 9.3e-1 ;", "one kgb:confidence"),
    ("0.93 ;\n    prov:wasDerivedFrom :s1 ;", "0.93 ;", "must have prov:wasDerivedFrom"),
    ("kgb:subjectMention :m1 ; kgb:objectMention :m2 .\n:e2", "kgb:objectMention :m2 .\n:e2", "one kgb:subjectMention"),
    ("kgb:objectMention :m2 .\n:e2", 'kgb:objectMention "London" .\n:e2', "one kgb:objectMention"),
    (":e1 a", "[] a", "evidence must be named"),
    ("nif:beginIndex 0 ;", "", "one nif:beginIndex"),
    ("nif:beginIndex 0 ;", "nif:beginIndex -1 ;", "one nif:beginIndex"),
    ("nif:endIndex 12 ;", "nif:endIndex 12 , 13 ;", "one nif:endIndex"),
    ("nif:beginIndex 25 ;", "nif:beginIndex 31 ;", "begin before it ends"),
    ('nif:anchorOf "London"', "nif:anchorOf 7", "one nif:anchorOf"),
    ('nif:isString "', 'nif:isString "other" , "', "at most one nif:isString"),
    ('rdfs:label "London" ;', "", "at least one rdfs:label"),
    ('kgb:dateOfBirth "1815-12-10"^^xsd:date .\n:l', "kgb:dateOfBirth true .\n:l", "date property"),
    ('kgb:dateOfBirth "1815-12-10"^^xsd:date .\n:l', "kgb:dateOfBirth :london .\n:l", "date property"),
    ("kgb:unemploymentRate 4.5", 'kgb:unemploymentRate "2020"^^xsd:gYear', "number property"),
]


@pytest.mark.parametrize(("part", "instead", "expected"), BAD)
def test_each_fault_is_found_and_named(part: str, instead: str, expected: str, shapes: Graph) -> None:
    """One fault in a sound document gives violations that all speak of that fault."""
    assert GOOD_DOCUMENT.count(part) == 1
    found = messages(GOOD_DOCUMENT.replace(part, instead), shapes)
    assert found
    assert all(expected in message for message in found)


def test_union_of_classes_is_a_set_of_notations(tmp_path: Path) -> None:
    """A union as domain is opened; a class without notation goes by its label."""
    own = load(
        tmp_path, CLASSES + ':p a owl:ObjectProperty ; rdfs:label "p" ; rdfs:domain [ owl:unionOf (:Human :Firm) ] .'
    )
    assert own.properties[0].domain == {"PER", "firm"}
    assert own.properties[0].range == frozenset()


def test_unknown_class_lets_anything_pass(tmp_path: Path) -> None:
    """A domain that names a class without a description, alone or in a union, restricts nothing."""
    turtle = (
        ':p a owl:ObjectProperty ; rdfs:label "p" ; rdfs:domain [ owl:unionOf (:Human :Alien) ] ; rdfs:range :Alien .'
    )
    own = load(tmp_path, CLASSES + turtle)
    assert own.properties[0].domain == own.properties[0].range == frozenset()


@pytest.mark.parametrize(
    ("datatype", "expected"),
    [
        (XSD.date, DATE_TYPE),
        (XSD.gYear, DATE_TYPE),
        (XSD.dateTime, DATE_TYPE),
        (XSD.integer, NUMBER_TYPE),
        (XSD.decimal, NUMBER_TYPE),
    ],
)
def test_datatypes_become_dates_and_numbers(datatype: URIRef, expected: str, tmp_path: Path) -> None:
    """A range of XML Schema is the type of mention that can become such a value."""
    own = load(tmp_path, f':p a owl:DatatypeProperty ; rdfs:label "p" ; rdfs:range <{datatype}> .')
    assert own.properties[0].range == {expected}


def test_string_range_lets_anything_pass(tmp_path: Path) -> None:
    """A datatype that no mention becomes restricts nothing."""
    own = load(tmp_path, ':p a owl:DatatypeProperty ; rdfs:label "p" ; rdfs:range xsd:string .')
    assert own.properties[0].range == frozenset()


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ('"Vater"@de , "pere" , "father"@en', "father"),
        ('"Vater"@de , "father"@en-GB , "a plain one"', "father"),
        ('"Vater"@de , "pere"', "pere"),
        ('"fader"@enm , "pere"', "pere"),
        ('"pere"@fr , "Vater"@de', "Vater"),
        ('"two   words"@en', "two words"),
    ],
)
def test_english_is_preferred(labels: str, expected: str, tmp_path: Path) -> None:
    """A label is the English one, else the one without language, else the first in order of the alphabet."""
    assert load(tmp_path, f":p a owl:ObjectProperty ; rdfs:label {labels} .").properties[0].label == expected


def test_label_and_definition_have_substitutes(tmp_path: Path) -> None:
    """SKOS labels and RDFS comments serve where the usual ones are missing, and the encoder reads both."""
    own = load(tmp_path, ':p a rdf:Property ; skos:prefLabel "knows" ; rdfs:comment "Has met." .')
    assert own.properties[0].text == "knows: Has met."


def test_text_without_definition_is_the_label(tmp_path: Path) -> None:
    """A property without a definition is read by its label alone."""
    assert load(tmp_path, ':p a rdf:Property ; rdfs:label "knows" .').properties[0].text == "knows"


def test_deprecated_properties_are_left_out(tmp_path: Path) -> None:
    """A property marked deprecated is not scored; one marked as not deprecated is."""
    turtle = ':old a owl:ObjectProperty ; rdfs:label "old" ; owl:deprecated true .'
    turtle += ':new a owl:ObjectProperty ; rdfs:label "new" ; owl:deprecated false .'
    assert [item.label for item in load(tmp_path, turtle).properties] == ["new"]


def test_inverse_is_known_from_either_side(tmp_path: Path) -> None:
    """An inverse stated once is known to both properties."""
    turtle = ':a a owl:ObjectProperty ; rdfs:label "a" . :b a owl:ObjectProperty ; rdfs:label "b" ; owl:inverseOf :a .'
    own = load(tmp_path, turtle)
    assert [item.inverse for item in own.properties] == ["http://example.org/b", "http://example.org/a"]


def test_terms_without_iri_are_passed_over(tmp_path: Path) -> None:
    """Blank inverses and equivalents are left out, so that two readings have one digest."""
    turtle = ':p a owl:ObjectProperty ; rdfs:label "p" ; owl:equivalentProperty [] ; owl:inverseOf [] .'
    first, second = load(tmp_path, turtle), load(tmp_path, turtle)
    assert (first.properties[0].equivalents, first.properties[0].inverse) == ((), None)
    assert first.digest == second.digest


@pytest.mark.parametrize("turtle", ["", CLASSES, ":p a owl:ObjectProperty .", ':p rdfs:label "p" .'])
def test_ontology_without_labelled_property_is_refused(turtle: str, tmp_path: Path) -> None:
    """An ontology with nothing to claim is an error that names the file and the remedy."""
    with pytest.raises(OntologyError, match=r"own\.ttl.*no property to look for") as caught:
        load(tmp_path, turtle)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"this is not Turtle", "line 1: "),
        (b"\xff\xfe\x00", "byte 0 is no UTF-8"),
        (b"<rdf:RDF/>", "line 1: unbound prefix"),
        (b"<urn:p>\n<urn:q", "line 2: unterminated URI reference"),
        (b'{"@context": {}}', "line 1: "),
        (b"\n\nfoo:p a foo:q .\n", 'line 3: Prefix "foo:" not bound'),
        (b"<urn:p> a <urn:q> ;\n\n", "line 3: "),
    ],
)
def test_what_is_not_turtle_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    """A file of another format is an error of one line: the path, the line, what the parser says, and what to do."""
    path = tmp_path / "own.ttl"
    path.write_bytes(content)
    wanted = rf"own\.ttl': expected (Turtle|RDF/XML), came something else: {re.escape(reason)}"
    with pytest.raises(OntologyError, match=wanted) as caught:
        load_ontology(path)
    assert "\n" not in str(caught.value)
    assert caught.value.subject == path
    assert caught.value.__cause__ is not None


def test_missing_file_is_named(tmp_path: Path) -> None:
    """A path where there is no file is an error that names it; so is a folder."""
    with pytest.raises(MissingError, match=r"none\.ttl"):
        load_ontology(tmp_path / "none.ttl")
    with pytest.raises(MissingError):
        load_ontology(tmp_path)


def test_digest_does_not_depend_on_the_order_of_statements(tmp_path: Path) -> None:
    """The same statements in another order are the same ontology; a changed word is another."""
    statements = [line for line in CLASSES.splitlines() if line]
    statements.append(':p a owl:ObjectProperty ; rdfs:label "p" ; rdfs:domain [ owl:unionOf (:Human :Firm) ] .')
    statements.append(':q a owl:ObjectProperty ; rdfs:label "q" ; owl:inverseOf :p .')
    first = load(tmp_path, "\n".join(statements))
    turned = load(tmp_path, "\n".join(reversed(statements)).replace(":Human :Firm", ":Firm :Human"))
    assert first == turned
    assert first.digest == turned.digest
    assert load(tmp_path, "\n".join(statements).replace('"q"', '"r"')).digest != first.digest


def test_nameless_ontology_goes_by_its_content(tmp_path: Path) -> None:
    """An ontology that does not name itself is known by its digest."""
    own = load(tmp_path, ':p a owl:ObjectProperty ; rdfs:label "p" .')
    assert own.iri == f"urn:sha256:{own.digest}"


def test_labels_of_the_shipped_files_are_english() -> None:
    """Every label and definition that ships says that it is English."""
    for name in ("kgbuild.ttl", "provenance.ttl"):
        graph = Graph().parse(FOLDER / name)
        texts = [value for relation in (RDFS.label, SKOS.definition) for value in graph.objects(None, relation)]
        assert texts
        assert all(isinstance(text, Literal) and text.language == "en" for text in texts)
