"""The stages that turn shards of documents into claims, each a file beside the shard."""

from collections.abc import Sequence
from pathlib import Path

from kgbuild.config import Settings
from kgbuild.handoff import read_records, write_records
from kgbuild.ontology import Ontology, load_ontology
from kgbuild.records import AnnotatedDocument, ClaimedDocument, Document, ScoredDocument
from kgbuild.stages.folders import beside_shard
from kgbuild.stages.progress import Progress, silent, told
from kgbuild.stages.recipe import check_recipe
from kgbuild.stages.runs import read_plan
from kgbuild.stages.scoring import scorer_of

__all__ = ["accept", "recognise", "score"]


def recognise(settings: Settings, shards: Sequence[Path], *, progress: Progress = silent) -> list[Path]:
    """For each shard a file of documents with sentences, mentions and entities; one that is there is kept.

    Raises: HandoffError, SettingError, MissingError, CheckpointError, InputError.
    """
    from kgbuild.recognise.annotate import recognise as annotate
    from kgbuild.recognise.completion import load_completion
    from kgbuild.recognise.pipelines import load_pipeline
    from kgbuild.resolve import resolve

    outputs, waiting = _outputs(shards, "annotated")
    if waiting:
        ontology = _checked(settings, shards)
        nlp = load_pipeline(settings.recognise, model=settings.model, device=settings.device)
        completion = load_completion(settings, ontology)
        for shard, output in waiting:
            total = sum(len(item.text) for item in read_records(shard, Document))
            found = resolve(annotate(read_records(shard, Document), nlp, completion), settings.graph.base)
            write_records(output, told(found, progress, "recognise", total, size=_annotated_size), AnnotatedDocument)
    return outputs


def score(settings: Settings, shards: Sequence[Path], *, progress: Progress = silent) -> list[Path]:
    """For each file of annotated documents one with the scores of their candidate pairs; one that is there is kept.

    Raises: HandoffError, SettingError, MissingError, CheckpointError.
    """
    from kgbuild.checkpoint import load_models
    from kgbuild.score.predict import score as score_pairs

    outputs, waiting = _outputs(shards, "scored")
    if waiting:
        ontology = _checked(settings, shards)
        scorer = scorer_of(settings, load_models(settings.model), ontology, run=waiting[0][0].parent)
        for shard, output in waiting:
            total = sum(len(item.document.text) for item in read_records(shard, AnnotatedDocument))
            found = score_pairs(read_records(shard, AnnotatedDocument), scorer)
            write_records(output, told(found, progress, "score", total, size=_scored_size), ScoredDocument)
    return outputs


def accept(settings: Settings, shards: Sequence[Path], *, progress: Progress = silent) -> list[Path]:
    """For each file of scored documents one with the claims that were accepted, always made anew.

    Raises: HandoffError, SettingError, MissingError, CheckpointError.
    """
    from kgbuild.accept import accept as accept_scores
    from kgbuild.model_folder import load_calibration, type_origins

    calibration, ontology = load_calibration(settings.model), _checked(settings, shards)
    origins = type_origins(settings.model)
    outputs, _ = _outputs(shards, "claimed")
    progress("accept", 0, len(outputs))
    for number, (shard, output) in enumerate(zip(shards, outputs, strict=True), start=1):
        scored = read_records(shard, ScoredDocument)
        found = accept_scores(scored, settings.accept, calibration, ontology, origins=origins)
        write_records(output, found, ClaimedDocument)
        progress("accept", number, len(outputs))
    return outputs


def _outputs(shards: Sequence[Path], kind: str) -> tuple[list[Path], list[tuple[Path, Path]]]:
    """The files of a stage, and those that are not there yet, each with its shard."""
    outputs = [beside_shard(shard, kind) for shard in shards]
    return outputs, [pair for pair in zip(shards, outputs, strict=True) if not pair[1].exists()]


def _checked(settings: Settings, shards: Sequence[Path]) -> Ontology:
    """The ontology, when the settings are those that the shards' run was planned with."""
    ontology = load_ontology(settings.ontology)
    for run in sorted({shard.parent for shard in shards}):
        check_recipe(settings, ontology, read_plan(run))
    return ontology


def _annotated_size(item: AnnotatedDocument) -> int:
    return len(item.document.text)


def _scored_size(item: ScoredDocument) -> int:
    return _annotated_size(item.annotated)
