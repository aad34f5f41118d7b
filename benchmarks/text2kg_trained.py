"""Text2KGBench after training: `kgbuild train --examples` on an ontology's sentences, then its other ones.

    python benchmarks/text2kg_trained.py [--data ../shared/data/tekgen] [--only 7_space …] [--epochs N] [--write]

What was measured of an ontology is kept under the folder `--work`, with its model and the minutes that the training
took, and is not done again with the same model and options; a training that was killed goes on, and then the minutes
are those since. So one may take a few ontologies today and the others tomorrow. `--write` keeps the table of all that
are there, with machine, date and commit, in `text2kg_trained.md`.
"""

import argparse
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

from stamp import stamp
from text2kg import CHOSEN, HERE, Run, extract, ontologies, positive

from kgbuild import stages
from kgbuild.checkpoint import load_models
from kgbuild.config import Settings, load_settings
from kgbuild.model_folder import model_digest
from kgbuild.recognise.pipelines import load_pipeline

ASKED = 0.60
FLOOR = 0.01
DEFAULT = Settings().accept.threshold
THRESHOLDS = (CHOSEN, 0.05, 0.1, 0.2, 0.3, 0.4, DEFAULT)


@dataclass(frozen=True)
class Row:
    """The figures of an ontology at one threshold."""

    threshold: float
    """Least probability."""
    precision: float
    """Mean precision of the sentences, the benchmark's."""
    recall: float
    """Mean recall of the sentences."""
    f1: float
    """Mean F1 of the sentences."""
    conformance: float
    """Share of predicted triples whose relation the ontology has."""
    strict: float
    """F1 over all predicted triples."""


@dataclass(frozen=True)
class Measured:
    """What was measured of an ontology."""

    sentences: int
    """Sentences that were learned from."""
    epochs: int
    """Passes over them."""
    minutes: float
    """What the training took."""
    base: str
    """Digest of the model that was begun from."""
    stamp: str
    """Machine, date and commit."""
    most: float
    """F1 of `text2kg.Found.ceiling`: every gold triple whose ends the sentence names, and no other."""
    rows: tuple[Row, ...]
    """Figures by threshold."""


def main() -> None:
    """Train and measure what was not, print the tables, keep them where asked."""
    options = _options()
    for name in options.only or ontologies(options.data):
        place = options.work / f"{name}.json"
        found = _read(place) if place.is_file() else _measured(name, options)
        place.write_text(json.dumps(asdict(found)), encoding="utf-8")
        print(f"{name}: F1 {_best(found).f1:.3f}, {found.minutes:.1f} minutes", flush=True)
    places = {name: options.work / f"{name}.json" for name in ontologies(options.data)}
    kept = {name: _read(place) for name, place in places.items() if place.is_file()}
    text = "\n".join(_report(kept)) + "\n"
    print(f"\n{text}")
    if options.write:
        (HERE / "text2kg_trained.md").write_text(text, encoding="utf-8")


def _measured(name: str, options: argparse.Namespace) -> Measured:
    """Trained on the ontology's sentences, measured on its others."""
    settings, model = _settings(name, options), options.work / name
    examples, taken = options.data / name / "train.jsonl", options.work / f"{name}.minutes"
    work, begun = options.work / f"{name}.work", time.monotonic()
    options.work.mkdir(parents=True, exist_ok=True)
    if not taken.is_file():
        shutil.rmtree(model, ignore_errors=True)
        stages.adapt(settings, examples, model, work=work, epochs=options.epochs, report=_print)
        taken.write_text(f"{(time.monotonic() - begun) / 60}", encoding="utf-8")
    trained = settings.model_copy(update={"model": model})
    nlp = load_pipeline(trained.recognise, model=model, device=options.device)
    run = Run(options.data, options.limit, trained, load_models(model), nlp)
    read = extract(run, name)
    rows = []
    for threshold in THRESHOLDS:
        scores = read.accepted(threshold, run).scores()
        figures = (scores.precision, scores.recall, scores.f1, scores.conformance, scores.strict.total.f1)
        rows.append(Row(threshold, *figures))
    taught = len(examples.read_text(encoding="utf-8").splitlines())
    minutes, base = float(taken.read_text(encoding="utf-8")), model_digest(settings.model)
    most = read.accepted(DEFAULT, run).ceiling().f1
    epochs = json.loads((model / "config.json").read_text(encoding="utf-8"))["facts"]["epochs"]
    return Measured(taught, epochs, minutes, base, stamp(options.device), most, tuple(rows))


def _read(path: Path) -> Measured:
    told = json.loads(path.read_text(encoding="utf-8"))
    return Measured(**(told | {"rows": tuple(Row(**row) for row in told["rows"])}))


def _best(found: Measured) -> Row:
    """The row of the chosen threshold."""
    return next(row for row in found.rows if row.threshold == CHOSEN)


def _report(kept: dict[str, Measured]) -> Iterator[str]:
    stamps, models = ({getattr(item, key) for item in kept.values()} for key in ("stamp", "base"))
    yield f"{'; '.join(sorted(stamps))}; model {', '.join(sorted(name[:16] for name in models))}"
    yield f"\nLearned from tekgen/*/train, measured on tekgen/*/dev at the threshold {CHOSEN}, that of"
    yield f"text2kg.md; `kgbuild build` has {DEFAULT}, the last line of the second table. At most: the F1 of every gold"
    yield "triple whose head and tail its sentence names, and nothing else.\n"
    figures = "precision | recall | F1 | conformance | strict F1 | F1 asked | at most"
    yield f"| ontology | sentences | passes | minutes | {figures} |"
    yield "|---" * 11 + "|"
    for name, item in kept.items():
        told = f"{item.sentences} | {item.epochs} | {item.minutes:.1f} | {_cells(_best(item))}"
        yield f"| {name} | {told} | ≥ {ASKED} | {item.most:.3f} |"
    minutes, most = (fmean(getattr(item, key) for item in kept.values()) for key in ("minutes", "most"))
    mean = _cells(_mean(kept, THRESHOLDS.index(CHOSEN)))
    yield f"| mean | | | {minutes:.1f} | {mean} | ≥ {ASKED} | {most:.3f} |"
    yield "\n## At other thresholds, means over the ontologies\n"
    yield "| threshold | precision | recall | F1 | conformance | strict F1 |"
    yield "|---|---|---|---|---|---|"
    for number, threshold in enumerate(THRESHOLDS):
        yield f"| {threshold} | {_cells(_mean(kept, number))} |"


def _mean(kept: dict[str, Measured], number: int) -> Row:
    """The means over the ontologies at the threshold of that number."""
    rows = [asdict(item.rows[number]) for item in kept.values()]
    return Row(**{key: fmean(row[key] for row in rows) for key in rows[0]})


def _cells(row: Row) -> str:
    return f"{row.precision:.3f} | {row.recall:.3f} | {row.f1:.3f} | {row.conformance:.2f} | {row.strict:.3f}"


def _settings(name: str, options: argparse.Namespace) -> Settings:
    chosen: dict[str, object] = {"device": options.device, "score.floor": FLOOR}
    chosen["ontology"] = options.data / "ontologies" / f"{name}.ttl"
    return load_settings(environment={}, overrides=chosen | ({"model": options.model} if options.model else {}))


def _print(line: str) -> None:
    print(line, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/tekgen"), help="folder with ontologies/")
    parser.add_argument("--only", nargs="+", metavar="ONTOLOGY", help="these ontologies alone, such as 7_space")
    parser.add_argument("--limit", type=positive, help="measure on this many sentences of each ontology")
    parser.add_argument("--epochs", type=positive, help="passes over the sentences; else by their number")
    parser.add_argument("--model", type=Path, help="folder of the model to begin from (default: the one that ships)")
    parser.add_argument("--work", type=Path, default=Path("build/text2kg_trained"), help="folder for all that is made")
    parser.add_argument("--device", default="cpu", help="auto, cpu or cuda")
    parser.add_argument("--write", action="store_true", help="keep the tables in text2kg_trained.md")
    options = parser.parse_args()
    base = model_digest(options.model or Settings().model)[:16]
    options.work /= f"{base}-{options.epochs or 'auto'}-{options.limit or 'all'}"
    return options


if __name__ == "__main__":
    main()
