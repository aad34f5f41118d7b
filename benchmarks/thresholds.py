"""What a threshold brings and costs: the relations between gold entities at every one of them.

    python benchmarks/thresholds.py ../shared/data/redocred/dev.jsonl [--model DIR]

Every relation that the scorer keeps is made once, with its probability; each threshold takes those at or above it. The
last column is the share of pairs of one sentence without a relation that get one. The best F1 over all thresholds
compares models whose probabilities differ; the default threshold is chosen from these rows.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from stamp import stamp

from kgbuild.accept import accept
from kgbuild.checkpoint import load_models
from kgbuild.config import Settings, load_settings
from kgbuild.evaluate import GoldDocument, PredictedRelation, score_relations, to_annotated
from kgbuild.model_folder import model_digest, type_origins
from kgbuild.ontology import Ontology, load_ontology
from kgbuild.score.predict import score
from kgbuild.stages.evaluating import labels_of, relations_of
from kgbuild.stages.scoring import scorer_of
from kgbuild.train.data import read_gold

STEP = 0.05
LOWEST, HIGHEST = 0.1, 0.9
HEAD = (
    "| threshold | P, R, F1 in one sentence | P, R, F1 of all pairs | related without cause |",
    "|---|---|---|---|",
)


def main() -> None:
    """Print the table."""
    options = _options()
    chosen = {"device": options.device} | ({"model": options.model} if options.model else {})
    settings = load_settings(environment={}, overrides=chosen)
    gold, ontology = list(read_gold(options.data)), load_ontology(settings.ontology)
    lines = [
        f"{stamp(settings.device)}; model {model_digest(settings.model)[:16]}; {options.data.name}",
        "",
        *HEAD,
        *rows(gold, kept_relations(gold, settings, ontology, labels_of(gold, ontology))),
    ]
    print("\n".join(lines))


def kept_relations(
    gold: Sequence[GoldDocument], settings: Settings, ontology: Ontology, labels: dict[str, str]
) -> list[PredictedRelation]:
    """All relations that could be claimed, with their probabilities; `labels` are those judged, by property."""
    models = load_models(settings.model)
    scored = score(map(to_annotated, gold), scorer_of(settings, models, ontology))
    origins = type_origins(settings.model)
    everything = settings.accept.model_copy(update={"threshold": 0.0, "precision": None})
    return list(relations_of(accept(scored, everything, models.calibration, ontology, origins=origins), labels))


def rows(gold: Sequence[GoldDocument], relations: Sequence[PredictedRelation]) -> Iterator[str]:
    """A line for each threshold, then the best F1 of each kind."""
    best = {"one sentence": (0.0, 0.0), "all pairs": (0.0, 0.0)}
    for number in range(round((HIGHEST - LOWEST) / STEP) + 1):
        threshold = LOWEST + number * STEP
        found = score_relations(gold, [item for item in relations if item.probability >= threshold])
        near, far = found.same_sentence.total, found.everything.total
        for name, scores in (("one sentence", near), ("all pairs", far)):
            best[name] = max(best[name], (scores.f1, threshold))
        columns = (f"{item.precision:.3f}, {item.recall:.3f}, {item.f1:.3f}" for item in (near, far))
        yield f"| {threshold:.2f} | {' | '.join(columns)} | {found.unrelated.total.value:.3f} |"
    yield ""
    yield "; ".join(f"best F1, {name}: {f1:.3f} at {threshold:.2f}" for name, (f1, threshold) in best.items())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, help="annotated file")
    parser.add_argument("--model", type=Path, help="folder of a model (default: the one that ships)")
    parser.add_argument("--device", default="cpu", help="auto, cpu or cuda")
    return parser.parse_args()


if __name__ == "__main__":
    main()
