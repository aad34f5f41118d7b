"""Types of head and tail are evidence where the ontology's classes are none of the model's types."""

from dataclasses import replace
from pathlib import Path

import torch
from model.tiny import TYPES, tiny_relations, tiny_tokenizer

from kgbuild.ontology import load_ontology
from kgbuild.records import PairScore, ScoredDocument
from kgbuild.score.fitting import Fitting, fit_types, fitting_of
from score.marked import annotated, ontology

OWN = """
@prefix : <urn:o#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:Human a owl:Class ; rdfs:label "human" .
:Film a owl:Class ; rdfs:label "film" .
:Place a owl:Class ; rdfs:label "place" ; skos:notation "LOC" .
:director a owl:ObjectProperty ; rdfs:label "director" ; rdfs:domain :Film ; rdfs:range :Human .
:shotAt a owl:ObjectProperty ; rdfs:label "shot at" ; rdfs:domain :Film ; rdfs:range :Place .
:about a owl:ObjectProperty ; rdfs:label "about" ; rdfs:domain :Film .
:made a owl:DatatypeProperty ; rdfs:label "made" ; rdfs:domain :Film ; rdfs:range xsd:date .
"""
DIRECTOR = "urn:o#director"
ORIGINS = {name: name for name in TYPES}
FITTING = Fitting({DIRECTOR: {"MISC": 1.0, "PER": -2.0}}, {DIRECTOR: {"PER": 1.5, "MISC": -2.0}})


def scored(*scores: PairScore) -> ScoredDocument:
    document = annotated("[Orr|MISC] by [Bo|PER] and [Cy|PER].\n[Una|MISC] by [Di|PER].")
    return ScoredDocument(document, 6, 0, scores)


def test_evidence_is_of_the_class(tmp_path: Path) -> None:
    """A common noun's class fits itself alone, an open range tells nothing of names, and a value is no thing."""
    path = tmp_path / "own.ttl"
    path.write_text(OWN, encoding="utf-8")
    torch.manual_seed(1)
    found = fitting_of(tiny_relations(), tiny_tokenizer(), ORIGINS, load_ontology(path))
    assert found is not None
    assert found.tails[DIRECTOR]["human"] > 0 > found.tails[DIRECTOR]["film"]
    assert found.heads[DIRECTOR]["film"] == found.most / 2
    assert found.tails["urn:o#shotAt"]["LOC"] > 0 > found.tails["urn:o#shotAt"]["PER"]
    assert found.tails["urn:o#about"]["PER"] == 0 > found.tails["urn:o#about"]["film"]
    assert found.tails[DIRECTOR]["TIME"] == found.heads[DIRECTOR]["TIME"] < 0 == found.tails["urn:o#about"]["TIME"]
    assert (
        found.tails["urn:o#made"]["TIME"] == 0 > found.tails["urn:o#made"]["film"] == found.tails["urn:o#made"]["PER"]
    )


def test_no_evidence_where_all_classes_have_types() -> None:
    """An ontology whose classes are the model's types is scored as it was."""
    assert fitting_of(tiny_relations(), tiny_tokenizer(), ORIGINS, ontology()) is None


def test_types_that_were_learned_tell_nothing_more(tmp_path: Path) -> None:
    """What they tell is in the scores; of a property's pairs those near the best still count alone."""
    path = tmp_path / "own.ttl"
    path.write_text(OWN, encoding="utf-8")
    learned = ORIGINS | {"human": "PER", "film": "MISC"}
    found = fitting_of(tiny_relations(), tiny_tokenizer(), learned, load_ontology(path))
    assert found == Fitting({}, {})
    [kept] = fit_types([scored(PairScore(0, 1, DIRECTOR, 2.0), PairScore(0, 2, DIRECTOR, 0.9))], found, floor=-9.0)
    assert kept.scores == (PairScore(0, 1, DIRECTOR, 2.0),)
    sure = ORIGINS | {"human": "human", "film": "film"}
    assert fitting_of(tiny_relations(), tiny_tokenizer(), sure, load_ontology(path)) is None


def test_evidence_is_added_to_the_logit() -> None:
    """From the floor on a score is kept, with what its two ends add."""
    [found] = fit_types([scored(PairScore(0, 1, DIRECTOR, -1.0), PairScore(1, 0, DIRECTOR, 0.0))], FITTING, floor=-3.0)
    assert found.scores == (PairScore(0, 1, DIRECTOR, 1.5),)


def test_scores_far_behind_the_best_are_left_out() -> None:
    """Of a property's pairs of the same sentences those count that come near the best; other sentences do not count."""
    near, far, other = (PairScore(0, 1, DIRECTOR, 2.0), PairScore(0, 2, DIRECTOR, 0.9), PairScore(3, 4, DIRECTOR, -1.0))
    [found] = fit_types([scored(near, far, other)], FITTING, floor=-9.0)
    assert [(one.head, one.tail) for one in found.scores] == [(0, 1), (3, 4)]
    [found] = fit_types([scored(near, replace(far, logit=1.0), other)], FITTING, floor=-9.0)
    assert [(one.head, one.tail) for one in found.scores] == [(0, 1), (0, 2), (3, 4)]


def test_a_sure_score_counts_beside_a_better_one() -> None:
    """A song has two performers: what is sure by itself stays, however much surer the best of its property is."""
    best, sure = PairScore(0, 1, DIRECTOR, 8.0), PairScore(0, 2, DIRECTOR, 2.5)
    [found] = fit_types([scored(best, sure)], FITTING, floor=-9.0)
    assert [(one.tail, one.logit) for one in found.scores] == [(1, 10.5), (2, 5.0)]
    [found] = fit_types([scored(best, replace(sure, logit=2.4))], FITTING, floor=-9.0)
    assert [one.tail for one in found.scores] == [1]


def test_a_property_without_evidence_keeps_its_logit() -> None:
    """Nothing is told of one that the ontology does not have."""
    one = PairScore(0, 1, "urn:o#unknown", 0.25)
    [found] = fit_types([scored(one)], FITTING, floor=-3.0)
    assert found.scores == (one,)
