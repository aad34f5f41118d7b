"""Stored weights come back nearly as they were, the vocabulary once."""

import torch

from kgbuild.model.packing import SHARED, pack, unpack


def test_weights_come_back_nearly() -> None:
    """A matrix is off by half a step of its row's scale at most, whatever the other rows; a vector by rounding."""
    matrix = torch.randn(5, 7) * torch.tensor([1e-3, 1.0, 1e3, 0.0, 1.0]).unsqueeze(1)
    vector = torch.randn(11)
    found = unpack(dict(pack("one", {"m": matrix, "v": vector})))
    assert found.keys() == {"one.m", "one.v"}
    assert ((found["one.m"] - matrix).abs() <= matrix.abs().amax(dim=1, keepdim=True) / 253).all()
    assert torch.allclose(found["one.v"], vector, rtol=1e-3)


def test_matrices_take_a_byte_a_weight() -> None:
    """Matrices are whole numbers of 8 bits, everything else is 16 bits."""
    stored = dict(pack("one", {"m": torch.randn(3, 5), "column": torch.randn(3, 1), "v": torch.randn(3)}))
    assert {name: value.dtype for name, value in stored.items() if "::" not in name} == {
        "one.m": torch.int8,
        "one.column": torch.float16,
        "one.v": torch.float16,
    }


def test_the_vocabulary_is_stored_once() -> None:
    """Two models that share their vocabulary's embeddings share the name under which these are stored."""
    state = {"encoder.word_embeddings.weight": torch.randn(3, 5)}
    assert dict(pack("one", state)).keys() == dict(pack("two", state)).keys()
    assert SHARED in unpack(dict(pack("one", state)))
