"""Probabilities are those of the numbers given, thresholds are looked up, and both survive JSON."""

import json
import math

import pytest

from kgbuild.calibration import (
    POOLED,
    Calibration,
    Threshold,
    calibration_from_dict,
    calibration_to_dict,
    expected_calibration_error,
)
from kgbuild.errors import CheckpointError, SettingError

ROWS = (
    Threshold(POOLED, 0.5, 0.4),
    Threshold(POOLED, 0.9, 0.7),
    Threshold("urn:p", 0.5, 0.2),
    Threshold("urn:p", 0.9, None),
)
FITTED = Calibration(2.0, -1.0, ROWS, fitted=True)


def test_probabilities_by_hand():
    """Shifted by the bias, divided by the temperature, then the logistic function, without overflow."""
    expected = [0.5, 1 / (1 + math.e), 0.0, 1.0]
    assert FITTED.probabilities([1.0, -1.0, -1e6, 1e6]).tolist() == pytest.approx(expected)


TWO = Calibration(
    2.0, -1.0, ROWS, True, learned=frozenset(["urn:p"]), others=Calibration(1.0, 3.0, ROWS[:1], True, 0.5)
)


def test_other_properties_have_numbers_of_their_own():
    """Those that are not learned; where no others are given all are alike, and where they are, each must be named."""
    found = TWO.probabilities([1.0, 1.0], [True, True], ["urn:p", "urn:q"])
    assert found.tolist() == pytest.approx([0.5, 1 / (1 + math.exp(-4.5))])
    with pytest.raises(ValueError, match="properties: expected the IRI"):
        TWO.probabilities([1.0])
    assert FITTED.probabilities([1.0], False, ["urn:q"]).tolist() == [0.5]
    assert TWO.probabilities([], [], []).tolist() == []


def test_other_properties_have_thresholds_of_their_own():
    """Those of the others, and what they were not fitted for is an error."""
    assert TWO.threshold("urn:p", 0.5) == 0.2
    assert TWO.threshold("urn:q", 0.5) == 0.4
    with pytest.raises(SettingError, match=r"expected at most 0\.5, .* came 0\.9"):
        TWO.threshold("urn:q", 0.9)


def test_thresholds_look_up():
    """The next higher fitted precision is used, a property's own rows before the pooled ones."""
    assert FITTED.threshold("urn:q", 0.5) == 0.4
    assert FITTED.threshold("urn:q", 0.51) == 0.7
    assert FITTED.threshold("urn:p", 0.3) == 0.2
    assert FITTED.threshold("urn:p", 0.9) is None


def test_too_high_a_precision_is_an_error():
    """A precision above all that was fitted names the highest."""
    with pytest.raises(SettingError, match=r"expected at most 0\.9, .* came 0\.95; lower it.*kgbuild calibrate DATA"):
        FITTED.threshold("urn:q", 0.95)


def test_calibration_error_by_hand():
    """Two bins: |0.2 - 0.5| of two scores and |0.9 - 1| of one make (0.6 + 0.1) / 3."""
    assert expected_calibration_error([0.2, 0.2, 0.9], [True, False, True], bins=2) == pytest.approx(0.7 / 3)
    assert expected_calibration_error([1.0, 0.0], [True, False]) == 0.0
    assert expected_calibration_error([], []) == 0.0


@pytest.mark.parametrize("calibration", [Calibration(), FITTED, TWO])
def test_json_round_trip(calibration: Calibration):
    """Through JSON and back it is the same calibration."""
    assert calibration_from_dict(json.loads(json.dumps(calibration_to_dict(calibration)))) == calibration


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0.0},
        {"temperature": math.inf},
        {"bias": math.nan},
        {"bias": None},
        {"thresholds": [{}]},
        {"others": {}},
    ],
)
def test_a_damaged_dict_is_refused(change: dict[str, object]):
    """Values that no fit gives are an error of the checkpoint."""
    with pytest.raises(CheckpointError, match="calibration: expected"):
        calibration_from_dict(calibration_to_dict(FITTED) | change)


def test_an_older_calibration_holds_for_all_properties():
    """One that was written before others had numbers of their own is read as it was meant."""
    told = calibration_to_dict(FITTED)
    assert calibration_from_dict({key: told[key] for key in told.keys() - {"learned", "others"}}) == FITTED


def test_a_missing_key_is_refused():
    """A dict without its keys is an error of the checkpoint."""
    with pytest.raises(CheckpointError, match=r"thresholds, fitted, came \{\}"):
        calibration_from_dict({})
