"""The recogniser's loss and decoding agree with what they are defined as, whatever the batch."""

import math
from dataclasses import replace
from itertools import pairwise, product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kgbuild.model.recogniser import (
    Recogniser,
    WordBatch,
    allowed_transitions,
    best_tags,
    partial_tag_loss,
    viterbi,
)
from model.tiny import tiny_recogniser


def word_batch(lengths: tuple[int, ...] = (7, 13, 5), words: tuple[int, ...] = (3, 11, 2)) -> WordBatch:
    """Sequences of these sizes, with arbitrary pieces at padding."""
    draw = torch.Generator().manual_seed(23)
    rows, width, most = len(lengths), max(lengths), max(words)
    places = torch.zeros(rows, most, dtype=torch.int64)
    for row, count in enumerate(words):
        places[row, :count] = torch.arange(1, count + 1)
    return WordBatch(
        ids=torch.randint(103, 211, (rows, width), generator=draw),
        shapes=torch.randint(0, 8, (rows, width), generator=draw),
        mask=torch.arange(width) < torch.tensor(lengths).unsqueeze(1),
        words=places,
        word_mask=torch.arange(most) < torch.tensor(words).unsqueeze(1),
    )


@pytest.fixture(scope="module")
def model() -> Recogniser:
    """A tiny recogniser in double precision."""
    return tiny_recogniser().double()


@pytest.mark.parametrize("training", [False, True])
def test_a_batch_of_n_equals_n_batches_of_one(model: Recogniser, training: bool) -> None:
    """Scores and gradients of a padded batch are those of its sequences alone, in both modes."""
    model.train(training)
    batch = word_batch()
    found = model(batch)
    model.zero_grad()
    torch.stack([scores[batch.word_mask].square().sum() for scores in found]).sum().backward()
    expected = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    for row, (length, words) in enumerate(((7, 3), (13, 11), (5, 2))):
        mine = slice(row, row + 1)
        pieces = (x[mine, :length] for x in (batch.ids, batch.shapes, batch.mask))
        single = WordBatch(*pieces, batch.words[mine, :words], batch.word_mask[mine, :words])
        own = model(single)
        for alone, together in zip(own, found, strict=True):
            torch.testing.assert_close(alone[0], together[row, :words])
        torch.stack([scores.square().sum() for scores in own]).sum().backward()
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, expected[name], rtol=1e-4, atol=1e-5, msg=name)


@pytest.mark.parametrize("name", ["ids", "shapes", "mask", "words", "word_mask"])
def test_a_batch_of_the_wrong_kind_is_refused(name: str) -> None:
    """Each tensor must have its own type, the shape of its group and a row a sequence."""
    batch = word_batch()
    value = getattr(batch, name)
    with pytest.raises(ValueError, match=rf"WordBatch\.{name}: expected torch\.(bool|int64), got torch\.float32"):
        replace(batch, **{name: value.float()})
    with pytest.raises(ValueError, match="WordBatch: "):
        replace(batch, **{name: value[:, 1:]})


def test_words_and_pieces_must_have_as_many_rows() -> None:
    """Words of two sequences do not go with the pieces of three."""
    batch = word_batch()
    with pytest.raises(ValueError, match="expected one shape and 3 rows"):
        replace(batch, words=batch.words[1:], word_mask=batch.word_mask[1:])


def test_loss_with_one_tag_allowed_is_cross_entropy() -> None:
    """Where annotation is complete the loss is the plain mean cross-entropy of the words that are no padding."""
    draw = torch.Generator().manual_seed(5)
    scores, tags = torch.randn(2, 3, 5, generator=draw), torch.randint(0, 5, (2, 3), generator=draw)
    mask = torch.tensor([[True, True, True], [True, False, False]])
    allowed = torch.nn.functional.one_hot(tags, 5).bool() & mask.unsqueeze(-1)
    expected = torch.nn.functional.cross_entropy(scores[mask], tags[mask])
    torch.testing.assert_close(partial_tag_loss(scores, allowed, mask), expected)


def test_loss_of_open_types_is_worked_by_hand() -> None:
    """Where tags of odds 1, 2 of 8 are allowed, the loss is -log(3/8); a word where all are allowed costs nothing."""
    scores = torch.tensor([1.0, 2, 5]).log().expand(1, 2, 3)
    allowed = torch.tensor([[[True, True, False], [True, True, True]]])
    loss = partial_tag_loss(scores, allowed, torch.tensor([[True, True]]))
    assert loss.item() == pytest.approx(-math.log(3 / 8) / 2)


def test_loss_gives_padding_no_gradient() -> None:
    """Gradients are finite, and zero at words that are padding although no tag is allowed there."""
    scores = torch.randn(1, 3, 5, generator=torch.Generator().manual_seed(5), requires_grad=True)
    allowed = torch.zeros(1, 3, 5, dtype=torch.bool)
    allowed[0, 0, 1] = True
    partial_tag_loss(scores, allowed, torch.tensor([[True, False, False]])).backward()
    assert scores.grad is not None
    assert torch.isfinite(scores.grad).all()
    assert scores.grad[0, 0].abs().min() > 0
    assert not scores.grad[0, 1:].any()


def possible(tags: tuple[int, ...]) -> bool:
    """Whether each inside tag continues a mention of its own type."""
    return all(tag == 0 or tag % 2 or before in (tag - 1, tag) for before, tag in pairwise((0, *tags)))


def test_transitions_are_those_of_bio() -> None:
    """Of two types, an inside tag follows its own beginning and itself; all else may follow anything."""
    table = allowed_transitions(2)
    for before, tag in product(range(5), range(5)):
        assert (table[before, tag] == 0) == (tag % 2 == 1 or tag == 0 or before in (tag - 1, tag))
    assert (table[5] == 0).tolist() == [True, True, False, True, False]


def test_mentions_that_stand_apart_begin_behind_no_other() -> None:
    """Two words that would each begin one are one, or one of them is none."""
    table = allowed_transitions(1, apart=True)
    behind = [[True, True, False], [True, False, True], [True, False, True], [True, True, False]]
    assert torch.isfinite(table).tolist() == behind
    scores = torch.tensor([[[0.0, 9.0, 0.0], [0.0, 9.0, 1.0], [9.0, 0.0, 0.0], [0.0, 9.0, 0.0]]]).log_softmax(-1)
    found = viterbi(scores, torch.ones(1, 4, dtype=torch.bool), table)
    assert found.tolist() == [[1, 2, 0, 1]]


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**31), types=st.integers(1, 2), lengths=st.lists(st.integers(0, 4), min_size=1, max_size=3))
def test_viterbi_finds_the_best_possible_sequence(seed: int, types: int, lengths: list[int]) -> None:
    """The decoded tags are possible, and no other possible sequence scores higher; padding is 0."""
    draw = torch.Generator().manual_seed(seed)
    width, tags = max(1, *lengths), 1 + 2 * types
    scores = (3 * torch.randn(len(lengths), width, tags, generator=draw)).log_softmax(dim=-1)
    mask = torch.arange(width) < torch.tensor(lengths).unsqueeze(1)
    paths = viterbi(scores, mask, allowed_transitions(types))
    for row, length in enumerate(lengths):
        path = paths[row, :length].tolist()
        assert possible(tuple(path))
        assert not paths[row, length:].any()
        every = [one for one in product(range(tags), repeat=length) if possible(one)]
        best = max(sum(scores[row, at, tag].item() for at, tag in enumerate(one)) for one in every)
        assert sum(scores[row, at, tag].item() for at, tag in enumerate(path)) == pytest.approx(best, abs=1e-4)


def test_viterbi_gives_up_the_best_tag_for_a_possible_sequence() -> None:
    """An inside tag that is likeliest on its own is not chosen where nothing begins the mention."""
    scores = torch.tensor([[[0.6, 0.3, 0.1], [0.2, 0.1, 0.7]]]).log()
    found = viterbi(scores, torch.ones(1, 2, dtype=torch.bool), allowed_transitions(1))
    assert found.tolist() == [[1, 2]]


def test_bounds_are_decided_before_types() -> None:
    """Two words that surely are one mention of one of two types are one, of the type that both together favour."""
    rows = [[0.4, 0.3, 0.0, 0.3, 0.0], [0.1, 0.0, 0.5, 0.0, 0.4], [0.98, 0.01, 0.0, 0.01, 0.0], [0.0] * 5]
    log = torch.tensor([rows]).clamp(1e-6).log()
    mask, table = torch.tensor([[True, True, True, False]]), allowed_transitions(2)
    assert best_tags(log[:, :1], mask[:, :1], table, bounds_first=False).tolist() == [[0]]
    assert best_tags(log[:, :1], mask[:, :1], table, bounds_first=True).tolist() in ([[1]], [[3]])
    assert best_tags(log, mask, table, bounds_first=True).tolist() == [[1, 2, 0, 0]]


@pytest.mark.parametrize("seed", range(5))
def test_of_one_type_bounds_and_tags_are_the_same(seed: int) -> None:
    """Whether bounds are decided first makes no difference then; otherwise it is the best sequence."""
    log = torch.randn(3, 9, 3, generator=torch.Generator().manual_seed(seed)).log_softmax(dim=-1)
    mask = torch.arange(9) < torch.tensor([[9], [4], [1]])
    found = [best_tags(log, mask, allowed_transitions(1), bounds_first=first) for first in (False, True)]
    assert torch.equal(*found)
