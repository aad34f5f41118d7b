"""Scaling finds the numbers that scores were drawn with, and thresholds that reach their precision elsewhere."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kgbuild.calibration import POOLED, Calibration, expected_calibration_error
from kgbuild.errors import InputError
from kgbuild.train.scaling import fit_calibration


def draw(temperature: float, bias: float, size: int = 40_000) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and whether each is right with the probability that the calibration of these numbers gives."""
    random = np.random.default_rng(7)
    logits = random.normal(0, 3, size)
    return logits, random.random(size) < Calibration(temperature, bias).probabilities(logits)


def differing(
    random: np.random.Generator, *, properties: int, spread: float, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits, whether each is right, and the number of its property, of which some are easier than others."""
    place = random.integers(properties, size=size)
    logits = random.normal(-1, 2, size)
    chances = Calibration().probabilities(logits + random.normal(0, spread, properties)[place])
    return logits, random.random(size) < chances, place


def test_a_known_calibration_is_found():
    """Judgements drawn with a temperature and bias give them back."""
    logits, right = draw(temperature=2.5, bias=-1.5)
    fitted = fit_calibration(logits, right, ["urn:p"] * len(logits))
    assert fitted.fitted
    assert (fitted.temperature, fitted.bias) == (pytest.approx(2.5, rel=0.05), pytest.approx(-1.5, abs=0.15))


def test_what_is_read_across_sentences_has_a_bias_of_its_own():
    """Judgements drawn with a bias for half of the scores give it back, and it is added to that half only."""
    logits, _ = draw(temperature=1.0, bias=0.0)
    apart = np.arange(len(logits)) % 2 == 1
    wanted = Calibration(2.0, -1.0, fitted=True, apart=-1.5)
    right = np.random.default_rng(5).random(len(logits)) < wanted.probabilities(logits, apart)
    fitted = fit_calibration(logits, right, ["urn:p"] * len(logits), apart=apart)
    assert (fitted.temperature, fitted.bias, fitted.apart) == (
        *(pytest.approx(2.0, rel=0.05), pytest.approx(-1.0, abs=0.15), pytest.approx(-1.5, abs=0.15)),
    )
    assert wanted.probabilities([2.5, 2.5], [True, False]).tolist() == pytest.approx([0.5, 1 / (1 + math.exp(-0.75))])


def test_weights_count_as_copies():
    """A score that weighs two gives the calibration, thresholds too, of one that stands there twice."""
    logits, right = draw(temperature=2.0, bias=-1.0, size=600)
    double = np.arange(600) % 3 == 0
    weighed = fit_calibration(
        logits, right, ["urn:p"] * 600, [0.7, 0.9], weights=1.0 + double, documents=list(range(600))
    )
    copies = np.concatenate([np.arange(600), np.flatnonzero(double)])
    names = ["urn:p"] * len(copies)
    copied = fit_calibration(logits[copies], right[copies], names, [0.7, 0.9], documents=copies.tolist())
    # Platt's smoothing counts scores, not weights, which shows a little
    assert (weighed.temperature, weighed.bias) == pytest.approx((copied.temperature, copied.bias), rel=0.01)
    for one, other in zip(weighed.thresholds, copied.thresholds, strict=True):
        assert one.probability == pytest.approx(other.probability, rel=0.01)


def test_fitting_lowers_the_error():
    """The calibration error of overconfident scores is large before and nearly zero after."""
    logits, right = draw(temperature=3.0, bias=-2.0)
    fitted = fit_calibration(logits, right, ["urn:p"] * len(logits))
    before = expected_calibration_error(Calibration().probabilities(logits), right)
    after = expected_calibration_error(fitted.probabilities(logits), right)
    assert before > 0.1
    assert after < 0.01


def test_separable_scores_have_a_finite_calibration():
    """When every right score is above every wrong one, temperature and bias stay finite."""
    fitted = fit_calibration([-2.0, -1.0, 1.0, 2.0], [False, False, True, True], ["urn:p"] * 4)
    assert 0 < fitted.temperature < 10
    assert fitted.bias == pytest.approx(0.0, abs=1e-6)


def test_a_threshold_is_the_lowest_that_reaches():
    """Of 400 right scores above 100 wrong ones 444 are taken: 400 are .9 of 444.4."""
    logits = np.linspace(10, -10, 500)
    fitted = fit_calibration(logits, np.arange(500) < 400, ["urn:p"] * 500, precisions=[0.9])
    cut = fitted.threshold("urn:p", 0.9)
    assert cut is not None
    assert (fitted.probabilities(logits) >= cut - 1e-12).sum() == 444


def test_what_no_threshold_reaches_is_none():
    """Where the best score is wrong, and none is good enough together, there is no threshold."""
    fitted = fit_calibration([4.0, 3.0, 2.0, 0.5], [False, True, True, False], ["urn:p"] * 4, precisions=[0.9])
    assert fitted.threshold("urn:p", 0.9) is None
    assert {row.probability for row in fitted.thresholds} == {None}


def test_rows_are_in_order():
    """Rows come by property, what holds for all of them first, and within it by precision."""
    logits, right = draw(temperature=1.0, bias=0.0, size=4_000)
    fitted = fit_calibration(
        np.concatenate([logits, logits - 2]), np.tile(right, 2), ["a"] * 4_000 + ["b"] * 4_000, [0.9, 0.5]
    )
    assert [(row.property, row.precision) for row in fitted.thresholds] == [
        (name, wanted) for name in (POOLED, "a", "b") for wanted in (0.5, 0.9)
    ]


def test_equal_scores_stay_together():
    """A threshold never cuts between scores of one probability: two right of three equal ones are .6 and no .7."""
    right = [True, True, False, False]
    fitted = fit_calibration([3.0, 3.0, 3.0, 1.0], right, ["urn:p"] * 4, precisions=[0.6, 0.7])
    assert [row.probability is None for row in fitted.thresholds if row.property == POOLED] == [False, True]


def test_properties_have_their_own_threshold():
    """A property that is right at low scores gets a lower threshold than one that is wrong at high ones."""
    logits = np.tile(np.linspace(-3, 3, 400), 2)
    right = np.concatenate([logits[:400] > -1.5, logits[400:] > 1.5])
    fitted = fit_calibration(logits, right, ["urn:easy"] * 400 + ["urn:hard"] * 400, precisions=[0.9])
    easy, hard, pooled = (fitted.threshold(name, 0.9) for name in ("urn:easy", "urn:hard", POOLED))
    assert easy is not None
    assert hard is not None
    assert pooled is not None
    assert easy < pooled < hard
    assert fitted.threshold("urn:other", 0.9) == pooled


def test_few_examples_move_a_threshold_little():
    """Three scores that are all wrong move their property's threshold; three hundred of them move it much further."""
    logits, right = draw(temperature=1.0, bias=0.0, size=2_000)
    logits, right = np.tile(logits, 3), np.concatenate([right, right, np.random.default_rng(5).random(2_000) < 0.9])
    names = ["urn:a"] * 2_000 + ["urn:b"] * 2_000 + ["urn:c"] * 2_000

    def moved(wrong: int) -> float:
        values, judged = np.append(logits, np.full(wrong, 1.0)), np.append(right, np.zeros(wrong, bool))
        fitted = fit_calibration(values, judged, [*names, *["urn:p"] * wrong], precisions=[0.8])
        own, pooled = fitted.threshold("urn:p", 0.8), fitted.threshold(POOLED, 0.8)
        assert own is not None
        assert pooled is not None
        return math.log(own / (1 - own)) - math.log(pooled / (1 - pooled))

    assert 0 < moved(3) < moved(300) / 2


def test_properties_that_do_not_differ_share_one_threshold():
    """Where shifts of their own make properties no better on other documents, there are none."""
    logits, right = draw(temperature=1.0, bias=0.0, size=2_000)
    names = [f"urn:{number % 50}" for number in range(2_000)]
    fitted = fit_calibration(logits, right, names, precisions=[0.9])
    cuts = np.array([fitted.threshold(name, 0.9) for name in names[:50]])
    assert np.ptp(cuts) < 0.05


def test_the_wanted_precision_is_what_other_documents_get():
    """Fitted on half of the scores of sixty properties, some easier than others, the thresholds give .9 on the rest."""
    reached = []
    for seed in range(12):
        random = np.random.default_rng(seed)
        logits, right, place = differing(random, properties=60, spread=0.7, size=4_000)
        names = np.array([f"urn:{number}" for number in place])
        fit, rest = np.arange(4_000) < 2_000, np.arange(4_000) >= 2_000
        fitted = fit_calibration(logits[fit], right[fit], names[fit].tolist(), precisions=[0.9])
        cuts = np.array([fitted.threshold(name, 0.9) for name in names[rest].tolist()])
        taken = fitted.probabilities(logits[rest]) >= cuts
        assert taken.sum() > 50
        reached.append(right[rest][taken].mean())
    assert np.mean(reached) == pytest.approx(0.9, abs=0.02)


def test_where_all_are_alike_the_precision_is_that_of_properties_that_were_not_there():
    """Fitted on sixty properties, the one threshold gives .8 on sixty others, which differ as much from one another."""
    reached = []
    for seed in range(12):
        random = np.random.default_rng(seed)
        logits, right, place = differing(random, properties=120, spread=1.0, size=8_000)
        names, fit = np.array([f"urn:{number}" for number in place]), place < 60
        fitted = fit_calibration(logits[fit], right[fit], names[fit].tolist(), [0.8], alike=True)
        assert {row.property for row in fitted.thresholds} == {POOLED}
        taken = fitted.probabilities(logits[~fit]) >= fitted.threshold("urn:other", 0.8)
        reached.append(right[~fit][taken].mean())
    assert np.mean(reached) == pytest.approx(0.8, abs=0.02)


def test_scores_of_a_document_are_kept_together():
    """Properties that differ only within one document each get no shift, when documents are told apart."""
    logits = np.zeros(4_000) + np.tile([-1.0, 1.0], 2_000)
    documents = np.repeat(np.arange(40), 100)
    random = np.random.default_rng(3)
    right = random.random(4_000) < Calibration().probabilities(logits + random.normal(0, 2, 40)[documents])
    names = [f"urn:{number // 8}" for number in documents]

    def spread(**given: list[int]) -> float:
        fitted = fit_calibration(logits, right, names, precisions=[0.6], **given)
        cuts = [fitted.threshold(name, 0.6) for name in dict.fromkeys(names)]
        return float(np.ptp([cut for cut in cuts if cut is not None]))

    assert spread(documents=documents.tolist()) < spread()


@pytest.mark.parametrize(
    ("logits", "correct", "names", "reason"),
    [
        ([], [], [], "came 0 right of 0"),
        ([1.0, 2.0], [True, True], ["p", "p"], "came 2 right of 2"),
        ([1.0, 2.0], [False, False], ["p", "p"], "came 0 right of 2"),
        ([1.0], [True, False], ["p"], "expected as many logits"),
        ([1.0, 2.0], [True, False], ["p"], "expected as many logits"),
        ([math.nan, 2.0], [True, False], ["p", "p"], "finite logits"),
        ([-3.0, -2.0, 2.0, 3.0], [True, True, False, False], ["p"] * 4, "came a slope of -"),
    ],
)
def test_scores_that_cannot_calibrate(logits: list[float], correct: list[bool], names: list[str], reason: str):
    """No examples, one kind only, broken or reversed scores: an error that says which."""
    with pytest.raises(InputError, match=reason):
        fit_calibration(logits, correct, names)


@settings(deadline=None)
@given(arrays.arrays(np.float64, st.integers(4, 60), elements=st.floats(-50, 50)), st.data())
def test_fitting_keeps_the_order(logits: np.ndarray, data: st.DataObject):
    """Whatever the scores, a calibration that is fitted is finite and never swaps two scores."""
    right = np.array(data.draw(st.lists(st.booleans(), min_size=len(logits), max_size=len(logits))))
    try:
        fitted = fit_calibration(logits, right, ["urn:p"] * len(logits))
    except InputError:
        return
    assert math.isfinite(fitted.temperature)
    assert (np.diff(fitted.probabilities(np.sort(logits))) >= 0).all()
