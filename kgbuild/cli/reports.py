"""What the stages hand back, as a person reads it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from kgbuild.cli.output import clean, print_table, terminal, write_line

if TYPE_CHECKING:
    from rich.console import Console

    from kgbuild.evaluate import Scores
    from kgbuild.graph import Count, Explanation, GraphStatistics, ValidationReport
    from kgbuild.records import Refusal, Span
    from kgbuild.stages import BuildSummary, Evaluation

__all__ = ["print_evaluation", "print_explanations", "print_statistics", "print_summary", "print_validation"]

_COUNTED: Final = frozenset({"score", "accept"})
"""Stages that refuse scores by the thousand and count them; the others set documents aside one by one."""
_HEAD: Final = "bold cyan"
_TAIL: Final = "bold magenta"
_SCORES: Final = ("precision", "recall", "F1", "right", "wrong", "missed")


def print_summary(summary: "BuildSummary") -> None:
    """Nothing; what a build did, and what it refused with the reasons, is on stdout."""
    documents = summary.documents
    counts = {name: getattr(documents, name) for name in ("added", "changed", "unchanged", "removed", "refused")}
    rows = [
        ("documents", ", ".join(f"{count:,} {name}" for name, count in counts.items())),
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


def print_validation(report: "ValidationReport") -> None:
    """Nothing; what is wrong with the graph, or that all is well, is on stdout."""
    if report.conforms:
        write_line(f"{report.documents:,} documents checked, no problem found")
        return
    rows = ((item.graph, item.node, item.message) for item in report.problems)
    print_table(("graph", "node", "problem"), rows)


def print_evaluation(evaluation: "Evaluation") -> None:
    """Nothing; three tables of precision, recall and F1 are on stdout."""
    spans, triples = evaluation.recogniser, evaluation.end_to_end
    _print_scores("Recogniser", [("strict", spans.strict), ("span only", spans.place), *spans.by_type])
    write_line("")
    _print_scores("Relations, gold mentions, same-sentence pairs", [("all", evaluation.relations.total)])
    write_line("")
    against = [("all gold", triples.everything), ("same-sentence gold", triples.same_sentence)]
    _print_scores("End to end from the raw text", against)


def _print_scores(title: str, scores: "Iterable[tuple[str, Scores]]") -> None:
    rows = [
        (
            name,
            f"{item.precision:.3f}",
            f"{item.recall:.3f}",
            f"{item.f1:.3f}",
            *map(_count, (item.tp, item.fp, item.fn)),
        )
        for name, item in scores
    ]
    print_table(("", *_SCORES), rows, title=title, numbers=frozenset(range(1, 1 + len(_SCORES))))


def _count(number: int) -> str:
    return f"{number:,}"


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
            write_line(f"  {item.probability:.2f}  {_marked(item)}\n        {clean(item.source)}")
        return
    grid = Table.grid(padding=(0, 2, 0, 0))
    plain = console.color_system is None or console.no_color
    for item in places:
        grid.add_row(Text(f"  {item.probability:.2f}"), Text(_marked(item)) if plain else _coloured(item))
        grid.add_row("", Text(clean(item.source), "dim", overflow="fold"))
    console.print(title)
    console.print(grid)


def _marked(item: "Explanation") -> str:
    """The sentence with head and tail in brackets."""
    text = clean(item.sentence)
    for span in sorted({item.head, item.tail}, reverse=True):
        text = f"{text[: span.start]}[[{text[span.start : span.end]}]]{text[span.end :]}"
    return text


def _coloured(item: "Explanation") -> Text:
    """The sentence with head and tail in the colours that they have in the triple above it."""
    text = Text(clean(item.sentence))
    spans: tuple[tuple[Span, str], ...] = ((item.head, _HEAD), (item.tail, _TAIL))
    for span, style in spans:
        text.stylize(style, span.start, span.end)
    return text
