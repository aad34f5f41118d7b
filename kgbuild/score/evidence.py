"""Where a pair was read: the mentions of head and tail, and so the sentences, that its attention rests on."""

import numpy as np
from numpy.typing import NDArray

from kgbuild.score.candidates import Context

__all__ = ["closest_mentions"]

_Numbers = NDArray[np.int64]


def closest_mentions(context: Context, pairs: _Numbers, weights: NDArray[np.float32]) -> _Numbers:
    """Head and tail mention of each pair [N], numbers in the document, [N, 2].

    They stand the fewest sentences apart. Of several such places the one whose sentences got the most of the pair's
    attention `weights` [N, pieces] is taken, of equals the nearest, of these the first.
    """
    if not len(pairs):
        return np.zeros((0, 2), dtype=np.int64)
    mass = _sentence_mass(context, weights)
    number, head, tail = _places(context, pairs)
    apart = np.abs(context.sentences[head] - context.sentences[tail])
    gap = np.abs(context.places[head, 0] - context.places[tail, 0])
    read = np.minimum(mass[number, head] + mass[number, tail], 2)
    order = np.lexsort((tail, head, gap, -read, apart, number))
    chosen = order[np.unique(number[order], return_index=True)[1]]
    return context.mentions[np.stack([head[chosen], tail[chosen]], axis=1)]


def _places(context: Context, pairs: _Numbers) -> tuple[_Numbers, _Numbers, _Numbers]:
    """Every head and tail mention of each pair: the pair's place in `pairs`, the two numbers in the context."""
    width = len(context.clusters)
    place = np.full((width, width), -1, dtype=np.int64)
    sides = context.pairs[pairs]
    place[sides[:, 0], sides[:, 1]] = np.arange(len(pairs))
    number = place[context.entities[:, None], context.entities[None, :]]
    head, tail = np.nonzero(number >= 0)
    return number[head, tail], head, tail


def _sentence_mass(context: Context, weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """The part of each pair's attention that lies between the first and the last mention of each mention's sentence."""
    totals = np.concatenate([np.zeros((len(weights), 1)), np.cumsum(weights, axis=1, dtype=np.float64)], axis=1)
    starts = np.unique(context.sentences, return_index=True)[1]
    row = np.searchsorted(starts, np.arange(len(context.mentions)), side="right") - 1
    low = context.places[starts, 0][row]
    high = np.append(context.places[starts[1:] - 1, 1], context.places[-1, 1])[row] + 1
    mass: NDArray[np.float64] = totals[:, high] - totals[:, low]
    return mass
