"""Training of the recogniser: annotated documents to tagged windows, and the loss over them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from kgbuild.evaluate.gold import GoldDocument
from kgbuild.model.recogniser import Recogniser, partial_tag_loss
from kgbuild.pieces import SHAPES, Pieces, split_pieces
from kgbuild.recognise.windows import cut_windows, to_batch
from kgbuild.train.batching import batches_by_length

__all__ = ["TYPES", "Tagged", "TaggingSet", "epoch_batches", "tagged", "tagging_loss"]

TYPES: Final = ("PER", "ORG", "LOC", "TIME", "NUM", "MISC")
"""Types of mentions that the recogniser knows, in the order of its tags."""


_HANDLE: Final = re.compile(r"(?<!\w)@ ?\w+")
_BEGINNINGS: Final = frozenset("a an and as at by for from in of on the to when while with yet".split())  # noqa: SIM905
"""Words that are capital for beginning a text, and no part of the name behind them; "new" or "first" may be one."""
_MARK: Final = re.compile(r"[^\w\s]")


@dataclass(frozen=True, slots=True)
class TaggingSet:
    """A set of annotated documents and what its annotation covers."""

    name: str
    """Folder under the data folder."""
    types: tuple[str, ...] = TYPES
    """Types that it annotates; a gap is a negative for these alone."""
    share: float = 1.0
    """Share of its documents that an epoch draws, above 0, at most 1."""
    sentences: bool = True
    """Whether its records hold several sentences, so that boundaries can be learned."""
    handles: bool = True
    """Whether it annotates the handles of users, as in `@ada`; where it does not, they are no negatives."""
    nouns: bool = False
    """Whether it annotates common nouns that name kinds of things, as mentions whose type is none of `TYPES`."""
    whole: bool = True
    """Whether it annotates all names of its texts; where not, words are known in its mentions and right beside them."""
    alike: tuple[str, ...] = ()
    """Types that its annotation does not tell apart, so that a mention of one may be one of another."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """A window with the targets of its W words."""

    pieces: Pieces
    """The window's pieces."""
    tags: NDArray[np.int64]
    """Tag of each word, [W]."""
    starts: NDArray[np.bool_]
    """Whether each word begins a sentence, [W]."""
    open: tuple[str, ...]
    """Types that are not annotated: outside may be one of them."""
    unknown: NDArray[np.bool_]
    """Words of which nothing is known, [W]."""
    sentences: bool
    """Whether `starts` is annotated."""
    nouns: NDArray[np.int64] | None
    """Tag of each word as part of a common noun, [W]; `None` where these are not annotated."""
    alike: tuple[str, ...]
    """Types that are not told apart."""


def tagged(document: GoldDocument, tokenizer: Tokenizer, source: TaggingSet) -> Iterator[Tagged]:
    """The windows of a document with tags and sentence beginnings; a mention inside another is left out.

    Of the words of a mention whose type is none of `TYPES`, such as a common noun, nothing is known.
    """
    open_types = tuple(kind for kind in TYPES if kind not in source.types)
    pieces = split_pieces(tokenizer, document.text)
    places = np.flatnonzero(pieces.first)
    tags, nouns, unknown = _tags(document, pieces, source)
    starts = np.zeros(len(pieces), dtype=np.bool_)
    for sentence in document.sentences:
        place = np.searchsorted(pieces.start[places], sentence.start, side="left")
        if place < len(places):
            starts[places[place]] = True
    for window in cut_windows(0, pieces):
        words = window.offset + np.flatnonzero(window.pieces.first)
        if len(words):
            common = nouns[words] if source.nouns else None
            known = (open_types, unknown[words], source.sentences, common, source.alike)
            yield Tagged(window.pieces, tags[words], starts[words], *known)


def _tags(
    document: GoldDocument, pieces: Pieces, source: TaggingSet
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Tags, tags of common nouns, and of which nothing is known, each [N], at the pieces that begin words."""
    places = np.flatnonzero(pieces.first)
    word_start = pieces.start[places]

    def words_of(start: int, end: int) -> NDArray[np.int64]:
        return places[slice(*np.searchsorted(word_start, (start, end)))]

    tags, nouns = np.zeros((2, len(pieces)), dtype=np.int64)
    unknown = np.zeros(len(pieces), dtype=np.bool_)
    for mention in document.mentions:
        inside = words_of(mention.start, mention.end)
        if mention.type not in TYPES and not nouns[inside].any():
            unknown[inside] = True
            _write(nouns, inside, 1)
        elif mention.type in TYPES and not tags[inside].any():
            _write(tags, inside, 1 + 2 * TYPES.index(mention.type))
    for handle in () if source.handles else _HANDLE.finditer(document.text):
        unknown[words_of(*handle.span())] = True
    if not source.whole:
        unknown |= ~_told(document.text, pieces, named=(tags != 0) | (nouns != 0))
    return tags, nouns, unknown


def _told(text: str, pieces: Pieces, *, named: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which pieces, [N], begin a word of a mention, or one right beside it that is no part of it.

    Such are marks and words in small letters, and a small word that is capital because it begins the text.
    """
    places = np.flatnonzero(pieces.first)
    told = np.zeros(len(pieces), dtype=np.bool_)
    if not len(places):
        return told
    inside = named[places]
    beside = np.append(inside[1:], False) | np.append(False, inside[:-1])
    ends = np.append(pieces.start[places[1:]], len(text))
    words = [text[start:end].strip() for start, end in zip(pieces.start[places], ends, strict=True)]
    plain = ((word.isalpha() and word.islower()) or _MARK.fullmatch(word) is not None for word in words)
    small = np.fromiter(plain, np.bool_, len(words))
    small[0] |= words[0].lower() in _BEGINNINGS
    told[places] = inside | (beside & small)
    return told


def _write(tags: NDArray[np.int64], places: NDArray[np.intp], begin: int) -> None:
    """Nothing; the words at the places are one mention whose first tag is `begin`."""
    tags[places] = begin + 1
    tags[places[:1]] = begin


def epoch_batches(
    sets: Sequence[tuple[TaggingSet, Sequence[Tagged]]], *, epoch: int, seed: int, tokens: int
) -> list[list[Tagged]]:
    """The batches of one epoch: each set's share drawn, sorted by length within a noise, shuffled."""
    draw = np.random.default_rng((seed, epoch))
    chosen: list[Tagged] = []
    for source, items in sets:
        order = draw.permutation(len(items))[: round(source.share * len(items))]
        chosen += [items[index] for index in order]
    batches = batches_by_length(chosen, [len(item.pieces) for item in chosen], tokens=tokens, draw=draw)
    return [_with_other_shapes(batch, draw) for batch in batches]


def _with_other_shapes(batch: list[Tagged], draw: np.random.Generator) -> list[Tagged]:
    """The batch with one window in ten as if typed without capitals, and one in thirty in capitals alone."""
    return [_recased(item, float(draw.uniform())) for item in batch]


def _recased(item: Tagged, chance: float) -> Tagged:
    if chance > 2 / 15:
        return item
    wanted = SHAPES.index("upper" if chance < 1 / 30 else "lower")
    letters = np.isin(
        item.pieces.shape, [SHAPES.index(name) for name in ("lower", "title", "upper", "letter", "mixed")]
    )
    shape = np.where(letters, wanted, item.pieces.shape).astype(np.int8)
    pieces = Pieces(item.pieces.ids, item.pieces.start, item.pieces.end, item.pieces.first, shape)
    return replace(item, pieces=pieces)


def tagging_loss(model: Recogniser, batch: Sequence[Tagged]) -> Tensor:
    """Loss of tags, of common nouns and of sentence beginnings over one batch, a scalar."""
    device = next(model.parameters()).device
    words = to_batch([item.pieces for item in batch]).to(device)
    tag_scores, noun_scores, start_scores = model(words)
    allowed = torch.zeros(tag_scores.shape, dtype=torch.bool)
    starts = torch.zeros(start_scores.shape)
    known = torch.zeros(start_scores.shape, dtype=torch.bool)
    for row, item in enumerate(batch):
        tags = torch.from_numpy(item.tags)
        allowed[row, torch.arange(len(tags)), tags] = True
        for name in item.open:
            begin = 1 + 2 * TYPES.index(name)
            allowed[row, : len(tags), begin : begin + 2] |= (tags == 0).unsqueeze(1)
        for step in (1, 2):  # what begins a mention, and what continues one
            alike = torch.tensor([2 * TYPES.index(name) + step for name in item.alike], dtype=torch.int64)
            allowed[row, : len(tags), alike] |= torch.isin(tags, alike).unsqueeze(1)
        allowed[row, : len(tags)] |= torch.from_numpy(item.unknown).unsqueeze(1)
        starts[row, : len(tags)] = torch.from_numpy(item.starts).float()
        known[row, : len(tags)] = item.sentences
    loss = partial_tag_loss(tag_scores, allowed.to(device), words.word_mask)
    known = known.to(device)
    if known.any():
        raw = binary_cross_entropy_with_logits(start_scores, starts.to(device), reduction="none")
        loss = loss + 0.5 * raw[known].mean()
    told = [(row, item.nouns) for row, item in enumerate(batch) if item.nouns is not None]
    if told:
        scores = torch.cat([noun_scores[row, : len(nouns)] for row, nouns in told])
        loss = loss + cross_entropy(scores, torch.from_numpy(np.concatenate([nouns for _, nouns in told])).to(device))
    return loss
