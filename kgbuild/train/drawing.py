"""The batches of one epoch of relation training: which contexts are drawn, what is hidden of them, in what company.

A small set of documents is learned by heart: names alone then tell what holds. So words, whole names and types are
hidden (noisy student, Xie et al. 2020, https://arxiv.org/abs/1911.04252), and two documents are read as one: nothing
holds between what the one tells of and what the other does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kgbuild.pieces import MASK, Pieces
from kgbuild.score.candidates import CONTEXT, Context
from kgbuild.train.batching import batches_by_length
from kgbuild.train.relating import Related, RelatingSet

__all__ = ["NOISE", "Noise", "epoch_batches", "hidden", "joined"]


@dataclass(frozen=True, slots=True)
class Noise:
    """What the model must do without; shares from 0 to 1."""

    types: float = 0.15
    """Share of mentions whose type is hidden."""
    words: float = 0.1
    """Share of words that are hidden."""
    names: float = 0.1
    """Share of entities of which every mention is hidden."""
    company: float = 0.4
    """Share of contexts that are read together with another."""


NOISE: Final = Noise()
"""How the relation model that ships is trained."""


def epoch_batches(
    sets: Sequence[tuple[RelatingSet, Sequence[Related]]],
    *,
    epoch: int,
    seed: int,
    tokens: int,
    pairs: int,
    noise: Noise,
) -> list[list[Related]]:
    """The batches of one epoch: each set's share drawn, noise added, batches of like length, shuffled."""
    draw = np.random.default_rng((seed, epoch))
    chosen: list[Related] = []
    for source, items in sets:
        order = draw.permutation(len(items))[: round(source.share * len(items))]
        chosen += [items[number] for number in order]
    chosen = [replace(item, context=hidden(item.context, noise, draw)) for item in _paired(chosen, noise, draw)]
    lengths, held = [len(item.context.pieces) for item in chosen], [len(item.context.pairs) for item in chosen]
    return batches_by_length(chosen, lengths, tokens=tokens, draw=draw, held=held, most=pairs)


def hidden(context: Context, noise: Noise, draw: np.random.Generator) -> Context:
    """The context without some of its words, names and types."""
    pieces = context.pieces
    lost = (draw.random(len(pieces)) < noise.words)[np.maximum.accumulate(pieces.first * np.arange(len(pieces)))]
    nameless = (draw.random(len(context.clusters)) < noise.names)[context.entities]
    for first, last in context.places[nameless]:
        lost[first : last + 1] = True
    shown = draw.random(len(context.types)) >= noise.types
    ids = np.where(lost, np.int32(MASK), pieces.ids)
    return replace(context, pieces=replace(pieces, ids=ids), types=context.types * shown)


def _paired(items: Sequence[Related], noise: Noise, draw: np.random.Generator) -> list[Related]:
    """The items, some joined two by two: those wholly known, for the same relations, that together fit a context."""
    willing = draw.random(len(items)) < noise.company
    able = [number for number in draw.permutation(len(items)).tolist() if willing[number] and items[number].known.all()]
    found = [item for number, item in enumerate(items) if number not in set(able)]
    alike: dict[bytes, list[Related]] = {}
    for number in able:
        alike.setdefault(items[number].covered.tobytes(), []).append(items[number])
    for group in alike.values():
        for start in range(0, len(group), 2):
            together = group[start : start + 2]
            small = sum(len(item.context.pieces) for item in together) <= CONTEXT
            found += [joined(*together)] if small and len(together) == 2 else together
    return found


def joined(one: Related, other: Related) -> Related:
    """Both as one context; a pair across holds nothing, or is unknown where the other document has one of its names."""
    first, second = one.context, other.context
    pieces, entities = len(first.pieces), len(first.clusters)
    sentences = int(first.sentences.max(initial=-1)) + 1
    later = replace(second, places=second.places + pieces, sentences=second.sentences + sentences)
    pairs, gaps, apart = _across(first, later)
    context = Context(
        document=first.document,
        pieces=_concatenated(first.pieces, second.pieces),
        mentions=np.concatenate([first.mentions, second.mentions]),
        places=np.concatenate([first.places, later.places]),
        types=np.concatenate([first.types, second.types]),
        sentences=np.concatenate([first.sentences, later.sentences]),
        entities=np.concatenate([first.entities, second.entities + entities]),
        clusters=np.arange(entities + len(second.clusters)),
        pairs=np.concatenate([first.pairs, second.pairs + entities, pairs]),
        gaps=np.concatenate([first.gaps, second.gaps, gaps]),
        apart=np.concatenate([first.apart, second.apart, apart]),
    )
    shared = np.concatenate(_shared(first, second))
    shift = np.array([len(first.pairs), 0])
    return replace(
        one,
        context=context,
        holds=np.concatenate([one.holds, other.holds + shift]),
        fails=np.concatenate([one.fails, other.fails + shift]),
        known=np.concatenate([one.known, other.known, ~shared[pairs].any(axis=1)]),
        believed=np.concatenate([one.believed, other.believed + shift]),
        belief=np.concatenate([one.belief, other.belief]),
        shown=np.concatenate([one.shown, other.shown + np.array([len(first.pairs), pieces, pieces])]),
    )


def _across(first: Context, later: Context) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Ordered pairs of one entity of each [Q, 2], pieces from head to tail and sentences between, where closest."""
    shift = len(first.clusters)
    last, soon = _ends(first), _begins(later)
    there = _crossed(np.unique(first.pairs[:, 0]), np.arange(len(later.clusters)))
    back = _crossed(np.arange(shift), np.unique(later.pairs[:, 0]))
    way = soon[np.concatenate([there, back])[:, 1]] - last[np.concatenate([there, back])[:, 0]]
    pairs = np.concatenate([there, back[:, ::-1]]) + np.repeat(
        [[0, shift], [shift, 0]], [len(there), len(back)], axis=0
    )
    sign = np.repeat([1, -1], [len(there), len(back)])
    return pairs, way[:, 0] * sign, way[:, 1]


def _crossed(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """Every number of `one` with every number of `other`, [len(one)·len(other), 2]."""
    return np.stack([np.repeat(one, len(other)), np.tile(other, len(one))], axis=1)


def _ends(context: Context) -> NDArray[np.int64]:
    """First piece and sentence of each entity's last mention, [E, 2]."""
    found = np.full((len(context.clusters), 2), -1)
    np.maximum.at(found, context.entities, np.stack([context.places[:, 0], context.sentences], axis=1))
    return found


def _begins(context: Context) -> NDArray[np.int64]:
    """First piece and sentence of each entity's first mention, [E, 2]."""
    found = np.full((len(context.clusters), 2), np.iinfo(np.int64).max)
    np.minimum.at(found, context.entities, np.stack([context.places[:, 0], context.sentences], axis=1))
    return found


def _shared(first: Context, second: Context) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which entities of either have a name that the other has too, [E] each."""
    names = [[tuple(c.pieces.ids[a : b + 1].tolist()) for a, b in c.places.tolist()] for c in (first, second)]
    both = set(names[0]) & set(names[1])
    found = tuple(np.zeros(len(context.clusters), dtype=np.bool_) for context in (first, second))
    for mask, context, own in zip(found, (first, second), names, strict=True):
        mask[context.entities[[name in both for name in own]]] = True
    return found[0], found[1]


def _concatenated(one: Pieces, other: Pieces) -> Pieces:
    columns = ("ids", "start", "end", "first", "shape")
    return Pieces(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in columns))
