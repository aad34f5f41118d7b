"""Words have vectors of length 1 whatever shares their batch, and shares of types that add up to 1."""

import pytest
import torch

from kgbuild.kinds import Kind
from kgbuild.model.likeness import NOUN, type_shares, word_vectors
from model.tiny import tiny_relations, tiny_tokenizer

WORDS = ("love", "the love of the love of ada", "ben", "acme met london")


def test_vectors_do_not_depend_on_their_batch() -> None:
    """Each is that of the text alone, in the order of the texts."""
    model, tokenizer = tiny_relations(), tiny_tokenizer()
    together = word_vectors(model, tokenizer, WORDS)
    alone = torch.cat([word_vectors(model, tokenizer, [word]) for word in WORDS])
    torch.testing.assert_close(together, alone)
    torch.testing.assert_close(together.norm(dim=1), torch.ones(len(WORDS)))


def test_a_kind_is_like_itself() -> None:
    """The type of the kind whose words a label has gets the largest share; shares add up to 1."""
    kinds = {"acme_met_london": Kind("EVENT", (), ("x",)), "ben": Kind(NOUN, (), ("y",))}
    one, other = type_shares(tiny_relations(), tiny_tokenizer(), ["acme met london", "ben"], kinds)
    assert one["EVENT"] > other["EVENT"]
    assert one.keys() == {"EVENT", NOUN, "PER", "ORG", "LOC", "MISC"}
    assert sum(one.values()) == pytest.approx(1)
