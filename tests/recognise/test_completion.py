"""Common nouns are mentions of the classes that they are like, in ontologies with such classes alone."""

from dataclasses import replace
from pathlib import Path

import pytest
from score.marked import annotated

from kgbuild.config import RecogniseSettings, Settings
from kgbuild.errors import MissingError
from kgbuild.ontology import Ontology, load_ontology
from kgbuild.recognise.completion import Completion, load_completion

OWN = """
@prefix : <urn:o#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:Party a owl:Class ; rdfs:label "political party" .
:Ideology a owl:Class ; rdfs:label "political ideology" .
:Voice a owl:Class ; rdfs:label "voice" .
:holds a owl:ObjectProperty ; rdfs:label "ideology" ; rdfs:domain :Party ; rdfs:range :Ideology .
:sings a owl:ObjectProperty ; rdfs:label "voice type" ; rdfs:range :Voice .
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Ontology:
    path = tmp_path_factory.mktemp("own") / "own.ttl"
    path.write_text(OWN, encoding="utf-8")
    return load_ontology(path)


@pytest.fixture(scope="module")
def completion(own: Ontology) -> Completion:
    found = load_completion(Settings(device="cpu"), own)
    assert found is not None
    return found


def test_classes_of_common_nouns(completion: Completion) -> None:
    """A class is one by what its label is like, or because its property is called a type; a party is none."""
    assert completion.nouns is not None
    assert sorted(completion.nouns.notations) == ["political ideology", "voice"]
    assert completion.names.things == {"party": "ORG"}


def test_phrases_that_are_like_a_class_are_mentions(completion: Completion) -> None:
    """They stand in order beside the names, in their sentence; words that are like no class are left out."""
    document = annotated("[Bo Orr|PER] was there.\nThe table of [Orra|LOC] is for liberalism and for the soprano.")
    found = completion.of(document)
    assert [(item.text, item.type, item.sentence) for item in found.mentions] == [
        ("Bo Orr", "PER", 0),
        ("Orra", "LOC", 1),
        ("liberalism", "political ideology", 1),
        ("soprano", "voice", 1),
    ]


def test_common_nouns_of_the_recogniser_get_a_class_or_are_left_out(completion: Completion) -> None:
    """What it told of is a mention where it is somewhat like a class, which is not enough for what it did not."""
    document = annotated("[Bo Orr|PER] was for [temperance|ODD] and [welfare|ODD] to [Ann|PER].")
    told = [replace(item, type="" if item.type == "ODD" else item.type) for item in document.mentions]
    names = [item for item in document.mentions if item.type != "ODD"]
    found, without = (completion.of(replace(document, mentions=tuple(part))) for part in (told, names))
    ours = [(item.text, item.type) for item in found.mentions if item.type != "PER"]
    assert ours == [("temperance", "political ideology")]
    assert [item.type for item in without.mentions] == ["PER", "PER"]


def test_phrases_of_one_class_side_by_side_are_one(completion: Completion) -> None:
    """What the recogniser told of and the like word behind it are one mention; a mark or a new sentence keeps two."""
    document = annotated(
        "[Bo Orr|PER] was for [liberalism|ODD] socialism, and [Ann|PER] for fascism - communism\nliberalism won."
    )
    told = [replace(item, type="" if item.type == "ODD" else item.type) for item in document.mentions]
    found = completion.of(replace(document, mentions=tuple(told)))
    ours = [item.text for item in found.mentions if item.type == "political ideology"]
    assert ours == ["liberalism socialism", "fascism", "communism", "liberalism"]


def test_a_class_that_is_an_office_has_offices_of_somewhere(tmp_path: Path) -> None:
    """Told by its label or another name of it; elsewhere the place stays a place."""
    path = tmp_path / "offices.ttl"
    leader = ':Head a owl:Class ; rdfs:label "leader" ; skos:altLabel "President" . :sings rdfs:domain :Head .'
    path.write_text(OWN + leader, encoding="utf-8")
    completion = load_completion(Settings(device="cpu"), load_ontology(path))
    assert completion is not None
    document = annotated("[Bo Orr|PER] was president of [Orra|LOC] and mayor of [Una|LOC].")
    document = replace(document, mentions=tuple(replace(item, probability=0.9) for item in document.mentions))
    found = completion.of(document)
    told = [(item.text, item.type) for item in found.mentions]
    assert told == [("Bo Orr", "PER"), ("president of Orra", "leader"), ("Una", "LOC")]


def test_nothing_is_found_where_all_classes_have_types() -> None:
    """The ontology that ships asks for no more than the model that ships has types for."""
    settings = Settings()
    assert load_completion(settings, load_ontology(settings.ontology)) is None


def test_a_gazetteer_alone_stays_alone(own: Ontology) -> None:
    """With the blank pipeline nothing but the user's list is found."""
    settings = Settings(recognise=RecogniseSettings(pipeline="blank"))
    assert load_completion(settings, own) is None


def test_a_folder_without_a_model_is_told(own: Ontology, tmp_path: Path) -> None:
    """The folder is named."""
    with pytest.raises(MissingError, match="holds no model"):
        load_completion(Settings(model=tmp_path), own)
