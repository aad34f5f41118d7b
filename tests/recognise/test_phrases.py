"""Runs of words lie between names, marks and small words."""

from score.marked import annotated

from kgbuild.recognise.phrases import runs
from kgbuild.records import Span


def test_runs_end_at_names_marks_and_small_words() -> None:
    """Each run is of one sentence; words that are told to end one are in none."""
    document = annotated(
        "[Bo|PER] shot a low-budget comedy horror film, loud parody of [Orr|PER] plays.\nQuiet days passed."
    )
    text = document.document.text
    found = [[text[item.start : item.end] for item in run] for run in runs(document, {"film"})]
    assert found == [
        ["shot"],
        ["low-budget", "comedy", "horror"],
        ["loud", "parody"],
        ["plays"],
        ["Quiet", "days", "passed"],
    ]


def test_runs_within_stretches() -> None:
    """Where stretches are told, runs lie in them."""
    document = annotated("[Bo|PER] shot a low-budget comedy horror film in black and white.")
    text = document.document.text
    stretches = [Span(text.index(words), text.index(words) + len(words)) for words in ("comedy horror film", "white")]
    found = [[text[item.start : item.end] for item in run] for run in runs(document, {"film"}, within=stretches)]
    assert found == [["comedy", "horror"], ["white"]]


def test_no_run_without_words() -> None:
    """A text of names and small words alone has none."""
    assert list(runs(annotated("[Bo|PER] and [Orr|PER] were there."), ())) == []
