"""Batches hold what they may, lose nothing, and put items of like length together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.train.batching import batches_by_length


@given(st.lists(st.tuples(st.integers(1, 90), st.integers(0, 40)), max_size=40), st.integers(0, 2**16))
def test_each_item_is_in_one_batch_within_bounds(items: list[tuple[int, int]], seed: int) -> None:
    """No item is lost or doubled; padded pieces and what is held stay within bounds, but for an item alone."""
    numbers = list(range(len(items)))
    lengths, held = [length for length, _ in items], [own for _, own in items]
    draw = np.random.default_rng(seed)
    batches = batches_by_length(numbers, lengths, tokens=200, draw=draw, held=held, most=60)
    assert sorted(number for batch in batches for number in batch) == numbers
    for batch in batches:
        pieces = (max(lengths[number] for number in batch) + 2) * len(batch)
        assert len(batch) == 1 or (pieces <= 200 and sum(held[number] for number in batch) <= 60)


def test_what_is_held_bounds_nothing_where_nothing_is_held() -> None:
    """Without `held` the pieces alone bound a batch: ten of eight fill a hundred with their special ones."""
    batches = batches_by_length(range(25), [8] * 25, tokens=100, draw=np.random.default_rng(1))
    assert sorted(map(len, batches)) == [5, 10, 10]


def test_like_lengths_stand_together_in_a_drawn_order() -> None:
    """Short and long are apart, the order of batches is drawn, and the same draw gives the same."""
    lengths = [10, 100] * 20
    one, other, third = (
        batches_by_length(range(40), lengths, tokens=240, draw=np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert one == other != third
    assert all(len({lengths[number] for number in batch}) == 1 for batch in one)
    firsts = [lengths[batch[0]] for batch in one]
    assert firsts not in (sorted(firsts), sorted(firsts, reverse=True))


@pytest.mark.parametrize("tokens", [1, 1_000])
def test_nothing_gives_no_batch(tokens: int) -> None:
    """An epoch of no items has no batches."""
    assert batches_by_length([], [], tokens=tokens, draw=np.random.default_rng(0)) == []
