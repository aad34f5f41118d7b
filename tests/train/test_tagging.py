"""The recogniser's targets are those worked by hand, and its loss reaches all of it."""

import math

import numpy as np
import pytest
import torch
from model.tiny import TYPES, tiny_encoder, tiny_recogniser, tiny_tokenizer
from score.marked import gold

from kgbuild.evaluate.gold import GoldDocument
from kgbuild.model.recogniser import Recogniser
from kgbuild.pieces import SHAPES
from kgbuild.train import tagging
from kgbuild.train.tagging import Tagged, TaggingSet, epoch_batches, tagged, tagging_loss

TOKENIZER = tiny_tokenizer()
DOCUMENT = gold("[Ada Lovelace|PER|0] met Ben in [London|LOC|1].\nThe [Acme|ODD|2] of [1815|TIME|3]")


def only(document: GoldDocument, source: TaggingSet) -> Tagged:
    (window,) = tagged(document, TOKENIZER, source)
    return window


def test_types_are_numbered_as_everywhere() -> None:
    """The types of training are those of the recogniser that ships."""
    assert tagging.TYPES == TYPES


def test_tags_of_two_sentences_are_worked_by_hand() -> None:
    """Words begin or continue their mention; of a type that is not ours nothing is known; sentences begin as told."""
    window = only(DOCUMENT, TaggingSet("a"))
    words = [TOKENIZER.id_to_token(number) for number in window.pieces.ids[window.pieces.first]]
    assert words == ["ada", "love", "met", "ben", "in", "london", ".", "the", "acme", "of", "1"]
    person, place, time = (1 + 2 * TYPES.index(name) for name in ("PER", "LOC", "TIME"))
    assert window.tags.tolist() == [person, person + 1, 0, 0, 0, place, 0, 0, 0, 0, time]
    assert [word for word, unknown in zip(words, window.unknown.tolist(), strict=True) if unknown] == ["acme"]
    assert np.flatnonzero(window.starts).tolist() == [0, 7]
    assert (window.open, window.sentences) == ((), True)


def test_types_that_a_set_does_not_annotate_are_open() -> None:
    """A set of persons and places leaves the others open, and one of single sentences says so."""
    window = only(DOCUMENT, TaggingSet("a", types=("PER", "LOC"), sentences=False))
    assert window.open == ("ORG", "TIME", "NUM", "MISC")
    assert not window.sentences


def test_handles_are_unknown_where_a_set_leaves_them_out() -> None:
    """The sign and the name of a handle may have any tag in such a set; the words beside it, and an e-mail's, not."""
    document = gold("met @Ada and @ Ben in [London|LOC] ben@acme")
    known = only(document, TaggingSet("a"))
    window = only(document, TaggingSet("a", handles=False))
    words = [TOKENIZER.id_to_token(number) for number in window.pieces.ids[window.pieces.first]]
    assert not known.unknown.any()
    assert [word for word, unknown in zip(words, window.unknown.tolist(), strict=True) if unknown] == [
        *("[UNK]", "ada", "[UNK]", "ben")
    ]
    even = Even(tiny_encoder(), TYPES)
    cost = tagging_loss(even, [only(document, TaggingSet("a", handles=False, sentences=False))]).item()
    assert cost == pytest.approx(math.log(13) * (len(words) - 4) / len(words))


def test_a_long_document_gives_overlapping_windows() -> None:
    """Every word of a long document is in a window, with the tag and beginning that it has in the document."""
    document = gold("\n".join(["the [Ada Lovelace|PER] met"] * 150))
    windows = list(tagged(document, TOKENIZER, TaggingSet("a")))
    assert len(windows) > 2
    seen: set[int] = set()
    for window in windows:
        starts = window.pieces.start[window.pieces.first]
        seen |= set(starts.tolist())
        assert window.tags.tolist() == [{0: 0, 4: 1, 8: 2, 17: 0}[start % 21] for start in starts.tolist()]
        assert window.starts.tolist() == [start % 21 == 0 for start in starts.tolist()]
    assert len(seen) == 150 * 4


def test_a_document_without_words_gives_nothing() -> None:
    """White space alone has no window."""
    assert list(tagged(gold(" \u200b "), TOKENIZER, TaggingSet("a"))) == []
    assert list(tagged(gold(" \u200b "), TOKENIZER, TaggingSet("a", whole=False))) == []


class Even(Recogniser):
    """A recogniser that scores everything alike but a tag that it may be sure of, so that a loss can be worked out."""

    sure: int | None = None

    def forward(self, batch: object) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Scores of zero for each word, and of 20 for the tag."""
        words = batch.words  # type: ignore[attr-defined]  # a WordBatch
        tags = torch.zeros(*words.shape, 13)
        if self.sure is not None:
            tags[..., self.sure] = 20.0
        return tags, torch.zeros(*words.shape, 3), torch.zeros(words.shape)


def test_the_loss_is_worked_by_hand() -> None:
    """Of 13 even tags one is allowed, and 1 + 2 a type at an open gap; beginnings half of log 2; nouns log 3."""
    model = Even(tiny_encoder(), TYPES)
    text = "[Ada|PER] met Ben"
    closed = tagging_loss(model, [only(gold(text), TaggingSet("a"))])
    assert closed.item() == pytest.approx(math.log(13) + 0.5 * math.log(2))
    open_set = TaggingSet("b", types=("PER", "ORG", "LOC", "MISC"), sentences=False)
    opened = tagging_loss(model, [only(gold(text), open_set)])
    assert opened.item() == pytest.approx((math.log(13) + 2 * math.log(13 / 5)) / 3)
    with_nouns = tagging_loss(model, [only(gold(text), TaggingSet("c", sentences=False, nouns=True))])
    assert with_nouns.item() == pytest.approx(math.log(13) + math.log(3))


def test_common_nouns_have_tags_of_their_own() -> None:
    """Where a set annotates them, a mention whose type is no name's is one; elsewhere nothing is known of them."""
    document = gold("[Ada|PER] sang [tenor parts|KIND] in [opera|KIND] [choirs|KIND]")
    (window,) = tagged(document, TOKENIZER, TaggingSet("a", nouns=True))
    assert window.nouns is not None
    assert window.nouns.tolist() == [0, 0, 1, 2, 0, 1, 1]
    assert window.tags.tolist() == [1, 0, 0, 0, 0, 0, 0]
    assert only(document, TaggingSet("a")).nouns is None


def test_of_a_text_that_is_not_annotated_whole_the_words_beside_its_mentions_are_known() -> None:
    """A small word or a mark right beside a mention is known to be none; capitals, digits and all farther words not.

    What is capital for beginning the text is small.
    """
    document = gold("The [Red Violin|MISC], made Monday on [wood|KIND] in 1815 by [Ada|PER]")
    window = only(document, TaggingSet("a", whole=False))
    assert window.unknown.tolist() == [*(False,) * 4, True, True, False, True, False, True, False, False]
    begun = only(gold("Tuesday [Ada|PER] met Émile [Ben|PER]"), TaggingSet("a", whole=False))
    assert begun.unknown.tolist() == [True, False, False, True, False]


def test_types_that_are_not_told_apart_may_be_one_another() -> None:
    """A mention of one of two types costs what both tags cost together, its first word a first one."""
    even = Even(tiny_encoder(), TYPES)
    both = TaggingSet("a", sentences=False, alike=("ORG", "MISC"))
    assert tagging_loss(even, [only(gold("[Acme|ORG]"), both)]).item() == pytest.approx(math.log(13 / 2))
    assert tagging_loss(even, [only(gold("[Ada|PER]"), both)]).item() == pytest.approx(math.log(13))
    even.sure = 1 + 2 * TYPES.index("MISC")
    assert tagging_loss(even, [only(gold("[Acme|ORG]"), both)]).item() == pytest.approx(0, abs=1e-3)
    even.sure = 2 + 2 * TYPES.index("MISC")
    assert tagging_loss(even, [only(gold("[Acme Corp|ORG]"), both)]).item() == pytest.approx(
        (20 - math.log(2)) / 2, abs=1e-3
    )


def test_the_loss_of_a_batch_is_the_mean_over_its_words() -> None:
    """Two windows of different lengths cost together what they cost alone, weighed by their words."""
    model = tiny_recogniser()
    windows = [only(DOCUMENT, TaggingSet("a")), only(gold("[Ben|PER] met"), TaggingSet("a"))]
    alone = [tagging_loss(model, [window]).item() for window in windows]
    together = tagging_loss(model, windows).item()
    assert together == pytest.approx((11 * alone[0] + 2 * alone[1]) / 13, rel=1e-4)


def test_one_step_reaches_every_parameter() -> None:
    """Each parameter but the vocabulary's embeddings, which are frozen, gets a gradient that is not zero."""
    model = tiny_recogniser().train()
    model.encoder.word_embeddings.weight.requires_grad_(False)
    tagging_loss(model, [only(DOCUMENT, TaggingSet("a", nouns=True))]).backward()
    for name, parameter in model.named_parameters():
        if name.endswith(".key.bias"):  # the softmax of attention is blind to it: its gradient is zero but for rounding
            continue
        reached = parameter.grad is not None and bool(parameter.grad.abs().max() > 1e-9)
        assert reached == ("word_embeddings" not in name), name


def windows(count: int) -> list[Tagged]:
    return [only(gold("Ada " * (number % 7 + 1)), TaggingSet("a")) for number in range(count)]


def test_an_epoch_draws_each_sets_share() -> None:
    """All of one set and a third of another are drawn once, in batches within the bound."""
    sets = [(TaggingSet("a"), windows(20)), (TaggingSet("b", share=1 / 3), windows(30))]
    batches = epoch_batches(sets, epoch=0, seed=1, tokens=31)
    drawn = [window for batch in batches for window in batch]
    assert len(drawn) == 20 + 10
    assert sum(any(item.pieces.ids is one.pieces.ids for one in drawn) for item in sets[0][1]) == 20
    for batch in batches:
        assert len(batch) * (max(len(window.pieces) for window in batch) + 2) <= 31


def test_an_epoch_is_the_same_whenever_asked_and_unlike_the_next() -> None:
    """The same epoch and seed give the same batches; another epoch or seed other ones."""
    sets = [(TaggingSet("a"), windows(40))]

    def lengths(epoch: int, seed: int) -> list[list[int]]:
        return [
            [len(window.pieces) for window in batch] for batch in epoch_batches(sets, epoch=epoch, seed=seed, tokens=31)
        ]

    assert lengths(0, 1) == lengths(0, 1)
    assert lengths(0, 1) != lengths(1, 1)
    assert lengths(0, 1) != lengths(0, 2)


def test_some_windows_are_seen_in_other_letters() -> None:
    """About one window in ten has only small letters and one in thirty only capitals; digits and marks stay."""
    items = [only(gold("Ada 1815."), TaggingSet("a")) for _ in range(600)]
    drawn = [
        window for batch in epoch_batches([(TaggingSet("a"), items)], epoch=0, seed=1, tokens=512) for window in batch
    ]
    first = [SHAPES[window.pieces.shape[0]] for window in drawn]
    assert first.count("lower") == pytest.approx(60, abs=30)
    assert first.count("upper") == pytest.approx(20, abs=15)
    assert first.count("title") == 600 - first.count("lower") - first.count("upper")
    assert {tuple(window.pieces.shape[1:].tolist()) for window in drawn} == {tuple(items[0].pieces.shape[1:].tolist())}
