"""All stages in one process."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from kgbuild.config import Settings
from kgbuild.stages.discovering import discover, shards
from kgbuild.stages.linking import keep_resolved
from kgbuild.stages.processing import accept, recognise, score
from kgbuild.stages.progress import Progress, silent
from kgbuild.stages.runs import BuildSummary
from kgbuild.stages.writing import write

__all__ = ["build"]


def build(
    settings: Settings, paths: Sequence[str], graph: Path, *, now: datetime, progress: Progress = silent
) -> BuildSummary:
    """What the run did, from documents to graph in one process; `now` is when it begins.

    With the setting `resolve.across` entities of different documents are then told to be one, where anything is new.

    Raises: MissingError, SettingError, OntologyError, CheckpointError, InputError, StoreError, HandoffError.
    """
    # subtle: a clock that is set meanwhile cannot turn this one back
    clock = time.monotonic()
    run = discover(settings, paths, graph, now=now, progress=progress)
    found = [Path(shard) for shard in shards(run)]
    if found:
        annotated = recognise(settings, found, progress=progress)
        accept(settings, score(settings, annotated, progress=progress), progress=progress)
    ended = now + timedelta(seconds=time.monotonic() - clock)
    summary = write(settings, run, graph, now=ended, progress=progress)
    linking = keep_resolved(settings, graph, now=ended)
    return replace(summary, seconds=round(time.monotonic() - clock, 2), linking=linking)
