"""Dates that triples tell and nobody marked are found in the text, as they are written there."""

from typing import Any

import pytest

from kgbuild.train.dated import with_dates


def line(text: str, value: str, head: str = "Orr") -> dict[str, Any]:
    """A line whose first three characters are a mention, with one triple."""
    mentions = [{"start": 0, "end": 3, "type": None, "entity": 4}]
    return {"text": text, "mentions": mentions, "triples": [{"subject": head, "relation": "P577", "object": value}]}


@pytest.mark.parametrize(
    ("text", "value", "found"),
    [
        ("Orr came out on July 3, 1943.", "03 July 1943", "July 3, 1943"),
        ("Orr came out on 3rd of July 1943 and in 1944.", "03 July 1943", "3rd of July 1943"),
        ("Orr came out in May 1943.", "01 May 1943", "May 1943"),
        ("Orr is a film of 1943.", "01 January 1943", "1943"),
        ("Orr is a film of 1943.", "1943", "1943"),
    ],
)
def test_a_date_is_found_as_it_is_written(text: str, value: str, found: str) -> None:
    """It becomes a mention of its own type and entity, and the tail of the relation."""
    record = with_dates(line(text, value))
    date = record["mentions"][1]
    assert (text[date["start"] : date["end"]], date["type"]) == (found, "TIME")
    assert record["relations"] == [{"head": 4, "tail": date["entity"], "label": "P577"}]
    assert date["entity"] != 4


@pytest.mark.parametrize(
    "told",
    [
        line("Orr came out on July 3, 1943.", "04 July 1943"),
        line("Orr came out in 1943.", "03 July 1943"),
        line("Orr came out in 1943.", "1943", head="Una"),
        line("Orr came out in 1943.", "Una"),
        {"text": "1943 came.", "mentions": [{"start": 0, "end": 4, "type": "TIME", "entity": 0}], "triples": [["a"]]},
        {"text": "Orr", "mentions": []},
    ],
)
def test_what_is_not_there_is_not_found(told: dict[str, Any]) -> None:
    """Another date, a head that is no mention, no date, triples of another form: nothing is added."""
    assert with_dates(told)["mentions"] == told["mentions"]
    assert not with_dates(told).get("relations")
