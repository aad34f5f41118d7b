"""Where, when and with which code something was measured, in one line."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import torch

__all__ = ["ROOT", "git", "stamp"]

ROOT = Path(__file__).resolve().parent.parent
"""Folder of the checkout."""


def stamp(device: str = "cpu") -> str:
    """Machine, versions, date and commit; a commit whose package has changed since says so."""
    changed = " with changes" if git("status", "--porcelain", "--untracked-files=no", "--", "kgbuild") else ""
    commit = git("rev-parse", "--short", "HEAD")
    where = torch.cuda.get_device_name() if device.startswith("cuda") else "cpu"
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {torch.get_num_threads()} threads, device {where}, "
        f"torch {torch.__version__}; {datetime.now(UTC):%Y-%m-%d}; commit {commit}{changed}"
    )


def git(*words: str) -> str:
    """What git answers in this checkout."""
    command = ["git", "-C", str(ROOT), *words]
    found = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  our own words
    return found.stdout.strip()
