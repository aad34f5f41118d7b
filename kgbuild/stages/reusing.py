"""What earlier runs have kept, so that other settings redo only what they touch.

A run's folder holds the mentions and the scores of its documents. Where the settings of another run differ in what is
accepted only (threshold, precision, calibration, types), the scores of unchanged texts are copied; where they differ
in the scoring or in the ontology, the mentions are. What was deleted is made anew.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from kgbuild.errors import HandoffError
from kgbuild.handoff import read_records, write_records
from kgbuild.records import AnnotatedDocument, Document, ScoredDocument
from kgbuild.stages.folders import RUNS, beside_shard, shard_path
from kgbuild.stages.runs import Recipes, read_plan
from kgbuild.stages.sharding import write_shards

if TYPE_CHECKING:
    from kgbuild.graph import CatalogueEntry

__all__ = ["Kept", "Level", "find_kept"]

T = TypeVar("T")

Level = Literal["annotated", "scored"]
"""The last stage whose files are still right."""


@dataclass(slots=True)
class Kept:
    """What can be taken from the folders of earlier runs, and what was."""

    graph: Path
    """Folder of the graph."""
    levels: dict[str, Level]
    """How far the files of a run are right, for each run that has kept any."""
    wanted: dict[str, dict[str, Document]] = field(default_factory=dict)
    """Documents to take, by run and IRI, as they are now but without their text."""

    def take(self, document: Document, entry: "CatalogueEntry | None") -> Level | None:
        """How far the document need not be processed again, since it is taken; `None` when nothing of it is kept."""
        if entry is None or entry.digest != document.digest or entry.run not in self.levels:
            return None
        self.wanted.setdefault(entry.run, {})[document.iri] = replace(document, text="")
        return self.levels[entry.run]

    @property
    def most_shards(self) -> int:
        """Shards that must be left for what is taken: one for each level that there may be."""
        return len(set(self.levels.values()))

    def write_shards(self, folder: Path, first: int, last: int, characters: int) -> int:
        """How many shards, from the first number and below the last, hold what was taken with the files of its stages.

        Raises: HandoffError.
        """

        def write_scored(number: int, items: Iterator[ScoredDocument]) -> None:
            shard = shard_path(folder, number)
            write_records(beside_shard(shard, "scored"), items, ScoredDocument)
            again = read_records(beside_shard(shard, "scored"), ScoredDocument)
            write_annotated(number, (item.annotated for item in again))

        def write_annotated(number: int, items: Iterator[AnnotatedDocument]) -> None:
            shard = shard_path(folder, number)
            write_records(beside_shard(shard, "annotated"), items, AnnotatedDocument)
            again = read_records(beside_shard(shard, "annotated"), AnnotatedDocument)
            write_records(shard, (item.document for item in again), Document)

        scored, annotated = self._scored(), self._annotated()
        left = int("annotated" in self.levels.values())
        numbers = range(first, last - left)
        done = write_shards(scored, numbers, characters, size=lambda item: _size(item.annotated), write=write_scored)
        numbers = range(first + done, last)
        return done + write_shards(annotated, numbers, characters, size=_size, write=write_annotated)

    def _scored(self) -> Iterator[ScoredDocument]:
        for now, item in self._records("scored", ScoredDocument, lambda item: item.annotated.document):
            yield replace(item, annotated=replace(item.annotated, document=now))

    def _annotated(self) -> Iterator[AnnotatedDocument]:
        for now, item in self._records("annotated", AnnotatedDocument, lambda item: item.document):
            yield replace(item, document=now)

    def _records(
        self, level: Level, kind: type[T], document_of: Callable[[T], Document]
    ) -> Iterator[tuple[Document, T]]:
        """What the runs of a level have kept of the documents that were taken, each with the document as it is now."""
        for run in sorted(run for run in self.wanted if self.levels[run] == level):
            left, folder = dict(self.wanted[run]), _folder(self.graph, run)
            for path in _files(folder, level):
                for item in _read(path, kind, folder):
                    old = document_of(item)
                    now = left.pop(old.iri, None)
                    if now is not None:
                        yield replace(now, text=old.text), item
            if left:
                raise _spoilt(folder, f"{len(left)} documents that it has written are not in its files")


def find_kept(graph: Path, catalogue: "Mapping[str, CatalogueEntry]", recipes: Recipes, *, max_shards: int) -> Kept:
    """What the runs that wrote the documents have kept and is still right; nothing where no shard is left for it."""
    levels: dict[str, Level] = {}
    for run in sorted({entry.run for entry in catalogue.values() if entry.recipe != recipes.whole}):
        level = _level(_folder(graph, run), recipes)
        if level is not None:
            levels[run] = level
    kept = Kept(graph, levels)
    return kept if kept.most_shards < max_shards else Kept(graph, {})


def _level(folder: Path, recipes: Recipes) -> Level | None:
    try:
        plan = read_plan(folder)
    except HandoffError:
        return None
    right: dict[Level, bool] = {
        "scored": plan.recipes.scored == recipes.scored,
        "annotated": plan.recipes.annotated == recipes.annotated,
    }
    return next((level for level in right if right[level] and all(map(Path.is_file, _files(folder, level)))), None)


def _files(folder: Path, level: Level) -> list[Path]:
    return [beside_shard(shard_path(folder, number), level) for number in range(read_plan(folder).shards)]


def _read(path: Path, kind: type[T], folder: Path) -> Iterator[T]:
    try:
        yield from read_records(path, kind)
    except HandoffError as error:
        raise _spoilt(folder, str(error).partition(";")[0]) from error


def _spoilt(folder: Path, problem: str) -> HandoffError:
    return HandoffError(
        f"run {str(folder)!r}: {problem}; delete that folder and build again, which does its documents anew",
        subject=folder,
    )


def _folder(graph: Path, run: str) -> Path:
    return graph / RUNS / run.rsplit("/", 1)[-1]


def _size(item: AnnotatedDocument) -> int:
    return len(item.document.text)
