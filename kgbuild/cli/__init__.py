"""The command line: every command parses and makes one call into `stages`."""

from kgbuild.cli import doubts, upkeep  # noqa: F401  they add their commands to the program
from kgbuild.cli.commands import app
from kgbuild.cli.entry import main

__all__ = ["app", "main"]
