"""The two simple scorers: the textbook's attention between the entity vectors of a sequence, without relations.

An entity vector is the mean of the hidden states of all pieces of its mentions.
"""

import torch
from torch import Tensor, nn

from kgbuild.model.pairs import PairBatch

__all__ = ["concat_scores", "dot_scores", "entity_vectors"]


def entity_vectors(states: Tensor, batch: PairBatch) -> Tensor:
    """Mean hidden state of the pieces of each entity's mentions, [S, E, H]; the last stands for padding."""
    place = torch.arange(states.shape[1], device=states.device)
    inside = (place >= batch.first.unsqueeze(-1)) & (place <= batch.last.unsqueeze(-1))
    index = batch.entity.unsqueeze(-1).expand_as(inside)
    shape = (len(states), batch.entities, states.shape[1])
    weights = states.new_zeros(shape).scatter_add(1, index, inside.to(states.dtype))
    return weights @ states / weights.sum(dim=-1, keepdim=True).clamp(min=1)


def dot_scores(vectors: Tensor, batch: PairBatch) -> Tensor:
    """Logits [Q] of a(i, j), the softmax over heads i of e_i·e_j / √H among the pairs that share the tail j.

    The head is weighed against every head that the batch pairs with that tail, and against the tail itself.
    """
    scale = vectors.shape[-1] ** 0.5
    products = vectors @ vectors.transpose(1, 2) / scale
    allowed = torch.eye(products.shape[1], dtype=torch.bool, device=vectors.device).repeat(len(vectors), 1, 1)
    allowed[batch.row, batch.head, batch.tail] = True
    weights = products.masked_fill(~allowed, float("-inf")).softmax(dim=1)
    return torch.logit(weights[batch.row, batch.head, batch.tail].float(), eps=1e-6)


def concat_scores(vectors: Tensor, batch: PairBatch, layer: nn.Linear) -> Tensor:
    """Logits [Q] of a linear layer over [e_head; e_tail]."""
    sides = torch.cat([vectors[batch.row, batch.head], vectors[batch.row, batch.tail]], dim=-1)
    scores: Tensor = layer(sides).squeeze(-1)
    return scores.float()
