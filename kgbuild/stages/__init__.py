"""The same rooms with files between: path in, path out, safe to repeat.

A graph is a folder: `store/` (the RDF store), `runs/<id>/` (one folder a run: its plan, settings and ontology, its
hand-over files, what it refused, its receipt and summary), `unchanged/` (the same for the last run that found nothing
to do), `vectors/` (what the model made of the ontology's relations, which may be deleted), `decisions.jsonl` (what
persons decided about claims), `identity.jsonl` (which entities are one, and who says so) and, while a run is being
written, `pending`. A run's id
is a hash of the run before it, of what changed and of the settings, so that nothing is named by a clock or by chance. A
run that was killed before it wrote is planned again, under the same name, and goes on with the files that are there;
one that was killed while it wrote is named by `pending` and completed first, with the settings that it had.

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
from kgbuild.stages.learning import adapt, train
from kgbuild.stages.linking import keep_resolved, resolve, unresolve
from kgbuild.stages.processing import accept, recognise, score
from kgbuild.stages.progress import Progress, silent
from kgbuild.stages.reading import explain, export, query, stats, validate
from kgbuild.stages.rebuilding import Rebuilding, rebuild
from kgbuild.stages.retracting import Withdrawal, restore, retract
from kgbuild.stages.reviewing import Answer, Question, Reviewing, decide, review, settle_decisions
from kgbuild.stages.runs import BuildSummary, DocumentCounts, Linking
from kgbuild.stages.sheets import SheetResult, apply_sheet, write_sheet
from kgbuild.stages.teaching import Lessons, export_decisions
from kgbuild.stages.verifying import Fault, Verification, verify
from kgbuild.stages.writing import write

__all__ = [
    "Answer",
    "AtPrecision",
    "BuildSummary",
    "CalibrationReport",
    "DocumentCounts",
    "Evaluation",
    "Fault",
    "Figure",
    "HistoryEntry",
    "Lessons",
    "Linking",
    "MissingState",
    "Progress",
    "Question",
    "Rebuilding",
    "Reviewing",
    "RunDiff",
    "SheetResult",
    "Verification",
    "Withdrawal",
    "accept",
    "adapt",
    "apply_sheet",
    "build",
    "calibrate",
    "conflicts",
    "decide",
    "diff",
    "discover",
    "evaluate",
    "explain",
    "export",
    "export_decisions",
    "history",
    "keep_resolved",
    "query",
    "rebuild",
    "recognise",
    "resolve",
    "restore",
    "retract",
    "review",
    "save_patch",
    "score",
    "settle_decisions",
    "shards",
    "silent",
    "stats",
    "train",
    "unresolve",
    "validate",
    "verify",
    "write",
    "write_sheet",
]
