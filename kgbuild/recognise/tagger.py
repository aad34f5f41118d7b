"""Prediction with the recogniser: texts to spans and sentence beginnings, in batches over all their windows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from kgbuild.model.device import fast_precision
from kgbuild.model.likeness import NOUN
from kgbuild.model.recogniser import Recogniser, allowed_transitions, best_tags
from kgbuild.pieces import Pieces, split_pieces
from kgbuild.recognise.windows import Window, batch_windows, cut_windows, to_batch

__all__ = ["FoundSpan", "Tagger", "Tagging", "block_starts"]

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")


@dataclass(frozen=True, slots=True)
class FoundSpan:
    """A mention that the recogniser found."""

    start: int
    """First character, counted in the text."""
    end: int
    """One past the last character."""
    type: str
    """Its type."""
    probability: float
    """Geometric mean of its words' tag probabilities, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Tagging:
    """What the recogniser found in one text."""

    spans: tuple[FoundSpan, ...]
    """Mentions, ordered and disjoint."""
    sentence_starts: tuple[int, ...]
    """First characters of sentences, ascending."""
    nouns: tuple[FoundSpan, ...] = ()
    """Common nouns that name kinds of things, of the type `NOUN`, ordered and disjoint, each in one sentence.

    A mention may hold some.
    """


@dataclass(frozen=True, slots=True)
class _Words:
    """What is known of the words of a text's W pieces; rows are mentions and common nouns."""

    tags: NDArray[np.int64]
    """Tag of each word, at its first piece, [2, W]."""
    log: NDArray[np.float32]
    """Logarithm of the tag's probability, [2, W]."""
    starts: NDArray[np.bool_]
    """Whether the word begins a sentence, [W]."""


class Tagger:
    """A loaded recogniser."""

    def __init__(self, model: Recogniser, tokenizer: Tokenizer, *, device: torch.device, tokens_per_batch: int) -> None:
        self.model = model.to(device)
        self.tokenizer = tokenizer
        self.device = device
        self.tokens_per_batch = tokens_per_batch
        # "comedy horror" is one thing: of 4,141 common nouns in our documents 7 stand right behind another
        tables = (allowed_transitions(len(model.types)), allowed_transitions(1, apart=True))
        self._transitions = [table.to(device) for table in tables]

    def tag(self, texts: Sequence[str]) -> list[Tagging]:
        """Mentions and sentence beginnings of each text."""
        pieces = [split_pieces(self.tokenizer, text) for text in texts]
        words = [
            _Words(np.zeros((2, len(p)), np.int64), np.zeros((2, len(p)), np.float32), np.zeros(len(p), np.bool_))
            for p in pieces
        ]
        windows = [window for number, part in enumerate(pieces) for window in cut_windows(number, part) if len(part)]
        for batch in batch_windows(windows, self.tokens_per_batch):
            self._predict(batch, words)
        parts = zip(texts, pieces, words, strict=True)
        return [_tagging(part, found, self.model.types, block_starts(text)) for text, part, found in parts]

    @torch.inference_mode()
    def _predict(self, windows: Sequence[Window], words: Sequence[_Words]) -> None:
        """Write what the windows say of the words in their cores."""
        batch = to_batch([window.pieces for window in windows]).to(self.device)
        with fast_precision(self.device):
            *scores, starts = self.model(batch)
        logs = [torch.log_softmax(item, dim=-1) for item in scores]
        rows = zip(logs, self._transitions, (self.model.bounds_first, False), strict=True)
        tags = [best_tags(log, batch.word_mask, table, bounds_first=early) for log, table, early in rows]
        chosen = [log.gather(2, tag.unsqueeze(-1)).squeeze(-1) for log, tag in zip(logs, tags, strict=True)]
        both = (torch.stack(items, dim=1).cpu().numpy() for items in (tags, chosen))
        for window, tag, probability, start in zip(windows, *both, (starts > 0).cpu().numpy(), strict=True):
            first = np.flatnonzero(window.pieces.first)
            core = (first >= window.core[0]) & (first < window.core[1])
            place = window.offset + first[core]
            known, size = words[window.document], len(first)
            known.tags[:, place] = tag[:, :size][:, core]
            known.log[:, place] = probability[:, :size][:, core]
            known.starts[place] = start[:size][core]


def block_starts(text: str) -> NDArray[np.int64]:
    """First characters of what follows a blank line: no mention and no sentence runs across one."""
    return np.array([gap.end() for gap in _BLANK_LINE.finditer(text)], dtype=np.int64)


def _tagging(pieces: Pieces, words: _Words, types: Sequence[str], blocks: NDArray[np.int64]) -> Tagging:
    first = np.flatnonzero(pieces.first)
    if not len(first):
        return Tagging((), ())
    last = np.append(first[1:], len(pieces)) - 1
    fresh = np.zeros(len(first) + 1, dtype=np.bool_)
    fresh[np.searchsorted(pieces.start[first], blocks)] = True
    starts, ends = _bounds(words.tags[0, first], fresh[:-1])
    inside = np.zeros(len(first) + 1, dtype=np.int64)
    np.add.at(inside, starts + 1, 1)
    np.add.at(inside, ends + 1, -1)
    begins = (words.starts[first] | fresh[:-1]) & (inside[:-1].cumsum() == 0)
    found = []
    bounds = ((starts, ends), _bounds(words.tags[1, first], begins))
    for (starts, ends), tags, log, names in zip(
        bounds, words.tags[:, first], words.log[:, first], (types, (NOUN,)), strict=True
    ):
        total = np.append(0.0, np.cumsum(log, dtype=np.float64))
        mean = np.exp((total[ends + 1] - total[starts]) / (ends + 1 - starts))
        columns = (pieces.start[first[starts]], pieces.end[last[ends]], (tags[starts] - 1) // 2, mean)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        found.append(tuple(FoundSpan(start, end, names[kind], probability) for start, end, kind, probability in rows))
    return Tagging(found[0], tuple(pieces.start[first[begins]].tolist()), found[1])


def _bounds(tags: NDArray[np.int64], fresh: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and last word of each mention that the tags [W] tell of; none runs into a word that is `fresh`."""
    kinds = (tags + 1) // 2  # 0 outside, else 1 + type
    begins = (kinds > 0) & ((tags % 2 == 1) | (kinds != np.append(0, kinds[:-1])) | fresh)
    group = np.cumsum(begins) * (kinds > 0)
    return np.flatnonzero(begins), np.flatnonzero((group > 0) & (np.append(group[1:], 0) != group))
