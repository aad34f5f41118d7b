"""The stage that makes a model."""

from collections.abc import Callable
from pathlib import Path

from kgbuild.config import Settings
from kgbuild.ontology import load_ontology

__all__ = ["train"]


def train(
    settings: Settings,
    data: Path,
    output: Path,
    *,
    work: Path,
    base: str,
    begin: Path | None = None,
    report: Callable[[str], None],
) -> Path:
    """The folder of the trained model; `work` keeps checkpoints, from which a killed training goes on.

    The relation model begins from the base encoder, or as that of the model folder `begin`, as far as it fits.
    Raises: MissingError, InputError, CheckpointError.
    """
    from kgbuild.checkpoint import load_base, load_relation_weights, save_models
    from kgbuild.model.device import choose_device
    from kgbuild.train.models import train_models

    ontology = load_ontology(settings.ontology)
    device = choose_device(settings.device)
    weights = load_relation_weights(begin) if begin else None
    trained = train_models(data, load_base(base), ontology, device=device, work=work, begin=weights, report=report)
    facts = {"data": list(trained.data), "ontology": ontology.digest, "held_out": trained.held_out}
    save_models(output, trained.recogniser, trained.relations, trained.base, trained.calibration, facts=facts)
    return output
