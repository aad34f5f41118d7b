"""The same rooms with files between: path in, path out, safe to repeat.

A graph is a folder: `store/` (the RDF store), `runs/<id>/` (one folder a run: its plan, settings and ontology, its
hand-over files, what it refused, its summary), `unchanged/` (the same for the last run that found nothing to do) and,
while a run is being written, `pending`. A run's id is a hash of the run before it, of what changed and of the
settings, so that nothing is named by a clock or by chance. A run that was killed before it wrote is planned again,
under the same name, and goes on with the files that are there; one that was killed while it wrote is named by
`pending` and completed first, with the settings that it had.

Rooms that need torch, spaCy or the store are imported where they are used: `kgbuild query` loads no model.
"""

from kgbuild.stages.building import build
from kgbuild.stages.calibrating import AtPrecision, CalibrationReport, calibrate
from kgbuild.stages.conflicts import conflicts
from kgbuild.stages.diff import MissingState, RunDiff, diff, save_patch
from kgbuild.stages.discovering import discover, shards
from kgbuild.stages.evaluating import evaluate
from kgbuild.stages.figures import Evaluation, Figure
from kgbuild.stages.history import HistoryEntry, history
from kgbuild.stages.learning import train
from kgbuild.stages.processing import accept, recognise, score
from kgbuild.stages.progress import Progress, silent
from kgbuild.stages.reading import explain, export, query, stats, validate
from kgbuild.stages.retracting import Withdrawal, restore, retract
from kgbuild.stages.runs import BuildSummary, DocumentCounts
from kgbuild.stages.writing import write

__all__ = [
    "AtPrecision",
    "BuildSummary",
    "CalibrationReport",
    "DocumentCounts",
    "Evaluation",
    "Figure",
    "HistoryEntry",
    "MissingState",
    "Progress",
    "RunDiff",
    "Withdrawal",
    "accept",
    "build",
    "calibrate",
    "conflicts",
    "diff",
    "discover",
    "evaluate",
    "explain",
    "export",
    "history",
    "query",
    "recognise",
    "restore",
    "retract",
    "save_patch",
    "score",
    "shards",
    "silent",
    "stats",
    "train",
    "validate",
    "write",
]
