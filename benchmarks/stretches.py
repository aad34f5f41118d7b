"""The highest values over stretches of a text for all pairs at once, each piece told how near head and tail are.

Pooling for a pair asks for the maximum over the pieces i of a stretch of

    content[i] + to_head[nearness(i, head)] + to_tail[nearness(i, tail)]

in each of F channels. Done piece by piece that is Q · T · F sums. But nearness comes in thirteen steps, so that a pair
cuts its text into at most 25 intervals in which both are constant, and the maximum of `content` over an interval is
the higher of two entries of a table of maxima over 1, 2, 4, … pieces, which is made once for a sequence (range maxima
by powers of two, Bender and Farach-Colton 2000, https://doi.org/10.1007/10719839_9). So a pair costs 25 · F however
long the text is, and the result is exact. Pairs are searched in bounded chunks without gradient; what was found is then
read again with gradient, which reaches the very piece that had the maximum.

Letters: S sequences, T pieces, Q pairs, F channels, K stretches, J intervals.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from kgbuild.score.candidates import Context
from kgbuild.score.evidence import closest_mentions

__all__ = ["STEPS", "Places", "around_both", "places_of", "stretch_maxima", "whole"]

_REACH = (1, 2, 4, 8, 16, 32)
STEPS = 2 * len(_REACH) + 1
"""Steps of nearness: inside the mention, and 1, 2 to 3, 4 to 7, 8 to 15, 16 to 31, 32 or more pieces on either side."""

_AT_ONCE = 2**19
"""Values that are searched at once: few enough to stay near the processor."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the two entities of each pair stand closest."""

    head: Tensor
    """First and last piece of the head's mention, int64 [Q, 2]."""
    tail: Tensor
    """First and last piece of the tail's mention, int64 [Q, 2]."""

    def to(self, device: torch.device) -> "Places":
        """The same places on another device."""
        return Places(self.head.to(device), self.tail.to(device))

    def in_order(self) -> tuple[Tensor, Tensor]:
        """The mention that comes first in the text, and the other, [Q, 2] each."""
        swapped = (self.tail[:, :1] < self.head[:, :1]).expand_as(self.head)
        return torch.where(swapped, self.tail, self.head), torch.where(swapped, self.head, self.tail)


def places_of(contexts: Sequence[Context]) -> Places:
    """The places of all pairs of the contexts, counted in their padded batch: those that `gaps` and `apart` tell of."""
    found = []
    for context in contexts:
        plain = replace(context, mentions=np.arange(len(context.mentions), dtype=np.int64))
        unread = np.zeros((len(context.pairs), len(context.pieces)), dtype=np.float32)
        found.append(context.places[closest_mentions(plain, np.arange(len(context.pairs)), unread)] + 1)
    both = torch.from_numpy(np.concatenate(found))
    return Places(both[:, 0], both[:, 1])


def around_both(places: Places, lengths: Tensor) -> Tensor:
    """First piece and one past the last of three stretches: to the earlier mention, between, and from the later one.

    Both mentions belong to the stretches that they bound, so that none is empty; `lengths` [Q] are those of the
    sequences. The result is [Q, 3, 2].
    """
    one, other = places.in_order()
    end = torch.maximum(one[:, 1], other[:, 1]) + 1
    begins = (torch.zeros_like(end), one[:, 0], other[:, 0])
    return torch.stack([torch.stack(begins, 1), torch.stack((one[:, 1] + 1, end, lengths), 1)], dim=2)


def whole(lengths: Tensor) -> Tensor:
    """One stretch, the whole sequence, [Q, 1, 2]."""
    return torch.stack([torch.zeros_like(lengths), lengths], dim=1).unsqueeze(1)


def stretch_maxima(
    content: Tensor, to_head: Tensor, to_tail: Tensor, *, row: Tensor, lengths: Tensor, places: Places, cuts: Tensor
) -> Tensor:
    """The maxima of the sum above over each stretch of each pair, [Q, K, F].

    `content` is [S, T, F], `to_head` and `to_tail` are [STEPS, F], `row` and `lengths` [Q] name the sequence of a pair
    and its length. A stretch of `cuts` [Q, K, 2] begins and ends with a mention of the pair or with the sequence.
    """
    with torch.no_grad():
        found = _winners(content, to_head, to_tail, row=row, lengths=lengths, places=places, cuts=cuts)
    piece, head, tail = found
    return _picked(content.flatten(0, 1), piece) + _picked(to_head, head) + _picked(to_tail, tail)


def _winners(
    content: Tensor, to_head: Tensor, to_tail: Tensor, *, row: Tensor, lengths: Tensor, places: Places, cuts: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """The piece that has each maximum, a row of all pieces, and its steps of nearness, int64 [Q, K, F] each."""
    table, piece, levels = _range_maxima(content)
    cut = _intervals(places, lengths)
    low, high = cut[:, :-1], cut[:, 1:]
    size = (high - low).clamp(min=1)
    level = torch.log2(size.float()).long()
    base = (row.unsqueeze(1) * levels + level) * content.shape[1]
    left = base + low.clamp(max=content.shape[1] - 1)
    rows = (left, left + size - 2**level, _nearness(places.head, low), _nearness(places.tail, low))
    inside = (low.unsqueeze(1) >= cuts[..., :1]) & (high.unsqueeze(1) <= cuts[..., 1:]) & (high > low).unsqueeze(1)
    step = max(1, _AT_ONCE // (left.shape[1] * content.shape[2]))
    parts = zip(*(x.split(step) for x in (*rows, inside)), strict=True)
    best = torch.cat([_search(table, to_head, to_tail, part) for part in parts])
    one, other, head, tail = (x.gather(1, best.flatten(1)).view(best.shape) for x in rows)
    higher = torch.where(_picked(table, one) >= _picked(table, other), one, other)
    return _picked(piece, higher), head, tail


def _search(table: Tensor, to_head: Tensor, to_tail: Tensor, part: tuple[Tensor, ...]) -> Tensor:
    """The interval with the highest sum in each stretch and channel, int64 [Q, K, F]; of equals the last.

    `max` with indices, `masked_fill` and indexing by a tensor cost many times what these sums do on a CPU.
    """
    left, right, head, tail, inside = part
    one, other, near, far = (
        x.index_select(0, at.flatten()).view(*at.shape, x.shape[1])
        for x, at in ((table, left), (table, right), (to_head, head), (to_tail, tail))
    )
    sums = torch.maximum(one, other).add_(near).add_(far)
    barred = torch.where(inside, 0.0, float("-inf")).to(sums.dtype).unsqueeze(-1)
    number = torch.arange(1, sums.shape[1] + 1, dtype=sums.dtype, device=sums.device).view(1, -1, 1)
    found = []
    for k in range(inside.shape[1]):
        within = sums + barred[:, k]
        below = within.sub_(within.amax(dim=1, keepdim=True)).sign_()  # 0 at the highest, -1 elsewhere
        found.append(below.add_(1).mul_(number).amax(dim=1).long() - 1)
    return torch.stack(found, dim=1)


def _picked(rows: Tensor, number: Tensor) -> Tensor:
    """In each channel the value of the row that `number` [..., F] names there."""
    channel = torch.arange(rows.shape[1], device=rows.device)
    return rows.flatten().index_select(0, (number * rows.shape[1] + channel).flatten()).view(number.shape)


def _range_maxima(content: Tensor) -> tuple[Tensor, Tensor, int]:
    """Maxima over the 2^l pieces from each piece on and the pieces that have them, rows [S · L · T, F]; L levels."""
    number = torch.arange(content.shape[0] * content.shape[1], device=content.device)
    levels, pieces = [content], [number.view(*content.shape[:2], 1).expand_as(content)]
    while (width := 2 ** (len(levels) - 1)) * 2 <= content.shape[1]:
        last, held = levels[-1], pieces[-1]
        later = last[:, width:] > last[:, :-width]
        levels.append(torch.cat([torch.maximum(last[:, :-width], last[:, width:]), last[:, -width:]], dim=1))
        pieces.append(torch.cat([torch.where(later, held[:, width:], held[:, :-width]), held[:, -width:]], dim=1))
    return torch.stack(levels, dim=1).flatten(0, 2), torch.stack(pieces, dim=1).flatten(0, 2), len(levels)


def _borders(mention: Tensor) -> Tensor:
    """Pieces at which nearness to a mention changes, ascending, [Q, STEPS - 1]."""
    reach = torch.tensor(_REACH, device=mention.device)
    return torch.cat([mention[:, :1] - reach.flip(0) + 1, mention[:, 1:] + reach], dim=1)


def _nearness(mention: Tensor, piece: Tensor) -> Tensor:
    """Step of nearness of the pieces [Q, J] to the mention [Q, 2] of their pair, [Q, J]."""
    return torch.searchsorted(_borders(mention), piece.contiguous(), right=True)


def _intervals(places: Places, lengths: Tensor) -> Tensor:
    """The borders of both mentions and of the sequence, ascending, [Q, J + 1]."""
    edges = torch.cat([_borders(places.head), _borders(places.tail)], dim=1)
    edges = torch.minimum(edges.clamp(min=0), lengths.unsqueeze(1))
    return torch.cat([whole(lengths).squeeze(1), edges], dim=1).sort(dim=1)[0]
