"""`train_relations`: from the annotated sets to a trained relation model."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from kgbuild.checkpoint import Base
from kgbuild.config import VOCABULARY
from kgbuild.evaluate.gold import GoldDocument
from kgbuild.model.pairs import RelationModel
from kgbuild.ontology import Ontology
from kgbuild.train.annotations import read_annotations, with_annotations
from kgbuild.train.data import read_for_training
from kgbuild.train.drawing import NOISE, Noise, epoch_batches
from kgbuild.train.loop import Plan, fit
from kgbuild.train.passages import cut_passages
from kgbuild.train.patterns import Patterns, read_patterns, sentences
from kgbuild.train.relating import Related, RelatingSet, RelationTrainer, related
from kgbuild.train.tagging import TYPES
from kgbuild.train.wording import narrowed, widened, with_inverses, wordings
from kgbuild.train.written import read_written

__all__ = ["ASKED", "PASSAGES", "PATTERNED", "RELATION_PLAN", "RELATION_SETS", "WRITTEN", "train_relations"]

RELATION_PLAN: Final = Plan(epochs=6, encoder_rate=1.5e-4, head_rate=7e-4)
"""How `make model` trains the relation model; how the one that ships came about is in its card."""

RELATION_SETS: Final = (
    RelatingSet("redocred", "all pairs"),
    RelatingSet("docred_mentions", "all pairs", ours=True),
    RelatingSet("docred_incomplete", "all pairs", ours=True),
    RelatingSet("fewrel64", "all pairs", share=0.7, ours=True),
)
"""What it is trained on. Of fewrel64 what we annotated alone: the set has the earlier name as head, whatever holds."""
PATTERNED: Final = RelatingSet("patterns", "related pairs", share=0.25)
"""Sentences of our own, made from the patterns that ship beside the ontology."""
WRITTEN: Final = RelatingSet("documents", "all pairs")
"""Documents of our own, which ship beside the ontology."""
ASKED: Final = RelatingSet("asked documents", "all pairs")
"""Those of them that were annotated for the relations that they were asked of."""
PASSAGES: Final = RelatingSet("passages", "all pairs", share=0.35)
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
    plan: Plan = RELATION_PLAN,
    sets: Sequence[RelatingSet] = RELATION_SETS,
    passages: RelatingSet | None = PASSAGES,
    patterns: Path | None = VOCABULARY / "patterns",
    annotations: Path = VOCABULARY / "annotations",
    written: Path | None = VOCABULARY / "documents",
    unseen: Collection[str] = (),
    noise: Noise = NOISE,
    begin: Mapping[str, Tensor] | None = None,
    report: Callable[[str], None],
) -> RelationModel:
    """A relation model trained on `data`; goes on from the checkpoint in `work` where there is one.

    It learns from `passages` of the completely annotated documents too, and from the `patterns` of a folder: their
    relations beside those of the ontology, in other words now and then. The folder `annotations` holds what was
    annotated for this project, the folder `written` the documents that were written for it. Of the relations whose
    keys are `unseen` nothing is learned. The model begins from the base encoder and, as far as they fit, the weights
    `begin` of another relation model.
    """
    known = Patterns({}, ()) if patterns is None else read_patterns(patterns).without(unseen)
    learned = widened(narrowed(ontology, unseen), known)
    said = list(wordings(learned, known, count=_WORDINGS, draw=np.random.default_rng(13))) if patterns else []
    documents = {source: _without(_documents(data, source, annotations), unseen) for source in sets}
    documents |= {} if written is None else _written(written, unseen)
    documents |= {} if passages is None else {passages: _passages(documents)}
    if known.relations:
        documents[PATTERNED] = list(sentences(known, each=_SENTENCES, draw=np.random.default_rng(13)))
    documents = {source: list(with_inverses(found, learned, known)) for source, found in documents.items()}
    contexts = [
        (source, related(found, base.tokenizer, learned, source, most_pairs=_PAIRS_PER_BATCH))
        for source, found in documents.items()
    ]
    torch.manual_seed(plan.seed)
    trainer = RelationTrainer(_model(base, begin, report), base.tokenizer, learned, wordings=said).to(device)
    bounds = {"tokens": _TOKENS_PER_BATCH, "pairs": _PAIRS_PER_BATCH}

    def batches(epoch: int) -> list[list[Related]]:
        return epoch_batches(contexts, epoch=epoch, seed=plan.seed, noise=noise, **bounds)

    fit(trainer, batches, trainer.loss, plan, checkpoint=work / "relations.pt", report=report)
    return trainer.model


def _documents(data: Path, source: RelatingSet, annotations: Path) -> list[GoldDocument]:
    """The documents of a set that may be trained on, with our annotation where it has one."""
    found = read_for_training(data, source.name)
    return with_annotations(found, read_annotations(annotations / f"{source.name}.jsonl")) if source.ours else found


def _written(folder: Path, unseen: Collection[str]) -> dict[RelatingSet, list[GoldDocument]]:
    """The documents of our own that may be trained on, those that were asked of some relations apart."""
    ours = _without(list(read_written(folder)), unseen)
    return {
        WRITTEN: [item for item in ours if item.asked is None],
        ASKED: [item for item in ours if item.asked is not None],
    }


def _without(documents: Sequence[GoldDocument], unseen: Collection[str]) -> list[GoldDocument]:
    """The documents without the single sentences that tell of an unseen relation; a longer text tells of more."""
    lost = [{told.label for told in item.relations} & set(unseen) for item in documents]
    return [item for item, told in zip(documents, lost, strict=True) if len(item.sentences) > 1 or not told]


def _passages(documents: Mapping[RelatingSet, Sequence[GoldDocument]]) -> list[GoldDocument]:
    """Passages of the documents that are completely annotated; a sentence that stands alone is one already."""
    whole = [item for source, held in documents.items() if source.known == "all pairs" for item in held]
    long = [item for item in whole if len(item.sentences) > 1] * _CUTS
    return list(cut_passages(long, longest=_LONGEST, draw=np.random.default_rng(13)))


def _model(base: Base, begin: Mapping[str, Tensor] | None, report: Callable[[str], None]) -> RelationModel:
    """A model that begins from the base encoder, and from other weights as far as they fit."""
    model = RelationModel(base.encoder, types=len(TYPES))
    model.start_from(base.weights)
    if begin is not None:
        report(f"{model.take_over(begin)} of {len(model.state_dict())} tensors begin as in the model before")
    return model
