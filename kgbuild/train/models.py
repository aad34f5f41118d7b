"""`train_models`: all that a model folder needs, from the annotated sets: recogniser, relations, calibration."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from kgbuild.calibration import Calibration
from kgbuild.checkpoint import Base
from kgbuild.config import VOCABULARY
from kgbuild.model.pairs import RelationModel
from kgbuild.model.recogniser import Recogniser
from kgbuild.ontology import Ontology
from kgbuild.train.calibrate import calibrate
from kgbuild.train.checking import check_sets
from kgbuild.train.data import HELD_OUT, is_held_out, read_gold
from kgbuild.train.naming import renamed, undefined
from kgbuild.train.recogniser import RECOGNISER_SETS, train_recogniser
from kgbuild.train.relations import PATTERNED, RELATION_SETS, WRITTEN, train_relations

__all__ = ["TrainedModels", "calibrated", "train_models"]


@dataclass(frozen=True, slots=True)
class TrainedModels:
    """What training made."""

    recogniser: Recogniser
    """Finds mentions and sentence beginnings."""
    relations: RelationModel
    """Scores candidate pairs."""
    base: Base
    """The encoder that both began from."""
    calibration: Calibration
    """Fitted on the held-out documents."""
    data: tuple[str, ...]
    """Names of the sets that were trained on, sorted."""
    held_out: int
    """Documents that nothing was trained on, used for calibration."""


def train_models(
    data: Path,
    base: Base,
    ontology: Ontology,
    *,
    device: torch.device,
    work: Path,
    begin: Mapping[str, Tensor] | None = None,
    report: Callable[[str], None],
) -> TrainedModels:
    """Both models trained on `data` and calibrated; goes on from the checkpoints in `work`.

    The relation model begins as `begin`, the weights of another one, as far as they fit.

    Raises: MissingError, InputError, CheckpointError.
    """
    held_out_share = HELD_OUT["redocred"]
    check_sets(data, ontology, tagging=RECOGNISER_SETS, relating=RELATION_SETS, held_out=held_out_share, report=report)
    recogniser = train_recogniser(data, base, device=device, work=work, report=report)
    relations = train_relations(data, base, ontology, device=device, work=work, begin=begin, report=report)
    calibration, held_out = calibrated(data, relations, base.tokenizer, recogniser.types, ontology, device=device)
    names = sorted({source.name for source in (*RECOGNISER_SETS, *RELATION_SETS, PATTERNED, WRITTEN)})
    return TrainedModels(recogniser, relations, base, calibration, tuple(names), held_out)


def calibrated(
    data: Path,
    relations: RelationModel,
    tokenizer: Tokenizer,
    types: Sequence[str],
    ontology: Ontology,
    *,
    names: Path = VOCABULARY / "other_names.toml",
    device: torch.device,
) -> tuple[Calibration, int]:
    """The calibration of a relation model on the documents that nothing is trained on, and their number.

    What holds for other ontologies, which call relations as this one does or otherwise, is fitted on the same ones,
    asked of the same relations under the names that the model knows and under some that training never shows, with
    definitions and without.
    Raises: MissingError, InputError.
    """
    documents = list(read_gold(data / "redocred" / "train.jsonl"))
    held_out = [document for document in documents if is_held_out(document, HELD_OUT["redocred"])]
    fit = partial(calibrate, relations, tokenizer, types, documents=held_out, among=documents, device=device)
    fitted, other = fit([ontology]), renamed(ontology, names)
    if other.properties:
        learned = frozenset(item.iri for item in ontology.properties)
        others = fit([ontology, other, undefined(other)], alike=True)
        fitted = replace(fitted, learned=learned, others=others)
    return fitted, len(held_out)
