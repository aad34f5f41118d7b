"""The sentence encoder: a transformer from the shelf, told the shape of each word.

Letters of this room: S sequences, T pieces, W words, M mentions, Q candidate pairs, R relations, H hidden size.
"""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel

__all__ = ["SHAPE_COUNT", "Encoder"]

SHAPE_COUNT = 8
"""Shapes of words that an input may name."""


class Encoder(nn.Module):
    """A transformer that reads pieces and the shapes of their words.

    The shape is added to the piece's embedding before the first layer. It starts at zero, so that a
    pretrained encoder gives at first what it gave before.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        # reason: with dropout inside it, attention on a CPU leaves the fused path and is many times slower
        kind = {**config, "attention_probs_dropout_prob": 0.0}
        shared = AutoConfig.for_model(kind.pop("model_type"), **kind)
        self.transformer = AutoModel.from_config(shared, attn_implementation="sdpa")  # type: ignore[no-untyped-call]
        if getattr(self.transformer, "pooler", None) is not None:
            self.transformer.pooler = None  # unused: a weight that gets no gradient
        self.hidden_size: int = shared.hidden_size
        self.heads: int = shared.num_attention_heads
        self.max_pieces: int = shared.max_position_embeddings
        self.shapes = nn.Embedding(SHAPE_COUNT, self.hidden_size)
        nn.init.zeros_(self.shapes.weight)

    @property
    def word_embeddings(self) -> nn.Embedding:
        """The embeddings of the vocabulary, kept frozen so that several encoders may share them."""
        embeddings: nn.Embedding = self.transformer.get_input_embeddings()
        return embeddings

    @property
    def last_queries_and_keys(self) -> tuple[nn.Linear, nn.Linear]:
        """The linear layers that make queries and keys in the last layer's attention."""
        attention = self.transformer.encoder.layer[-1].attention.self
        return attention.query, attention.key

    def forward(self, ids: Tensor, shapes: Tensor, mask: Tensor, added: Tensor | None = None) -> Tensor:
        """Hidden states [S, T, H] of `ids` [S, T] with `shapes` [S, T]; `mask` [S, T] is false at padding.

        `added` [S, T, H] tells more of each piece: it joins the embeddings before the first layer.
        """
        embedded = self.word_embeddings(ids) + self.shapes(shapes)
        if added is not None:
            embedded = embedded + added
        states: Tensor = self.transformer(inputs_embeds=embedded, attention_mask=mask.long()).last_hidden_state
        return states

    def pooled(self, ids: Tensor, shapes: Tensor, mask: Tensor) -> Tensor:
        """Mean of the hidden states of each sequence, padding left out, [S, H]."""
        states = self.forward(ids, shapes, mask)
        weights = mask.unsqueeze(-1).to(states.dtype)
        return torch.sum(states * weights, dim=1) / weights.sum(dim=1).clamp(min=1)
