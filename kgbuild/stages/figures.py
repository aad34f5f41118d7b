"""What an evaluation found, its figures by name, and both as JSON can hold them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final, get_args

from kgbuild.evaluate import (
    DISTANCES,
    Interval,
    Measure,
    RelationScores,
    Reliability,
    Scores,
    Shares,
    SpanScores,
    Tally,
    TripleScores,
)

__all__ = ["Evaluation", "Figure"]

_MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that a model is judged by."""

    value: float
    """The number, 0 to 1."""
    interval: Interval
    """Where it lies when the documents are drawn anew."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a model does on an annotated file; `None` where the file does not annotate what would tell."""

    documents: int
    """Documents in the file."""
    recogniser: SpanScores | None
    """Mentions found in the raw text, of the types that the file uses."""
    sentences: Tally | None
    """Places where sentences begin, found in the raw text."""
    relations: RelationScores | None
    """Relations between the entities that the file names."""
    reliability: Reliability | None
    """The probabilities of all that could be claimed between these entities: whatever the scorer keeps (setting
    `score.floor`) and whose types fit, be it above the threshold or not."""
    end_to_end: TripleScores | None
    """Triples found in the raw text."""
    seconds: float
    """Time taken, seconds."""

    def figures(self) -> dict[str, Figure]:
        """The figures that a model is judged by, as far as the file tells them, by name."""
        tallies = {
            "recogniser F1": self.recogniser.strict if self.recogniser and self.recogniser.typed else None,
            "sentence boundary F1": self.sentences,
            "relations, same sentence, F1": self.relations and self.relations.same_sentence,
            "relations, all pairs, F1": self.relations and self.relations.everything,
            "end to end, same sentence, F1": self.end_to_end and self.end_to_end.same_sentence,
            "end to end, all, F1": self.end_to_end and self.end_to_end.everything,
        }
        found = {name: Figure(tally.total.f1, tally.interval()) for name, tally in tallies.items() if tally}
        if self.relations:
            for name, shares in (
                ("unrelated pairs that get a relation", self.relations.unrelated),
                ("right relations with annotated evidence", self.relations.evidence),
            ):
                found[name] = Figure(shares.total.value, shares.interval())
        if self.reliability:
            found["expected calibration error"] = Figure(self.reliability.error, self.reliability.interval)
        return found

    def to_json(self) -> dict[str, Any]:
        """All figures as JSON can hold them; `null` for what the file does not annotate."""
        return {
            "documents": self.documents,
            "recogniser": self.recogniser and _recogniser(self.recogniser),
            "sentences": self.sentences and _tally(self.sentences),
            "relations": self.relations and _relations(self.relations),
            "calibration": self.reliability and _calibration(self.reliability),
            "end_to_end": self.end_to_end
            and {
                "same_sentence": _tally(self.end_to_end.same_sentence),
                "all": _tally(self.end_to_end.everything),
            },
            "seconds": round(self.seconds, 2),
        }


def _recogniser(found: SpanScores) -> dict[str, Any]:
    return {"strict": _tally(found.strict), "span": _tally(found.place), "types": _by_name(found.by_type)}


def _relations(found: RelationScores) -> dict[str, Any]:
    return {
        "same_sentence": _tally(found.same_sentence),
        "all": _tally(found.everything),
        "distance": {name: _tally(tally) for name, tally in zip(DISTANCES, found.by_distance, strict=True)},
        "unrelated": _shares(found.unrelated),
        "evidence": _shares(found.evidence),
        "labels": _by_name(found.by_label),
    }


def _calibration(found: Reliability) -> dict[str, Any]:
    bins = [{name: round(value, 4) for name, value in asdict(item).items()} for item in found.bins]
    return {"error": round(found.error, 4), "interval": _bounds(found.interval), "count": found.count, "bins": bins}


def _tally(tally: Tally) -> dict[str, Any]:
    return _counts(tally.total) | {"intervals": {name: _bounds(tally.interval(name)) for name in _MEASURES}}


def _counts(scores: Scores) -> dict[str, Any]:
    return {name: round(getattr(scores, name), 4) for name in _MEASURES} | asdict(scores)


def _by_name(rows: Iterable[tuple[str, Scores]]) -> dict[str, Any]:
    return {name: _counts(scores) for name, scores in rows}


def _shares(shares: Shares) -> dict[str, Any]:
    total = shares.total
    return {"share": round(total.value, 4), **asdict(total), "interval": _bounds(shares.interval())}


def _bounds(interval: Interval) -> list[float]:
    return [round(interval.low, 4), round(interval.high, 4)]
