"""Scores become claims, and each that does not is counted with its reason."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from kgbuild.accept import accept
from kgbuild.calibration import POOLED, Calibration, Threshold
from kgbuild.config import AcceptSettings
from kgbuild.errors import InputError, SettingError
from kgbuild.ontology import EntityClass, Ontology, Property, load_ontology
from kgbuild.records import (
    AnnotatedDocument,
    Claim,
    ClaimedDocument,
    Document,
    Entity,
    Literal,
    Mention,
    PairScore,
    Refusal,
    ScoredDocument,
    Span,
)

BORN, KNOWS, RELATED = "urn:born", "urn:knows", "urn:related"
NONE: frozenset[str] = frozenset()


def prop(iri: str, domain: frozenset[str], range: frozenset[str]) -> Property:
    return Property(iri, iri, "", domain, range, None, False, False, ())


ONTOLOGY = Ontology(
    "urn:o",
    "",
    (
        prop(BORN, frozenset(["PER"]), frozenset(["TIME"])),
        prop(KNOWS, frozenset(["PER", "ORG"]), frozenset(["PER"])),
        prop(RELATED, NONE, NONE),
    ),
    tuple(EntityClass(f"urn:{notation}", notation, "", notation) for notation in ("LOC", "ORG", "PER")),
)
YEAR = Literal("1815", "http://www.w3.org/2001/XMLSchema#gYear")
ANNOTATED = AnnotatedDocument(
    Document("urn:d", "file:///d.txt", "Ada (1815) met Ben. Ada left Oslo.", "", "txt"),
    (Span(0, 19), Span(20, 34)),
    (
        Mention(0, 3, "PER", "Ada", 0),
        Mention(5, 9, "TIME", "1815", 0),
        Mention(15, 18, "PER", "Ben", 0),
        Mention(20, 23, "PER", "Ada", 1),
        Mention(29, 33, "LOC", "Oslo", 1),
    ),
    (
        Entity("urn:ada", "Ada", "PER", (0, 3)),
        Entity(None, "1815", "TIME", (1,), YEAR),
        Entity("urn:ben", "Ben", "PER", (2,)),
        Entity("urn:oslo", "Oslo", "LOC", (4,)),
    ),
)
ADA, TIME, BEN, ADA_AGAIN, OSLO = range(5)


def score(head: int, tail: int, property: str, logit: float = 9.0) -> PairScore:
    return PairScore(head, tail, property, logit)


def accepted(
    *scores: PairScore, calibration: Calibration | None = None, unscored: int = 0, **settings: object
) -> ClaimedDocument:
    document = ScoredDocument(ANNOTATED, 7, unscored, scores)
    (claimed,) = accept([document], AcceptSettings(**settings), calibration or Calibration(), ONTOLOGY, origins={})
    return claimed


def refused(*scores: PairScore, **settings: object) -> dict[str, int]:
    claimed = accepted(*scores, **settings)
    assert len(claimed.claims) + sum(item.count for item in claimed.refusals) == len(scores)
    return {refusal.reason: refusal.count for refusal in claimed.refusals}


def test_a_claim_has_its_evidence():
    """Subject, predicate, object, calibrated probability, sentence and both places, all by hand."""
    calibration = Calibration(temperature=2.0, bias=1.0)
    claimed = accepted(score(ADA, BEN, KNOWS, -1.0), calibration=calibration, threshold=0.5)
    assert claimed.claims == (Claim("urn:ada", KNOWS, "urn:ben", 0.5, (Span(0, 19),), Span(0, 3), Span(15, 18)),)
    assert (claimed.annotated, claimed.pairs, claimed.refusals) == (ANNOTATED, 7, ())


@pytest.mark.parametrize(("head", "tail"), [(BEN, OSLO), (OSLO, BEN)])
def test_a_claim_across_sentences_has_both(head: int, tail: int):
    """A pair that was read in two sentences has both, in the order of the text, whichever of them holds the head."""
    (claim,) = accepted(score(head, tail, RELATED)).claims
    assert claim.sentences == (Span(0, 19), Span(20, 34))
    places = [Span(item.start, item.end) for item in (ANNOTATED.mentions[head], ANNOTATED.mentions[tail])]
    assert [claim.subject_mention, claim.object_mention] == places


def test_what_is_read_across_sentences_is_calibrated_apart():
    """The bias for pairs of different sentences is added to theirs and to no other."""
    calibration = Calibration(apart=-2.0)
    (across,) = accepted(score(BEN, OSLO, RELATED, 2.0), calibration=calibration, threshold=0.1).claims
    (within,) = accepted(score(ADA_AGAIN, OSLO, RELATED, 2.0), calibration=calibration, threshold=0.1).claims
    assert (across.probability, within.probability) == (0.5, pytest.approx(1 / (1 + math.exp(-2))))


def test_a_claim_within_a_sentence_has_one():
    """A pair of one sentence has that alone, though another mention of the same entity stands in another one."""
    (claim,) = accepted(score(ADA_AGAIN, OSLO, RELATED)).claims
    assert claim.sentences == (Span(20, 34),)


def test_a_date_is_an_object():
    """The object of a claim about a date is its literal."""
    (claim,) = accepted(score(ADA, TIME, BORN)).claims
    assert claim.object == YEAR


def test_the_threshold_is_inclusive():
    """At the threshold a score is accepted, below it refused."""
    assert refused(score(ADA, BEN, KNOWS, 0.0), threshold=0.5) == {}
    assert refused(score(ADA, BEN, KNOWS, -0.001), threshold=0.5) == {"below-threshold": 1}


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (score(ADA, BEN, KNOWS, -9.0), "below-threshold"),
        (score(ADA, ADA_AGAIN, KNOWS), "same-entity"),
        (score(TIME, ADA, RELATED), "literal-subject"),
        (score(ADA_AGAIN, OSLO, KNOWS), "type"),
        (score(OSLO, ADA_AGAIN, KNOWS), "type"),
        (score(TIME, ADA, KNOWS, -9.0), "below-threshold"),
    ],
)
def test_each_reason(refusal: PairScore, reason: str):
    """Each rule refuses what breaks it; a low score is refused for that first."""
    assert refused(refusal, score(ADA, BEN, KNOWS)) == {reason: 1}


def test_refusals_are_counted():
    """One refusal a reason and document, with its source and count; unscored pairs among them."""
    low = score(ADA, BEN, KNOWS, -9.0)
    claimed = accepted(low, low, low, score(ADA_AGAIN, OSLO, KNOWS), unscored=4)
    assert [(item.stage, item.reason, item.count) for item in claimed.refusals] == [
        ("score", "pair-too-far", 4),
        ("accept", "below-threshold", 3),
        ("accept", "type", 1),
    ]
    assert isinstance(claimed.refusals[0], Refusal)
    assert {item.source for item in claimed.refusals} == {"file:///d.txt"}


def test_types_may_go_unchecked():
    """Without `check_types` domain and range refuse nothing, but a literal is no subject still."""
    scores = [score(ADA_AGAIN, OSLO, KNOWS), score(TIME, ADA, KNOWS)]
    assert refused(*scores, check_types=False) == {"literal-subject": 1}


@pytest.mark.parametrize(
    ("origins", "reasons"),
    [
        ({"LOC": "MISC", "PER": "MISC"}, {}),
        ({"LOC": "", "PER": "", "TIME": "TIME"}, {}),
        ({"LOC": "MISC", "PER": "PER", "ORG": "PER"}, {"type": 1}),
        ({"PER": "PER"}, {"type": 1}),
    ],
)
def test_types_of_one_origin_stand_for_one_another(origins: dict[str, str], reasons: dict[str, int]):
    """What was learned from a few examples is told apart less surely than what the model was trained for."""
    document = ScoredDocument(ANNOTATED, 7, 0, (score(OSLO, ADA_AGAIN, KNOWS),))
    [claimed] = accept([document], AcceptSettings(), Calibration(), ONTOLOGY, origins=origins)
    assert {item.reason: item.count for item in claimed.refusals} == reasons
    assert len(claimed.claims) == 1 - len(reasons)


def test_no_domain_and_unknown_properties_take_anything():
    """An empty domain or range, and a property that the ontology does not know, refuse no type."""
    assert refused(score(ADA_AGAIN, OSLO, RELATED), score(OSLO, ADA_AGAIN, "urn:unknown")) == {}


def test_claims_are_ordered():
    """Claims are ordered by sentences, subject, object and predicate, in whatever order scores come."""
    scores = [
        score(ADA_AGAIN, OSLO, RELATED),
        score(BEN, ADA, RELATED),
        score(ADA, BEN, RELATED),
        score(ADA, BEN, KNOWS),
        score(BEN, OSLO, RELATED),
    ]
    claims = accepted(*scores).claims
    assert claims == accepted(*reversed(scores)).claims
    assert [len(item.sentences) for item in claims] == [1, 1, 1, 2, 1]
    assert [(item.subject_mention.start, item.predicate) for item in claims] == [
        (0, KNOWS),
        (0, RELATED),
        (15, RELATED),
        (15, RELATED),
        (20, RELATED),
    ]


def test_a_precision_takes_the_fitted_threshold():
    """With a wanted precision each property has its own threshold, or none that lets anything through."""
    rows = (Threshold(POOLED, 0.9, 0.6), Threshold(BORN, 0.9, None), Threshold(KNOWS, 0.9, 0.2))
    calibration = Calibration(thresholds=rows, fitted=True)
    scores = [score(ADA, TIME, BORN, 99.0), score(ADA, BEN, KNOWS, -1.0), score(ADA, BEN, RELATED, 0.0)]
    claimed = accepted(*scores, calibration=calibration, precision=0.9)
    assert [claim.predicate for claim in claimed.claims] == [KNOWS]


def test_a_precision_needs_a_calibrated_model():
    """The error comes at the call, before any document, and says what to do."""
    with pytest.raises(SettingError, match=r"'accept\.precision': 0\.9 needs .*train or choose a calibrated model"):
        accept([], AcceptSettings(precision=0.9), Calibration(), ONTOLOGY, origins={})


def test_a_precision_that_was_not_fitted_is_an_error():
    """The error comes at the call and names the highest precision that was fitted."""
    calibration = Calibration(thresholds=(Threshold(POOLED, 0.9, 0.6),), fitted=True)
    with pytest.raises(SettingError, match=r"expected at most 0\.9"):
        accept([], AcceptSettings(precision=0.95), calibration, ONTOLOGY, origins={})


def test_unresolved_documents_are_an_error():
    """Mentions without an entity are named as a step left out."""
    document = ScoredDocument(replace(ANNOTATED, entities=ANNOTATED.entities[:2]), 1, 0, (score(ADA, BEN, KNOWS),))
    with pytest.raises(InputError, match="5 mentions in an entity, came 2 without; resolve the document"):
        list(accept([document], AcceptSettings(), Calibration(), ONTOLOGY, origins={}))


def test_no_scores_no_claims():
    """A document without scores passes with neither claims nor refusals."""
    assert accepted() == ClaimedDocument(ANNOTATED, (), (), 7)


@pytest.mark.parametrize(
    ("type", "wanted", "fits"),
    [
        ("PER", {"film"}, True),
        ("TIME", {"film"}, False),
        ("PER", {"TIME"}, False),
        ("PER", {"film", "TIME"}, True),
        ("film", {"film"}, True),
        ("actor", {"film"}, False),
        ("actor", set(), True),
    ],
)
def test_types_that_an_ontology_has_no_class_for(type: str, wanted: set[str], fits: bool):
    """Over a user's own classes a recognised person may be any of them, a date none, and a value needs a value."""
    ontology = Ontology(
        "urn:films",
        "",
        (prop(KNOWS, NONE, frozenset(wanted)),),
        tuple(EntityClass(f"urn:{name}", name, "", name) for name in ("actor", "film")),
    )
    ben = replace(ANNOTATED.entities[2], type=type)
    annotated = replace(ANNOTATED, entities=(*ANNOTATED.entities[:2], ben, ANNOTATED.entities[3]))
    document = ScoredDocument(annotated, 1, 0, (PairScore(0, 2, KNOWS, 9.0),))
    [found] = accept([document], AcceptSettings(), Calibration(), ontology, origins={})
    assert bool(found.claims) == fits


@pytest.mark.parametrize(
    ("range", "tail", "expected"),
    [
        ("xsd:gYear", TIME, YEAR),
        ("xsd:string", OSLO, Literal("Oslo", "http://www.w3.org/2001/XMLSchema#string")),
        ("xsd:string", TIME, Literal("1815", "http://www.w3.org/2001/XMLSchema#string")),
        ("xsd:date", TIME, "datatype"),
        ("xsd:date", OSLO, "type"),
        ("xsd:integer", TIME, "type"),
        (None, TIME, YEAR),
        ("owl:Thing", TIME, "datatype"),
        ("owl:Thing", OSLO, "urn:oslo"),
        (None, OSLO, "urn:oslo"),
    ],
)
def test_objects_are_of_the_range(tmp_path: Path, range: str | None, tail: int, expected: str | Literal) -> None:
    """A datatype property of a user's file has literals of its range, one of things none where its range is stated."""
    named = f"owl:{'Object' if range in (None, 'owl:Thing') else 'Datatype'}Property"
    kind = named if range is None else f"{named} ; rdfs:range {range}"
    (tmp_path / "own.ttl").write_text(
        "@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . "
        f'@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . <urn:p> a {kind} ; rdfs:label "p" .',
        encoding="utf-8",
    )
    document = ScoredDocument(ANNOTATED, 1, 0, (score(ADA, tail, "urn:p"),))
    [found] = accept([document], AcceptSettings(), Calibration(), load_ontology(tmp_path / "own.ttl"), origins={})
    assert [claim.object for claim in found.claims] + [item.reason for item in found.refusals] == [expected]
