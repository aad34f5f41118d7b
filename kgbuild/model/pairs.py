"""Pair attention: every candidate pair of a batch asks the pieces around it what holds between its two entities.

An entity is pooled from its mentions. A pair's query is the sum of its head's and its tail's: since
exp(q_h·k) exp(q_t·k) = exp((q_h + q_t)·k), its attention is the normalised product of theirs: the localized context
pooling of ATLOP (Zhou et al. 2021, https://arxiv.org/abs/2010.11304) as one fused attention call for all pairs of all
sequences (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762). The answer, with the pair, is compared with the
vector of each relation by a scaled dot product, and each relation has a probability of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from kgbuild.model.encoder import Encoder

__all__ = ["FAR", "GAPS", "PairAttention", "PairBatch", "RelationModel", "closed", "reverses"]

GAPS = 16
"""Buckets of the way from head to tail in pieces: a sign and eight powers of two."""
FAR = 3
"""Sentences between head and tail from which they all count as equally far."""

_ASKED = 1_024
"""Pairs of a sequence whose attention is computed at once where it is asked for."""


@dataclass(frozen=True, slots=True)
class PairBatch:
    """Sequences of pieces, the mentions in them, and the ordered pairs of entities to be scored.

    Pairs stand flat, ordered by sequence: a sequence with few of them costs no padding.
    """

    ids: Tensor
    """Numbers in the vocabulary, int64 [S, T]."""
    shapes: Tensor
    """Shapes of words, int64 [S, T]."""
    mask: Tensor
    """False at padding, bool [S, T]."""
    marks: Tensor
    """What each piece is: 0 in no mention, 2t + 1 the first of one of type t, 2t + 2 a later one, int64 [S, T]."""
    first: Tensor
    """Place of each mention's first piece, int64 [S, M]."""
    last: Tensor
    """Place of its last piece, int64 [S, M]."""
    types: Tensor
    """Type of each mention, int64 [S, M]; 0 is unknown."""
    entity: Tensor
    """Number of each mention's entity in its sequence, int64 [S, M]; the highest of all at padding."""
    row: Tensor
    """Sequence of each pair, ascending, int64 [Q]."""
    head: Tensor
    """Number of its head entity in that sequence, int64 [Q]."""
    tail: Tensor
    """Number of its tail entity, int64 [Q]."""
    gap: Tensor
    """Pieces from head to tail where they stand closest, negative where the tail comes first, int64 [Q]."""
    apart: Tensor
    """Sentences between head and tail where they stand closest, 0 within one, int64 [Q]."""

    def __post_init__(self) -> None:
        for item in fields(self):
            expected, came = (torch.bool if item.name == "mask" else torch.int64), getattr(self, item.name)
            if came.dtype != expected:
                raise ValueError(f"PairBatch.{item.name}: expected {expected}, got {came.dtype!r}")
        groups = (("ids", "shapes", "mask", "marks"), ("first", "last", "types", "entity"))
        for group in (*groups, ("row", "head", "tail", "gap", "apart")):
            shapes = {name: tuple(getattr(self, name).shape) for name in group}
            if len(set(shapes.values())) != 1 or (group in groups and len(self.ids) != len(getattr(self, group[0]))):
                raise ValueError(f"PairBatch: expected one shape and {len(self.ids)} rows, got {shapes!r}")
        if (self.row.diff() < 0).any():
            raise ValueError("PairBatch.row: expected ascending numbers of sequences, got others")

    @property
    def entities(self) -> int:
        """Numbers of entities in use, the one at padding counted."""
        return int(self.entity.max()) + 1

    @property
    def slots(self) -> Tensor:
        """Place of each pair among those of its sequence, int64 [Q]."""
        counts = torch.bincount(self.row, minlength=len(self.ids))
        return torch.arange(len(self.row), device=self.row.device) - (counts.cumsum(0) - counts)[self.row]

    def to(self, device: torch.device) -> "PairBatch":
        """The same batch on another device."""
        return PairBatch(*(getattr(self, item.name).to(device, non_blocking=True) for item in fields(self)))


class PairAttention(nn.Module):
    """From hidden states [S, T, H] and a `PairBatch` to a vector for each pair, [Q, H]."""

    def __init__(self, hidden: int, *, types: int, heads: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.heads = heads
        self.span = nn.Linear(2 * hidden, hidden)
        self.kind = nn.Embedding(types + 1, hidden)
        self.mention_norm = nn.LayerNorm(hidden)
        self.head, self.tail = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden)
        self.gap, self.apart = nn.Embedding(GAPS, hidden), nn.Embedding(FAR + 1, hidden)
        self.pair_norm = nn.LayerNorm(hidden)
        self.entity_query, self.piece_key, self.piece_value = (nn.Linear(hidden, hidden) for _ in range(3))
        self.product = nn.Linear(hidden, hidden, bias=False)
        self.context = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, hidden)
        self.dropout = nn.Dropout(dropout)
        nn.init.eye_(self.piece_value.weight)
        nn.init.zeros_(self.piece_value.bias)
        for table in (self.kind, self.gap, self.apart):
            nn.init.normal_(table.weight, std=0.02)

    def forward(self, states: Tensor, batch: PairBatch) -> Tensor:
        """One vector a pair, [Q, H]."""
        entities = self._entities(states, batch)
        head = self.head(entities)[batch.row, batch.head]
        tail = self.tail(entities)[batch.row, batch.tail]
        way = self.gap(_bucket(batch.gap)) + self.apart(batch.apart.clamp(max=FAR))
        context = self.context(self._attend(states, batch))
        hidden = gelu(self.pair_norm(head + tail + way) + context + self.product(head * tail))
        out: Tensor = self.out(self.dropout(hidden))
        return out

    def weights(self, states: Tensor, batch: PairBatch, pairs: Tensor) -> Tensor:
        """Attention of the pairs numbered `pairs` [N] over the pieces of their sequences, mean over heads, [N, T]."""
        queries, keys = self._queries(states, batch), self._split(self.piece_key(states))
        rows = batch.row[pairs]
        asked = queries[rows, batch.head[pairs]] + queries[rows, batch.tail[pairs]]
        asked = asked.view(len(pairs), self.heads, keys.shape[-1])
        found = states.new_zeros((len(pairs), states.shape[1]))
        for row in sorted(set(rows.tolist())):  # reason: the keys repeated for each pair would take gigabytes
            for part in (rows == row).nonzero().squeeze(1).split(_ASKED):
                products = torch.einsum("nhd,htd->nht", asked[part], keys[row]) / keys.shape[-1] ** 0.5
                chances = products.masked_fill(~batch.mask[row], float("-inf")).softmax(dim=-1)
                found[part] = chances.mean(dim=1).to(found.dtype)
        return found

    def _entities(self, states: Tensor, batch: PairBatch) -> Tensor:
        """Log-sum-exp of each entity's mentions, a soft maximum, [S, E, H]."""
        ends = torch.cat([_pick(states, batch.first), _pick(states, batch.last)], dim=-1)
        mentions = self.mention_norm(self.span(self.dropout(ends)) + self.kind(batch.types)).float()
        index = batch.entity.unsqueeze(-1).expand_as(mentions)
        shape = (len(mentions), batch.entities, mentions.shape[-1])
        highest = mentions.new_full(shape, -1e4).scatter_reduce(1, index, mentions.detach(), "amax")
        total = mentions.new_zeros(shape).scatter_add(1, index, torch.exp(mentions - highest.gather(1, index)))
        return torch.where(total > 0, torch.log(total.clamp(min=1e-9)) + highest, 0.0).to(states.dtype)

    def _queries(self, states: Tensor, batch: PairBatch) -> Tensor:
        """Mean query of each entity's mentions, [S, E, H]."""
        asked = self.entity_query(_pick(states, batch.first))
        index = batch.entity.unsqueeze(-1)
        empty = asked.new_zeros((len(asked), batch.entities, 1))
        counts = empty.scatter_add(1, index, torch.ones_like(index, dtype=asked.dtype))
        total = empty.expand(-1, -1, asked.shape[-1]).scatter_add(1, index.expand_as(asked), asked)
        mean: Tensor = total / counts.clamp(min=1)
        return mean

    def _attend(self, states: Tensor, batch: PairBatch) -> Tensor:
        """What each pair finds in its sequence, [Q, H]."""
        queries, slots = self._queries(states, batch), batch.slots
        asked = queries.new_zeros((len(states), int(slots.max()) + 1 if len(slots) else 1, queries.shape[-1]))
        asked[batch.row, slots] = queries[batch.row, batch.head] + queries[batch.row, batch.tail]
        queries, keys, values = (self._split(x) for x in (asked, self.piece_key(states), self.piece_value(states)))
        found = scaled_dot_product_attention(queries, keys, values, attn_mask=batch.mask[:, None, None, :])
        return found.transpose(1, 2).flatten(2)[batch.row, slots]

    def _split(self, x: Tensor) -> Tensor:
        """[S, N, H] as [S, heads, N, H / heads]."""
        return x.view(*x.shape[:-1], self.heads, -1).transpose(1, 2)


class RelationModel(nn.Module):
    """Encoder and pair attention, and the relations' vectors made by the same encoder from their definitions."""

    def __init__(self, encoder: dict[str, Any], *, types: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = Encoder(encoder)
        hidden = self.encoder.hidden_size
        self.marks = nn.Embedding(2 * types + 3, hidden)
        self.attention = PairAttention(hidden, types=types, heads=self.encoder.heads, dropout=dropout)
        self.relation = nn.Linear(hidden, hidden)
        self.relation_norm = nn.LayerNorm(hidden)
        self.prior = nn.Linear(hidden, 1)
        nn.init.zeros_(self.marks.weight)
        nn.init.eye_(self.relation.weight)
        nn.init.zeros_(self.prior.weight)
        nn.init.constant_(self.prior.bias, -6.5)  # one pair in 700 holds a relation: begin at that share
        self.related = nn.Linear(2 * hidden, 1)

    def start_from(self, weights: dict[str, Tensor]) -> None:
        """Take over a pretrained encoder; the pairs' attention begins as that of its last layer."""
        self.encoder.transformer.load_state_dict(weights, strict=False)
        own = (self.attention.entity_query, self.attention.piece_key)
        for mine, pretrained in zip(own, self.encoder.last_queries_and_keys, strict=True):
            mine.load_state_dict(pretrained.state_dict())

    def take_over(self, weights: Mapping[str, Tensor]) -> int:
        """Number of tensors taken over from another relation model: those whose name and shape agree."""
        own = self.state_dict()
        same = {name: value for name, value in weights.items() if name in own and own[name].shape == value.shape}
        self.load_state_dict(same, strict=False)
        return len(same)

    def states(self, batch: PairBatch) -> Tensor:
        """Hidden states [S, T, H] of the batch, its mentions marked."""
        states: Tensor = self.encoder(batch.ids, batch.shapes, batch.mask, self.marks(batch.marks))
        return states

    def relation_vectors(self, texts: Tensor) -> Tensor:
        """Vectors [R, H] of relations whose definitions were pooled by the encoder into `texts` [R, H]."""
        vectors: Tensor = self.relation_norm(self.relation(texts))
        return vectors

    def forward(self, batch: PairBatch, relations: Tensor) -> Tensor:
        """Logits [Q, R] of every pair for every relation; `relations` is [R, H]."""
        return self.compare(self.attention(self.states(batch), batch), relations)

    def compare(self, pairs: Tensor, relations: Tensor) -> Tensor:
        """Scaled dot products [Q, R] of pairs [Q, H] with relations [R, H], and each relation's own prior."""
        return self.logits(pairs @ relations.transpose(0, 1), self.priors(relations))

    def priors(self, relations: Tensor) -> Tensor:
        """Logit of each relation [R, H] before any pair is seen, [R]."""
        prior: Tensor = self.prior(relations).squeeze(-1)
        return prior

    def logits(self, products: Tensor, priors: Tensor) -> Tensor:
        """Logits of dot products, each with its relation's prior, in the shape that the two have together."""
        logits: Tensor = products / self.encoder.hidden_size**0.5 + priors
        return logits.float()


def closed(logits: Tensor, batch: PairBatch, inverse: Tensor) -> Tensor:
    """Logits [Q, R] in which r(h, t) and its inverse r'(t, h) are both their mean.

    `inverse` int64 [R] numbers the inverse of each relation: itself where it is symmetric, -1 where there is none.
    A pair whose reverse is no candidate keeps its logits.
    """
    reverse, there = reverses(batch)
    both = there.unsqueeze(1) & (inverse >= 0)
    return torch.where(both, (logits + logits[reverse][:, inverse.clamp(min=0)]) / 2, logits)


def reverses(batch: PairBatch) -> tuple[Tensor, Tensor]:
    """The pair from each pair's tail to its head, int64 [Q], and whether there is one, bool [Q]."""
    width = batch.entities
    forward, backward = (
        (batch.row * width + one) * width + other for one, other in ((batch.head, batch.tail), (batch.tail, batch.head))
    )
    order = forward.argsort()
    place = torch.searchsorted(forward[order], backward).clamp(max=max(len(order) - 1, 0))
    reverse = order[place]
    return reverse, forward[reverse] == backward


def _bucket(gap: Tensor) -> Tensor:
    size = torch.log2(gap.abs().clamp(min=1).float()).long().clamp(max=GAPS // 2 - 1)
    return size + (gap < 0).long() * (GAPS // 2)


def _pick(x: Tensor, index: Tensor) -> Tensor:
    """Rows `index` [S, N] of `x` [S, M, H], as [S, N, H]."""
    return x.gather(1, index.unsqueeze(-1).expand(-1, -1, x.shape[-1]))
