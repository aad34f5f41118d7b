"""The stages that make a model: a whole one, or what is learned from a user's examples beside one."""

import shutil
from collections.abc import Callable
from pathlib import Path

from kgbuild.config import Settings
from kgbuild.errors import SettingError
from kgbuild.iris import digest_of
from kgbuild.ontology import load_ontology

__all__ = ["adapt", "train"]


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


def adapt(
    settings: Settings,
    examples: Path,
    output: Path,
    *,
    work: Path,
    epochs: int | None = None,
    report: Callable[[str], None],
) -> Path:
    """The folder of what was learned, beside the settings' model, from examples of the settings' ontology.

    That model stays as it is, and must stay where it is. `work` keeps checkpoints, from which a killed training of the
    same examples goes on, until it is done.
    Raises: MissingError, OntologyError, SettingError, CheckpointError; InputError with file and line.
    """
    from kgbuild.checkpoint import load_models, save_adapter
    from kgbuild.model.device import choose_device
    from kgbuild.model_folder import file_digest, model_config, weights_digest
    from kgbuild.train.adapting import adapt_models
    from kgbuild.train.examples import few_of, own_types, read_examples

    _check_folders(settings.model, output)
    config = model_config(settings.model)
    if "kinds" in config:
        raise SettingError(
            f"setting 'model': expected a whole model, came {str(settings.model)!r}, which was itself learned from "
            "examples beside another; name that one, and give all examples at once",
            subject=settings.model,
        )
    ontology = load_ontology(settings.ontology)
    types = own_types(ontology, config["types"])
    found = read_examples(examples, ontology, types)
    if few := few_of(found, ontology):
        report(f"few examples, five or more are better: {', '.join(few)}")
    device = choose_device(settings.device)
    models = load_models(settings.model)
    given = (file_digest(examples), ontology.digest, weights_digest(settings.model), str(epochs))
    place = work / digest_of(*given)[:16]
    learned = adapt_models(models, ontology, types, found, device=device, work=place, epochs=epochs, report=report)
    source = _many(learned.held_out, "held-out example") if learned.held_out else "the base model"
    report(f"{_many(len(found), 'example')}, {_many(learned.epochs, 'epoch')}; the calibration is that of {source}")
    facts = {"examples": len(found), "ontology": ontology.digest, "calibrated_on": source, "epochs": learned.epochs}
    save_adapter(output, learned.adapter, settings.model, learned.calibration, facts=facts)
    shutil.rmtree(place, ignore_errors=True)
    return output


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _check_folders(model: Path, output: Path) -> None:
    """Nothing, when the output takes the place of no folder of another kind."""
    if output.resolve() == model.resolve():
        raise SettingError(
            f"option --output: {str(output)!r} is the model to begin from, which stays as it is; name another folder",
            subject=output,
        )
    if output.exists() and not (output / "config.json").is_file():
        raise SettingError(
            f"option --output: {str(output)!r} is there and holds no model, expected a new folder or one of a model; "
            "name another",
            subject=output,
        )
