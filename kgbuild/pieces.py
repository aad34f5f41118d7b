"""Texts as arrays of word pieces: what the encoder reads, with the characters each piece stands for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

__all__ = ["SHAPES", "PaddedPieces", "Pieces", "padded", "split_pieces"]

SHAPES: Final = ("none", "lower", "title", "upper", "letter", "mixed", "digits", "alphanumeric")
"""Shapes of words, which an uncased vocabulary would lose."""

CLS, SEP, MASK = 101, 102, 103
"""Numbers of the pieces that open, close and hide something in a sequence, in the uncased BERT vocabulary."""

_CHUNK = 100_000
"""Characters handed to the tokeniser at once, so that a text of any length needs little memory."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The N word pieces of a text, in order."""

    ids: NDArray[np.int32]
    """Numbers in the vocabulary, [N]."""
    start: NDArray[np.int32]
    """First character of each piece, counted in the text, [N]."""
    end: NDArray[np.int32]
    """One past its last character, [N]."""
    first: NDArray[np.bool_]
    """Whether the piece begins a word, [N]; a word is a run without white space and punctuation, or one mark."""
    shape: NDArray[np.int8]
    """Shape of the piece's word, a number in `SHAPES`, [N]."""

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, part: slice) -> "Pieces":
        return Pieces(self.ids[part], self.start[part], self.end[part], self.first[part], self.shape[part])


def split_pieces(tokenizer: Tokenizer, text: str) -> Pieces:
    """The pieces of `text`; characters that are white space or control characters are in none."""
    bounds = _chunks(text)
    parts = [_split(tokenizer, text[a:b], a) for a, b in bounds]
    if len(parts) == 1:
        return parts[0]
    columns = ((part.ids, part.start, part.end, part.first, part.shape) for part in parts)
    return Pieces(*(np.concatenate(column) for column in zip(*columns, strict=True)))


@dataclass(frozen=True, slots=True)
class PaddedPieces:
    """S sequences of pieces as rows of one length T, between the two special pieces of the vocabulary."""

    ids: NDArray[np.int64]
    """Numbers in the vocabulary, [S, T]."""
    shapes: NDArray[np.int64]
    """Shapes of words, [S, T]."""
    mask: NDArray[np.bool_]
    """False at padding, [S, T]."""


def padded(parts: Sequence[Pieces]) -> PaddedPieces:
    """The parts as rows; piece i of a part stands in column i + 1."""
    length = max(map(len, parts), default=0) + 2
    ids = np.zeros((len(parts), length), dtype=np.int64)
    shapes, mask = np.zeros_like(ids), np.zeros(ids.shape, dtype=np.bool_)
    for row, part in enumerate(parts):
        size = len(part)
        ids[row, 0], ids[row, 1 : size + 1], ids[row, size + 1] = CLS, part.ids, SEP
        shapes[row, 1 : size + 1] = part.shape
        mask[row, : size + 2] = True
    return PaddedPieces(ids, shapes, mask)


def _chunks(text: str) -> list[tuple[int, int]]:
    """Consecutive stretches of `text`, cut at white space where there is any."""
    bounds: list[tuple[int, int]] = []
    start = 0
    while start < len(text) or not bounds:
        end = min(start + _CHUNK, len(text))
        if end < len(text):
            gap = max(text.rfind(" ", start, end), text.rfind("\n", start, end))
            end = gap if gap > start else end
        bounds.append((start, end))
        start = end
    return bounds


def _split(tokenizer: Tokenizer, text: str, shift: int) -> Pieces:
    encoding = tokenizer.encode(text, add_special_tokens=False)
    offsets = np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2)
    words = np.array(encoding.word_ids, dtype=np.int32)
    first = np.ones(len(words), dtype=np.bool_)
    first[1:] = words[1:] != words[:-1]
    starts = np.flatnonzero(first)
    ends = np.append(starts[1:], len(words)) - 1 if len(starts) else starts
    spans = zip(offsets[starts, 0].tolist(), offsets[ends, 1].tolist(), strict=True)
    shapes = np.array([_shape(text[a:b]) for a, b in spans], dtype=np.int8)
    return Pieces(
        ids=np.array(encoding.ids, dtype=np.int32),
        start=offsets[:, 0] + shift,
        end=offsets[:, 1] + shift,
        first=first,
        shape=np.repeat(shapes, np.diff(np.append(starts, len(words)))),
    )


@lru_cache(maxsize=65_536)
def _shape(word: str) -> int:
    if word.isdigit():
        name = "digits"
    elif not word.isalpha():
        name = "alphanumeric" if any(map(str.isalnum, word)) else "none"
    elif word.islower():
        name = "lower"
    elif len(word) == 1:
        name = "letter"
    elif word.isupper():
        name = "upper"
    else:
        name = "title" if word.istitle() else "mixed"
    return SHAPES.index(name)
