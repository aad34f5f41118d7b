"""Low-rank adapters: what a model learns of a user's own classes and relations, beside weights that stay as they are.

A linear layer W x becomes W x + B A x, where B A has a low rank (LoRA, Hu et al. 2021,
https://arxiv.org/abs/2106.09685). B begins at zero, so that an adapter changes nothing before it was trained. To run
it, W + B A takes the place of W, and costs no more than W did.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from kgbuild.model.pairs import RelationModel
from kgbuild.model.recogniser import Recogniser

__all__ = ["RANK", "AdaptedLinear", "adapt", "learned", "merge", "retype_recogniser", "retype_relations"]

RANK: Final = 16
"""Rank of what is added to a layer's weights."""
_DOWN, _UP = ".down", ".up"


class AdaptedLinear(nn.Linear):
    """A linear layer whose weights are frozen, with a low-rank product beside them."""

    def __init__(self, frozen: nn.Linear, rank: int) -> None:
        super().__init__(frozen.in_features, frozen.out_features, bias=frozen.bias is not None, device="meta")
        self.weight, self.bias = frozen.weight, frozen.bias
        self.down = nn.Parameter(frozen.weight.new_empty(rank, frozen.in_features))
        self.up = nn.Parameter(frozen.weight.new_zeros(frozen.out_features, rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, input: Tensor) -> Tensor:
        """What the layer gave, and what the adapter adds."""
        return linear(input, self.weight, self.bias) + linear(linear(input, self.down), self.up)


def adapt(model: nn.Module, *, whole: Collection[str], still: Collection[str], rank: int = RANK) -> None:
    """Nothing; from now on the model learns adapters of its linear layers, and nothing else.

    Of the layers named `whole` all weights are learned; those named `still` stay as they are.
    """
    model.requires_grad_(False)
    for name, layer in list(model.named_modules()):
        if name in whole:
            layer.requires_grad_(True)
        elif isinstance(layer, nn.Linear) and name not in still:
            parent, _, own = name.rpartition(".")
            setattr(model.get_submodule(parent), own, AdaptedLinear(layer, rank))


def learned(model: nn.Module) -> dict[str, Tensor]:
    """All that an adapted model learns, by name, in 16 bits on the CPU."""
    found = ((name, value) for name, value in model.named_parameters() if value.requires_grad)
    return {name: value.detach().half().cpu().contiguous() for name, value in found}


@torch.no_grad()
def merge(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Nothing; what `learned` gave becomes part of the weights of a model that is not adapted.

    Raises: KeyError, RuntimeError when they are those of another model.
    """
    own = dict(model.named_parameters())
    for name, value in weights.items():
        if name.endswith(_DOWN):
            stem = name.removesuffix(_DOWN)
            own[f"{stem}.weight"].add_(weights[stem + _UP].float() @ value.float())
        elif not name.endswith(_UP):
            own[name].copy_(value)


@torch.no_grad()
def retype_recogniser(model: Recogniser, types: Sequence[str], kinds: Sequence[int]) -> None:
    """Nothing; the recogniser finds mentions of the `types`, each at first as it found those of its own type `kinds`.

    Kinds are numbers of its types, from 1, and 0 for common nouns. Where several are alike they share the probability,
    and what is a mention is decided before its type.
    """
    before, nouns = model.tags, model.nouns
    last = before.out_features - 1
    firsts = [2 * kind - 1 if kind else last + 1 for kind in kinds]
    sources = torch.tensor([0, *(tag for first in firsts for tag in (first, first + 1))])
    shared = torch.tensor([1, *(kinds.count(kind) for kind in kinds for _ in range(2))], dtype=torch.float32)
    model.tags = nn.Linear(before.in_features, len(sources)).to(before.weight)
    model.tags.weight.copy_(torch.cat([before.weight, nouns.weight[1:]])[sources])
    model.tags.bias.copy_(torch.cat([before.bias, nouns.bias[1:]])[sources] - shared.log().to(before.bias))
    model.tags.requires_grad_(before.weight.requires_grad)
    model.types, model.bounds_first = tuple(types), len(set(kinds)) < len(kinds)


@torch.no_grad()
def retype_relations(model: RelationModel, kinds: Sequence[int]) -> None:
    """Nothing; the relation model is told of as many types as there are `kinds`, each as it was told of that one."""
    marks = torch.tensor([0, 1, 2, *(mark for kind in kinds for mark in (2 * kind + 1, 2 * kind + 2))])
    model.marks = _rows(model.marks, marks)
    model.attention.kind = _rows(model.attention.kind, torch.tensor([0, *kinds]))


def _rows(table: nn.Embedding, rows: Tensor) -> nn.Embedding:
    chosen = nn.Embedding(len(rows), table.embedding_dim).to(table.weight)
    chosen.weight.copy_(table.weight[rows])
    return chosen.requires_grad_(table.weight.requires_grad)
