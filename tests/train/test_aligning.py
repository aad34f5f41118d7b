"""What triples tell and nobody marked is found in the text; what is not there is left open."""

from typing import Any

import pytest

from kgbuild.train.aligning import Aligned, with_triples


def line(text: str, value: str, head: str = "Orr") -> dict[str, Any]:
    """A line whose first three characters are a mention, with one triple."""
    mentions = [{"start": 0, "end": 3, "type": None, "entity": 4}]
    return {
        "text": text,
        "sentences": [[0, len(text)]],
        "mentions": mentions,
        "triples": [{"subject": head, "relation": "P577", "object": value}],
    }


@pytest.mark.parametrize(
    ("text", "value", "found"),
    [
        ("Orr came out on July 3, 1943.", "03 July 1943", "July 3, 1943"),
        ("Orr came out on 3rd of July 1943 and in 1944.", "03 July 1943", "3rd of July 1943"),
        ("Orr came out in May 1943.", "01 May 1943", "May 1943"),
        ("Orr is a film of 1943.", "01 January 1943", "1943"),
        ("Orr is a film of 1943.", "1943", "1943"),
        ("Orr came out on 1 May 1943, or in May 1943.", "01 May 1943", "1 May 1943"),
    ],
)
def test_a_date_is_found_as_it_is_written(text: str, value: str, found: str) -> None:
    """It becomes a mention of its own type and entity, and the tail of the relation."""
    record = with_triples(line(text, value), dates=True).record
    date = record["mentions"][1]
    assert (text[date["start"] : date["end"]], date["type"]) == (found, "TIME")
    assert record["relations"] == [{"head": 4, "tail": date["entity"], "label": "P577"}]
    assert date["entity"] != 4


@pytest.mark.parametrize(
    ("told", "ends"),
    [
        (line("Orr came out on July 3, 1943.", "04 July 1943"), [(4, "P577", "head"), (None, "P577", "tail")]),
        (line("Orr came out in 1943.", "03 July 1943"), [(4, "P577", "head"), (None, "P577", "tail")]),
        (line("Orr came out in 1943.", "Una"), [(4, "P577", "head"), (None, "P577", "tail")]),
        (line("Orrs is a man.", "isa", head="Man n"), [(None, "P577", "head"), (None, "P577", "tail")]),
        (line("Orr came out.", "Orr", head="Orr"), [(4, "P577", "head"), (4, "P577", "tail")]),
    ],
)
def test_what_is_not_there_is_left_open(told: dict[str, Any], ends: list[Any]) -> None:
    """Another date, another name, a name inside a word, a thing twice: nothing is added, and of what it is is said."""
    found = with_triples(told, dates=True)
    assert found.record["mentions"] == told["mentions"]
    assert not found.record["relations"]
    assert (found.open, list(found.ends)) == ({"P577"}, ends)


@pytest.mark.parametrize(
    "told",
    [
        {
            "text": "1943 came.",
            "sentences": [[0, 10]],
            "mentions": [{"start": 0, "end": 4, "type": "TIME", "entity": 0}],
            "triples": [["a"]],
        },
        {"text": "Orr", "sentences": [[0, 3]], "mentions": []},
    ],
)
def test_triples_of_another_form_are_none(told: dict[str, Any]) -> None:
    """The line stays as it is."""
    assert with_triples(told, dates=True) == Aligned(told)


def test_dates_are_looked_for_where_they_are_wanted() -> None:
    """An ontology without dates has no use for them."""
    assert with_triples(line("Orr came out in May 1943.", "01 May 1943"), dates=False).open == {"P577"}


def test_a_name_in_its_own_case_is_it() -> None:
    """Where it stands so, other cases of its letters are other words; a name across two sentences is none."""
    told = line("Orr met Her. Then her son left.", "Her")
    assert [item["start"] for item in with_triples(told, dates=True).record["mentions"]] == [0, 8]
    apart = line("Orr met St. Ives there.", "St. Ives") | {"sentences": [[0, 11], [12, 23]]}
    assert with_triples(apart, dates=True).open == {"P577"}


def test_a_new_entity_has_a_number_that_nothing_else_has() -> None:
    """A relation of an entity that lost its mentions is not taken for one of it."""
    told = line("Orr met Bo.", "Bo") | {"relations": [{"head": 4, "tail": 5, "label": "P577"}]}
    assert with_triples(told, dates=True).record["relations"][1] == {"head": 4, "tail": 6, "label": "P577"}


def test_names_are_found_in_any_spacing() -> None:
    """All places of a name that nobody marked are mentions of one thing; the relation that is told stays one."""
    told = line("Orr wrote Night ' s End. Night's End sold.", "Night's End")
    found = with_triples(told, dates=True)
    _, first, second = found.record["mentions"]
    assert [told["text"][item["start"] : item["end"]] for item in (first, second)] == ["Night ' s End", "Night's End"]
    assert (first["type"], first["entity"], second["entity"]) == (None, 5, 5)
    assert found.record["relations"] == [{"head": 4, "tail": 5, "label": "P577"}]
    assert with_triples(found.record, dates=True) == Aligned(found.record, distant=True)
