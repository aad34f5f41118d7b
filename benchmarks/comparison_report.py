"""The comparison as Markdown tables between the markers of docs/attention.md, and as plots beside it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

from comparison_data import Setting
from comparison_scores import ALL, PIECES, Counts, Outcome, pooled
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pair_encoders import METHODS

from kgbuild.errors import InputError
from kgbuild.evaluate import DISTANCES, Interval, Scores, Tally, difference

__all__ = ["SHARES", "Figures", "Speed", "between_markers", "save_plots", "tables", "write_figures"]

SHARES = (0.05, 0.1, 0.25, 0.5, 1.0)
"""Shares of the data that the learning curve has where nothing else is asked."""
_REFERENCE = next(iter(METHODS))
_PAGE = "attention.md"
_COLOURS = dict(zip(METHODS, ("#4477aa", "#66ccee", "#ee6677", "#228833", "#999999", "#ccbb44"), strict=True))

View = Literal["typed", "related"]
"""Relations, or whether a pair is related at all."""


@dataclass(frozen=True, slots=True)
class Speed:
    """How long each method took for the same pairs."""

    pairs: int
    """Pairs that each turn scored."""
    seconds: dict[str, list[float]]
    """Seconds of each turn, by method."""
    stamp: str
    """Where, when and with which code."""

    def a_second(self, method: str) -> float:
        """Pairs a second in the median turn."""
        return self.pairs / median(self.seconds[method])

    def ratio(self, method: str) -> tuple[float, Interval]:
        """Pairs a second over those of the first method: the median turn, the lowest and the highest."""
        turns = [one / own for one, own in zip(self.seconds[_REFERENCE], self.seconds[method], strict=True)]
        return median(turns), Interval(min(turns), max(turns))


@dataclass(frozen=True, slots=True)
class Figures:
    """All that was measured of one setting."""

    setting: Setting
    """What was the same for all."""
    outcomes: Sequence[tuple[str, float, Outcome]]
    """Method, share of the data, and what came of it; several where there are several seeds."""
    speed: Speed | None
    """Seconds; `None` where they were not measured."""
    documents: tuple[int, int]
    """Documents that were learned from, and that were measured on."""
    pairs: int
    """Pairs that were scored."""
    seeds: int
    """Models of each kind."""

    @property
    def methods(self) -> list[str]:
        """The methods that were measured, in the order of `METHODS`."""
        there = {method for method, _, _ in self.outcomes}
        return [name for name in METHODS if name in there]

    @property
    def shares(self) -> list[float]:
        """The shares of the data that were learned from, ascending."""
        return sorted({share for _, share, _ in self.outcomes})

    def of(self, method: str, share: float = 1.0) -> list[Outcome]:
        """The outcomes of a method with a share of the data."""
        return [found for name, part, found in self.outcomes if (name, part) == (method, share)]

    def tally(self, method: str, view: View, group: str = ALL, share: float = 1.0) -> Tally | None:
        """The counts of all seeds together; `None` where there are none, or nothing was claimed or to be found."""
        counts: list[Counts] = [getattr(found, view) for found in self.of(method, share)]
        tally = pooled(counts, group) if counts and all(counts) else None
        return tally if tally is not None and tally.total != Scores(0, 0, 0) else None


def write_figures(figures: Figures, folder: Path | None) -> list[str]:
    """The lines of all tables; where there is a folder, they are in its page and the plots beside that."""
    lines = tables(figures)
    if folder is not None:
        page, name = folder / _PAGE, figures.setting.inputs
        start = f"<!-- {name}: begin -->\n<!-- {name}: end -->\n"
        text = page.read_text(encoding="utf-8") if page.is_file() else start
        written = between_markers(text, name, ["", *lines, "", *_pictures(figures), ""])
        folder.mkdir(parents=True, exist_ok=True)
        page.write_text(written, encoding="utf-8")
        save_plots(figures, folder)
    return lines


def between_markers(text: str, name: str, lines: Sequence[str]) -> str:
    """The text with the lines in place of what stood between the markers of that name; all else is as it was.

    Raises: InputError when the markers do not stand there once each, in order.
    """
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise InputError(
            f"page of the figures: expected one line {begin.strip()!r} and one line {end!r} after it, "
            f"came {text.count(begin)} and {text.count(end)}; put them where the tables shall stand"
        )
    before, rest = text.split(begin)
    return before + begin + "\n".join(lines) + "\n" + rest[rest.index(end) :]


def tables(figures: Figures) -> list[str]:
    """The lines of all tables."""
    learned, measured = figures.documents
    stamps = sorted(
        {found.stamp for *_, found in figures.outcomes} | ({figures.speed.stamp} if figures.speed else set())
    )
    setting = figures.setting
    return [
        f"{learned:,} documents learned from, {measured:,} measured on with {figures.pairs:,} pairs; window "
        f"{setting.window}, {setting.epochs} epochs of all the data, {figures.seeds} "
        f"model{'s'[: figures.seeds > 1]} of each kind.",
        *_measured(stamps),
        "",
        "### With all of the data",
        "",
        *_main_table(figures),
        "",
        *_by_group("### By sentences between head and tail", figures, DISTANCES),
        *_by_group("### By pieces between head and tail", figures, PIECES),
        *(_curve(figures) if len(figures.shares) > 1 else ()),
    ]


def _main_table(figures: Figures) -> Iterator[str]:
    yield from _head(
        "scorer", "weights of the pair encoder", "all weights", "F1", "95 %", "above attention's, 95 %",
        "related or not: F1", "95 %", "above attention's, 95 %", "pairs a second", "over attention's",
    )  # fmt: skip
    for name in figures.methods:
        if not (found := figures.of(name)):
            continue
        cells = [f"{found[0].encoder:,}", f"{found[0].weights:,}"]
        for view in ("typed", "related"):
            cells += _scored(figures.tally(name, view), figures.tally(_REFERENCE, view) if name != _REFERENCE else None)
        yield _row(name, *cells, *_speed(figures.speed, name))


def _scored(own: Tally | None, reference: Tally | None) -> list[str]:
    """F1, its interval, and that of what it is above the reference."""
    if own is None:
        return ["", "", ""]
    less = difference(own, reference) if reference is not None else None
    return [f"**{own.total.f1:.3f}**", _between(own.interval()), _between(less, "+.3f") if less else ""]


def _speed(speed: Speed | None, name: str) -> list[str]:
    if speed is None:
        return ["", ""]
    ratio, turns = speed.ratio(name)
    return [f"{speed.a_second(name):,.0f}", f"{ratio:.2f} ({turns.low:.2f} to {turns.high:.2f})"]


def _by_group(title: str, figures: Figures, groups: Sequence[str]) -> Iterator[str]:
    """F1 in each group, at the threshold that is best over all pairs."""
    yield from (title, "")
    for view, what in (("typed", "relations"), ("related", "related or not")):
        named = [name for name in figures.methods if figures.tally(name, view) is not None]
        if not named:
            continue
        yield from _head(f"F1, {what}", *groups)
        for name in named:
            yield _row(name, *(_f1(figures.tally(name, view, group)) for group in groups))
        yield _row("gold", *(_gold(figures.tally(named[0], view, group), figures.seeds) for group in groups))
        yield ""


def _curve(figures: Figures) -> Iterator[str]:
    yield from ("### By how much of the data was learned from", "")
    for view, what in (("typed", "relations"), ("related", "related or not")):
        named = [
            name for name in figures.methods if any(figures.tally(name, view, ALL, share) for share in figures.shares)
        ]
        if not named:
            continue
        yield from _head(f"F1, {what}", *(f"{share:.0%}" for share in figures.shares))
        for name in named:
            yield _row(name, *(_f1(figures.tally(name, view, ALL, share)) for share in figures.shares))
        yield ""


def _measured(stamps: Iterable[str]) -> Iterator[str]:
    """A line for each machine and day, with its commits: a run that went on may have seen several."""
    commits: dict[str, list[str]] = {}
    for where, _, commit in (stamp.partition("; commit ") for stamp in stamps):
        commits.setdefault(where, []).append(commit)
    for where, several in commits.items():
        yield f"Measured: {where}; commit{'s'[: len(several) > 1]} {', '.join(several)}."


def _pictures(figures: Figures) -> list[str]:
    """The lines that show the plots."""
    inputs = figures.setting.inputs
    curve = [f"![F1 by the share of the data that was learned from](attention-{inputs}-curve.png)", ""]
    distance = f"![F1 by distance between head and tail](attention-{inputs}-distance.png)"
    return [*(curve if len(figures.shares) > 1 else ()), distance]


def save_plots(figures: Figures, folder: Path) -> None:
    """PNGs: F1 over the share of the data, where there are several, and over the distance between head and tail."""
    name = figures.setting.inputs
    shares = [[(f"{share:.0%}", ALL, share) for share in figures.shares]]
    groups = [[(group, group, 1.0) for group in part] for part in (DISTANCES, PIECES)]
    plots = [("curve", shares, 0)] if len(figures.shares) > 1 else []
    for kind, runs, turn in (*plots, ("distance", groups, 60)):
        figure = Figure(figsize=(10, 4 + turn / 60), layout="constrained")
        panels: list[Axes] = list(figure.subplots(1, 2))
        for axes, view, title in zip(panels, ("typed", "related"), ("relations", "related or not"), strict=True):
            _draw(axes, figures, view, runs)
            axes.set(title=title, ylabel="F1")
            axes.tick_params("x", rotation=turn)
        lines, names = panels[-1].get_legend_handles_labels()
        figure.legend(lines, names, loc="outside lower center", ncols=len(names), frameon=False, fontsize=8)
        figure.savefig(folder / f"attention-{name}-{kind}.png", dpi=120, metadata={"Software": None})


def _draw(axes: Axes, figures: Figures, view: View, runs: Sequence[Sequence[tuple[str, str, float]]]) -> None:
    """A line a method with its intervals, broken between runs of ticks; a tick has a name, a group and a share."""
    for number, name in enumerate(figures.methods):
        first = 0
        for run in runs:
            tallies = [figures.tally(name, view, group, share) for _, group, share in run]
            there = [(place, found) for place, found in enumerate(tallies, start=first) if found is not None]
            if there:
                aside = (number - len(METHODS) / 2) * 0.06
                _line(axes, [place + aside for place, _ in there], [found for _, found in there], name, first == 0)
            first += len(run)
    ticks = [name for run in runs for name, _, _ in run]
    axes.set(xticks=range(len(ticks)), xticklabels=ticks)
    axes.set_ylim(bottom=0)


def _line(axes: Axes, places: Sequence[float], tallies: Sequence[Tally], name: str, named: bool) -> None:
    values, spans = [found.total.f1 for found in tallies], [found.interval() for found in tallies]
    below = [max(0.0, value - span.low) for value, span in zip(values, spans, strict=True)]
    above = [max(0.0, span.high - value) for value, span in zip(values, spans, strict=True)]
    style = {"fmt": "o-", "markersize": 3, "linewidth": 1, "color": _COLOURS[name]}
    axes.errorbar(places, values, [below, above], label=name if named else None, **style)


def _f1(tally: Tally | None) -> str:
    return f"{tally.total.f1:.3f}" if tally is not None else ""


def _gold(tally: Tally | None, seeds: int) -> str:
    """What was to be found; every seed counted it."""
    return f"{(tally.total.tp + tally.total.fn) // seeds:,}" if tally is not None else ""


def _between(interval: Interval, format: str = ".3f") -> str:
    return f"{interval.low:{format}} to {interval.high:{format}}"


def _head(*names: str) -> Iterator[str]:
    yield _row(*names)
    yield "|---" * len(names) + "|"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
