"""The command line: every command parses and makes one call into `stages`."""

from kgbuild.cli import (  # noqa: F401  they add their commands to the program
    doubts,
    keeping,
    learning,
    resolving,
    reviewing,
    upkeep,
)
from kgbuild.cli.commands import app
from kgbuild.cli.entry import main

__all__ = ["app", "main"]
