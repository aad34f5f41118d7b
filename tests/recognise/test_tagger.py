"""The tagger's spans and sentence beginnings lie in the text, whatever it is and whatever shares a batch."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from model.tiny import TYPES, tiny_recogniser, tiny_tokenizer
from torch import Tensor

from kgbuild.model.recogniser import Recogniser, WordBatch
from kgbuild.recognise.tagger import Tagger, Tagging

TOKENIZER = tiny_tokenizer()
TAGGER = Tagger(tiny_recogniser(), TOKENIZER, device=torch.device("cpu"), tokens_per_batch=512)
ODD = st.text("aZ9 .,\n\t\u200b\u0301é€😀ש東\x00-[]", max_size=200) | st.text(max_size=60)


class Scripted(Recogniser):
    """A recogniser that gives each word the tag that is written for its piece, with odds of 3 to 1 against all else."""

    tag_of: dict[int, int]
    noun_of: dict[int, int]
    starts_at: int

    def forward(self, batch: WordBatch) -> tuple[Tensor, Tensor, Tensor]:
        """Scores of the written tags, and of beginning a sentence at one word alone."""
        pieces = batch.ids.gather(1, batch.words)
        found = []
        for written, count in ((self.tag_of, 13), (self.noun_of, 3)):
            tags = torch.tensor([[written.get(piece, 0) for piece in row] for row in pieces.tolist()])
            scores = torch.full((*tags.shape, count), 0.25 / (count - 1)).log()
            found.append(scores.scatter(2, tags.unsqueeze(-1), torch.tensor(0.75).log().item()))
        return found[0], found[1], (pieces == self.starts_at).float() - 0.5


def scripted(starts_at: str = "the", nouns: dict[str, int] | None = None, **tags: int) -> Tagger:
    model = tiny_recogniser()
    model.__class__ = Scripted
    assert isinstance(model, Scripted)
    model.tag_of = {TOKENIZER.token_to_id(word): tag for word, tag in tags.items()}
    model.noun_of = {TOKENIZER.token_to_id(word): tag for word, tag in (nouns or {}).items()}
    model.starts_at = TOKENIZER.token_to_id(starts_at)
    return Tagger(model, TOKENIZER, device=torch.device("cpu"), tokens_per_batch=512)


def test_tags_become_spans() -> None:
    """A beginning and what continues it are one span, of their type and their mean probability."""
    text = "the Ada Lovelace met Acme, the Ben Ben"
    (found,) = scripted(ada=1, love=2, acme=3, ben=1).tag([text])
    assert [(text[span.start : span.end], span.type) for span in found.spans] == [
        ("Ada Lovelace", "PER"),
        ("Acme", "ORG"),
        ("Ben", "PER"),
        ("Ben", "PER"),
    ]
    assert [span.probability for span in found.spans] == pytest.approx([0.75] * 4)
    assert found.sentence_starts == (0, 27)


def test_common_nouns_are_found_beside_mentions() -> None:
    """They are spans of their own, without a type, cut at a blank line too, and change no mention and no sentence."""
    text = "Ada met ben in\n\nin the Acme"
    (found,) = scripted(ada=1, acme=3, nouns={"met": 1, "ben": 2, "in": 2, "acme": 1}).tag([text])
    assert [(text[span.start : span.end], span.type) for span in found.spans] == [("Ada", "PER"), ("Acme", "ORG")]
    assert [(text[span.start : span.end], span.type) for span in found.nouns] == [
        ("met ben in", ""),
        ("in", ""),
        ("Acme", ""),
    ]
    assert [span.probability for span in found.nouns] == pytest.approx([0.75] * 3)
    assert found.sentence_starts == (16, 19)


def test_a_common_noun_ends_with_its_sentence() -> None:
    """Where a sentence begins inside one, it is two, and the sentence begins all the same."""
    text = "met the Ada"
    (found,) = scripted(starts_at="the", nouns={"met": 1, "the": 2, "ada": 2}).tag([text])
    assert [text[span.start : span.end] for span in found.nouns] == ["met", "the Ada"]
    assert found.sentence_starts == (4,)


def test_no_sentence_begins_inside_a_mention() -> None:
    """A word that continues a mention begins no sentence, whatever its score."""
    (found,) = scripted(starts_at="the", ada=1, the=2).tag(["met ada the ada met the"])
    assert found.sentence_starts == (20,)
    assert [(span.start, span.end) for span in found.spans] == [(4, 11), (12, 15)]


def test_nothing_runs_across_a_blank_line() -> None:
    """A blank line ends a mention and a sentence, whatever the tags say; the end of a line does not."""
    text = "Ada Lovelace\n \n Lovelace met\nAda\nLovelace"
    (found,) = scripted(ada=1, love=2).tag([text])
    assert [text[span.start : span.end] for span in found.spans] == ["Ada Lovelace", "Lovelace", "Ada\nLovelace"]
    assert found.sentence_starts == (text.index("Lovelace met"),)


def test_a_long_text_is_tagged_like_a_short_one() -> None:
    """Thousands of words over many windows have the spans of each repetition, with none lost or doubled."""
    part, tagger = "the ada lovelace met acme in london. ", scripted(ada=1, love=2, acme=3, london=5)
    (short,), (long,) = tagger.tag([part]), tagger.tag([part * 500])
    assert len(short.spans) == 3
    expected = [(37 * n + span.start, 37 * n + span.end, span.type) for n in range(500) for span in short.spans]
    assert [(span.start, span.end, span.type) for span in long.spans] == expected
    assert long.sentence_starts == tuple(range(0, 37 * 500, 37))


def check(text: str, found: Tagging) -> None:
    end = 0
    for span in found.spans:
        assert end <= span.start < span.end <= len(text)
        assert text[span.start : span.end].strip() == text[span.start : span.end]
        assert span.type in TYPES
        assert 0 < span.probability <= 1
        end = span.end
    assert list(found.sentence_starts) == sorted(set(found.sentence_starts))
    for start in found.sentence_starts:
        assert 0 <= start < len(text)
        assert not any(span.start < start < span.end for span in found.spans)


@settings(deadline=None, max_examples=40)
@given(st.lists(ODD | ODD.map(lambda text: text * 9), max_size=4))
def test_spans_lie_in_the_text(texts: list[str]) -> None:
    """Whatever the text, spans are ordered, disjoint and inside it, and no sentence begins inside one."""
    found = TAGGER.tag(texts)
    assert len(found) == len(texts)
    for text, one in zip(texts, found, strict=True):
        check(text, one)


def test_texts_do_not_disturb_one_another() -> None:
    """Texts tagged together have the spans that they have alone, in the order given."""
    texts = ["", "ada met ben. ", "acme works for london 1815, " * 60, "  \n", "the love of ada " * 3]
    together, alone = TAGGER.tag(texts), [TAGGER.tag([text])[0] for text in texts]

    def places(items: list[Tagging]) -> list[list[tuple[int, int, str]]]:
        return [[(span.start, span.end, span.type) for span in item.spans] for item in items]

    assert places(together) == places(alone)
    assert sum(map(len, places(alone))) > 20
    assert together[0] == together[3] == Tagging((), ())


def test_nothing_is_found_in_no_text() -> None:
    """No texts have no taggings."""
    assert TAGGER.tag([]) == []
