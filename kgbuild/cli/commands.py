"""The commands. Each imports `stages` only when it runs, so that `--help` needs no model and no store."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from kgbuild.cli import options
from kgbuild.cli.output import counted, print_data, print_json, print_table, write_line, write_note
from kgbuild.cli.progress import show_progress
from kgbuild.cli.reports import (
    print_calibration,
    print_evaluation,
    print_explanations,
    print_statistics,
    print_summary,
    print_validation,
)

__all__ = ["app"]

app = typer.Typer(
    name="kgbuild",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
"""The command line; each command is parsing and one call into `stages`."""


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        write_line(f"kgbuild {version('kgbuild')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def kgbuild(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """From a folder of documents to a knowledge graph that says where it read each triple.

    Begin with:  kgbuild build examples/corpus --graph graph
    """
    if context.invoked_subcommand is None:
        context.get_help()


@app.command("build")
def build_command(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Files, folders, globs or URLs.")],
    graph: options.Graph,
    ontology: options.OntologyFile = None,
    threshold: options.Threshold = None,
    precision: options.Precision = None,
    device: options.Device = None,
    model: options.Model = None,
    gazetteer: options.Gazetteer = None,
    scorer: Annotated[options.Scorer | None, typer.Option("--scorer", help="How pairs are scored.")] = None,
    window: options.Window = None,
    settings: options.SettingsFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Read documents and bring the graph up to date with them.

    Unchanged documents cost nothing, changed ones are replaced, vanished ones are taken out.

    Example:  kgbuild build reports/ 'notes/*.md' --graph graph --threshold 0.7
    """
    chosen = options.settings_from(
        settings,
        ontology=ontology,
        threshold=threshold,
        precision=precision,
        device=device,
        model=model,
        gazetteer=gazetteer,
        scorer=scorer,
        window=window,
    )
    from kgbuild import stages

    with show_progress() as progress:
        summary = stages.build(chosen, paths, graph, now=datetime.now(UTC), progress=progress)
    for note in summary.linking.notes if summary.linking else ():
        write_note(note)
    if as_json:
        print_json(summary.to_json())
    else:
        print_summary(summary)


@app.command("query")
def query_command(
    sparql: Annotated[str, typer.Argument(metavar="SPARQL", help="The query, @FILE, or - for stdin.")],
    graph: options.Graph,
    format: Annotated[options.Answer, typer.Option("--format", help="Form of the answer.")] = "table",
) -> None:
    """Answer a SPARQL 1.1 query over all documents; the usual prefixes are known.

    Example:  kgbuild query --graph graph 'SELECT DISTINCT ?who { ?who a kgb:Person }' --format csv
    """
    text = options.query_text(sparql)
    from kgbuild import stages

    answer = stages.query(graph, text, format=format)
    if isinstance(answer, str):
        print_data(answer)
    else:
        print_table(answer.columns, answer.rows)


@app.command("export")
def export_command(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="File to write.")],
    graph: options.Graph,
    format: Annotated[
        options.FileFormat | None, typer.Option("--format", help="Form of the file; else by its suffix.")
    ] = None,
    evidence: Annotated[bool, typer.Option("--evidence", help="Add text, evidence, catalogue and runs.")] = False,
) -> None:
    """Write the graph into a file.

    Example:  kgbuild export --graph graph graph.ttl
    """
    from kgbuild import stages

    written = stages.export(graph, out, format=format, evidence=evidence)
    write_note(f"{counted(written, 'statement')} written to {str(out)!r}")


@app.command("explain")
def explain_command(
    name: Annotated[str, typer.Argument(metavar="NAME-OR-IRI", help="An entity of the graph.")],
    graph: options.Graph,
    as_json: options.AsJson = False,
) -> None:
    """Print the triples about an entity, each with its probability and the sentences that it was read from.

    Example:  kgbuild explain --graph graph 'Ada Lovelace'
    """
    from kgbuild import stages

    asked = name.encode(errors="replace").decode()  # the shell may pass bytes that are no UTF-8; no name has them
    found = stages.explain(graph, asked)
    if as_json:
        print_json([asdict(item) for item in found])
        return
    print_explanations(found)
    if not found:
        write_note(f"no triple is about {name!r}")


@app.command("stats")
def stats_command(graph: options.Graph, as_json: options.AsJson = False) -> None:
    """Print how much the graph holds, and of what.

    Example:  kgbuild stats --graph graph
    """
    from kgbuild import stages

    numbers = stages.stats(graph)
    if as_json:
        print_json(asdict(numbers))
    else:
        print_statistics(numbers)


@app.command("validate")
def validate_command(
    graph: options.Graph,
    format: Annotated[options.Report, typer.Option("--format", help="Form of the report.")] = "text",
    as_json: options.AsJson = False,
) -> None:
    """Check that the graph is what it promises; exit code 1 when it is not.

    Turtle is a `sh:ValidationReport`.

    Example:  kgbuild validate --graph graph --format turtle
    """
    from kgbuild import stages

    report = stages.validate(graph)
    print_validation(report, "json" if as_json else format)
    if not report.conforms:
        raise typer.Exit(1)


@app.command("evaluate")
def evaluate_command(
    data: Annotated[Path, typer.Argument(metavar="DATA.jsonl", help="Annotated documents, one JSON object a line.")],
    model: options.Model = None,
    threshold: options.Threshold = None,
    ontology: options.OntologyFile = None,
    device: options.Device = None,
    settings: options.SettingsFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Measure precision, recall and F1 of the recogniser, of the relations, and of both together.

    Example:  kgbuild evaluate annotated.jsonl --threshold 0.6
    """
    chosen = options.settings_from(settings, ontology=ontology, threshold=threshold, device=device, model=model)
    from kgbuild import stages

    with show_progress() as progress:
        evaluation = stages.evaluate(chosen, data, progress=progress)
    if as_json:
        print_json(evaluation.to_json())
    else:
        print_evaluation(evaluation)


@app.command("calibrate")
def calibrate_command(
    data: Annotated[Path, typer.Argument(metavar="DATA.jsonl", help="Annotated documents, one JSON object a line.")],
    model: options.Model = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="DIR", help="Folder for a copy; else the model itself changes.")
    ] = None,
    precision: Annotated[
        str | None, typer.Option("--precision", metavar="P", help="Precision to fit for and to measure, 0 to 1.")
    ] = None,
    ontology: options.OntologyFile = None,
    device: options.Device = None,
    settings: options.SettingsFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Fit a model's probabilities, and the thresholds that reach a precision, on documents that it was not trained on.

    Their relations must be annotated completely. The figures are measured on the half of them that was not fitted on.
    With --output a copy of the model gets the new calibration, without it the model's own folder does. The model that
    ships stays as it is: without --output its figures are printed and nothing is written.
    Then `kgbuild build --precision P --model DIR` uses it, for any P.

    Example:  kgbuild calibrate annotated.jsonl --precision 0.9 --output models/mine
    """
    chosen = options.settings_from(settings, ontology=ontology, precision=precision, device=device, model=model)
    from kgbuild import stages

    with show_progress() as progress:
        report = stages.calibrate(chosen, data, output, progress=progress)
    if as_json:
        print_json(report.to_json())
    else:
        print_calibration(report)
    if report.model is None:
        write_note("nothing was written, since the model that ships stays as it is; name a folder with --output")
