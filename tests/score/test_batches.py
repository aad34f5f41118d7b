"""Batches stay within their bounds, lose nothing, and say of each context what it says of itself."""

from dataclasses import replace

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
    one, pair = np.zeros(1, dtype=np.int64), np.zeros((pairs, 2), dtype=np.int64)
    return Context(number, part, one, pair[:1], one, one, one, one, pair, pair[:, 0], pair[:, 1])


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
        longest, held = max(len(item.pieces) for item in batch), sum(len(item.pairs) for item in batch)
        assert len(batch) == 1 or ((longest + 2) * len(batch) <= tokens and held <= pairs)


def test_contexts_that_fit_share_a_batch() -> None:
    """Four contexts of eight pieces and three pairs take one batch of forty tokens and twelve pairs, else two."""
    items = [context(number, 8, 3) for number in range(4)]
    assert [len(batch) for batch in batch_contexts(items, tokens=40, pairs=12)] == [4]
    assert [len(batch) for batch in batch_contexts(items, tokens=29, pairs=12)] == [2, 2]
    assert [len(batch) for batch in batch_contexts(items, tokens=40, pairs=11)] == [3, 1]
    uneven = [context(0, 8, 9), *(context(number, 8, 1) for number in (1, 2, 3))]
    assert [len(batch) for batch in batch_contexts(uneven, tokens=40, pairs=12)] == [4]


def cut(*marked: str) -> list[Context]:
    """The contexts of documents of one context each."""
    tokenizer, numbers = tiny_tokenizer(), {name: number for number, name in enumerate(TYPES, start=1)}
    found = []
    for number, text in enumerate(marked):
        document = annotated(text)
        pieces = split_pieces(tokenizer, document.document.text)
        found += list(cut_contexts(number, document, pieces, numbers, most_pairs=100))
    return found


def test_a_batch_is_the_contexts_with_padding() -> None:
    """Pieces stand between the special ones, places are shifted by one, padding is marked, pairs stand flat."""
    batch = to_pair_batch(cut("[ada|PER|1] met [ben|PER]\n[ada|PER|1] in [london|LOC]", "[acme|ORG] was in [1|TIME]"))
    ids = [tiny_tokenizer().token_to_id(word) for word in ("acme", "was", "in", "1")]
    assert batch.ids[1].tolist() == [CLS, *ids, SEP, 0, 0]
    assert batch.mask.tolist() == [[True] * 8, [True] * 6 + [False] * 2]
    assert batch.shapes[1, 6:].tolist() == [0, 0]
    assert batch.first.tolist() == batch.last.tolist() == [[1, 3, 4, 6], [1, 4, 0, 0]]
    assert batch.types.tolist() == [[1, 1, 1, 3], [2, 4, 0, 0]]
    assert batch.row.tolist() == [0] * 6 + [1]
    assert batch.head.tolist() == [0, 0, 1, 1, 2, 2, 0]
    assert batch.tail.tolist() == [1, 2, 0, 2, 0, 1, 1]
    assert batch.gap.tolist() == [2, 2, -2, 3, -2, -3, 3]
    assert batch.apart.tolist() == [0, 0, 0, 1, 0, 1, 0]


def test_padding_is_an_entity_of_its_own() -> None:
    """Mentions at padding are of a number that no entity of the batch has."""
    batch = to_pair_batch(cut("[ada|PER|1] met [ben|PER]\n[ada|PER|1] in [london|LOC]", "[acme|ORG] was in [1|TIME]"))
    assert batch.entity.tolist() == [[0, 1, 0, 2], [0, 1, 3, 3]]
    assert batch.entities == 4


def test_marks_say_where_mentions_begin_and_go_on() -> None:
    """A piece in no mention has 0, the first of a mention of type t has 2t + 1 and its later ones 2t + 2."""
    texts = ("the [lovelace|PER] met [lovelace love|MISC]", "[ada|ODD] of [ada ben|ODD] in [1|NUM]")
    batch = to_pair_batch(cut(*texts))
    assert batch.marks.tolist() == [[0, 0, 3, 4, 0, 13, 14, 14, 0], [0, 1, 0, 1, 2, 0, 11, 0, 0]]


def test_a_mention_within_another_marks_its_own_beginning() -> None:
    """Where two mentions share pieces, the beginning of each can still be seen."""
    (context,) = cut("[lovelace ada|PER] and [ben|LOC]")
    nested = replace(context, places=np.array([[0, 2], [2, 2]]))
    assert to_pair_batch([nested]).marks.tolist() == [[0, 3, 4, 7, 0, 0, 0]]


def test_batches_are_the_same_as_their_contexts_alone() -> None:
    """What a batch says of a sequence is what a batch of that sequence alone says, padding left out."""
    contexts = cut("[ada|PER|1] met [ben|PER]\n[ada|PER|1] in [london|LOC]", "[acme|ORG] was in [1|TIME]")
    together = to_pair_batch(contexts)
    for row, item in enumerate(contexts):
        alone, mine = to_pair_batch([item]), together.row == row
        for name in ("ids", "shapes", "mask", "marks", "first", "last", "types", "entity"):
            value = getattr(alone, name)
            assert getattr(together, name)[row, : value.shape[1]].tolist() == value[0].tolist()
        for name in ("head", "tail", "gap", "apart"):
            assert getattr(together, name)[mine].tolist() == getattr(alone, name).tolist()
