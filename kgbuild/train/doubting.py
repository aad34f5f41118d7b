"""`doubted`: what a text may say beside what a knowledge base told of it.

A base leaves out much of what texts say. To count all that as untrue would make a model that finds it look as if it
were wrong, and its probabilities too low.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import torch

from kgbuild.calibration import Calibration
from kgbuild.checkpoint import Models
from kgbuild.config import ScoreSettings
from kgbuild.evaluate.gold import GoldDocument, GoldRelation, to_annotated
from kgbuild.ontology import Ontology
from kgbuild.recognise.tagger import Tagging
from kgbuild.records import ScoredDocument
from kgbuild.score.fitting import Fitting
from kgbuild.score.predict import Scorer
from kgbuild.score.predict import score as score_pairs
from kgbuild.train.shown import retyped

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

    The mentions have the types that the models' recogniser `found`; domain and range are not asked for. Of a property's
    pairs in the same sentences those count that come near the best or are sure by themselves.
    """
    if not documents:
        return []
    relations, types, nearest = models.relations.eval(), models.recogniser.types, Fitting({}, {})
    scorer = Scorer(relations, models.tokenizer, types, ontology, ScoreSettings(), device=device, fitting=nearest)
    typed = (to_annotated(retyped(*pair)) for pair in zip(documents, found, strict=True))
    rows = zip(documents, score_pairs(typed, scorer), strict=True)
    return [
        replace(one, relations=(*one.relations, *_likely(one, read, models.calibration, ontology)))
        for one, read in rows
    ]


def _likely(
    document: GoldDocument, read: ScoredDocument, calibration: Calibration, ontology: Ontology
) -> Iterator[GoldRelation]:
    """What is likely and neither told nor denied, each once, by its likeliest pair of mentions."""
    judged = (*document.relations, *document.denied)
    told = {(item.head, item.tail, ontology.by_key[item.label].iri) for item in judged}
    apart = [read.annotated.stand_apart(score.head, score.tail) for score in read.scores]
    asked = [score.property for score in read.scores]
    chances = calibration.probabilities([score.logit for score in read.scores], apart, asked)
    best: dict[tuple[int, int, str], float] = {}
    for score, chance in zip(read.scores, chances.tolist(), strict=True):
        key = document.entities[score.head], document.entities[score.tail], score.property
        if key not in told and chance >= _LIKELY:
            best[key] = max(best.get(key, 0.0), min(chance, _MOST))
    for (head, tail, label), chance in best.items():
        yield GoldRelation(head, tail, label, (), chance)
