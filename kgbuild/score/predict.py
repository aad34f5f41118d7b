"""`score`: annotated documents to scores of their candidate pairs, batched over documents."""

import math
from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from kgbuild.config import ScoreSettings
from kgbuild.model.device import fast_precision
from kgbuild.model.pairs import PairBatch, RelationModel
from kgbuild.model.simple import concat_scores, dot_scores, entity_vectors
from kgbuild.ontology import Ontology
from kgbuild.pieces import padded, split_pieces
from kgbuild.records import AnnotatedDocument, PairScore, ScoredDocument
from kgbuild.score.batches import batch_contexts, to_pair_batch
from kgbuild.score.candidates import Context, candidate_pairs, cut_contexts

__all__ = ["RELATED_TO", "Scorer", "relation_rows", "score"]

RELATED_TO = "https://w3id.org/kgbuild/ontology#relatedTo"
"""The property that the simple scorers claim: they know no relations."""

_DOCUMENTS = 128
"""Documents whose contexts are batched together."""
_LONGEST_DEFINITION = 62
"""Pieces of a property's label and definition that are read."""


class Scorer:
    """A loaded relation model with the vectors of an ontology's properties."""

    def __init__(
        self,
        model: RelationModel,
        tokenizer: Tokenizer,
        types: Iterable[str],
        ontology: Ontology,
        settings: ScoreSettings,
        *,
        device: torch.device,
    ) -> None:
        self.model = model.to(device)
        self.tokenizer = tokenizer
        self.types = {name: number for number, name in enumerate(types, start=1)}
        self.settings = settings
        self.device = device
        self.floor = math.log(settings.floor / (1 - settings.floor)) if settings.floor else -math.inf
        trained = settings.scorer == "attention"
        self.properties = [item.iri for item in ontology.properties] if trained else [RELATED_TO]
        self._relations = self._relation_vectors(ontology) if trained else None

    @torch.inference_mode()
    def _relation_vectors(self, ontology: Ontology) -> Tensor:
        """Vectors [R, H] of the properties, encoded once."""
        ids, shapes, mask = (rows.to(self.device) for rows in relation_rows(self.tokenizer, ontology))
        step = max(1, self.settings.tokens_per_batch // ids.shape[1])
        with fast_precision(self.device):
            parts = [
                self.model.encoder.pooled(ids[at : at + step], shapes[at : at + step], mask[at : at + step])
                for at in range(0, len(ids), step)
            ]
            return self.model.relation_vectors(torch.cat(parts))

    @torch.inference_mode()
    def logits(self, batch: PairBatch) -> Tensor:
        """Logits [S, Q, R] of every pair of the batch for every property."""
        with fast_precision(self.device):
            if self._relations is not None:
                return self.model(batch, self._relations)  # type: ignore[no-any-return]  # modules are untyped calls
            vectors = entity_vectors(self.model.encoder(batch.ids, batch.shapes, batch.mask), batch)
            if self.settings.scorer == "dot":
                return dot_scores(vectors, batch).unsqueeze(-1)
            return concat_scores(vectors, batch, self.model.related).unsqueeze(-1)

    def scores(self, contexts: list[Context]) -> Iterator[tuple[Context, NDArray[np.int64], NDArray[np.float32]]]:
        """For each context the pair and property [N, 2] of its scores at or above the floor, and the logits [N]."""
        bounds = {"tokens": self.settings.tokens_per_batch, "pairs": self.settings.pairs_per_batch}
        for batch in batch_contexts(contexts, **bounds):
            pairs = to_pair_batch(batch).to(self.device)
            logits = self.logits(pairs)
            kept = (logits >= self.floor) & pairs.pairs.unsqueeze(-1)
            places, values = kept.nonzero().cpu().numpy(), logits[kept].cpu().numpy()
            cuts = np.searchsorted(places[:, 0], np.arange(1, len(batch)))
            rows = zip(batch, np.split(places[:, 1:], cuts), np.split(values, cuts), strict=True)
            yield from rows


def score(documents: Iterable[AnnotatedDocument], scorer: Scorer) -> Iterator[ScoredDocument]:
    """The documents with their scores, in order."""
    source = iter(documents)
    while batch := list(islice(source, _DOCUMENTS)):
        contexts = [context for number, item in enumerate(batch) for context in _contexts(number, item, scorer)]
        found: list[list[PairScore]] = [[] for _ in batch]
        counts = [0] * len(batch)
        for context, places, values in scorer.scores(contexts):
            counts[context.document] += len(context.pairs)
            found[context.document] += _records(batch[context.document], context, places, values, scorer.properties)
        for item, pairs, scores in zip(batch, counts, found, strict=True):
            unscored = len(candidate_pairs(item)) - pairs
            ordered = sorted(scores, key=lambda one: (one.sentence, one.head, one.tail, one.property))
            yield ScoredDocument(item, pairs, unscored, tuple(ordered))


def _contexts(number: int, annotated: AnnotatedDocument, scorer: Scorer) -> Iterator[Context]:
    pieces = split_pieces(scorer.tokenizer, annotated.document.text)
    return cut_contexts(number, annotated, pieces, scorer.types, most_pairs=scorer.settings.pairs_per_batch)


def _records(
    annotated: AnnotatedDocument,
    context: Context,
    places: NDArray[np.int64],
    values: NDArray[np.float32],
    properties: list[str],
) -> Iterator[PairScore]:
    sides = context.mentions[context.pairs[places[:, 0]]]
    columns = (sides[:, 0].tolist(), sides[:, 1].tolist(), places[:, 1].tolist(), values.tolist())
    for head, tail, label, value in zip(*columns, strict=True):
        yield PairScore(annotated.mentions[head].sentence, head, tail, properties[label], value)


def relation_rows(tokenizer: Tokenizer, ontology: Ontology) -> tuple[Tensor, Tensor, Tensor]:
    """Pieces, shapes and mask [R, T] of the properties' labels and definitions."""
    parts = [split_pieces(tokenizer, item.text)[:_LONGEST_DEFINITION] for item in ontology.properties]
    rows = padded(parts)
    return torch.from_numpy(rows.ids), torch.from_numpy(rows.shapes), torch.from_numpy(rows.mask)
