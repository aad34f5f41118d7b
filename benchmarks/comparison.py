"""Attention, convolution and recurrence as pair encoders, and the two simple scorers, on the same data and budget.

    python benchmarks/comparison.py --data ../shared/data [--inputs states] [--only NAME …] [--shares 1 …] [--seeds N]

What is equal: the documents (redocred/train without its held-out part; measured on redocred/dev), the pairs, the
frozen inputs, the trained layer that brings them to size, the marks, the output layer, loss, optimiser, rates, noise,
batches, their order and their number, and to a tenth the weights of the pair encoders. What is not: see the
docstring of `pair_encoders`. A share of the data is passed over more often than all of it, epochs / √share times,
so that its models are trained with fewer steps, but not with so few that steps are all that they lack.

`--inputs embeddings` is the default: no transformer has run before, so that whatever is known of a piece's company was
found by the pair encoder itself, and the three are compared as such. With `--inputs states` each pair encoder reads the
shipped relation encoder. That is where ours stands in the product, but those states were trained with pair attention
on top of them, in the same documents, so that they favour it, and six layers have brought to every piece what others
must find; differences are small for the wrong reason; there is no learning curve of them.

Figures are the best F1 over all thresholds, chosen on the measured documents themselves: they compare methods with
each other and say nothing else. Every trained model is a cell whose outcome is kept in `--work`: a run that is killed
goes on within the cell it was in, and `--work` is deleted to begin again. The tables go into docs/attention.md.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from comparison_data import PAIRS, SOURCE, TOKENS, Data, Frozen, Setting, read_data, targets, within
from comparison_report import SHARES, Figures, Speed, write_figures
from comparison_scores import Outcome, Scored, judge
from numpy.typing import NDArray
from pair_encoders import METHODS
from stamp import ROOT, stamp
from stretches import Places, places_of
from torch import Tensor, nn

from kgbuild.checkpoint import DEFAULT_BASE, Base, load_base
from kgbuild.config import load_settings
from kgbuild.model.device import choose_device
from kgbuild.model.pairs import PairBatch
from kgbuild.ontology import Ontology, load_ontology
from kgbuild.score.batches import batch_contexts, to_pair_batch
from kgbuild.score.candidates import Window
from kgbuild.train.drawing import Noise, epoch_batches
from kgbuild.train.loop import Plan, fit
from kgbuild.train.relating import Related, relation_loss
from kgbuild.train.tagging import TYPES

NOISE = Noise(company=0)
"""Words, names and types are hidden as in the model that ships; no two documents are read as one."""
RATE = 1e-3
ROUNDS = 7
"""Turns of each method, of which the median counts; one before them warms up."""
_SECONDS_BETWEEN_LINES = 30
_SHARES = {"embeddings": SHARES, "states": (1.0,)}
"""Shares of the data that are learned from, by what is read."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One model to train and measure."""

    method: str
    share: float
    seed: int

    def key(self, setting: Setting) -> str:
        """The name that its outcome is kept under."""
        return f"{setting.key}-{self.method}-share-{self.share:g}-seed-{self.seed}"


@dataclass(frozen=True, slots=True)
class Run:
    """What all cells share."""

    setting: Setting
    data: Data
    frozen: Frozen
    base: Base
    ontology: Ontology
    device: torch.device
    work: Path

    def model(self, method: str) -> nn.Module:
        """A new model of the method."""
        sizes = {"given": self.frozen.size, "types": len(TYPES), "labels": len(self.data.columns)}
        return METHODS[method].model(**sizes).to(self.device)

    def read(self, items: Sequence[Related]) -> tuple[Tensor, PairBatch, Places]:
        """What a model is given of the contexts."""
        contexts = [item.context for item in items]
        batch = to_pair_batch(contexts).to(self.device)
        return self.frozen(batch), batch, places_of(contexts).to(self.device)


class Kept:
    """Outcomes in a file, written whole after each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    def keep(self, key: str, value: object) -> None:
        """Nothing; the value is in the file."""
        self.found[key] = value
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_suffix(".part")
        beside.write_text(json.dumps(self.found), encoding="utf-8")
        beside.replace(self.path)


def main() -> None:
    """Train and measure what is not kept yet, then print and write the tables."""
    options = _options()
    run = _prepared(options)
    kept = Kept(options.work / "results.json")
    methods = options.only or list(METHODS)
    every = [Cell(m, share, seed) for seed in range(1, options.seeds + 1) for share in options.shares for m in methods]
    for number, cell in enumerate(every, start=1):
        if (key := cell.key(run.setting)) not in kept.found:
            note = f"[{number}/{len(every)}] {cell.method}, {cell.share:.0%} of the data, seed {cell.seed}"
            kept.keep(key, asdict(measured(run, cell, _reporter(note))))
    if (speed := f"{run.setting.key}-speed") not in kept.found and not options.only:
        kept.keep(speed, asdict(timed(run)))
    found = [(cell, kept.found[cell.key(run.setting)]) for cell in every]
    figures = Figures(
        setting=run.setting,
        outcomes=[(cell.method, cell.share, Outcome(**told)) for cell, told in found],
        speed=Speed(**kept.found[speed]) if speed in kept.found else None,
        documents=(len(run.data.train), len(run.data.gold)),
        pairs=sum(len(item.context.pairs) for item in run.data.dev),
        seeds=options.seeds,
    )
    usual = options.window == "document" and {*options.shares} == {*_SHARES[options.inputs]}
    whole = usual and not options.only and not options.documents
    folder = options.output or (ROOT / "docs" if whole else None)
    print("\n".join(write_figures(figures, folder)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with redocred/")
    parser.add_argument("--inputs", choices=("embeddings", "states"), default="embeddings", help="what is read, frozen")
    parser.add_argument(
        "--window", type=_window, default="document", help="sentences between (nothing is written then), or document"
    )
    parser.add_argument("--only", nargs="+", choices=METHODS, help="these methods alone; no speed, nothing written")
    parser.add_argument("--epochs", type=int, default=8, help="passes over all of the data")
    parser.add_argument("--documents", type=int, help="documents of each part, for a trial; nothing is written then")
    parser.add_argument("--shares", type=float, nargs="+", metavar="SHARE", help="shares of the data, 1 among them")
    parser.add_argument("--seeds", type=int, default=1, help="models of each cell")
    parser.add_argument("--device", default="cpu", help="auto, cpu or cuda")
    parser.add_argument("--work", type=Path, default=ROOT / ".train" / "comparison", help="folder of what is kept")
    parser.add_argument("--output", type=Path, help="folder of attention.md (default: docs, if nothing is left out)")
    options = parser.parse_args()
    options.shares = sorted(set(options.shares or _SHARES[options.inputs]), reverse=True)
    if options.shares[0] != 1 or options.shares[-1] <= 0:
        parser.error(f"argument --shares: expected 1 and others above 0, came {options.shares}")
    return options


def _window(text: str) -> Window:
    return "document" if text == "document" else int(text)


def _prepared(options: argparse.Namespace) -> Run:
    settings = load_settings(environment={})
    setting = Setting(options.inputs, options.window, options.epochs, options.documents)
    base, ontology = load_base(DEFAULT_BASE), load_ontology(settings.ontology)
    device = choose_device(options.device)
    return Run(
        setting=setting,
        data=read_data(options.data, setting, base, ontology),
        frozen=Frozen(setting.inputs, base, settings.model, device=device),
        base=base,
        ontology=ontology,
        device=device,
        work=options.work,
    )


def _reporter(note: str) -> Callable[[str], None]:
    """What prints the first of the lines that it is given, and one every half minute."""
    said = float("-inf")

    def report(line: str) -> None:
        nonlocal said
        if time.monotonic() - said > _SECONDS_BETWEEN_LINES:
            print(f"{note}: {line}", flush=True)
            said = time.monotonic()

    return report


def measured(run: Run, cell: Cell, report: Callable[[str], None]) -> Outcome:
    """The outcome of a cell; goes on from its checkpoint where there is one, which is removed when it is done."""
    checkpoint = run.work / f"{cell.key(run.setting)}.pt"
    model = _trained(run, cell, checkpoint, report)
    scored, holds = _scored(run, model)
    typed = METHODS[cell.method].typed
    outcome = Outcome(
        encoder=_weights(model.get_submodule("encoder")),
        weights=_weights(model),
        typed=judge(scored) if typed else {},
        related=judge(scored.related(holds, run.data.pairs)),
        stamp=stamp(str(run.device)),
    )
    checkpoint.unlink(missing_ok=True)
    return outcome


def _weights(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


def _trained(run: Run, cell: Cell, checkpoint: Path, report: Callable[[str], None]) -> nn.Module:
    torch.manual_seed(cell.seed)
    model = run.model(cell.method)
    typed = METHODS[cell.method].typed
    items = within(run.data.share(cell.share), run.setting.window, run.base, run.ontology)
    plan = Plan(epochs=run.setting.passes(cell.share), encoder_rate=RATE, head_rate=RATE, seed=cell.seed)

    def batches(epoch: int) -> list[list[Related]]:
        return epoch_batches([(SOURCE, items)], epoch=epoch, seed=plan.seed, tokens=TOKENS, pairs=PAIRS, noise=NOISE)

    def loss(chosen: Sequence[Related]) -> Tensor:
        target = targets(chosen, run.data.columns).to(run.device)
        target = target if typed else target.amax(dim=1, keepdim=True)
        return relation_loss(model(*run.read(chosen)), target, torch.ones_like(target))

    fit(model, batches, loss, plan, checkpoint=checkpoint, report=report)
    return model


@torch.inference_mode()
def _scored(run: Run, model: nn.Module) -> tuple[Scored, NDArray[np.bool_]]:
    """Everything that the model says of the measured documents, and which pairs are related, [P, 1]."""
    logits, order = [], []
    for numbers in _batches(run.data):
        chosen = [run.data.dev[number] for number in numbers]
        logits.append(model(*run.read(chosen)).cpu().numpy())
        order += numbers
    items = [run.data.dev[number] for number in order]
    sizes = [len(item.context.pairs) for item in items]
    every = targets(items, np.arange(len(items[0].covered))).numpy().astype(np.bool_)
    holds: NDArray[np.bool_] = np.logical_or.reduce(every, axis=1, keepdims=True)
    scored = Scored(
        document=np.repeat(run.data.document[order], sizes),
        apart=np.concatenate([item.context.apart for item in items]),
        gap=np.concatenate([item.context.gaps for item in items]),
        logits=np.concatenate(logits),
        right=every[:, run.data.columns],
        gold=run.data.gold,
    )
    return scored, holds


def _batches(data: Data) -> Iterator[list[int]]:
    """Numbers of the measured contexts, in batches."""
    numbered = [replace(item.context, document=number) for number, item in enumerate(data.dev)]
    for group in batch_contexts(numbered, tokens=TOKENS, pairs=PAIRS):
        yield [context.document for context in group]


@torch.inference_mode()
def timed(run: Run) -> Speed:
    """How long each method takes for the measured pairs, from frozen inputs to logits, in turns on the same batches."""
    models = {name: run.model(name).eval() for name in METHODS}
    read = [run.read([run.data.dev[number] for number in numbers]) for numbers in _batches(run.data)]
    seconds: dict[str, list[float]] = {name: [] for name in models}
    for turn in range(ROUNDS + 1):
        for name, model in models.items():
            clock = time.perf_counter()
            for given in read:
                model(*given)
            if run.device.type == "cuda":
                torch.cuda.synchronize()
            if turn:
                seconds[name].append(time.perf_counter() - clock)
    pairs = sum(len(item.context.pairs) for item in run.data.dev)
    return Speed(pairs, seconds, stamp(str(run.device)))


if __name__ == "__main__":
    main()
