"""Every pair encoder gives each pair its own vector, whatever stands beside it, and all of it learns."""

from dataclasses import replace

import pytest
import torch
from model.tiny import alone, random_pairs
from pair_encoders import (
    METHODS,
    Attention,
    Concat,
    Convolution,
    Dot,
    PairScorer,
    Recurrence,
    SelfAttention,
    SimpleScorer,
)
from stretches import Places
from torch import Tensor, nn

from kgbuild.model.pairs import PairBatch

GIVEN, HIDDEN, TYPES, LABELS = 13, 22, 6, 7
ENCODERS = ("attention", "self-attention", "convolution", "recurrence")


def encoder(name: str) -> nn.Module:
    """A small pair encoder of that name; attention has two heads of eleven."""
    if name == "convolution":
        return Convolution(HIDDEN, filters=17)
    if name == "recurrence":
        return Recurrence(HIDDEN, width=19)
    return (Attention if name == "attention" else SelfAttention)(HIDDEN, types=TYPES, heads=2)


def scorer(name: str) -> nn.Module:
    """A small model of that name, with the same weights each time."""
    torch.manual_seed(5)
    if name in ENCODERS:
        model: nn.Module = PairScorer(encoder(name), given=GIVEN, hidden=HIDDEN, types=TYPES, labels=LABELS)
        nn.init.normal_(model.get_submodule("encoder.finish.apart" if name in ENCODERS[2:] else "labels").weight)
        return model
    return SimpleScorer(Dot() if name == "dot" else Concat(HIDDEN), given=GIVEN, hidden=HIDDEN, types=TYPES)


def places_in(batch: PairBatch) -> Places:
    """The first mention of each pair's head and tail."""

    def mention(entity: Tensor) -> Tensor:
        own = (batch.entity[batch.row] == entity.unsqueeze(1)).long().argmax(dim=1)
        return torch.stack([side[batch.row, own] for side in (batch.first, batch.last)], dim=1)

    return Places(mention(batch.head), mention(batch.tail))


def given_for(batch: PairBatch) -> Tensor:
    """Inputs of chance, at padding too."""
    return torch.randn(*batch.ids.shape, GIVEN, generator=torch.Generator().manual_seed(7))


def scores(name: str, batch: PairBatch, given: Tensor) -> Tensor:
    """What a model in evaluation says of the batch."""
    with torch.no_grad():
        found: Tensor = scorer(name).eval()(given, batch, places_in(batch))
    return found


@pytest.mark.parametrize("name", METHODS)
def test_each_pair_has_a_logit_for_each_relation(name: str) -> None:
    """Of seventeen pairs each has seven 32-bit logits, or one where relations are not told apart."""
    batch = random_pairs()
    found = scores(name, batch, given_for(batch))
    assert found.shape == (17, LABELS if METHODS[name].typed else 1)
    assert found.dtype == torch.float32
    assert bool(torch.isfinite(found).all())
    assert len(found.unique(dim=0)) > 9


@pytest.mark.parametrize("name", METHODS)
def test_a_batch_of_n_equals_n_batches_of_one(name: str) -> None:
    """A sequence in a padded batch has the logits that it has alone, one without pairs has none."""
    batch = random_pairs()
    given = given_for(batch)
    both = scores(name, batch, given)
    for row in range(5):
        single = alone(batch, row)
        own = scores(name, single, given[row : row + 1, : single.ids.shape[1]])
        torch.testing.assert_close(own, both[batch.row == row])


@pytest.mark.parametrize("name", METHODS)
def test_padding_changes_nothing(name: str) -> None:
    """Other values at padding, or more of it, leave every logit as it was."""
    batch = random_pairs()
    given = given_for(batch)
    wider = torch.nn.functional.pad(given.masked_fill(~batch.mask.unsqueeze(-1), 31.0), (0, 0, 0, 3), value=-5.0)
    padded = {
        item: torch.nn.functional.pad(getattr(batch, item), (0, 3)) for item in ("ids", "shapes", "mask", "marks")
    }
    torch.testing.assert_close(scores(name, replace(batch, **padded), wider), scores(name, batch, given))


@pytest.mark.parametrize("name", METHODS)
def test_permuting_pairs_permutes_scores(name: str) -> None:
    """Pairs of a sequence in another order have the same logits in that order."""
    batch = random_pairs()
    order = torch.cat(
        [
            torch.randperm(n, generator=torch.Generator().manual_seed(1)) + s
            for n, s in ((2, 0), (11, 2), (3, 13), (1, 16))
        ]
    )
    moved = {item: getattr(batch, item)[order] for item in ("head", "tail", "gap", "apart")}
    given = given_for(batch)
    torch.testing.assert_close(scores(name, replace(batch, **moved), given), scores(name, batch, given)[order])


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", METHODS)
def test_one_step_reaches_every_parameter(name: str, training: bool) -> None:
    """Each parameter gets a gradient that is not zero, with dropout and without."""
    torch.manual_seed(3)
    batch, model = random_pairs(), scorer(name).train(training)
    model(given_for(batch), batch, places_in(batch)).square().sum().backward()
    for part, parameter in model.named_parameters():
        if part.endswith("piece_key.bias"):  # softmax is blind to a key's bias
            continue
        assert parameter.grad is not None and bool(parameter.grad.abs().max() > 1e-7), part


@pytest.mark.parametrize("name", ["convolution", "recurrence"])
def test_direction_and_nearness_are_told_apart(name: str) -> None:
    """The reverse of a pair, and the same pair at other places, have other logits."""
    batch = random_pairs(lengths=(19,), mentions=(2,), entities=(2,), pairs=(2,))
    batch = replace(
        batch, first=torch.tensor([[3, 11]]), last=torch.tensor([[4, 12]]), gap=batch.gap * 0, apart=batch.apart * 0
    )
    given = given_for(batch)
    model = scorer(name).eval()
    for table in (model.encoder.to_head, model.encoder.to_tail):
        nn.init.normal_(table.weight)
    there, back = model(given, batch, places_in(batch))
    assert not torch.allclose(there, back)
    elsewhere = Places(places_in(batch).head + 2, places_in(batch).tail)
    assert not torch.allclose(model(given, batch, elsewhere)[0], there)


def test_a_convolution_has_the_maximum_of_each_stretch_worked_by_hand() -> None:
    """One filter that sums three pieces of values 1, 2, 4, 8, 16 gives 7, 14 and 28 for mentions at 1 and 3."""
    model = Convolution(1, filters=1, dropout=0.0)
    model.finish = nn.Module()
    model.finish.forward = lambda read, _batch: read  # type: ignore[method-assign]  # what was pooled, as it is
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.content.weight.fill_(0.01)
    batch = random_pairs(lengths=(5,), mentions=(2,), entities=(2,), pairs=(1,))
    states = torch.tensor([1.0, 2, 4, 8, 16]).reshape(1, 5, 1)
    found = model(states, batch, Places(torch.tensor([[1, 1]]), torch.tensor([[3, 3]])))
    expected = torch.tensor([[0.07, 0.28, 0.28]])  # before 1: 3 and 7; from 1 to 3: 7, 14, 28; from 3 on: 28 and 24
    torch.testing.assert_close(found, torch.tanh(expected))


def test_the_pair_encoders_have_weights_of_one_size() -> None:
    """None has a tenth more or fewer weights than pair attention."""
    sizes = {
        name: sum(weight.numel() for weight in METHODS[name].model(given=384, types=6, labels=96).encoder.parameters())
        for name in ENCODERS
    }
    assert all(0.9 < size / sizes["attention"] < 1.1 for size in sizes.values()), sizes
