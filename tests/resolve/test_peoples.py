"""Adjectives of places lead to the places."""

import pytest

from kgbuild.resolve.across_names import usual_place
from kgbuild.resolve.known import KNOWN_NAMES
from kgbuild.resolve.names import folded_name
from kgbuild.resolve.peoples import PLACE_OF


@pytest.mark.parametrize(
    ("name", "place"),
    [("yemeni", "yemen"), ("american", "united states"), ("america", "united states"), ("dutch", "netherlands")],
)
def test_an_adjective_and_another_name_lead_to_one_place(name: str, place: str):
    """The adjective of a place, its other name and its usual name are told to be one."""
    assert usual_place(name) == usual_place(place) == place


def test_an_adjective_of_several_places_leads_to_none():
    """Where two states share an adjective, it stays what it is."""
    assert [usual_place(name) for name in ("korean", "congolese", "dominican")] == ["korean", "congolese", "dominican"]


def test_the_table_is_folded():
    """Every name is written as names are compared, or it would never be found; no adjective is another's place."""
    assert {name for name in {*PLACE_OF, *PLACE_OF.values()} if folded_name(name, "LOC") != name} == set()
    assert PLACE_OF.keys().isdisjoint({*PLACE_OF.values(), *KNOWN_NAMES})
