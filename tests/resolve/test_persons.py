"""Short names go to the persons who bear them, and the persons of a family stay apart."""

import pytest


@pytest.mark.parametrize(
    "marked",
    [
        "[Lena Orlow|PER] and [Orlow|PER]",
        "[Lena Orlow|PER] and [Lena|PER]",
        "[Lena Maria Orlow|PER] and [L. M. Orlow|PER]",
        "[Dr. Orlow|PER] and [Orlow|PER]",
        "[Orlow|PER] and [Jan Orlow Jr.|PER]",
        "[Benjamin Orlow|PER] and [Ben Orlow|PER]",
        "[Pablo Orlow Quist|PER] and then [Pablo Orlow|PER]",
        "[Pablo Orlow|PER] and [Pablo Orlow da Quist|PER]",
        "[Pope Urban II|PER] and [Urban II|PER]",
        "[Lena Maria Orlow|PER] sang.\nThen [Maria Orlow|PER] died.",
        "[Quist-Orlow|PER] and [Lena Quist-Orlow|PER]",
        "[van Orlow|PER] and [Lena van Orlow|PER]",
    ],
)
def test_one_person(clusters, marked: str):
    """A surname, a first name, initials, a title, a pet name or a second surname left out make no other person."""
    assert len(clusters(marked)) == 1


@pytest.mark.parametrize(
    "marked",
    [
        "[Lena Orlow|PER] and [Jan Orlow|PER]",
        "[Jan Orlow Sr.|PER] and [Jan Orlow Jr.|PER]",
        "[Jan Orlow|PER] and [Jan Orlow Jr.|PER]",
        "[Urban I|PER] and [Urban II|PER]",
        "[Mr Orlow|PER] and [Mrs Orlow|PER]",
        "[Jan P. Orlow|PER] and [Jan H. P. Orlow|PER]",
        "[Paul Orlow|PER] and [Pauline Orlow|PER]",
        "[Pablo Orlow|PER] and then [Pablo Orlow Quist|PER]",
        "[Maria Orlow|PER] sang.\nHer daughter was [Lena Maria Orlow|PER].",
        "[Lena Maria Orlow|PER] was a daughter of [Maria Orlow|PER].",
        "[M. Orlow|PER] and [Lena Maria Orlow|PER]",
        "[Saint Urban|PER] and [Urban|PER]",
        "[Orlow|PER] and [Orlowski|PER]",
        "[J. Orlow|PER] and [J.|PER]",
        "[Lena Orlow|PER] and [Orlow|LOC]",
    ],
)
def test_two_persons(clusters, marked: str):
    """Another first name, number, title or initial is another person, whatever is shared."""
    assert len(clusters(marked)) == 2


def test_the_surname_is_the_person_whom_the_text_is_about(clusters):
    """In a sentence of its own an ambiguous surname is the one named first, not the one named last."""
    marked = "[Lena Orlow|PER] sang.\nHer brother was [Jan Orlow|PER].\n[Orlow|PER] died in 1950."
    assert clusters(marked) == [["Lena Orlow", "Orlow"], ["Jan Orlow"]]


def test_the_sentence_comes_first(clusters):
    """Within a sentence an ambiguous surname is the one named last before it."""
    marked = "[Lena Orlow|PER] sang.\n[Jan Orlow|PER] said that [Orlow|PER] had come."
    assert clusters(marked) == [["Lena Orlow"], ["Jan Orlow", "Orlow"]]


def test_an_ambiguous_name_joins_nobody(clusters):
    """Two persons of one surname are two although the surname stands beside both."""
    marked = "[Orlow|PER] and [Orlow|PER]\n[Lena Orlow|PER]\n[Jan Orlow|PER] and [Orlow|PER]"
    assert clusters(marked) == [["Orlow", "Orlow", "Lena Orlow"], ["Jan Orlow", "Orlow"]]


def test_a_child_with_the_name_of_its_parent_keeps_its_own(clusters):
    """The surname alone is the parent whom the text is about, though the child has one name more."""
    marked = "[Jan Orlow|PER] sang.\nHis son was [Lars Jan Orlow|PER].\n[Orlow|PER] died; [Jan Orlow|PER] was 80."
    assert clusters(marked) == [["Jan Orlow", "Orlow", "Jan Orlow"], ["Lars Jan Orlow"]]
