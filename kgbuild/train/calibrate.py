"""Calibration of a relation model on documents that it was not trained on."""

from collections.abc import Iterable, Sequence

import torch
from tokenizers import Tokenizer

from kgbuild.calibration import Calibration, fit_calibration
from kgbuild.config import ScoreSettings
from kgbuild.evaluate.gold import GoldDocument, to_annotated
from kgbuild.model.pairs import RelationModel
from kgbuild.ontology import Ontology
from kgbuild.score.predict import Scorer, score

__all__ = ["calibrate"]

_FLOOR = 0.005
"""Uncalibrated probability below which a score tells nothing about the thresholds that anyone would set."""


def calibrate(
    model: RelationModel,
    tokenizer: Tokenizer,
    types: Iterable[str],
    ontology: Ontology,
    documents: Sequence[GoldDocument],
    *,
    device: torch.device,
) -> Calibration:
    """Temperature, bias and thresholds fitted on the documents, whose annotation must be complete.

    Properties that they never use are left out, since nothing tells whether a score of them is right.
    """
    scorer = Scorer(model, tokenizer, types, ontology, ScoreSettings(floor=_FLOOR), device=device)
    iris = {key: item.iri for key, item in ontology.by_key.items()}
    used = {iris.get(relation.label) for item in documents for relation in item.relations}
    logits, correct, properties = [], [], []
    for gold, scored in zip(documents, score(map(to_annotated, documents), scorer), strict=True):
        holds = {(relation.head, relation.tail, iris.get(relation.label)) for relation in gold.relations}
        for item in scored.scores:
            if item.property in used:
                logits.append(item.logit)
                correct.append((gold.entities[item.head], gold.entities[item.tail], item.property) in holds)
                properties.append(item.property)
    return fit_calibration(logits, correct, properties)
