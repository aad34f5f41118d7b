"""The program `kgbuild`: exit codes, and errors as one line."""

import io
import logging
import sys
from collections.abc import Sequence
from typing import Final

from typer.exceptions import TyperException

from kgbuild.cli.commands import app
from kgbuild.cli.output import one_line, write_note
from kgbuild.errors import KgbuildError

__all__ = ["main"]

_WRONG: Final = 2
_INTERRUPTED: Final = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, 1 when a check found problems, 2 after an error of the user's, 130 after Ctrl-C."""
    _prepare_streams()
    logger, notes = logging.getLogger("kgbuild"), _Notes(logging.WARNING)
    logger.addHandler(notes)
    try:
        code = app(args=arguments, prog_name="kgbuild", standalone_mode=False)
    except (KgbuildError, TyperException) as error:
        write_note(f"error: {_message(error)}")
        return _WRONG
    except KeyboardInterrupt:
        code = _INTERRUPTED
    finally:
        logger.removeHandler(notes)
    if code == _INTERRUPTED:  # typer makes it of a Ctrl-C inside a command
        write_note("interrupted")
    return code or 0


def _prepare_streams() -> None:
    """Every character can be written: in UTF-8 where another program reads, as the terminal has it otherwise."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


class _Notes(logging.Handler):
    """What the package logs is a note on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        """Nothing; the record is told."""
        write_note(f"note: {one_line(record.getMessage())}")


def _message(error: KgbuildError | TyperException) -> str:
    if isinstance(error, KgbuildError):
        return one_line(str(error))
    context = getattr(error, "ctx", None)
    help = f"; see '{context.command_path} --help'" if context is not None else ""
    message = error.format_message().replace("Value error, ", "")  # pydantic's own words, which say nothing here
    return one_line(message).rstrip(".") + help
