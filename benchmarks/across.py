"""How well things of different documents are told to be one or two: precision, recall and F1 over pairs.

    python benchmarks/across.py [--data ../shared/data] [--write] [--wrong]

The pairs of `tests/quality/identity_pairs.jsonl` were drawn and decided before the rules were written, one by one, from
the sentences around both mentions and the openings of both documents. The rules were chosen on one half of them; who
wrote the first had read the other half too, but its errors were not looked at. The part `added` was drawn later, from
documents of which no pair is measured, and decided from the words around both mentions before it was known what the
rules make of it; later rules were chosen on it too. The half `measure` has been looked at twice, for its figure alone.
The parts `fresh`, for choosing, and `sealed`, for measuring once, were drawn after that, each pair with a document
that had been in none, and most of names that had been in none. They were decided together and then cut by name, two
thirds to one: who wrote the rules had read the sealed pairs as well, but not what the rules make of them, which was
looked at when the rules were done. The whole of redocred/train and docred_mentions/train is resolved at once, with
gold mentions and types: then a pair is one where both are one thing. Intervals: 95 of 100 resamples of the pairs,
1,000 drawn. `--wrong` prints the pairs for choosing that are decided otherwise than by hand.
"""

import argparse
import hashlib
import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kgbuild.evaluate import GoldDocument, to_annotated
from kgbuild.iris import entity_iri
from kgbuild.records import AnnotatedDocument, Entity
from kgbuild.resolve import resolve
from kgbuild.resolve.across import find_identities
from kgbuild.resolve.across_appearances import appearances_of
from kgbuild.resolve.names import normal_name
from kgbuild.train.data import read_gold

HERE = Path(__file__).resolve().parent
PAIRS = HERE.parent / "tests" / "quality" / "identity_pairs.jsonl"
SETS = ("redocred", "docred_mentions")
BASE = "https://example.org/"
LITERALS = frozenset(["TIME", "NUM"])
PARTS = ("choose", "added", "fresh", "measure", "sealed")
MEASURED = ("measure", "sealed")
HEAD = "| part | way | pairs | one | precision | recall | F1 | F1, 95 % | accuracy |"
RESAMPLES = 1000
GOAL = 0.9
"""F1 that is asked of each part for measuring."""

Spot = tuple[str, int]
"""A mention: the digest of a record's id, and the first character."""


@dataclass(frozen=True)
class Pair:
    """Two mentions of different documents, and what was decided by hand."""

    one: Spot
    """The one."""
    other: Spot
    """The other."""
    same: bool
    """Whether they name one thing."""
    kind: str
    """What makes it hard or easy."""
    half: str
    """One of `PARTS`: those of `MEASURED` for nothing but measuring, the others for choosing rules."""


@dataclass(frozen=True)
class Figures:
    """Pairs counted."""

    hits: int
    """One by hand, and found to be one."""
    invented: int
    """Two by hand, and found to be one."""
    missed: int
    """One by hand, and found to be two."""
    apart: int
    """Two by hand, and found to be two."""

    @property
    def precision(self) -> float:
        """Share of those found to be one that are."""
        return self.hits / max(self.hits + self.invented, 1)

    @property
    def recall(self) -> float:
        """Share of those that are one that are found."""
        return self.hits / max(self.hits + self.missed, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return 2 * self.hits / max(2 * self.hits + self.invented + self.missed, 1)

    @property
    def accuracy(self) -> float:
        """Share of all that are decided as by hand."""
        total = self.hits + self.invented + self.missed + self.apart
        return (self.hits + self.apart) / max(total, 1)


def read_pairs(path: Path = PAIRS) -> list[Pair]:
    """The pairs of the file."""
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [Pair((*row["a"][:2],), (*row["b"][:2],), row["same"], row["kind"], row["half"]) for row in rows]


def read_documents(data: Path) -> list[GoldDocument]:
    """The annotated documents that the pairs are of."""
    return [item for name in SETS for item in read_gold(data / name / "train.jsonl")]


def decide(documents: Sequence[GoldDocument], *, gold_clusters: bool = False) -> tuple[Mapping[Spot, str], ...]:
    """For each mention the thing that its name and type make it, and the one that all documents together make it."""
    annotated = [_gold(item) for item in documents] if gold_clusters else list(_resolved(documents))
    appearances = [found for item in annotated for found in appearances_of(item)]
    identities, _ = find_identities(appearances)
    things = {place: f"{number}" for number, item in enumerate(identities) for place in item.places}
    before, after = {}, {}
    for gold, item in zip(documents, annotated, strict=True):
        digest = hashlib.sha256(gold.id.encode()).hexdigest()[:16]
        for entity in item.entities:
            for number in entity.mentions if entity.iri is not None else ():
                spot = digest, item.mentions[number].start
                before[spot] = entity.iri
                after[spot] = things[entity.iri, item.document.iri]
    return before, after


def count(pairs: Iterable[Pair], things: Mapping[Spot, str]) -> Figures:
    """How the pairs are decided."""
    found = [(pair.same, things[pair.one] == things[pair.other]) for pair in pairs]
    return Figures(*(found.count(case) for case in ((True, True), (False, True), (True, False), (False, False))))


def interval(pairs: Sequence[Pair], things: Mapping[Spot, str]) -> tuple[float, float]:
    """F1 that 95 of 100 resamples of the pairs lie between; the same for the same pairs."""
    draw = random.Random(0)  # noqa: S311 no secret depends on it
    found = sorted(count(draw.choices(pairs, k=len(pairs)), things).f1 for _ in range(RESAMPLES))
    return found[RESAMPLES // 40], found[-RESAMPLES // 40 - 1]


def _resolved(documents: Sequence[GoldDocument]) -> Iterator[AnnotatedDocument]:
    return resolve((replace(to_annotated(item), entities=()) for item in documents), BASE)


def _gold(document: GoldDocument) -> AnnotatedDocument:
    """The document with the gold clusters, named and typed as ours are."""
    item = to_annotated(document)
    merged: dict[str, Entity] = {}
    for entity in item.entities:
        mentions = [item.mentions[number] for number in entity.mentions]
        fullest = max(
            mentions, key=lambda mention: (len(normal_name(mention.text, mention.type).split()), len(mention.text))
        )
        if fullest.type not in LITERALS:
            iri = entity_iri(BASE, normal_name(fullest.text, fullest.type), fullest.type)
            known = merged.get(iri)
            numbers = tuple(sorted({*entity.mentions, *(known.mentions if known else ())}))
            merged[iri] = Entity(iri, fullest.text, fullest.type, numbers)
    return replace(item, entities=tuple(merged.values()))


def main() -> None:
    """Print the table; keep it where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the annotated sets")
    parser.add_argument("--write", action="store_true", help="keep the table in across.md")
    parser.add_argument("--wrong", action="store_true", help="print what is wrong among the pairs for choosing")
    options = parser.parse_args()
    pairs, documents = read_pairs(), read_documents(options.data)
    ways = decide(documents), decide(documents, gold_clusters=True)
    if options.wrong:
        _print_wrong(pairs, ways[0][1], documents)
    text = "\n".join(_table(pairs, ways)) + "\n"
    print(text)
    if options.write:
        from stamp import stamp

        (HERE / "across.md").write_text(f"{stamp()}\n\n{text}", encoding="utf-8")


def _table(pairs: Sequence[Pair], ways: Sequence[Sequence[Mapping[Spot, str]]]) -> Iterator[str]:
    named = {
        "name and type alone": ways[0][0],
        "**across documents**": ways[0][1],
        "the same, gold clusters in each document": ways[1][1],
    }
    yield HEAD
    yield "|" + "---|" * (HEAD.count("|") - 1)
    for half in PARTS:
        for way, things in named.items():
            yield _row(half, way, [pair for pair in pairs if pair.half == half], things)
    yield ""
    for half in MEASURED:
        measured = count((pair for pair in pairs if pair.half == half), ways[0][1]).f1
        met = "met" if measured >= GOAL else "not met"
        yield f"Goal: F1 of {GOAL:.2f} on the part `{half}`, across documents: {met}."
    yield ""
    yield HEAD.replace("part | way", "part | kind")
    yield "|" + "---|" * (HEAD.count("|") - 1)
    for half in PARTS:
        for kind in sorted({pair.kind for pair in pairs}):
            held = [pair for pair in pairs if pair.half == half and pair.kind == kind]
            if held:
                yield _row(half, kind, held, ways[0][1])


def _row(half: str, way: str, pairs: Sequence[Pair], things: Mapping[Spot, str]) -> str:
    found = count(pairs, things)
    low, high = interval(pairs, things)
    shares = [f"{value:.3f}" for value in (found.precision, found.recall, found.f1)]
    shares += [f"{low:.3f} to {high:.3f}", f"{found.accuracy:.3f}"]
    return f"| {half} | {way} | {len(pairs)} | {found.hits + found.missed} | {' | '.join(shares)} |"


def _print_wrong(pairs: Iterable[Pair], things: Mapping[Spot, str], documents: Iterable[GoldDocument]) -> None:
    held = {hashlib.sha256(item.id.encode()).hexdigest()[:16]: item for item in documents}
    for pair in pairs:
        if pair.half not in MEASURED and pair.same != (things[pair.one] == things[pair.other]):
            told = []
            for digest, start in (pair.one, pair.other):
                item = held[digest]
                found = next(mention for mention in item.mentions if mention.start == start)
                told.append(f"{found.text!r} {found.type} in {item.id}")
            print("one by hand" if pair.same else "two by hand", pair.kind, *told, sep=" | ")


if __name__ == "__main__":
    main()
