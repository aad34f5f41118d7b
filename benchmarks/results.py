"""The results of `quality.py` as Markdown, and the reliability diagram as PNG."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from kgbuild.evaluate import DISTANCES, Interval, Reliability, Scores, Tally
from kgbuild.stages import Evaluation

__all__ = ["Result", "main_table", "save_reliability_diagram", "sections"]

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
        "![Reliability diagram](reliability.png)",
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


def save_reliability_diagram(found: Reliability, path: Path) -> None:
    """A PNG of the share that is right over the probability, a bar a bin, beside the diagonal of perfect calibration.

    Below it, how many relations each bin holds.
    """
    figure = Figure(figsize=(5, 6), layout="constrained")
    share, count = figure.subplots(2, height_ratios=(4, 1), sharex=True)
    held = [item for item in found.bins if item.count]
    places, width = [item.low for item in held], 0.92 / len(found.bins)
    share.bar(places, [item.accuracy for item in held], width, align="edge", color="#4477aa", label="right")
    share.plot([item.confidence for item in held], [item.accuracy for item in held], "o", color="#222222", markersize=3)
    share.plot([0, 1], [0, 1], "--", color="#bb4433", label="perfectly calibrated")
    share.set(xlim=(0, 1), ylim=(0, 1), ylabel="share that is right")
    share.set_title(f"{found.count:,} relations, expected calibration error {found.error:.3f}", fontsize=10)
    share.legend(loc="upper left", frameon=False)
    count.bar(places, [item.count for item in held], width, align="edge", color="#999999")
    count.set(yscale="log", xlabel="probability", ylabel="relations")
    figure.savefig(path, dpi=120, metadata={"Software": None})
