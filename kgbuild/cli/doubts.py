"""The command that lists what the graph says that cannot all be true."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kgbuild.cli import options
from kgbuild.cli.commands import app
from kgbuild.cli.output import clean, print_data, print_table, write_line, write_note

if TYPE_CHECKING:
    from kgbuild.graph import Conflict, Side

__all__ = ["conflicts_command"]

_Form = Literal["table", "json", "csv"]
_COLUMNS = (
    *("conflict", "kind", "doubt", "message", "subject", "predicate", "object"),
    *("belief", "documents", "document", "source", "probability", "passage"),
)


@app.command("conflicts")
def conflicts_command(
    graph: options.Graph,
    format: Annotated[_Form, typer.Option("--format", help="Form of the answer.")] = "table",
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="Print the N most doubtful only.")
    ] = None,
    fail: Annotated[bool, typer.Option("--fail", help="Exit code 1 when there is any.")] = False,
    ontology: Annotated[
        Path | None,
        typer.Option("--ontology", metavar="FILE", help="Whose rules count; else that of the last build."),
    ] = None,
) -> None:
    """Print what the graph says that cannot all be true, the most doubtful first, with the evidence of each side.

    Several values of a functional property, a head or tail of another class than the ontology names, two disjoint
    classes, a date before one that must come first. Nothing is removed.

    Example:  kgbuild conflicts --graph graph --limit 20
    """
    from kgbuild import stages

    count = 0

    def counted() -> "Iterator[Conflict]":
        nonlocal count
        for conflict in stages.conflicts(graph, ontology=ontology, limit=limit):
            count += 1
            yield conflict

    {"table": _print_tables, "json": _print_objects, "csv": _print_rows}[format](counted())
    if count == 0:
        write_note("no contradiction found")
    elif fail:
        raise typer.Exit(1)


def _print_tables(conflicts: "Iterable[Conflict]") -> None:
    """A table a contradiction, each printed when it is known: there may be many."""
    for number, conflict in enumerate(conflicts):
        if number:
            write_line("")
        rows = [row for side in conflict.sides for row in _shown(side)]
        title = f"{conflict.doubt:.2f}  {conflict.message}"
        print_table(("belief", "statement", "probability", "passage", "source"), rows, title=clean(title))


def _shown(side: "Side") -> Iterator[tuple[str, ...]]:
    """A line for each reading, the first with the statement."""
    statement = f"{side.subject_label}  {side.predicate_label}  {side.object_label}"
    first = f"{side.probability:.2f}", statement
    for reading in side.readings:
        yield (
            *first,
            "" if reading.probability is None else f"{reading.probability:.2f}",
            reading.passage,
            reading.source,
        )
        first = "", ""
    if not side.readings:
        yield *first, "", "", ""


def _print_objects(conflicts: "Iterable[Conflict]") -> None:
    """An array with an object a contradiction, a line each."""
    before = "[\n"
    for conflict in conflicts:
        print_data(f"{before}{json.dumps(asdict(conflict), ensure_ascii=False)}")
        before = ","
    print_data("[]" if before == "[\n" else "]")


def _print_rows(conflicts: "Iterable[Conflict]") -> None:
    """A row a reading; contradictions are numbered from 1."""
    print_data(_line(_COLUMNS))
    for number, conflict in enumerate(conflicts, 1):
        about = number, conflict.kind, conflict.doubt, conflict.message
        for side in conflict.sides:
            statement = side.subject, side.predicate, side.object, side.probability, side.documents
            places = [(item.document, item.source, item.probability, item.passage) for item in side.readings]
            for place in places or [("", "", None, "")]:
                print_data(_line((*about, *statement, *place)))


def _line(cells: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
