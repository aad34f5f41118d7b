"""The options that several commands share, and what they say together."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kgbuild.errors import InputError, MissingError, SettingError

if TYPE_CHECKING:
    from kgbuild.config import Settings

__all__ = [
    "Answer",
    "AsJson",
    "Device",
    "FileFormat",
    "Gazetteer",
    "Graph",
    "Model",
    "OntologyFile",
    "Precision",
    "Report",
    "Scorer",
    "SettingsFile",
    "Threshold",
    "Window",
    "query_text",
    "settings_from",
]

Answer = Literal["table", "csv", "json", "turtle"]
"""As `graph.QueryFormat`, which is not imported: the graph room loads its store, and `--help` must be quick."""
FileFormat = Literal["turtle", "trig", "nquads", "jsonld", "graphml"]
"""As `graph.ExportFormat`."""
Report = Literal["text", "json", "turtle"]
"""Forms of the report of `validate`."""
Scorer = Literal["attention", "dot", "concat"]
"""As the setting `score.scorer`."""

Graph = Annotated[Path, typer.Option("--graph", metavar="DIR", help="Folder of the graph.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", metavar="FILE", help="Settings, TOML; else kgbuild.toml where it exists.")
]
OntologyFile = Annotated[
    Path | None, typer.Option("--ontology", metavar="FILE", help="OWL or RDFS ontology: what is looked for.")
]
Threshold = Annotated[
    str | None, typer.Option("--threshold", metavar="X", help="Least probability of a claim, 0 to 1.")
]
Precision = Annotated[
    str | None, typer.Option("--precision", metavar="P", help="Wanted precision, 0 to 1, instead of a threshold.")
]
Window = Annotated[
    str | None,
    typer.Option("--window", metavar="N", help="Most sentences between head and tail, 0 for one; else 'document'."),
]
Device = Annotated[str | None, typer.Option("--device", metavar="D", help="auto, cpu, cuda, cuda:N or mps.")]
Model = Annotated[Path | None, typer.Option("--model", metavar="DIR", help="Folder of a trained model.")]
Gazetteer = Annotated[
    Path | None,
    typer.Option("--gazetteer", metavar="FILE", help="Names to find besides: entity ruler patterns, jsonl."),
]


def settings_from(
    file: Path | None,
    *,
    ontology: Path | None = None,
    threshold: str | None = None,
    precision: str | None = None,
    device: str | None = None,
    model: Path | None = None,
    gazetteer: Path | None = None,
    scorer: Scorer | None = None,
    window: str | None = None,
    vocabulary: Path | None = None,
) -> "Settings":
    """Settings from the file, the environment and the options that were given; the settings check their values.

    Raises: SettingError, MissingError.
    """
    from kgbuild.config import load_settings

    if threshold is not None and precision is not None:
        raise SettingError(f"options --threshold {threshold} and --precision {precision} exclude each other; give one")
    options: dict[str, object] = {
        "ontology": ontology,
        "accept.threshold": threshold,
        "accept.precision": precision,
        "device": device,
        "model": model,
        "recognise.gazetteer": gazetteer,
        "score.scorer": scorer,
        "score.window": window,
        "resolve.vocabulary": vocabulary,
    }
    overrides = {key: value for key, value in options.items() if value is not None}
    if threshold is not None:
        overrides["accept.precision"] = None  # a precision in the file would win over the threshold
    return load_settings(file, overrides=overrides)


def query_text(argument: str) -> str:
    """The query itself, from stdin for `-`, from a file for `@FILE`.

    Raises: MissingError, InputError.
    """
    if argument == "-":
        return sys.stdin.read()
    if not argument.startswith("@"):
        return argument
    path = Path(argument[1:])
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise MissingError(f"query file {str(path)!r} does not exist; name a file after the @", subject=path) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InputError(
            f"query file {str(path)!r} cannot be read: {reason}; name a readable text file in UTF-8", subject=path
        ) from error
