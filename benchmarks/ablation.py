"""What each part of the relation model is worth: the same training without it, and what redocred/dev says.

    python benchmarks/ablation.py --data ../shared/data [--from MODEL] [--epochs 2] [--only NAME ...] [--write]

Every variant begins with the same weights and sees the same batches of redocred/train in the same order. The figures
are the best F1 over all thresholds, which are chosen on the very documents they are measured on: they compare
variants with each other and say nothing else. The last column is the share of same-sentence pairs without a relation
that get one at the threshold of that F1. What is measured is kept in a work file, so that a run that was stopped goes
on with the next variant; `--write` keeps the table, with machine, date and commit, in `ablation.md`.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from stamp import stamp
from torch import Tensor, nn

from kgbuild.checkpoint import DEFAULT_BASE, load_base, load_relation_weights
from kgbuild.config import load_settings
from kgbuild.evaluate import GoldDocument
from kgbuild.model.pairs import PairBatch, RelationModel, closed
from kgbuild.ontology import Ontology, load_ontology
from kgbuild.score.batches import batch_contexts, to_pair_batch
from kgbuild.train.data import read_for_training, read_gold
from kgbuild.train.drawing import NOISE, Noise, epoch_batches
from kgbuild.train.loop import Plan, fit
from kgbuild.train.relating import (
    Objective,
    Related,
    RelatingSet,
    RelationTrainer,
    related,
    relation_loss,
)
from kgbuild.train.tagging import TYPES

HERE = Path(__file__).resolve().parent
WORK = HERE.parent / "build" / "ablation.json"
TOKENS, PAIRS = 1_024, 8_192
SOURCE = RelatingSet("redocred", "all pairs")


@dataclass(frozen=True)
class Variant:
    """A change of the model or its training."""

    name: str
    silenced: tuple[str, ...] = ()
    """Modules whose output is made zero."""
    change: Callable[[RelationModel], None] = field(default=lambda _: None)
    objective: Objective = relation_loss
    average: float = 0.99
    noise: Noise = NOISE


def adaptive_threshold(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """ATLOP's loss (https://arxiv.org/abs/2010.11304), the threshold's own logit fixed at zero."""
    low, zero = torch.finfo(logits.dtype).min, torch.zeros_like(logits[:, :1])
    positive, negative = (target > 0.5) & (weight > 0), (target <= 0.5) & (weight > 0)
    above = torch.cat([zero, logits.masked_fill(~positive, low)], dim=1).log_softmax(dim=1)[:, 1:]
    below = torch.cat([zero, logits.masked_fill(~negative, low)], dim=1).log_softmax(dim=1)[:, 0]
    total = -above.masked_fill(~positive, 0).sum() - below[weight.any(dim=1)].sum()
    return total / (1 + positive.any(dim=1).sum() + 0.02 * weight.any(dim=1).sum())


def focal(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Binary focal loss with exponent 2 (https://arxiv.org/abs/1708.02002)."""
    raw = nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    total = (weight * (1 - torch.exp(-raw)) ** 2 * raw).sum()
    return total / (1 + (target > 0.5).any(dim=1).sum() + 0.02 * weight.any(dim=1).sum())


def mean_pooling(model: RelationModel) -> None:
    """Entities as the mean of their mentions in place of the log-sum-exp."""
    attention = model.attention

    def entities(states: Tensor, batch: PairBatch) -> Tensor:
        ends = [states.gather(1, at.unsqueeze(-1).expand(-1, -1, states.shape[-1])) for at in (batch.first, batch.last)]
        spans = attention.span(attention.dropout(torch.cat(ends, dim=-1)))
        mentions = attention.mention_norm(spans + attention.kind(batch.types))
        index = batch.entity.unsqueeze(-1)
        empty = mentions.new_zeros((len(mentions), batch.entities, 1))
        counts = empty.scatter_add(1, index, torch.ones_like(mentions[..., :1]))
        wide = empty.expand(-1, -1, mentions.shape[-1])
        mean: Tensor = wide.scatter_add(1, index.expand_as(mentions), mentions) / counts.clamp(min=1)
        return mean

    attention._entities = entities  # type: ignore[method-assign]  # the one place where it is another


VARIANTS = (
    Variant("as it is"),
    Variant("without the attended context", silenced=("attention.context",)),
    Variant("without the product of head and tail", silenced=("attention.product",)),
    Variant("without marks at the input", silenced=("marks",)),
    Variant("without types", silenced=("marks", "attention.kind")),
    Variant("without distances", silenced=("attention.gap", "attention.apart")),
    Variant("mean of mentions, not log-sum-exp", change=mean_pooling),
    Variant("adaptive-threshold loss", objective=adaptive_threshold),
    Variant("focal loss", objective=focal),
    Variant("without averaged weights", average=0.0),
    Variant("without hidden words, names and types", noise=replace(NOISE, types=0, words=0, names=0)),
    Variant("without two documents read as one", noise=replace(NOISE, company=0)),
)


def main() -> None:
    """Train and measure the variants that are not measured yet, and print the table."""
    options = _options()
    ontology = load_ontology(load_settings().ontology)
    base = load_base(DEFAULT_BASE)
    begin = load_relation_weights(options.begin) if options.begin else {}
    train = read_for_training(options.data, SOURCE.name)
    dev = list(read_gold(options.data / SOURCE.name / "dev.jsonl"))
    parts = [related(items, base.tokenizer, ontology, SOURCE, most_pairs=PAIRS) for items in (train, dev)]
    rows: dict[str, list[float]] = json.loads(options.work.read_text()) if options.work.exists() else {}
    for variant in VARIANTS:
        if variant.name in rows or (options.only and variant.name not in options.only):
            continue
        torch.manual_seed(1)
        model = RelationModel(base.encoder, types=len(TYPES))
        model.start_from(base.weights)
        model.take_over(begin)
        trainer = RelationTrainer(model, base.tokenizer, ontology, variant.objective)
        _train(trainer, variant, parts[0], options.epochs)
        decoded = {variant.name: True} | ({"inverses not used in decoding": False} if variant == VARIANTS[0] else {})
        for name, close in decoded.items():
            rows[name] = [round(value, 4) for value in _measure(trainer, parts[1], dev, ontology, close=close)]
        options.work.parent.mkdir(parents=True, exist_ok=True)
        options.work.write_text(json.dumps(rows))
    text = "\n".join([_header(options), *_table(rows), ""])
    print(text)
    if options.write:
        (HERE / "ablation.md").write_text(text, encoding="utf-8")


def _table(rows: dict[str, list[float]]) -> Iterator[str]:
    yield "| variant | all pairs | same sentence | related without cause |"
    yield "|---|---|---|---|"
    for name, (everything, near, wrong) in rows.items():
        yield f"| {name} | {everything:.3f} | {near:.3f} | {wrong:.1%} |"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with redocred/")
    parser.add_argument("--from", dest="begin", type=Path, help="model folder whose relation model each begins as")
    parser.add_argument("--epochs", type=int, default=2, help="passes over redocred/train for each variant")
    parser.add_argument("--only", nargs="*", help=f"of: {', '.join(variant.name for variant in VARIANTS)}")
    parser.add_argument("--work", type=Path, default=WORK, help="what is measured already; delete it to begin again")
    parser.add_argument("--write", action="store_true", help="keep the table in ablation.md")
    return parser.parse_args()


def _train(trainer: RelationTrainer, variant: Variant, items: Sequence[Related], epochs: int) -> None:
    for name in variant.silenced:
        trainer.model.get_submodule(name).register_forward_hook(lambda _module, _inputs, output: output * 0)
    variant.change(trainer.model)
    plan = Plan(epochs=epochs, encoder_rate=1e-4, head_rate=5e-4, average=variant.average)

    def batches(epoch: int) -> list[list[Related]]:
        sets = [(SOURCE, items)]
        return epoch_batches(sets, epoch=epoch, seed=plan.seed, tokens=TOKENS, pairs=PAIRS, noise=variant.noise)

    with tempfile.TemporaryDirectory() as folder:
        clock = time.monotonic()
        fit(trainer, batches, trainer.loss, plan, checkpoint=Path(folder) / "ablation.pt", report=lambda _: None)
        print(f"# {variant.name}: trained in {time.monotonic() - clock:.0f} s", flush=True)


@torch.inference_mode()
def _measure(
    trainer: RelationTrainer,
    items: Sequence[Related],
    documents: Sequence[GoldDocument],
    ontology: Ontology,
    *,
    close: bool = True,
) -> tuple[float, float, float]:
    """Best F1 over all pairs; over pairs of one sentence; the share of these without a relation that get one."""
    relations = trainer.relation_vectors()
    logits, right, near = [], [], []
    numbered = [replace(item.context, document=number) for number, item in enumerate(items)]
    for group in batch_contexts(numbered, tokens=TOKENS, pairs=PAIRS):
        batch = to_pair_batch(group)
        found = trainer.model(batch, relations)
        logits.append(closed(found, batch, trainer.inverse) if close else found)
        for context in group:
            target = np.zeros((len(context.pairs), found.shape[1]), dtype=np.bool_)
            target[*items[context.document].holds.T] = True
            right.append(target)
            near.append(context.apart == 0)
    known = frozenset(ontology.by_key)
    gold = [{(r.head, r.tail, r.label) for r in item.relations if r.label in known} for item in documents]
    within = [sum(one[:2] in item.same_sentence_pairs for one in g) for item, g in zip(documents, gold, strict=True)]
    values, hits, beside = torch.cat(logits).numpy(), np.concatenate(right), np.concatenate(near)
    everything, _ = _best(values, hits, sum(map(len, gold)))
    best, threshold = _best(values[beside], hits[beside], sum(within))
    nothing = beside & ~hits.any(axis=1)
    return everything, best, float((values[nothing] >= threshold).any(axis=1).mean())


def _best(values: NDArray[np.float32], right: NDArray[np.bool_], gold: int) -> tuple[float, float]:
    """The best F1 of all thresholds, and that threshold."""
    order = np.argsort(-values.ravel(), kind="stable")
    hits = np.cumsum(right.ravel()[order])
    found = 2 * hits / (np.arange(1, len(hits) + 1) + gold)
    place = int(found.argmax())
    return float(found[place]), float(values.ravel()[order[place]])


def _header(options: argparse.Namespace) -> str:
    start = f"the weights of {options.begin.name!r}" if options.begin else "the base encoder"
    return f"{stamp()}; {options.epochs} epochs of redocred/train from {start}; best F1 on redocred/dev\n"


if __name__ == "__main__":
    main()
