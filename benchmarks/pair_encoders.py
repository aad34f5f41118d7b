"""Pair encoders for the comparison: what a pair of entities is, read by attention, convolution and recurrence.

All read the same pieces, given by what is frozen, the shape of each word and the mark of each mention's pieces, and
all give a vector for each ordered pair, which the same layer turns into a logit for each relation:

    attention       the project's own `PairAttention`: one query a pair over the pieces, all mentions of both entities
    self-attention  the same, after one layer in which the pieces attend to one another (a transformer layer)
    convolution     piecewise CNN (Zeng et al. 2015, https://aclanthology.org/D15-1203)
    recurrence      BiLSTM with max pooling (after Zhang and Wang 2015, https://arxiv.org/abs/1508.01006; Zhou et al.
                    2016, https://aclanthology.org/P16-2034, pool by attention, which is what this is compared with)

The first two take no position but the absolute one of their inputs; the last two know how near each piece is to head
and tail. Convolution and recurrence run once over a sequence, not once a pair: see `stretches` for how.

Letters: S sequences, T pieces, Q pairs, G size of what is given, H hidden size, F filters, R relations.
"""

from dataclasses import dataclass

import torch
from stretches import STEPS, Places, around_both, stretch_maxima, whole
from torch import Tensor, nn
from torch.nn.functional import gelu
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from kgbuild.model.encoder import SHAPE_COUNT
from kgbuild.model.pairs import FAR, PairAttention, PairBatch
from kgbuild.model.simple import concat_scores, dot_scores, entity_vectors

__all__ = [
    "METHODS",
    "Attention",
    "Concat",
    "Convolution",
    "Dot",
    "Method",
    "PairScorer",
    "Recurrence",
    "SelfAttention",
    "SimpleScorer",
]

_DROPOUT = 0.1
_RARE = -6.5
"""Logit that a relation begins with: one pair in 700 holds it."""
_RELATED = -3.0
"""Logit that `concat` begins with: one pair in twenty holds a relation."""


class Attention(nn.Module):
    """The project's pair attention; it reads all mentions of an entity and needs no places."""

    def __init__(self, hidden: int, *, types: int, heads: int, dropout: float = _DROPOUT) -> None:
        super().__init__()
        self.pairs = PairAttention(hidden, types=types, heads=heads, dropout=dropout)

    def forward(self, states: Tensor, batch: PairBatch, places: Places) -> Tensor:  # noqa: ARG002  (as the others)
        """One vector a pair, [Q, H]."""
        found: Tensor = self.pairs(states, batch)
        return found


class SelfAttention(nn.Module):
    """One transformer layer over the pieces (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762), then pairs."""

    def __init__(self, hidden: int, *, types: int, heads: int, dropout: float = _DROPOUT) -> None:
        super().__init__()
        # reason: with dropout inside it, attention on a CPU leaves the fused path and is many times slower
        self.pieces = nn.TransformerEncoderLayer(hidden, heads, 2 * hidden, 0.0, "gelu", batch_first=True)
        self.pairs = PairAttention(hidden, types=types, heads=heads, dropout=dropout)

    def forward(self, states: Tensor, batch: PairBatch, places: Places) -> Tensor:  # noqa: ARG002  (as the others)
        """One vector a pair, [Q, H]."""
        found: Tensor = self.pairs(self.pieces(states, src_key_padding_mask=~batch.mask), batch)
        return found


class Convolution(nn.Module):
    """A convolution over three pieces, and the maxima of each filter before, between and after the two mentions.

    A filter's value at a piece is its content and a value for the nearness of each mention. In the paper the position
    features of all pieces in the window are convolved; here those of its middle count, so that the content is the same
    for all pairs and is convolved once.
    """

    def __init__(self, hidden: int, *, filters: int, dropout: float = _DROPOUT) -> None:
        super().__init__()
        self.content = nn.Conv1d(hidden, filters, 3, padding=1)
        self.to_head, self.to_tail = _nearness(filters), _nearness(filters)
        self.finish = _Finish(3 * filters, hidden, dropout)

    def forward(self, states: Tensor, batch: PairBatch, places: Places) -> Tensor:
        """One vector a pair, [Q, H]."""
        read = states.masked_fill(~batch.mask.unsqueeze(-1), 0.0).transpose(1, 2)
        lengths = batch.mask.sum(dim=1)[batch.row]
        found = stretch_maxima(
            self.content(read).transpose(1, 2).contiguous(),
            self.to_head.weight,
            self.to_tail.weight,
            row=batch.row,
            lengths=lengths,
            places=places,
            cuts=around_both(places, lengths),
        )
        vectors: Tensor = self.finish(torch.tanh(found).flatten(1), batch)
        return vectors


class Recurrence(nn.Module):
    """A bidirectional LSTM; of each mention the states that have just read it, and the maxima over all pieces."""

    def __init__(self, hidden: int, *, width: int, dropout: float = _DROPOUT) -> None:
        super().__init__()
        self.width = width
        self.reader = nn.LSTM(hidden, width, batch_first=True, bidirectional=True)
        self.to_head, self.to_tail = _nearness(2 * width), _nearness(2 * width)
        self.finish = _Finish(6 * width, hidden, dropout)

    def forward(self, states: Tensor, batch: PairBatch, places: Places) -> Tensor:
        """One vector a pair, [Q, H]."""
        sizes = batch.mask.sum(dim=1)
        packed = pack_padded_sequence(states, sizes.cpu(), batch_first=True, enforce_sorted=False)
        read, _ = pad_packed_sequence(self.reader(packed)[0], batch_first=True, total_length=states.shape[1])
        lengths = sizes[batch.row]
        pooled = stretch_maxima(
            read,
            self.to_head.weight,
            self.to_tail.weight,
            row=batch.row,
            lengths=lengths,
            places=places,
            cuts=whole(lengths),
        )
        ends = [self._read(read, batch, place) for place in (places.head, places.tail)]
        vectors: Tensor = self.finish(torch.cat([*ends, pooled.flatten(1)], dim=-1), batch)
        return vectors

    def _read(self, read: Tensor, batch: PairBatch, place: Tensor) -> Tensor:
        """The forward state at a mention's last piece and the backward state at its first, [Q, 2 · width]."""
        forward, backward = read[batch.row, place[:, 1]], read[batch.row, place[:, 0]]
        return torch.cat([forward[:, : self.width], backward[:, self.width :]], dim=-1)


class _Finish(nn.Module):
    """From what was read for a pair to its vector, as `PairAttention` ends: the sentences between them join it."""

    def __init__(self, size: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.join = nn.Linear(size, hidden)
        self.apart = nn.Embedding(FAR + 1, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.out = nn.Linear(hidden, hidden)
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.apart.weight, std=0.02)

    def forward(self, read: Tensor, batch: PairBatch) -> Tensor:
        joined = self.join(self.dropout(read)) + self.apart(batch.apart.clamp(max=FAR))
        vectors: Tensor = self.out(self.dropout(gelu(self.norm(joined))))
        return vectors


class _Inputs(nn.Module):
    """States [S, T, H] that every method reads: what is frozen, brought to size, with shapes of words and marks."""

    def __init__(self, given: int, hidden: int, *, types: int) -> None:
        super().__init__()
        self.given = nn.Linear(given, hidden)
        self.shapes, self.marks = nn.Embedding(SHAPE_COUNT, hidden), nn.Embedding(2 * types + 3, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.dropout = nn.Dropout(_DROPOUT)
        for table in (self.shapes, self.marks):
            nn.init.normal_(table.weight, std=0.02)

    def forward(self, given: Tensor, batch: PairBatch) -> Tensor:
        told = self.given(given) + self.shapes(batch.shapes) + self.marks(batch.marks)
        states: Tensor = self.dropout(self.norm(told))
        return states


class PairScorer(nn.Module):
    """Inputs, a pair encoder and a logit for each relation."""

    def __init__(self, encoder: nn.Module, *, given: int, hidden: int, types: int, labels: int) -> None:
        super().__init__()
        self.inputs = _Inputs(given, hidden, types=types)
        self.encoder = encoder
        self.labels = nn.Linear(hidden, labels)
        nn.init.constant_(self.labels.bias, _RARE)

    def forward(self, given: Tensor, batch: PairBatch, places: Places) -> Tensor:
        """Logits [Q, R] from what is given of the pieces, [S, T, G]."""
        logits: Tensor = self.labels(self.encoder(self.inputs(given, batch), batch, places))
        return logits.float()


class SimpleScorer(nn.Module):
    """Inputs and a logit whether a pair is related at all, by one of the two simple scorers."""

    def __init__(self, score: nn.Module, *, given: int, hidden: int, types: int) -> None:
        super().__init__()
        self.inputs = _Inputs(given, hidden, types=types)
        self.encoder = score

    def forward(self, given: Tensor, batch: PairBatch, places: Places) -> Tensor:  # noqa: ARG002  (as the others)
        """Logits [Q, 1] from what is given of the pieces, [S, T, G]."""
        logits: Tensor = self.encoder(entity_vectors(self.inputs(given, batch), batch), batch)
        return logits.unsqueeze(-1)


class Dot(nn.Module):
    """The scorer `dot`, which has no weights."""

    def forward(self, vectors: Tensor, batch: PairBatch) -> Tensor:
        """Logits [Q]."""
        return dot_scores(vectors, batch)


class Concat(nn.Module):
    """The scorer `concat`, a linear layer over both entities."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.layer = nn.Linear(2 * hidden, 1)
        nn.init.constant_(self.layer.bias, _RELATED)

    def forward(self, vectors: Tensor, batch: PairBatch) -> Tensor:
        """Logits [Q]."""
        return concat_scores(vectors, batch, self.layer)


def _nearness(size: int) -> nn.Embedding:
    table = nn.Embedding(STEPS, size)
    nn.init.normal_(table.weight, std=0.02)
    return table


@dataclass(frozen=True, slots=True)
class Method:
    """A way to score pairs, at the size that it is compared in."""

    name: str
    """As options and tables call it."""
    hidden: int
    """Hidden size; with it the pair encoders have about 0.38 million weights each."""
    typed: bool = True
    """Whether it tells relations apart."""

    def model(self, *, given: int, types: int, labels: int) -> nn.Module:
        """A new model; its weights are drawn from torch's random numbers."""
        if not self.typed:
            score = Dot() if self.name == "dot" else Concat(self.hidden)
            return SimpleScorer(score, given=given, hidden=self.hidden, types=types)
        return PairScorer(self._encoder(types), given=given, hidden=self.hidden, types=types, labels=labels)

    def _encoder(self, types: int) -> nn.Module:
        if self.name == "convolution":
            return Convolution(self.hidden, filters=288)
        if self.name == "recurrence":
            return Recurrence(self.hidden, width=96)
        kind = {"attention": Attention, "self-attention": SelfAttention}[self.name]
        return kind(self.hidden, types=types, heads=6)


METHODS = {
    item.name: item
    for item in (
        Method("attention", 192),
        Method("self-attention", 144),
        Method("convolution", 192),
        Method("recurrence", 192),
        Method("concat", 192, typed=False),
        Method("dot", 192, typed=False),
    )
}
"""The methods that are compared, by name; the first is what the others are compared with."""
