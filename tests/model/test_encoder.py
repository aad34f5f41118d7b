"""The encoder is the transformer from the shelf, told the shapes of words and whatever else is added."""

import pytest
import torch

from kgbuild.model.encoder import SHAPE_COUNT, Encoder
from kgbuild.pieces import SHAPES
from model.tiny import random_pairs, tiny_encoder


def new_encoder() -> Encoder:
    torch.manual_seed(1)
    return Encoder(tiny_encoder()).eval()


def test_shapes_change_nothing_at_first() -> None:
    """A fresh encoder gives what its transformer gives for the same pieces."""
    encoder, batch = new_encoder(), random_pairs()
    plain = encoder.transformer(input_ids=batch.ids, attention_mask=batch.mask.long()).last_hidden_state
    torch.testing.assert_close(encoder(batch.ids, batch.shapes, batch.mask), plain)


def test_shapes_are_read_once_they_are_trained() -> None:
    """With a vector that is not zero, a word's shape changes its state."""
    encoder, batch = new_encoder(), random_pairs()
    with torch.no_grad():
        encoder.shapes.weight[2, 0] = 1.0
    before = encoder(batch.ids, torch.zeros_like(batch.shapes), batch.mask)
    after = encoder(batch.ids, torch.full_like(batch.shapes, 2), batch.mask)
    assert (before - after).abs().max() > 0.01


def test_every_shape_has_a_vector() -> None:
    """The model and the reader of pieces count the same shapes."""
    assert len(SHAPES) == SHAPE_COUNT == len(new_encoder().shapes.weight)


def test_pooled_is_the_mean_without_padding() -> None:
    """A sequence is pooled over its own pieces."""
    encoder, batch = new_encoder(), random_pairs()
    pooled = encoder.pooled(batch.ids, batch.shapes, batch.mask)
    states = encoder(batch.ids, batch.shapes, batch.mask)
    for row, length in enumerate((7, 19, 5, 3, 11)):
        torch.testing.assert_close(pooled[row], states[row, :length].mean(dim=0))


def test_no_weight_is_left_without_a_gradient() -> None:
    """The pooler of the shelf's transformer, which nothing reads, is gone."""
    assert not any("pooler" in name for name, _ in new_encoder().named_parameters())


def test_what_is_added_joins_the_embeddings() -> None:
    """A vector added to each piece does what the same vector does as that of its shape; zeros do nothing."""
    encoder, batch = new_encoder(), random_pairs()
    vector = torch.randn(encoder.hidden_size, generator=torch.Generator().manual_seed(3))
    added = torch.where((batch.shapes == 2).unsqueeze(-1), vector, 0.0)
    plain = encoder(batch.ids, batch.shapes, batch.mask)
    torch.testing.assert_close(encoder(batch.ids, batch.shapes, batch.mask, torch.zeros_like(added)), plain)
    told = encoder(batch.ids, batch.shapes, batch.mask, added)
    assert (told - plain).abs().max() > 0.01
    with torch.no_grad():
        encoder.shapes.weight[2] = vector
    torch.testing.assert_close(encoder(batch.ids, batch.shapes, batch.mask), told)


@pytest.mark.parametrize("training", [False, True])
def test_attention_drops_nothing(training: bool) -> None:
    """However much dropout the configuration asks for within attention, two passes give the same, in both modes."""
    encoder = Encoder({**tiny_encoder(), "attention_probs_dropout_prob": 0.5}).train(training)
    batch = random_pairs()
    once, again = (encoder(batch.ids, batch.shapes, batch.mask) for _ in range(2))
    assert torch.equal(once, again)


def test_queries_and_keys_are_those_of_the_last_layer() -> None:
    """The two layers that are handed out are the last attention's own, and the heads those of its configuration."""
    encoder = new_encoder()
    names = {id(module): name for name, module in encoder.named_modules()}
    assert [names[id(layer)] for layer in encoder.last_queries_and_keys] == [
        "transformer.encoder.layer.1.attention.self.query",
        "transformer.encoder.layer.1.attention.self.key",
    ]
    assert encoder.heads == 3
