"""`train_recogniser`: from the annotated sets to a trained recogniser."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import torch
from tokenizers import Tokenizer

from kgbuild.checkpoint import Base
from kgbuild.model.recogniser import Recogniser
from kgbuild.train.data import read_for_training
from kgbuild.train.loop import Plan, fit
from kgbuild.train.tagging import TYPES, Tagged, TaggingSet, epoch_batches, tagged, tagging_loss

__all__ = ["RECOGNISER_PLAN", "RECOGNISER_SETS", "train_recogniser"]

RECOGNISER_PLAN: Final = Plan(epochs=4, encoder_rate=2.5e-4, head_rate=1e-3)
"""How the recogniser that ships is trained."""

RECOGNISER_SETS: Final = (
    TaggingSet("redocred"),
    TaggingSet("docred_mentions"),
    TaggingSet("docred_incomplete"),
    TaggingSet("wikigold", types=("PER", "ORG", "LOC", "MISC"), sentences=False),
    TaggingSet("btc", types=("PER", "ORG", "LOC"), share=0.5, sentences=False),
    TaggingSet("wnut17", types=("PER", "ORG", "LOC", "MISC"), share=0.5, sentences=False, handles=False),
)
"""What it is trained on."""

_TOKENS_PER_BATCH = 1_536


def train_recogniser(
    data: Path,
    base: Base,
    *,
    device: torch.device,
    work: Path,
    plan: Plan = RECOGNISER_PLAN,
    sets: Sequence[TaggingSet] = RECOGNISER_SETS,
    report: Callable[[str], None],
) -> Recogniser:
    """A recogniser trained on `data`; goes on from the checkpoint in `work` where there is one."""
    torch.manual_seed(plan.seed)
    model = Recogniser(base.encoder, TYPES)
    model.encoder.transformer.load_state_dict(base.weights, strict=False)
    model.to(device)
    windows = [(source, _windows(data, source, base.tokenizer)) for source in sets]

    def batches(epoch: int) -> list[list[Tagged]]:
        return epoch_batches(windows, epoch=epoch, seed=plan.seed, tokens=_TOKENS_PER_BATCH)

    fit(
        model, batches, lambda batch: tagging_loss(model, batch), plan, checkpoint=work / "recogniser.pt", report=report
    )
    return model


def _windows(data: Path, source: TaggingSet, tokenizer: Tokenizer) -> list[Tagged]:
    documents = read_for_training(data, source.name)
    return [window for document in documents for window in tagged(document, tokenizer, source)]
