"""Candidate pairs: every ordered pair of entities of a document that stand near enough to be read together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kgbuild.ontology import DATE_TYPE, NUMBER_TYPE
from kgbuild.pieces import Pieces
from kgbuild.records import AnnotatedDocument

__all__ = ["CONTEXT", "Context", "Window", "cut_contexts", "entity_numbers", "far_pairs", "read_pairs"]

CONTEXT = 510
"""Most pieces that are encoded together, the two special ones not counted."""
_STEP = 255
"""Pieces from one stretch of a longer sentence to the next."""
_OVERLAP = 64
"""Most pieces that two neighbouring contexts share, so that a pair across their border is read together."""

Window = Literal["document"] | int
"""Most sentences between head and tail where they stand closest; `document`: all that one context holds."""

_Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Context:
    """Consecutive sentences that are encoded together, with their mentions and candidate pairs."""

    document: int
    """Number of the document among those that are batched together."""
    pieces: Pieces
    """The pieces of the sentences, at most `CONTEXT`."""
    mentions: _Numbers
    """Numbers of its M mentions in the document, [M]."""
    places: _Numbers
    """First and last piece of each mention, counted in `pieces`, [M, 2]."""
    types: _Numbers
    """Type of each mention, 0 for unknown, [M]."""
    sentences: _Numbers
    """Sentence of each mention, [M]."""
    entities: _Numbers
    """Entity of each mention, numbers in `clusters`, [M]."""
    clusters: _Numbers
    """Numbers of its E entities, as `entity_numbers` gives them, [E]."""
    pairs: _Numbers
    """Head and tail of each candidate pair, numbers in `clusters`, ascending, [Q, 2]."""
    gaps: _Numbers
    """Pieces from head to tail where they stand closest, negative where the tail comes first, [Q]."""
    apart: _Numbers
    """Sentences between head and tail where they stand closest, [Q]."""


def entity_numbers(annotated: AnnotatedDocument) -> _Numbers:
    """The entity of each mention, [mentions]; one that is in no entity stands for itself."""
    numbers = len(annotated.entities) + np.arange(len(annotated.mentions), dtype=np.int64)
    for number, cluster in enumerate(annotated.entities):
        numbers[list(cluster.mentions)] = number
    return numbers


def far_pairs(annotated: AnnotatedDocument, contexts: Sequence[Context], window: Window) -> int:
    """Pairs that the window takes in and that no context holds: too far apart to be read together."""
    entity = entity_numbers(annotated)
    sentence = np.array([mention.sentence for mention in annotated.mentions], dtype=np.int64)
    heads = np.unique(entity[~_literal(annotated)])
    if window == "document":
        wanted = len(heads) * max(len(np.unique(entity)) - 1, 0)
    else:
        keys = _near(entity, sentence, window)
        wanted = int(np.isin(keys[:, 0], heads).sum())
    return wanted - read_pairs(contexts)


def read_pairs(contexts: Sequence[Context]) -> int:
    """Candidate pairs that the contexts of a document hold; one that stands in several counts once."""
    held = [context.clusters[context.pairs] for context in contexts]
    return len(np.unique(np.concatenate(held), axis=0)) if held else 0


def _near(entity: _Numbers, sentence: _Numbers, window: int) -> _Numbers:
    """Ordered pairs of entities with mentions at most `window` sentences apart, [pairs, 2]."""
    found = [np.zeros((0, 2), dtype=np.int64)]
    low = np.searchsorted(sentence, sentence - window, side="left")
    high = np.searchsorted(sentence, sentence + window, side="right")
    for number, (start, end) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
        others = np.unique(entity[start:end])
        others = others[others != entity[number]]
        found.append(np.stack([np.full_like(others, entity[number]), others], axis=1))
    return np.unique(np.concatenate(found), axis=0)


def cut_contexts(
    document: int,
    annotated: AnnotatedDocument,
    pieces: Pieces,
    types: Mapping[str, int],
    *,
    window: Window = "document",
    most_pairs: int,
) -> Iterator[Context]:
    """The contexts of a document that hold candidate pairs, ordered by place.

    A pair names two entities; dates and numbers are never heads, because an RDF subject is no literal. A pair that
    stands together in several contexts is in each of them.
    """
    if len(annotated.mentions) < 2 or not len(pieces):
        return
    spans = np.array([(mention.start, mention.end) for mention in annotated.mentions], dtype=np.int64)
    first = np.searchsorted(pieces.end, spans[:, 0], side="right")
    last = np.maximum(np.searchsorted(pieces.start, spans[:, 1], side="left") - 1, first)
    kinds = np.array([types.get(mention.type, 0) for mention in annotated.mentions], dtype=np.int64)
    sentence = np.array([mention.sentence for mention in annotated.mentions], dtype=np.int64)
    entity, literal = entity_numbers(annotated), _literal(annotated)
    for begin, end in _stretches(_sentence_bounds(annotated, pieces), window):
        inside = np.flatnonzero((first >= begin) & (last < end))
        clusters, own = np.unique(entity[inside], return_inverse=True)
        pairs, gaps, apart = _closest(own, sentence[inside], first[inside], heads=own[~literal[inside]])
        near = np.flatnonzero(apart <= (len(sentence) if window == "document" else window))
        for part in _parts(near, pairs, most_pairs):
            if len(part):
                yield Context(
                    document=document,
                    pieces=pieces[begin:end],
                    mentions=inside,
                    places=np.stack([first[inside], last[inside]], axis=1) - begin,
                    types=kinds[inside],
                    sentences=sentence[inside],
                    entities=own,
                    clusters=clusters,
                    pairs=pairs[part],
                    gaps=gaps[part],
                    apart=apart[part],
                )


def _literal(annotated: AnnotatedDocument) -> NDArray[np.bool_]:
    return np.array([mention.type in (DATE_TYPE, NUMBER_TYPE) for mention in annotated.mentions], dtype=np.bool_)


def _closest(
    entity: _Numbers, sentence: _Numbers, place: _Numbers, *, heads: _Numbers
) -> tuple[_Numbers, _Numbers, _Numbers]:
    """Ordered pairs of entities [Q, 2], and where they stand closest: pieces from head to tail, sentences between."""
    allowed = np.isin(entity, heads)[:, None] & (entity[:, None] != entity[None, :])
    one, other = np.nonzero(allowed)
    gap, apart = place[other] - place[one], np.abs(sentence[other] - sentence[one])
    key = entity[one] * (entity.max(initial=0) + 1) + entity[other]
    order = np.lexsort((np.abs(gap), apart, key))
    chosen = order[np.unique(key[order], return_index=True)[1]]
    return np.stack([entity[one[chosen]], entity[other[chosen]]], axis=1), gap[chosen], apart[chosen]


def _parts(near: _Numbers, pairs: _Numbers, most: int) -> list[_Numbers]:
    """The numbers `near` of `pairs` in parts of at most `most`, or of two: a pair and its reverse stay together."""
    if len(near) <= most:
        return [near]
    couple = np.unique(np.sort(pairs[near], axis=1), axis=0, return_inverse=True)[1].reshape(-1)
    part = couple // max(1, most // 2)
    return [near[part == number] for number in range(int(part.max()) + 1)]


def _sentence_bounds(annotated: AnnotatedDocument, pieces: Pieces) -> _Numbers:
    """First piece and one past the last of each sentence, [sentences, 2]."""
    starts = np.array([sentence.start for sentence in annotated.sentences], dtype=np.int64)
    ends = np.array([sentence.end for sentence in annotated.sentences], dtype=np.int64)
    low = np.searchsorted(pieces.start, starts, side="left")
    return np.stack([low, np.maximum(np.searchsorted(pieces.start, ends, side="left"), low)], axis=1)


def _stretches(bounds: _Numbers, window: Window) -> Iterator[tuple[int, int]]:
    """Stretches of whole sentences of at most `CONTEXT` pieces, each beginning with the last ones of that before.

    They share as many sentences as the window asks for, within `_OVERLAP` pieces; a sentence that is longer than a
    context gives overlapping stretches of its own.
    """
    starts, ends = bounds[:, 0], bounds[:, 1]
    current = 0
    while current < len(bounds):
        begin = int(starts[current])
        after = int(np.searchsorted(ends, begin + CONTEXT, side="right"))
        if after == current:
            yield from _pieces_of(begin, int(ends[current]))
            current += 1
            continue
        yield begin, int(ends[after - 1])
        if after == len(bounds):
            return
        shared = int(np.searchsorted(starts, ends[after - 1] - _OVERLAP, side="left"))
        wanted = shared if window == "document" else max(shared, after - window)
        current = max(current + 1, min(wanted, after))


def _pieces_of(begin: int, end: int) -> Iterator[tuple[int, int]]:
    for start in range(begin, max(begin + 1, end - CONTEXT + _STEP), _STEP):
        yield start, min(start + CONTEXT, end)
