"""The stage that calibrates a model on an annotated file."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kgbuild.calibration import PRECISIONS, Calibration, expected_calibration_error
from kgbuild.config import Settings
from kgbuild.errors import CheckpointError, InputError, SettingError
from kgbuild.evaluate import GoldDocument, to_annotated
from kgbuild.iris import digest_of
from kgbuild.ontology import Ontology, load_ontology
from kgbuild.stages.progress import Progress, silent, told
from kgbuild.stages.scoring import scorer_of

if TYPE_CHECKING:
    from kgbuild.checkpoint import Models
    from kgbuild.train.calibrate import Judged

__all__ = ["AtPrecision", "CalibrationReport", "calibrate"]


@dataclass(frozen=True, slots=True)
class AtPrecision:
    """What asking for a precision gives."""

    wanted: float
    """The precision that is asked for, above 0, below 1."""
    properties: int
    """Properties that the file uses."""
    reached: int
    """Those of them of which a score of the file reaches the threshold, at least 0."""
    lowest: float | None
    """The lowest threshold of these, a probability; `None` where none is reached."""
    highest: float | None
    """The highest."""
    precision: float | None
    """What was measured on documents that the thresholds were not fitted on; `None` where nothing is claimed there, or
    where the file is too small."""
    recall: float | None
    """The share of all annotated relations that was found there; `None` where the file is too small."""
    claims: int
    """Scores that were accepted there, at least 0."""


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """What a calibration is and does."""

    documents: int
    """Documents in the file."""
    scores: int
    """Scores that it was fitted on: one for each pair of entities and property that the model does not rule out."""
    right: int
    """Those that the annotation confirms."""
    left_out: str
    """What the file holds that cannot be learned from, in words; empty when there is nothing."""
    temperature: float
    """Divides the shifted logit; above 0."""
    bias: float
    """Is added to the logit."""
    error_before: float
    """Expected calibration error with the calibration that the model came with, 0 to 1, over 15 bins."""
    error_after: float | None
    """The same with the new one, on documents that it was not fitted on; `None` where the file is too small."""
    asked: AtPrecision | None
    """What the precision of the settings gives, where there is one."""
    model: str | None
    """Folder of the model that was given the calibration; `None` when nothing was written."""

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON can hold it."""
        return asdict(self)


def calibrate(
    settings: Settings, data: Path, output: Path | None = None, *, progress: Progress = silent
) -> CalibrationReport:
    """What the calibration of the settings' model on an annotated file gives; the model is written into `output`.

    Without `output` the model's own folder gets it, but the model that ships is left as it is: then nothing is written.
    Whatever is measured is measured on the half of the documents that was not fitted on, each half in turn; what is
    written is fitted on all of them.

    Raises: MissingError, SettingError, OntologyError, CheckpointError; InputError with the file, and the line where
    there is one.
    """
    from kgbuild.checkpoint import load_models
    from kgbuild.train.data import check_complete, read_annotated

    target = _target(settings, output)
    ontology = load_ontology(settings.ontology)
    file = read_annotated(data, ontology)
    check_complete(file.documents, data)
    models = load_models(settings.model)
    judged = _judged(settings, models, file.documents, ontology, progress)
    wanted = settings.accept.precision
    precisions = sorted({*PRECISIONS, *([wanted] if wanted is not None else [])})
    try:
        fitted = judged.fitted(precisions)
    except InputError as error:
        raise InputError(f"{str(data)!r}: {error}", subject=data) from error
    halves = _halves(judged, file.documents, precisions)
    if target is not None:
        _write(settings.model, target, _with_the_rest(fitted, models.calibration, ontology), data, file.documents)
    return CalibrationReport(
        documents=len(file.documents),
        scores=len(judged.logits),
        right=int(judged.correct.sum()),
        left_out=file.left_out(),
        temperature=fitted.temperature,
        bias=fitted.bias,
        error_before=expected_calibration_error(judged.probabilities(models.calibration), judged.correct),
        error_after=_error(halves),
        asked=None if wanted is None else _at_precision(wanted, judged, fitted, halves, file.documents, ontology),
        model=None if target is None else str(target),
    )


def _with_the_rest(fitted: Calibration, before: Calibration, ontology: Ontology) -> Calibration:
    """The new calibration; what the model has for properties of other ontologies than this one stays beside it.

    Where an ontology has some that the model was trained on and some that it was not, the new one is for all.
    """
    asked = {item.iri for item in ontology.properties}
    if before.others is not None and asked <= before.learned:
        return replace(fitted, learned=before.learned, others=before.others)
    if before.others is not None and not asked & before.learned:
        return replace(before, others=fitted)
    return fitted


_Halves = Sequence[tuple["Judged", Calibration]]
"""Each half of the scores with the calibration that the other half gave; empty where one is too small to tell."""


def _target(settings: Settings, output: Path | None) -> Path | None:
    """The folder to write, `None` for none."""
    if output is None:
        shipped = Settings.model_fields["model"].default
        return None if settings.model.resolve() == shipped.resolve() else settings.model
    if output.exists() and not (output / "config.json").is_file():
        raise SettingError(
            f"output {str(output)!r}: expected a new folder or that of a model, came something else; name another",
            subject=output,
        )
    return output


def _judged(
    settings: Settings, models: "Models", documents: Sequence[GoldDocument], ontology: Ontology, progress: Progress
) -> "Judged":
    from kgbuild.score.predict import score
    from kgbuild.train.calibrate import CALIBRATION_FLOOR, judge

    kept = settings.score.model_copy(update={"floor": CALIBRATION_FLOOR, "scorer": "attention"})
    scorer = scorer_of(settings.model_copy(update={"score": kept}), models, ontology)
    found = score(map(to_annotated, documents), scorer)
    return judge(documents, told(found, progress, "score", len(documents), size=_one), ontology)


def _halves(judged: "Judged", documents: Sequence[GoldDocument], precisions: Sequence[float]) -> _Halves:
    from kgbuild.train.data import is_held_out

    second = np.array([is_held_out(item, 0.5) for item in documents])[judged.documents]
    try:
        return [(judged.where(mine), judged.where(~mine).fitted(precisions)) for mine in (~second, second)]
    except InputError:  # a half without right or without wrong scores
        return []


def _error(halves: _Halves) -> float | None:
    if not halves:
        return None
    chances = np.concatenate([half.probabilities(calibration) for half, calibration in halves])
    return expected_calibration_error(chances, np.concatenate([half.correct for half, _ in halves]))


def _at_precision(
    wanted: float,
    judged: "Judged",
    fitted: Calibration,
    halves: _Halves,
    documents: Sequence[GoldDocument],
    ontology: Ontology,
) -> AtPrecision:
    names = np.unique(judged.properties[_accepted(judged, fitted, wanted)]).tolist()
    thresholds = [cut for cut in (fitted.threshold(name, wanted) for name in names) if cut is not None]
    right = np.concatenate([np.zeros(0), *(half.correct[_accepted(half, by, wanted)] for half, by in halves)])
    labels = [relation.label for item in documents for relation in item.relations]
    return AtPrecision(
        wanted=wanted,
        properties=len({ontology.by_key[label].iri for label in labels}),
        reached=len(names),
        lowest=min(thresholds, default=None),
        highest=max(thresholds, default=None),
        precision=float(right.mean()) if right.size else None,
        recall=float(right.sum()) / len(labels) if halves else None,
        claims=right.size,
    )


def _accepted(judged: "Judged", calibration: Calibration, wanted: float) -> np.ndarray[Any, np.dtype[np.bool_]]:
    cuts = {name: calibration.threshold(name, wanted) for name in np.unique(judged.properties).tolist()}
    lowest = np.array([2.0 if cuts[name] is None else cuts[name] for name in judged.properties.tolist()])
    return judged.probabilities(calibration) >= lowest


def _write(source: Path, target: Path, fitted: Calibration, data: Path, documents: Sequence[GoldDocument]) -> None:
    from kgbuild.checkpoint import save_calibration

    texts = digest_of(*(item.text for item in documents))
    facts = {"calibrated_on": {"file": data.name, "documents": len(documents), "texts": texts}}
    try:
        save_calibration(target, fitted, source=source, facts=facts)
    except OSError as error:
        raise CheckpointError(
            f"model {str(target)!r} cannot be written: {error.strerror}; name another folder with --output",
            subject=target,
        ) from error


def _one(_: object) -> int:
    return 1
