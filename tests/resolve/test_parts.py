"""Short and other forms of the names of organisations, places and things are joined when only one can be meant."""

import pytest


@pytest.mark.parametrize(
    "marked",
    [
        "[Tarn Weaving Co., Ltd.|ORG] and [Tarn Weaving|ORG]",
        "[Tarn Football Club|ORG] and [Tarn F.C.|ORG] and [Tarn|ORG]",
        "[Union of Tarn Weavers|ORG] and the [UTW|ORG]",
        "the [Tarnish Senate|ORG] and the [Senate|ORG]",
        "the [Guild of Weavers|ORG] and the [Guild|ORG]",
        "[Tarn University|ORG] and [Tarn|ORG]",
        "the [United States Office of Salt|ORG] and the [Office of Salt|ORG]",
        "the [U.S. Salt Corps|ORG] and the [United States Salt Corps|ORG]",
        "the [Weavers' Revolt|MISC] and the [Revolt|MISC]",
        "the [Salt Prizes|MISC] and the [Salt Prize|MISC]",
        "the [Tarn Islands|LOC] and [Tarn|LOC]",
        "the [Free Republic of Tarn|LOC] and [Tarn|LOC]",
        "the [Bay of Tarn|LOC] and the [Bay|LOC]",
        "the [Tarn Hills|LOC] and a [Tarn Hill|LOC]",
    ],
)
def test_one_thing(clusters, marked: str):
    """Legal form, kind, state, plural or a part left out make no other thing."""
    assert len(clusters(marked)) == 1


@pytest.mark.parametrize(
    "marked",
    [
        "the [Senate|ORG] and the [Tarnish Senate|ORG]",
        "[Tarn Radio|ORG] and [Tarn|ORG]",
        "[Tarn School of Salt|ORG] and [Tarn|ORG]",
        "the [Tarn State Senate|ORG] and the [State Senate|ORG]",
        "[Tarn County|LOC] and [Tarn|LOC]",
        "[East Tarn|LOC] and [Tarn|LOC]",
        "the [Tarns|LOC] and [Tarn|LOC]",
        "the [City of Tarn|LOC] and [Tarn|LOC]",
        "[Salt|MISC] and [Salt II|MISC]",
        "[Salt of the Sea|MISC] and [Salt|MISC]",
        "the [Tarnish Senate|ORG] and the [Senate|LOC]",
        "[Tarnish Sound|PER] and [Sound|ORG]",
    ],
)
def test_two_things(clusters, marked: str):
    """A part named before the whole, a place in another, a sequel, or another type is another thing."""
    assert len(clusters(marked)) == 2


def test_a_part_of_two_names_joins_nothing(clusters):
    """After two senates "the Senate" is neither."""
    assert len(clusters("[Tarnish Senate|ORG], [Ostian Senate|ORG], the [Senate|ORG]")) == 3


def test_a_part_of_two_names_of_one_thing_is_that(clusters):
    """Both names of the senate are the same thing, so that "the Senate" is clear."""
    assert len(clusters("[Tarnish Senate|ORG] (also the [High Senate|ORG]) and the [Senate|ORG]")) == 1


def test_an_acronym_of_two_names_of_one_thing_is_that(clusters):
    """The letters fit both names, which are one."""
    assert len(clusters("[Red Salt Guild|ORG] ([Rote Salz Gilde|ORG]), later the [RSG|ORG]")) == 1
