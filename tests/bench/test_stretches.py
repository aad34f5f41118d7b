"""Maxima over stretches are those of the plain definition, for every pair, with their gradients."""

import pytest
import torch
from model.tiny import tiny_tokenizer
from stretches import STEPS, Places, around_both, places_of, stretch_maxima, whole
from torch import Tensor

from kgbuild.evaluate import to_annotated, to_gold
from kgbuild.pieces import split_pieces
from kgbuild.score.candidates import cut_contexts

NOTHING = torch.zeros(STEPS, 1)


def nearness(piece: int, mention: list[int]) -> int:
    """The step of a piece, counted from the definition: 6 inside, one more or less with each power of two away."""
    first, last = mention
    away = max(first - piece, piece - last, 0)
    steps = min(away.bit_length(), 6)
    return 6 + (steps if piece > last else -steps)


def plain(content: Tensor, tables: tuple[Tensor, Tensor], row: Tensor, places: Places, cuts: Tensor) -> Tensor:
    """The same maxima, sum by sum."""
    found = []
    for pair, sides in enumerate(zip(places.head.tolist(), places.tail.tolist(), strict=True)):
        told = [
            content[row[pair], piece]
            + sum(table[nearness(piece, side)] for table, side in zip(tables, sides, strict=True))
            for piece in range(content.shape[1])
        ]
        found.append(torch.stack([torch.stack(told[low:high]).amax(0) for low, high in cuts[pair].tolist()]))
    return torch.stack(found)


def random_pairs_of(lengths: Tensor, draw: torch.Generator) -> Places:
    """Two mentions of up to three pieces for each pair, within its sequence."""

    def mention() -> Tensor:
        first = (torch.rand(len(lengths), generator=draw) * lengths).long()
        longer = torch.randint(0, 3, (len(lengths),), generator=draw)
        return torch.stack([first, torch.minimum(first + longer, lengths - 1)], dim=1)

    return Places(mention(), mention())


@pytest.mark.parametrize("stretches", ["three", "one"])
def test_maxima_and_gradients_are_those_of_the_definition(stretches: str) -> None:
    """For pairs of any places in sequences of 83, 1, 19 and 64 pieces both equal a sum and a maximum at a time."""
    draw = torch.Generator().manual_seed(3)
    sizes = torch.tensor([83, 1, 19, 64])
    row = torch.randint(0, 4, (53,), generator=draw).sort()[0]
    lengths = sizes[row]
    content = torch.randn(4, 83, 5, generator=draw, dtype=torch.float64, requires_grad=True)
    tables = tuple(torch.randn(STEPS, 5, generator=draw, dtype=torch.float64, requires_grad=True) for _ in range(2))
    places = random_pairs_of(lengths, draw)
    cuts = around_both(places, lengths) if stretches == "three" else whole(lengths)
    found = stretch_maxima(content, *tables, row=row, lengths=lengths, places=places, cuts=cuts)
    expected = plain(content, tables, row, places, cuts)
    assert found.shape == (53, 3 if stretches == "three" else 1, 5)
    torch.testing.assert_close(found, expected)
    weight = torch.randn(found.shape, generator=draw, dtype=torch.float64)
    gradients = (torch.autograd.grad((x * weight).sum(), (content, *tables)) for x in (found, expected))
    for own, other in zip(*gradients, strict=True):
        torch.testing.assert_close(own, other)


def test_maxima_of_three_stretches_worked_by_hand() -> None:
    """Head at 4, tail at 1: before and with 1, from 1 to 4, from 4 on, the seventh piece being padding."""
    content = torch.tensor([3.0, 2, 1, 5, 4, 6, 9]).reshape(1, 7, 1)
    places, lengths = Places(torch.tensor([[4, 4]]), torch.tensor([[1, 1]])), torch.tensor([6])
    cuts = around_both(places, lengths)
    assert cuts.tolist() == [[[0, 2], [1, 5], [4, 6]]]
    found = stretch_maxima(content, NOTHING, NOTHING, row=lengths * 0, lengths=lengths, places=places, cuts=cuts)
    assert found.tolist() == [[[3], [5], [6]]]


def test_nearness_counts_before_the_maximum_is_taken() -> None:
    """With 10 for pieces just before the head and 20 for those four to seven after the tail other pieces win."""
    content = torch.tensor([3.0, 2, 1, 5, 4, 6, 9]).reshape(1, 7, 1)
    places, lengths = Places(torch.tensor([[4, 4]]), torch.tensor([[1, 1]])), torch.tensor([6])
    to_head, to_tail = NOTHING.clone(), NOTHING.clone()
    to_head[5], to_tail[9] = 10.0, 20.0
    cuts = around_both(places, lengths)
    found = stretch_maxima(content, to_head, to_tail, row=lengths * 0, lengths=lengths, places=places, cuts=cuts)
    assert found.tolist() == [[[3], [5 + 10], [6 + 20]]]


def test_no_pairs_have_no_maxima() -> None:
    """A batch without pairs gives none, and no error."""
    none = torch.zeros(0, dtype=torch.int64)
    places = Places(none.reshape(0, 2), none.reshape(0, 2))
    cuts = around_both(places, none)
    found = stretch_maxima(torch.zeros(2, 3, 1), NOTHING, NOTHING, row=none, lengths=none, places=places, cuts=cuts)
    assert found.shape == (0, 3, 1)


def test_places_are_those_where_the_two_stand_closest() -> None:
    """Of an entity with two mentions the one in the other's sentence counts, each place with its gap."""
    names = [(0, 3, 0), (14, 17, 0), (22, 25, 1), (31, 37, 2)]
    mentions = [{"start": a, "end": b, "type": "PER", "entity": e} for a, b, e in names]
    text = "Ada was born. Ada met Ben for London ."
    gold = to_gold({"id": "d", "text": text, "sentences": [[0, 13], [14, 38]], "mentions": mentions, "relations": []})
    pieces = split_pieces(tiny_tokenizer(), text)
    contexts = list(cut_contexts(0, to_annotated(gold), pieces, {"PER": 1}, most_pairs=99))
    places = places_of(contexts)
    pairs = contexts[0].pairs.tolist()
    assert (places.tail[:, 0] - places.head[:, 0]).tolist() == contexts[0].gaps.tolist()
    assert places.head[pairs.index([0, 1])].tolist() == [5, 5]
    assert places.tail[pairs.index([1, 0])].tolist() == [5, 5]
