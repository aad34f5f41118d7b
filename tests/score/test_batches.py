"""Batches stay within their bounds, lose nothing, and say of each context what it says of itself."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from model.tiny import TYPES, tiny_tokenizer

from kgbuild.pieces import CLS, SEP, Pieces, split_pieces
from kgbuild.score.batches import batch_contexts, to_pair_batch
from kgbuild.score.candidates import Context, cut_contexts
from score.marked import annotated


def context(number: int, pieces: int, pairs: int) -> Context:
    """A context of these sizes; its number tells it from others."""
    zeros = np.zeros(pieces, dtype=np.int32)
    part = Pieces(zeros, zeros, zeros, zeros.astype(np.bool_), zeros.astype(np.int8))
    pair = np.zeros((pairs, 2), dtype=np.int64)
    return Context(number, part, np.array([0]), np.array([[0, 0]]), np.array([0]), pair, pair + np.array([0, pieces]))


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 254), st.integers(1, 300)), max_size=30),
    st.integers(256, 2_000),
    st.integers(1, 500),
)
def test_batches_hold_each_context_once_within_bounds(shape: list[tuple[int, int]], tokens: int, pairs: int) -> None:
    """The padded size of a batch is within both bounds unless it is one context; longest come first."""
    items = [context(number, *sizes) for number, sizes in enumerate(shape)]
    batches = list(batch_contexts(items, tokens=tokens, pairs=pairs))
    assert sorted(item.document for batch in batches for item in batch) == list(range(len(shape)))
    lengths = [len(item.pieces) for batch in batches for item in batch]
    assert lengths == sorted(lengths, reverse=True)
    for batch in batches:
        longest, most = max(len(item.pieces) for item in batch), max(len(item.pairs) for item in batch)
        assert len(batch) == 1 or ((longest + 2) * len(batch) <= tokens and most * len(batch) <= pairs)


def test_contexts_that_fit_share_a_batch() -> None:
    """Four contexts of eight pieces take one batch of forty tokens, and two of twenty-nine."""
    items = [context(number, 8, 3) for number in range(4)]
    assert [len(batch) for batch in batch_contexts(items, tokens=40, pairs=12)] == [4]
    assert [len(batch) for batch in batch_contexts(items, tokens=29, pairs=12)] == [2, 2]
    assert [len(batch) for batch in batch_contexts(items, tokens=40, pairs=11)] == [3, 1]


def test_a_batch_is_the_contexts_with_padding() -> None:
    """Pieces stand between the special ones, places and stretches are shifted by one, padding is marked."""
    tokenizer = tiny_tokenizer()
    numbers = {name: number for number, name in enumerate(TYPES, start=1)}
    found = []
    for number, text in enumerate(("[ada|PER] met [ben|PER] in [london|LOC]", "[acme|ORG] was in [1|TIME]")):
        document = annotated(text)
        pieces = split_pieces(tokenizer, document.document.text)
        found += list(cut_contexts(number, document, pieces, numbers, most_pairs=100))
    batch = to_pair_batch(found)
    ids = [tokenizer.token_to_id(word) for word in ("acme", "was", "in", "1")]
    assert batch.ids[1].tolist() == [CLS, *ids, SEP, 0]
    assert batch.mask[1].tolist() == [True] * 6 + [False]
    assert batch.first.tolist() == [[1, 3, 5], [1, 4, 0]]
    assert batch.last.tolist() == [[1, 3, 5], [1, 4, 0]]
    assert batch.types.tolist() == [[1, 1, 3], [2, 4, 0]]
    assert batch.head.tolist() == [[0, 0, 1, 1, 2, 2], [0] * 6]
    assert batch.tail.tolist() == [[1, 2, 0, 2, 0, 1], [1] + [0] * 5]
    assert batch.begin.tolist() == [[1] * 6, [1] + [0] * 5]
    assert batch.end.tolist() == [[6] * 6, [5] + [1] * 5]
    assert batch.pairs.tolist() == [[True] * 6, [True] + [False] * 5]
