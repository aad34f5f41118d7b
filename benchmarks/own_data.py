"""Data of one's own: `kgbuild train --examples` on the training part of a set that the model never saw, then its dev.

    python benchmarks/own_data.py --data ../shared/data --set conll04 [--sentences 20] [--epochs N] [--work FOLDER]

The ontology is written here, with definitions of our own. Strict: a mention is right when its characters and its type
are, a relation when both of its mentions are right and its label is. Of two sentences with one text the first is taken.
Nothing that is learned here is kept or shipped.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stamp import stamp

from kgbuild import stages
from kgbuild.checkpoint import Models, load_models
from kgbuild.config import Settings, load_settings
from kgbuild.errors import SettingError
from kgbuild.ontology import Ontology, load_ontology
from kgbuild.recognise.annotate import recognise
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
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6)
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

    def __str__(self) -> str:
        precision, recall = self.right / max(self.predicted, 1), self.right / max(self.gold, 1)
        f1 = 2 * self.right / max(self.predicted + self.gold, 1)
        return f"| {precision:.3f} | {recall:.3f} | {f1:.3f} |"


def main() -> None:
    """Train, measure and print."""
    options = _options()
    folder = options.data / options.set
    work: Path = options.work
    work.mkdir(parents=True, exist_ok=True)
    ontology, examples = work / "ontology.ttl", work / "examples.jsonl"
    ontology.write_text(ONTOLOGIES[options.set], encoding="utf-8")
    lines = list(first_of_each_text((folder / "train.jsonl").read_text(encoding="utf-8").splitlines()))
    examples.write_text("\n".join(lines[: options.sentences]), encoding="utf-8")
    chosen: dict[str, object] = {"ontology": ontology, "device": options.device, "score.floor": 0.01}
    settings = load_settings(environment={}, overrides=chosen | ({"model": options.model} if options.model else {}))
    begun = time.monotonic()
    report, epochs = _print, options.epochs
    model = stages.adapt(settings, examples, work / "model", work=work / "work", epochs=epochs, report=report)
    minutes = (time.monotonic() - begun) / 60
    found = extract(settings.model_copy(update={"model": model}), folder / "dev.jsonl", options.sentences)
    taught = len(lines[: options.sentences])
    print(f"\n{stamp(options.device)}; {options.set}, {taught} sentences, trained in {minutes:.1f} minutes\n")
    print("\n".join(_table(found)))


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


@dataclass(frozen=True)
class Found:
    """What was found in the annotated documents, and what is annotated there."""

    entities: Counts
    """Mentions."""
    relations: dict[float, Counts]
    """Relations, by the least probability that is accepted."""


def extract(settings: Settings, path: Path, most: int | None) -> Found:
    """What the settings' model finds in the first `most` texts of an annotated file, or in all."""
    gold = list(read_gold(path))[:most]
    models, ontology = load_models(settings.model), load_ontology(settings.ontology)
    nlp = load_pipeline(settings.recognise, model=settings.model, device=settings.device)
    texts = (Document(f"document:{item.id}", item.id, item.text, "", "gold") for item in gold)
    scored = list(score(recognise(texts, nlp), scorer_of(settings, models, ontology)))
    wanted = {(item.id, _span(mention)) for item in gold for mention in item.mentions}
    mentions = {(_name(item), _span(mention)) for item in scored for mention in item.annotated.mentions}
    related: set[Thing] = set()
    for item in gold:
        named = [(entity, _span(mention)) for entity, mention in zip(item.entities, item.mentions, strict=True)]
        for told in item.relations:
            heads, tails = ([span for entity, span in named if entity == end] for end in (told.head, told.tail))
            iri = ontology.by_key[told.label].iri
            related |= {(item.id, (head, tail, iri)) for head in heads for tail in tails}
    relations = {limit: _counts(set(accepted(scored, models, ontology, limit)), related) for limit in THRESHOLDS}
    return Found(_counts(mentions, wanted), relations)


def accepted(scored: Sequence[ScoredDocument], models: Models, ontology: Ontology, limit: float) -> Iterator[Thing]:
    """The relations that are probable enough and whose mentions are of types that they may have."""
    for item in scored:
        mentions = item.annotated.mentions
        apart = [item.annotated.stand_apart(one.head, one.tail) for one in item.scores]
        chances = models.calibration.probabilities([one.logit for one in item.scores], apart)
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


def _table(found: Found) -> Iterator[str]:
    yield "| strict | precision | recall | F1 | asked |"
    yield "|---|---|---|---|---|"
    yield f"| entities {found.entities} ≥ {TARGETS['entities']} |"
    for limit, counts in found.relations.items():
        yield f"| relations from {limit} on {counts} ≥ {TARGETS['relations']} |"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with the annotated sets")
    parser.add_argument("--set", choices=sorted(ONTOLOGIES), default="conll04", help="name of the set")
    parser.add_argument("--sentences", type=int, help="learn from, and measure on, this many alone")
    parser.add_argument("--epochs", type=int, help="passes over the sentences; else by their number")
    parser.add_argument("--model", type=Path, help="folder of the model to begin from (default: the one that ships)")
    parser.add_argument("--work", type=Path, default=Path("build/own_data"), help="folder for all that is written")
    parser.add_argument("--device", default="cpu", help="auto, cpu or cuda")
    options = parser.parse_args()
    if options.sentences is not None and options.sentences < 1:
        raise SettingError(f"option --sentences: expected a whole number from 1 on, came {options.sentences}")
    return options


if __name__ == "__main__":
    main()
