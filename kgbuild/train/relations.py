"""`train_relations`: from the annotated sets to a trained relation model."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import torch
from tokenizers import Tokenizer

from kgbuild.checkpoint import Base
from kgbuild.model.pairs import RelationModel
from kgbuild.ontology import Ontology
from kgbuild.train.data import is_held_out, read_gold
from kgbuild.train.loop import Plan, fit
from kgbuild.train.recogniser import HELD_OUT
from kgbuild.train.relating import Related, RelatingSet, RelationTrainer, epoch_batches, related
from kgbuild.train.tagging import TYPES

__all__ = ["RELATION_PLAN", "RELATION_SETS", "train_relations"]

RELATION_PLAN: Final = Plan(epochs=8, encoder_rate=3e-4, head_rate=1e-3)
"""How the relation model that ships is trained."""

RELATION_SETS: Final = (
    RelatingSet("redocred", "all pairs"),
    RelatingSet("docred_incomplete", "related pairs"),
    RelatingSet("fewrel64", "related pairs", share=0.15),
)
"""What it is trained on."""

_TOKENS_PER_BATCH = 3_072
_PAIRS_PER_BATCH = 8_192


def train_relations(
    data: Path,
    base: Base,
    ontology: Ontology,
    *,
    device: torch.device,
    work: Path,
    plan: Plan = RELATION_PLAN,
    sets: Sequence[RelatingSet] = RELATION_SETS,
    report: Callable[[str], None],
) -> RelationModel:
    """A relation model trained on `data`; goes on from the checkpoint in `work` where there is one."""
    torch.manual_seed(plan.seed)
    model = RelationModel(base.encoder, types=len(TYPES))
    model.encoder.transformer.load_state_dict(base.weights, strict=False)
    trainer = RelationTrainer(model, base.tokenizer, ontology).to(device)
    contexts = [(source, _contexts(data, source, base.tokenizer, ontology)) for source in sets]

    def batches(epoch: int) -> list[list[Related]]:
        return epoch_batches(contexts, epoch=epoch, seed=plan.seed, tokens=_TOKENS_PER_BATCH, pairs=_PAIRS_PER_BATCH)

    fit(trainer, batches, trainer.loss, plan, checkpoint=work / "relations.pt", report=report)
    return model


def _contexts(data: Path, source: RelatingSet, tokenizer: Tokenizer, ontology: Ontology) -> list[Related]:
    documents = read_gold(data / source.name / "train.jsonl")
    kept = [item for item in documents if source.name != "redocred" or not is_held_out(item, HELD_OUT)]
    return related(kept, tokenizer, ontology, source, most_pairs=_PAIRS_PER_BATCH)
