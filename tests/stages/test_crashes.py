"""A build may be killed at any moment."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from kgbuild.config import Settings
from kgbuild.stages import BuildSummary

MOMENTS = os.environ.get("CRASH_MOMENTS", "5")
"""How many moments are tried; `all` tries each."""
PROGRAM = Path(__file__).with_name("killed_builds.py")


def test_killed_build_goes_on(
    build: Callable[..., BuildSummary], settings: Settings, corpus: Path, graph: Path, tmp_path: Path
) -> None:
    """A build that is killed at any moment leaves whole documents; repeated, it gives the same graph."""
    build()
    (corpus / "ada.txt").write_text("Ada Lovelace met Mary Somerville in Rome.", encoding="utf-8")
    (corpus / "new.txt").write_text("Alan Turing visited Rome with Grace Hopper.", encoding="utf-8")
    (corpus / "grace.md").unlink()
    given, work = tmp_path / "settings.json", tmp_path / "work"
    given.write_text(settings.model_dump_json(), encoding="utf-8")
    work.mkdir()
    command = [sys.executable, str(PROGRAM), str(given), str(corpus), str(graph), str(work), MOMENTS]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report["moments"] > 40
    assert report["attempts"]
    for attempt in report["attempts"]:
        well = {"killed": True, "sound": True, "same": True, "left": []}
        assert attempt == {"moment": attempt["moment"], **well}, ended.stderr
