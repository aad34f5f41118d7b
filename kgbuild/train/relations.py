"""`train_relations`: from the annotated sets to a trained relation model.

A teacher learns from what people annotated. What it believes of documents that nobody annotated, or not completely,
becomes a soft target there, and a student, which begins as the teacher, learns from all of it (self-training, Xie et
al. 2020, https://arxiv.org/abs/1911.04252; for relations of documents Tan et al. 2022,
https://arxiv.org/abs/2203.10900).
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from kgbuild.checkpoint import Base
from kgbuild.model.pairs import RelationModel
from kgbuild.ontology import Ontology
from kgbuild.train.beliefs import with_beliefs
from kgbuild.train.data import is_held_out, read_gold
from kgbuild.train.loop import Plan, fit
from kgbuild.train.recogniser import HELD_OUT
from kgbuild.train.relating import Related, RelatingSet, RelationTrainer, epoch_batches, related
from kgbuild.train.tagging import TYPES

__all__ = ["RELATION_PLAN", "RELATION_SETS", "TEACHER_PLAN", "UNLABELLED_SETS", "train_relations"]

TEACHER_PLAN: Final = Plan(epochs=4, encoder_rate=1.5e-4, head_rate=7e-4)
"""How the teacher is trained."""
RELATION_PLAN: Final = Plan(epochs=10, encoder_rate=1.5e-4, head_rate=7e-4, seed=17)
"""How the relation model that ships is trained."""

RELATION_SETS: Final = (
    RelatingSet("redocred", "all pairs"),
    RelatingSet("docred_incomplete", "related pairs"),
    RelatingSet("fewrel64", "related pairs", share=0.08),
)
"""What both are trained on."""
UNLABELLED_SETS: Final = (
    RelatingSet("docred_incomplete", "related pairs"),
    RelatingSet("docred_mentions", "no pairs", share=0.5),
)
"""Sets of which the student learns what the teacher believes."""

_TOKENS_PER_BATCH = 1_536
_PAIRS_PER_BATCH = 8_192


def train_relations(
    data: Path,
    base: Base,
    ontology: Ontology,
    *,
    device: torch.device,
    work: Path,
    plans: tuple[Plan, Plan] = (TEACHER_PLAN, RELATION_PLAN),
    sets: Sequence[RelatingSet] = RELATION_SETS,
    unlabelled: Sequence[RelatingSet] = UNLABELLED_SETS,
    begin: Mapping[str, Tensor] | None = None,
    report: Callable[[str], None],
) -> RelationModel:
    """A relation model trained on `data`; goes on from the checkpoints in `work` where there are some.

    `plans` are the teacher's and the student's; without `unlabelled` sets the teacher is what comes back. The teacher
    begins from the base encoder, and from the weights `begin` of another relation model as far as they fit.
    """
    labelled = {source: _contexts(data, source, base.tokenizer, ontology) for source in sets}
    path = work / "teacher.pt"
    teacher = _fitted(labelled, base, ontology, plans[0], begin, device=device, checkpoint=path, report=report)
    if not unlabelled:
        return teacher.model
    believed = {}
    for source in unlabelled:
        report(f"what the teacher believes of {source.name}")
        contexts = labelled.pop(source, None) or _contexts(data, source, base.tokenizer, ontology)
        believed[source] = with_beliefs(teacher, contexts, covered=_covered(labelled))
    together = labelled | believed
    path = work / "relations.pt"
    begin = teacher.model.state_dict()
    return _fitted(together, base, ontology, plans[1], begin, device=device, checkpoint=path, report=report).model


def _fitted(
    sets: Mapping[RelatingSet, Sequence[Related]],
    base: Base,
    ontology: Ontology,
    plan: Plan,
    begin: Mapping[str, Tensor] | None,
    *,
    device: torch.device,
    checkpoint: Path,
    report: Callable[[str], None],
) -> RelationTrainer:
    torch.manual_seed(plan.seed)
    model = RelationModel(base.encoder, types=len(TYPES))
    model.start_from(base.weights)
    if begin is not None:
        report(f"{model.take_over(begin)} of {len(model.state_dict())} tensors begin as in the model before")
    trainer = RelationTrainer(model, base.tokenizer, ontology).to(device)

    def batches(epoch: int) -> list[list[Related]]:
        return epoch_batches(
            list(sets.items()), epoch=epoch, seed=plan.seed, tokens=_TOKENS_PER_BATCH, pairs=_PAIRS_PER_BATCH
        )

    fit(trainer, batches, trainer.loss, plan, checkpoint=checkpoint, report=report)
    return trainer


def _contexts(data: Path, source: RelatingSet, tokenizer: Tokenizer, ontology: Ontology) -> list[Related]:
    documents = read_gold(data / source.name / "train.jsonl")
    kept = [item for item in documents if source.name != "redocred" or not is_held_out(item, HELD_OUT)]
    return related(kept, tokenizer, ontology, source, most_pairs=_PAIRS_PER_BATCH)


def _covered(labelled: Mapping[RelatingSet, Sequence[Related]]) -> NDArray[np.bool_]:
    """Properties that a completely annotated set covers: of these the teacher learned where they fail, [R]."""
    complete = [items[0].covered for source, items in labelled.items() if source.known == "all pairs" and items]
    union: NDArray[np.bool_] = np.logical_or.reduce(complete)
    return union
