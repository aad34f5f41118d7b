"""What kind of errors the shipped model makes on redocred/dev, counted.

    python benchmarks/errors.py --data ../shared/data [--model MODEL] [--write]

`--write` keeps the tables, with machine, date and commit, in `errors.md`.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from stamp import stamp

from kgbuild.accept import accept
from kgbuild.checkpoint import load_models
from kgbuild.config import Settings, load_settings
from kgbuild.evaluate import GoldDocument, PredictedRelation, to_annotated
from kgbuild.model_folder import type_origins
from kgbuild.ontology import load_ontology
from kgbuild.recognise.annotate import recognise
from kgbuild.recognise.pipelines import load_pipeline
from kgbuild.records import Document, Mention
from kgbuild.score.predict import score
from kgbuild.stages.evaluating import labels_of, relations_of
from kgbuild.stages.scoring import scorer_of
from kgbuild.train.data import read_gold
from kgbuild.train.tagging import TYPES

HERE = Path(__file__).resolve().parent
MENTION_ERRORS = ("right", "another type", "another end", "missed", "invented")
RELATION_ERRORS = (
    "right",
    "another relation of the pair holds",
    "it holds the other way round",
    "the head has it with another tail",
    "the tail has it with another head",
    "none of these",
)


def main() -> None:
    """Print the tables, and keep them where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with redocred/")
    parser.add_argument("--model", type=Path, help="folder of a model (default: the one that ships)")
    parser.add_argument("--write", action="store_true", help="keep the tables in errors.md")
    options = parser.parse_args()
    settings = load_settings(environment={}, overrides={"model": options.model} if options.model else {})
    gold = list(read_gold(options.data / "redocred" / "dev.jsonl"))
    relations = relations_found(gold, settings)
    lines = [
        stamp(),
        *("", "## Mentions", "", *table("type", MENTION_ERRORS, mention_errors(gold, mentions_found(gold, settings)))),
        *("", "## What was taken for what", "", *confusions(gold, mentions_found(gold, settings))),
        *("", "## Relations between gold entities that were found", ""),
        *table("pairs", RELATION_ERRORS, relation_errors(gold, relations)),
    ]
    print("\n".join(lines))
    if options.write:
        (HERE / "errors.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def mentions_found(gold: Sequence[GoldDocument], settings: Settings) -> dict[str, tuple[Mention, ...]]:
    """What the recogniser finds in each document, by its id."""
    nlp = load_pipeline(settings.recognise, model=settings.model, device=settings.device)
    texts = (Document(f"document:{item.id}", item.id, item.text, "", "gold") for item in gold)
    return {item.document.source: item.mentions for item in recognise(texts, nlp)}


def relations_found(gold: Sequence[GoldDocument], settings: Settings) -> dict[str, list[PredictedRelation]]:
    """What is claimed between the gold entities of each document at the settings' threshold, by its id."""
    ontology, models = load_ontology(settings.ontology), load_models(settings.model)
    scored = score((to_annotated(item) for item in gold), scorer_of(settings, models, ontology))
    origins = type_origins(settings.model)
    claimed = accept(scored, settings.accept, models.calibration, ontology, origins=origins)
    found: dict[str, list[PredictedRelation]] = {item.id: [] for item in gold}
    for relation in relations_of(claimed, labels_of(gold, ontology)):
        found[relation.document].append(relation)
    return found


def mention_errors(gold: Sequence[GoldDocument], found: Mapping[str, Sequence[Mention]]) -> dict[str, Counter[str]]:
    """How the gold mentions of each type fared, and how many more of the type were found where none overlaps."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in TYPES}
    for document in gold:
        mine = found[document.id]
        spans = {(item.start, item.end): item.type for item in mine}
        for item in document.mentions:
            other = spans.get((item.start, item.end))
            near = any(_overlap(item, each) and each.type == item.type for each in mine)
            fate = "right" if other == item.type else "another type" if other else "another end" if near else "missed"
            counts[item.type][fate] += 1
        for item in mine:
            if not any(_overlap(item, each) for each in document.mentions):
                counts[item.type]["invented"] += 1
    return counts


def confusions(gold: Sequence[GoldDocument], found: Mapping[str, Sequence[Mention]]) -> Iterator[str]:
    """Rows of how often a mention of one type, its ends right, was taken for another."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in TYPES}
    for document in gold:
        spans = {(item.start, item.end): item.type for item in found[document.id]}
        for item in document.mentions:
            counts[item.type][spans.get((item.start, item.end), "")] += 1
    yield from table("gold, taken for", TYPES, counts)


def relation_errors(
    gold: Sequence[GoldDocument], found: Mapping[str, Sequence[PredictedRelation]]
) -> dict[str, Counter[str]]:
    """What is true of each relation that was found, for pairs of one sentence and for all others."""
    counts: dict[str, Counter[str]] = {"one sentence": Counter(), "further apart": Counter()}
    for document in gold:
        near = document.same_sentence_pairs
        holds = {(item.head, item.tail, item.label) for item in document.relations}
        for item in found[document.id]:
            place = "one sentence" if (item.head, item.tail) in near else "further apart"
            counts[place][_fate(item, holds)] += 1
    return counts


def _fate(item: PredictedRelation, holds: set[tuple[int, int, str]]) -> str:
    tests = (
        (item.head, item.tail, item.label) in holds,
        any((head, tail) == (item.head, item.tail) for head, tail, _ in holds),
        (item.tail, item.head, item.label) in holds,
        any((head, label) == (item.head, item.label) for head, _, label in holds),
        any((tail, label) == (item.tail, item.label) for _, tail, label in holds),
        True,
    )
    return RELATION_ERRORS[tests.index(True)]


def _overlap(one: Mention, other: Mention) -> bool:
    return one.start < other.end and other.start < one.end


def table(name: str, columns: Sequence[str], counts: Mapping[str, Counter[str]]) -> list[str]:
    """Counts as rows of Markdown."""
    rows = [f"| {key} | {' | '.join(f'{found[column]:,}' for column in columns)} |" for key, found in counts.items()]
    return [f"| {name} | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|", *rows]


if __name__ == "__main__":
    main()
