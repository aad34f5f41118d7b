"""The rules of an ontology are read from it, unions, subclasses and lists among them."""

from pathlib import Path

import pytest

from kgbuild.config import VOCABULARY
from kgbuild.errors import MissingError, OntologyError
from kgbuild.graph import Rules, load_rules
from kgbuild.graph.dates import DATES, WORDS

NAMES = "http://example.org/"
KGB = "https://w3id.org/kgbuild/ontology#"
TURTLE = """
@prefix : <http://example.org/> .
@prefix kgb: <https://w3id.org/kgbuild/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:Agent a owl:Class ; rdfs:label "agent" .
:Human a owl:Class ; rdfs:label "human" ; skos:notation "PER" ; rdfs:subClassOf :Agent ; owl:disjointWith :Town .
:Poet a owl:Class ; rdfs:label "poet" ; rdfs:subClassOf :Human .
:Town a owl:Class ; rdfs:label "town" ; skos:notation "LOC" .
:Firm a owl:Class ; rdfs:label "firm" ; skos:notation "ORG" ; owl:disjointWith [ owl:complementOf :Town ] .
[] a owl:AllDisjointClasses ; owl:members ( :Firm :Town :Town ) .
:born a owl:DatatypeProperty , owl:FunctionalProperty ; rdfs:label "born" ; rdfs:domain :Human ; rdfs:range xsd:date ;
    kgb:notAfter :died .
:died a owl:DatatypeProperty ; rdfs:label "died" .
:home a owl:ObjectProperty ; rdfs:label "home" ; rdfs:range [ owl:unionOf ( :Town :Firm ) ] .
:in a owl:ObjectProperty ; rdfs:label "in" ; rdfs:subPropertyOf :near .
:near a owl:ObjectProperty ; rdfs:label "near" ; rdfs:subPropertyOf kgb:within .
:holds a owl:ObjectProperty ; rdfs:label "holds" ; rdfs:subPropertyOf kgb:contains .
"""


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    path = tmp_path / "own.ttl"
    path.write_text(TURTLE, encoding="utf-8")
    return load_rules(path)


def _names(iris: object) -> set[str]:
    return {iri.removeprefix(NAMES).removeprefix(KGB) for iri in iris}  # type: ignore[attr-defined]


def test_one_value_and_order(rules: Rules) -> None:
    """Functional properties and pairs of dates are those that are declared."""
    assert _names(rules.functional) == {"born"}
    assert rules.orders == ((f"{NAMES}born", f"{NAMES}died"),)


def test_what_is_outside_a_domain(rules: Rules) -> None:
    """A subclass fits, and so may the class above; the others are outside."""
    (head,) = rules.heads
    assert head.property == f"{NAMES}born"
    assert _names(head.outside) == {"Town", "Firm"}
    assert (head.entities, head.datatypes) == (True, frozenset())
    assert "human" in head.expected


def test_what_is_outside_a_range(rules: Rules) -> None:
    """A range of classes takes no value, one of dates takes dates and words and no entity; unions are opened."""
    date, place = rules.tails
    assert date.datatypes >= DATES | WORDS
    assert not date.entities
    assert (place.entities, place.datatypes) == (True, frozenset())
    assert place.expected == ("firm", "town")
    assert _names(place.outside) == {"Agent", "Human", "Poet"}


def test_disjoint_classes_take_their_subclasses_along(rules: Rules) -> None:
    """Two classes, or each two of a list, are disjoint with what is below them, none with itself or a blank node."""
    assert [tuple(map(_names, pair)) for pair in rules.disjoint] == [
        ({"Firm"}, {"Town"}),
        ({"Human", "Poet"}, {"Town"}),
    ]


def test_parts_are_found_below_within_and_contains(rules: Rules) -> None:
    """The properties of parts are those below `kgb:within` and `kgb:contains`, whatever lies between."""
    assert _names(rules.within) == {"in", "near", "within"}
    assert _names(rules.contains) == {"holds", "contains"}


def test_rules_of_the_ontology_that_ships() -> None:
    """Births, beginnings and parts are declared, and persons are nothing else; an organisation may be a place."""
    rules = load_rules(VOCABULARY / "kgbuild.ttl")
    assert {(one.rsplit("#")[-1], other.rsplit("#")[-1]) for one, other in rules.orders} == {
        ("dateOfBirth", "dateOfDeath"),
        ("inception", "dissolved"),
        ("startTime", "endTime"),
    }
    pairs = {frozenset(_names((*ones, *others))) for ones, others in rules.disjoint}
    assert frozenset({"Person", "Place"}) in pairs
    assert frozenset({"Organisation", "Place"}) not in pairs
    assert {"locatedIn", "country"} <= _names(rules.within)
    assert "containsTerritory" in _names(rules.contains)


def test_what_is_no_ontology_is_named(tmp_path: Path) -> None:
    """A file that is not there, and one that is not Turtle, are named."""
    with pytest.raises(MissingError, match="does not exist"):
        load_rules(tmp_path / "none.ttl")
    (tmp_path / "bad.ttl").write_text("no turtle", encoding="utf-8")
    with pytest.raises(OntologyError, match="expected Turtle, came something else"):
        load_rules(tmp_path / "bad.ttl")
