"""A pair is read where its two stand closest and, of such places, where its attention rests."""

import numpy as np
import pytest
from model.tiny import TYPES, tiny_tokenizer

from kgbuild.pieces import split_pieces
from kgbuild.score.candidates import Context, cut_contexts
from kgbuild.score.evidence import closest_mentions
from score.marked import annotated

NUMBERS = {name: number for number, name in enumerate(TYPES, start=1)}


def contexts(marked: str, *, most_pairs: int = 997) -> list[Context]:
    document, tokenizer = annotated(marked), tiny_tokenizer()
    pieces = split_pieces(tokenizer, document.document.text)
    return list(cut_contexts(0, document, pieces, NUMBERS, most_pairs=most_pairs))


def read_at(marked: str, looked: dict[int, float]) -> list[int]:
    """Mentions of the pair from the first entity to the second, whose attention lies on these pieces."""
    (context,) = contexts(marked)
    weights = np.zeros((1, len(context.pieces)), dtype=np.float32)
    weights[0, list(looked)] = list(looked.values())
    assert context.pairs[0].tolist() == [0, 1]
    return [int(number) for number in closest_mentions(context, np.array([0]), weights)[0]]


TWICE = "[ada|PER|1] met [ben|PER|2]\nthe love of [ada|PER|1] and [ben|PER|2]"


def test_of_several_sentences_the_one_with_most_attention_is_taken() -> None:
    """Of two sentences that name both, the pair is read in the one between whose mentions most of its attention is."""
    assert read_at(TWICE, {1: 0.75, 7: 0.25}) == [0, 1]
    assert read_at(TWICE, {1: 0.25, 7: 0.75}) == [2, 3]
    assert read_at(TWICE, {1: 0.25, 3: 0.5, 7: 0.25}) == [0, 1]  # "the" stands before the mentions of its sentence


def test_of_equal_sentences_the_one_where_they_stand_nearest_is_taken() -> None:
    """With equal attention nearer mentions win over those that come first, and of equally near ones the first."""
    assert read_at("[ada|PER|1] was in [ben|PER|2]\n[ada|PER|1] met [ben|PER|2]", {}) == [2, 3]
    assert read_at("[ada|PER|1] was in [ben|PER|2]\n[ada|PER|1] met [ben|PER|2]", {1: 0.5, 5: 0.5}) == [2, 3]
    assert read_at(TWICE, {}) == [0, 1]


def test_within_a_sentence_the_nearest_mentions_are_taken() -> None:
    """Where a sentence names both several times, attention decides between sentences and distance within them."""
    marked = "[ada|PER|1] was of the [ada|PER|1] and [ben|PER|2]\n[ada|PER|1] [ben|PER|2]"
    assert read_at(marked, {0: 0.75, 7: 0.25}) == [1, 2]
    assert read_at("[ada|PER|1] [ben|PER|2] [ada|PER|1]", {1: 1.0}) == [0, 1]


@pytest.mark.parametrize("looked", [{}, {0: 1.0}, {6: 1.0}])
def test_one_sentence_is_preferred_to_two(looked: dict[int, float]) -> None:
    """Where a sentence names both, the pair is read there, wherever its attention is."""
    marked = "[ada|PER|1] was\n[ben|PER|2] was\nthe [ada|PER|1] and the love of the love of [ben|PER|2]"
    assert read_at(marked, looked) == [2, 3]


def test_two_sentences_are_as_near_as_can_be() -> None:
    """Where no sentence names both, the fewest sentences apart win, then the attention on both sentences together."""
    far = "[ada|PER|1] was\nthe love was\n[ben|PER|2] was\nin [ada|PER|1] was"
    assert read_at(far, {0: 1.0}) == [2, 1]
    near = "[ada|PER|1] was\n[ben|PER|2] was\nthe was\n[ada|PER|1] was\n[ben|PER|2] was"
    assert read_at(near, {0: 0.75, 8: 0.25}) == [0, 1]
    assert read_at(near, {0: 0.25, 6: 0.5, 8: 0.25}) == [2, 3]
    assert read_at(near, {}) == [0, 1]


def test_each_pair_is_read_at_its_own_attention() -> None:
    """Pairs of a part of a context, in whatever order, come back as mentions of head and tail, each by its weights."""
    marked = TWICE + "\n[acme|ORG|3] was"
    one, other = contexts(marked, most_pairs=4)
    assert other.pairs.tolist() == [[1, 2], [2, 1]]
    weights = np.zeros((3, len(one.pieces)), dtype=np.float32)
    weights[[0, 1, 2], [7, 1, 7]] = 1
    assert one.pairs[[2, 0, 1]].tolist() == [[1, 0], [0, 1], [0, 2]]
    assert closest_mentions(one, np.array([2, 0, 1]), weights).tolist() == [[3, 2], [0, 1], [2, 4]]
    assert closest_mentions(other, np.array([1]), weights[:1]).tolist() == [[4, 3]]


def test_mentions_are_those_of_the_document() -> None:
    """In a later context of a long document the numbers of the mentions still count from the document's first."""
    lines = ["[london|LOC|9] was in [rome|LOC|8] " + "was " * 480, "[ada|PER|1] met [ben|PER|2]", "was " * 400]
    (_, context) = contexts("\n".join([*lines, "[ada|PER|1] met [ben|PER|2]"]))
    assert context.mentions.tolist() == [2, 3, 4, 5]
    weights = np.zeros((2, len(context.pieces)), dtype=np.float32)
    weights[0, -1] = weights[1, 0] = 1
    assert closest_mentions(context, np.array([0, 1]), weights).tolist() == [[4, 5], [3, 2]]


def test_no_pairs_are_read_nowhere() -> None:
    """Asked for no pair, no mentions come back."""
    (context,) = contexts(TWICE)
    nothing = closest_mentions(context, np.zeros(0, dtype=np.int64), np.zeros((0, 9), dtype=np.float32))
    assert nothing.shape == (0, 2)
