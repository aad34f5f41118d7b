"""Examples as the models are shown them: with sentences, and with the mentions that nobody told of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from kgbuild.evaluate.gold import UNTYPED, GoldDocument
from kgbuild.model.likeness import NOUN
from kgbuild.model.recogniser import Recogniser, partial_tag_loss
from kgbuild.ontology import VALUE_TYPES
from kgbuild.pieces import Pieces, split_pieces
from kgbuild.recognise.tagger import FoundSpan, Tagging
from kgbuild.recognise.windows import WINDOW, cut_windows, to_batch
from kgbuild.records import Mention, Span
from kgbuild.train.batching import batches_by_length
from kgbuild.train.examples import Example

__all__ = ["OpenTags", "open_tags", "open_tags_loss", "related_document", "retyped", "shown", "tag_batches"]

_COMPANY = 0.5
"""Share of the texts that are read two by two, so that the beginnings of sentences are not forgotten."""
_STARTS = 0.5
"""What the beginnings of sentences count for in the loss, as when the recogniser that ships was trained."""


@dataclass(frozen=True, slots=True)
class OpenTags:
    """A window with the tags that its W words may have."""

    pieces: Pieces
    """The window's pieces."""
    allowed: NDArray[np.bool_]
    """Which of the K tags each word may have, [W, K]."""
    starts: NDArray[np.bool_]
    """Whether each word begins a sentence, [W]."""


def shown(example: Example, found: Tagging, types: Sequence[str], *, nouns: bool) -> Example:
    """The example, and where it is not complete all that the recogniser found beside it.

    A name may be of any of the `types`; what is of no class has types that stand beside the classes. A date or number
    stays one. Common `nouns`, where they are wanted, may be of any type or none. Of a partial document nothing is
    certain. Of a name that was told and is a part of one that was found, the rest may or may not belong to it: a
    knowledge base that names Acme alone does not say that "Acme Ltd" is no name.

    One that was written by hand has the sentences that the recogniser found.
    """
    document = example.document
    told = document.mentions
    more: tuple[FoundSpan, ...] = ()
    unsure: tuple[Span, ...] = ()
    if not example.complete:
        more = tuple(span for span in found.spans if _apart(span, told))
        more += tuple(span for span in found.nouns if nouns and _apart(span, (*told, *more)))
        unsure = tuple(Span(span.start, span.end) for span in found.spans if not _apart(span, told))
    sentences = document.sentences
    if example.by_hand:
        sentences = tuple(_sentences(document.text, found.sentence_starts, [*told, *more]))
    fresh = max([-1, *document.entities, *(end for r in document.relations for end in (r.head, r.tail))]) + 1
    names = {text: fresh + number for number, text in enumerate(dict.fromkeys(_text(document, item) for item in more))}
    rows = [*zip(told, document.entities, example.kinds, strict=True)]
    rows += [
        (Mention(item.start, item.end, UNTYPED, _text(document, item), 0), names[_text(document, item)], kinds)
        for item in more
        for kinds in [() if document.partial else _kinds(item, types)]
    ]
    placed = ((item, entity, kinds, _sentence_of(item, sentences)) for item, entity, kinds in rows)
    kept = sorted((row for row in placed if row[3] is not None), key=lambda row: row[0].start)
    mentions = tuple(replace(item, sentence=number or 0) for item, _, _, number in kept)
    entities = tuple(entity for _, entity, _, _ in kept)
    whole = replace(document, sentences=sentences, mentions=mentions, entities=entities)
    return replace(example, document=whole, kinds=tuple(kinds for _, _, kinds, _ in kept), unsure=unsure)


def _kinds(span: FoundSpan, types: Sequence[str]) -> tuple[str, ...]:
    """The types that what the recogniser found may have, none where it may not even be a mention."""
    if span.type in VALUE_TYPES:
        return (span.type,) if span.type in types else ()
    return tuple(types) if span.type != NOUN else ()


def related_document(example: Example, found: Tagging) -> GoldDocument:
    """The document with the types that the recogniser `found`, which has learned from the examples.

    A mention for which it found none that is open has the one that is open alone, or none.
    """
    document = retyped(example.document, found)
    mentions = [
        item if not kinds or item.type in kinds else replace(item, type=kinds[0] if len(kinds) == 1 else UNTYPED)
        for item, kinds in zip(document.mentions, example.kinds, strict=True)
    ]
    return replace(document, mentions=tuple(mentions))


def retyped(document: GoldDocument, found: Tagging) -> GoldDocument:
    """The document, its mentions with the types that were found at just their places, `UNTYPED` where none was."""
    seen = {(span.start, span.end): span.type for span in found.spans}
    mentions = (replace(item, type=seen.get((item.start, item.end), UNTYPED)) for item in document.mentions)
    return replace(document, mentions=tuple(mentions))


def open_tags(example: Example, tokenizer: Tokenizer, types: Sequence[str]) -> Iterator[OpenTags]:
    """The windows of an example with the tags that are open: those of all types and none where a mention may be none.

    Of a partial document all are open but where a mention is told.
    """
    pieces = split_pieces(tokenizer, example.document.text)
    places = np.flatnonzero(pieces.first)
    word_start = pieces.start[places]
    allowed = np.full((len(pieces), 1 + 2 * len(types)), example.document.partial)
    allowed[:, 0] = True
    for span in example.unsure:
        allowed[places[slice(*np.searchsorted(word_start, (span.start, span.end)))]] = True
    for mention, kinds in zip(example.document.mentions, example.kinds, strict=True):
        inside = places[slice(*np.searchsorted(word_start, (mention.start, mention.end)))]
        begins = np.array([2 * types.index(kind) + 1 for kind in kinds or types], dtype=np.int64)
        allowed[inside] = not kinds and example.document.partial
        allowed[inside, 0] = not kinds
        allowed[np.ix_(inside[:1], begins)] = True
        allowed[np.ix_(inside[1:], begins + 1)] = True
    starts = np.zeros(len(pieces), dtype=np.bool_)
    first = np.searchsorted(word_start, [sentence.start for sentence in example.document.sentences])
    starts[places[first[first < len(places)]]] = True
    for window in cut_windows(0, pieces):
        words = window.offset + np.flatnonzero(window.pieces.first)
        if len(words):
            yield OpenTags(window.pieces, allowed[words], starts[words])


def tag_batches(items: Sequence[OpenTags], *, epoch: int, seed: int, tokens: int) -> list[list[OpenTags]]:
    """The batches of one epoch: some windows joined two by two, sorted by length within a noise, shuffled."""
    draw = np.random.default_rng((seed, epoch))
    order = draw.permutation(len(items)).tolist()
    paired = order[: 2 * round(_COMPANY * len(items) / 2)]
    chosen = [items[number] for number in order[len(paired) :]]
    for one, other in zip(paired[::2], paired[1::2], strict=True):
        chosen += _joined(items[one], items[other])
    return batches_by_length(chosen, [len(item.pieces) for item in chosen], tokens=tokens, draw=draw)


def open_tags_loss(model: Recogniser, batch: Sequence[OpenTags]) -> Tensor:
    """Loss of tags and of sentence beginnings over one batch, a scalar."""
    device = next(model.parameters()).device
    words = to_batch([item.pieces for item in batch]).to(device)
    tag_scores, _, start_scores = model(words)
    allowed = torch.ones(tag_scores.shape, dtype=torch.bool)
    starts = torch.zeros(start_scores.shape)
    for row, item in enumerate(batch):
        allowed[row, : len(item.allowed)] = torch.from_numpy(item.allowed)
        starts[row, : len(item.starts)] = torch.from_numpy(item.starts).float()
    loss = partial_tag_loss(tag_scores, allowed.to(device), words.word_mask)
    raw = binary_cross_entropy_with_logits(start_scores, starts.to(device), reduction="none")
    return loss + _STARTS * raw[words.word_mask].mean()


def _joined(one: OpenTags, other: OpenTags) -> list[OpenTags]:
    """Both as one window where they fit into one."""
    if len(one.pieces) + len(other.pieces) > WINDOW:
        return [one, other]
    columns = ("ids", "start", "end", "first", "shape")
    parts = (np.concatenate([getattr(one.pieces, name), getattr(other.pieces, name)]) for name in columns)
    allowed, starts = (np.concatenate([getattr(one, name), getattr(other, name)]) for name in ("allowed", "starts"))
    return [OpenTags(Pieces(*parts), allowed, starts)]


def _apart(span: FoundSpan, told: Sequence[Mention | FoundSpan]) -> bool:
    return not any(item.start < span.end and span.start < item.end for item in told)


def _text(document: GoldDocument, span: FoundSpan) -> str:
    return document.text[span.start : span.end]


def _sentences(text: str, starts: Sequence[int], spans: Sequence[Mention | FoundSpan]) -> Iterator[Span]:
    """The sentences that begin at these characters, unless a mention runs across."""
    inside = {place for place in starts for span in spans if span.start < place < span.end}
    begins = sorted({0, *starts} - inside)
    for start, end in zip(begins, [*begins[1:], len(text)], strict=True):
        part = text[start:end]
        if part.strip():
            yield Span(start + len(part) - len(part.lstrip()), start + len(part.rstrip()))


def _sentence_of(item: Mention, sentences: Sequence[Span]) -> int | None:
    """The number of the sentence that holds the mention."""
    return next((n for n, one in enumerate(sentences) if one.start <= item.start and item.end <= one.end), None)
