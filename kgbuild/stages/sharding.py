"""Records in shards: files of a bounded size and number."""

from collections.abc import Callable, Iterator
from typing import TypeVar

__all__ = ["write_shards"]

T = TypeVar("T")


def write_shards(
    items: Iterator[T],
    numbers: range,
    characters: int,
    *,
    size: Callable[[T], int],
    write: Callable[[int, Iterator[T]], None],
) -> int:
    """How many shards of the numbers were written; each ends with the item that fills it, the last takes all the rest.

    `size` counts an item's characters; `write` must read its items to their end.
    """
    waiting, done = next(items, None) if numbers else None, 0
    for number in numbers:
        if waiting is None:
            break
        room = characters if number != numbers[-1] else None
        write(number, _filled(waiting, items, room, size))
        waiting, done = next(items, None), done + 1
    return done


def _filled(first: T, rest: Iterator[T], room: int | None, size: Callable[[T], int]) -> Iterator[T]:
    taken = size(first)
    yield first
    while (room is None or taken < room) and (item := next(rest, None)) is not None:
        taken += size(item)
        yield item
