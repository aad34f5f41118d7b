"""Rules of identity work together, over all names and types of a document."""

import pytest
from marked_text import read_marked

from kgbuild.resolve.clusters import cluster_mentions


def test_groups_are_ordered(clusters):
    """Groups stand in the order of their first mention, mentions in that of the text."""
    marked = "[Tarn|LOC], [Lena Orlow|PER], [tarn|LOC], [Orlow|PER], [Ostia|LOC]"
    assert clusters(marked) == [["Tarn", "tarn"], ["Lena Orlow", "Orlow"], ["Ostia"]]


def test_other_mentions_are_left_out():
    """A mention that is not among the numbers is in no group, and joins none."""
    text, mentions = read_marked("[Tarn|LOC] (formerly [Old Ferry|LOC]), [Tarn|LOC]")
    assert cluster_mentions(text, mentions, [0, 2]) == [[0, 2]]
    assert cluster_mentions(text, mentions, []) == []


def test_rules_work_on_what_others_joined(clusters):
    """A part and an acronym that fit two names are clear, because the bracket joined the two."""
    marked = "the [Guild of Tarn|ORG] ([Gilde Tarns|ORG]), [Guild|ORG] or [GT|ORG]"
    assert len(clusters(marked)) == 1


@pytest.mark.parametrize(
    ("marked", "groups"),
    [
        ("[Tarn|ORG|0.6] and [Tarn|LOC|0.99]", 1),
        ("[Tarn|MISC|0.6] and [Tarn|ORG|0.99]", 1),
        ("[Tarn|ORG] and [Tarn|LOC]", 2),
        ("[Tarn|ORG], [Tarn|LOC] and [Tarn|LOC]", 1),
        ("[Tarnish|MISC], [Tarnish|LOC] and [Tarnish|LOC]", 2),
        ("[Tarn|MISC|0.6], [Tarn|MISC|0.95] and [Tarn|ORG]", 2),
    ],
)
def test_a_name_of_two_types(clusters, marked: str, groups: int):
    """It is one thing when the recogniser doubts a type, or gave one seldom; a language stays apart from its people."""
    assert len(clusters(marked)) == groups


@pytest.mark.parametrize(
    "marked",
    [
        "[France|LOC] and [French|LOC]",
        "[France|LOC] and [French|MISC]",
        "[American|LOC] and the [United States|LOC]",
        "[Germans|LOC] and [German|LOC]",
    ],
)
def test_peoples_are_no_countries(clusters, marked: str):
    """A country, its people and its language are not joined by their names."""
    assert len(clusters(marked)) == 2


def test_works_of_one_name_differ_by_what_follows(clusters):
    """A film, its sequel and the novel with another title are three."""
    marked = "the film [Salt Road|MISC], its sequel [Salt Road 2|MISC] and the novel [The Road of Salt|MISC]"
    assert len(clusters(marked)) == 3
