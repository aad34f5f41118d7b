"""The results of `quality.py` as Markdown, and the reliability diagram as SVG."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kgbuild.evaluate import DISTANCES, Interval, Reliability, Scores, Tally
from kgbuild.stages import Evaluation

__all__ = ["Result", "main_table", "reliability_diagram", "sections"]

_FEWEST = 10
"""Gold relations that a label must have to be named among the best or worst."""
_NAMED = 10
"""Labels that are named on each side."""


@dataclass(frozen=True)
class Result:
    """One figure with all that stands beside it."""

    name: str
    """What was measured, and on what."""
    value: float
    """The figure."""
    low: float | None
    """The least that is asked; `None` where there is no lower bound."""
    high: float | None
    """The most that is asked."""
    command: str
    """What gives it."""
    published: str
    """The figure of the best system that was found, with the paper and where its setting differs."""
    interval: Interval | None = None
    """Over the documents."""
    format: str = ".3f"
    """How the figure is written."""

    @property
    def met(self) -> bool:
        """Whether the figure is what is asked."""
        return (self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high)

    def target(self) -> str:
        """What is asked, as text."""
        if self.low is not None and self.high is not None:
            return f"{self.low:{self.format}} to {self.high:{self.format}}"
        bound, sign = (self.high, "≤") if self.low is None else (self.low, "≥")
        return "" if bound is None else f"{sign} {bound:{self.format}}"


def main_table(results: Sequence[Result]) -> list[str]:
    """The lines of the table of all figures, and of that of published ones."""
    figures = [
        f"| {item.name} | **{item.value:{item.format}}** | {_between(item)} | {item.target()} | {_met(item)} | "
        f"`{item.command}` |"
        for item in results
    ]
    beside = [f"| {item.name} | {item.value:{item.format}} | {item.published} |" for item in results]
    return [
        *_table("figure", "measured", "95 %", "target", "met", "command"),
        *figures,
        "",
        "## Beside published figures",
        "",
        *_table("figure", "ours", "published, and where the setting differs"),
        *beside,
    ]


def _between(item: Result) -> str:
    return f"{item.interval.low:{item.format}} to {item.interval.high:{item.format}}" if item.interval else ""


def _met(item: Result) -> str:
    if item.low is None and item.high is None:
        return ""
    return "yes" if item.met else "**no**"


def sections(found: Evaluation, inner: Tally, names: Mapping[str, str]) -> list[str]:
    """The lines of the sections about one set: distance, evidence, types, labels, calibration.

    `inner` are the sentence beginnings without those of whole documents, `names` the words for a label.
    """
    if found.relations is None or found.recogniser is None or found.reliability is None:
        return []
    relations, evidence = found.relations, found.relations.evidence
    near = evidence.interval()
    distances = [("all pairs", relations.everything), *zip(DISTANCES, relations.by_distance, strict=True)]
    return [
        "## Relations by distance",
        "",
        "Between gold entities; sentences between head and tail where they stand closest.",
        "",
        *_table("head and tail", "precision", "recall", "F1", "F1, 95 %", "gold"),
        *(_scored(name, tally.total, tally.interval()) for name, tally in distances),
        "",
        f"Of {evidence.total.of:,} right relations whose evidence is annotated, "
        f"{evidence.total.value:.3f} ({near.low:.3f} to {near.high:.3f}) were read from evidence alone.",
        "",
        "## Recogniser by type",
        "",
        *_table("type", "precision", "recall", "F1", "gold"),
        *(_scored(name, scores) for name, scores in found.recogniser.by_type),
        _scored("span alone, any type", found.recogniser.place.total),
        "",
        f"Sentence boundaries without the beginnings of documents, which are never in doubt: F1 {inner.total.f1:.3f}.",
        "",
        *_labels((f"{label} {names.get(label, '')}", scores) for label, scores in relations.by_label),
        "",
        *_calibration(found.reliability),
    ]


def _labels(rows: Iterable[tuple[str, Scores]]) -> list[str]:
    common = [(name, scores) for name, scores in rows if scores.tp + scores.fn >= _FEWEST]
    order = sorted(common, key=lambda row: (-row[1].f1, row[0]))
    worst = order[_NAMED:][-_NAMED:]
    return [
        "## Labels",
        "",
        f"The best and the worst of those with at least {_FEWEST} gold relations, over all pairs.",
        "",
        *_table("label", "precision", "recall", "F1", "gold"),
        *(_scored(name, scores) for name, scores in order[:_NAMED]),
        *(["| … | | | | |"] if worst else []),
        *(_scored(name, scores) for name, scores in worst),
    ]


def _calibration(found: Reliability) -> list[str]:
    rows = [
        f"| {item.low:.2f} to {item.high:.2f} | {item.count:,} | {item.confidence:.3f} | {item.accuracy:.3f} |"
        for item in found.bins
        if item.count
    ]
    return [
        "## Calibration",
        "",
        f"Of {found.count:,} relations that could be claimed between gold entities, whatever the threshold: all that",
        "the scorer keeps (setting `score.floor`) and whose types fit. The error is the mean distance of the last two",
        "columns, weighted by count; its interval leans upwards, because a draw of documents is hardly better",
        "calibrated than all of them.",
        "",
        "![Reliability diagram](reliability.svg)",
        "",
        *_table("probability", "relations", "mean probability", "share that is right"),
        *rows,
    ]


def _scored(name: str, scores: Scores, interval: Interval | None = None) -> str:
    between = f" {interval.low:.3f} to {interval.high:.3f} |" if interval else ""
    measures = f"{scores.precision:.3f} | {scores.recall:.3f} | {scores.f1:.3f} |"
    return f"| {name} | {measures}{between} {scores.tp + scores.fn:,} |"


def _table(*heads: str) -> list[str]:
    return [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]


_SIDE, _LEFT, _TOP = 400, 60, 20
"""Side of the diagram's square, and what stands left of it and above it, in pixels."""


def reliability_diagram(found: Reliability) -> str:
    """An SVG of the share that is right over the probability, a bar a bin, with the diagonal of perfect calibration."""
    marks = [number / 5 for number in range(6)]
    size = f'width="{_SIDE + 90}" height="{_SIDE + 80}"'
    turn, title = (
        f"rotate(-90 18 {_y(0.5)})",
        f"{found.count:,} relations, expected calibration error {found.error:.3f}",
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">',
        f'<rect {size} fill="white"/>',
        *(_bar(item.low, item.high, item.accuracy, item.count) for item in found.bins if item.count),
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="#b33" stroke-dasharray="5 4"/>',
        f'<rect x="{_x(0)}" y="{_y(1)}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#333"/>',
        *(f'<text x="{_x(mark)}" y="{_y(0) + 18}" text-anchor="middle">{mark:.1f}</text>' for mark in marks),
        *(f'<text x="{_x(0) - 8}" y="{_y(mark) + 4}" text-anchor="end">{mark:.1f}</text>' for mark in marks),
        f'<text x="{_x(0.5)}" y="{_y(0) + 42}" text-anchor="middle">probability</text>',
        f'<text x="18" y="{_y(0.5)}" text-anchor="middle" transform="{turn}">share that is right</text>',
        f'<text x="{_x(0.04)}" y="{_y(0.94)}">{title}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _bar(low: float, high: float, accuracy: float, count: int) -> str:
    left, width = _x(low) + 1, _x(high) - _x(low) - 2
    return (
        f'<rect x="{left:.1f}" y="{_y(accuracy):.1f}" width="{width:.1f}" height="{_y(0) - _y(accuracy):.1f}" '
        f'fill="#69c"><title>{low:.2f} to {high:.2f}: {accuracy:.3f} of {count:,} are right</title></rect>'
    )


def _x(value: float) -> float:
    return _LEFT + value * _SIDE


def _y(value: float) -> float:
    return _TOP + (1 - value) * _SIDE
