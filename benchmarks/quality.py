"""Every figure that the model is judged by, beside its target and what others published.

    python benchmarks/quality.py [--data ../shared/data] [--only redocred wikigold …] [--model DIR]

Without `--only` the result is kept in `RESULTS.md` and `reliability.png` beside this file. Intervals are those of 1,000
resamples of the documents. Speed is measured against the first model that shipped, with its own code, taking turns.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from results import Result, main_table, save_reliability_diagram, sections
from stamp import ROOT, git, stamp
from targets import NONE, OTHERS, REDOCRED

from kgbuild.accept import accept
from kgbuild.checkpoint import load_models
from kgbuild.config import AcceptSettings, Settings, load_settings
from kgbuild.evaluate import GoldDocument, Interval, Tally, score_relations, score_sentences, to_annotated, to_gold
from kgbuild.model.device import choose_device
from kgbuild.model_folder import model_digest, type_origins
from kgbuild.ontology import load_ontology
from kgbuild.recognise.annotate import recognise
from kgbuild.recognise.pipelines import load_pipeline
from kgbuild.records import Document
from kgbuild.score.predict import score
from kgbuild.stages import Evaluation, evaluate
from kgbuild.stages.evaluating import labels_of, relations_of
from kgbuild.stages.scoring import scorer_of
from kgbuild.train.calibrate import calibrate
from kgbuild.train.data import HELD_OUT, is_held_out, read_gold

HERE = Path(__file__).resolve().parent

FIRST_MODEL = "993ed35"
"""The commit whose code and model speed is compared with."""
ASKED = 0.9
"""The precision that is asked for."""
WORK = ROOT / "build" / "benchmark"
"""Where the parts of sets lie that are measured on their own."""


@dataclass
class Run:
    """One run of the benchmark: its options, and what later parts need of earlier ones."""

    data: Path
    settings: Settings
    rounds: int
    evaluation: Evaluation | None = None
    inner: Tally = field(default_factory=lambda: Tally(()))

    @property
    def dev(self) -> Path:
        """The development part of Re-DocRED."""
        return self.data / "redocred" / "dev.jsonl"


def main() -> None:
    """Print each figure as it is there, then the tables; keep them, if nothing was left out."""
    options = _options()
    chosen = {"device": options.device} | ({"model": options.model} if options.model else {})
    run = Run(options.data, load_settings(environment={}, overrides=chosen), options.rounds)
    results: list[Result] = []
    for name in options.only or GROUPS:
        for result in GROUPS[name](run):
            print(f"{result.name}: {result.value:{result.format}} (asked: {result.target()})", flush=True)
            results.append(result)
    lines = [_header(run.settings), "", *main_table(results)]
    if run.evaluation is not None:
        names = {key: item.label for key, item in load_ontology(run.settings.ontology).by_key.items()}
        lines += ["", *sections(run.evaluation, run.inner, names)]
    text = "\n".join(lines) + "\n"
    print(f"\n{text}")
    if not options.only and run.evaluation is not None and run.evaluation.reliability is not None:
        (options.output / "RESULTS.md").write_text(text, encoding="utf-8")
        save_reliability_diagram(run.evaluation.reliability, options.output / "reliability.png")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the annotated sets")
    parser.add_argument("--only", nargs="+", choices=GROUPS, help="these parts alone; nothing is written then")
    parser.add_argument("--model", type=Path, help="folder of a model (default: the one that ships)")
    parser.add_argument("--device", default="cpu", help="auto, cpu or cuda")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each side, of which the median counts")
    parser.add_argument("--output", type=Path, default=HERE, help="folder of RESULTS.md (default: this one)")
    return parser.parse_args()


def _header(settings: Settings) -> str:
    return (
        "# Results\n\n"
        f"Printed by `make benchmark`. {stamp(settings.device)}; model {model_digest(settings.model)[:16]}; "
        f"threshold {settings.accept.threshold}, window {settings.score.window}.\n\n"
        "On redocred/dev, documents that nothing was trained on, unless said. Intervals: 95 of 100 resamples of\n"
        "the documents, 1,000 drawn; of speed, the lowest and the highest turn. Types and relations that a set never\n"
        "uses are left out, because it cannot tell whether a claim of them is right. The pairs without a relation are\n"
        "ordered pairs of gold entities that share a sentence and have no gold relation in that direction, their head\n"
        "neither date nor number. End to end of one sentence counts only triples that were read in one sentence.\n"
        "\nFigures of others that are not in the table of the paper that is linked come from public lists of results\n"
        "and were not checked against the papers.\n"
    )


def _redocred(run: Run) -> Iterator[Result]:
    run.evaluation = evaluate(run.settings, run.dev)
    run.inner = _inner_boundaries(run)
    figures = run.evaluation.figures()
    command = f"kgbuild evaluate {os.path.relpath(run.dev)}"
    for asked in REDOCRED:
        found = figures[asked.figure]
        yield Result(asked.title, found.value, asked.low, asked.high, command, asked.published, interval=found.interval)


def _inner_boundaries(run: Run) -> Tally:
    """Sentence beginnings without those of whole documents."""
    gold = list(read_gold(run.dev))
    nlp = load_pipeline(run.settings.recognise, model=run.settings.model, device=run.settings.device)
    texts = (Document(f"document:{item.id}", item.id, item.text, "", "gold") for item in gold)
    return score_sentences(gold, {item.document.source: item.sentences for item in recognise(texts, nlp)}, first=False)


def _other(name: str) -> Callable[[Run], Iterator[Result]]:
    def measure(run: Run) -> Iterator[Result]:
        path = _held_out_wikigold(run) if name == "wikigold" else run.data / name / "dev.jsonl"
        found = evaluate(run.settings, path).figures()[OTHERS[name].figure]
        asked = OTHERS[name]
        command = f"kgbuild evaluate {os.path.relpath(path)}"
        yield Result(asked.title, found.value, asked.low, None, command, asked.published, interval=found.interval)

    return measure


def _held_out_wikigold(run: Run) -> Path:
    """A file of the tenth of wikigold that the recogniser does not train on."""
    lines = (run.data / "wikigold" / "train.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if line.strip() and is_held_out(to_gold(json.loads(line)), HELD_OUT["wikigold"])]
    WORK.mkdir(parents=True, exist_ok=True)
    path = WORK / "wikigold-held-out.jsonl"
    path.write_text("".join(kept), encoding="utf-8")
    return path


def _precision(run: Run) -> Iterator[Result]:
    """The precision reached on either half when it was asked for on the other, and on both."""
    gold = list(read_gold(run.dev))
    first = [item for item in gold if is_held_out(item, 0.5)]
    second = [item for item in gold if not is_held_out(item, 0.5)]
    halves = [_reached(run, gold, one, other) for one, other in ((first, second), (second, first))]
    command = "python benchmarks/quality.py --only precision"
    for found, names in zip(
        halves, ("first half, measured on the second", "second half, measured on the first"), strict=True
    ):
        name = f"precision when {ASKED} is asked, fitted on the {names} (recall {found.total.recall:.3f})"
        yield Result(name, found.total.precision, 0.87, 0.93, command, NONE, interval=found.interval("precision"))
    both = Tally(halves[0].documents + halves[1].documents)
    mean = statistics.mean(found.total.precision for found in halves)
    name = f"precision when {ASKED} is asked, mean of both"
    yield Result(name, mean, 0.87, 0.93, command, NONE, interval=both.interval("precision"))


def _reached(run: Run, gold: list[GoldDocument], fitted: list[GoldDocument], measured: list[GoldDocument]) -> Tally:
    """What is claimed of all pairs of the measured documents, thresholds fitted on the others."""
    settings = run.settings
    models, ontology = load_models(settings.model), load_ontology(settings.ontology)
    types, device = models.recogniser.types, choose_device(settings.device)
    calibration = calibrate(models.relations, models.tokenizer, types, [ontology], fitted, device=device)
    scored = score(map(to_annotated, measured), scorer_of(settings, models, ontology))
    origins = type_origins(settings.model)
    claimed = accept(scored, AcceptSettings(precision=ASKED), calibration, ontology, origins=origins)
    return score_relations(measured, relations_of(claimed, labels_of(gold, ontology))).everything


def _speed(run: Run) -> Iterator[Result]:
    """Words a second over those of the first model, both in turns on the same texts."""
    with ExitStack() as stack:
        first = stack.enter_context(_checked_out(FIRST_MODEL))
        ours, words = stack.enter_context(_worker(ROOT, run, ["--model", str(run.settings.model.resolve())]))
        theirs, _ = stack.enter_context(_worker(first, run, []))
        turns = [(ours(), theirs()) for _ in range(run.rounds)]
    ours_s, first_s = (statistics.median(part) for part in zip(*turns, strict=True))
    ratios = [one / own for own, one in turns]
    beside = f"{words / first_s:,.0f} words/s beside {words / ours_s:,.0f}"
    yield Result(
        "recognise + score, words a second over the first model's",
        first_s / ours_s,
        0.8,
        None,
        "python benchmarks/quality.py --only speed",
        f"our own first model, commit {FIRST_MODEL}, in turns: {beside}",
        interval=Interval(min(ratios), max(ratios)),
        format=".2f",
    )


@contextmanager
def _checked_out(commit: str) -> Iterator[Path]:
    """A folder with the code of a commit, removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "first"
        git("worktree", "add", "--detach", str(path), commit)
        try:
            yield path
        finally:
            git("worktree", "remove", "--force", str(path))


@contextmanager
def _worker(code: Path, run: Run, options: list[str]) -> Iterator[tuple[Callable[[], float], int]]:
    """What takes one turn with the code of a folder and tells its seconds; and the number of words."""
    command = [sys.executable, str(HERE / "throughput.py"), str(run.dev.resolve()), "--device", run.settings.device]
    pipe = subprocess.PIPE
    environment = os.environ | {"PYTHONPATH": str(code)}
    with subprocess.Popen([*command, *options], env=environment, stdin=pipe, stdout=pipe, text=True) as process:  # noqa: S603  our own program
        if process.stdin is None or process.stdout is None:
            raise SystemExit("throughput.py has no pipes")
        given, told = process.stdin, process.stdout
        found = Path(_line(told)).resolve()
        if found != (code / "kgbuild").resolve():
            raise SystemExit(f"expected the code of {code}, came that of {found}; run with the checkout's environment")
        words = int(_line(told))

        def turn() -> float:
            given.write("\n")
            given.flush()
            return float(_line(told))

        yield turn, words
        given.close()


def _line(stream: IO[str]) -> str:
    line = stream.readline().strip()
    if not line:
        raise SystemExit("throughput.py ended early; its error is above")
    return line


def _cost(run: Run) -> Iterator[Result]:
    """What `pair_cost.py` says of the same set."""
    command = [sys.executable, str(HERE / "pair_cost.py"), str(run.dev), "--device", run.settings.device]
    environment = os.environ | {"KGBUILD_MODEL": str(run.settings.model)}
    found = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)  # noqa: S603  our own program
    ratio = float(re.findall(r"\*\*([0-9.]+)\*\*", found.stdout)[-1])
    told = f"python benchmarks/pair_cost.py {os.path.relpath(run.dev)} --device {run.settings.device}"
    yield Result("`score` over encoding alone, same batches", ratio, None, 1.5, told, NONE, format=".2f")


def _size(run: Run) -> Iterator[Result]:
    """All files of the model."""
    size = sum(path.stat().st_size for path in run.settings.model.rglob("*") if path.is_file()) / 1e6
    command = "du -sb kgbuild/models/default"
    published = "RoBERTa large, the encoder of DREEAM, alone: 355 million weights, 1,420 MB in 32 bits"
    yield Result("all model files together, MB", size, None, 40, command, published, format=".1f")


GROUPS: dict[str, Callable[[Run], Iterator[Result]]] = {
    "redocred": _redocred,
    **{name: _other(name) for name in OTHERS},
    "precision": _precision,
    "speed": _speed,
    "cost": _cost,
    "size": _size,
}
"""The parts of the benchmark, in their order."""

if __name__ == "__main__":
    main()
