"""Names that were cut in two are made whole, and names that stand side by side stay two."""

from dataclasses import replace

import pytest
from score.marked import annotated

from kgbuild.recognise.wholes import WholeNames
from kgbuild.records import AnnotatedDocument

THINGS = {"album": "MISC", "observatory": "ORG"}
ORIGINS = {name: name for name in ("PER", "ORG", "LOC", "TIME", "NUM", "MISC")}


def doubted(marked: str) -> AnnotatedDocument:
    """The text with mentions that a model found."""
    document = annotated(marked)
    return replace(document, mentions=tuple(replace(item, probability=0.9) for item in document.mentions))


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("She got the [Golden Oar for|MISC] [Best Boat|MISC].", [("Golden Oar for Best Boat", "MISC")]),
        ("It won the [Oar Award|MISC] for [Best Boat|MISC].", [("Oar Award for Best Boat", "MISC")]),
        ("[Ada Orr|PER]: [The Long Way|MISC] sold well.", [("Ada Orr: The Long Way", "MISC")]),
        ("[United Isles of|LOC] [Orra|LOC] voted.", [("United Isles of Orra", "LOC")]),
        ("Then [Who Is Bo|MISC]? was shown.", [("Who Is Bo?", "MISC")]),
        ("Then The [Long Way|MISC] and The [Oar Club|ORG] met.", [("The Long Way", "MISC"), ("The Oar Club", "ORG")]),
        ("[The|MISC] [Long Way|MISC] sold well.", [("The Long Way", "MISC")]),
        ("[Orr in|PER] [Oslo|LOC] is a live album.", [("Orr in Oslo", "MISC")]),
        ("Mount Orr is the oldest observatory there.", [("Mount Orr", "ORG")]),
        ("The Orr [Hill|LOC] is the oldest observatory there.", [("Orr Hill", "ORG")]),
        ("[The Royal|ORG] [Observatory|LOC] is an observatory.", [("The Royal Observatory", "ORG")]),
        ("The Hill is an observatory.", [("The Hill", "ORG")]),
        ("The Orr [Hill|LOC] is an album.", [("The Orr Hill", "MISC")]),
    ],
)
def test_parts_of_a_name_are_one(marked: str, expected: list[tuple[str, str]]) -> None:
    """Unfinished names, subtitles, what an award is for, marks before small letters, and subjects of definitions."""
    found = WholeNames(THINGS, {}, ORIGINS).of(doubted(marked))
    assert [(item.text, item.type) for item in found.mentions] == expected
    assert all(item.text == found.document.text[item.start : item.end] for item in found.mentions)


@pytest.mark.parametrize(
    "marked",
    [
        "[Ada|PER] and [Bo|PER] met in [Oslo|LOC].",
        "He left in [May of|TIME] [1815|TIME].",
        "Was it [Bo|PER]? He said no.",
        "The film ([German|MISC]: [Der Weg|MISC]) was shown.",
        "[Ada Orr|PER] of [Oslo|LOC] is a lawyer.",
        "The album is an album by [Bo|PER].",
        "Bo sold well.\nThe [Long Way|MISC] did not.",
        "Then the [Long Way|MISC] and The [Orra|LOC] met.",
        "It is an album by [Bo|PER].",
    ],
)
def test_names_side_by_side_stay_two(marked: str) -> None:
    """What only stands near, a value, the end of a sentence and a subject that is no name are left alone."""
    before = doubted(marked)
    found = WholeNames(THINGS, {}, ORIGINS).of(before)
    assert found.mentions == before.mentions


def test_what_a_list_names_stays() -> None:
    """A mention without any doubt is as its list has it."""
    before = annotated("[Orr in|PER] [Oslo|LOC] is a live album.")
    found = WholeNames(THINGS, {}, ORIGINS).of(before)
    assert found.mentions == before.mentions


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("He was the first President of [Orra|LOC] then.", [("President of Orra", "office")]),
        ("He was vice president of the [Senate|ORG].", [("vice president of the Senate", "deputy")]),
        ("The guest of [Orra|LOC] was president.", [("Orra", "LOC")]),
        ("He was president of [Bo|PER].", [("Bo", "PER")]),
        ("He was the presidents of [Orra|LOC].", [("Orra", "LOC")]),
        ("He was [Lord President|MISC] of [Orra|LOC].", [("Lord President", "MISC"), ("Orra", "LOC")]),
    ],
)
def test_offices_hold_the_name_of_their_place(marked: str, expected: list[tuple[str, str]]) -> None:
    """The longest office of the ontology with "of" and the place or body is one mention; no other word is."""
    offices = {"president": "office", "vice president": "deputy"}
    found = WholeNames(THINGS, offices, ORIGINS).of(doubted(marked))
    assert [(item.text, item.type) for item in found.mentions] == expected
    assert all(item.text == found.document.text[item.start : item.end] for item in found.mentions)


def test_places_that_were_learned_belong_to_their_offices() -> None:
    """A town of one's own ontology is as a place; another thing is not."""
    origins, offices = {"town": "LOC", "film": "MISC"}, {"president": "office"}
    before = doubted("He was president of [Orra|town], not president of [Una|film].")
    found = WholeNames({}, offices, origins).of(before)
    assert [(item.text, item.type) for item in found.mentions] == [("president of Orra", "office"), ("Una", "film")]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("Then The [Long Way|film] and The [Orra|town] met.", [("The Long Way", "film"), ("Orra", "town")]),
        ("She got the [Golden Oar for|town] [Best Boat|film].", [("Golden Oar for Best Boat", "film")]),
        ("She got the [Golden Oar for|town] [Ada|human].", [("Golden Oar for Ada", "town")]),
        ("Then [Who Is Bo|film]? was shown.", [("Who Is Bo?", "film")]),
        ("[Golden|film] Oar is an album.", [("Golden Oar", "film")]),
        ("[Golden|human] Oar is an album.", [("Golden Oar", "record")]),
    ],
)
def test_types_that_were_learned_are_as_what_they_began_as(marked: str, expected: list[tuple[str, str]]) -> None:
    """A title is one whatever its class is called; of two classes that of the work, if there is one, names both."""
    origins = {"film": "MISC", "town": "LOC", "human": "PER", "record": "MISC"}
    found = WholeNames({"album": "record"}, {}, origins).of(doubted(marked))
    assert [(item.text, item.type) for item in found.mentions] == expected
