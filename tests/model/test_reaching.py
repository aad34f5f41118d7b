"""What reaches a floor is what the plain calculation of all logits leaves when the others are dropped."""

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from kgbuild.model.pairs import PairBatch, RelationModel, closed
from kgbuild.model.reaching import reaching
from model.tiny import HIDDEN, alone, random_pairs, tiny_relations

RELATIONS = 23
INVERSES = {
    "none": [-1] * RELATIONS,
    "symmetric": list(range(RELATIONS)),
    "couples": [number ^ 1 if number < 14 else -1 for number in range(RELATIONS)],
    "three that ask for one": [1, 0, 0, 0, 4, *[-1] * 18],
}


def given() -> tuple[RelationModel, PairBatch, Tensor, Tensor]:
    """A model, pairs of both ways and of one, and vectors of pairs and relations whose logits lie around -2."""
    torch.manual_seed(13)
    model, batch = tiny_relations(), random_pairs()
    with torch.no_grad():
        model.prior.bias.fill_(-2.0)
    return model, batch, torch.randn(len(batch.row), HIDDEN), 3 * torch.randn(RELATIONS, HIDDEN)


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("inverse", INVERSES.values(), ids=INVERSES)
@pytest.mark.parametrize("floor", [-math.inf, -3.1, -2.0, 0.0, 1.3, 99.0])
@torch.inference_mode()
def test_it_is_what_the_plain_calculation_leaves(floor: float, inverse: list[int], kind: torch.dtype) -> None:
    """Places and logits are exactly those of `compare` and `closed` that are at or above the floor, in their order."""
    model, batch, pairs, relations = given()
    numbers = torch.tensor(inverse)
    with torch.autocast("cpu", dtype=kind, enabled=kind is torch.bfloat16):
        plain = closed(model.compare(pairs, relations), batch, numbers)
        places, logits = reaching(model, pairs, relations, batch, numbers, floor=floor)
    assert torch.equal(places, (plain >= floor).nonzero())
    assert torch.equal(logits, plain[plain >= floor])


@torch.inference_mode()
def test_the_floors_of_the_test_tell_logits_apart() -> None:
    """Each floor leaves fewer logits than the one below it, and some means reach one that only one side reaches."""
    model, batch, pairs, relations = given()
    numbers = torch.tensor(INVERSES["couples"])
    raw = model.compare(pairs, relations)
    plain = closed(raw, batch, numbers)
    counts = [int((plain >= floor).sum()) for floor in (-math.inf, -3.1, -2.0, 0.0, 1.3, 99.0)]
    assert all(more > fewer for more, fewer in pairwise(counts))
    assert ((plain >= -2.0) & (raw < -2.0)).any()


@torch.inference_mode()
def test_no_pairs_reach_nothing() -> None:
    """A batch without pairs has no places and no logits."""
    model, _, pairs, relations = given()
    batch, none = alone(random_pairs(), 3), torch.full((RELATIONS,), -1)
    places, logits = reaching(model, pairs[:0], relations, batch, none, floor=-math.inf)
    assert (places.shape, logits.shape) == ((0, 2), (0,))


@torch.inference_mode()
def test_a_logit_that_is_the_floor_is_kept() -> None:
    """The floor itself counts as reached, whichever of the logits it is, in 32 and in 16 bits."""
    model, batch, pairs, relations = given()
    numbers = torch.tensor(INVERSES["couples"])
    for on in (False, True):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=on):
            plain = closed(model.compare(pairs, relations), batch, numbers)
            for floor in plain.flatten()[::7].tolist():
                _, logits = reaching(model, pairs, relations, batch, numbers, floor=floor)
                assert len(logits) == int((plain >= floor).sum())
