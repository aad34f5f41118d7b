"""What 2,000 properties cost over 150, in one run on the same documents with the model that ships.

    python benchmarks/properties.py [ANNOTATED.jsonl ...] [--labels ../shared/data/wikidata_properties.json]

Both ontologies score the same documents in turns, so that a noisy machine disturbs both alike; the ratio is that of the
medians of the whole of `score`, from annotated documents to scores. What is done once, the encoding of the labels, is
told apart in seconds of the processor: with nothing kept, and as a later process finds it, with the vectors in the
graph's folder. The small ontology is the beginning of the large one. Labels and definitions are made here of a few
words, or taken from a file of Wikidata's; two in seven properties are inverses of each other, about as many as in the
ontology that ships.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import torch
from stamp import ROOT, stamp

from kgbuild.checkpoint import Models, load_models
from kgbuild.config import Settings, load_settings
from kgbuild.evaluate import to_annotated
from kgbuild.ontology import Ontology, load_ontology
from kgbuild.records import AnnotatedDocument
from kgbuild.score.predict import Scorer, score
from kgbuild.stages.folders import RUNS
from kgbuild.stages.scoring import scorer_of
from kgbuild.train.data import read_gold

T = TypeVar("T")
SIZES = (150, 2_000)
TARGET = 1.3
"""How much longer the large ontology may take than the small one."""
DEFAULT_DATA = ROOT / "tests" / "quality" / "annotated.jsonl"
PREFIXES = """
@prefix : <https://example.org/many#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
DEEDS = (
    *("founded", "designed", "owns", "repaired", "translated", "painted", "measured", "sold", "governs", "visited"),
    *("studied", "inspected", "funded", "described", "collected", "guarded", "sued", "taught", "photographed", "named"),
)
THINGS = ("person", "company", "school", "ship", "bridge", "town", "river", "book", "engine", "garden")


@dataclass(frozen=True)
class Turns:
    """What the turns with one ontology took."""

    properties: int
    """How many it has."""
    encoding: float
    """Seconds of the processor until the scorer was made, most of them for its labels."""
    again: float
    """The same until it was made again, with the vectors that were kept."""
    found: int
    """Scores at or above the floor."""
    seconds: list[float]
    """Each turn's time by the clock."""
    processor: list[float]
    """Each turn's time of the processor."""

    def __str__(self) -> str:
        wall, used = statistics.median(self.seconds), statistics.median(self.processor)
        return (
            f"{self.properties:,} | {self.encoding:.2f} | {self.again:.2f} | {self.found:,} | {wall:.3f} | {used:.3f}"
        )


def main() -> None:
    """Print the table."""
    options = _options()
    torch.set_num_threads(options.threads or torch.get_num_threads())
    settings = load_settings(environment={}, overrides={"device": options.device})
    models = load_models(settings.model)
    named = read_labels(options.labels) if options.labels else make_labels()
    ontologies = [ontology_of(named[:size]) for size in SIZES]
    print(_header(options.device, options.rounds))
    for path in options.data:
        documents = [to_annotated(gold) for gold in read_gold(path)]
        small, large = measure(documents, ontologies, models, settings, options.rounds)
        wall, used = (
            statistics.median(getattr(large, name)) / statistics.median(getattr(small, name))
            for name in ("seconds", "processor")
        )
        print(
            f"| {path.parent.name}/{path.name} | {small} | |\n| | {large} | **{wall:.2f}** ({used:.2f}) |", flush=True
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", nargs="*", type=Path, default=[DEFAULT_DATA], help="annotated files (default: our own)")
    parser.add_argument("--labels", type=Path, help="json file of Wikidata's properties (default: made here)")
    parser.add_argument("--device", default="cpu", help="auto, cpu or cuda")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each, of which the median counts")
    parser.add_argument("--threads", type=int, help="threads of the processor (default: what torch takes)")
    return parser.parse_args()


def make_labels() -> list[tuple[str, str]]:
    """Label and definition of 2,000 properties, the same each time."""
    combined = [(deed, head, tail) for deed in DEEDS for head in THINGS for tail in THINGS]
    random.Random(7).shuffle(combined)  # noqa: S311  the same order in each run
    return [
        (f"{deed} {tail} as {head}", f"the tail is a {tail} that the head, a {head}, {deed}")
        for deed, head, tail in combined
    ]


def read_labels(path: Path) -> list[tuple[str, str]]:
    """Label and definition of properties of a file, in an order that is the same each time."""
    found = [
        (item["propertyLabel"], item.get("propertyDescription") or "")
        for item in json.loads(path.read_text(encoding="utf-8"))
    ]
    random.Random(7).shuffle(found)  # noqa: S311  the same order in each run
    return found


def ontology_of(named: Sequence[tuple[str, str]]) -> Ontology:
    """The ontology of properties with these labels and definitions, read from Turtle as a user's own is."""
    terms = [
        f":p{number:04} a owl:ObjectProperty ; rdfs:label {json.dumps(label)} ; skos:definition {json.dumps(meaning)}"
        f" ; rdfs:domain owl:Thing ; rdfs:range owl:Thing{_inverse(number, len(named))} ."
        for number, (label, meaning) in enumerate(named)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.ttl"
        path.write_text(PREFIXES + "\n".join(terms), encoding="utf-8")
        return load_ontology(path)


def _inverse(number: int, size: int) -> str:
    return f" ; owl:inverseOf :p{number + 1:04}" if number % 7 == 0 and number + 1 < size else ""


def measure(
    documents: Sequence[AnnotatedDocument],
    ontologies: Sequence[Ontology],
    models: Models,
    settings: Settings,
    rounds: int,
) -> list[Turns]:
    """What `score` takes with each ontology, turn by turn."""
    with tempfile.TemporaryDirectory() as graph:
        run = Path(graph) / RUNS / "one"
        run.mkdir(parents=True)
        made, again = (
            [_timed(partial(scorer_of, settings, models, ontology, run=run)) for ontology in ontologies]
            for _ in range(2)
        )
    turns: list[list[tuple[float, float, int]]] = [[] for _ in ontologies]
    for _ in range(rounds + 1):
        for (_, _, scorer), mine in zip(made, turns, strict=True):
            mine.append(_timed(partial(_score, documents, scorer)))
    return [
        Turns(len(ontology.properties), encoding, kept, mine[0][2], *([one[at] for one in mine[1:]] for at in (0, 1)))
        for ontology, (_, encoding, _), (_, kept, _), mine in zip(ontologies, made, again, turns, strict=True)
    ]  # the first turn warms up and does not count


def _score(documents: Sequence[AnnotatedDocument], scorer: Scorer) -> int:
    return sum(len(item.scores) for item in score(documents, scorer))


def _timed(call: Callable[[], T]) -> tuple[float, float, T]:
    """Seconds by the clock, seconds of the processor, and what came back."""
    clock, used = time.perf_counter(), time.process_time()
    made = call()
    return time.perf_counter() - clock, time.process_time() - used, made


def _header(device: str, rounds: int) -> str:
    return (
        f"{stamp(device)}; median of {rounds} turns; target: at most {TARGET}\n\n"
        "| data | properties | scorer made, s | made again, s | scores kept | `score`, s | of the processor, s |"
        " ratio (processor) |\n"
        "|---|---|---|---|---|---|---|---|"
    )


if __name__ == "__main__":
    main()
