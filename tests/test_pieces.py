"""Pieces stand for the characters of a text, and say of its words what an uncased vocabulary loses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model.tiny import tiny_tokenizer

from kgbuild.pieces import CLS, SEP, SHAPES, padded, split_pieces

TOKENIZER = tiny_tokenizer()


def test_pieces_of_a_text_are_as_written_here() -> None:
    """Numbers, characters, word beginnings and shapes of a small text are those seen by eye."""
    text = " Ada Lovelace, 1815?"
    pieces = split_pieces(TOKENIZER, text)
    words = ["ada", "love", "##lace", ",", "1", "##8", "##1", "##5", "?"]
    assert [TOKENIZER.id_to_token(number) for number in pieces.ids] == words
    spans = [text[a:b] for a, b in zip(pieces.start, pieces.end, strict=True)]
    assert spans == ["Ada", "Love", "lace", ",", "1", "8", "1", "5", "?"]
    assert pieces.first.tolist() == [True, True, False, True, True, False, False, False, True]
    shapes = ["title", "title", "title", "none", *["digits"] * 4, "none"]
    assert [SHAPES[number] for number in pieces.shape] == shapes


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("ada", "lower"),
        ("Ada", "title"),
        ("ACME", "upper"),
        ("A", "letter"),
        ("McAda", "mixed"),
        ("1815", "digits"),
        ("B2", "alphanumeric"),
        ("?", "none"),
        ("é", "lower"),
        ("東", "letter"),
    ],
)
def test_each_word_has_the_shape_that_it_is_written_in(word: str, shape: str) -> None:
    """A word's shape is found before its letters are made small."""
    assert {SHAPES[number] for number in split_pieces(TOKENIZER, word).shape} == {shape}


@settings(deadline=None)
@given(st.text(max_size=80) | st.text("aZ9 .\n\t\u200b\u0301é€😀ש東\x00\x7f[SEP]", max_size=200))
def test_pieces_lie_in_the_text_in_order(text: str) -> None:
    """Whatever the text, pieces are ordered stretches of it, and the first one begins a word."""
    pieces = split_pieces(TOKENIZER, text)
    assert (pieces.start < pieces.end).all()
    assert (np.diff(pieces.start) >= 0).all()
    assert (np.diff(pieces.end) >= 0).all()
    if len(pieces):
        assert pieces.start[0] >= 0
        assert pieces.end[-1] <= len(text)
        assert pieces.first[0]
    covered = {at for a, b in zip(pieces.start, pieces.end, strict=True) for at in range(a, b)}
    assert all(at in covered for at, one in enumerate(text) if one.isascii() and one.isalnum())


def test_a_long_text_is_split_like_its_parts() -> None:
    """A text longer than what the tokeniser is given at once has the pieces of its words, none cut in two."""
    words = "lovelace met 1815 " * 15_000
    pieces = split_pieces(TOKENIZER, words)
    one = split_pieces(TOKENIZER, "lovelace met 1815 ")
    assert pieces.ids.tolist() == one.ids.tolist() * 15_000
    assert pieces.first.tolist() == one.first.tolist() * 15_000
    shift = np.repeat(np.arange(15_000) * 18, len(one))
    assert (pieces.start == np.tile(one.start, 15_000) + shift).all()


@pytest.mark.parametrize("text", ["a" * 250_001, " " * 250_001, ""])
def test_a_text_without_a_gap_is_split_too(text: str) -> None:
    """One endless word, white space alone and no text at all are split without loss or endless loop."""
    pieces = split_pieces(TOKENIZER, text)
    assert len(pieces) == (len(text.strip()) > 0) * 3


def test_a_stretch_of_pieces_is_all_its_columns() -> None:
    """A slice keeps the columns together."""
    pieces = split_pieces(TOKENIZER, "ada met Ben 1")[1:3]
    assert (len(pieces), pieces.start.tolist(), pieces.first.tolist()) == (2, [4, 8], [True, True])
    assert [SHAPES[number] for number in pieces.shape] == ["lower", "title"]


def test_rows_are_padded_between_the_special_pieces() -> None:
    """A row holds its pieces between the opening and the closing one; what follows is masked."""
    parts = [split_pieces(TOKENIZER, text) for text in ("ada met ben", "", "1")]
    rows = padded(parts)
    assert rows.ids.tolist() == [[CLS, *parts[0].ids, SEP], [CLS, SEP, 0, 0, 0], [CLS, *parts[2].ids, SEP, 0, 0]]
    assert rows.mask.sum(axis=1).tolist() == [5, 2, 3]
    assert rows.shapes[2].tolist() == [0, SHAPES.index("digits"), 0, 0, 0]
