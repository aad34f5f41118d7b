"""Mentions end where a name does: brackets and quotes come in pairs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.recognise.edges import trim_mention


def names(marked: str) -> list[str]:
    """The names left of what stands between the two bars."""
    before, name, after = marked.split("|")
    text = before + name + after
    return [text[span.start : span.end] for span in trim_mention(text, len(before), len(before) + len(name))]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("|The Union of Weavers (UOW|) met", ["The Union of Weavers", "UOW"]),
        ("|The Union of Weavers (UOW| in Tarn) met", ["The Union of Weavers"]),
        ("|Tarn (a loom of gold|) is a song", ["Tarn"]),
        ("|Tarn (Departure|) is a song", ["Tarn"]),
        ("the Union (|UOW)| met", ["UOW"]),
        ("the Union |(UOW|) met", ["UOW"]),
        ("|UOW) of Tarn|", ["UOW"]),
        ("|“Tarn|” is a song", ["Tarn"]),
        ('“|Tarn"| is a song', ["Tarn"]),
        ("| Tarn [2|", ["Tarn"]),
        ("|“(Never) in Tarn|” is a song", ["(Never) in Tarn"]),
        ("|)|", []),
        ("| \n|", []),
        ("|((((|", []),
    ],
)
def test_what_is_not_paired_is_cut_off(marked: str, expected: list[str]) -> None:
    """A name goes to the first bracket or quote without its other half; an acronym in brackets is one of its own."""
    assert names(marked) == expected


@pytest.mark.parametrize(
    "name", ["Tarn", "Union (UOW)", "(Tarn)", "“Tarn”", 'Jan "the Loom" Orlow', "f(x[1])", '12" loom', "Orlow's"]
)
def test_what_is_paired_stays(name: str) -> None:
    """Pairs inside or around a name, and a sign of inches within, are left alone."""
    assert names(f"a |{name}| b") == [name]


@given(st.text('a ()[]"“”\n', max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_names_lie_inside_the_mention(text: str, one: int, other: int) -> None:
    """Names are ordered, disjoint, not empty, without white space at their ends; to trim them again changes none."""
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    last = start
    for span in trim_mention(text, start, end):
        assert last <= span.start < span.end <= end
        assert text[span.start : span.end] == text[span.start : span.end].strip()
        assert list(trim_mention(text, span.start, span.end)) == [span]
        last = span.end


def test_a_page_of_brackets_is_no_matter() -> None:
    """Thousands of brackets in one mention end in time, in the name before them."""
    text = "Tarn" + " (a" * 20_000
    assert [text[span.start : span.end] for span in trim_mention(text, 0, len(text))] == ["Tarn"]
    assert not list(trim_mention("([" * 20_000, 0, 40_000))
