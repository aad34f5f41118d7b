"""The scorer that the settings ask for."""

from functools import partial
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
    from kgbuild.model_folder import type_origins, weights_digest
    from kgbuild.score.fitting import fitting_of
    from kgbuild.score.predict import Scorer
    from kgbuild.vector_file import read_vectors, vectors_path, write_vectors

    types, device = models.recogniser.types, choose_device(settings.device)
    relations, tokenizer = models.relations.to(device), models.tokenizer
    fitting = fitting_of(relations, tokenizer, type_origins(settings.model), ontology)
    made = partial(Scorer, relations, tokenizer, types, ontology, settings.score, device=device, fitting=fitting)
    folder = vectors_folder(run) if run is not None else None
    if folder is None or run is None or settings.score.scorer != "attention" or not settings.score.keep_vectors:
        return made()
    path = vectors_path(folder, weights_digest(settings.model), (item.text for item in ontology.properties))
    known = read_vectors(path, len(ontology.properties))
    scorer = made(relations=known)
    if known is None and scorer.relations is not None:
        write_vectors(path, scorer.relations, beside=run)
    return scorer
