"""What a build costs when nothing has changed, beside the build that made the graph.

    python benchmarks/rerun.py --documents 2000

Each build is a process of its own, `kgbuild build`, as a schedule would start it: importing, reading the ontology and
hashing the model count. The documents are made of sentences of this program's own.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from stamp import stamp

TARGET = 0.02
"""Share of the first build that the second may cost."""
PEOPLE = ("Ada Lovelace", "Charles Babbage", "Grace Hopper", "Howard Aiken", "Mary Somerville", "Alan Turing")
PLACES = ("London", "Cambridge", "Rome", "Warsaw", "Vienna", "Boston")
BODIES = ("Harvard University", "the Royal Society", "the University of Vienna", "the Admiralty")
SENTENCES = (
    "{person} was born in {place} in {year}.",
    "{person} worked with {other} at {body} until {year}.",
    "In {year} {person} moved from {place} to {town}, where {other} had founded a school.",
    "{person} is the author of a book about {place}, which {other} translated in {year}.",
    "{body} is in {place} and was led by {person}, whom {other} followed in {year}.",
    "Nobody remembers who repaired the engine, but the letters of that winter speak of little else.",
)
BUILD = "import sys; from kgbuild.cli import main; sys.exit(main())"


@dataclass(frozen=True)
class Turn:
    """What one build took."""

    kind: str
    """What all its documents are to be: added, or unchanged."""
    documents: int
    """How many of them are."""
    seconds: float
    """From the start of its process to its end."""
    processor: float
    """Seconds of the processor."""


def main() -> int:
    """Exit code: 0 when the second build costs no more than it may."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--documents", type=int, default=2000, help="how many are built (default: 2,000)")
    parser.add_argument("--sentences", type=int, default=12, help="how many each has (default: 12)")
    parser.add_argument("build", nargs="*", help="options of `kgbuild build`, after --")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus = write_corpus(Path(folder) / "corpus", options.documents, options.sentences)
        words = ["build", str(corpus), "--graph", f"{folder}/graph", "--json", *options.build]
        first, again = (turn([sys.executable, "-c", BUILD, *words], kind) for kind in ("added", "unchanged"))
    for done in (first, again):
        if done.documents != options.documents:
            raise SystemExit(f"expected {options.documents:,} documents to be {done.kind}, came {done.documents:,}")
    print(
        f"{options.documents:,} documents of {options.sentences} sentences, {' '.join(options.build) or 'as shipped'}"
    )
    share, used = again.seconds / first.seconds, again.processor / first.processor
    print(f"first build {first.seconds:.1f} s, again {again.seconds:.2f} s: {share:.2%} (target: at most {TARGET:.0%})")
    print(f"of the processor {first.processor:.1f} s and {again.processor:.2f} s: {used:.2%}")
    print(stamp())
    return int(share > TARGET)


def write_corpus(folder: Path, documents: int, sentences: int) -> Path:
    """The folder, with so many text files of so many sentences each, the same each time."""
    folder.mkdir(parents=True)
    chance = random.Random(11)  # noqa: S311  the same documents in each run
    for number in range(documents):
        text = " ".join(_sentence(chance) for _ in range(sentences))
        (folder / f"{number:06}.txt").write_text(f"{text}\n", encoding="utf-8")
    return folder


def _sentence(chance: random.Random) -> str:
    person, other = chance.sample(PEOPLE, 2)
    place, town = chance.sample(PLACES, 2)
    words = {"person": person, "other": other, "place": place, "town": town, "body": chance.choice(BODIES)}
    return chance.choice(SENTENCES).format(**words, year=chance.randrange(1790, 1950))


def turn(command: list[str], kind: str) -> Turn:
    """What a build took from the start of its process to its end; `kind` of its documents are counted."""
    clock, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603  our own words
    seconds, now = time.perf_counter() - clock, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    return Turn(kind, json.loads(done.stdout)["documents"][kind], seconds, processor)


if __name__ == "__main__":
    sys.exit(main())
