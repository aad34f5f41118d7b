"""Adapters begin as nothing, learn alone, and merged give what they gave beside the weights."""

import pytest
import torch
from torch import Tensor, nn

from kgbuild.model.adapting import AdaptedLinear, adapt, learned, merge, retype_recogniser, retype_relations
from kgbuild.model.recogniser import Recogniser, WordBatch
from model.tiny import TYPES, random_pairs, tiny_recogniser, tiny_relations

RANK = 5
KINDS = (3, 6, 6)
"""A place, and two classes that are both like MISC."""


def words() -> WordBatch:
    draw = torch.Generator().manual_seed(11)
    ids = torch.randint(103, 211, (2, 13), generator=draw)
    mask = torch.ones(2, 13, dtype=torch.bool)
    places = torch.arange(1, 8).repeat(2, 1)
    return WordBatch(ids, torch.ones_like(ids), mask, places, torch.ones(2, 7, dtype=torch.bool))


def scores(model: Recogniser) -> Tensor:
    return model(words())[0]


def adapted(model: nn.Module, *, whole: str, still: set[str]) -> None:
    """Nothing; the model has adapters whose second halves are no longer zero."""
    adapt(model, whole={whole}, still=still, rank=RANK)
    draw = torch.Generator().manual_seed(23)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name.endswith(".up"):
                value.copy_(0.1 * torch.randn(value.shape, generator=draw))


def test_an_adapter_begins_as_nothing() -> None:
    """Before it is trained an adapted model computes what it computed without."""
    plain, other = tiny_recogniser(), tiny_recogniser()
    adapt(other, whole={"tags"}, still={"starts", "nouns"}, rank=RANK)
    assert torch.equal(scores(other), scores(plain))
    assert sum(isinstance(layer, AdaptedLinear) for layer in other.modules()) == 12


def test_what_is_learned_is_all_that_learns() -> None:
    """A gradient reaches every adapter and the layer that is learned whole, and nothing else."""
    model = tiny_recogniser()
    adapted(model, whole="tags", still={"starts", "nouns"})
    scores(model).square().sum().backward()
    reached = {name for name, value in model.named_parameters() if value.grad is not None}
    assert reached == set(learned(model))
    assert {"tags.weight", "tags.bias"} <= reached
    assert all(name.endswith((".up", ".down")) or name.startswith("tags.") for name in reached)


def test_merged_weights_give_what_the_adapter_gave() -> None:
    """A model without adapters, given what was learned, computes the same within 16 bits."""
    model, plain = tiny_recogniser(), tiny_recogniser()
    adapted(model, whole="tags", still={"starts", "nouns"})
    merge(plain, learned(model))
    assert not torch.allclose(scores(tiny_recogniser()), scores(model), atol=0.1)
    torch.testing.assert_close(scores(plain), scores(model), atol=0.02, rtol=0.01)


def test_the_pair_attention_is_adapted_too() -> None:
    """The relation model with what was learned merged scores pairs as it did while it learned."""
    model, plain = tiny_relations(), tiny_relations()
    adapted(model, whole="prior", still={"related"})
    merge(plain, learned(model))
    vectors = torch.randn(7, 66, generator=torch.Generator().manual_seed(2))
    batch = random_pairs()
    expected, came = model(batch, vectors), plain(batch, vectors)
    assert not torch.allclose(tiny_relations()(batch, vectors), expected, atol=0.1)
    torch.testing.assert_close(came, expected, atol=0.05, rtol=0.02)
    assert any("attention.span" in name for name in learned(model))


@pytest.mark.parametrize("name", ["encoder.nothing.weight", "tags.weight"])
def test_weights_of_another_model_are_refused(name: str) -> None:
    """A name or a shape that the model lacks is an error."""
    with pytest.raises((KeyError, RuntimeError)):
        merge(tiny_recogniser(), {name: torch.zeros(3, 2)})


def test_new_types_begin_as_those_that_they_are_like() -> None:
    """A class alone gets the scores of its type; two that are like one share its probability."""
    before, model = tiny_recogniser(), tiny_recogniser()
    retype_recogniser(model, ("Town", "Film", "Book"), KINDS)
    old, new = scores(before), scores(model)
    assert model.types == ("Town", "Film", "Book")
    assert (before.bounds_first, model.bounds_first) == (False, True)
    torch.testing.assert_close(new[..., :3], old[..., [0, 5, 6]])
    both = torch.logsumexp(new[..., [3, 5]], dim=-1)
    torch.testing.assert_close(both, old[..., 11])


def test_a_class_of_common_nouns_begins_as_these() -> None:
    """It has the scores of the common nouns' own tags."""
    before, model = tiny_recogniser(), tiny_recogniser()
    retype_recogniser(model, ("Genre", "Town"), (0, 3))
    torch.testing.assert_close(scores(model)[..., 1:3], before(words())[1][..., 1:])


def test_the_relation_model_is_told_of_new_types_as_of_the_old() -> None:
    """Mentions of the new types are scored as those of the types that they are like."""
    before, model = tiny_relations(), tiny_relations()
    retype_relations(model, KINDS)
    batch = random_pairs()
    vectors = torch.randn(7, 66, generator=torch.Generator().manual_seed(2))
    own = batch.types % 4
    marks = batch.marks % 9
    like = torch.tensor([0, *KINDS])
    tags = torch.tensor([0, 1, 2, *(mark for kind in KINDS for mark in (2 * kind + 1, 2 * kind + 2))])

    def with_types(types: Tensor, marks: Tensor) -> Tensor:
        fields = {name: getattr(batch, name) for name in batch.__dataclass_fields__}
        return type(batch)(**fields | {"types": types, "marks": marks})

    assert len(TYPES) == 6
    new, old = model(with_types(own, marks), vectors), before(with_types(like[own], tags[marks]), vectors)
    torch.testing.assert_close(new, old)
