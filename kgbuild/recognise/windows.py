"""Windows over a document's pieces: a long document is read in overlapping stretches, none of it left out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from kgbuild.model.recogniser import WordBatch
from kgbuild.pieces import Pieces, padded

__all__ = ["OVERLAP", "WINDOW", "Window", "batch_windows", "cut_windows", "to_batch"]

WINDOW = 254
"""Pieces in a window, the two special ones not counted."""
OVERLAP = 64
"""Pieces that neighbouring windows share; each answers for its half."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a document."""

    document: int
    """Number of the document in its batch."""
    pieces: Pieces
    """Its pieces, at most `WINDOW`."""
    offset: int
    """Number of its first piece in the document."""
    core: tuple[int, int]
    """Pieces of the window (first, one past the last) that it answers for; cores cover the document once."""


def cut_windows(document: int, pieces: Pieces) -> list[Window]:
    """Windows over `pieces`, whose cores cover each piece exactly once."""
    if len(pieces) <= WINDOW:
        return [Window(document, pieces, 0, (0, len(pieces)))]
    step = WINDOW - OVERLAP
    starts = list(range(0, len(pieces) - OVERLAP, step))
    windows = []
    for start in starts:
        end = min(start + WINDOW, len(pieces))
        left = 0 if start == 0 else OVERLAP // 2
        right = end - start if start == starts[-1] else step + OVERLAP // 2
        windows.append(Window(document, pieces[start:end], start, (left, right)))
    return windows


def batch_windows(windows: Sequence[Window], tokens: int) -> Iterator[list[Window]]:
    """The windows in batches of like length, padded size at most `tokens` (or one window), longest first."""
    batch: list[Window] = []
    for window in sorted(windows, key=lambda item: -len(item.pieces)):
        longest = len(batch[0].pieces) if batch else len(window.pieces)
        if batch and (longest + 2) * (len(batch) + 1) > tokens:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def to_batch(parts: Iterable[Pieces]) -> WordBatch:
    """The parts as one padded batch."""
    parts = list(parts)
    rows = padded(parts)
    firsts = [np.flatnonzero(part.first) for part in parts]
    width = max([1, *map(len, firsts)])
    words, word_mask = np.zeros((len(parts), width), dtype=np.int64), np.zeros((len(parts), width), dtype=np.bool_)
    for row, first in enumerate(firsts):
        words[row, : len(first)] = first + 1
        word_mask[row, : len(first)] = True
    return WordBatch(*map(torch.from_numpy, (rows.ids, rows.shapes, rows.mask, words, word_mask)))
