"""The command in which a person decides about claims: in the terminal, or in a sheet."""

import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from kgbuild.cli import options
from kgbuild.cli.commands import app
from kgbuild.cli.output import clean, counted, write_line, write_note
from kgbuild.cli.reports import print_explanations
from kgbuild.errors import InputError, SettingError

if TYPE_CHECKING:
    from kgbuild.decisions import Verdict
    from kgbuild.stages import Answer, Question, Reviewing

__all__ = ["review_command"]

_VERDICTS: "Final[Mapping[str, Verdict]]" = {
    "accept": "accepted",
    "reject": "rejected",
    "correct": "corrected",
    "skip": "skipped",
    "undo": "undone",
}
_WORDS: Final = (*_VERDICTS, "back", "quit")
"""What may be said; the first letters are enough."""
_PROMPT: Final = "[a]ccept, [r]eject, [c]orrect, [s]kip, [u]ndo, [b]ack, [q]uit: "
_RELATION: Final = "the relation that holds (? lists them, nothing goes back): "


@app.command("review")
def review_command(
    graph: options.Graph,
    write: Annotated[
        Path | None, typer.Option("--write", metavar="OUT.csv", help="Write the claims into a sheet instead.")
    ] = None,
    apply: Annotated[
        Path | None, typer.Option("--apply", metavar="IN.csv", help="Take the decisions from a sheet instead.")
    ] = None,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="OUT.jsonl", help="Write the decisions as training data.")
    ] = None,
    author: Annotated[
        str | None, typer.Option("--author", metavar="NAME", help="Who decides; else the login name.")
    ] = None,
    decided: Annotated[bool, typer.Option("--decided", help="Go through what was decided, the last first.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="At most N claims.")] = None,
    ontology: Annotated[
        Path | None,
        typer.Option("--ontology", metavar="FILE", help="Its relations are shown; else those of the last build."),
    ] = None,
) -> None:
    """Go through the least certain claims: accept, reject or correct each. What is decided stays so after any build.

    One stops with q, and goes on later where one stopped. With --write and --apply a spreadsheet takes the place of
    the terminal; with --export the decisions become documents to train on.

    Example:  kgbuild review --graph graph --limit 20
    """
    from kgbuild import stages

    chosen = [name for name, path in (("--write", write), ("--apply", apply), ("--export", export)) if path]
    if len(chosen) > 1:
        raise SettingError(f"options {' and '.join(chosen)} exclude each other; give one")
    now = datetime.now(UTC)
    if write is not None:
        count = stages.write_sheet(graph, write, now=now, decided=decided, limit=limit, ontology=ontology)
        write_note(f"{counted(count, 'claim')} written to {str(write)!r}; fill in its first two columns and --apply it")
    elif apply is not None:
        done = stages.apply_sheet(graph, apply, author=author or getuser(), now=now, ontology=ontology)
        write_note(f"{counted(done.rows, 'row')} with a decision, {done.decisions:,} of them new")
    elif export is not None:
        _export(graph, export, ontology, now)
    else:
        found = stages.review(graph, now=now, decided=decided, limit=limit, ontology=ontology)
        _review(graph, found, author or getuser())


def _export(graph: Path, out: Path, ontology: Path | None, now: datetime) -> None:
    from kgbuild import stages

    made = stages.export_decisions(graph, out, now=now, ontology=ontology)
    told = f"{counted(made.relations, 'relation')}, {made.denied:,} denied"
    write_note(f"{counted(made.documents, 'document')} written to {str(out)!r}: {told}")
    if made.left_out:
        left = counted(made.left_out, "decision")
        write_note(f"{left} left out: the passage or its run's files are gone, or the ontology lacks the relation")


def _review(graph: Path, found: "Reviewing", author: str) -> None:
    """Nothing; what was decided until the end, or until the person stopped, is in the graph."""
    from kgbuild import stages

    if not found.questions:
        write_note("no claim waits for a decision")
    made = 0
    try:
        for answer in _answers(found):
            made += stages.decide(graph, [answer], author=author, now=datetime.now(UTC))
    finally:  # an interrupt too ends a review, and loses nothing
        stages.settle_decisions(graph, now=datetime.now(UTC))
        if made:
            write_note(f"{counted(made, 'decision is', 'decisions are')} in the graph")


def _answers(found: "Reviewing") -> "Iterator[Answer]":
    """What a person says, one claim after the other, until the last or until they stop."""
    number = 0
    while number < len(found.questions):
        question = found.questions[number]
        write_line(f"{number + 1:,} of {len(found.questions):,}")
        answer = _ask(question, found)
        if answer == "quit":
            return
        if answer == "back":
            number = max(number - 1, 0)
            continue
        yield answer
        number += 1


def _ask(question: "Question", found: "Reviewing") -> "Answer | Literal['back', 'quit']":
    """What a person says to a question, which is put again until it is understood."""
    from kgbuild.stages import Answer

    print_explanations([question.shown])
    if question.definition:
        write_line(clean(f"  {question.label}: {question.definition}"))
    if question.decision is not None and question.decision.says:
        write_line(f"  decided before: {question.decision.verdict}")
    while True:
        said = _read(_PROMPT)
        word = "quit" if said is None else next((word for word in _WORDS if word.startswith(said.casefold())), "")
        if word == "back":
            return "back"
        if word == "quit":
            return "quit"
        if not said or not word:
            came = f"{clean(repr(said))} is none of these" if said else "nothing was typed"
            write_line(f"{came}: type one of {', '.join(_WORDS)}, or its first letter")
        elif word != "correct":
            return Answer(question, _VERDICTS[word])
        elif correction := _ask_relation(question, found):
            return Answer(question, "corrected", correction)


def _ask_relation(question: "Question", found: "Reviewing") -> str:
    """IRI of the relation that holds instead; empty when the person has none."""
    while said := _read(_RELATION):
        if said == "?":
            write_line(clean("; ".join(sorted(item.label for item in found.ontology.properties))))
            continue
        try:
            meant = found.relation(said)
        except InputError as error:
            write_line(clean(str(error)))
            continue
        if meant != question.claim.relation:
            return meant
        write_line("that is the relation that was claimed")
    return ""


def _read(prompt: str) -> str | None:
    """The line that a person types, without white space around it; `None` at the end of the input."""
    sys.stdout.write(prompt)
    sys.stdout.flush()
    line = sys.stdin.readline()
    if not sys.stdin.isatty():  # a terminal has shown it already
        write_line(clean(line.strip()))
    return line.strip() if line else None
