"""Calibration of a relation model on documents that it was not trained on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from kgbuild.calibration import PRECISIONS, Calibration, fit_calibration
from kgbuild.config import ScoreSettings
from kgbuild.evaluate.gold import GoldDocument, to_annotated
from kgbuild.model.pairs import RelationModel
from kgbuild.ontology import Ontology
from kgbuild.records import ScoredDocument
from kgbuild.score.predict import Scorer, score

__all__ = ["CALIBRATION_FLOOR", "Judged", "calibrate", "judge"]

CALIBRATION_FLOOR = 0.005
"""Uncalibrated probability below which a score tells nothing about the thresholds that anyone would set."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The scores of annotated documents, each judged by the annotation; N in all."""

    logits: NDArray[np.float64]
    """The scores before calibration, [N]."""
    correct: NDArray[np.bool_]
    """Whether each is right, [N]."""
    properties: NDArray[np.str_]
    """IRI of each one's property, [N]."""
    documents: NDArray[np.int64]
    """Number of each one's document, [N]."""

    def where(self, kept: NDArray[np.bool_]) -> "Judged":
        """Those that are kept, [N]."""
        return Judged(self.logits[kept], self.correct[kept], self.properties[kept], self.documents[kept])

    def fitted(self, precisions: Sequence[float]) -> Calibration:
        """The calibration that is fitted on them. Raises: InputError."""
        names, documents = self.properties.tolist(), self.documents.tolist()
        return fit_calibration(self.logits, self.correct, names, precisions, documents=documents)


def judge(documents: Sequence[GoldDocument], scored: Iterable[ScoredDocument], ontology: Ontology) -> Judged:
    """The scores of the documents, whose annotation must be complete; one for each pair of entities and property.

    Properties that the documents never use are left out, since nothing tells whether a score of them is right.
    """
    iris = {key: item.iri for key, item in ontology.by_key.items()}
    used = {iris.get(relation.label) for item in documents for relation in item.relations}
    rows: list[tuple[float, bool, str, int]] = []
    for number, (gold, found) in enumerate(zip(documents, scored, strict=True)):
        holds = {(relation.head, relation.tail, iris.get(relation.label)) for relation in gold.relations}
        best: dict[tuple[int, int, str], float] = {}
        for item in found.scores:
            key = gold.entities[item.head], gold.entities[item.tail], item.property
            if item.property in used:
                best[key] = max(item.logit, best.get(key, item.logit))
        rows += [(logit, key in holds, key[2], number) for key, logit in best.items()]
    logits, correct, properties, numbers = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Judged(
        np.array(logits, dtype=np.float64),
        np.array(correct, dtype=np.bool_),
        np.array(properties, dtype=np.str_),
        np.array(numbers, dtype=np.int64),
    )


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

    Raises: InputError when they do not tell enough.
    """
    scorer = Scorer(model, tokenizer, types, ontology, ScoreSettings(floor=CALIBRATION_FLOOR), device=device)
    judged = judge(documents, score(map(to_annotated, documents), scorer), ontology)
    return judged.fitted(PRECISIONS)
