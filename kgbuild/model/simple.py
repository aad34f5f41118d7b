"""The two simple scorers: the textbook's attention between the entity vectors of a sentence, without relations.

An entity vector is the mean of the hidden states of its mention's pieces.
"""

import torch
from torch import Tensor, nn

from kgbuild.model.pairs import PairBatch

__all__ = ["concat_scores", "dot_scores", "entity_vectors"]


def entity_vectors(states: Tensor, batch: PairBatch) -> Tensor:
    """Mean hidden state of each mention's pieces, [S, M, H]."""
    place = torch.arange(states.shape[1], device=states.device)
    inside = (place >= batch.first.unsqueeze(-1)) & (place <= batch.last.unsqueeze(-1))
    weights = inside.to(states.dtype)
    return weights @ states / weights.sum(dim=-1, keepdim=True).clamp(min=1)


def dot_scores(vectors: Tensor, batch: PairBatch) -> Tensor:
    """Logits [S, Q] of a(i, j), the softmax over heads i of e_i·e_j / √H among the pairs that share the tail j.

    The head is weighed against every head that the batch pairs with that tail, and against the tail itself.
    """
    scale = vectors.shape[-1] ** 0.5
    products = vectors @ vectors.transpose(1, 2) / scale
    rows = torch.arange(len(vectors), device=vectors.device).unsqueeze(1).expand_as(batch.head)
    allowed = torch.eye(products.shape[1], dtype=torch.bool, device=vectors.device).repeat(len(vectors), 1, 1)
    real = batch.pairs
    allowed[rows[real], batch.head[real], batch.tail[real]] = True
    weights = products.masked_fill(~allowed, float("-inf")).softmax(dim=1)
    return torch.logit(weights[rows, batch.head, batch.tail].float(), eps=1e-6)


def concat_scores(vectors: Tensor, batch: PairBatch, layer: nn.Linear) -> Tensor:
    """Logits [S, Q] of a linear layer over [e_head; e_tail]."""
    sides = [
        x.gather(1, at.unsqueeze(-1).expand(-1, -1, x.shape[-1]))
        for x, at in ((vectors, batch.head), (vectors, batch.tail))
    ]
    scores: Tensor = layer(torch.cat(sides, dim=-1)).squeeze(-1)
    return scores.float()
