"""Where a mention begins and ends: no white space at its ends, no bracket or quote that it does not pair."""

import re
import string
from collections.abc import Iterator

from kgbuild.records import Span

__all__ = ["trim_mention"]

_BRACKETS = {")": "(", "]": "["}
_OPENING = frozenset(_BRACKETS.values())
_QUOTES = frozenset('"“”„«»')
_RUN = "".join((*_BRACKETS, *_OPENING, *string.whitespace))
"""What is cut off at once before a name, however much of it stands there."""
_ACRONYM = re.compile(r"[A-Z][\w&./-]*[A-Z][\w&./-]*")


def trim_mention(text: str, start: int, end: int) -> Iterator[Span]:
    """The characters `start` to `end` of `text` as names that can stand alone: mostly one, of white space alone none.

    A name goes as far as the first bracket that it does not pair. Where that opens and is closed right after the
    mention, an acronym in it is a second name: "the World Health Organization (WHO" of "... (WHO) said".
    """
    start, end = _strip(text, start, end)
    fault = _fault(text[start:end])
    if fault is None:
        if start < end:
            yield Span(start, end)
        return
    if fault == 0:
        more = 1 if text[start] in _QUOTES else end - start - len(text[start:end].lstrip(_RUN))
        yield from trim_mention(text, start + more, end)
        return
    place = start + fault
    yield from trim_mention(text, start, place)
    inner = _strip(text, place + 1, end)
    if text[place] in _OPENING and text[end : end + 1] in _BRACKETS and _ACRONYM.fullmatch(text[slice(*inner)]):
        yield Span(*inner)


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    name = text[start:end]
    return end - len(name.lstrip()), max(start + len(name.rstrip()), end - len(name.lstrip()))


def _fault(name: str) -> int | None:
    """Place of the first bracket without its other half, else of a quote without one at either end."""
    opened: list[int] = []
    for place, sign in enumerate(name):
        if sign in _OPENING:
            opened.append(place)
        elif sign in _BRACKETS:
            if not opened or name[opened[-1]] != _BRACKETS[sign]:
                return opened[0] if opened else place
            opened.pop()
    if opened:
        return opened[0]
    if sum(sign in _QUOTES for sign in name) % 2 == 0:
        return None
    return next((place for place in (0, len(name) - 1) if name[place] in _QUOTES), None)
