"""Of all pairs and relations those that reach a floor: what `RelationModel.compare` and `closed` say, at less cost.

An ontology of 2,000 relations has 2,000 logits a pair, nearly all of them far below any floor. The products of all are
made at once; what makes logits of them that agree with their inverses is worked out only where the floor is near.
Letters as in `model.encoder`; N logits reach the floor.
"""

import torch
from torch import Tensor

from kgbuild.model.pairs import PairBatch, RelationModel, reverses

__all__ = ["reaching"]

_SLACK = 1 / 64
"""Part of a number's size by which three roundings to eight bits change it at most, doubled."""


def reaching(
    model: RelationModel, pairs: Tensor, relations: Tensor, batch: PairBatch, inverse: Tensor, *, floor: float
) -> tuple[Tensor, Tensor]:
    """Pair and relation, ascending, of each logit of `closed` at or above the floor, int64 [N, 2]; the logits, [N].

    `pairs` [Q, H] are those of the batch, `relations` [R, H] the relations, `inverse` int64 [R] as `closed` asks.
    """
    products, priors = pairs @ relations.transpose(0, 1), model.priors(relations)
    reverse, there = reverses(batch)
    near = products >= _least(priors, floor, relations.shape[-1]).to(products.dtype)
    near[_mirrored(near, reverse, there, inverse)] = True  # a mean may reach what one of the two reaches alone
    pair, relation = near.nonzero().unbind(1)
    logits = model.logits(products[pair, relation], priors[relation])
    both = there[pair] & (inverse[relation] >= 0)
    other = reverse[pair[both]], inverse[relation[both]]
    logits[both] = (logits[both] + model.logits(products[other], priors[other[1]])) / 2
    kept = logits >= floor
    return torch.stack([pair[kept], relation[kept]], dim=1), logits[kept]


def _least(priors: Tensor, floor: float, hidden: int) -> Tensor:
    """A product for each relation below which no logit reaches the floor, however it is rounded, [R]."""
    wanted = floor - priors.float() - _SLACK * (abs(floor) + priors.float().abs())
    least: Tensor = wanted * hidden**0.5
    return least


def _mirrored(near: Tensor, reverse: Tensor, there: Tensor, inverse: Tensor) -> tuple[Tensor, Tensor]:
    """Pairs and relations whose logits are means with one that is `near` [Q, R]."""
    pair, relation = near.nonzero().unbind(1)
    pair, relation = pair[there[pair]], relation[there[pair]]
    asking = (inverse >= 0).nonzero().squeeze(1)
    asking = asking[inverse[asking].argsort()]  # several may ask for one
    first, last = (torch.searchsorted(inverse[asking], relation, right=right) for right in (False, True))
    counts = last - first
    step = torch.arange(int(counts.sum()), device=near.device) - (counts.cumsum(0) - counts).repeat_interleave(counts)
    return reverse[pair].repeat_interleave(counts), asking[first.repeat_interleave(counts) + step]
