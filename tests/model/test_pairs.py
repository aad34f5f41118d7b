"""The pair attention computes what its definition says, whatever stands beside a pair in its batch."""

import math
from dataclasses import fields, replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from kgbuild.model.pairs import FAR, GAPS, PairAttention, PairBatch, RelationModel, closed
from model.tiny import HIDDEN, alone, random_pairs, tiny_base, tiny_encoder, tiny_relations

E = math.e


def one_pair(*, head: int, tail: int, length: int, gap: int = 0, apart: int = 0) -> PairBatch:
    """A batch of one sequence and one pair of entities, each named once in a single piece."""
    rows = {"ids": [0] * length, "shapes": [0] * length, "marks": [0] * length, "mask": [True] * length}
    rows |= {"first": [head, tail], "last": [head, tail], "types": [0, 0], "entity": [0, 1]}
    flat = {"row": [0], "head": [0], "tail": [1], "gap": [gap], "apart": [apart]}
    parts = {name: torch.tensor([value]) for name, value in rows.items()}
    return PairBatch(**parts, **{name: torch.tensor(value) for name, value in flat.items()})


def plain_attention(hidden: int) -> PairAttention:
    """One head whose queries, keys and values are the states, and whose mentions are their first states."""
    attention = PairAttention(hidden, types=1, heads=1, dropout=0.0)
    attention.mention_norm = attention.pair_norm = nn.Identity()  # type: ignore[assignment]  # stands in for a norm
    with torch.no_grad():
        for parameter in attention.parameters():
            parameter.zero_()
        attention.span.weight[:, :hidden] = torch.eye(hidden)
        for layer in (attention.head, attention.entity_query, attention.piece_key, attention.piece_value):
            layer.weight.copy_(torch.eye(hidden))
    return attention


def random_attention(heads: int) -> PairAttention:
    """Attention over hidden states of 33 with weights of some size, among them those that begin plain."""
    torch.manual_seed(7)
    attention = PairAttention(33, types=6, heads=heads, dropout=0.0)
    with torch.no_grad():
        for layer in (attention.entity_query, attention.piece_key, attention.piece_value):
            layer.weight.normal_(std=0.4)
            layer.bias.normal_()
    return attention


def random_states() -> Tensor:
    return torch.randn(5, 19, 33, generator=torch.Generator().manual_seed(2))


def entering(module: nn.Module, attention: PairAttention, states: Tensor, batch: PairBatch) -> Tensor:
    """What enters a layer of the attention."""
    found: list[Tensor] = []
    handle = module.register_forward_pre_hook(lambda _, inputs: found.append(inputs[0]))
    attention(states, batch)
    handle.remove()
    return found[0]


def test_attention_weights_are_those_worked_by_hand() -> None:
    """Head and tail look at four pieces with 1, e, 1, e and 1, 1, e, e; the pair with their product over its sum."""
    attention = plain_attention(3)
    states = torch.tensor([[[0.0, 0, 7], [1, 0, 0], [0, 1, 0], [1, 1, 11], [13, 17, 19]]])
    batch = replace(one_pair(head=1, tail=2, length=5), mask=torch.tensor([[True] * 4 + [False]]))
    with torch.no_grad():
        attention.entity_query.weight.mul_(math.sqrt(3))  # what the scale takes away again
    weights = torch.tensor([[1, E, E, E * E, 0]]) / (1 + E) ** 2
    torch.testing.assert_close(attention.weights(states, batch, torch.tensor([0])), weights)
    torch.testing.assert_close(entering(attention.context, attention, states, batch), weights @ states[0])


def test_a_pairs_attention_is_the_normalised_product_of_its_entities() -> None:
    """In each head a pair weighs the pieces as its head and its tail do, multiplied and put to a sum of one."""
    attention, states, batch = random_attention(3), random_states(), random_pairs()
    context = entering(attention.context, attention, states, batch)
    mean = attention.weights(states, batch, torch.arange(17))
    for pair in range(17):
        row = int(batch.row[pair])
        seen = states[row, batch.mask[row]]
        head, tail = (looks(attention, states[row], batch, row, int(side[pair])) for side in (batch.head, batch.tail))
        product = head * tail
        weights = product / product.sum(dim=1, keepdim=True)
        values = attention.piece_value(seen).unflatten(1, (3, 11))
        torch.testing.assert_close(context[pair], torch.einsum("ht,thd->hd", weights, values).flatten())
        torch.testing.assert_close(mean[pair, : len(seen)], weights.mean(dim=0))


def looks(attention: PairAttention, states: Tensor, batch: PairBatch, row: int, entity: int) -> Tensor:
    """Attention of one entity alone over the pieces of its sequence, [heads, T]."""
    first = batch.first[row, batch.entity[row] == entity]
    query = attention.entity_query(states[first]).mean(dim=0).unflatten(0, (3, 11))
    keys = attention.piece_key(states[batch.mask[row]]).unflatten(1, (3, 11))
    return (torch.einsum("hd,thd->ht", query, keys) / math.sqrt(11)).softmax(dim=1)


def test_weights_are_those_that_the_fused_call_uses() -> None:
    """With one head, weights in whatever order they are asked for sum to one and give what the pair found."""
    attention, states, batch = random_attention(1), random_states(), random_pairs()
    context = entering(attention.context, attention, states, batch)
    asked = torch.tensor([16, 3, 0, 2, 11, 5])
    weights = attention.weights(states, batch, asked)
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(6))
    assert not weights[~batch.mask[batch.row[asked]]].any()
    found = torch.einsum("nt,nth->nh", weights, attention.piece_value(states)[batch.row[asked]])
    torch.testing.assert_close(found, context[asked])


def test_no_pairs_have_no_weights() -> None:
    """Asked for the attention of no pair, none comes back, as wide as the sequences."""
    weights = random_attention(3).weights(random_states(), random_pairs(), torch.zeros(0, dtype=torch.int64))
    assert weights.shape == (0, 19)


def test_many_pairs_of_a_sequence_share_its_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights asked for in parts are those asked for at once, and no part repeats the keys for each of its pairs."""
    attention, states, batch = random_attention(3), random_states(), random_pairs()
    expected = attention.weights(states, batch, torch.arange(17))
    monkeypatch.setattr("kgbuild.model.pairs._ASKED", 2)
    sizes: list[int] = []
    einsum = torch.einsum
    monkeypatch.setattr(torch, "einsum", lambda rule, *x: sizes.append(max(map(Tensor.numel, x))) or einsum(rule, *x))
    torch.testing.assert_close(attention.weights(states, batch, torch.arange(17)), expected)
    assert len(sizes) == 1 + 6 + 2 + 1
    assert max(sizes) == 19 * 33


def test_the_whole_equals_a_loop_over_pairs_heads_and_pieces() -> None:
    """Vectors of a batch agree with the definition written out for one pair and one head at a time."""
    attention, states, batch = random_attention(3), random_states(), random_pairs()
    vectors = attention(states, batch)
    assert vectors.shape == (17, 33)
    for pair in range(17):
        row = int(batch.row[pair])
        torch.testing.assert_close(vectors[pair], written_out(attention, states[row], batch, pair))


def written_out(attention: PairAttention, states: Tensor, batch: PairBatch, pair: int) -> Tensor:
    row = int(batch.row[pair])

    def named(entity: Tensor) -> list[int]:
        return [number for number in range(7) if batch.entity[row, number] == entity]

    def pooled(entity: Tensor) -> Tensor:
        total = torch.zeros(33)
        for number in named(entity):
            ends = torch.cat([states[batch.first[row, number]], states[batch.last[row, number]]])
            total += attention.mention_norm(
                attention.span(ends) + attention.kind.weight[batch.types[row, number]]
            ).exp()
        return total.log()

    def asked(entity: Tensor) -> Tensor:
        return sum(attention.entity_query(states[batch.first[row, number]]) for number in named(entity)) / len(
            named(entity)
        )

    head, tail = batch.head[pair], batch.tail[pair]
    one, other = attention.head(pooled(head)), attention.tail(pooled(tail))
    gap, apart = int(batch.gap[pair]), min(3, int(batch.apart[pair]))
    bucket = (8 if gap < 0 else 0) + int(math.log2(max(1, abs(gap))))
    way = attention.gap.weight[bucket] + attention.apart.weight[apart]
    seen, query = states[batch.mask[row]], asked(head) + asked(tail)
    parts = []
    for part in range(3):
        own = slice(11 * part, 11 * part + 11)
        products = attention.piece_key(seen)[:, own] @ query[own] / math.sqrt(11)
        parts.append(products.softmax(0) @ attention.piece_value(seen)[:, own])
    context = attention.context(torch.cat(parts))
    return attention.out(gelu(attention.pair_norm(one + other + way) + context + attention.product(one * other)))


def test_an_entity_is_the_log_sum_exp_of_its_mentions() -> None:
    """Mentions of log 2 and log 3 make an entity of log 5; one mention is its entity; no mention makes zeros."""
    states = torch.tensor([[[0.0], [math.log(2)], [math.log(3)], [-7.0], [400.0]]]).expand(1, 5, 3)
    batch = one_pair(head=1, tail=3, length=5)
    named = {"first": [[1, 3, 2, 4, 4]], "last": [[1, 3, 2, 4, 4]], "types": [[0] * 5], "entity": [[0, 1, 0, 2, 4]]}
    batch = replace(batch, **{name: torch.tensor(value) for name, value in named.items()})
    attention = plain_attention(3)
    pooled = entering(attention.head, attention, states, batch)
    torch.testing.assert_close(pooled[0, :, 0], torch.tensor([math.log(5), -7, 400, 0, 400]))
    assert torch.equal(pooled[..., 0], pooled[..., 2])


@pytest.mark.parametrize(
    ("gap", "bucket"),
    [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (127, 6), (128, 7), (509, 7), (-1, 8), (-2, 9), (-509, GAPS - 1)],
)
def test_gaps_fall_into_buckets_of_powers_of_two(gap: int, bucket: int) -> None:
    """A gap has the bucket of its sign and its binary logarithm."""
    attention = plain_attention(3)
    batch = one_pair(head=1, tail=2, length=5, gap=gap)
    assert entering(attention.gap, attention, torch.zeros(1, 5, 3), batch).tolist() == [bucket]


@pytest.mark.parametrize(("apart", "told"), [(0, 0), (1, 1), (2, 2), (3, FAR), (4, FAR), (29, FAR)])
def test_sentences_apart_are_told_up_to_three(apart: int, told: int) -> None:
    """Pairs three sentences apart and more are all equally far."""
    attention = plain_attention(3)
    batch = one_pair(head=1, tail=2, length=5, apart=apart)
    assert entering(attention.apart, attention, torch.zeros(1, 5, 3), batch).tolist() == [told]


def test_scores_are_scaled_products_and_the_relations_prior() -> None:
    """A pair of ones and a relation of twos score 2H / √H, and each relation begins at a prior of -6.5."""
    model = RelationModel(tiny_encoder(), types=2)
    relations = torch.stack([torch.full((HIDDEN,), 2.0), torch.zeros(HIDDEN)])
    scores = model.compare(torch.ones(1, HIDDEN), relations)
    torch.testing.assert_close(scores, torch.tensor([[2 * math.sqrt(HIDDEN) - 6.5, -6.5]]))


@pytest.fixture(scope="module")
def model() -> RelationModel:
    """A tiny model in double precision, so that sums in another order agree."""
    return tiny_relations().double()


@pytest.fixture(scope="module")
def relations() -> Tensor:
    """Vectors of thirteen relations."""
    return torch.randn(13, HIDDEN, dtype=torch.float64, generator=torch.Generator().manual_seed(4))


@pytest.mark.parametrize("training", [False, True])
def test_a_batch_of_n_equals_n_batches_of_one(model: RelationModel, relations: Tensor, training: bool) -> None:
    """Scores and gradients of a padded batch are those of its sequences alone, in both modes."""
    model.train(training)
    batch = random_pairs()
    weights = torch.randn(17, 13, generator=torch.Generator().manual_seed(8))
    together = model(batch, relations)
    expected = gradients(model, (together * weights).sum())
    parts = []
    for row in range(5):
        scores, mine = model(alone(batch, row), relations), batch.row == row
        torch.testing.assert_close(scores, together[mine])
        parts.append((scores * weights[mine]).sum())
    found = gradients(model, torch.stack(parts).sum())
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-4, atol=1e-5, msg=name)


def gradients(model: RelationModel, loss: Tensor) -> dict[str, Tensor]:
    model.zero_grad()
    loss.backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def test_padding_changes_nothing(model: RelationModel, relations: Tensor) -> None:
    """Other pieces, shapes, marks and mentions at padding leave all scores as they are."""
    model.eval()
    batch = random_pairs()
    pieces, mentions = ~batch.mask, batch.entity == batch.entities - 1
    other = replace(
        batch,
        ids=batch.ids.masked_fill(pieces, 199),
        shapes=batch.shapes.masked_fill(pieces, 5),
        marks=batch.marks.masked_fill(pieces, 3),
        first=batch.first.masked_fill(mentions, 1),
        last=batch.last.masked_fill(mentions, 2),
        types=batch.types.masked_fill(mentions, 4),
        entity=batch.entity.masked_fill(mentions, batch.entities + 2),
    )
    torch.testing.assert_close(model(other, relations), model(batch, relations))


def test_permuting_pairs_permutes_scores(model: RelationModel, relations: Tensor) -> None:
    """Pairs in another order within their sequence have the same scores in that order."""
    model.eval()
    batch = random_pairs()
    draw = torch.Generator().manual_seed(6)
    order = torch.argsort(batch.row + torch.rand(17, generator=draw) / 2)
    assert (order != torch.arange(17)).sum() > 7
    moved = {name: getattr(batch, name)[order] for name in ("head", "tail", "gap", "apart")}
    torch.testing.assert_close(model(replace(batch, **moved), relations), model(batch, relations)[order])


def test_permuting_mentions_changes_nothing(model: RelationModel, relations: Tensor) -> None:
    """The order in which the mentions of a sequence are told is no part of what is told."""
    model.eval()
    batch = random_pairs()
    order = torch.tensor([4, 0, 6, 3, 1, 5, 2])
    moved = {name: getattr(batch, name)[:, order] for name in ("first", "last", "types", "entity")}
    torch.testing.assert_close(model(replace(batch, **moved), relations), model(batch, relations))


def test_head_and_tail_are_told_apart(model: RelationModel, relations: Tensor) -> None:
    """A pair and its reverse have different scores."""
    model.eval()
    batch = random_pairs()
    back = replace(batch, head=batch.tail, tail=batch.head)
    assert (model(batch, relations) - model(back, relations)).abs().amax(-1).min() > 1e-4


def test_a_batch_without_pairs_has_no_scores(model: RelationModel, relations: Tensor) -> None:
    """A sequence without a pair gives no row, and no error."""
    assert model(alone(random_pairs(), 3), relations).shape == (0, 13)


def test_marks_change_nothing_at_first() -> None:
    """A fresh model reads a marked text as an unmarked one; once its marks are trained they change the states."""
    torch.manual_seed(1)
    model, batch = RelationModel(tiny_encoder(), types=6).eval(), random_pairs()
    plain = model.encoder(batch.ids, batch.shapes, batch.mask)
    torch.testing.assert_close(model.states(batch), plain)
    with torch.no_grad():
        model.marks.weight[3, 0] = 1.0
    change = (model.states(batch) - plain).abs().amax(dim=2)
    marked = change.masked_fill(~batch.mask, 0).amax(dim=1) > 0.001
    assert marked.tolist() == ((batch.marks == 3) & batch.mask).any(dim=1).tolist()
    assert marked.any()


def test_attention_begins_as_that_of_the_encoders_last_layer() -> None:
    """Begun from a pretrained encoder, the pairs' queries and keys are its last layer's, and values are the states."""
    base = tiny_base()
    model = RelationModel(base.encoder, types=2)
    model.start_from(base.weights)
    for layer, name in ((model.attention.entity_query, "query"), (model.attention.piece_key, "key")):
        assert torch.equal(layer.weight, base.weights[f"encoder.layer.1.attention.self.{name}.weight"])
        assert torch.equal(layer.bias, base.weights[f"encoder.layer.1.attention.self.{name}.bias"])
    assert torch.equal(model.attention.piece_value.weight, torch.eye(HIDDEN))
    assert torch.equal(model.encoder.word_embeddings.weight, base.weights["embeddings.word_embeddings.weight"])


def test_what_fits_of_another_model_is_taken_over() -> None:
    """Weights of the same name and shape are taken over and counted; those of other types of mentions are not."""
    before, model = tiny_relations(), RelationModel(tiny_encoder(), types=3)
    taken = model.take_over({**before.state_dict(), "unknown": torch.zeros(1)})
    own, other = model.state_dict(), before.state_dict()
    assert {name for name in own if own[name].shape != other[name].shape} == {"marks.weight", "attention.kind.weight"}
    assert taken == len(own) - 2
    assert all(torch.equal(own[name], other[name]) for name in own if own[name].shape == other[name].shape)
    assert not own["marks.weight"].any()


@pytest.mark.parametrize("training", [False, True])
def test_one_step_reaches_every_parameter(training: bool) -> None:
    """With dropout on and with it off, each parameter of the pair attention gets a gradient that is not zero."""
    attention = random_attention(3).train(training)
    attention.dropout.p = 0.1
    attention(random_states(), random_pairs()).square().sum().backward()
    for name, parameter in attention.named_parameters():
        if name == "piece_key.bias":  # softmax is blind to a key's bias
            continue
        assert parameter.grad is not None and bool(parameter.grad.abs().max() > 1e-6), name


def test_only_training_draws() -> None:
    """Two passes of a model with dropout differ in training and agree otherwise."""
    torch.manual_seed(3)
    model, batch = RelationModel(tiny_encoder(dropout=0.1), types=6), random_pairs()
    relations = torch.ones(2, HIDDEN)
    assert not torch.equal(model.train()(batch, relations), model(batch, relations))
    assert torch.equal(model.eval()(batch, relations), model(batch, relations))


def closing() -> PairBatch:
    """Two sequences: pairs of 0 and 1 both ways and from 0 to 2; the same of 0 and 1 and from 2 to 0."""
    sides = [(0, 0, 1), (0, 0, 2), (0, 1, 0), (1, 1, 0), (1, 0, 1), (1, 2, 0)]
    row, head, tail = torch.tensor(sides).unbind(1)
    piece, mention = torch.zeros(2, 5, dtype=torch.int64), torch.zeros(2, 3, dtype=torch.int64)
    named = mention + torch.arange(3)
    return PairBatch(piece, piece, piece == 0, piece, mention, mention, mention, named, row, head, tail, row, row)


def test_a_relation_and_its_inverse_are_both_their_mean() -> None:
    """Symmetric: both ways are the mean; inverse: each with the other; without inverse or reverse pair: as before."""
    inverse = torch.tensor([0, 2, 1, -1])
    logits = torch.tensor([[1.0, 2, 4, 8], [3, 3, 3, 3], [5, 16, 10, 20], [7, 0, 0, 1], [1, 6, 8, 2], [9, 9, 9, 9]])
    expected = [
        [(1 + 5) / 2, (2 + 10) / 2, (4 + 16) / 2, 8],
        [3, 3, 3, 3],  # no pair from 2 to 0 in its own sequence
        [(5 + 1) / 2, (16 + 4) / 2, (10 + 2) / 2, 20],
        [(7 + 1) / 2, (0 + 8) / 2, (0 + 6) / 2, 1],
        [(1 + 7) / 2, (6 + 0) / 2, (8 + 0) / 2, 2],
        [9, 9, 9, 9],
    ]
    found = closed(logits, closing(), inverse)
    assert found.tolist() == expected
    assert closed(found, closing(), inverse).tolist() == expected
    assert closed(logits, closing(), torch.full((4,), -1)).tolist() == logits.tolist()


def test_no_pairs_close_to_none() -> None:
    """A batch without pairs has no logits before and after."""
    batch = alone(random_pairs(), 3)
    assert closed(torch.zeros(0, 3), batch, torch.tensor([0, 2, 1])).shape == (0, 3)


def test_slots_count_the_pairs_of_each_sequence() -> None:
    """Each sequence's pairs are counted from zero, one without pairs is passed over."""
    slots = random_pairs().slots.tolist()
    assert slots == [*range(2), *range(11), *range(3), *range(1)]


def test_entities_count_the_one_at_padding() -> None:
    """Of five entities at most in a sequence, six numbers are in use."""
    assert random_pairs().entities == 6


@pytest.mark.parametrize("name", [item.name for item in fields(PairBatch)])
def test_a_batch_of_the_wrong_kind_is_refused(name: str) -> None:
    """Each tensor must have its own type and the shape of its group."""
    batch = random_pairs()
    value = getattr(batch, name)
    with pytest.raises(ValueError, match=rf"PairBatch\.{name}: expected torch\.(bool|int64), got torch\.float32"):
        replace(batch, **{name: value.float()})
    with pytest.raises(ValueError, match=r"expected one shape and 5 rows, got \{'"):
        replace(batch, **{name: value[..., 1:]})


@pytest.mark.parametrize("group", [("ids", "shapes", "mask", "marks"), ("first", "last", "types", "entity")])
def test_groups_of_other_lengths_are_refused(group: tuple[str, ...]) -> None:
    """Pieces of five sequences do not go with the mentions of four, nor the other way round."""
    batch = random_pairs()
    with pytest.raises(ValueError, match=r"expected one shape and [45] rows, got \{'first'"):
        replace(batch, **{name: getattr(batch, name)[1:] for name in group})


def test_pairs_in_no_order_are_refused() -> None:
    """Pairs that do not stand by sequence are an error, since their slots would be wrong."""
    batch = random_pairs()
    with pytest.raises(ValueError, match=r"PairBatch\.row: expected ascending numbers of sequences"):
        replace(batch, row=batch.row.flip(0))
