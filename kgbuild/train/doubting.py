"""`doubted`: what a text may say beside what a knowledge base told of it.

A base leaves out much of what texts say. To count all that as untrue would make a model that finds it look as if it
were wrong, and its probabilities too low.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import torch

from kgbuild.checkpoint import Models
from kgbuild.config import ScoreSettings
from kgbuild.evaluate.gold import UNTYPED, GoldDocument, GoldRelation, to_annotated
from kgbuild.ontology import Ontology
from kgbuild.recognise.tagger import Tagging
from kgbuild.records import ScoredDocument
from kgbuild.score.fitting import Fitting
from kgbuild.score.predict import Scorer, score

__all__ = ["doubted"]

_LIKELY: Final = 0.5
"""Probability from which something is likelier true than not."""
_MOST: Final = 0.99
"""Probability that is given at most: nobody has said it."""


def doubted(
    documents: Sequence[GoldDocument],
    found: Sequence[Tagging],
    models: Models,
    ontology: Ontology,
    *,
    device: torch.device,
) -> list[GoldDocument]:
    """The documents; what nobody told and the models hold for likely is among their relations, with its probability.

    The mentions have the types that the models' recogniser `found`. Of a property's pairs in the same sentences those
    near the best count.
    """
    relations, tokenizer, types = models.relations.to(device).eval(), models.tokenizer, models.recogniser.types
    nearest = Fitting({}, {})
    scorer = Scorer(relations, tokenizer, types, ontology, ScoreSettings(), device=device, fitting=nearest)
    typed = (to_annotated(_typed(*pair)) for pair in zip(documents, found, strict=True))
    rows = zip(documents, score(typed, scorer), strict=True)
    return [replace(one, relations=(*one.relations, *_likely(one, read, models, ontology))) for one, read in rows]


def _typed(document: GoldDocument, found: Tagging) -> GoldDocument:
    """The document with the types that were found at just the places of its mentions."""
    seen = {(span.start, span.end): span.type for span in found.spans}
    types = (seen.get((item.start, item.end), UNTYPED) for item in document.mentions)
    named = (replace(item, type=kind) for item, kind in zip(document.mentions, types, strict=True))
    return replace(document, mentions=tuple(named))


def _likely(document: GoldDocument, read: ScoredDocument, models: Models, ontology: Ontology) -> Iterator[GoldRelation]:
    """What is likely and not among the document's relations, each once, by its likeliest pair of mentions."""
    told = {(item.head, item.tail, ontology.by_key[item.label].iri) for item in document.relations}
    best: dict[tuple[int, int, str], float] = {}
    for one, chance in zip(read.scores, models.calibration.probabilities([x.logit for x in read.scores]), strict=True):
        key = document.entities[one.head], document.entities[one.tail], one.property
        if key not in told and chance >= _LIKELY:
            best[key] = max(best.get(key, 0.0), min(float(chance), _MOST))
    for (head, tail, label), chance in best.items():
        yield GoldRelation(head, tail, label, (), chance)
