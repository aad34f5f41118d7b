"""Relations that training never saw: how well their labels alone, or five examples of each, tell them apart.

    python benchmarks/unseen.py --data ../shared/data [--work build/unseen] [--epochs 10] [--documents] [--write]

Of the relations of fewrel64 the 16 whose keys have the smallest SHA-256 are left out of everything: their sentences,
their properties, their patterns and paraphrases. A model is trained from the base encoder, on the other sentences and
patterns (with `--documents` on whole documents too), and goes on from the checkpoint in `--work` where it was stopped.
Then for m = 5, 10 and 15 of the 16, drawn ten times, every sentence of theirs is given the relation with the highest
score in either direction, since the set names both sides in the order of the text. Each label's scores are centred over
the sentences of the draw (as for the base encoder that it is compared with); macro F1, mean and deviation over the
draws. N-way 5-shot: a thousand episodes, five sentences of each of N relations shown, one asked for; what is compared
are the vectors of both directions side by side.
"""

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from stamp import stamp

from kgbuild.checkpoint import DEFAULT_BASE, Base, load_base
from kgbuild.config import VOCABULARY, load_settings
from kgbuild.evaluate import GoldDocument
from kgbuild.model.pairs import RelationModel, reverses
from kgbuild.ontology import Ontology, load_ontology
from kgbuild.score.batches import batch_contexts, to_pair_batch
from kgbuild.score.predict import relation_rows
from kgbuild.train.data import read_gold
from kgbuild.train.loop import Plan
from kgbuild.train.relating import RelatingSet, related
from kgbuild.train.relations import train_relations

HERE = Path(__file__).resolve().parent
UNSEEN = 16
WAYS, DRAWS, EPISODES, SHOTS = (5, 10, 15), 10, 1_000, 5
SOURCE = RelatingSet("fewrel64", "no pairs")
"""Read as if nothing were known of other pairs, so that no reverse of a symmetric relation counts beside it."""
SETS = (
    RelatingSet("redocred", "all pairs"),
    RelatingSet("docred_mentions", "all pairs", ours=True),
    RelatingSet("docred_incomplete", "all pairs", ours=True),
    RelatingSet("fewrel64", "all pairs", ours=True),
)
SENTENCES = SETS[-1:]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Read:
    """The sentences of the unseen relations as the model sees them."""

    pairs: Floats
    """Vectors of each marked pair, from the first name to the second and back, [N, 2H]."""
    scores: Floats
    """Its logits for the unseen relations, the higher of both directions, [N, 16]."""
    labels: NDArray[np.int64]
    """The relation that it is annotated with, 0 to 15, [N]."""


def main() -> None:
    """Train, measure and print."""
    options = _options()
    ontology, base = load_ontology(load_settings(environment={}).ontology), load_base(DEFAULT_BASE)
    documents = [item for part in ("train", "dev") for item in read_gold(options.data / SOURCE.name / f"{part}.jsonl")]
    unseen = chosen(sorted({relation.label for item in documents for relation in item.relations}))
    print(f"never seen: {', '.join(ontology.by_key[key].label for key in unseen)}", flush=True)
    model = train_relations(
        options.data,
        base,
        ontology,
        device=torch.device("cpu"),
        work=options.work,
        plan=Plan(epochs=options.epochs, encoder_rate=1.5e-4, head_rate=7e-4),
        sets=SETS if options.documents else SENTENCES,
        passages=None,
        written=VOCABULARY / "documents" if options.documents else None,
        patterns=None if options.without_patterns else VOCABULARY / "patterns",
        unseen=unseen,
        report=lambda line: print(line, flush=True),
    )
    read = reading(model, base, ontology, [d for d in documents if d.relations[0].label in unseen], unseen)
    lines = [stamp(), "", *zero_shot(read), *few_shot(read)]
    print("\n".join(lines))
    if options.write:
        name = "unseen_without_patterns.md" if options.without_patterns else "unseen.md"
        (HERE / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def chosen(keys: Sequence[str]) -> list[str]:
    """The keys with the smallest hashes."""
    return sorted(keys, key=lambda key: hashlib.sha256(key.encode()).hexdigest())[:UNSEEN]


@torch.inference_mode()
def reading(
    model: RelationModel, base: Base, ontology: Ontology, documents: Sequence[GoldDocument], unseen: Sequence[str]
) -> Read:
    """What the model says of the marked pair of each sentence."""
    model.eval()
    numbers = {item.iri: number for number, item in enumerate(ontology.properties)}
    columns = [numbers[ontology.by_key[key].iri] for key in unseen]
    vectors = model.relation_vectors(model.encoder.pooled(*relation_rows(base.tokenizer, ontology)))[columns]
    items = related(documents, base.tokenizer, ontology, SOURCE, most_pairs=8_192)
    pairs, scores, labels = [], [], []
    contexts = [item.context for item in items]
    marked = {id(item.context): item.holds for item in items}
    for group in batch_contexts(contexts, tokens=4_096, pairs=8_192):
        batch = to_pair_batch(group)
        found = model.attention(model.states(batch), batch)
        starts = np.cumsum([0, *(len(context.pairs) for context in group)])
        told = [
            (start + pair, columns.index(label))
            for start, context in zip(starts, group, strict=False)
            for pair, label in marked[id(context)].tolist()
            if label in columns
        ]
        rows = torch.tensor([row for row, _ in told])
        both = torch.stack([rows, reverses(batch)[0][rows]])
        pairs.append(found[both].float().transpose(0, 1).flatten(1).numpy())
        scores.append(torch.maximum(*(model.compare(found[side], vectors) for side in both)).numpy())
        labels += [label for _, label in told]
    return Read(np.concatenate(pairs), np.concatenate(scores), np.array(labels))


def zero_shot(read: Read) -> list[str]:
    """A table of macro F1 by the number of relations to choose from."""
    draw = np.random.default_rng(7)
    lines = ["| relations to choose from | macro F1 | deviation |", "|---|---|---|"]
    for ways in WAYS:
        found = [macro_f1(read, draw.permutation(UNSEEN)[:ways]) for _ in range(DRAWS)]
        lines.append(f"| {ways} | {np.mean(found):.3f} | {np.std(found):.3f} |")
    return lines


def macro_f1(read: Read, relations: NDArray[np.int64]) -> float:
    """Mean F1 of the relations when each sentence of theirs gets the best-scored of them."""
    mine = np.isin(read.labels, relations)
    scores = read.scores[mine][:, relations]
    best = relations[(scores - scores.mean(axis=0)).argmax(axis=1)]
    gold = read.labels[mine]
    right = np.array([((best == one) & (gold == one)).sum() for one in relations])
    return float(np.mean(2 * right / [(best == one).sum() + (gold == one).sum() for one in relations]))


def few_shot(read: Read) -> list[str]:
    """A table of accuracy by the number of relations, with five examples of each."""
    lines = ["", "| way | 5-shot accuracy |", "|---|---|"]
    for ways in (5, 10):
        draw = np.random.default_rng(ways)
        lines.append(f"| {ways} | {np.mean([episode(read, ways, draw) for _ in range(EPISODES)]):.3f} |")
    return lines


def episode(read: Read, ways: int, draw: np.random.Generator) -> bool:
    """Whether a sentence is nearest to the examples of its own relation."""
    relations = draw.permutation(UNSEEN)[:ways]
    members = [draw.permutation(np.flatnonzero(read.labels == one))[: SHOTS + 1] for one in relations]
    shown = np.stack([read.pairs[rows[:SHOTS]].mean(axis=0) for rows in members])
    asked = int(draw.integers(ways))
    query = read.pairs[members[asked][SHOTS]]
    near = _unit(shown - shown.mean(axis=0)) @ _unit(query - shown.mean(axis=0))
    return int(near.argmax()) == asked


def _unit(vectors: Floats) -> Floats:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with the annotated sets")
    parser.add_argument("--work", type=Path, default=Path("build/unseen"), help="folder of checkpoints")
    parser.add_argument("--epochs", type=int, default=10, help="passes over the drawn shares of the sets")
    parser.add_argument("--documents", action="store_true", help="train on redocred and docred_incomplete too")
    parser.add_argument("--without-patterns", action="store_true", help="train on annotated sentences alone")
    parser.add_argument("--write", action="store_true", help="keep the tables in unseen.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
