"""What the stages hand back, as a person reads it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from kgbuild.cli.options import Report
from kgbuild.cli.output import clean, counted, print_data, print_json, print_table, terminal, write_line, write_note

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from kgbuild.evaluate import Interval, RelationScores, Reliability, Scores, Tally
    from kgbuild.graph import Count, Explanation, GraphStatistics, Problem, ValidationReport
    from kgbuild.records import Refusal, Span
    from kgbuild.stages import AtPrecision, BuildSummary, CalibrationReport, DocumentCounts, Evaluation, Linking

    _Row = tuple[str, Tally | Scores]

__all__ = [
    "print_calibration",
    "print_evaluation",
    "print_explanations",
    "print_linking",
    "print_statistics",
    "print_summary",
    "print_validation",
]

_COUNTED: Final = frozenset({"score", "accept"})
"""Stages that refuse scores by the thousand and count them; the others set documents aside one by one."""
_HEAD: Final = "bold cyan"
_TAIL: Final = "bold magenta"
_SCORES: Final = ("precision", "recall", "F1", "F1, 95 %", "right", "wrong", "missed")


def print_summary(summary: "BuildSummary") -> None:
    """Nothing; what a build did, what it refused with the reasons, and what its resolve did, is on stdout."""
    documents = summary.documents
    counts = {name: getattr(documents, name) for name in ("added", "changed", "unchanged", "removed", "refused")}
    if documents.retracted:
        counts["left out, since they were retracted"] = documents.retracted
    rows = [
        ("documents", ", ".join(f"{count:,} {name}" for name, count in counts.items())),
        *([("changed", _redone(documents))] if documents.reaccepted or documents.rescored else []),
        *((name, f"{getattr(summary, name):,}") for name in ("sentences", "mentions", "pairs", "claims", "triples")),
        ("seconds", f"{summary.seconds:.1f}"),
        ("run", summary.run or "none: nothing had changed"),
    ]
    print_table(("build", ""), rows)
    aside = [item for item in summary.refusals if item.stage not in _COUNTED]
    if aside:
        write_line("")
        rows_of = ((item.source, item.stage, item.reason, item.detail) for item in aside)
        print_table(("source", "stage", "reason", "detail"), rows_of, title="Set aside")
    if len(aside) < len(summary.refusals):
        write_line("")
        _print_counted(item for item in summary.refusals if item.stage in _COUNTED)
    if summary.linking is not None:
        write_line("")
        print_linking(summary.linking)


def print_linking(linking: "Linking", review: "Path | None" = None) -> None:
    """Nothing; what a resolve did is on stdout, what a person should look at on stderr."""
    verb, entities = "is" if linking.entities == 1 else "are", counted(linking.entities, "entity", "entities")
    write_line(f"{entities} by name {verb} {counted(linking.things, 'thing')}")
    apart, decisions = counted(linking.splits, "appearance"), counted(linking.decisions, "decision")
    write_line(f"{linking.merges:,} merged, {apart} split off, {decisions} of persons")
    if linking.links:
        write_line(f"{linking.links:,} linked to entries of a vocabulary")
    if linking.doubts:
        where = f"in {str(review)!r}" if review is not None else "to be had with `kgbuild resolve --review`"
        write_note(f"{counted(linking.doubts, 'doubtful pair')} {where}")


def _redone(documents: "DocumentCounts") -> str:
    """What had to be done again for the changed documents."""
    whole = documents.changed - documents.rescored - documents.reaccepted
    counts = {"only accepted anew": documents.reaccepted, "scored anew": documents.rescored, "read anew": whole}
    return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)


def _print_counted(refusals: "Iterable[Refusal]") -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for item in refusals:
        counts[item.stage, item.reason] += item.count
    rows = ((stage, reason, f"{count:,}") for (stage, reason), count in counts.most_common())
    print_table(("stage", "reason", "count"), rows, title="Scores not accepted", numbers=frozenset({2}))


def print_statistics(numbers: "GraphStatistics") -> None:
    """Nothing; the graph in numbers is on stdout."""
    names = ("documents", "entities", "triples", "evidence", "runs", "quads")
    rows = [(name, f"{getattr(numbers, name):,}") for name in names]
    print_table(("graph", ""), [*rows, ("mean probability", f"{numbers.confidence:.2f}")], numbers=frozenset({1}))
    for title, counts in (("Entities by class", numbers.classes), ("Triples by property", numbers.properties)):
        if counts:
            write_line("")
            _print_counts(title, counts)


def _print_counts(title: str, counts: "Sequence[Count]") -> None:
    rows = ((item.label, f"{item.count:,}", item.iri) for item in counts)
    print_table(("label", "count", "IRI"), rows, title=title, numbers=frozenset({1}))


def print_validation(report: "ValidationReport", format: Report) -> None:
    """Nothing; what is wrong with the graph, or that all is well, is on stdout."""
    if format == "json":
        print_json({"conforms": report.conforms, **asdict(report)})
    elif format == "turtle":
        from kgbuild.graph import report_to_turtle

        print_data(report_to_turtle(report))
    elif report.conforms:
        write_line(f"{counted(report.documents, 'document')} checked, no problem found")
    else:
        print_table(("graph", "node", "problem", "value"), map(_problem_row, report.problems))


def _problem_row(problem: "Problem") -> tuple[str, ...]:
    return problem.graph, problem.node, problem.message, problem.value


def print_evaluation(evaluation: "Evaluation") -> None:
    """Nothing; a table for all that the file annotates, with intervals over its documents, is on stdout."""
    from kgbuild.evaluate import DISTANCES

    spans, triples, relations = evaluation.recogniser, evaluation.end_to_end, evaluation.relations
    tables: dict[str, list[_Row]] = {}
    if spans is not None:
        typed: list[_Row] = [("strict", spans.strict), *spans.by_type] if spans.typed else []
        tables["Recogniser"] = [*typed[:1], ("span only", spans.place), *typed[1:]]
    if evaluation.sentences is not None:
        tables["Sentence boundaries"] = [("beginnings", evaluation.sentences)]
    if relations is not None:
        by_distance = zip(DISTANCES, relations.by_distance, strict=True)
        tables["Relations between gold entities, by distance"] = [("all pairs", relations.everything), *by_distance]
    if triples is not None:
        against: list[_Row] = [("all gold", triples.everything), ("same-sentence gold", triples.same_sentence)]
        tables["End to end from the raw text"] = against
    for title, rows_of in tables.items():
        _print_scores(title, rows_of)
        write_line("")
    if relations is not None and evaluation.reliability is not None:
        _print_shares(relations, evaluation.reliability)
    else:
        write_line(f"{counted(evaluation.documents, 'document')}; the file annotates no relations")


def _print_scores(title: str, scores: "Iterable[_Row]") -> None:
    print_table(("", *_SCORES), map(_score_row, scores), title=title, numbers=frozenset(range(1, 1 + len(_SCORES))))


def _score_row(named: "_Row") -> tuple[str, ...]:
    from kgbuild.evaluate import Scores

    name, found = named
    between = "" if isinstance(found, Scores) else _between(found.interval())
    total = found if isinstance(found, Scores) else found.total
    measures = (f"{measure:.3f}" for measure in (total.precision, total.recall, total.f1))
    return name, *measures, between, *map(_count, (total.tp, total.fp, total.fn))


def _print_shares(relations: "RelationScores", reliability: "Reliability") -> None:
    rows = [
        (
            name,
            f"{shares.total.value:.3f}",
            _between(shares.interval()),
            *map(_count, (shares.total.count, shares.total.of)),
        )
        for name, shares in (
            ("pairs without a relation that get one", relations.unrelated),
            ("right relations with annotated evidence", relations.evidence),
        )
    ]
    error = f"{reliability.error:.3f}", _between(reliability.interval), "", _count(reliability.count)
    print_table(
        ("", "share", "95 %", "count", "of"),
        [*rows, ("expected calibration error", *error)],
        title="Trust",
        numbers=frozenset(range(1, 5)),
    )


def _between(interval: "Interval") -> str:
    return f"{interval.low:.3f}–{interval.high:.3f}"


def _count(number: int) -> str:
    return f"{number:,}"


def print_calibration(report: "CalibrationReport") -> None:
    """Nothing; the calibration, and what asking for a precision gives, is on stdout."""
    rows = [
        ("documents", _count(report.documents)),
        ("left out", report.left_out or "nothing"),
        ("scores", f"{report.scores:,}, of these {report.right:,} right"),
        ("temperature", f"{report.temperature:.3f}"),
        ("bias", f"{report.bias:.3f}"),
        ("calibration error before", f"{report.error_before:.3f}"),
        ("calibration error after", _measured(report.error_after)),
        ("written to", report.model or "nothing"),
    ]
    print_table(("calibration", ""), rows)
    if report.asked is not None:
        write_line("")
        _print_asked(report.asked)


def _print_asked(asked: "AtPrecision") -> None:
    none = asked.lowest is None or asked.highest is None
    rows = [
        ("properties that reach it", f"{asked.reached:,} of {asked.properties:,}"),
        ("thresholds", "none" if none else f"{asked.lowest:.3f} to {asked.highest:.3f}"),
        ("precision", "no claims" if asked.recall is not None and not asked.claims else _measured(asked.precision)),
        ("recall", _measured(asked.recall)),
        ("claims", _count(asked.claims)),
    ]
    print_table((f"precision {asked.wanted:g} asked", ""), rows)


def _measured(value: float | None) -> str:
    """A figure that came from the other half of the documents."""
    return "not measured: too few documents" if value is None else f"{value:.3f} (on the half not fitted on)"


def print_explanations(found: "Iterable[Explanation]") -> None:
    """Nothing; each triple with its probabilities, sentences and sources is on stdout, head and tail marked."""
    console = terminal()
    order = sorted(found, key=_triple)
    groups = [list(group) for _, group in groupby(order, key=_triple)]
    for places in sorted(groups, key=lambda group: -max(item.probability for item in group)):
        _print_triple(places, console)


def _triple(item: "Explanation") -> tuple[str, str, str]:
    return item.subject, item.predicate, item.object


def _print_triple(places: "Sequence[Explanation]", console: "Console | None") -> None:
    """One triple, and below it each place that it was read from."""
    first = places[0]
    labels = (first.subject_label, _HEAD), ("  ", ""), (first.predicate_label, "italic"), ("  ", "")
    title = Text.assemble(*((clean(part), style) for part, style in (*labels, (first.object_label, _TAIL))))
    if console is None:
        write_line(title.plain)
        for item in places:
            write_line(f"  {item.probability:.2f}  {clean(item.marked)}\n        {clean(item.source)}")
        return
    grid = Table.grid(padding=(0, 2, 0, 0))
    plain = console.color_system is None or console.no_color
    for item in places:
        grid.add_row(Text(f"  {item.probability:.2f}"), Text(clean(item.marked)) if plain else _coloured(item))
        grid.add_row("", Text(clean(item.source), "dim", overflow="fold"))
    console.print(title)
    console.print(grid)


def _coloured(item: "Explanation") -> Text:
    """The passage with head and tail in the colours that they have in the triple above it."""
    text = Text(clean(item.passage))
    spans: tuple[tuple[Span, str], ...] = ((item.head, _HEAD), (item.tail, _TAIL))
    for span, style in spans:
        text.stylize(style, span.start, span.end)
    return text
