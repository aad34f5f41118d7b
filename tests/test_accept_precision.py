"""Asking for a precision: what an uncalibrated model says, and what a fitted one accepts."""

import numpy as np
import pytest

from kgbuild.accept import accept
from kgbuild.calibration import Calibration, fit_calibration
from kgbuild.config import AcceptSettings
from kgbuild.errors import SettingError
from kgbuild.ontology import Ontology
from kgbuild.records import AnnotatedDocument, Document, Entity, Mention, PairScore, ScoredDocument, Span

ONTOLOGY = Ontology("urn:o", "", (), ())


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
