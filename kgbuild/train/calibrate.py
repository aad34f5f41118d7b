"""Calibration of a relation model on documents that it was not trained on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import reduce

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from kgbuild.calibration import PRECISIONS, Calibration
from kgbuild.config import ScoreSettings
from kgbuild.evaluate.gold import GoldDocument, to_annotated
from kgbuild.model.pairs import RelationModel
from kgbuild.ontology import DATE_TYPE, NUMBER_TYPE, Ontology
from kgbuild.records import ScoredDocument
from kgbuild.score.predict import Scorer, score
from kgbuild.train.scaling import fit_calibration

__all__ = ["CALIBRATION_FLOOR", "Judged", "calibrate", "judge", "relation_shares"]

Shares = tuple[float, float]
"""Of what holds within a sentence, and of what holds across sentences; above 0."""

_VALUES = frozenset((DATE_TYPE, NUMBER_TYPE))
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
    apart: NDArray[np.bool_]
    """Whether head and tail of each stand in different sentences, [N]."""
    documents: NDArray[np.int64]
    """Number of each one's document, [N]."""

    def where(self, kept: NDArray[np.bool_]) -> "Judged":
        """Those that are kept, [N]."""
        return Judged(*(getattr(self, item.name)[kept] for item in fields(self)))

    def beside(self, other: "Judged") -> "Judged":
        """Both, those of one document under one number."""
        names = [item.name for item in fields(self)]
        return Judged(*(np.concatenate([getattr(self, name), getattr(other, name)]) for name in names))

    def probabilities(self, calibration: Calibration) -> NDArray[np.float64]:
        """The scores' probabilities, 0 to 1, [N]."""
        return calibration.probabilities(self.logits, self.apart, self.properties.tolist())

    def fitted(self, precisions: Sequence[float], *, shares: Shares | None = None, alike: bool = False) -> Calibration:
        """The calibration that is fitted on them.

        `shares` say how many times as many relations as here hold within a sentence, and across sentences, where the
        calibration is to be used: right scores count that often (prior shift, Saerens et al. 2002,
        https://doi.org/10.1162/089976602753284446).
        Raises: InputError.
        """
        weights = np.where(self.correct, np.where(self.apart, *reversed(shares or (1.0, 1.0))), 1.0)
        names, documents = self.properties.tolist(), self.documents.tolist()
        told = {"apart": self.apart, "weights": weights, "documents": documents, "alike": alike}
        return fit_calibration(self.logits, self.correct, names, precisions, **told)


def judge(documents: Sequence[GoldDocument], scored: Iterable[ScoredDocument], ontology: Ontology) -> Judged:
    """The scores of the documents, whose annotation must be complete; one for each pair of entities and property.

    Properties that the documents never use are left out, since nothing tells whether a score of them is right, and so
    are scores of relations whose annotation is in doubt.
    """
    iris = {key: item.iri for key, item in ontology.by_key.items()}
    used = {iris.get(relation.label) for item in documents for relation in item.relations if relation.probability == 1}
    rows: list[tuple[float, bool, str, bool, int]] = []
    for number, (gold, found) in enumerate(zip(documents, scored, strict=True)):
        told = {(r.head, r.tail, iris.get(r.label)): r.probability for r in gold.relations}
        best: dict[tuple[int, int, str], tuple[float, bool]] = {}
        for item in found.scores:
            key = gold.entities[item.head], gold.entities[item.tail], item.property
            if item.property in used and told.get(key, 1.0) == 1:
                reading = item.logit, found.annotated.stand_apart(item.head, item.tail)
                best[key] = max(reading, best.get(key, reading))
        rows += [(logit, key in told, key[2], apart, number) for key, (logit, apart) in best.items()]
    logits, correct, properties, apart, numbers = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return Judged(
        np.array(logits, dtype=np.float64),
        np.array(correct, dtype=np.bool_),
        np.array(properties, dtype=np.str_),
        np.array(apart, dtype=np.bool_),
        np.array(numbers, dtype=np.int64),
    )


def calibrate(
    model: RelationModel,
    tokenizer: Tokenizer,
    types: Iterable[str],
    ontologies: Sequence[Ontology],
    documents: Sequence[GoldDocument],
    *,
    among: Sequence[GoldDocument] | None = None,
    alike: bool = False,
    device: torch.device,
) -> Calibration:
    """Temperature, biases and thresholds fitted on the documents, whose annotation must be complete.

    Each of the `ontologies` names the same properties in other words: what fits all of them together is fitted.
    Where the documents are few drawn from those `among`, they may hold more relations than these by chance, which would
    make every probability too high: right scores then count as often as all of those documents say. Where properties
    are `alike` the thresholds are for any others.
    Raises: InputError when they do not tell enough.
    """
    settings, found = ScoreSettings(floor=CALIBRATION_FLOOR), list(map(to_annotated, documents))
    scorers = (Scorer(model, tokenizer, types, ontology, settings, device=device) for ontology in ontologies)
    parts = (judge(documents, score(found, by), ontology) for by, ontology in zip(scorers, ontologies, strict=True))
    judged = reduce(Judged.beside, parts)
    return judged.fitted(PRECISIONS, shares=relation_shares(among, documents) if among else None, alike=alike)


def relation_shares(wanted: Iterable[GoldDocument], found: Iterable[GoldDocument]) -> Shares:
    """How many times as many relations a pair holds in the `wanted` documents: within a sentence, across sentences."""
    asked, here = (np.sum([_held(item) for item in items], axis=0) for items in (wanted, found))
    near, far = (asked[:, 0] / asked[:, 1]) / (here[:, 0] / here[:, 1])
    return float(near), float(far)


def _held(document: GoldDocument) -> NDArray[np.int64]:
    """Relations and candidate pairs within a sentence, and across sentences, [2, 2]."""
    near = document.same_sentence_pairs
    heads = {e for e, mention in zip(document.entities, document.mentions, strict=True) if mention.type not in _VALUES}
    everything = len(heads) * max(len(set(document.entities)) - 1, 0)
    within = sum(head in heads for head, _ in near)
    told = sum((relation.head, relation.tail) in near for relation in document.relations)
    return np.array([[told, within], [len(document.relations) - told, everything - within]])
