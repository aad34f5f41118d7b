"""Candidate pairs: every ordered pair of mentions of one sentence that name different entities."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kgbuild.ontology import DATE_TYPE, NUMBER_TYPE
from kgbuild.pieces import Pieces
from kgbuild.records import AnnotatedDocument

__all__ = ["CONTEXT", "Context", "candidate_pairs", "cut_contexts"]

CONTEXT = 254
"""Most pieces that are encoded together, the two special ones not counted."""
_STEP = 127
"""Pieces from one stretch of a longer sentence to the next."""


@dataclass(frozen=True, slots=True)
class Context:
    """Consecutive sentences that are encoded together, with their mentions and candidate pairs."""

    document: int
    """Number of the document among those that are batched together."""
    pieces: Pieces
    """The pieces of the sentences, at most `CONTEXT`."""
    mentions: NDArray[np.int64]
    """Numbers of its M mentions in the document, [M]."""
    places: NDArray[np.int64]
    """First and last piece of each mention, counted in `pieces`, [M, 2]."""
    types: NDArray[np.int64]
    """Type of each mention, 0 for unknown, [M]."""
    pairs: NDArray[np.int64]
    """Head and tail of each candidate pair, numbers in `mentions`, [Q, 2]."""
    seen: NDArray[np.int64]
    """First piece and one past the last that each pair may look at, [Q, 2]."""


def candidate_pairs(annotated: AnnotatedDocument) -> NDArray[np.int64]:
    """Ordered pairs [P, 2] of mention numbers, by sentence, head and tail.

    Both stand in one sentence and name different entities; dates and numbers are never heads, because an RDF
    subject is no literal. Without entities each mention stands for itself.
    """
    sentence = np.array([mention.sentence for mention in annotated.mentions], dtype=np.int64)
    entity = np.arange(len(sentence))
    for number, cluster in enumerate(annotated.entities):
        entity[list(cluster.mentions)] = -1 - number
    literal = np.array([mention.type in (DATE_TYPE, NUMBER_TYPE) for mention in annotated.mentions], dtype=np.bool_)
    found = [np.zeros((0, 2), dtype=np.int64)]
    for group in np.split(np.arange(len(sentence)), np.flatnonzero(np.diff(sentence)) + 1):
        heads = group[~literal[group]]
        grid = np.stack(np.meshgrid(heads, group, indexing="ij"), axis=-1).reshape(-1, 2)
        found.append(grid[entity[grid[:, 0]] != entity[grid[:, 1]]])
    return np.concatenate(found)


def cut_contexts(
    document: int, annotated: AnnotatedDocument, pieces: Pieces, types: dict[str, int], *, most_pairs: int
) -> Iterator[Context]:
    """The contexts of a document that hold candidate pairs; each pair is in at most one.

    A pair of a sentence that is longer than a context is in none when no stretch holds both its mentions.
    """
    pairs = candidate_pairs(annotated)
    if not len(pairs) or not len(pieces):
        return
    spans = np.array([(mention.start, mention.end) for mention in annotated.mentions], dtype=np.int64)
    first = np.searchsorted(pieces.end, spans[:, 0], side="right")
    last = np.maximum(np.searchsorted(pieces.start, spans[:, 1], side="left") - 1, first)
    kinds = np.array([types.get(mention.type, 0) for mention in annotated.mentions], dtype=np.int64)
    bounds = _sentence_bounds(annotated, pieces)
    seen = bounds[np.array([annotated.mentions[head].sentence for head in pairs[:, 0]])]
    low = np.minimum(first[pairs[:, 0]], first[pairs[:, 1]])
    high = np.maximum(last[pairs[:, 0]], last[pairs[:, 1]]) + 1
    free = np.ones(len(pairs), dtype=np.bool_)
    for begin, end in _stretches(bounds):
        inside = np.flatnonzero(free & (low >= begin) & (high <= end))
        free[inside] = False
        for part in _parts(inside, most_pairs):
            mentions, local = np.unique(pairs[part], return_inverse=True)
            yield Context(
                document=document,
                pieces=pieces[begin:end],
                mentions=mentions,
                places=np.stack([first[mentions], last[mentions]], axis=1) - begin,
                types=kinds[mentions],
                pairs=local.reshape(-1, 2),
                seen=np.clip(seen[part] - begin, 0, end - begin),
            )


def _sentence_bounds(annotated: AnnotatedDocument, pieces: Pieces) -> NDArray[np.int64]:
    """First piece and one past the last of each sentence, [sentences, 2]."""
    starts = np.array([sentence.start for sentence in annotated.sentences], dtype=np.int64)
    ends = np.array([sentence.end for sentence in annotated.sentences], dtype=np.int64)
    low = np.searchsorted(pieces.start, starts, side="left")
    return np.stack([low, np.maximum(np.searchsorted(pieces.start, ends, side="left"), low)], axis=1)


def _stretches(bounds: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Stretches of whole sentences of at most `CONTEXT` pieces; a longer sentence gives overlapping stretches."""
    begin = end = int(bounds[0, 0])
    for low, high in bounds.tolist():
        if high - begin > CONTEXT:
            if end > begin:
                yield begin, end
            begin = low
        if high - low > CONTEXT:
            for start in range(low, max(low + 1, high - CONTEXT + _STEP), _STEP):
                yield start, min(start + CONTEXT, high)
            begin = high
        end = high
    if end > begin:
        yield begin, end


def _parts(inside: NDArray[np.int64], most: int) -> Iterable[NDArray[np.int64]]:
    return (inside[start : start + most] for start in range(0, len(inside), most))
