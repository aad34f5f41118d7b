"""The two simple scorers agree with sums worked by hand."""

import math
from dataclasses import replace

import torch
from torch import nn

from kgbuild.model.pairs import PairBatch
from kgbuild.model.simple import concat_scores, dot_scores, entity_vectors
from model.tiny import alone, random_pairs


def three_entities(*pairs: tuple[int, int]) -> PairBatch:
    """One sequence of seven pieces and these pairs; entities are named at 1, at 2 to 3, and at 0 and 5."""
    head, tail = torch.tensor(pairs).unbind(1)
    piece, pair = torch.zeros(1, 7, dtype=torch.int64), torch.zeros_like(head)
    return PairBatch(
        ids=piece,
        shapes=piece,
        mask=piece == 0,
        marks=piece,
        first=torch.tensor([[1, 2, 5, 0, 6]]),
        last=torch.tensor([[1, 3, 5, 0, 6]]),
        types=torch.zeros(1, 5, dtype=torch.int64),
        entity=torch.tensor([[0, 1, 2, 2, 3]]),
        row=pair,
        head=head,
        tail=tail,
        gap=pair,
        apart=pair,
    )


def test_an_entity_vector_is_the_mean_of_the_pieces_of_its_mentions() -> None:
    """A mention of two pieces has their mean, one of one piece that piece, and two mentions the mean of all theirs."""
    states = torch.arange(14.0).reshape(1, 7, 2)
    vectors = entity_vectors(states, three_entities((0, 1)))
    assert vectors[:, :3].tolist() == [[[2, 3], [5, 6], [5, 6]]]
    long = replace(three_entities((0, 1)), last=torch.tensor([[1, 3, 6, 0, 6]]))
    torch.testing.assert_close(entity_vectors(states, long)[0, 2], torch.tensor([0 + 10 + 12, 1 + 11 + 13]) / 3)


def test_an_entity_without_a_mention_has_no_vector() -> None:
    """In a sequence that has fewer entities than another the vectors that stand for none are zeros."""
    batch = random_pairs()
    vectors = entity_vectors(torch.ones(5, 19, 11), batch)
    assert vectors.shape == (5, 6, 11)
    assert vectors[0, :, 0].tolist() == [1, 1, 0, 0, 0, 1]


def test_dot_scores_are_the_softmax_over_heads() -> None:
    """For a tail with heads at products 1 and 0 and itself at √2, the weights are e, 1 and e^√2 over their sum."""
    root = math.sqrt(2)
    vectors = torch.tensor([[[1.0, 0], [root, 0], [0, 5], [9, 9]]])
    weights = dot_scores(vectors, three_entities((0, 1), (2, 1))).sigmoid()
    total = math.e + 1 + math.exp(root)
    torch.testing.assert_close(weights, torch.tensor([math.e / total, 1 / total]))


def test_dot_scores_leave_out_heads_that_are_not_paired_with_the_tail() -> None:
    """Without the pair from the second head, the first is weighed against the tail alone."""
    vectors = torch.tensor([[[1.0, 0], [math.sqrt(2), 0], [0, 5], [9, 9]]])
    scores = dot_scores(vectors, three_entities((0, 1), (1, 2)))
    torch.testing.assert_close(scores[0], torch.tensor(1 - math.sqrt(2)))


def test_dot_scores_stay_finite() -> None:
    """However certain the softmax is, the logits are numbers that can be compared and stored."""
    vectors = torch.tensor([[[100.0, 0], [1, 0], [-100, 0], [0, 0]]])
    scores = dot_scores(vectors, three_entities((0, 1), (2, 1)))
    assert torch.isfinite(scores).all()
    assert scores[0] > 10 > -10 > scores[1]


def test_concat_scores_are_a_linear_layer_over_both_vectors() -> None:
    """Weights 1, 2 for the head and 10, 20 for the tail, bias 100, give the sums worked by hand, in pair order."""
    layer = nn.Linear(4, 1)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 2, 10, 20]]))
        layer.bias.fill_(100)
    vectors = torch.tensor([[[1.0, 0], [0, 1], [3, 5], [9, 9]]])
    scores = concat_scores(vectors, three_entities((0, 1), (1, 0), (2, 1)), layer)
    assert scores.tolist() == [1 + 20 + 100, 2 + 10 + 100, 3 + 10 + 20 + 100]


def test_a_batch_of_n_equals_n_batches_of_one() -> None:
    """Both scorers give a sequence in a padded batch what they give it alone."""
    batch = random_pairs()
    states = torch.randn(5, 19, 11, generator=torch.Generator().manual_seed(1))
    torch.manual_seed(1)
    layer = nn.Linear(22, 1)
    vectors = entity_vectors(states, batch)
    both = torch.stack([dot_scores(vectors, batch), concat_scores(vectors, batch, layer)])
    for row in range(5):
        single = alone(batch, row)
        own = entity_vectors(states[row : row + 1, : single.ids.shape[1]], single)
        found = torch.stack([dot_scores(own, single), concat_scores(own, single, layer)])
        torch.testing.assert_close(found, both[:, batch.row == row])


def test_permuting_pairs_permutes_scores() -> None:
    """Pairs in another order have the same scores in that order."""
    batch = three_entities((0, 1), (2, 1), (1, 0), (0, 2), (2, 0))
    draw = torch.Generator().manual_seed(1)
    vectors, layer = torch.randn(1, 4, 2, generator=draw), nn.Linear(4, 1)
    order = torch.tensor([3, 0, 4, 1, 2])
    moved = replace(batch, head=batch.head[order], tail=batch.tail[order])
    torch.testing.assert_close(dot_scores(vectors, moved), dot_scores(vectors, batch)[order])
    torch.testing.assert_close(concat_scores(vectors, moved, layer), concat_scores(vectors, batch, layer)[order])
