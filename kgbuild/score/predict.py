"""`score`: annotated documents to scores of their candidate pairs, batched over documents."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from kgbuild.config import ScoreSettings
from kgbuild.model.device import fast_precision
from kgbuild.model.pairs import PairBatch, RelationModel
from kgbuild.model.reaching import reaching
from kgbuild.model.simple import concat_scores, dot_scores, entity_vectors
from kgbuild.ontology import Ontology
from kgbuild.pieces import padded, split_pieces
from kgbuild.records import AnnotatedDocument, PairScore, ScoredDocument
from kgbuild.score.batches import batch_contexts, to_pair_batch
from kgbuild.score.candidates import Context, cut_contexts, far_pairs, read_pairs
from kgbuild.score.evidence import closest_mentions
from kgbuild.score.fitting import Fitting, fit_types

__all__ = ["RELATED_TO", "Found", "Scorer", "inverse_numbers", "relation_rows", "score"]

RELATED_TO = "https://w3id.org/kgbuild/ontology#relatedTo"
"""The property that the simple scorers claim: they know no relations."""

_DOCUMENTS = 128
"""Documents whose contexts are batched together."""
_LONGEST_DEFINITION = 62
"""Pieces of a property's names and definition that are read."""


@dataclass(frozen=True, slots=True)
class Found:
    """The scores of one context that reach the floor."""

    context: Context
    """The context."""
    pairs: NDArray[np.int64]
    """Pair of each score, a number in `context.pairs`, ascending, [N]."""
    properties: NDArray[np.int64]
    """Property of each score, [N]."""
    logits: NDArray[np.float32]
    """The scores before calibration, [N]."""
    mentions: NDArray[np.int64]
    """Head and tail mention where the pair was read, numbers in the document, [N, 2]."""


class Scorer:
    """A loaded relation model with the vectors of an ontology's properties, `relations` [R, H] where they are known."""

    def __init__(
        self,
        model: RelationModel,
        tokenizer: Tokenizer,
        types: Iterable[str],
        ontology: Ontology,
        settings: ScoreSettings,
        *,
        device: torch.device,
        fitting: Fitting | None = None,
        relations: Tensor | None = None,
    ) -> None:
        self.model = model.to(device)
        self.tokenizer = tokenizer
        self.types = {name: number for number, name in enumerate(types, start=1)}
        self.settings = settings
        self.device = device
        self.floor = math.log(settings.floor / (1 - settings.floor)) if settings.floor else -math.inf
        trained = settings.scorer == "attention"
        self.fitting = fitting if trained else None
        self.reach = self.floor - self.fitting.most if self.fitting else self.floor
        self.properties = [item.iri for item in ontology.properties] if trained else [RELATED_TO]
        self.relations = self._known_or_made(relations, ontology) if trained else None
        """Vectors of the properties, [R, H]; none where the scorer knows no relations."""
        self._inverse = inverse_numbers(ontology).to(device)

    def _known_or_made(self, known: Tensor | None, ontology: Ontology) -> Tensor:
        if known is None:
            return self._relation_vectors(ontology)
        # reason: a machine that computes in 16 bits keeps them so, and no 32-bit pairs are multiplied with these
        return known.to(self.device, torch.float32)

    @torch.inference_mode()
    def _relation_vectors(self, ontology: Ontology) -> Tensor:
        """Vectors [R, H] of the properties, encoded once, those of like length together."""
        ids, shapes, mask = (rows.to(self.device) for rows in relation_rows(self.tokenizer, ontology))
        groups = list(_by_length(mask.sum(dim=1), self.settings.tokens_per_batch))
        with fast_precision(self.device):
            parts = [
                self.model.encoder.pooled(ids[rows, :width], shapes[rows, :width], mask[rows, :width])
                for rows, width in groups
            ]
            return self.model.relation_vectors(torch.cat(parts)[torch.cat([rows for rows, _ in groups]).argsort()])

    def reached(self, states: Tensor, batch: PairBatch) -> tuple[Tensor, Tensor]:
        """Pair and property, ascending, of each logit at or above the floor, int64 [N, 2], and these logits, [N].

        `states` [S, T, H] are the hidden states of the batch.
        """
        if self.relations is not None:
            pairs = self.model.attention(states, batch)
            return reaching(self.model, pairs, self.relations, batch, self._inverse, floor=self.reach)
        vectors, dot = entity_vectors(states, batch), self.settings.scorer == "dot"
        scores = dot_scores(vectors, batch) if dot else concat_scores(vectors, batch, self.model.related)
        pairs = (scores >= self.floor).nonzero()
        return torch.cat([pairs, torch.zeros_like(pairs)], dim=1), scores[pairs.squeeze(1)]

    @torch.inference_mode()
    def found(self, contexts: list[Context]) -> Iterator[Found]:
        """The scores of the contexts at or above the floor."""
        bounds = {"tokens": self.settings.tokens_per_batch, "pairs": self.settings.pairs_per_batch}
        for group in batch_contexts(contexts, **bounds):
            batch = to_pair_batch(group).to(self.device)
            with fast_precision(self.device):
                states = self.model.states(batch)
                places, logits = self.reached(states, batch)
                pairs = torch.unique_consecutive(places[:, 0])
                weights = self.model.attention.weights(states, batch, pairs).float().cpu().numpy()
            yield from _split(group, pairs.cpu().numpy(), weights, places.cpu().numpy(), logits.cpu().numpy())


def _by_length(sizes: Tensor, tokens: int) -> Iterator[tuple[Tensor, int]]:
    """Numbers of rows, longest first, in groups of at most so many `tokens` each, or one row; the group's width."""
    order, at = sizes.argsort(descending=True, stable=True), 0
    while at < len(order):
        width = int(sizes[order[at]])
        rows = order[at : at + max(1, tokens // width)]
        yield rows, width
        at += len(rows)


def _split(
    group: list[Context],
    pairs: NDArray[np.int64],
    weights: NDArray[np.float32],
    places: NDArray[np.int64],
    values: NDArray[np.float32],
) -> Iterator[Found]:
    """What was found in a batch, by context: `weights` [N, T] are those of the flat `pairs` [N]."""
    start = 0
    for context in group:
        low, high = start, start + len(context.pairs)
        mine = slice(*np.searchsorted(places[:, 0], (low, high)))
        read = slice(*np.searchsorted(pairs, (low, high)))
        mentions = closest_mentions(context, pairs[read] - low, weights[read, 1 : len(context.pieces) + 1])
        row = np.searchsorted(pairs[read], places[mine, 0])
        yield Found(context, places[mine, 0] - low, places[mine, 1], values[mine], mentions[row])
        start = high


def score(documents: Iterable[AnnotatedDocument], scorer: Scorer) -> Iterator[ScoredDocument]:
    """The documents with their scores, in order."""
    found = _scored(documents, scorer)
    return found if scorer.fitting is None else fit_types(found, scorer.fitting, floor=scorer.floor)


def _scored(documents: Iterable[AnnotatedDocument], scorer: Scorer) -> Iterator[ScoredDocument]:
    source = iter(documents)
    while batch := list(islice(source, _DOCUMENTS)):
        contexts = [list(_contexts(number, item, scorer)) for number, item in enumerate(batch)]
        found: list[list[Found]] = [[] for _ in batch]
        for item in scorer.found([context for held in contexts for context in held]):
            found[item.context.document].append(item)
        for annotated, held, scores in zip(batch, contexts, found, strict=True):
            unscored = far_pairs(annotated, held, scorer.settings.window)
            yield ScoredDocument(annotated, read_pairs(held), unscored, tuple(_records(scores, scorer.properties)))


def _contexts(number: int, annotated: AnnotatedDocument, scorer: Scorer) -> Iterator[Context]:
    pieces = split_pieces(scorer.tokenizer, annotated.document.text)
    settings = scorer.settings
    return cut_contexts(
        number, annotated, pieces, scorer.types, window=settings.window, most_pairs=settings.pairs_per_batch
    )


def _records(found: list[Found], properties: list[str]) -> list[PairScore]:
    """The scores ordered by head, tail and property; of two for the same mentions the higher one."""
    if not found:
        return []
    heads, tails = np.concatenate([item.mentions for item in found]).T
    labels, logits = (np.concatenate([getattr(item, name) for item in found]) for name in ("properties", "logits"))
    keys = (heads * (tails.max(initial=0) + 1) + tails) * len(properties) + labels
    order = np.lexsort((-logits, keys))
    best = order[np.diff(keys[order], prepend=-1) > 0]
    columns = (heads[best].tolist(), tails[best].tolist(), [properties[n] for n in labels[best]], logits[best].tolist())
    return list(map(PairScore, *columns))


def inverse_numbers(ontology: Ontology) -> Tensor:
    """The number of each property's inverse, int64 [R]: its own where it is symmetric, -1 where it has none."""
    numbers = {item.iri: number for number, item in enumerate(ontology.properties)}
    own = (item.iri if item.symmetric else item.inverse for item in ontology.properties)
    return torch.tensor([numbers.get(iri, -1) if iri else -1 for iri in own], dtype=torch.int64)


def relation_rows(tokenizer: Tokenizer, ontology: Ontology) -> tuple[Tensor, Tensor, Tensor]:
    """Pieces, shapes and mask [R, T] of the properties' names and definitions."""
    parts = [split_pieces(tokenizer, item.text)[:_LONGEST_DEFINITION] for item in ontology.properties]
    rows = padded(parts)
    return torch.from_numpy(rows.ids), torch.from_numpy(rows.shapes), torch.from_numpy(rows.mask)
