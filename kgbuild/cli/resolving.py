"""The command that tells which entities of different documents are one."""

from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import Annotated

import typer

from kgbuild.cli import options
from kgbuild.cli.commands import app
from kgbuild.cli.output import print_json, write_note
from kgbuild.cli.reports import print_linking
from kgbuild.errors import SettingError

__all__ = ["resolve_command"]

_Entities = Annotated[
    list[str] | None,
    typer.Argument(metavar="[IRI [IRI]]", help="With --undo: an entity that is merged, and with which, or with all."),
]
_Undo = Annotated[
    bool, typer.Option("--undo", help="Undo all merges, splits and links instead; with IRIs that merge alone.")
]


@app.command("resolve")
def resolve_command(
    graph: options.Graph,
    entities: _Entities = None,
    review: Annotated[
        Path | None, typer.Option("--review", metavar="OUT.csv", help="Write the doubtful pairs there.")
    ] = None,
    apply: Annotated[
        Path | None, typer.Option("--apply", metavar="IN.csv", help="Take decisions from there first.")
    ] = None,
    author: Annotated[
        str | None, typer.Option("--author", metavar="NAME", help="Whose decisions they are; else the login name.")
    ] = None,
    vocabulary: Annotated[
        Path | None,
        typer.Option("--vocabulary", metavar="FILE", help="Link entities to its IRIs: SKOS, RDF with labels, or csv."),
    ] = None,
    undo: _Undo = False,
    settings: options.SettingsFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Tell which entities of different documents are one, and which of one name are two.

    Merged entities lead to the canonical one by owl:sameAs. In a review, fill in 'same' or 'different' and apply it;
    decisions are kept beside the runs and count in every later build. Entries of a vocabulary are linked likewise.
    To undo one merge is such a decision too.

    Example:  kgbuild resolve --graph graph --review doubtful.csv
    """
    from kgbuild import stages

    now, named = datetime.now(UTC), entities or []
    if undo and (review is not None or apply is not None or vocabulary is not None):
        raise SettingError("option --undo excludes --review, --apply and --vocabulary; give one")
    if len(named) > (2 if undo else 0):
        raise SettingError(f"expected one or two IRIs, and after --undo alone, came {' '.join(named)!r}; see --help")
    if undo and not named:
        done = stages.unresolve(graph, now=now)
    else:
        listed = options.settings_from(settings, vocabulary=vocabulary).resolve.vocabulary
        who = author or getuser()
        done = stages.resolve(graph, now=now, review=review, apply=apply, author=who, vocabulary=listed, undo=named)
    for note in done.notes:
        write_note(note)
    if as_json:
        print_json(done.to_json())
    else:
        print_linking(done, review)
