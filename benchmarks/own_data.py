"""Data of one's own: `kgbuild train --examples` on the training part of a set that the model never saw, then its dev.

    python benchmarks/own_data.py [--data ../shared/data] [--set conll04] [--sentences 0 10 …] [--epochs N] [--write]

The ontology is written here, with definitions of our own. Strict: a mention is right when its characters and its type
are, a relation when both of its mentions are right and its label is. Of two sentences with one text the first is taken.
`--sentences` learns from so many, spread over the training part, each time beside the same model: how many examples
does it take? 0 are none: what the ontology alone gives. What was measured is kept under the folder `--work` and is not
done again with the same model and passes; `--write` keeps the table of all that is there in `own_data.md`.
Nothing that is learned here is shipped.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stamp import stamp
from text2kg import HERE, positive

from kgbuild import stages
from kgbuild.checkpoint import Models, load_models
from kgbuild.config import Settings, load_settings
from kgbuild.model_folder import model_digest
from kgbuild.ontology import Ontology, load_ontology
from kgbuild.recognise.annotate import recognise
from kgbuild.recognise.completion import load_completion
from kgbuild.recognise.pipelines import load_pipeline
from kgbuild.records import Document, Mention, ScoredDocument
from kgbuild.score.predict import score
from kgbuild.stages.scoring import scorer_of
from kgbuild.train.data import read_gold

ONTOLOGIES = {
    "conll04": """
@prefix : <https://example.org/conll04#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:Person a owl:Class ; rdfs:label "person" ; skos:notation "PER" .
:Organisation a owl:Class ; rdfs:label "organisation" ; skos:notation "ORG" .
:Place a owl:Class ; rdfs:label "place" ; skos:notation "LOC" .
:Other a owl:Class ; rdfs:label "other" ; skos:notation "MISC" .
:Live_In a owl:ObjectProperty ; rdfs:label "lives in" ; rdfs:domain :Person ; rdfs:range :Place ;
    skos:definition "a person lives or lived at a place, or is at home there" .
:Located_In a owl:ObjectProperty ; rdfs:label "located in" ; rdfs:domain :Place ; rdfs:range :Place ;
    skos:definition "a place is a part of a larger one, as a town is of its state or country" .
:OrgBased_In a owl:ObjectProperty ; rdfs:label "based in" ; rdfs:domain :Organisation ; rdfs:range :Place ;
    skos:definition "an organisation has its seat or an office at a place" .
:Work_For a owl:ObjectProperty ; rdfs:label "works for" ; rdfs:domain :Person ; rdfs:range :Organisation ;
    skos:definition "a person is employed by an organisation or belongs to it" .
:Kill a owl:ObjectProperty ; rdfs:label "kills" ; rdfs:domain :Person ; rdfs:range :Person ;
    skos:definition "a person killed, or tried to kill, another one" .
"""
}
TARGETS = {"entities": 0.86, "relations": 0.62}
DEFAULT = Settings().accept.threshold
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, DEFAULT)
ASKED = 0.5
"""Probability from which a relation is claimed where the targets are judged."""
Thing = tuple[str, object]


@dataclass(frozen=True)
class Counts:
    """What was predicted, against what is annotated."""

    right: int
    """Predicted and annotated."""
    predicted: int
    """Predicted."""
    gold: int
    """Annotated."""

    @property
    def f1(self) -> float:
        """F1, 0 to 1; 0 where there is nothing."""
        return 2 * self.right / max(self.predicted + self.gold, 1)

    def __str__(self) -> str:
        precision, recall = self.right / max(self.predicted, 1), self.right / max(self.gold, 1)
        return f"{precision:.3f} | {recall:.3f} | {self.f1:.3f}"


@dataclass(frozen=True)
class Measured:
    """What was measured after learning from some sentences."""

    sentences: int
    """Sentences that were learned from."""
    relations_told: int
    """Relations that they tell."""
    epochs: int
    """Passes over them."""
    minutes: float
    """What the training took."""
    base: str
    """Digest of the model that was begun from."""
    stamp: str
    """Machine, date and commit."""
    entities: Counts
    """Mentions of the ontology's classes."""
    relations: dict[str, Counts]
    """Relations by the least probability, each of `THRESHOLDS`."""


def main() -> None:
    """Train and measure what was not, print the table, keep it where asked."""
    options = _options()
    lines = list(first_of_each_text((options.data / options.set / "train.jsonl").read_text("utf-8").splitlines()))
    sizes = sorted({min(size, len(lines)) for size in options.sentences or [len(lines)]})
    for size in sizes:
        place = options.work / f"{size}.json"
        if not place.is_file():
            found = _measured([lines[number * len(lines) // size] for number in range(size)], options)
            place.write_text(json.dumps(asdict(found)), encoding="utf-8")
        print(f"{size}: {_row(_read(place))}", flush=True)
    kept = [_read(path) for path in options.work.glob("*.json")]
    text = "\n".join(_report(sorted(kept, key=lambda item: item.sentences), options.set)) + "\n"
    print(f"\n{text}")
    if options.write:
        (HERE / "own_data.md").write_text(text, encoding="utf-8")


def _measured(lines: Sequence[str], options: argparse.Namespace) -> Measured:
    """Trained on the lines, if there are any, and measured on the development part."""
    work: Path = options.work / f"{len(lines)}"
    work.mkdir(parents=True, exist_ok=True)
    ontology, examples = work / "ontology.ttl", work / "examples.jsonl"
    ontology.write_text(ONTOLOGIES[options.set], encoding="utf-8")
    examples.write_text("\n".join(lines), encoding="utf-8")
    chosen: dict[str, object] = {"ontology": ontology, "device": options.device, "score.floor": 0.01}
    settings = load_settings(environment={}, overrides=chosen | ({"model": options.model} if options.model else {}))
    begun, epochs, base = time.monotonic(), 0, model_digest(settings.model)
    if lines:
        told = {"work": work / "work", "epochs": options.epochs, "report": _print}
        model = stages.adapt(settings, examples, work / "model", **told)
        settings = settings.model_copy(update={"model": model})
        epochs = json.loads((model / "config.json").read_text(encoding="utf-8"))["facts"]["epochs"]
    minutes = (time.monotonic() - begun) / 60
    entities, relations = extract(settings, options.data / options.set / "dev.jsonl")
    many = sum(len(json.loads(line)["relations"]) for line in lines)
    return Measured(len(lines), many, epochs, minutes, base, stamp(options.device), entities, relations)


def _read(path: Path) -> Measured:
    told = json.loads(path.read_text(encoding="utf-8"))
    relations = {limit: Counts(**item) for limit, item in told["relations"].items()}
    return Measured(**(told | {"entities": Counts(**told["entities"]), "relations": relations}))


def _print(line: str) -> None:
    print(line, flush=True)


def first_of_each_text(lines: Sequence[str]) -> Iterator[str]:
    """The lines whose text no line before them has."""
    seen: set[str] = set()
    for line in lines:
        text = json.loads(line)["text"]
        if text not in seen:
            seen.add(text)
            yield line


def extract(settings: Settings, path: Path) -> tuple[Counts, dict[str, Counts]]:
    """What the settings' model finds in the texts of an annotated file: mentions, and relations by threshold.

    Mentions of no class of the ontology, such as dates, are left aside.
    """
    gold = list(read_gold(path))
    models, ontology = load_models(settings.model), load_ontology(settings.ontology)
    nlp = load_pipeline(settings.recognise, model=settings.model, device=settings.device)
    texts = (Document(f"document:{item.id}", item.id, item.text, "", "gold") for item in gold)
    named = recognise(texts, nlp, load_completion(settings, ontology))
    scored = list(score(named, scorer_of(settings, models, ontology)))
    wanted = {(item.id, _span(mention)) for item in gold for mention in item.mentions}
    every = ((_name(item), mention) for item in scored for mention in item.annotated.mentions)
    mentions = {(name, _span(mention)) for name, mention in every if mention.type in ontology.class_by_notation}
    related: set[Thing] = set()
    for item in gold:
        spans = [(entity, _span(mention)) for entity, mention in zip(item.entities, item.mentions, strict=True)]
        for told in item.relations:
            heads, tails = ([span for entity, span in spans if entity == end] for end in (told.head, told.tail))
            iri = ontology.by_key[told.label].iri
            related |= {(item.id, (head, tail, iri)) for head in heads for tail in tails}
    relations = {str(one): _counts(set(accepted(scored, models, ontology, one)), related) for one in THRESHOLDS}
    return _counts(mentions, wanted), relations


def accepted(scored: Sequence[ScoredDocument], models: Models, ontology: Ontology, limit: float) -> Iterator[Thing]:
    """The relations that are probable enough and whose mentions are of types that they may have."""
    for item in scored:
        mentions = item.annotated.mentions
        apart = [item.annotated.stand_apart(one.head, one.tail) for one in item.scores]
        asked = [one.property for one in item.scores]
        chances = models.calibration.probabilities([one.logit for one in item.scores], apart, asked)
        for one, chance in zip(item.scores, chances, strict=True):
            head, tail, known = mentions[one.head], mentions[one.tail], ontology.by_iri[one.property]
            if chance >= limit and head.type in known.domain and tail.type in known.range:
                yield _name(item), (_span(head), _span(tail), one.property)


def _counts(predicted: set[Any], gold: set[Any]) -> Counts:
    return Counts(len(predicted & gold), len(predicted), len(gold))


def _span(mention: Mention) -> tuple[int, int, str]:
    return mention.start, mention.end, mention.type


def _name(item: ScoredDocument) -> str:
    return item.annotated.document.source


def _report(kept: Sequence[Measured], name: str) -> Iterator[str]:
    stamps, models = ({getattr(item, key) for item in kept} for key in ("stamp", "base"))
    yield f"{'; '.join(sorted(stamps))}; model {', '.join(sorted(digest[:16] for digest in models))}"
    yield f"\nLearned from so many sentences of {name}/train, spread over it, measured on {name}/dev; without any the"
    yield "model has the ontology alone. Strict: precision, recall and F1 of entities, and of"
    yield f"relations from {ASKED} on; behind them F1 from other thresholds on. `kgbuild build` has {DEFAULT}."
    yield f"Asked of all sentences: {TARGETS['entities']} and {TARGETS['relations']}.\n"
    cells = ["sentences", "relations told", "passes", "minutes"]
    cells += [f"{kind} {figure}" for kind in TARGETS for figure in ("precision", "recall", "F1")]
    yield f"| {' | '.join([*cells, *(f'from {limit}' for limit in THRESHOLDS)])} |"
    yield "|---" * (len(cells) + len(THRESHOLDS)) + "|"
    for item in kept:
        yield _row(item)


def _row(item: Measured) -> str:
    told = f"{item.sentences} | {item.relations_told} | {item.epochs} | {item.minutes:.1f}"
    found = f"{item.entities} | {item.relations[str(ASKED)]}"
    return f"| {told} | {found} | {' | '.join(f'{item.relations[str(limit)].f1:.3f}' for limit in THRESHOLDS)} |"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with the annotated sets")
    parser.add_argument("--set", choices=sorted(ONTOLOGIES), default="conll04", help="name of the set")
    parser.add_argument("--sentences", type=int, nargs="+", metavar="N", help="learn from so many; else from all")
    parser.add_argument("--epochs", type=positive, help="passes over the sentences; else by their number")
    parser.add_argument("--model", type=Path, help="folder of the model to begin from (default: the one that ships)")
    parser.add_argument("--work", type=Path, default=Path("build/own_data"), help="folder for all that is made")
    parser.add_argument("--device", default="cpu", help="auto, cpu or cuda")
    parser.add_argument("--write", action="store_true", help="keep the table in own_data.md")
    options = parser.parse_args()
    if options.sentences and min(options.sentences) < 0:
        parser.error(f"argument --sentences: expected whole numbers from 0 on, came {min(options.sentences)}")
    options.work /= f"{options.set}-{model_digest(options.model or Settings().model)[:16]}-{options.epochs or 'auto'}"
    options.work.mkdir(parents=True, exist_ok=True)
    return options


if __name__ == "__main__":
    main()
