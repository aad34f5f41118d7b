"""How a model does where relations are called otherwise than it learned: the held-out documents under other names.

    python benchmarks/names.py [--data ../shared/data] [--model DIR] [--write]

The documents of redocred/train that nothing is trained on, between gold entities, asked of their relations under the
names that training shows, with their definitions and without, and under those of `ontology/other_names.toml`, which it
never shows. Expected: the sum of the probabilities, to be held against what is right; where properties have the IRIs of
another ontology the probabilities are those for other ontologies. The calibration of the model that ships was fitted on
these documents, so that the last columns show how well one calibration serves such different names. `--write` keeps the
table in `names.md`.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from stamp import stamp

from kgbuild.checkpoint import load_models
from kgbuild.config import VOCABULARY, ScoreSettings, Settings, load_settings
from kgbuild.evaluate import GoldDocument, to_annotated
from kgbuild.model.device import choose_device
from kgbuild.model_folder import model_digest
from kgbuild.ontology import Ontology, load_ontology
from kgbuild.score.predict import Scorer, score
from kgbuild.train.calibrate import CALIBRATION_FLOOR, judge
from kgbuild.train.data import HELD_OUT, is_held_out, read_gold
from kgbuild.train.naming import renamed, undefined

HERE = Path(__file__).resolve().parent
DEFAULT = Settings().accept.threshold


def main() -> None:
    """Print the table; keep it where asked."""
    options = _options()
    settings = load_settings(environment={}, overrides={"model": options.model} if options.model else {})
    own = load_ontology(settings.ontology)
    gold = list(read_gold(options.data / "redocred" / "train.jsonl"))
    held = [item for item in gold if is_held_out(item, HELD_OUT["redocred"])]
    text = "\n".join(_report(held, settings, own, options.device)) + "\n"
    print(text)
    if options.write:
        (HERE / "names.md").write_text(text, encoding="utf-8")


def _report(held: list[GoldDocument], settings: Settings, own: Ontology, device: str) -> Iterator[str]:
    total = sum(len(item.relations) for item in held)
    yield f"{stamp(device)}; model {model_digest(settings.model)[:16]}; {len(held)} documents, {total} relations\n"
    cells = ["names", "best F1", "at", f"F1 at {DEFAULT}", "expected, right", f"as another ontology's: F1 at {DEFAULT}"]
    yield f"| {' | '.join([*cells, 'expected'])} |"
    yield "|---" * (len(cells) + 1) + "|"
    bare, other = undefined(own), renamed(own, VOCABULARY / "other_names.toml")
    unnamed = replace(bare, properties=tuple(replace(item, labels=()) for item in bare.properties))
    for name, ontology in (
        ("of the ontology", own),
        ("of the ontology, a label alone", unnamed),
        ("never shown", other),
        ("never shown, a label alone", undefined(other)),
    ):
        yield f"| {name} | {' | '.join(_row(held, settings, ontology, device, total))} |"


def _row(held: list[GoldDocument], settings: Settings, ontology: Ontology, device: str, total: int) -> Iterator[str]:
    models, score_settings = load_models(settings.model), ScoreSettings(floor=CALIBRATION_FLOOR)
    types = models.recogniser.types
    scorer = Scorer(models.relations, models.tokenizer, types, ontology, score_settings, device=choose_device(device))
    judged = judge(held, score(map(to_annotated, held), scorer), ontology)
    learned = models.calibration
    chances = replace(learned, others=None).probabilities(judged.logits, judged.apart)
    others = (learned.others or learned).probabilities(judged.logits, judged.apart)

    def f1(values: np.ndarray, limit: float) -> float:
        taken = values >= limit
        return float(2 * judged.correct[taken].sum() / (taken.sum() + total))

    best = max((f1(chances, limit), limit) for limit in np.arange(0.01, 1, 0.01).round(2).tolist())
    yield f"{best[0]:.3f}"
    yield f"{best[1]:.2f}"
    yield f"{f1(chances, DEFAULT):.3f}"
    yield f"{chances.sum():.0f}, {judged.correct.sum()}"
    yield f"{f1(others, DEFAULT):.3f}"
    yield f"{others.sum():.0f}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the annotated sets")
    parser.add_argument("--model", type=Path, help="folder of a model (default: the one that ships)")
    parser.add_argument("--device", default="cpu", help="auto, cpu or cuda")
    parser.add_argument("--write", action="store_true", help="keep the table in names.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
