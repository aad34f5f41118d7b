"""Windows read a document of any length, each piece once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from model.tiny import tiny_tokenizer

from kgbuild.pieces import CLS, SEP, Pieces, split_pieces
from kgbuild.recognise.windows import OVERLAP, WINDOW, batch_windows, cut_windows, to_batch


def pieces_of(length: int) -> Pieces:
    """Pieces whose numbers count them."""
    number = np.arange(length, dtype=np.int32)
    return Pieces(number, number, number + 1, number >= 0, np.zeros(length, dtype=np.int8))


@given(st.integers(0, 3_000) | st.sampled_from([WINDOW, WINDOW + 1, 2 * WINDOW - OVERLAP, 2 * WINDOW - OVERLAP + 1]))
def test_cores_cover_each_piece_once(length: int) -> None:
    """Joined, the cores are the document; a window is never longer than allowed and knows where it begins."""
    windows = cut_windows(5, pieces_of(length))
    read = [number for one in windows for number in one.pieces.ids[one.core[0] : one.core[1]].tolist()]
    assert read == list(range(length))
    for window in windows:
        assert window.document == 5
        assert len(window.pieces) <= WINDOW
        assert window.pieces.ids.tolist() == list(range(window.offset, window.offset + len(window.pieces)))


@given(st.integers(WINDOW + 1, 3_000))
def test_a_core_keeps_its_distance_from_the_edges(length: int) -> None:
    """A piece that a window answers for has half the overlap of context on each side, except at the document's ends."""
    for window in cut_windows(0, pieces_of(length)):
        left, right = window.core
        assert window.offset == 0 or left >= OVERLAP // 2
        at_end = window.offset + len(window.pieces) == length
        assert at_end or len(window.pieces) - right >= OVERLAP // 2


@given(st.lists(st.integers(0, 700), max_size=20), st.integers(1, 2_000))
def test_batches_hold_each_window_once_within_bounds(lengths: list[int], tokens: int) -> None:
    """The padded size of a batch is within the bound unless it is one window, and no window is lost."""
    windows = [window for number, length in enumerate(lengths) for window in cut_windows(number, pieces_of(length))]
    batches = list(batch_windows(windows, tokens))
    key = [(window.document, window.offset) for batch in batches for window in batch]
    assert sorted(key) == sorted((window.document, window.offset) for window in windows)
    for batch in batches:
        assert len(batch) == 1 or (max(len(window.pieces) for window in batch) + 2) * len(batch) <= tokens


def test_a_batch_points_to_the_first_piece_of_each_word() -> None:
    """Words of two texts are found one column after their piece, padding is marked."""
    tokenizer = tiny_tokenizer()
    batch = to_batch([split_pieces(tokenizer, "Lovelace met ben"), split_pieces(tokenizer, "1815")])
    assert batch.ids[1].tolist() == [CLS, *tokenizer.encode("1815", add_special_tokens=False).ids, SEP]
    assert batch.words.tolist() == [[1, 3, 4], [1, 0, 0]]
    assert batch.word_mask.tolist() == [[True, True, True], [True, False, False]]


def test_a_batch_without_words_has_one_masked_column() -> None:
    """A text without pieces does not break the batch."""
    batch = to_batch([pieces_of(0)])
    assert batch.word_mask.tolist() == [[False]]
