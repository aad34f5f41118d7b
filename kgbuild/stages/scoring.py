"""The scorer that the settings ask for."""

from typing import TYPE_CHECKING

from kgbuild.config import Settings
from kgbuild.ontology import Ontology

if TYPE_CHECKING:
    from kgbuild.checkpoint import Models
    from kgbuild.score.predict import Scorer

__all__ = ["scorer_of"]


def scorer_of(settings: Settings, models: "Models", ontology: Ontology) -> "Scorer":
    """The models' scorer for the properties of the ontology, on the device of the settings."""
    from kgbuild.model.device import choose_device
    from kgbuild.score.fitting import fitting_of
    from kgbuild.score.predict import Scorer

    types, device = models.recogniser.types, choose_device(settings.device)
    relations, tokenizer = models.relations.to(device), models.tokenizer
    fitting = fitting_of(relations, tokenizer, types, ontology)
    return Scorer(relations, tokenizer, types, ontology, settings.score, device=device, fitting=fitting)
