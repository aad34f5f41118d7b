"""Triples that an annotated line tells as strings, in `triples`, and marks nowhere: found in its text, or left open.

Sets that were made of a knowledge base, such as Text2KGBench, mark what a text names just as the base does. They leave
dates out, names that the text spaces otherwise, and ends that it names in another way or not at all. To learn from such
a line that nothing holds of these would unlearn what is known.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal

from kgbuild.ontology import DATE_TYPE

__all__ = ["Aligned", "End", "with_triples"]

_VALUE: Final = re.compile(r"(?:(\d{1,2}) ([A-Z][a-z]+) )?(\d{4})")
"""A day as Text2KGBench writes it, the first of January for a year alone; or a year."""

End = tuple[int | None, str, Literal["head", "tail"]]
"""An entity, none where the text does not name it, the label of a property, and which end of it the entity is."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """A line whose triples were looked for in its text."""

    record: Mapping[str, Any]
    """The line, with the mentions and relations that were found."""
    ends: tuple[End, ...] = ()
    """Both ends of each triple of which not both were found."""
    distant: bool = False
    """Whether it had such triples, or a list of none, as a line that was made of a knowledge base has."""

    @property
    def open(self) -> frozenset[str]:
        """Labels of these triples: nobody knows between which entities of the text they hold."""
        return frozenset(label for _, label, _ in self.ends)


def with_triples(record: Mapping[str, Any], *, dates: bool) -> Aligned:
    """The record with a relation for each triple whose ends stand in the text, and mentions where there were none.

    It must be one that `to_gold` can read. Names are found in any case, with any spaces between words and
    beside marks, `dates` where they are wanted.
    A record without `triples`, or with other ones than objects, stays as it is.
    """
    triples = list(_triples(record))
    if not triples:
        return Aligned(record, distant=record.get("triples") == [])
    mentions, relations = list(record["mentions"]), list(record.get("relations", ()))
    known = {(item["head"], item["tail"], item["label"]) for item in relations}
    lost: list[End] = []
    for subject, label, object in triples:
        head, tail = _entity(subject, record, mentions, dates=False), _entity(object, record, mentions, dates=dates)
        if head is None or tail is None or head == tail:
            lost += [(head, label, "head"), (tail, label, "tail")]
        elif (head, tail, label) not in known:
            relations.append({"head": head, "tail": tail, "label": label})
    mentions.sort(key=lambda item: (item["start"], item["end"]))
    return Aligned({**record, "mentions": mentions, "relations": relations}, tuple(lost), distant=True)


def _triples(record: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Head, relation and tail of the triples that are told as objects."""
    for item in record.get("triples", ()):
        parts = [item.get(key) for key in ("subject", "relation", "object")] if isinstance(item, Mapping) else []
        told = [part for part in parts if isinstance(part, str)]
        if len(told) == len(parts) == 3:
            yield told[0], told[1], told[2]


def _entity(name: str, record: Mapping[str, Any], mentions: list[dict[str, Any]], *, dates: bool) -> int | None:
    """The entity that has the name, its mentions added where it was not marked; none if it stands nowhere."""
    text, wanted = record["text"], _plain(name)
    for item in mentions:
        if _plain(text[item["start"] : item["end"]]) == wanted:
            return int(item["entity"])
    days = [found.span() for form in (_dates(name) if dates else ()) if (found := re.search(form, text))][:1]
    free = [
        (start, end)
        for start, end in days or _places(name, text)
        if not any(item["start"] < end and start < item["end"] for item in mentions)
        and any(first <= start and end <= last for first, last in record["sentences"])
    ]
    if not free:
        return None
    told = [item[end] for key in ("relations", "denied") for item in record.get(key, ()) for end in ("head", "tail")]
    entity = 1 + max([-1, *map(int, told), *(int(item["entity"]) for item in mentions)])
    kind = DATE_TYPE if days else None
    mentions += [{"start": start, "end": end, "type": kind, "entity": entity} for start, end in free]
    return entity


def _plain(name: str) -> str:
    return re.sub(r"[\s_]+", "", name).lower()


def _places(name: str, text: str) -> list[tuple[int, int]]:
    """Where the name stands as whole words: in its own case if it does so, else in any."""
    parts = re.findall(r"[^\W_]+|[^\w\s]", name)
    if not parts:
        return []
    pattern = re.escape(parts[0])
    for before, part in pairwise(parts):
        gap = "+" if before.isalnum() and part.isalnum() else "*"
        pattern += rf"[\s_]{gap}{re.escape(part)}"
    for flags in (re.NOFLAG, re.IGNORECASE):
        if found := [match.span() for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", text, flags)]:
            return found
    return []


def _dates(value: str) -> Iterator[str]:
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
