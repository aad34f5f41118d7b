"""Candidate pairs are those of one sentence and two entities, and each is read in one context at most."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model.tiny import TYPES, tiny_tokenizer

from kgbuild.pieces import split_pieces
from kgbuild.records import AnnotatedDocument
from kgbuild.score.candidates import CONTEXT, Context, candidate_pairs, cut_contexts
from score.marked import annotated, long_sentence

NUMBERS = {name: number for number, name in enumerate(TYPES, start=1)}
TOKENIZER = tiny_tokenizer()


def contexts(document: AnnotatedDocument, *, most_pairs: int = 16_384) -> list[Context]:
    pieces = split_pieces(TOKENIZER, document.document.text)
    return list(cut_contexts(3, document, pieces, NUMBERS, most_pairs=most_pairs))


def read_pairs(found: list[Context]) -> list[tuple[int, int]]:
    """The pairs of the contexts, as numbers of the document's mentions."""
    return [tuple(context.mentions[pair].tolist()) for context in found for pair in context.pairs]


@pytest.mark.parametrize(
    ("marked", "pairs"),
    [
        ("nobody was born", []),
        ("[ada|PER] was born", []),
        ("[ada|PER] met [ben|PER]", [[0, 1], [1, 0]]),
        ("[ada|PER|1] met [ada|PER|1]", []),
        ("[ada|PER|1] met [ben|PER|2] and [ada|PER|1]", [[0, 1], [1, 0], [1, 2], [2, 1]]),
        ("[ada|PER] was\n[ben|PER] was", []),
        ("[ada|PER] was born in [1815|TIME]", [[0, 1]]),
        ("[3|NUM] and [1815|TIME]", []),
        (
            "[ada|PER] of [acme|ORG] in [london|LOC]\nof [ben|PER] and [acme|ORG]",
            [[0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1], [3, 4], [4, 3]],
        ),
    ],
)
def test_pairs_are_ordered_and_of_two_entities_of_one_sentence(marked: str, pairs: list[list[int]]) -> None:
    """Pairs come by sentence, head and tail; one entity makes no pair, dates and numbers are never heads."""
    assert candidate_pairs(annotated(marked)).tolist() == pairs


def test_without_entities_each_mention_stands_for_itself() -> None:
    """Two mentions of one name are a pair as long as nothing says that they are one entity."""
    document = replace(annotated("[ada|PER|1] met [ada|PER|1]"), entities=())
    assert candidate_pairs(document).tolist() == [[0, 1], [1, 0]]


def test_a_context_names_pieces_places_and_types() -> None:
    """Two short sentences make one context, in which a mention's places are its pieces and a pair sees its sentence."""
    document = annotated("[lovelace|PER] met [ben|PER]\nthe love in [london|LOC] of [acme|ODD]")
    (context,) = contexts(document)
    assert context.document == 3
    assert [TOKENIZER.id_to_token(number) for number in context.pieces.ids] == [
        *("love", "##lace", "met", "ben", "the", "love", "in", "london", "of", "acme")
    ]
    assert context.mentions.tolist() == [0, 1, 2, 3]
    assert context.places.tolist() == [[0, 1], [3, 3], [7, 7], [9, 9]]
    assert context.types.tolist() == [1, 1, 3, 0]
    assert context.pairs.tolist() == [[0, 1], [1, 0], [2, 3], [3, 2]]
    assert context.seen.tolist() == [[0, 4], [0, 4], [4, 10], [4, 10]]


def test_sentences_without_pairs_make_no_context() -> None:
    """A document of one mention, or of none, or without a character to read, is not encoded at all."""
    assert contexts(annotated("[ada|PER] was born")) == []
    assert contexts(annotated("nobody")) == []
    assert contexts(annotated("[\u200b|PER] [\u200c|PER]")) == []


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.integers(2, 400), st.integers(9, 90)), min_size=1, max_size=4), st.integers(1, 50))
def test_each_pair_is_read_once_within_the_limits(shape: list[tuple[int, int]], most_pairs: int) -> None:
    """Whatever the sentences, a context is within its limits, and pairs of a sentence that fits are read just once."""
    lines = [" ".join("[ada|PER]" if at % step == 0 else "the" for at in range(words)) for words, step in shape]
    document = annotated("\n".join(lines))
    found = contexts(document, most_pairs=most_pairs)
    pairs = read_pairs(found)
    candidates = {tuple(pair) for pair in candidate_pairs(document).tolist()}
    assert len(pairs) == len(set(pairs))
    assert set(pairs) <= candidates
    for head, tail in candidates - set(pairs):
        gap = abs(document.mentions[head].start - document.mentions[tail].start) // 4
        assert gap >= CONTEXT // 2  # nearer ones always have a stretch in common
        assert shape[document.mentions[head].sentence][0] > CONTEXT
    for context in found:
        assert len(context.pieces) <= CONTEXT
        assert 1 <= len(context.pairs) <= most_pairs
        check_places(context, document)


def check_places(context: Context, document: AnnotatedDocument) -> None:
    """A mention's places are its own characters, and every pair sees both its mentions and no other sentence."""
    for mention, (first, last) in zip(context.mentions.tolist(), context.places.tolist(), strict=True):
        assert context.pieces.start[first] == document.mentions[mention].start
        assert context.pieces.end[last] == document.mentions[mention].end
    sides = context.places[context.pairs]
    assert (context.seen[:, 0] <= sides[..., 0].min(axis=1)).all()
    assert (sides[..., 1].max(axis=1) < context.seen[:, 1]).all()
    heads = context.mentions[context.pairs[:, 0]].tolist()
    sentences = [document.sentences[document.mentions[head].sentence] for head in heads]
    assert (context.pieces.start[context.seen[:, 0]] >= [span.start for span in sentences]).all()
    assert (context.pieces.end[context.seen[:, 1] - 1] <= [span.end for span in sentences]).all()


def test_a_sentence_of_five_thousand_words_is_read_in_stretches() -> None:
    """All pairs nearer than half a context are read, those further than a context are not."""
    document = long_sentence(5_000, every=50)
    found = contexts(document)
    gaps = np.abs(np.diff(np.array(read_pairs(found)), axis=1)) * 50
    assert len(gaps) == len(set(read_pairs(found)))
    assert gaps.max() < CONTEXT
    near = sum(2 * (100 - gap) for gap in (1, 2))
    assert (gaps <= CONTEXT // 2).sum() == near


def test_a_sentence_of_four_hundred_mentions_is_read_in_parts() -> None:
    """No context holds more pairs than asked for, and each of the 159,600 pairs is in one context or in none."""
    document = long_sentence(400, every=1)
    found = contexts(document, most_pairs=4_099)
    pairs = read_pairs(found)
    assert len(candidate_pairs(document)) == 159_600
    assert max(len(context.pairs) for context in found) == 4_099
    assert len(set(pairs)) == len(pairs)
    assert len(pairs) >= 400 * CONTEXT // 2
