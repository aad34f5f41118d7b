"""How a stage tells how far it is."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

__all__ = ["Progress", "silent", "told"]

T = TypeVar("T")

Progress = Callable[[str, int, int], None]
"""Called with the stage's name, what is done and what there is in all (0 when unknown), in one unit."""


def silent(stage: str, done: int, total: int) -> None:
    """Nothing: the progress of a stage that nobody watches."""


def told(items: Iterable[T], progress: Progress, stage: str, total: int, *, size: Callable[[T], int]) -> Iterator[T]:
    """The items, each reported once the next is asked for."""
    done = 0
    progress(stage, done, total)
    for item in items:
        yield item
        done += size(item)
        progress(stage, done, total)
