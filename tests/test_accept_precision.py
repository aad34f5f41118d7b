"""Asking for a precision: what an uncalibrated model says, and what a fitted one accepts."""

from dataclasses import replace

import numpy as np
import pytest

from kgbuild.accept import accept
from kgbuild.calibration import Calibration
from kgbuild.config import AcceptSettings
from kgbuild.errors import SettingError
from kgbuild.ontology import Ontology
from kgbuild.records import AnnotatedDocument, Document, Entity, Mention, PairScore, ScoredDocument, Span
from kgbuild.train.scaling import fit_calibration

ONTOLOGY = Ontology("urn:o", "", (), ())


def scored(*properties: str) -> ScoredDocument:
    """One sentence of two names, of which each property has a score of 0."""
    mentions = (Mention(0, 3, "PER", "Ada", 0), Mention(8, 11, "PER", "Ben", 0))
    entities = tuple(Entity(f"urn:{m.text}", m.text, m.type, (number,)) for number, m in enumerate(mentions))
    document = Document("urn:d", "urn:d", "Ada met Ben", "", "txt")
    found = AnnotatedDocument(document, (Span(0, 11),), mentions, entities)
    return ScoredDocument(found, 1, 0, tuple(PairScore(0, 1, property, 0.0) for property in properties))


def test_properties_of_another_ontology_have_their_own_probability() -> None:
    """What the model was trained on is doubted more, here, than what it meets under a new name."""
    calibration = Calibration(1.0, -2.0, learned=frozenset(["urn:own"]), others=Calibration(1.0, 2.0))
    (found,) = accept([scored("urn:own", "urn:new")], AcceptSettings(threshold=0.1), calibration, ONTOLOGY, origins={})
    chances = {claim.predicate: claim.probability for claim in found.claims}
    assert chances == {"urn:own": pytest.approx(0.1192, abs=1e-4), "urn:new": pytest.approx(0.8808, abs=1e-4)}


@pytest.mark.parametrize("lacking", ["own", "others"])
def test_both_calibrations_must_reach_the_precision(lacking: str) -> None:
    """At the call, whichever of the two was not fitted for it."""
    able = fit_calibration([2.0, 1.0, 0.0, -1.0], [True, True, False, False], ["urn:p"] * 4, [0.9])
    short = fit_calibration([2.0, 1.0, 0.0, -1.0], [True, True, False, False], ["urn:p"] * 4, [0.5])
    own, others = (short, able) if lacking == "own" else (able, short)
    with pytest.raises(SettingError, match=r"expected at most 0\.5"):
        accept([], AcceptSettings(precision=0.9), replace(own, others=others), ONTOLOGY, origins={})
    with pytest.raises(SettingError, match="needs a calibrated model"):
        accept([], AcceptSettings(precision=0.9), replace(able, others=Calibration()), ONTOLOGY, origins={})


def test_an_uncalibrated_model_says_how_to_calibrate() -> None:
    """The error comes at the call and names the command and the way around it."""
    with pytest.raises(SettingError, match=r"`kgbuild calibrate DATA\.jsonl --model FOLDER`.*or set a threshold"):
        accept([], AcceptSettings(precision=0.9), Calibration(), ONTOLOGY, origins={})


def test_a_higher_precision_than_fitted_says_how_to_fit_it() -> None:
    """The error names the highest precision that was fitted and the command that fits a higher one."""
    fitted = fit_calibration([2.0, 1.0, 0.0, -1.0], [True, True, False, False], ["urn:p"] * 4, [0.5])
    with pytest.raises(SettingError, match=r"at most 0\.5, .*`kgbuild calibrate DATA\.jsonl .*--precision 0\.9`"):
        accept([], AcceptSettings(precision=0.9), fitted, ONTOLOGY, origins={})


def test_the_accepted_are_as_precise_as_asked() -> None:
    """Of the scores that a calibration was fitted on, those accepted at .8 are right that often, of every property."""
    random = np.random.default_rng(11)
    logits = random.normal(-1, 3, 3_000)
    names = np.array([f"urn:{number}" for number in random.integers(5, size=3_000)])
    right = random.random(3_000) < Calibration().probabilities(logits)
    fitted = fit_calibration(logits, right, names.tolist())
    mentions = tuple(Mention(2 * n, 2 * n + 1, "PER", "x", 0) for n in range(2))
    entities = tuple(Entity(f"urn:e{n}", "x", "PER", (n,)) for n in range(2))
    document = AnnotatedDocument(Document("urn:d", "d", "x x", "", "txt"), (Span(0, 3),), mentions, entities)
    accepted = [
        judged
        for logit, name, judged in zip(logits.tolist(), names.tolist(), right.tolist(), strict=True)
        for found in accept(
            [ScoredDocument(document, 1, 0, (PairScore(0, 1, name, logit),))],
            AcceptSettings(precision=0.8),
            fitted,
            ONTOLOGY,
            origins={},
        )
        if found.claims
    ]
    assert len(accepted) > 300
    assert np.mean(accepted) == pytest.approx(0.8, abs=0.03)
