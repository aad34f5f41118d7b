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
    """The contexts in batches of like length, longest first; padded size within the bounds, or one context."""
    batch: list[Context] = []
    longest = most = 0
    for context in sorted(contexts, key=lambda item: (-len(item.pieces), -len(item.pairs))):
        longest, wider = longest or len(context.pieces) + 2, max(most, len(context.pairs))
        if batch and ((len(batch) + 1) * longest > tokens or (len(batch) + 1) * wider > pairs):
            yield batch
            batch, longest, wider = [], len(context.pieces) + 2, len(context.pairs)
        batch.append(context)
        most = wider
    if batch:
        yield batch


def to_pair_batch(contexts: Sequence[Context]) -> PairBatch:
    """The contexts as one padded batch."""
    rows = padded([context.pieces for context in contexts])
    places = _stack([context.places + 1 for context in contexts])
    pairs = _stack([context.pairs for context in contexts])
    seen = _stack([context.seen + 1 for context in contexts])
    types = _stack([context.types.reshape(-1, 1) for context in contexts])
    counts = np.array([len(context.pairs) for context in contexts])
    real = np.arange(pairs.shape[1]) < counts[:, None]
    seen[~real] = (0, 1)  # subtle: a query that may look at nothing would come back as not-a-number
    columns = (
        *(rows.ids, rows.shapes, rows.mask),
        *(places[..., 0], places[..., 1], types[..., 0]),
        *(pairs[..., 0], pairs[..., 1], seen[..., 0], seen[..., 1]),
        real,
    )
    return PairBatch(*(torch.from_numpy(np.ascontiguousarray(column)) for column in columns))


def _stack(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Arrays [N, C] as rows of one array [S, most N, C], zeros at padding."""
    width = max([1, *map(len, parts)])
    out = np.zeros((len(parts), width, parts[0].shape[1]), dtype=np.int64)
    for row, part in enumerate(parts):
        out[row, : len(part)] = part
    return out
