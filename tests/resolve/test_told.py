"""Names that the text says are the same are joined, and names that merely stand in brackets are not."""

import pytest


@pytest.mark.parametrize(
    "marked",
    [
        "[Tarnwick|LOC] (formerly [Old Ferry|LOC]) lies there",
        "[Tarnwick|LOC], also known as the [Gate of Salt|LOC], lies there",
        "[Tarnwick|LOC], which was originally called [Old Ferry|LOC], lies there",
        "[Tarnwick|LOC] is better known as [the Ferry|LOC].",
        "[Tarnwick|LOC] (also spelt [Ternwik|LOC]) lies there",
        "[Tarnwick|LOC] ([Тарнвик|LOC]) lies there",
        "[Tarnwick|LOC] ([Tarnvik|LOC]) lies there",
        "[Tarnwick|LOC] or [Tarnvik|LOC]",
        "[Tarnwick|LOC] (now [Old Ferry|LOC]).",
        "[Lena Orlow|PER], née [Quist|PER], sang",
        "[Lena Orlow|PER] (born [Magda Quist|PER]; 1901)",
        "[Lena Orlow|PER] ([Лена Орлова|PER])",
        "[Union of Weavers|ORG] ([Liga Tkaczy|ORG])",
        "[Union of Weavers|ORG] (, [Liga Tkaczy|ORG])",
        "[The Salt Road|MISC] (“[Solvejen|MISC]”, 1921)",
        "[The Salt Road|MISC] ([Danish|MISC]: [Solvejen|MISC])",
        "[Union of Weavers|ORG] () or simply the [Weavers|ORG]",
    ],
)
def test_the_text_gives_another_name(clusters, marked: str):
    """Brackets, "also known as", "formerly", "or" and their like name the same thing again."""
    names = [group for group in clusters(marked) if group != ["Danish"]]
    assert len(names) == 1


@pytest.mark.parametrize(
    "marked",
    [
        "[Tarnwick|LOC] ([Ostmark|LOC])",
        "born in [Tarnwick|LOC], [Ostmark|LOC] (now [Brzeg|LOC], [Poland|LOC])",
        "[Lena Orlow|PER] ([Magda Quist|PER])",
        "[Lena Orlow|PER] is best known as [Salome|PER]",
        "[Lena Orlow|PER] called [Magda Quist|PER]",
        "[Lena Orlow|PER] or [Magda Quist|PER]",
        "either [Lena Orlow|PER] or [Jan Orlow|PER]",
        "[University of Tarn|ORG] or [University of Ostia|ORG]",
        "[Weavers Ltd|ORG] ([NYSE|ORG])",
        "[The Salt Road|MISC] ([Danish|MISC])",
        "[The Salt Road|MISC] ([Solvejen|MISC] and others)",
        "[The Salt Road|MISC], formerly [Solvejen|MISC] and others",
        "[Tarnwick|LOC] (also known as [Ada Orlow|PER])",
        "[Tarnwick|LOC] lies on the river that a thousand years ago they say was also called [Old Ferry|LOC]",
    ],
)
def test_a_neighbour_is_no_other_name(clusters, marked: str):
    """A place's region, an actor's role, a stock exchange, a language or another kind of thing stays apart."""
    found = clusters(marked)
    assert sum(map(len, found)) == len(found)


def test_all_mentions_of_both_names_are_joined(clusters):
    """What is told once holds for the whole document."""
    assert clusters("[Old Ferry|LOC]. [Tarnwick|LOC], formerly [Old Ferry|LOC], and [Tarnwick|LOC]") == [
        ["Old Ferry", "Tarnwick", "Old Ferry", "Tarnwick"]
    ]
