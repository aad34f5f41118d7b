"""How far a careful reader gets on Text2KGBench: what its sentences say, against what its gold has.

    python benchmarks/text2kg_reader.py --ask build/reader        sentences and the relations that count, without gold
    python benchmarks/text2kg_reader.py --answers build/reader    take in what the reader wrote
    python benchmarks/text2kg_reader.py [--write]                 the figures

The gold of the benchmark comes from a knowledge base, which lists one of three illustrators, names what the sentence
calls "the story", and knows what it does not say. So the figures of a model are to be read beside those of a reader
who learned the customs of the data from its training sentences, is told which relations count for a sentence, which no
model is told, and never saw the gold. `text2kg_reader.jsonl` holds the answers of a large language model: places of
names in the sentences, dates as the benchmark writes them, and no text.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stamp import stamp
from text2kg import HERE, ontologies

from kgbuild.errors import InputError
from kgbuild.evaluate import NamedTriple, Text2KgScores, mean_over_ontologies, score_text2kg
from kgbuild.ontology import load_ontology

ANSWERS = HERE / "text2kg_reader.jsonl"
_DATED = "date"
"""What an end has instead of a place when it is a date in the benchmark's writing."""


def main() -> None:
    """Ask, take in, or score."""
    options = _options()
    if options.ask:
        _ask(options.data, options.ask)
    elif options.answers:
        lines = [line for name in ontologies(options.data) for line in _taken(options.data, name, options.answers)]
        ANSWERS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        text = "\n".join(_report(options.data)) + "\n"
        print(text)
        if options.write:
            ANSWERS.with_suffix(".md").write_text(text, encoding="utf-8")


def _ask(data: Path, folder: Path) -> None:
    """Nothing; the folder holds a file of sentences for each ontology, with the relations that count for each."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ontologies(data):
        asked = [
            {"id": id, "text": item["text"], "relations": sorted({one["label"] for one in item["triples"]})}
            for id, item in _sentences(data, name).items()
        ]
        lines = (json.dumps(item, ensure_ascii=False) for item in asked)
        (folder / f"{name}.sentences.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _taken(data: Path, name: str, folder: Path) -> Iterator[str]:
    """The answers of a reader, `NAME.read.jsonl` with id and triples of strings, as lines without text.

    Raises: InputError when an answer is missing or names what its sentence does not have.
    """
    path = folder / f"{name}.read.jsonl"
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    answers = {row["id"]: row["triples"] for row in rows}
    for id, item in _sentences(data, name).items():
        if id not in answers:
            raise InputError(f"{str(path)!r} has no answer for sentence {id!r}; write one, if with no triples")
        told = [
            [_placed(one["subject"], item["text"]), one["label"], _placed(one["object"], item["text"])]
            for one in answers[id]
        ]
        yield json.dumps({"ontology": name, "id": id, "triples": told})


def _placed(name: str, text: str) -> dict[str, str] | list[int]:
    """Start and end of a name in the text; a date is itself."""
    start = text.find(name)
    if start >= 0:
        return [start, start + len(name)]
    day, _, year = name.rpartition(" ")
    if not (day and year.isdecimal() and year in text):
        raise InputError(f"{name!r} stands nowhere in {text!r}, and is no date of it; name what the sentence names")
    return {_DATED: name}


def _named(end: dict[str, str] | list[int], text: str) -> str:
    return end[_DATED] if isinstance(end, dict) else text[slice(*end)]


def _sentences(data: Path, name: str) -> Mapping[str, Mapping[str, Any]]:
    """The sentences that are measured on, by id."""
    lines = (data / name / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    return {item["id"]: item for item in map(json.loads, lines)}


def _scored(data: Path, name: str, answers: Sequence[Mapping[str, Any]]) -> Text2KgScores:
    """The figures of one ontology."""
    sentences = _sentences(data, name)
    gold = {
        id: [NamedTriple(one["subject"], one["label"], one["object"]) for one in item["triples"]]
        for id, item in sentences.items()
    }
    told = {
        row["id"]: [
            NamedTriple(_named(head, sentences[row["id"]]["text"]), label, _named(tail, sentences[row["id"]]["text"]))
            for head, label, tail in row["triples"]
        ]
        for row in answers
    }
    labels = [item.label for item in load_ontology(data / "ontologies" / f"{name}.ttl").properties]
    return score_text2kg(gold, told, labels)


def _report(data: Path) -> Iterator[str]:
    rows = [json.loads(line) for line in ANSWERS.read_text(encoding="utf-8").splitlines()]
    yield f"{stamp()}\n"
    yield "What a large language model reads in tekgen/*/dev after tekgen/*/train, told which relations count for each"
    yield "sentence and nothing else of its gold; heads and tails are names in the sentence."
    yield ""
    yield "| ontology | sentences | triples | precision | recall | F1 | conformance |"
    yield "|---" * 7 + "|"
    scores = []
    for name in ontologies(data):
        mine = [row for row in rows if row["ontology"] == name]
        scores.append(_scored(data, name, mine))
        yield f"| {name} | {len(mine)} | {sum(len(row['triples']) for row in mine)} | {_cells(scores[-1])} |"
    yield f"| mean | | | {_cells(mean_over_ontologies(scores))} |"


def _cells(scores: Text2KgScores) -> str:
    return f"{scores.precision:.3f} | {scores.recall:.3f} | {scores.f1:.3f} | {scores.conformance:.2f}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/tekgen"), help="folder with ontologies/")
    parser.add_argument("--ask", type=Path, metavar="FOLDER", help="write the sentences that a reader is asked of")
    parser.add_argument("--answers", type=Path, metavar="FOLDER", help="take in the answers, NAME.read.jsonl")
    parser.add_argument("--write", action="store_true", help="keep the table in text2kg_reader.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
