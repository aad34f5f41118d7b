"""Forks of a process that has loaded the libraries once, and how one is killed."""

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

__all__ = ["UnexpectedEndError", "begin", "expect_end", "killed", "timed"]

_POLL = 0.0002
"""Seconds between two looks at a process."""


class UnexpectedEndError(Exception):
    """A process that nobody killed did not end well."""


def begin(action: Callable[[], object], log: Path) -> int:
    """Id of a new process that does the action; the log holds what it says, a file beside it what it returns."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(out, stream.fileno())
        log.with_suffix(".json").write_text(json.dumps(action()), encoding="utf-8")
        code = 0
    except BaseException:  # noqa: BLE001  the process ends here whatever it is
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def expect_end(action: Callable[[], object], log: Path) -> object:
    """What the action returned in a process of its own. Raises: UnexpectedEndError."""
    code = os.waitstatus_to_exitcode(os.waitpid(begin(action, log), 0)[1])
    if code:
        raise UnexpectedEndError(f"a process ended with {code}: {log.read_text(encoding='utf-8')}")
    return json.loads(log.with_suffix(".json").read_text(encoding="utf-8"))


def timed(process: int, pending: Path) -> tuple[float, float]:
    """How long the process lives, and how long of that the file `pending` has been there, seconds."""
    begun = time.monotonic()
    written: float | None = None
    while os.waitpid(process, os.WNOHANG) == (0, 0):
        if written is None and pending.exists():
            written = time.monotonic()
        time.sleep(_POLL)
    ended = time.monotonic()
    return ended - begun, ended - (written or ended)


def killed(process: int, pending: Path | None, seconds: float) -> bool:
    """Whether the process was killed, so long after its start, or after `pending` was there; else it ended well.

    Raises: UnexpectedEndError.
    """
    begun = time.monotonic() if pending is None else None
    while (status := os.waitpid(process, os.WNOHANG)) == (0, 0):
        now = time.monotonic()
        if begun is None and pending is not None and pending.exists():
            begun = now
        if begun is not None and now - begun >= seconds:
            os.kill(process, signal.SIGKILL)
            status = os.waitpid(process, 0)
            break
        time.sleep(_POLL)
    code = os.waitstatus_to_exitcode(status[1])
    if code not in (0, -signal.SIGKILL):
        raise UnexpectedEndError(f"a process ended by itself with {code}")
    return code != 0
