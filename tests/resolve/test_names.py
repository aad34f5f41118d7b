"""Spellings of one name meet in one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.resolve.names import (
    abbreviates,
    acronym_letters,
    folded_name,
    name_initials,
    name_words,
    normal_name,
    without_article,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada Lovelace", "ADA  lovelace"),
        ("The Hague", "Hague"),
        ("Finnegan's", "Finnegan"),
        ("James’", "James"),
        ("J.R.R. Tolkien", "J. R. R. Tolkien"),
        ("“Ada”", "Ada"),
        ("Coca–Cola", "Coca-Cola"),
        ("ﬁnch", "finch"),
        ("Cafe\u0301", "Café"),
        ("John F Kennedy", "John F. Kennedy"),
    ],
)
def test_spellings_meet(one: str, other: str):
    """Case, spaces, article, possessive, dots, quotes, dashes and composition do not tell names apart."""
    assert normal_name(one, "PER") == normal_name(other, "PER")


@pytest.mark.parametrize(
    ("one", "other"), [("Durán", "Duran"), ("C", "C++"), ("The", ""), ("U2", "U"), ("Ann", "Anns")]
)
def test_names_stay_apart(one: str, other: str):
    """Accents, signs and digits tell names apart."""
    assert normal_name(one, "MISC") != normal_name(other, "MISC")


def test_short_forms_depend_on_the_type():
    """The country's short form is the country; a film of the same letters is not."""
    assert normal_name("the U.S.'s", "LOC") == normal_name("USA", "LOC") == "united states"
    assert normal_name("Us", "MISC") == "us"


def test_folding_drops_accents():
    """Inside a document Lórien and Lorien are compared as equal."""
    assert folded_name("Lórien", "LOC") == folded_name("Lorien", "LOC")


@pytest.mark.parametrize(
    ("one", "other", "type"),
    [
        ("Salt & Sons", "Salt and Sons", "ORG"),
        ("Tarn – Ostia Line", "Tarn-Ostia Line", "MISC"),
        ("Ta'arn", "Taʿarn", "LOC"),
        ("U.S. Navy", "United States Navy", "ORG"),
        ("the UK Parliament", "United Kingdom Parliament", "ORG"),
    ],
)
def test_folding_joins_spellings(one: str, other: str, type: str):
    """Inside a document signs, dashes, apostrophes and states' short forms do not tell names apart."""
    assert folded_name(one, type) == folded_name(other, type)


def test_folding_keeps_titles():
    """The short form of a state is a word like others in the title of a song."""
    assert folded_name("Us and Them", "MISC") == "us and them"


def test_letters_of_an_acronym():
    """Dots and the plural's s are none of them."""
    assert (acronym_letters("U.S.S.R."), acronym_letters("NGOs"), acronym_letters("B2B")) == ("ussr", "ngo", "b2b")


@pytest.mark.parametrize(
    ("short", "full", "expected"),
    [
        ("UTW", "Union of Tarn Weavers", True),
        ("TarnWeave", "Tarn Weaving Enterprise", True),
        ("UTW", "the Union of Tarn Weavers", True),
        ("the UTW", "Union of Tarn Weavers", True),
        ("TUW", "Union of Tarn Weavers", False),
        ("UTX", "Union of Tarn Weavers", False),
        ("Union", "Union of Tarn Weavers", False),
        ("UTW", "Untwined", False),
    ],
)
def test_abbreviations(short: str, full: str, expected: bool):
    """Two capitals, the first letter first, the others in order, of several words."""
    assert abbreviates(short, full) is expected


@pytest.mark.parametrize(
    ("name", "type", "expected"),
    [
        ("The UTW", "ORG", "UTW"),
        ("The Weavers", "ORG", "The Weavers"),
        ("the Weavers", "ORG", "Weavers"),
        ("The Used", "ORG", "Used"),
        ("The Used", "MISC", "The Used"),
        ("The UTW", "PER", "The UTW"),
        ("The", "ORG", "The"),
        ("Theodor", "PER", "Theodor"),
    ],
)
def test_articles(name: str, type: str, expected: str):
    """A small article goes; a capital one only before an acronym or a name used alone, of no person and no work."""
    assert without_article(name, type, {"Used"}) == expected


def test_initials_with_and_without_small_words():
    """Both acronyms of a name with small words are known; one word has none."""
    assert name_initials(name_words("Food and Agriculture Organization")) == {"faao", "fao"}
    assert name_initials(name_words("Greenpeace")) == set()


@given(st.text(min_size=1))
def test_normal_names_are_stable(name: str):
    """Every name has a normal form that is not empty and has no white space at its edges or doubled."""
    normal = normal_name(name, "PER")
    assert normal == " ".join(normal.split()) != ""
