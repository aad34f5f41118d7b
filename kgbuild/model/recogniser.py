"""The recogniser: which words are a mention of which type, which are common nouns, and which begin a sentence.

Tags are BIO (Ramshaw and Marcus 1995, https://aclanthology.org/W95-0107/): 0 is outside, 2k + 1 begins and
2k + 2 continues a mention of type k. Common nouns that name kinds of things (genres, trades, materials) have tags of
their own, 1 begins and 2 continues one, since they are looked for where an ontology has classes of them. Decoding is
Viterbi over the allowed transitions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from kgbuild.model.encoder import Encoder

__all__ = ["Recogniser", "WordBatch", "allowed_transitions", "best_tags", "partial_tag_loss", "viterbi"]


@dataclass(frozen=True, slots=True)
class WordBatch:
    """Sequences of pieces and the places where their words begin."""

    ids: Tensor
    """Numbers in the vocabulary, int64 [S, T]."""
    shapes: Tensor
    """Shapes of words, int64 [S, T]."""
    mask: Tensor
    """False at padding, bool [S, T]."""
    words: Tensor
    """Place of each word's first piece, int64 [S, W]; 0 at padding."""
    word_mask: Tensor
    """False at padding, bool [S, W]."""

    def __post_init__(self) -> None:
        whole = dict.fromkeys(("ids", "shapes", "words"), torch.int64)
        for name, kind in (whole | dict.fromkeys(("mask", "word_mask"), torch.bool)).items():
            if getattr(self, name).dtype != kind:
                raise ValueError(f"WordBatch.{name}: expected {kind}, got {getattr(self, name).dtype!r}")
        if not self.ids.shape == self.shapes.shape == self.mask.shape:
            raise ValueError(
                f"WordBatch: ids {self.ids.shape}, shapes {self.shapes.shape}, mask {self.mask.shape} differ"
            )
        if self.words.shape != self.word_mask.shape or len(self.words) != len(self.ids):
            raise ValueError(
                f"WordBatch: expected one shape and {len(self.ids)} rows, "
                f"got words {self.words.shape} and word_mask {self.word_mask.shape}"
            )

    def to(self, device: torch.device) -> "WordBatch":
        """The same batch on another device."""
        moved = (x.to(device) for x in (self.ids, self.shapes, self.mask, self.words, self.word_mask))
        return WordBatch(*moved)


class Recogniser(nn.Module):
    """Encoder, and three linear layers over the first piece of each word."""

    types: tuple[str, ...]
    """Names of the types of mentions, at least one."""
    bounds_first: bool
    """Whether its tags are to be read by `best_tags` so, as suits types that are much alike."""

    def __init__(self, encoder: dict[str, Any], types: Sequence[str], dropout: float = 0.1) -> None:
        super().__init__()
        self.types = tuple(types)
        self.bounds_first = False
        self.encoder = Encoder(encoder)
        self.dropout = nn.Dropout(dropout)
        self.tags = nn.Linear(self.encoder.hidden_size, 1 + 2 * len(self.types))
        self.starts = nn.Linear(self.encoder.hidden_size, 1)
        self.nouns = nn.Linear(self.encoder.hidden_size, 3)

    def forward(self, batch: WordBatch) -> tuple[Tensor, Tensor, Tensor]:
        """Scores of tags [S, W, 1 + 2·types], common nouns [S, W, 3] and beginnings of sentences [S, W].

        All are from before normalisation.
        """
        states = self.encoder(batch.ids, batch.shapes, batch.mask)
        index = batch.words.unsqueeze(-1).expand(-1, -1, states.shape[-1])
        words = self.dropout(states.gather(1, index))
        return self.tags(words).float(), self.nouns(words).float(), self.starts(words).squeeze(-1).float()


def partial_tag_loss(scores: Tensor, allowed: Tensor, mask: Tensor) -> Tensor:
    """Mean negative log-probability that each word's tag is one of those allowed.

    `scores` [S, W, K], `allowed` bool [S, W, K], `mask` bool [S, W]. One tag allowed is plain cross-entropy; where
    a set does not annotate a type, its tags stay allowed beside "outside", so that a gap is no negative.
    """
    log = torch.log_softmax(scores, dim=-1)
    kept = torch.logsumexp(log.masked_fill(~allowed, float("-inf")), dim=-1)
    return -kept[mask].mean()


def allowed_transitions(types: int, *, apart: bool = False) -> Tensor:
    """Additive scores [K + 1, K] of a tag after another: 0 or minus infinity; the last row is the beginning.

    Where mentions stand `apart`, none begins right after another.
    """
    tags = 1 + 2 * types
    table = torch.zeros(tags + 1, tags)
    for kind in range(types):
        inside = 2 * kind + 2
        table[:, inside] = float("-inf")
        table[[inside - 1, inside], inside] = 0.0
    if apart:
        table[1:-1, 1::2] = float("-inf")
    return table


def best_tags(log: Tensor, mask: Tensor, transitions: Tensor, *, bounds_first: bool) -> Tensor:
    """The best allowed tags, int64 [S, W], of the logarithms of their probabilities, [S, W, K]; 0 at padding.

    With `bounds_first` it is decided first what is a mention, by the tags of all types together, and then of which
    type each is. Where types are much alike, none of them is likely in a name that surely is one, which would be cut
    in two or lost.
    """
    if not bounds_first:
        return viterbi(log, mask, transitions)
    summed = [log[..., 0], *(log[..., first::2].logsumexp(dim=-1) for first in (1, 2))]
    bounds = viterbi(torch.stack(summed, dim=-1), mask, allowed_transitions(1).to(log))
    places = torch.arange(1, log.shape[-1] + 1, device=log.device) % 2 + 1
    places[0] = 0
    return viterbi(log.masked_fill(places != bounds.unsqueeze(-1), float("-inf")), mask, transitions)


def viterbi(scores: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """The best allowed tags, int64 [S, W]; 0 at padding. `scores` [S, W, K] are log-probabilities."""
    rows, length, tags = scores.shape
    best = scores[:, 0] + transitions[-1]
    back = scores.new_zeros((length, rows, tags), dtype=torch.int64)
    stay = torch.arange(tags, device=scores.device).expand(rows, tags)
    for step in range(1, length):  # sequential by nature: one step a word, all sequences and tags at once
        value, source = (best.unsqueeze(2) + transitions[:-1]).max(dim=1)
        live = mask[:, step].unsqueeze(1)
        best = torch.where(live, value + scores[:, step], best)
        back[step] = torch.where(live, source, stay)
    path = scores.new_zeros((rows, length), dtype=torch.int64)
    tag = best.argmax(dim=1)
    for step in range(length - 1, -1, -1):
        path[:, step] = tag
        tag = back[step].gather(1, tag.unsqueeze(1)).squeeze(1)
    return path.masked_fill(~mask, 0)
