"""`train_relations`: from the annotated sets to a trained relation model.

A teacher learns from what people annotated. What it believes of documents that nobody annotated, or not completely,
becomes a soft target there, and a student, which begins as the teacher, learns from all of it (self-training, Xie et
al. 2020, https://arxiv.org/abs/1911.04252; for relations of documents Tan et al. 2022,
https://arxiv.org/abs/2203.10900).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kgbuild.checkpoint import Base
from kgbuild.config import VOCABULARY
from kgbuild.evaluate.gold import GoldDocument
from kgbuild.model.pairs import RelationModel
from kgbuild.ontology import Ontology
from kgbuild.train.beliefs import with_beliefs
from kgbuild.train.data import read_for_training
from kgbuild.train.drawing import NOISE, Noise, epoch_batches
from kgbuild.train.loop import Plan, fit
from kgbuild.train.passages import cut_passages
from kgbuild.train.patterns import Patterns, read_patterns, sentences
from kgbuild.train.relating import Related, RelatingSet, RelationTrainer, related
from kgbuild.train.tagging import TYPES
from kgbuild.train.wording import narrowed, widened, wordings

__all__ = ["PASSAGES", "PATTERNED", "RELATION_PLANS", "RELATION_SETS", "UNLABELLED_SETS", "train_relations"]

RELATION_PLANS: Final = (
    Plan(epochs=8, encoder_rate=1.5e-4, head_rate=7e-4),
    Plan(epochs=4, encoder_rate=1.5e-4, head_rate=7e-4, seed=17),
    Plan(epochs=6, encoder_rate=1.5e-4, head_rate=7e-4, seed=19),
)
"""How the teacher is trained, and each student in turn."""

RELATION_SETS: Final = (
    RelatingSet("redocred", "all pairs"),
    RelatingSet("docred_incomplete", "related pairs"),
    RelatingSet("fewrel64", "related pairs", share=0.2),
)
"""What all are trained on."""
UNLABELLED_SETS: Final = (
    RelatingSet("docred_incomplete", "related pairs"),
    RelatingSet("docred_mentions", "no pairs", share=0.6),
)
"""Sets of which a student learns what its teacher believes."""
PATTERNED: Final = RelatingSet("patterns", "related pairs", share=1 / 3)
"""Sentences of our own, made from the patterns that ship beside the ontology."""
PASSAGES: Final = RelatingSet("passages", "all pairs", share=0.5)
"""One to three sentences of the completely annotated sets, as texts of their own."""

_CUTS = 2
"""Times that a document is cut into passages, each time at other places."""
_LONGEST = 3
"""Most sentences of a passage."""
_SENTENCES = 48
"""Sentences that are made for each relation."""
_WORDINGS = 15
"""Times that all relations are put in other words."""
_TOKENS_PER_BATCH = 1_024
_PAIRS_PER_BATCH = 8_192


def train_relations(
    data: Path,
    base: Base,
    ontology: Ontology,
    *,
    device: torch.device,
    work: Path,
    plans: Sequence[Plan] = RELATION_PLANS,
    sets: Sequence[RelatingSet] = RELATION_SETS,
    unlabelled: Sequence[RelatingSet] = UNLABELLED_SETS,
    passages: RelatingSet | None = PASSAGES,
    patterns: Path | None = VOCABULARY / "patterns",
    unseen: Collection[str] = (),
    noise: Noise = NOISE,
    begin: Mapping[str, Tensor] | None = None,
    report: Callable[[str], None],
) -> RelationModel:
    """A relation model trained on `data`; goes on from the checkpoints in `work` where there are some.

    `plans` are the teacher's and those of the students, each of which is the next one's teacher. All learn from
    `passages` of the completely annotated documents too, and from the `patterns` of a folder: their relations beside
    those of the ontology, in other words now and then. Of the relations whose keys are `unseen` nothing is learned.
    The teacher begins from the base encoder; where there are weights `begin` of another relation model, it is the
    first teacher, as far as its weights fit.
    """
    known = Patterns({}, ()) if patterns is None else read_patterns(patterns).without(unseen)
    learned = widened(narrowed(ontology, unseen), known)
    said = list(wordings(learned, known, count=_WORDINGS, draw=np.random.default_rng(13))) if patterns else []
    run = _Run(base, learned, said, noise, device, report)
    documents = {source: read_for_training(data, source.name) for source in dict.fromkeys((*sets, *unlabelled))}
    contexts = {source: run.contexts(source, found) for source, found in documents.items()}
    labelled = {source: contexts[source] for source in sets}
    covered = _covered(labelled)
    if passages is not None:
        whole = [document for source in sets if source.known == "all pairs" for document in documents[source]]
        short = cut_passages(whole * _CUTS, longest=_LONGEST, draw=np.random.default_rng(13))
        labelled[passages] = run.contexts(passages, list(short))
    if known.relations:
        own = sentences(known, each=_SENTENCES, draw=np.random.default_rng(13))
        labelled[PATTERNED] = run.contexts(PATTERNED, list(own))
    teacher = run.fitted(labelled, plans[0], None, work / "teacher.pt") if begin is None else run.beginning(begin)
    for number, plan in enumerate(plans[1:], start=1):
        names = ", ".join(source.name for source in unlabelled)
        report(f"student {number} of {len(plans) - 1}: what its teacher believes of {names}")
        believed = {source: with_beliefs(teacher, contexts[source], covered=covered) for source in unlabelled}
        path = work / f"student-{number}.pt"
        teacher = run.fitted(labelled | believed, plan, teacher.model.state_dict(), path)
    return teacher.model


@dataclass(frozen=True, slots=True)
class _Run:
    """What the trainings of teacher and students share."""

    base: Base
    ontology: Ontology
    wordings: Sequence[Ontology]
    noise: Noise
    device: torch.device
    report: Callable[[str], None]

    def contexts(self, source: RelatingSet, documents: Sequence[GoldDocument]) -> list[Related]:
        """The contexts of the documents with their targets."""
        return related(documents, self.base.tokenizer, self.ontology, source, most_pairs=_PAIRS_PER_BATCH)

    def beginning(self, weights: Mapping[str, Tensor] | None) -> RelationTrainer:
        """A model that begins from the base encoder, and from other weights as far as they fit."""
        model = RelationModel(self.base.encoder, types=len(TYPES))
        model.start_from(self.base.weights)
        if weights is not None:
            self.report(f"{model.take_over(weights)} of {len(model.state_dict())} tensors begin as in the model before")
        trainer = RelationTrainer(model, self.base.tokenizer, self.ontology, wordings=self.wordings)
        return trainer.to(self.device)

    def fitted(
        self,
        sets: Mapping[RelatingSet, Sequence[Related]],
        plan: Plan,
        weights: Mapping[str, Tensor] | None,
        checkpoint: Path,
    ) -> RelationTrainer:
        """The model after training on the sets."""
        torch.manual_seed(plan.seed)
        trainer = self.beginning(weights)
        bounds = {"tokens": _TOKENS_PER_BATCH, "pairs": _PAIRS_PER_BATCH}

        def batches(epoch: int) -> list[list[Related]]:
            return epoch_batches(list(sets.items()), epoch=epoch, seed=plan.seed, noise=self.noise, **bounds)

        fit(trainer, batches, trainer.loss, plan, checkpoint=checkpoint, report=self.report)
        return trainer


def _covered(labelled: Mapping[RelatingSet, Sequence[Related]]) -> NDArray[np.bool_]:
    """Properties that a completely annotated set covers: of these the teacher learned where they fail, [R]."""
    complete = [items[0].covered for source, items in labelled.items() if source.known == "all pairs" and items]
    union: NDArray[np.bool_] = np.logical_or.reduce(complete)
    return union
