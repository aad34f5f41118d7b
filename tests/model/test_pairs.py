"""The pair attention computes what its definition says, whatever stands beside a pair in its batch."""

import math
from dataclasses import fields, replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from kgbuild.model.pairs import DISTANCES, PairAttention, PairBatch, RelationModel
from model.tiny import HIDDEN, alone, random_pairs, tiny_encoder, tiny_relations


def one_pair(*, head: int, tail: int, begin: int, end: int, length: int) -> PairBatch:
    """A batch of one sequence and one pair of single-piece mentions."""
    values = {"ids": [0] * length, "shapes": [0] * length, "first": [head, tail], "last": [head, tail]}
    values |= {"types": [0, 0], "head": [0], "tail": [1], "begin": [begin], "end": [end]}
    tensors = {name: torch.tensor([value]) for name, value in values.items()}
    return PairBatch(**tensors, mask=torch.ones(1, length, dtype=torch.bool), pairs=torch.tensor([[True]]))


def plain_attention(hidden: int) -> PairAttention:
    """One head whose query is the head's first state, and whose key and value are the states themselves."""
    attention = PairAttention(hidden, types=1, heads=1, dropout=0.0)
    attention.mention_norm = attention.query_norm = nn.Identity()  # type: ignore[assignment]  # stands in for a norm
    with torch.no_grad():
        for parameter in attention.parameters():
            parameter.zero_()
        attention.span.weight[:, :hidden] = torch.eye(hidden)
        for layer in (attention.head, attention.query, attention.key, attention.value):
            layer.weight.copy_(torch.eye(hidden))
    return attention


def context_of(attention: PairAttention, states: Tensor, batch: PairBatch) -> Tensor:
    """What a pair's query found, taken where it enters the layer after the attention."""
    found: list[Tensor] = []
    handle = attention.context.register_forward_pre_hook(lambda _, inputs: found.append(inputs[0]))
    attention(states, batch)
    handle.remove()
    return found[0]


def test_attention_weights_are_those_worked_by_hand() -> None:
    """Two pieces whose scaled products with the query are 0 and 1 are weighed 1 and e over 1 + e."""
    states = torch.zeros(1, 5, 3)
    states[0, 1] = torch.tensor([math.sqrt(3), 0, 0])
    states[0, 3] = torch.tensor([0.0, 7, 0])
    states[0, 4] = torch.tensor([1.0, 0, 11])
    context = context_of(plain_attention(3), states, one_pair(head=1, tail=2, begin=3, end=5, length=5))
    e = math.e
    torch.testing.assert_close(context, torch.tensor([[[e, 7, 11 * e]]]) / (1 + e))


def test_pieces_outside_the_pairs_stretch_are_not_seen() -> None:
    """With one piece in its stretch a pair finds exactly that piece, whatever the others hold."""
    states = torch.randn(1, 7, 5, generator=torch.Generator().manual_seed(2))
    context = context_of(plain_attention(5), states, one_pair(head=1, tail=2, begin=4, end=5, length=7))
    torch.testing.assert_close(context[0, 0], states[0, 4])


def test_the_whole_equals_a_loop_over_pairs_heads_and_pieces() -> None:
    """Vectors of a batch agree with the definition written out for one pair and one head at a time."""
    torch.manual_seed(7)
    attention = PairAttention(33, types=6, heads=3, dropout=0.0)
    batch = random_pairs()
    states = torch.randn(3, 13, 33)
    vectors = attention(states, batch)
    for row, column in batch.pairs.nonzero().tolist():
        torch.testing.assert_close(vectors[row, column], written_out(attention, states[row], batch, row, column))


def written_out(attention: PairAttention, states: Tensor, batch: PairBatch, row: int, column: int) -> Tensor:
    def mention(number: Tensor) -> Tensor:
        ends = torch.cat([states[batch.first[row, number]], states[batch.last[row, number]]])
        return attention.mention_norm(attention.span(ends) + attention.kind.weight[batch.types[row, number]])

    head, tail = batch.head[row, column], batch.tail[row, column]
    one, other = attention.head(mention(head)), attention.tail(mention(tail))
    gap = int(batch.first[row, tail] - batch.first[row, head])
    bucket = (8 if gap < 0 else 0) + int(math.log2(max(1, abs(gap))))
    query = attention.query_norm(one + other + attention.distance.weight[bucket])
    seen = states[batch.begin[row, column] : batch.end[row, column]]
    parts = []
    for part in range(3):
        own = slice(11 * part, 11 * part + 11)
        products = attention.key(seen)[:, own] @ attention.query(query)[own] / math.sqrt(11)
        parts.append(products.softmax(0) @ attention.value(seen)[:, own])
    hidden = gelu(query + attention.context(torch.cat(parts)) + attention.product(one * other))
    return attention.out(hidden)


@pytest.mark.parametrize(
    ("gap", "bucket"),
    [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (127, 6), (128, 7), (251, 7), (-1, 8), (-2, 9), (-251, DISTANCES - 1)],
)
def test_distances_fall_into_buckets_of_powers_of_two(gap: int, bucket: int) -> None:
    """A distance has the bucket of its sign and its binary logarithm."""
    batch = one_pair(head=max(0, -gap), tail=max(0, gap), begin=0, end=257, length=257)
    found: list[Tensor] = []
    attention = plain_attention(3)
    attention.distance.register_forward_pre_hook(lambda _, inputs: found.append(inputs[0]))
    attention(torch.zeros(1, 257, 3), batch)
    assert found[0].tolist() == [[bucket]]


def test_scores_are_scaled_products_and_the_relations_prior() -> None:
    """A pair of ones and a relation of twos score 2H / √H, and each relation begins at a prior of -4."""
    model = RelationModel(tiny_encoder(), types=2)
    relations = torch.stack([torch.full((HIDDEN,), 2.0), torch.zeros(HIDDEN)])
    scores = model.compare(torch.ones(1, 1, HIDDEN), relations)
    torch.testing.assert_close(scores, torch.tensor([[[2 * math.sqrt(HIDDEN) - 4, -4.0]]]))


@pytest.fixture(scope="module")
def model() -> RelationModel:
    """A tiny model in double precision, so that sums in another order agree."""
    return tiny_relations().double()


@pytest.fixture(scope="module")
def relations() -> Tensor:
    """Vectors of seven relations."""
    return torch.randn(7, HIDDEN, dtype=torch.float64, generator=torch.Generator().manual_seed(4))


@pytest.mark.parametrize("training", [False, True])
def test_a_batch_of_n_equals_n_batches_of_one(model: RelationModel, relations: Tensor, training: bool) -> None:
    """Scores and gradients of a padded batch are those of its sequences alone, in both modes."""
    model.train(training)
    batch = random_pairs()
    weights = torch.randn(3, 11, 7, generator=torch.Generator().manual_seed(8))
    together = model(batch, relations)
    expected = gradients(model, (together * weights)[batch.pairs].sum())
    parts = []
    for row in range(3):
        scores = model(alone(batch, row), relations)
        torch.testing.assert_close(scores[0], together[row][batch.pairs[row]])
        parts.append((scores[0] * weights[row, : scores.shape[1]]).sum())
    found = gradients(model, torch.stack(parts).sum())
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-4, atol=1e-6, msg=name)


def gradients(model: RelationModel, loss: Tensor) -> dict[str, Tensor]:
    model.zero_grad()
    loss.backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def test_padding_changes_nothing(model: RelationModel, relations: Tensor) -> None:
    """Other pieces, shapes, mentions and pairs at padding leave the scores of real pairs as they are."""
    model.eval()
    batch = random_pairs()
    pieces, pairs = ~batch.mask, ~batch.pairs
    other = replace(
        batch,
        ids=batch.ids.masked_fill(pieces, 199),
        shapes=batch.shapes.masked_fill(pieces, 5),
        head=batch.head.masked_fill(pairs, 1),
        tail=batch.tail.masked_fill(pairs, 1),
    )
    real = batch.pairs
    torch.testing.assert_close(model(other, relations)[real], model(batch, relations)[real])


def test_permuting_pairs_permutes_scores(model: RelationModel, relations: Tensor) -> None:
    """Pairs in another order have the same scores in that order."""
    model.eval()
    batch = alone(random_pairs(), 1)
    order = torch.randperm(11, generator=torch.Generator().manual_seed(6))
    moved = {name: getattr(batch, name)[:, order] for name in ("head", "tail", "begin", "end", "pairs")}
    torch.testing.assert_close(model(replace(batch, **moved), relations), model(batch, relations)[:, order])


def test_head_and_tail_are_told_apart(model: RelationModel, relations: Tensor) -> None:
    """A pair and its reverse have different scores."""
    model.eval()
    batch = alone(random_pairs(), 1)
    back = replace(batch, head=batch.tail, tail=batch.head)
    apart = batch.head != batch.tail
    assert (model(batch, relations) - model(back, relations)).abs().amax(-1)[apart].min() > 1e-4


@pytest.mark.parametrize("name", [item.name for item in fields(PairBatch)])
def test_a_batch_of_the_wrong_kind_is_refused(name: str) -> None:
    """Each tensor must have its own type and the shape of its group."""
    batch = random_pairs()
    value = getattr(batch, name)
    with pytest.raises(ValueError, match=rf"PairBatch\.{name}: expected torch\.(bool|int64), got torch\.float32"):
        replace(batch, **{name: value.float()})
    with pytest.raises(ValueError, match="expected one shape and"):
        replace(batch, **{name: value[:, 1:]})
    with pytest.raises(ValueError, match="expected one shape and"):
        replace(batch, **{name: value[1:]})
