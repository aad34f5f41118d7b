"""Weights as they are stored: a quarter of their room.

A matrix is kept as whole numbers of -127 to 127 and one scale a row (symmetric quantisation by row), and read back
as 32-bit floats, so that it costs no speed; all else is kept in 16 bits.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import torch
from torch import Tensor

__all__ = ["SHARED", "pack", "unpack"]

SHARED: Final = "word_embeddings"
"""Name under which the vocabulary's embeddings are stored, once for all models."""
_SCALE: Final = "::scale"


def pack(prefix: str, state: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Names and tensors to store for a model's weights; `prefix` keeps models apart."""
    for name, value in state.items():
        key = SHARED if SHARED in name else f"{prefix}.{name}"
        if value.dim() == 2 and value.shape[1] > 1:
            scale = value.abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / 127
            yield key, (value / scale).round().to(torch.int8)
            yield key + _SCALE, scale.squeeze(1)
        else:
            yield key, value.half().contiguous()


def unpack(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights that were stored, 32-bit floats."""
    return {
        name: value.float() * stored[name + _SCALE].unsqueeze(1) if name + _SCALE in stored else value.float()
        for name, value in stored.items()
        if not name.endswith(_SCALE)
    }
