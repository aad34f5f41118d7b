"""What decides how documents are processed: checked before the work begins, and named by a hash."""

from pathlib import Path
from typing import Final

from kgbuild.config import Settings
from kgbuild.errors import HandoffError, MissingError
from kgbuild.iris import digest_of
from kgbuild.ontology import Ontology, load_ontology
from kgbuild.stages.runs import Plan, Recipes

__all__ = ["check_recipe", "check_settings", "recipes_of", "used_by"]

_VERSION: Final = "4"
"""Raised when a document's graph comes out otherwise under the same settings: all documents are then done again."""
_ROOMS = {"recognise", "score", "accept", "graph"}
_LATER = {"score", "accept", "graph"}
"""Rooms that come after the mentions; of the last one the base of IRIs counts there too."""
_WITHOUT_EFFECT = {
    "recognise": {"tokens_per_batch", "gazetteer"},
    "score": {"tokens_per_batch", "pairs_per_batch", "keep_vectors"},
    "graph": {"directory"},
}


def check_settings(settings: Settings) -> Ontology:
    """The ontology, when all that the settings name can be used here.

    Raises: SettingError, MissingError, OntologyError, CheckpointError, InputError.
    """
    from kgbuild.accept import accept
    from kgbuild.model_folder import load_calibration, type_origins

    _check_device(settings.device)
    ontology = load_ontology(settings.ontology)
    accept((), settings.accept, load_calibration(settings.model), ontology, origins=type_origins(settings.model))
    _check_recognise(settings)
    return ontology


def recipes_of(settings: Settings, ontology: Ontology) -> Recipes:
    """Hashes of all that decides what is made of a document, its text apart. Raises: MissingError, CheckpointError."""
    from kgbuild.model_folder import model_digest, type_origins, weights_digest

    weights, patterns = weights_digest(settings.model), digest_of(_patterns(settings.recognise.gazetteer))
    classes = [ontology.digest] if ontology.fresh(type_origins(settings.model)) else []
    annotated = digest_of(_VERSION, _rooms(settings, _ROOMS - _LATER), patterns, weights, settings.graph.base, *classes)
    # reason: before other names were read the same ontology gave other scores; one without any has its recipe still
    told = ontology.digest, *(item.text for item in ontology.properties if item.labels)
    scored = digest_of(annotated, _rooms(settings, {"score"}), *told)
    whole = digest_of(_VERSION, _rooms(settings, _ROOMS), patterns, model_digest(settings.model), *told, *classes)
    return Recipes(annotated, scored, whole)


def check_recipe(settings: Settings, ontology: Ontology, plan: Plan) -> None:
    """Nothing, when the settings are those that the run was planned with. Raises: HandoffError."""
    came = recipes_of(settings, ontology).whole
    if came != plan.recipe:
        raise HandoffError(
            f"run {plan.run!r} was planned with recipe {plan.recipe[:16]}, expected the same settings, model and "
            f"ontology, came {came[:16]}; build again",
            subject=plan,
        )


def used_by(settings: Settings, ontology: Ontology) -> tuple[str, ...]:
    """IRIs of the model and of the ontology. Raises: MissingError, CheckpointError."""
    from kgbuild.model_folder import model_digest

    return f"{settings.graph.base}model/{model_digest(settings.model)[:16]}", ontology.iri


def _rooms(settings: Settings, rooms: set[str]) -> str:
    return settings.model_dump_json(include=rooms, exclude=_WITHOUT_EFFECT)


def _check_device(name: str) -> None:
    """Loads torch only where the device may be missing: to find that nothing has changed takes less time than that."""
    if name in ("auto", "cpu"):
        return
    from kgbuild.model.device import choose_device

    choose_device(name)


def _check_recognise(settings: Settings) -> None:
    """Loads what only spaCy can judge; our own recogniser was checked with the model."""
    ours = settings.recognise.pipeline in ("kgbuild", "blank")
    if settings.recognise.gazetteer is None and ours:
        return  # spaCy need not be loaded to find that nothing has changed
    from kgbuild.recognise.pipelines import load_pipeline

    light = settings.recognise.model_copy(update={"pipeline": "blank"}) if ours else settings.recognise
    load_pipeline(light, model=settings.model, device=settings.device)


def _patterns(gazetteer: Path | None) -> str:
    if gazetteer is None:
        return ""
    try:
        return gazetteer.read_text(encoding="utf-8")
    except OSError as error:
        raise MissingError(
            f"gazetteer {str(gazetteer)!r} cannot be read: {error.strerror}; name a jsonl file of patterns",
            subject=gazetteer,
        ) from error
