"""Batches of contexts, bounded by pieces and by pairs; training and prediction build them with these same lines."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from kgbuild.model.pairs import PairBatch
from kgbuild.pieces import padded
from kgbuild.score.candidates import Context

__all__ = ["batch_contexts", "to_pair_batch"]


def batch_contexts(contexts: Iterable[Context], *, tokens: int, pairs: int) -> Iterator[list[Context]]:
    """The contexts in batches of like length, longest first; padded pieces and pairs within bounds, or one context."""
    batch: list[Context] = []
    longest = held = 0
    for context in sorted(contexts, key=lambda item: (-len(item.pieces), -len(item.pairs))):
        longest = longest or len(context.pieces) + 2
        if batch and ((len(batch) + 1) * longest > tokens or held + len(context.pairs) > pairs):
            yield batch
            batch, longest, held = [], len(context.pieces) + 2, 0
        batch.append(context)
        held += len(context.pairs)
    if batch:
        yield batch


def to_pair_batch(contexts: Sequence[Context]) -> PairBatch:
    """The contexts as one padded batch."""
    rows = padded([context.pieces for context in contexts])
    counts = np.array([len(context.pairs) for context in contexts])
    pairs = np.concatenate([context.pairs for context in contexts])
    padding = max(len(context.clusters) for context in contexts)
    columns = (
        *(rows.ids, rows.shapes, rows.mask),
        _marks(contexts, rows.ids.shape),
        *(_stack([context.places[:, side] + 1 for context in contexts]) for side in (0, 1)),
        _stack([context.types for context in contexts]),
        _stack([context.entities for context in contexts], padding=padding),
        np.repeat(np.arange(len(contexts)), counts),
        *(pairs[:, 0], pairs[:, 1]),
        np.concatenate([context.gaps for context in contexts]),
        np.concatenate([context.apart for context in contexts]),
    )
    return PairBatch(*(torch.from_numpy(np.ascontiguousarray(column)) for column in columns))


def _marks(contexts: Sequence[Context], shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Which pieces begin (2t + 1) or continue (2t + 2) a mention of type t, int64 [S, T]."""
    rows = np.repeat(np.arange(len(contexts)), [len(context.mentions) for context in contexts])
    places = np.concatenate([context.places for context in contexts]) + 1
    types = np.concatenate([context.types for context in contexts])
    sizes = places[:, 1] - places[:, 0] + 1
    steps = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    marks = np.zeros(shape, dtype=np.int64)
    marks[np.repeat(rows, sizes), np.repeat(places[:, 0], sizes) + steps] = 2 * np.repeat(types, sizes) + 2
    marks[rows, places[:, 0]] = 2 * types + 1
    return marks


def _stack(parts: Sequence[NDArray[np.int64]], padding: int = 0) -> NDArray[np.int64]:
    """Arrays [N] as rows of one array [S, most N]."""
    out = np.full((len(parts), max([1, *map(len, parts)])), padding, dtype=np.int64)
    for row, part in enumerate(parts):
        out[row, : len(part)] = part
    return out
