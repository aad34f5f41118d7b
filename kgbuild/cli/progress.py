"""How far a long work is, on stderr: a bar in a terminal, else a line every few seconds."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from kgbuild.cli.output import write_note

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from kgbuild.stages import Progress

__all__ = ["show_progress", "to_bar", "to_lines"]

_SECONDS: Final = 5.0
"""Between two lines of the same stage."""


@contextmanager
def show_progress() -> "Iterator[Progress]":
    """What a stage reports to; the bar is gone when the work is done."""
    if not sys.stderr.isatty():
        yield to_lines(write_note, clock=time.monotonic)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield to_bar(bar)


def to_bar(bar: "Bar") -> "Progress":
    """A `Progress` that moves one bar, which begins anew with each stage."""
    task = bar.add_task("", total=None)
    current = ""

    def report(stage: str, done: int, total: int) -> None:
        nonlocal current, task
        if stage != current:
            bar.remove_task(task)  # not reset: that cannot take back a total
            current, task = stage, bar.add_task(stage, total=None)
        bar.update(task, completed=done, total=total or None)

    return report


def to_lines(write: Callable[[str], None], *, clock: Callable[[], float]) -> "Progress":
    """A `Progress` that writes a line when a stage begins, and another every few seconds."""
    current, last = "", 0.0

    def report(stage: str, done: int, total: int) -> None:
        nonlocal current, last
        now = clock()
        if stage != current or now - last >= _SECONDS:
            current, last = stage, now
            write(f"{stage}: {_share(done, total)}")

    return report


def _share(done: int, total: int) -> str:
    return f"{done:,} of {total:,} ({100 * done // total} %)" if total else f"{done:,}"
