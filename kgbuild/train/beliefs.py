"""What a trained relation model believes of documents that are not annotated, as targets for another to learn from."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from kgbuild.model.device import fast_precision
from kgbuild.model.pairs import closed
from kgbuild.score.batches import batch_contexts, to_pair_batch
from kgbuild.train.relating import Related, RelationTrainer

__all__ = ["with_beliefs"]

_FLOOR = 0.02
"""Probability below which a belief counts as none."""
_TOKENS_PER_BATCH = 8_192
_PAIRS_PER_BATCH = 16_384


@torch.inference_mode()
def with_beliefs(teacher: RelationTrainer, contexts: Sequence[Related], *, covered: NDArray[np.bool_]) -> list[Related]:
    """The contexts, each pair known for the `covered` properties [R]: what is annotated holds, the rest is believed."""
    teacher.eval()
    relations = teacher.relation_vectors()
    numbered = [replace(item.context, document=number) for number, item in enumerate(contexts)]
    found = list(contexts)
    for group in batch_contexts(numbered, tokens=_TOKENS_PER_BATCH, pairs=_PAIRS_PER_BATCH):
        batch = to_pair_batch(group).to(relations.device)
        with fast_precision(relations.device):
            logits = closed(teacher.model(batch, relations), batch, teacher.inverse)
        chances = torch.sigmoid(logits).cpu().numpy()
        cuts = np.cumsum([len(context.pairs) for context in group])[:-1]
        for context, part in zip(group, np.split(chances, cuts), strict=True):
            found[context.document] = _believing(contexts[context.document], part, covered)
    return found


def _believing(item: Related, chances: NDArray[np.float32], covered: NDArray[np.bool_]) -> Related:
    kept = (chances >= _FLOOR) & covered
    places, believed = np.argwhere(kept), chances[kept]
    return replace(item, known=np.ones_like(item.known), covered=covered, believed=places, belief=believed)
