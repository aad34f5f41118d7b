"""Pair attention: every candidate pair of a batch asks the pieces around it what holds between its two mentions.

A pair's query is made of its head, its tail and their distance. All pairs of all sequences go through one fused
attention call (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762); the answer, with the pair, is compared with
the vector of each relation by a scaled dot product, and each relation has a probability of its own.
"""

from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from kgbuild.model.encoder import Encoder

__all__ = ["DISTANCES", "PairAttention", "PairBatch", "RelationModel"]

DISTANCES = 16
"""Buckets of the distance from head to tail: a sign and seven powers of two."""


@dataclass(frozen=True, slots=True)
class PairBatch:
    """Sequences of pieces, the mentions in them, and the ordered pairs of mentions to be scored."""

    ids: Tensor
    """Numbers in the vocabulary, int64 [S, T]."""
    shapes: Tensor
    """Shapes of words, int64 [S, T]."""
    mask: Tensor
    """False at padding, bool [S, T]."""
    first: Tensor
    """Place of each mention's first piece, int64 [S, M]."""
    last: Tensor
    """Place of its last piece, int64 [S, M]."""
    types: Tensor
    """Type of each mention, int64 [S, M]; 0 is unknown."""
    head: Tensor
    """Number of each pair's head among the mentions, int64 [S, Q]."""
    tail: Tensor
    """Number of its tail, int64 [S, Q]."""
    begin: Tensor
    """First piece that the pair may look at, int64 [S, Q]."""
    end: Tensor
    """One past the last, int64 [S, Q]."""
    pairs: Tensor
    """False at padding, bool [S, Q]."""

    def __post_init__(self) -> None:
        for item in fields(self):
            expected, came = (torch.bool if item.name in {"mask", "pairs"} else torch.int64), getattr(self, item.name)
            if came.dtype != expected:
                raise ValueError(f"PairBatch.{item.name}: expected {expected}, got {came.dtype!r}")
        for group in (("ids", "shapes", "mask"), ("first", "last", "types"), ("head", "tail", "begin", "end", "pairs")):
            shapes = {name: tuple(getattr(self, name).shape) for name in group}
            if len(set(shapes.values())) != 1 or len(self.ids) != len(getattr(self, group[0])):
                raise ValueError(f"PairBatch: expected one shape and {len(self.ids)} rows, got {shapes!r}")

    def to(self, device: torch.device) -> "PairBatch":
        """The same batch on another device."""
        return PairBatch(*(getattr(self, item.name).to(device, non_blocking=True) for item in fields(self)))


class PairAttention(nn.Module):
    """From hidden states [S, T, H] and a `PairBatch` to a vector for each pair, [S, Q, H]."""

    def __init__(self, hidden: int, *, types: int, heads: int = 6, dropout: float = 0.1) -> None:
        super().__init__()
        self.heads = heads
        self.span = nn.Linear(2 * hidden, hidden)
        self.kind = nn.Embedding(types + 1, hidden)
        self.mention_norm = nn.LayerNorm(hidden)
        self.head, self.tail = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden)
        self.distance = nn.Embedding(DISTANCES, hidden)
        self.query_norm = nn.LayerNorm(hidden)
        self.query, self.key, self.value = (nn.Linear(hidden, hidden) for _ in range(3))
        self.product = nn.Linear(hidden, hidden, bias=False)
        self.context = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, hidden)
        self.dropout = nn.Dropout(dropout)
        for table in (self.kind, self.distance):
            nn.init.normal_(table.weight, std=0.02)

    def forward(self, states: Tensor, batch: PairBatch) -> Tensor:
        """One vector a pair, [S, Q, H]; what stands at padding is not meaningful."""
        mentions = self._mentions(states, batch)
        head, tail = _pick(self.head(mentions), batch.head), _pick(self.tail(mentions), batch.tail)
        query = self.query_norm(head + tail + self.distance(self._buckets(batch)))
        context = self._attend(query, states, batch)
        hidden = gelu(query + self.context(context) + self.product(head * tail))
        out: Tensor = self.out(self.dropout(hidden))
        return out

    def _mentions(self, states: Tensor, batch: PairBatch) -> Tensor:
        ends = torch.cat([_pick(states, batch.first), _pick(states, batch.last)], dim=-1)
        mentions: Tensor = self.mention_norm(self.span(self.dropout(ends)) + self.kind(batch.types))
        return mentions

    def _attend(self, query: Tensor, states: Tensor, batch: PairBatch) -> Tensor:
        place = torch.arange(states.shape[1], device=states.device)
        seen = (place >= batch.begin.unsqueeze(-1)) & (place < batch.end.unsqueeze(-1))
        asked, keys, values = (self._split(x) for x in (self.query(query), self.key(states), self.value(states)))
        found = scaled_dot_product_attention(asked, keys, values, attn_mask=seen.unsqueeze(1))
        return found.transpose(1, 2).flatten(2)

    def _split(self, x: Tensor) -> Tensor:
        """[S, N, H] as [S, heads, N, H / heads]."""
        return x.view(*x.shape[:-1], self.heads, -1).transpose(1, 2)

    def _buckets(self, batch: PairBatch) -> Tensor:
        gap = batch.first.gather(1, batch.tail) - batch.first.gather(1, batch.head)
        size = torch.log2(gap.abs().clamp(min=1).float()).long().clamp(max=DISTANCES // 2 - 1)
        return size + (gap < 0).long() * (DISTANCES // 2)


class RelationModel(nn.Module):
    """Encoder and pair attention, and the relations' vectors made by the same encoder from their definitions."""

    def __init__(self, encoder: dict[str, Any], *, types: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = Encoder(encoder)
        hidden = self.encoder.hidden_size
        self.attention = PairAttention(hidden, types=types, dropout=dropout)
        self.relation = nn.Linear(hidden, hidden)
        self.relation_norm = nn.LayerNorm(hidden)
        self.prior = nn.Linear(hidden, 1)
        nn.init.eye_(self.relation.weight)
        nn.init.zeros_(self.prior.weight)
        nn.init.constant_(self.prior.bias, -4.0)  # few pairs hold any one relation: begin near their share
        self.related = nn.Linear(2 * hidden, 1)

    def relation_vectors(self, texts: Tensor) -> Tensor:
        """Vectors [R, H] of relations whose definitions were pooled by the encoder into `texts` [R, H]."""
        vectors: Tensor = self.relation_norm(self.relation(texts))
        return vectors

    def forward(self, batch: PairBatch, relations: Tensor) -> Tensor:
        """Logits [S, Q, R] of every pair for every relation; `relations` is [R, H]."""
        states = self.encoder(batch.ids, batch.shapes, batch.mask)
        return self.compare(self.attention(states, batch), relations)

    def compare(self, pairs: Tensor, relations: Tensor) -> Tensor:
        """Scaled dot products [S, Q, R] of pairs [S, Q, H] with relations [R, H], and each relation's own prior."""
        scores = pairs @ relations.transpose(0, 1) / relations.shape[-1] ** 0.5
        prior: Tensor = self.prior(relations).squeeze(-1)
        logits: Tensor = scores + prior
        return logits.float()


def _pick(x: Tensor, index: Tensor) -> Tensor:
    """Rows `index` [S, N] of `x` [S, M, H], as [S, N, H]."""
    return x.gather(1, index.unsqueeze(-1).expand(-1, -1, x.shape[-1]))
