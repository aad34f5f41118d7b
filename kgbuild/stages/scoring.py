"""The scorer that the settings ask for."""

from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild.config import Settings
from kgbuild.ontology import Ontology
from kgbuild.stages.folders import vectors_folder

if TYPE_CHECKING:
    from kgbuild.checkpoint import Models
    from kgbuild.score.predict import Scorer

__all__ = ["scorer_of"]


def scorer_of(settings: Settings, models: "Models", ontology: Ontology, *, run: Path | None = None) -> "Scorer":
    """The scorer of the models, which are the settings' own, for the properties of the ontology.

    Of the graph that the folder `run` belongs to, the vectors of the properties are read, or kept for the next process.
    """
    from kgbuild.model.device import choose_device
    from kgbuild.model_folder import weights_digest
    from kgbuild.score.predict import Scorer
    from kgbuild.vector_file import read_vectors, vectors_path, write_vectors

    types, device = models.recogniser.types, choose_device(settings.device)
    folder = vectors_folder(run) if run is not None else None
    if folder is None or run is None or settings.score.scorer != "attention" or not settings.score.keep_vectors:
        return Scorer(models.relations, models.tokenizer, types, ontology, settings.score, device=device)
    texts = (item.text for item in ontology.properties)
    path = vectors_path(folder, weights_digest(settings.model), texts)
    known = read_vectors(path, len(ontology.properties))
    scorer = Scorer(models.relations, models.tokenizer, types, ontology, settings.score, device=device, relations=known)
    if known is None and scorer.relations is not None:
        write_vectors(path, scorer.relations, beside=run)
    return scorer
