"""A number is found beside its unit, and none is found where a word changes it or leaves it open."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.numerals import number_in, plain_text, quantity_in


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12 km", "12"),
        ("12km", "12"),
        ("12-km", "12"),
        ("1,200 square kilometres", "1200"),
        ("35 %", "0.35"),
        ("35 per cent", "0.35"),
        ("35 % of adults", "0.35"),
        ("3.5 million", "3500000"),
        ("3.5 million US dollars", "3500000"),
        ("$3.5 million", "3500000"),
        ("US$ 5", "5"),
        ("−5 °C", "-5"),
        ("80 km/h", "80"),
        ("9 km²", "9"),
        ("twelve miles", "12"),
        ("a hundred miles", "100"),
        ("Two", "2"),
    ],
)
def test_quantities_are_understood(text: str, value: str) -> None:
    """Digits or words with a unit, a currency or a scale are one number; a percentage is its fraction."""
    assert quantity_in(plain_text(text)) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        *["12 to 15 km", "3-4", "3 - 4 km", "5 or 6", "five or six", "over 100", "10th", "1990s", "two dozen", "5k"],
        *["6 feet 2 inches", "12,5 km", "1.2.3", "two thirds", "two and a half km", "two more", "$100m", "five zero"],
        *["two thirty-five", "km", "", "10 (ten)", "5 million - 6 million"],
    ],
)
def test_quantities_in_doubt_are_none(text: str) -> None:
    """Ranges, fractions in words, ordinals, decades and abbreviated scales are not guessed at."""
    assert quantity_in(plain_text(text)) is None


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    """No text raises, and what is a number by itself is the same quantity."""
    plain = plain_text(text)
    assert number_in(plain) in (None, quantity_in(plain))
