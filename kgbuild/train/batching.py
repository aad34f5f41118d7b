"""Batches of one epoch: items of like length together, so that little is padding, in an order that is drawn."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

__all__ = ["batches_by_length"]

_Item = TypeVar("_Item")
_SPECIAL = 2
"""Pieces that stand around each sequence."""
_SPREAD = 0.1
"""Share by which a length may seem longer or shorter, so that no two epochs have the same batches."""


def batches_by_length(
    items: Sequence[_Item],
    lengths: Sequence[int],
    *,
    tokens: int,
    draw: np.random.Generator,
    held: Sequence[int] = (),
    most: int = 0,
) -> list[list[_Item]]:
    """The items, each in one batch, batches in a drawn order.

    `lengths` [N] are the items' in pieces; a batch has at most `tokens` pieces, its padding counted. Where `held` [N]
    says what each item holds besides, such as pairs, a batch holds at most `most`. Too large an item is a batch alone.
    """
    noisy = np.asarray(lengths) * draw.uniform(1 - _SPREAD, 1 + _SPREAD, len(items))
    batches: list[list[_Item]] = []
    longest = total = 0
    for number in np.argsort(noisy).tolist():
        length, own = lengths[number] + _SPECIAL, held[number] if held else 0
        longest, total = max(longest, length), total + own
        if not batches or longest * (len(batches[-1]) + 1) > tokens or total > most:
            batches.append([])
            longest, total = length, own
        batches[-1].append(items[number])
    return [batches[number] for number in draw.permutation(len(batches))]
