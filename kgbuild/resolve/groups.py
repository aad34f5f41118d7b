"""The names of a document and their joining: what the rules of identity share."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kgbuild.records import Mention
from kgbuild.resolve.names import folded_name, name_words, without_article

__all__ = ["MOST_CANDIDATES", "ORGANISATIONS", "PERSONS", "PLACES", "Name", "Sets", "collect_names"]

MOST_CANDIDATES = 32
"""A word in more names of a document than this says too little to decide by, and would cost too much to try."""
ORGANISATIONS = frozenset(["ORG"])
"""Types of organisations, whose names are shortened at either end."""
PERSONS = frozenset(["PER", "PERSON"])
"""Types of persons, whose names are compared part by part."""
PLACES = frozenset(["LOC", "GPE", "NORP"])
"""Types of places and peoples."""


@dataclass(frozen=True, slots=True)
class Name:
    """All mentions of a document with one name and type."""

    folded: str
    """The name as compared."""
    type: str
    """Type of its mentions."""
    words: tuple[str, ...]
    """Its words, initials apart."""
    written: str
    """Its first mention, as written, with single spaces, without an article that is no part of it."""
    mentions: tuple[int, ...]
    """Numbers of its mentions, ascending, at least one."""


class Sets:
    """Disjoint sets of numbers, each led by its lowest (union-find with path halving)."""

    def __init__(self, size: int) -> None:
        self._leader = list(range(size))

    def find(self, item: int) -> int:
        """The leader of the set that holds the item."""
        while self._leader[item] != item:
            self._leader[item] = self._leader[self._leader[item]]
            item = self._leader[item]
        return item

    def join(self, one: int, other: int) -> None:
        """Make one set of the two that hold the items."""
        low, high = sorted((self.find(one), self.find(other)))
        self._leader[high] = low

    def only(self, items: Sequence[int]) -> int | None:
        """The first of the items, when all of them are in one set; `None` of none, and of several sets."""
        return items[0] if len({self.find(item) for item in items}) == 1 else None


def collect_names(mentions: Sequence[Mention], numbers: Iterable[int]) -> list[Name]:
    """The names of the mentions whose numbers are given, ordered by their first mention."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number in numbers:
        found[folded_name(mentions[number].text, mentions[number].type), mentions[number].type].append(number)
    written = {key: without_article(" ".join(mentions[same[0]].text.split()), key[1]) for key, same in found.items()}
    return [Name(*key, name_words(written[key]), written[key], tuple(same)) for key, same in found.items()]
