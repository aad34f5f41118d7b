"""What a relation's vector is best made of, when its ontology gives several names, a definition and examples.

    python benchmarks/labels.py --data ../shared/data [--each 8] [--documents 12] [--write]

`labels.toml` beside this file has relations in words of its own. Those under `seen` were trained on in other words;
those under `unseen` never. The model that ships ranks them with nothing but these words: for sentences of
fewrel64/dev, whose marked pair has lost its direction so that the higher score of both counts, and of semeval2010/dev,
the share of right relations in first place and the mean of 1 / rank; for all pairs of entities of redocred/dev F1 at
the default threshold, F1 at the best one, and the mean precision over all that is right. A way that begins with one
name is measured with each of the three, and the mean is told. It is the program's own encoding of texts, so that ways
are measured that the package does not have.
"""

import argparse
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from stamp import stamp
from torch import Tensor

from kgbuild.checkpoint import Models, load_models
from kgbuild.config import Settings, load_settings
from kgbuild.evaluate import GoldDocument
from kgbuild.model.device import fast_precision
from kgbuild.model.pairs import reverses
from kgbuild.model_folder import model_digest
from kgbuild.ontology import Ontology, Property
from kgbuild.pieces import padded, split_pieces
from kgbuild.score.batches import batch_contexts, to_pair_batch
from kgbuild.train.data import read_gold
from kgbuild.train.relating import Related, RelatingSet, related

HERE = Path(__file__).resolve().parent
LONGEST = 62
"""Pieces of a text that are read."""
ALL_PAIRS = RelatingSet("", "all pairs")
Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Words:
    """What an ontology says of a relation."""

    names: tuple[str, ...]
    definition: str
    examples: tuple[str, ...]

    @property
    def defined(self) -> list[str]:
        """Each name with the definition."""
        return [f"{name}: {self.definition}" for name in self.names]

    @property
    def listed(self) -> list[str]:
        """All names in one text, each once at the head."""
        return [", ".join((name, *_others(self, name))) for name in self.names]


@dataclass(frozen=True)
class Way:
    """A way to make the vector: of the texts of a wording the mean is taken, of the wordings' figures too."""

    name: str
    wordings: Callable[[Words], Sequence[Sequence[str]]]
    after: bool = False
    """Whether the mean is that of the finished vectors, which is that of the scores, and not of what was pooled."""


WAYS = (
    Way("one name", lambda it: [[name] for name in it.names]),
    Way("three names in one text", lambda it: [[text] for text in it.listed]),
    Way("three names, mean", lambda it: [it.names]),
    Way("one name, definition", lambda it: [[text] for text in it.defined]),
    Way(
        "three names in one text, definition (the package's)",
        lambda it: [[f"{text}: {it.definition}"] for text in it.listed],
    ),
    Way(
        "one name, definition, the others behind it",
        lambda it: [[f"{text} Also: {', '.join(_others(it, text))}."] for text in it.defined],
    ),
    Way("three names, each with the definition, mean", lambda it: [it.defined]),
    Way("the same, mean of the finished vectors", lambda it: [it.defined], after=True),
    Way(
        "three names in one text, definition; and each with it, mean",
        lambda it: [[f"{text}: {it.definition}", *it.defined] for text in it.listed],
    ),
    Way("one name, definition, examples behind it", lambda it: [[_with_examples(it, text)] for text in it.defined]),
    Way("one name, definition; examples as texts, mean", lambda it: [[text, *it.examples] for text in it.defined]),
    Way(
        "three names in one text, definition, examples behind it",
        lambda it: [[_with_examples(it, f"{text}: {it.definition}")] for text in it.listed],
    ),
    Way(
        "three names, each with definition and examples, mean",
        lambda it: [[_with_examples(it, text) for text in it.defined]],
    ),
)


@dataclass(frozen=True)
class Read:
    """Pairs as the model sees them, [S, N, H] for S sides, and which relation holds, [N, R]."""

    pairs: Tensor
    holds: Truth
    apart: Truth


def main() -> None:
    """Measure and print."""
    options = _options()
    torch.set_num_threads(1)
    settings = load_settings(environment={}, overrides={"device": "cpu"})
    models = load_models(settings.model)
    told = tomllib.loads((HERE / "labels.toml").read_text(encoding="utf-8"))
    seen, unseen = (_words(told[kind]) for kind in ("seen", "unseen"))
    with torch.inference_mode(), fast_precision(torch.device("cpu")):
        vectors = pooled(models, [*seen.values(), *unseen.values()])
        print(f"{len(vectors)} texts encoded", flush=True)
        sets = [
            ("fewrel64", seen, sentences(options.data / "fewrel64/dev.jsonl", seen, options.each), True),
            ("semeval2010", unseen, sentences(options.data / "semeval2010/dev.jsonl", unseen, options.each), False),
            ("redocred", seen, list(read_gold(options.data / "redocred/dev.jsonl"))[: options.documents], False),
        ]
        tables = []
        for name, words, documents, both in sets:
            tables += ["", *table(name, words, documents, vectors, models, settings, both=both)]
            print("\n".join(tables[-len(WAYS) - 5 :]), flush=True)
    if options.write:
        lines = [f"{stamp()}; model {model_digest(settings.model)[:16]}", *tables]
        (HERE / "labels.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def sentences(path: Path, words: Mapping[str, Words], each: int) -> list[GoldDocument]:
    """The first so many sentences of each relation that has words."""
    taken: Counter[str] = Counter()
    found = []
    for item in read_gold(path):
        label = item.relations[0].label if item.relations else ""
        taken[label] += 1
        if label in words and taken[label] <= each:
            found.append(item)
    return found


def pooled(models: Models, words: Sequence[Words]) -> dict[str, Tensor]:
    """What the encoder makes of each text that some way reads."""
    texts = sorted({text for way in WAYS for it in words for wording in way.wordings(it) for text in wording}, key=len)
    found: dict[str, Tensor] = {}
    for start in range(0, len(texts), 64):
        part = texts[start : start + 64]
        rows = padded([split_pieces(models.tokenizer, text)[:LONGEST] for text in part])
        made = models.relations.encoder.pooled(*map(torch.from_numpy, (rows.ids, rows.shapes, rows.mask)))
        found |= dict(zip(part, made.float(), strict=True))
    return found


def table(
    name: str,
    words: Mapping[str, Words],
    documents: Sequence[GoldDocument],
    vectors: Mapping[str, Tensor],
    models: Models,
    settings: Settings,
    *,
    both: bool,
) -> list[str]:
    """The figures of each way on a set."""
    used = {relation.label for item in documents for relation in item.relations}
    known = {key: it for key, it in words.items() if key in used}
    read = reading(documents, tuple(known), models, both=both)
    ranked = name != "redocred"
    size = f"{len(documents)} {'sentences' if ranked else 'documents'}, {len(known)} relations"
    columns = "in first place | mean of 1 / rank" if ranked else "F1 | best F1 | mean precision"
    lines = [f"**{name}/dev**, {size}", "", f"| words | {columns} |", "|---|---|---|" + ("" if ranked else "---|")]
    for way in WAYS:
        figures = []
        for wording in zip(*(way.wordings(it) for it in known.values()), strict=True):
            scores = compared(models, read, wording, vectors, after=way.after)
            figures.append(ranks(scores, read) if ranked else decided(scores, read, models, settings))
        lines.append(f"| {way.name} | {' | '.join(f'{figure:.3f}' for figure in np.mean(figures, axis=0))} |")
    return lines


def compared(
    models: Models, read: Read, wording: Sequence[Sequence[str]], vectors: Mapping[str, Tensor], *, after: bool
) -> NDArray[np.float64]:
    """Logits of the pairs for the relations in these words, the higher of the sides, [N, R]."""
    made, model = [torch.stack([vectors[text] for text in texts]) for texts in wording], models.relations
    if after:
        relations = torch.stack([model.relation_vectors(texts).float().mean(dim=0) for texts in made])
    else:
        relations = model.relation_vectors(torch.stack([texts.mean(dim=0) for texts in made]))
    logits = torch.stack([model.compare(side, relations) for side in read.pairs]).amax(dim=0)
    return logits.double().numpy()


def reading(documents: Sequence[GoldDocument], keys: Sequence[str], models: Models, *, both: bool) -> Read:
    """The pairs of the documents; of sentences with `both` sides the marked pair alone, in either direction."""
    items = related(documents, models.tokenizer, _ontology(keys), ALL_PAIRS, most_pairs=8_192)
    by_context = {id(item.context): item for item in items}
    sides, holds, apart = [], [], []
    for group in batch_contexts([item.context for item in items], tokens=2_048, pairs=8_192):
        batch = to_pair_batch(group)
        found = models.relations.attention(models.relations.states(batch), batch).float()
        truth = np.concatenate([_truth(by_context[id(context)], len(keys)) for context in group])
        rows = torch.from_numpy(np.flatnonzero(truth.any(axis=1))) if len(keys) and _marked(documents) else None
        kept = torch.arange(len(truth)) if rows is None else rows
        other = reverses(batch)[0][kept] if both else kept
        sides.append(torch.stack([found[kept], found[other]]))
        holds.append(truth[kept.numpy()])
        apart.append((batch.apart > 0)[kept].numpy())
    return Read(torch.cat(sides, dim=1), np.concatenate(holds), np.concatenate(apart))


def _marked(documents: Sequence[GoldDocument]) -> bool:
    """Whether the documents are sentences with one pair that is marked."""
    return all(len(item.mentions) == 2 for item in documents)


def _truth(item: Related, relations: int) -> Truth:
    truth = np.zeros((len(item.known), relations), dtype=np.bool_)
    truth[*item.holds.T] = True
    return truth


def ranks(scores: NDArray[np.float64], read: Read) -> tuple[float, float]:
    """Share of pairs whose relation stands first, and the mean of 1 / its rank."""
    right = np.where(read.holds, scores, -np.inf).max(axis=1, keepdims=True)
    place = 1 + (scores > right).sum(axis=1)
    return float((place == 1).mean()), float((1 / place).mean())


def decided(scores: NDArray[np.float64], read: Read, models: Models, settings: Settings) -> tuple[float, float, float]:
    """F1 at the default threshold, the best F1 of any, and the mean precision over the right ones."""
    apart = np.broadcast_to(read.apart[:, None], scores.shape).reshape(-1)
    # reason: whatever a relation is called here, the ways are compared under one calibration
    chances = replace(models.calibration, others=None).probabilities(scores.reshape(-1), apart)
    order = np.argsort(-chances, kind="stable")
    right = read.holds.reshape(-1)[order]
    hits, count = np.cumsum(right), np.arange(1, len(right) + 1)
    f1 = 2 * hits / (count + right.sum())
    accepted = int((chances >= settings.accept.threshold).sum())
    return float(f1[accepted - 1]) if accepted else 0.0, float(f1.max()), float((hits / count)[right].mean())


def _others(it: Words, text: str) -> list[str]:
    return [name for name in it.names if not text.startswith(name)]


def _with_examples(it: Words, text: str) -> str:
    return f"{text} {' '.join(it.examples)}"


def _words(told: Mapping[str, Mapping[str, str]]) -> dict[str, Words]:
    return {key: Words(tuple(it["names"]), it["definition"], tuple(it["examples"])) for key, it in told.items()}


def _ontology(keys: Sequence[str]) -> Ontology:
    none: frozenset[str] = frozenset()
    properties = (Property(key, key, "", none, none, None, False, False, ()) for key in keys)
    return Ontology("urn:labels", "", tuple(properties), ())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with the annotated sets")
    parser.add_argument("--each", type=int, default=8, help="sentences of each relation")
    parser.add_argument("--documents", type=int, default=12, help="documents of redocred")
    parser.add_argument("--write", action="store_true", help="keep the tables in labels.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
