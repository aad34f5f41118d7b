"""`train_recogniser`: from the annotated sets to a trained recogniser."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from kgbuild.checkpoint import Base
from kgbuild.config import VOCABULARY
from kgbuild.model.recogniser import Recogniser
from kgbuild.train.data import read_for_training
from kgbuild.train.loop import Plan, fit
from kgbuild.train.patterns import read_patterns, sentences
from kgbuild.train.tagging import TYPES, Tagged, TaggingSet, epoch_batches, tagged, tagging_loss
from kgbuild.train.written import read_written

__all__ = ["RECOGNISER_PLAN", "RECOGNISER_SETS", "train_recogniser"]

RECOGNISER_PLAN: Final = Plan(epochs=4, encoder_rate=2.5e-4, head_rate=1e-3)
"""How `make model` trains the recogniser; how the one that ships came about is in its card."""

RECOGNISER_SETS: Final = (
    TaggingSet("redocred"),
    TaggingSet("docred_mentions"),
    TaggingSet("docred_incomplete"),
    TaggingSet("wikigold", types=("PER", "ORG", "LOC", "MISC"), sentences=False),
    TaggingSet("btc", types=("PER", "ORG", "LOC"), share=0.5, sentences=False),
    TaggingSet("wnut17", types=("PER", "ORG", "LOC", "MISC"), share=0.5, sentences=False, handles=False),
)
"""What it is trained on, beside the documents of our own."""

_WRITTEN: Final = TaggingSet("documents")
_ASKED: Final = TaggingSet("asked documents", nouns=True)
"""Documents of our own; those that say of which relations they were asked have common nouns among their mentions."""
_PATTERNED: Final = TaggingSet("patterns", share=1 / 3, sentences=False, whole=False, alike=("ORG", "MISC"))
"""Sentences of our own patterns: their names teach where titles end. Newspapers, programs and devices lie between two
types, and what else a sentence holds is not annotated."""
_SENTENCES: Final = 24
"""Sentences that are made for each relation of the patterns."""
_TOKENS_PER_BATCH = 1_536


def train_recogniser(
    data: Path,
    base: Base,
    *,
    device: torch.device,
    work: Path,
    plan: Plan = RECOGNISER_PLAN,
    sets: Sequence[TaggingSet] = RECOGNISER_SETS,
    written: Path | None = VOCABULARY / "documents",
    patterns: Path | None = VOCABULARY / "patterns",
    begin: Mapping[str, Tensor] | None = None,
    report: Callable[[str], None],
) -> Recogniser:
    """A recogniser trained on `data`, on the documents `written` for this project and on sentences of its `patterns`.

    It goes on from the checkpoint in `work` where there is one, and begins from the base encoder or, where they are
    given, from `begin`, all the weights of another recogniser of the same types.

    Raises: MissingError, InputError, CheckpointError.
    """
    torch.manual_seed(plan.seed)
    model = Recogniser(base.encoder, TYPES)
    model.encoder.transformer.load_state_dict(base.weights, strict=False)
    if begin is not None:
        model.load_state_dict(begin)
    model.to(device)
    documents = {source: read_for_training(data, source.name) for source in sets}
    ours = [] if written is None else list(read_written(written))
    documents[_WRITTEN] = [item for item in ours if item.asked is None]
    documents[_ASKED] = [item for item in ours if item.asked is not None]
    if patterns is not None:
        known = read_patterns(patterns)
        documents[_PATTERNED] = list(sentences(known, each=_SENTENCES, draw=np.random.default_rng(plan.seed)))
    windows = [
        (source, [window for item in found for window in tagged(item, base.tokenizer, source)])
        for source, found in documents.items()
    ]

    def batches(epoch: int) -> list[list[Tagged]]:
        return epoch_batches(windows, epoch=epoch, seed=plan.seed, tokens=_TOKENS_PER_BATCH)

    fit(
        model, batches, lambda batch: tagging_loss(model, batch), plan, checkpoint=work / "recogniser.pt", report=report
    )
    return model
