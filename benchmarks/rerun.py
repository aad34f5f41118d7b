"""What a build costs when nothing has changed, beside the build that made the graph.

    python benchmarks/rerun.py --documents 2000

Each build is a process of its own, `kgbuild build`, as a schedule would start it: importing, reading the ontology and
hashing the model count. The documents are made of sentences of this program's own.
"""

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
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


def main() -> int:
    """Exit code: 0 when the second build costs no more than it may."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--documents", type=int, default=2000, help="how many are built (default: 2,000)")
    parser.add_argument("--sentences", type=int, default=12, help="how many each has (default: 12)")
    parser.add_argument("build", nargs="*", help="options of `kgbuild build`, after --")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus = write_corpus(Path(folder) / "corpus", options.documents, options.sentences)
        command = [sys.executable, "-c", BUILD, "build", str(corpus), "--graph", f"{folder}/graph", *options.build]
        (first, first_cpu), (again, again_cpu) = seconds_of(command), seconds_of(command)
    print(
        f"{options.documents:,} documents of {options.sentences} sentences, {' '.join(options.build) or 'as shipped'}"
    )
    print(f"first build {first:.1f} s, again {again:.1f} s: {again / first:.2%} (target: at most {TARGET:.0%})")
    print(f"of the processor {first_cpu:.1f} s and {again_cpu:.1f} s: {again_cpu / first_cpu:.2%}")
    print(stamp())
    return int(again > TARGET * first)


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


def seconds_of(command: list[str]) -> tuple[float, float]:
    """How long the command took from its start to its end, and how long of the processor."""
    clock, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  our own words
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - clock, now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
