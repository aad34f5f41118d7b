"""The command that makes a model: a whole one, or what is learned from examples beside one."""

from pathlib import Path
from typing import Annotated, Final

import typer

from kgbuild.cli import options
from kgbuild.cli.commands import app
from kgbuild.cli.output import write_line, write_note
from kgbuild.errors import SettingError

__all__ = ["train_command"]

_BASE: Final = "all-MiniLM-L6-v2"
"""As `checkpoint.DEFAULT_BASE`, which is not imported: it would load torch for `--help`."""
_Examples = Annotated[
    Path | None, typer.Option("--examples", metavar="FILE", help="Examples of your own classes and relations, jsonl.")
]
_Begin = Annotated[
    Path | None,
    typer.Option("--from", metavar="MODEL", help="Trained model as which the relation model begins."),
]


@app.command("train")
def train_command(
    output: Annotated[Path, typer.Option("--output", metavar="DIR", help="Folder for what is trained.")],
    examples: _Examples = None,
    ontology: options.OntologyFile = None,
    model: options.Model = None,
    epochs: Annotated[
        int | None, typer.Option("--epochs", metavar="N", min=1, help="Passes over the examples; else by their number.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Folder of annotated data sets, for a whole model.")
    ] = None,
    work: Annotated[
        Path | None, typer.Option("--work", metavar="DIR", help="Folder to go on from; else OUTPUT with .work added.")
    ] = None,
    base: Annotated[
        str, typer.Option("--base", metavar="NAME-OR-PATH", help="Encoder that a whole model begins with.")
    ] = _BASE,
    begin: _Begin = None,
    device: options.Device = None,
    settings: options.SettingsFile = None,
) -> None:
    """Train on examples of your own, beside a model that stays as it is; or train a whole model with --data.

    A training that was stopped goes on where it was.

    Example:  kgbuild train --ontology mine.ttl --examples mine.jsonl --output models/mine
    """
    chosen = options.settings_from(settings, device=device, ontology=ontology, model=model)
    from kgbuild import stages

    place = work or output.with_name(f"{output.name}.work")
    if examples is not None and data is None:
        folder = stages.adapt(chosen, examples, output, work=place, epochs=epochs, report=write_note)
    elif data is not None and examples is None:
        folder = stages.train(chosen, data, output, work=place, base=base, begin=begin, report=write_note)
    else:
        raise SettingError(
            f"options --examples {_name(examples)} and --data {_name(data)}: expected one of them; give --examples to "
            "learn beside a model, --data to train a whole one"
        )
    write_line(str(folder))


def _name(path: Path | None) -> str:
    return "none" if path is None else repr(str(path))
