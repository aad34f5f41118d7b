"""Where the names that an example was written with stand in its text."""

import re
from collections.abc import Sequence

from kgbuild.errors import InputError

__all__ = ["find_names"]


def find_names(text: str, strings: Sequence[str]) -> list[tuple[int, int, int]]:
    """Start, end and number of every occurrence of the strings, in order; a longer one wins over those inside it.

    Raises: InputError for one that does not stand there.
    """
    taken: list[tuple[int, int, int]] = []
    for number in sorted(range(len(strings)), key=lambda number: -len(strings[number])):
        wanted = rf"(?<!\w){re.escape(strings[number])}(?!\w)"
        spans = [match.span() for match in re.finditer(wanted, text)]
        free = [(a, b) for a, b in spans if not any(a < end and start < b for start, end, _ in taken)]
        if not free:
            reason = "stands only inside another name" if spans else "does not stand in the text"
            raise InputError(f"{strings[number]!r} {reason} {text[:80]!r}; write it as the text does, or leave it out")
        taken += [(start, end, number) for start, end in free]
    return sorted(taken)
