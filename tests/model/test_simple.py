"""The two simple scorers agree with sums worked by hand."""

import math
from dataclasses import replace

import torch
from torch import nn

from kgbuild.model.pairs import PairBatch
from kgbuild.model.simple import concat_scores, dot_scores, entity_vectors
from model.tiny import alone, random_pairs


def three_mentions(*pairs: tuple[int, int], width: int = 0) -> PairBatch:
    """One sequence of seven pieces, mentions at 1, 2 to 3 and 5, and these pairs, padded to `width`."""
    count = len(pairs)
    padded = [*pairs, *[(0, 0)] * (width - count)]
    head, tail = torch.tensor(padded).unbind(1)
    piece, pair = torch.zeros(1, 7, dtype=torch.int64), torch.zeros(1, len(padded), dtype=torch.int64)
    return PairBatch(
        ids=piece,
        shapes=piece,
        mask=piece == 0,
        first=torch.tensor([[1, 2, 5]]),
        last=torch.tensor([[1, 3, 5]]),
        types=torch.zeros(1, 3, dtype=torch.int64),
        head=head.unsqueeze(0),
        tail=tail.unsqueeze(0),
        begin=pair,
        end=pair + 7,
        pairs=torch.arange(len(padded)).unsqueeze(0) < count,
    )


def test_an_entity_vector_is_the_mean_of_its_pieces() -> None:
    """A mention of two pieces has their mean, one of one piece that piece."""
    states = torch.arange(14.0).reshape(1, 7, 2)
    vectors = entity_vectors(states, three_mentions((0, 1)))
    assert vectors.tolist() == [[[2, 3], [5, 6], [10, 11]]]


def test_dot_scores_are_the_softmax_over_heads() -> None:
    """For a tail with heads at products 1 and 0 and itself at √2, the weights are e, 1 and e^√2 over their sum."""
    root = math.sqrt(2)
    vectors = torch.tensor([[[1.0, 0], [root, 0], [0, 5]]])
    scores = dot_scores(vectors, three_mentions((0, 1), (2, 1), width=5))
    weights = scores[0, :2].sigmoid()
    total = math.e + 1 + math.exp(root)
    torch.testing.assert_close(weights, torch.tensor([math.e / total, 1 / total]))
    assert torch.isfinite(scores).all()


def test_dot_scores_leave_out_heads_that_are_not_paired_with_the_tail() -> None:
    """Without the pair from the second head, the first is weighed against the tail alone."""
    vectors = torch.tensor([[[1.0, 0], [math.sqrt(2), 0], [0, 5]]])
    scores = dot_scores(vectors, three_mentions((0, 1), (1, 2)))
    torch.testing.assert_close(scores[0, 0], torch.tensor(1 - math.sqrt(2)))


def test_concat_scores_are_a_linear_layer_over_both_vectors() -> None:
    """Weights 1, 2 for the head and 10, 20 for the tail, bias 100, give the sums worked by hand, in pair order."""
    layer = nn.Linear(4, 1)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 2, 10, 20]]))
        layer.bias.fill_(100)
    vectors = torch.tensor([[[1.0, 0], [0, 1], [3, 5]]])
    scores = concat_scores(vectors, three_mentions((0, 1), (1, 0), (2, 1)), layer)
    assert scores.tolist() == [[1 + 20 + 100, 2 + 10 + 100, 3 + 10 + 20 + 100]]


def test_a_batch_of_n_equals_n_batches_of_one() -> None:
    """Both scorers give a sequence in a padded batch what they give it alone."""
    batch = random_pairs()
    states = torch.randn(3, 13, 11, generator=torch.Generator().manual_seed(1))
    layer = nn.Linear(22, 1)
    vectors = entity_vectors(states, batch)
    both = torch.stack([dot_scores(vectors, batch), concat_scores(vectors, batch, layer)])
    for row in range(3):
        single = alone(batch, row)
        own = entity_vectors(states[row : row + 1, : single.ids.shape[1]], single)
        found = torch.stack([dot_scores(own, single), concat_scores(own, single, layer)])
        torch.testing.assert_close(found[:, 0], both[:, row, batch.pairs[row]])


def test_permuting_pairs_permutes_scores() -> None:
    """Pairs in another order have the same scores in that order."""
    batch = three_mentions((0, 1), (2, 1), (1, 0), (0, 2), (2, 0))
    vectors = torch.randn(1, 3, 2, generator=torch.Generator().manual_seed(1))
    order = torch.tensor([3, 0, 4, 1, 2])
    moved = replace(batch, head=batch.head[:, order], tail=batch.tail[:, order])
    torch.testing.assert_close(dot_scores(vectors, moved), dot_scores(vectors, batch)[:, order])
