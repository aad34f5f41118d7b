"""The recogniser is a spaCy component like any other."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import spacy
import torch
from model.tiny import tiny_recogniser, tiny_tokenizer
from spacy.tokens import Doc, Span

from kgbuild.recognise.components import PROBABILITIES, RecogniserComponent, break_at_blank_lines
from kgbuild.recognise.tagger import FoundSpan, Tagger, Tagging


class Fixed(Tagger):
    """A tagger that finds what it is told to."""

    told: Tagging

    def tag(self, texts: Sequence[str]) -> list[Tagging]:
        """What it is told, once a text."""
        return [self.told for _ in texts]


def component(*spans: FoundSpan, starts: tuple[int, ...] = ()) -> RecogniserComponent:
    tagger = Fixed(tiny_recogniser(), tiny_tokenizer(), device=torch.device("cpu"), tokens_per_batch=512)
    tagger.told = Tagging(spans, starts)
    return RecogniserComponent(tagger)


def test_the_component_sets_mentions_sentences_and_probabilities() -> None:
    """Spans become `doc.ents`, beginnings sentences, and probabilities are kept by characters and label."""
    doc = spacy.blank("en")("Ada Lovelace met Ben. He left.")
    spans = FoundSpan(0, 12, "PER", 0.9), FoundSpan(17, 20, "PER", 0.7)
    doc = component(*spans, starts=(0, 22))(doc)
    assert [(one.text, one.label_) for one in doc.ents] == [("Ada Lovelace", "PER"), ("Ben", "PER")]
    assert [one.text for one in doc.sents] == ["Ada Lovelace met Ben.", "He left."]
    assert doc.user_data[PROBABILITIES] == {(0, 12, "PER"): 0.9, (17, 20, "PER"): 0.7}


def test_a_mention_inside_a_token_takes_all_of_it() -> None:
    """Where tokens are longer than words, a mention grows to its tokens, and of two in one token one stays."""
    doc = Doc(spacy.blank("en").vocab, words=["Ada/Ben", "left"])
    doc = component(FoundSpan(0, 3, "PER", 0.9), FoundSpan(4, 7, "PER", 0.8), starts=(0, 4))(doc)
    assert [(one.text, one.label_) for one in doc.ents] == [("Ada/Ben", "PER")]
    assert len(list(doc.sents)) == 1


def test_the_component_is_made_from_a_model_folder(model_folder: Path) -> None:
    """`add_pipe` loads a model; documents through `pipe` are annotated as one by one."""
    nlp = spacy.blank("en")
    nlp.add_pipe("kgbuild_recogniser", config={"model": str(model_folder), "device": "cpu"})
    texts = ["Ada met Ben in London. " * 5, "", "Acme works for the love of 1815."]
    piped = list(nlp.pipe(texts))
    for text, doc in zip(texts, piped, strict=True):
        alone = nlp(text)
        assert [(one.start_char, one.end_char, one.label_) for one in doc.ents] == [
            (one.start_char, one.end_char, one.label_) for one in alone.ents
        ]
        assert [one.text for one in doc.sents] == [one.text for one in alone.sents]
    assert any(doc.ents for doc in piped)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One\n\nTwo", ["One", "Two"]),
        ("One\nTwo", ["One\nTwo"]),
        ("\n\nOne\n\n", ["One"]),
        ("", []),
    ],
)
def test_blank_lines_break_sentences(text: str, sentences: list[str]) -> None:
    """A sentence begins after each blank line, and nowhere else."""
    doc = break_at_blank_lines(spacy.blank("en")(text))
    assert [one.text.strip() for one in doc.sents if one.text.strip()] == sentences


def test_a_mention_across_a_blank_line_is_not_broken() -> None:
    """A blank line inside a mention begins no sentence."""
    doc = spacy.blank("en")("The house\n\nof love. Left")
    doc.ents = (Span(doc, 1, 5, "ORG"),)
    assert len(list(break_at_blank_lines(doc).sents)) == 1
