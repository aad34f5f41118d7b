"""Our spaCy components: the recogniser, which sets `doc.ents` and sentence starts, and the break at blank lines.

Common nouns that the recogniser found are kept in `doc.spans` under the key `NOUNS`.

nlp = spacy.blank("en")
nlp.add_pipe("kgbuild_recogniser", config={"model": "path/of/a/model", "device": "cpu"})
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import SENT_START
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import filter_spans

from kgbuild.checkpoint import load_models
from kgbuild.model.device import choose_device
from kgbuild.recognise.tagger import Tagger, Tagging, block_starts

__all__ = ["NOUNS", "PROBABILITIES", "RecogniserComponent", "break_at_blank_lines", "make_recogniser"]

PROBABILITIES = "kgbuild_probabilities"
"""Key of `doc.user_data` under which the confidence of each mention and noun is kept, by its characters and label."""

NOUNS = "kgbuild_nouns"
"""Key of the common nouns in `doc.spans`."""

_DOCUMENTS = 64
"""Documents whose windows are batched together."""


class RecogniserComponent:
    """A spaCy component around a `Tagger`."""

    def __init__(self, tagger: Tagger) -> None:
        self.tagger = tagger

    def __call__(self, doc: Doc) -> Doc:
        """The document with mentions and sentence starts."""
        return next(iter(self.pipe([doc])))

    def pipe(self, stream: Iterable[Doc], batch_size: int = _DOCUMENTS) -> Iterator[Doc]:
        """The documents with mentions and sentence starts, batched over all their windows."""
        source = iter(stream)
        while docs := list(islice(source, batch_size)):
            for doc, found in zip(docs, self.tagger.tag([doc.text for doc in docs]), strict=True):
                yield _annotate(doc, found)


@Language.factory("kgbuild_recogniser", default_config={"model": "", "device": "auto", "tokens_per_batch": 8192})
def make_recogniser(nlp: Language, name: str, model: str, device: str, tokens_per_batch: int) -> RecogniserComponent:  # noqa: ARG001  (spaCy passes both by name)
    """The component with the recogniser of a model folder."""
    models = load_models(Path(model))
    tagger = Tagger(
        models.recogniser, models.tokenizer, device=choose_device(device), tokens_per_batch=tokens_per_batch
    )
    return RecogniserComponent(tagger)


@Language.component("kgbuild_blank_lines")
def break_at_blank_lines(doc: Doc) -> Doc:
    """The document with a sentence start after every blank line, unless a mention runs across it."""
    if not len(doc):
        return doc
    starts = np.array([token.is_sent_start or 0 for token in doc], dtype=np.int64)
    starts = np.where(starts == 1, 1, -1)
    starts[0] = 1
    places = _token_starts(doc)
    blocks = block_starts(doc.text)
    starts[np.minimum(np.searchsorted(places, blocks), len(doc) - 1)] = 1
    for span in doc.ents:
        starts[span.start + 1 : span.end] = -1
    return _with_starts(doc, starts)


def _annotate(doc: Doc, found: Tagging) -> Doc:
    places = _token_starts(doc)
    starts = np.full(len(doc), -1, dtype=np.int64)
    if len(doc):
        starts[0] = 1
        index = np.searchsorted(places, np.array(found.sentence_starts, dtype=np.int64), side="right") - 1
        starts[index[index >= 0]] = 1
        _with_starts(doc, starts)
    every = (*found.spans, *found.nouns)
    spans = [doc.char_span(item.start, item.end, label=item.type, alignment_mode="expand") for item in every]
    doc.user_data[PROBABILITIES] = {
        (span.start_char, span.end_char, span.label_): item.probability
        for span, item in zip(spans, every, strict=True)
        if span is not None
    }
    names, nouns = spans[: len(found.spans)], spans[len(found.spans) :]
    doc.ents = filter_spans([span for span in names if span is not None])
    doc.spans[NOUNS] = filter_spans([span for span in nouns if span is not None])
    return doc


def _with_starts(doc: Doc, starts: NDArray[np.int64]) -> Doc:
    # subtle: spaCy keeps -1, "no start", as an unsigned number
    column = starts.astype(np.uint64).reshape(-1, 1)
    return doc.from_array([SENT_START], column)  # type: ignore[arg-type]  # the stub names a type of thinc


def _token_starts(doc: Doc) -> NDArray[np.int64]:
    return np.array([token.idx for token in doc], dtype=np.int64)
