"""Dates that an annotated line tells in `triples` and marks nowhere, found in its text.

Sets that were made of a knowledge base, such as Text2KGBench, mark things and leave dates out. To learn from such a
line that nothing holds of its dates would unlearn what is known of them.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kgbuild.ontology import DATE_TYPE

__all__ = ["with_dates"]

_VALUE: Final = re.compile(r"(?:(\d{1,2}) ([A-Z][a-z]+) )?(\d{4})")
"""A day as Text2KGBench writes it, the first of January for a year alone; or a year."""


def with_dates(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record with a mention and a relation for each date that is the tail of a triple and stands in the text.

    It must be one that `to_gold` can read, and the head a mention already. A record without `triples`, or with other
    ones, stays as it is.
    """
    triples = list(_triples(record))
    if not triples:
        return record
    text, mentions, relations = record["text"], list(record["mentions"]), list(record.get("relations", ()))
    for head, label, value in triples:
        entity = next((item["entity"] for item in mentions if text[item["start"] : item["end"]] == head), None)
        place = next((found.span() for form in _forms(value) if (found := re.search(form, text))), None)
        if entity is None or place is None or any(m["start"] < place[1] and place[0] < m["end"] for m in mentions):
            continue
        tail = max(item["entity"] for item in mentions) + 1
        mentions.append({"start": place[0], "end": place[1], "type": DATE_TYPE, "entity": tail})
        relations.append({"head": entity, "tail": tail, "label": label})
    mentions.sort(key=lambda item: (item["start"], item["end"]))
    return {**record, "mentions": mentions, "relations": relations}


def _triples(record: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Head, relation and tail of the triples that are told as objects."""
    for item in record.get("triples", ()):
        parts = [item.get(key) for key in ("subject", "relation", "object")] if isinstance(item, Mapping) else []
        told = [part for part in parts if isinstance(part, str)]
        if len(told) == len(parts) == 3:
            yield told[0], told[1], told[2]


def _forms(value: str) -> Iterator[str]:
    """Patterns of the ways to write a date, the exactest first; none where the value is no date."""
    found = _VALUE.fullmatch(value)
    if found is None:
        return
    day, month, year = found.groups()
    if month is not None:
        number = rf"0?{int(day)}(?:st|nd|rd|th)?"
        yield rf"\b{number} (?:of )?{month},? {year}\b"
        yield rf"\b{month} {number},? {year}\b"
        if int(day) == 1:
            yield rf"\b{month},? {year}\b"
    if month is None or (int(day), month) == (1, "January"):
        yield rf"\b{year}\b"
