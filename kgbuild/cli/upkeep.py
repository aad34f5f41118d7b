"""The commands that keep a graph true: withdraw and restore documents, tell their history, compare runs."""

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kgbuild.cli import options
from kgbuild.cli.commands import app
from kgbuild.cli.output import clean, counted, print_data, print_json, print_table, write_line, write_note

if TYPE_CHECKING:
    from kgbuild.graph import DocumentPatch, NamedTriple
    from kgbuild.stages import HistoryEntry, RunDiff, Withdrawal

__all__ = ["diff_command", "history_command", "restore_command", "retract_command"]

_Form = Literal["text", "json", "csv"]
_Documents = Annotated[
    list[str], typer.Argument(metavar="DOC", help="Paths or URLs as given to build, or documents' IRIs.")
]
_Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept in the graph.")]


@app.command("retract")
def retract_command(
    documents: _Documents, graph: options.Graph, reason: _Reason = "", as_json: options.AsJson = False
) -> None:
    """Withdraw documents with all that they alone supported, and keep them out until they change or are restored.

    Example:  kgbuild retract reports/2019.pdf --graph graph --reason 'superseded'
    """
    from kgbuild import stages

    done = stages.retract(graph, documents, now=datetime.now(UTC), reason=reason)
    _print_withdrawal(done, "retracted", as_json=as_json)


@app.command("restore")
def restore_command(
    documents: _Documents, graph: options.Graph, reason: _Reason = "", as_json: options.AsJson = False
) -> None:
    """Let retracted documents come back; the next build that finds them reads them again.

    Example:  kgbuild restore reports/2019.pdf --graph graph
    """
    from kgbuild import stages

    done = stages.restore(graph, documents, now=datetime.now(UTC), reason=reason)
    _print_withdrawal(done, "restored", as_json=as_json)
    if done.documents:
        write_note("build again to bring them back")


@app.command("history")
def history_command(
    document: Annotated[str, typer.Argument(metavar="DOC", help="A path or URL as given to build, or an IRI.")],
    graph: options.Graph,
    as_json: options.AsJson = False,
) -> None:
    """Print what happened to a document, run by run.

    Example:  kgbuild history reports/2019.pdf --graph graph
    """
    from kgbuild import stages

    entries = stages.history(graph, document)
    if as_json:
        print_json([asdict(entry) for entry in entries])
    else:
        _print_history(entries)
    if not entries:
        write_note(f"no run of this graph tells of {document!r}; it was built by an earlier version")


@app.command("diff")
def diff_command(
    before: Annotated[
        str, typer.Argument(metavar="RUN1", help="A run's IRI, its last part, latest, or latest~N, the Nth before it.")
    ],
    after: Annotated[str, typer.Argument(metavar="RUN2", help="Another, named in the same way.")],
    graph: options.Graph,
    format: Annotated[_Form, typer.Option("--format", help="Form of the answer.")] = "text",
    patch: Annotated[
        Path | None, typer.Option("--patch", metavar="DIR", help="Write removed.trig and added.trig there instead.")
    ] = None,
) -> None:
    """Print the triples added and removed between the graph after one run and after another, by document.

    Exit code 1 when files are missing that some of it would be read from.

    Example:  kgbuild diff latest~1 latest --graph graph
    """
    from kgbuild import stages

    found = stages.diff(graph, before, after)
    if patch is not None:
        removed, added = stages.save_patch(found, patch)
        write_note(f"take out the triples of {str(removed)!r} and put in those of {str(added)!r}")
        return
    _print_diff(found, format)
    for item in found.missing:
        counts = f"{counted(item.before, 'triple')} before and {item.after:,} after"
        write_note(f"{item.source}: {counts}, which ones is not known without {', '.join(map(repr, item.files))}")
    if found.missing:
        raise typer.Exit(1)


def _print_withdrawal(done: "Withdrawal", action: str, *, as_json: bool) -> None:
    if as_json:
        print_json(done.to_json())
        return
    told = ((action, done.documents), (f"{action} already" if action == "retracted" else "not retracted", done.already))
    print_table(("document", "what happened"), [(source, what) for what, sources in told for source in sources])


def _print_history(entries: "list[HistoryEntry]") -> None:
    sources = dict.fromkeys(entry.source for entry in entries)
    for source in sources:
        rows = [_history_row(entry) for entry in entries if entry.source == source]
        columns = ("when", "what", "triples", "text digest", "accepted from", "model", "run", "reason")
        print_table(columns, rows, title=source, numbers=frozenset({2}))


def _history_row(entry: "HistoryEntry") -> tuple[str, ...]:
    wanted = "" if entry.threshold is None else f"probability {entry.threshold:g}"
    if entry.precision is not None:
        wanted = f"precision {entry.precision:g}"
    model, run = (iri.rsplit("/", 1)[-1] for iri in (entry.model, entry.run))
    return entry.when, entry.action, f"{entry.triples:,}", entry.digest[:16], wanted, model, run, entry.reason


def _print_diff(found: "RunDiff", format: _Form) -> None:
    if format == "json":
        print_json(found.to_json())
    elif format == "csv":
        print_data(_csv(found))
    elif found.documents:
        write_line("\n\n".join("\n".join(_patch_lines(patch)) for patch in found.documents))
    elif not found.missing:
        write_note("no triple was added or removed")


def _patch_lines(patch: "DocumentPatch") -> Iterator[str]:
    yield clean(patch.source)
    for sign, triples in (("-", patch.removed), ("+", patch.added)):
        for triple in triples:
            yield f"{sign} {clean(f'{triple.subject_name}  {triple.predicate_name}  {triple.object_name}')}"


def _csv(found: "RunDiff") -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("change", "source", "document", "subject", "predicate", "object", "datatype"))
    for patch in found.documents:
        for change, triples in (("removed", patch.removed), ("added", patch.added)):
            writer.writerows((change, patch.source, patch.document, *_terms(triple)) for triple in triples)
    return text.getvalue()


def _terms(triple: "NamedTriple") -> tuple[str, ...]:
    """Subject, predicate, object and the object's datatype, which an IRI has not."""
    value = (triple.object, "") if isinstance(triple.object, str) else (triple.object.value, triple.object.datatype)
    return triple.subject, triple.predicate, *value
