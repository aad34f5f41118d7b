"""The commands that check a graph's folder and mend it."""

import typer

from kgbuild.cli import options
from kgbuild.cli.commands import app
from kgbuild.cli.output import counted, print_json, print_table, write_line
from kgbuild.cli.progress import show_progress

__all__ = ["rebuild_command", "verify_command"]


@app.command("verify")
def verify_command(graph: options.Graph, as_json: options.AsJson = False) -> None:
    """Check that the store holds what the files of its runs say, and that those are as written; exit code 1 if not.

    Example:  kgbuild verify --graph graph
    """
    from kgbuild import stages

    with show_progress() as progress:
        found = stages.verify(graph, progress=progress)
    if as_json:
        print_json(found.to_json())
    elif found.sound:
        write_line(f"{counted(found.runs, 'run')} and {counted(found.graphs, 'graph')} checked, no fault found")
    else:
        rows = ((fault.what, fault.problem, fault.remedy) for fault in found.faults)
        print_table(("what", "problem", "remedy"), rows)
    if not found.sound:
        raise typer.Exit(1)


@app.command("rebuild")
def rebuild_command(graph: options.Graph, as_json: options.AsJson = False) -> None:
    """Make the store again from the files of its runs, with the same statements; no model is needed.

    The old store is there until the new one is whole.

    Example:  kgbuild rebuild --graph graph
    """
    from kgbuild import stages

    with show_progress() as progress:
        made = stages.rebuild(graph, progress=progress)
    if as_json:
        print_json(made.to_json())
    else:
        documents, quads = counted(made.documents, "document"), counted(made.quads, "quad")
        write_line(f"{counted(made.runs, 'run')} written again: {documents}, {quads}")
