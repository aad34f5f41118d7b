"""Candidate pairs are those of two entities that stand near enough, and each is read in one context or is counted."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model.tiny import TYPES, tiny_tokenizer

from kgbuild.pieces import split_pieces
from kgbuild.records import AnnotatedDocument
from kgbuild.score.candidates import CONTEXT, Context, Window, cut_contexts, entity_numbers, far_pairs, read_pairs
from score.marked import annotated, long_sentence

NUMBERS = {name: number for number, name in enumerate(TYPES, start=1)}
TOKENIZER = tiny_tokenizer()
OVERLAP = 64
WINDOWS: tuple[Window, ...] = (0, 1, 2, "document")


def contexts(document: AnnotatedDocument, *, window: Window = "document", most_pairs: int = 16_384) -> list[Context]:
    pieces = split_pieces(TOKENIZER, document.document.text)
    return list(cut_contexts(3, document, pieces, NUMBERS, window=window, most_pairs=most_pairs))


def pairs_of(found: list[Context]) -> list[tuple[int, int]]:
    """The pairs of the contexts, as numbers of the document's entities."""
    return [(head, tail) for context in found for head, tail in context.clusters[context.pairs].tolist()]


def sentences_of(lengths: Sequence[int]) -> AnnotatedDocument:
    """Sentences of so many words, each with an entity at its first word and another at its last."""
    return annotated("\n".join(" ".join(("[ada|PER]", *["was"] * (words - 2), "[ben|PER]")) for words in lengths))


@pytest.mark.parametrize(
    ("marked", "pairs"),
    [
        ("nobody was born", []),
        ("[ada|PER] was born", []),
        ("[ada|PER] met [ben|PER]", [(0, 1), (1, 0)]),
        ("[ada|PER|1] met [ada|PER|1]", []),
        ("[ada|PER|1] met [ben|PER|2] and [ada|PER|1]", [(0, 1), (1, 0)]),
        ("[ada|PER] was\n[ben|PER] was", [(0, 1), (1, 0)]),
        ("[ada|PER] was born in [1815|TIME]", [(0, 1)]),
        ("[ada|PER] has\n[3|NUM] of [acme|ORG]", [(0, 1), (0, 2), (2, 0), (2, 1)]),
        ("[3|NUM] and [1815|TIME]", []),
        ("[ada|PER|1] of [acme|ORG|2]\nof [london|LOC|3]", [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]),
    ],
)
def test_pairs_are_ordered_and_of_two_entities_of_a_document(marked: str, pairs: list[tuple[int, int]]) -> None:
    """Pairs come by head and tail; one entity makes no pair, dates and numbers are never heads."""
    found = contexts(annotated(marked))
    assert pairs_of(found) == pairs
    assert len(found) == (1 if pairs else 0)


@pytest.mark.parametrize(
    ("window", "wanted"),
    [
        (0, {"ada acme"}),
        (1, {"ada acme", "ada ben", "ben acme", "acme rome"}),
        (2, {"ada acme", "ada ben", "ben acme", "acme rome", "ada rome"}),
        (3, {"ada acme", "ada ben", "ben acme", "acme rome", "ada rome", "ben rome"}),
        ("document", {"ada acme", "ada ben", "ben acme", "acme rome", "ada rome", "ben rome"}),
    ],
)
def test_a_window_counts_sentences_where_two_stand_closest(window: Window, wanted: set[str]) -> None:
    """A pair is a candidate if any two of its mentions are at most so many sentences apart."""
    document = annotated("[ben|PER|1] was\n[ada|PER|0] of [acme|ORG|2]\n[acme|ORG|2] was\nin [rome|LOC|3]")
    names = [entity.name for entity in document.entities]
    found = pairs_of(contexts(document, window=window))
    assert {f"{names[head]} {names[tail]}" for head, tail in found} == {
        *wanted,
        *(" ".join(reversed(pair.split())) for pair in wanted),
    }


def test_without_entities_each_mention_stands_for_itself() -> None:
    """Two mentions of one name are a pair as long as nothing says that they are one entity."""
    document = replace(annotated("[ada|PER|1] met [ada|PER|1]"), entities=())
    assert entity_numbers(document).tolist() == [0, 1]
    assert pairs_of(contexts(document)) == [(0, 1), (1, 0)]


def test_mentions_of_no_entity_are_numbered_after_the_entities() -> None:
    """Of four mentions the entities hold two: these have the entity's number, the others numbers of their own."""
    document = annotated("[ada|PER|1] and [ben|PER|2]\n[acme|ORG|3] met [ada|PER|1]")
    ada, ben, _ = document.entities
    assert entity_numbers(replace(document, entities=(ben, ada))).tolist() == [1, 0, 4, 1]
    found = contexts(replace(document, entities=(ada,)))
    assert found[0].clusters.tolist() == [0, 2, 3]
    assert found[0].entities.tolist() == [0, 1, 2, 0]


def test_a_context_says_what_its_sentences_hold() -> None:
    """Two short sentences make one context, in which places are pieces, and pairs say how far they stand apart."""
    document = annotated("[lovelace|PER] met [ben|PER]\nthe love in [london|LOC|7] of [acme|ODD] in [london|LOC|7]")
    (context,) = contexts(document)
    assert context.document == 3
    assert [TOKENIZER.id_to_token(number) for number in context.pieces.ids] == [
        *("love", "##lace", "met", "ben", "the", "love", "in", "london", "of", "acme", "in", "london")
    ]
    assert context.mentions.tolist() == [0, 1, 2, 3, 4]
    assert context.places.tolist() == [[0, 1], [3, 3], [7, 7], [9, 9], [11, 11]]
    assert context.types.tolist() == [1, 1, 3, 0, 3]
    assert context.sentences.tolist() == [0, 0, 1, 1, 1]
    assert context.entities.tolist() == [0, 1, 2, 3, 2]
    assert context.clusters.tolist() == [0, 1, 2, 3]
    assert context.pairs.tolist() == [list(pair) for pair in permutations(range(4), 2)]
    ways = zip(context.pairs.tolist(), context.gaps.tolist(), context.apart.tolist(), strict=True)
    # of the two places of london, both two pieces from acme, the first is taken
    forward = {(0, 1): (3, 0), (0, 2): (7, 1), (0, 3): (9, 1), (1, 2): (4, 1), (1, 3): (6, 1), (3, 2): (-2, 0)}
    back = {(tail, head): (-gap, apart) for (head, tail), (gap, apart) in forward.items()}
    assert {tuple(pair): (gap, apart) for pair, gap, apart in ways} == forward | back


def test_two_stand_closest_in_one_sentence() -> None:
    """Six pieces apart in one sentence is closer than side by side in two; the gap's sign says which comes first."""
    (context,) = contexts(annotated("[ada|PER|1] was in the love of [ben|PER|2]\n[ada|PER|1] was"))
    assert context.pairs.tolist() == [[0, 1], [1, 0]]
    assert context.gaps.tolist() == [6, -6]
    assert context.apart.tolist() == [0, 0]


def test_a_later_context_counts_its_own_pieces() -> None:
    """The second context of a long text names mentions of the document and places of its own pieces."""
    document = sentences_of([400, 40, 300])
    one, other = contexts(document)
    assert (len(one.pieces), len(other.pieces)) == (440, 340)
    assert one.mentions.tolist() == [0, 1, 2, 3]
    assert other.mentions.tolist() == other.clusters.tolist() == [2, 3, 4, 5]
    assert other.places.tolist() == [[0, 0], [39, 39], [40, 40], [339, 339]]
    assert other.entities.tolist() == [0, 1, 2, 3]


def test_neighbouring_contexts_share_what_the_window_asks_for() -> None:
    """Of sentences of twenty pieces, contexts share three under `document`, two or one under a window, none under 0."""
    document = sentences_of([20] * 50)
    begins = {window: [int(c.mentions[0]) // 2 for c in contexts(document, window=window)] for window in WINDOWS}
    assert begins == {"document": [0, 22, 44], 2: [0, 23, 46], 1: [0, 24, 48], 0: [0, 25]}


def test_no_pair_is_read_where_there_is_none() -> None:
    """A document of one mention, or of none, or without a character to read, is not encoded at all."""
    nothing = ["[ada|PER] was born", "nobody", "[\u200b|PER] [\u200c|PER]", "[3|NUM] and [1815|TIME]"]
    for marked in nothing:
        assert contexts(annotated(marked)) == []
    assert [far_pairs(annotated(marked), [], "document") for marked in nothing] == [0, 0, 2, 0]
    assert [far_pairs(annotated(marked), [], 0) for marked in nothing] == [0, 0, 2, 0]
    assert read_pairs([]) == 0


LENGTHS = st.lists(st.one_of(st.integers(2, 90), st.integers(2, 700)), min_size=1, max_size=9)


def stretch(document: AnnotatedDocument, context: Context) -> tuple[int, int]:
    """First piece of a context and one past its last, counted in the document, whose words all have three letters."""
    begin = int(context.pieces.start[0]) // 4
    assert document.document.text[4 * begin :].split()[0] in ("ada", "was")
    return begin, begin + len(context.pieces)


@settings(deadline=None, max_examples=40)
@given(LENGTHS, st.sampled_from(WINDOWS))
def test_contexts_are_sentences_that_overlap_a_little(lengths: list[int], window: Window) -> None:
    """Contexts are whole sentences within the limit, and share few pieces; each sentence that fits is in one."""
    document = sentences_of(lengths)
    borders = [0, *np.cumsum(lengths).tolist()]
    found = [stretch(document, context) for context in contexts(document, window=window)]
    long = [(a, b) for a, b in pairwise(borders) if b - a > CONTEXT]
    whole = [part for part in found if not any(a <= part[0] < b for a, b in long)]
    assert all(end - begin <= CONTEXT for begin, end in found)
    assert all(begin in borders and end in borders for begin, end in whole)
    for (one, after), (other, _) in pairwise(whole):
        assert one < other
        assert after - other <= OVERLAP
        assert window == "document" or sum(other <= border < after for border in borders) <= window
    for low, high in pairwise(borders):
        assert high - low > CONTEXT or any(begin <= low and high <= end for begin, end in whole)
    for low, border, high in zip(borders, borders[1:], borders[2:], strict=False):
        if window != 0 and border - low <= OVERLAP and high - low <= CONTEXT:
            assert any(begin <= low and high <= end for begin, end in whole)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(2, 300), st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=9),
    st.sampled_from(WINDOWS),
    st.integers(1, 13),
)
def test_candidates_are_those_of_a_search_by_hand(
    shape: list[tuple[int, int, int]], window: Window, most_pairs: int
) -> None:
    """Pairs, gaps and sentences apart are those of a loop over mentions; each pair is read or counted as too far."""
    lines = (" ".join((f"[ada|PER|{one}]", *["was"] * (words - 2), f"[ben|PER|{two}]")) for words, one, two in shape)
    document = annotated("\n".join(lines))
    parts: dict[tuple[int, int], list[Context]] = {}
    for context in contexts(document, window=window, most_pairs=most_pairs):
        assert 1 <= len(context.pairs) <= max(2, most_pairs)
        parts.setdefault(stretch(document, context), []).append(context)
    read: set[tuple[int, int]] = set()
    for (begin, end), found in parts.items():
        expected = closest(document, range(begin, end), window)
        ways = [way for c in found for way in zip(c.gaps.tolist(), c.apart.tolist(), strict=True)]
        assert sorted(zip(pairs_of(found), ways, strict=True)) == list(expected.items())
        for one in found:
            assert one.pairs.tolist() == sorted(one.pairs.tolist())
            assert {(tail, head) for head, tail in pairs_of([one])} == set(pairs_of([one]))
        read |= expected.keys()
    everywhere = closest(document, range(len(document.document.text)), window)
    everything = [context for found in parts.values() for context in found]
    assert read_pairs(everything) == len(read)
    assert far_pairs(document, everything, window) == len(everywhere.keys() - read)


def closest(document: AnnotatedDocument, pieces: range, window: Window) -> dict[tuple[int, int], tuple[int, int]]:
    """Gap and sentences apart of every pair of entities within a stretch, ordered by pair."""
    entity = entity_numbers(document).tolist()
    best: dict[tuple[int, int], tuple[int, int, int]] = {}
    inside = [number for number, mention in enumerate(document.mentions) if mention.start // 4 in pieces]
    for head, tail in ((h, t) for h in inside for t in inside if entity[h] != entity[t]):
        one, other = document.mentions[head], document.mentions[tail]
        gap, apart = (other.start - one.start) // 4, abs(other.sentence - one.sentence)
        if window == "document" or apart <= window:
            way = (apart, abs(gap), gap)
            pair = (entity[head], entity[tail])
            best[pair] = way if pair not in best or way[:2] < best[pair][:2] else best[pair]
    return {pair: (gap, apart) for pair, (apart, _, gap) in sorted(best.items())}


def test_far_pairs_are_those_that_no_context_holds() -> None:
    """Ends of a sentence of 700 words are not read together, nor are sentences on both sides of it."""
    document = sentences_of([20, 700, 20])
    found = contexts(document)
    assert pairs_of(found) == [(0, 1), (1, 0), (4, 5), (5, 4)]
    assert far_pairs(document, found, "document") == 6 * 5 - 4
    assert far_pairs(document, contexts(document, window=1), 1) == 2 * (4 + 1 + 4)
    assert far_pairs(document, contexts(document, window=0), 0) == 2


def test_a_sentence_of_five_thousand_words_is_read_in_stretches() -> None:
    """All pairs nearer than half a context are read, those further than a context are not; each counts once."""
    document = long_sentence(5_000, every=50)
    found = contexts(document)
    assert [len(context.pieces) for context in found] == [CONTEXT] * 18 + [5_000 - 18 * 255]
    read = set(pairs_of(found))
    gaps = np.abs(np.diff(np.array(sorted(read)), axis=1)) * 50
    assert gaps.max() < CONTEXT
    for gap in range(1, 6):
        assert (gaps == gap * 50).sum() == 2 * (100 - gap)
    assert read_pairs(found) == len(read) < sum(len(context.pairs) for context in found)
    assert far_pairs(document, found, "document") == 100 * 99 - len(read)


def test_a_sentence_of_four_hundred_mentions_is_read_in_parts() -> None:
    """No context holds more pairs than asked for, and each of the 159,600 pairs is in just one, with its reverse."""
    document = long_sentence(400, every=1)
    found = contexts(document, most_pairs=4_099)
    assert [len(context.pairs) for context in found] == [4_098] * 38 + [159_600 - 38 * 4_098]
    assert sorted(pairs_of(found)) == list(permutations(range(400), 2))
    for context in found:
        pairs = pairs_of([context])
        assert pairs == sorted(pairs)
        assert {(tail, head) for head, tail in pairs} == set(pairs)
    assert far_pairs(document, found, "document") == 0


def test_pairs_with_dates_are_read_in_parts_too() -> None:
    """Pairs that have no reverse, because their tail is a date, count as much as others."""
    document = annotated("[ada|PER] met [ben|PER] in [1|TIME] and [2|TIME] and [3|TIME]")
    found = [context.pairs.tolist() for context in contexts(document, most_pairs=4)]
    assert found == [[[0, 1], [0, 2], [1, 0]], [[0, 3], [0, 4]], [[1, 2], [1, 3]], [[1, 4]]]
    assert [context.pairs.tolist() for context in contexts(document, most_pairs=8)] == [
        [[0, 1], [0, 2], [0, 3], [0, 4], [1, 0], [1, 2], [1, 3], [1, 4]]
    ]
