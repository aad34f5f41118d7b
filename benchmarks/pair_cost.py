"""What scoring all pairs costs beside the encoding of their text, in one run on one set of batches.

    python benchmarks/pair_cost.py [ANNOTATED.jsonl ...] [--device cpu] [--rounds 7]

Encoding alone and the whole of `score` take turns on the same batches, so that a noisy machine disturbs both alike; the
ratio is that of the medians. The whole is all that the scorer does with a batch: build it, encode it, score every pair
for every relation, and find where each pair at or above the floor was read.
"""

import argparse
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import torch
from stamp import stamp

from kgbuild.checkpoint import load_models
from kgbuild.config import load_settings
from kgbuild.evaluate import to_annotated
from kgbuild.model.device import fast_precision
from kgbuild.model.pairs import PairBatch
from kgbuild.ontology import load_ontology
from kgbuild.pieces import split_pieces
from kgbuild.score.batches import batch_contexts, to_pair_batch
from kgbuild.score.candidates import Context, cut_contexts
from kgbuild.score.predict import Scorer
from kgbuild.stages.scoring import scorer_of
from kgbuild.train.data import read_gold

HERE = Path(__file__).resolve().parent
T = TypeVar("T")
DEFAULT_DATA = HERE.parent / "tests" / "quality" / "annotated.jsonl"


def main() -> None:
    """Print the table."""
    options = _options()
    settings = load_settings(overrides={"device": options.device})
    scorer = scorer_of(settings, load_models(settings.model), load_ontology(settings.ontology))
    rows = [_measure(path, scorer, scorer.device, options.rounds) for path in options.data]
    print("\n".join([_header(scorer.device, options), *rows, ""]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", nargs="*", type=Path, default=[DEFAULT_DATA], help="annotated files (default: our own)")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each, of which the median counts")
    return parser.parse_args()


def _measure(path: Path, scorer: Scorer, device: torch.device, rounds: int) -> str:
    contexts = [
        context
        for number, gold in enumerate(read_gold(path))
        for context in cut_contexts(
            number,
            to_annotated(gold),
            split_pieces(scorer.tokenizer, gold.text),
            scorer.types,
            window=scorer.settings.window,
            most_pairs=scorer.settings.pairs_per_batch,
        )
    ]
    bounds = {"tokens": scorer.settings.tokens_per_batch, "pairs": scorer.settings.pairs_per_batch}
    groups = list(batch_contexts(contexts, **bounds))
    batches = [to_pair_batch(group).to(device) for group in groups]

    @torch.inference_mode()
    def encode(batch: PairBatch) -> None:
        with fast_precision(device):
            scorer.model.encoder(batch.ids, batch.shapes, batch.mask)

    def score(group: list[Context]) -> None:
        deque(scorer.found(group), maxlen=0)

    turns = [(_time(encode, batches, device), _time(score, groups, device)) for _ in range(rounds + 1)]
    alone, both = map(statistics.median, zip(*turns[1:], strict=True))  # the first turn warms up and does not count
    pieces = sum(len(context.pieces) for context in contexts)
    pairs = sum(len(context.pairs) for context in contexts)
    name = path.name if path.parent.name == "quality" else f"{path.parent.name}/{path.name}"
    return f"| {name} | {pieces:,} | {pairs:,} | {alone:.3f} | {both:.3f} | **{both / alone:.2f}** |"


def _time(call: Callable[[T], None], items: Iterable[T], device: torch.device) -> float:
    clock = time.perf_counter()
    for item in items:
        call(item)
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - clock


def _header(device: torch.device, options: argparse.Namespace) -> str:
    return (
        f"{stamp(device.type)}; median of {options.rounds} turns; target: at most 1.5\n\n"
        "| data | pieces | candidate pairs | encoding alone, s | with all pairs scored, s | ratio |\n"
        "|---|---|---|---|---|---|"
    )


if __name__ == "__main__":
    main()
