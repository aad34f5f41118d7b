"""What `score.window` brings and costs: how many sentences apart head and tail may stand, from 0 to the whole document.

    python benchmarks/windows.py ../shared/data/redocred/dev.jsonl [--rounds 5] [--write]

Quality is that between gold entities at the default threshold, over all pairs of the document whatever the window, so
that a narrow one pays for what it cannot find. Cost is the time of `score` over the same entities, the median of
`--rounds` turns that the windows take in order, beside that of the widest. `--write` keeps the table in `windows.md`.
"""

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from stamp import stamp
from text2kg import positive

from kgbuild.accept import accept
from kgbuild.checkpoint import load_models
from kgbuild.config import Settings, load_settings
from kgbuild.evaluate import GoldDocument, RelationScores, score_relations, to_annotated
from kgbuild.model_folder import model_digest, type_origins
from kgbuild.ontology import load_ontology
from kgbuild.records import ScoredDocument
from kgbuild.score.candidates import Window
from kgbuild.score.predict import score
from kgbuild.stages.evaluating import labels_of, relations_of
from kgbuild.stages.scoring import scorer_of
from kgbuild.train.data import read_gold

HERE = Path(__file__).resolve().parent
WINDOWS: Final[tuple[Window, ...]] = (0, 1, 2, "document")


@dataclass
class Measured:
    """What was measured of one window."""

    settings: Settings
    """The settings with the window."""
    seconds: list[float] = field(default_factory=list)
    """What each turn took, at least one."""
    scored: list[ScoredDocument] = field(default_factory=list)
    """What the last turn gave."""

    def scores(self, gold: Sequence[GoldDocument]) -> RelationScores:
        """The figures at the threshold of the settings."""
        models, ontology = load_models(self.settings.model), load_ontology(self.settings.ontology)
        origins = type_origins(self.settings.model)
        claimed = accept(self.scored, self.settings.accept, models.calibration, ontology, origins=origins)
        return score_relations(gold, list(relations_of(claimed, labels_of(gold, ontology))))


def main() -> None:
    """Print the table; keep it where asked."""
    options = _options()
    base: dict[str, object] = {"device": options.device} | ({"model": options.model} if options.model else {})
    measured = [
        Measured(load_settings(environment={}, overrides=base | {"score.window": window})) for window in WINDOWS
    ]
    gold = list(read_gold(options.data))
    annotated = [to_annotated(item) for item in gold]
    settings = measured[0].settings
    models, ontology = load_models(settings.model), load_ontology(settings.ontology)
    scorers = [scorer_of(item.settings, models, ontology) for item in measured]
    for turn in range(options.rounds + 1):
        for item, scorer in zip(measured, scorers, strict=True):
            clock = time.perf_counter()
            item.scored = list(score(iter(annotated), scorer))
            if turn:  # the first warms up
                item.seconds.append(time.perf_counter() - clock)
    head = f"{stamp(options.device)}; model {model_digest(settings.model)[:16]}; {options.data.name}"
    text = "\n".join([f"{head}; threshold {settings.accept.threshold}", "", *rows(measured, gold)]) + "\n"
    print(text)
    if options.write:
        (HERE / "windows.md").write_text(text, encoding="utf-8")


def rows(measured: Sequence[Measured], gold: Sequence[GoldDocument]) -> Iterator[str]:
    """The lines of the table."""
    yield "| window | precision | recall | F1 | F1 of one sentence | related without cause | time, of the widest |"
    yield "|---|---|---|---|---|---|---|"
    widest = statistics.median(measured[-1].seconds)
    for item in measured:
        found = item.scores(gold)
        every, near = found.everything.total, found.same_sentence.total
        ratio = statistics.median(item.seconds) / widest
        yield (
            f"| `{item.settings.score.window}` | {every.precision:.3f} | {every.recall:.3f} | {every.f1:.3f} "
            f"| {near.f1:.3f} | {found.unrelated.total.value:.3f} | {ratio:.2f} |"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, help="annotated file")
    parser.add_argument("--model", type=Path, help="folder of a model (default: the one that ships)")
    parser.add_argument("--device", default="cpu", help="auto, cpu or cuda")
    parser.add_argument("--rounds", type=positive, default=5, help="turns that are timed")
    parser.add_argument("--write", action="store_true", help="keep the table in windows.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
