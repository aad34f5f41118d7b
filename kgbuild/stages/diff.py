"""What changed in the graph between two runs, in triples.

What the graph holds now is taken from it; an earlier state is read from the hand-over files of the run that wrote it,
with all that persons have decided since, for that was no run's doing.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild.decisions import Decisions
from kgbuild.errors import HandoffError, MissingError
from kgbuild.handoff import read_records
from kgbuild.ontology import load_ontology
from kgbuild.records import ClaimedDocument
from kgbuild.stages.decided import read_reviews
from kgbuild.stages.folders import RUNS, beside_shard, open_store, shard_path, told_os
from kgbuild.stages.runs import kept_settings, read_plan, write_whole

if TYPE_CHECKING:
    from kgbuild.graph import Change, DocumentPatch, Facts, GraphStore

__all__ = ["MissingState", "RunDiff", "diff", "save_patch"]


@dataclass(frozen=True, slots=True)
class MissingState:
    """A document that differs between the runs, but whose triples are not all known any more."""

    document: str
    """IRI of the document."""
    source: str
    """Where it came from."""
    before: int
    """How many triples it stated after the earlier run."""
    after: int
    """How many triples it stated after the later run."""
    files: tuple[str, ...]
    """What is missing: files, or a run's folder."""


@dataclass(frozen=True, slots=True)
class RunDiff:
    """What changed between two runs."""

    before: str
    """IRI of the run that was named first."""
    after: str
    """IRI of the run that was named second."""
    documents: "tuple[DocumentPatch, ...]"
    """Documents whose triples differ, sorted by source."""
    missing: tuple[MissingState, ...]
    """Documents of which only numbers are known, sorted by source; empty when all is known."""

    def to_json(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return asdict(self)


def diff(graph: Path, before: str, after: str) -> RunDiff:
    """Triples added and removed between the graph after one run and after another, by document.

    A run is named by its IRI, the IRI's last part, `latest`, or `latest~N` for the Nth before it; the second may be
    the older one. Raises: MissingError, StoreError, HandoffError.
    """
    from kgbuild.graph import changes_of_runs, runs_in_order

    with open_store(graph) as store:
        runs = [run.iri for run in runs_in_order(store)]
        first, second = _number(before, runs), _number(after, runs)
        low, high = sorted((first, second))
        later = {change.document: change for change in changes_of_runs(store, runs[low + 1 : high + 1])}
        earlier = (change for change in changes_of_runs(store, runs[: low + 1]) if change.document in later)
        old = {change.document: change for change in earlier}
        states = _States(graph, store, Decisions(read_reviews(graph)))
        states.load(change for change in (*old.values(), *later.values()))
        pairs = [(old.get(document), later[document]) for document in later]
        told = [_compare(states, *(pair if first <= second else pair[::-1])) for pair in pairs]
    known = sorted((item for item in told if not isinstance(item, MissingState)), key=_by_source)
    return RunDiff(
        before=runs[first],
        after=runs[second],
        documents=tuple(patch for patch in known if patch.added or patch.removed),
        missing=tuple(sorted((item for item in told if isinstance(item, MissingState)), key=_by_source)),
    )


def save_patch(found: RunDiff, folder: Path) -> tuple[Path, Path]:
    """The files `removed.trig` and `added.trig` in the folder: taking the one out and putting the other in patches.

    Raises: MissingError when not all of the difference is known; StoreError.
    """
    from kgbuild.graph import patch_to_trig

    if found.missing:
        first = found.missing[0]
        raise MissingError(
            f"the patch would lack {len(found.missing)} documents, {first.source!r} among them, for "
            f"{first.files[0]!r} is missing; restore it, or name runs whose files are there",
            subject=found,
        )
    paths = folder / "removed.trig", folder / "added.trig"
    with told_os(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for path, added in zip(paths, (False, True), strict=True):
            write_whole(path, patch_to_trig(found.documents, added=added))
    return paths


@dataclass(slots=True)
class _States:
    """What documents stated after the runs that wrote them."""

    graph: Path
    """Folder of the graph."""
    store: "GraphStore"
    """Its store."""
    decisions: Decisions
    """What persons decided."""
    known: "dict[tuple[str, str], Facts]" = field(default_factory=dict)
    """Facts by run and document."""
    lost: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What is missing of a run."""
    labels: dict[str, str] = field(default_factory=dict)
    """What the ontologies of earlier runs call their terms."""

    def load(self, changes: "Iterable[Change]") -> None:
        """Nothing; the states that the changes led to are known where they can be."""
        from kgbuild.graph import facts_of_document

        current = {iri: entry.run for iri, entry in self.store.catalogue().items()}
        wanted: dict[str, set[str]] = {}
        for change in filter(_is_there, changes):
            if current.get(change.document) == change.run:
                self.known[change.run, change.document] = facts_of_document(self.store, change.document)
            else:
                wanted.setdefault(change.run, set()).add(change.document)
        for run, documents in wanted.items():
            self._read(run, documents)

    def _read(self, run: str, documents: set[str]) -> None:
        from kgbuild.graph import facts_of_claims

        folder = self.graph / RUNS / run.rsplit("/", 1)[-1]
        try:
            settings, shards = kept_settings(folder), read_plan(folder).shards
            ontology = load_ontology(settings.ontology)
            self.labels |= ontology.labels
        except (HandoffError, MissingError) as error:
            self.lost[run] = (str(error.subject),)
            return
        paths = [beside_shard(shard_path(folder, number), "claimed") for number in range(shards)]
        self.lost[run] = tuple(str(path) for path in paths if not path.is_file())
        for path in filter(Path.is_file, paths):
            for item in read_records(path, ClaimedDocument):
                document = item.annotated.document.iri
                if document in documents:
                    decided = self.decisions.apply(item, ontology)
                    self.known[run, document] = facts_of_claims(decided, ontology, settings.graph)

    def called(self, iri: str) -> str:
        """What a property or class is called."""
        from kgbuild.graph import label_of

        return label_of(self.store, iri, self.labels)

    def facts(self, change: "Change | None") -> "Facts | tuple[str, ...]":
        """What a document stated after a change, nothing where it was out of the graph, else what is missing."""
        if change is None or not _is_there(change):
            return frozenset()
        found = self.known.get((change.run, change.document))
        return self.lost.get(change.run, ()) if found is None else found


def _compare(states: _States, before: "Change | None", after: "Change | None") -> "DocumentPatch | MissingState":
    from kgbuild.graph import document_patch

    change = after or before
    if change is None:
        raise MissingError("a document was to be compared that no run has changed; build the graph again")
    old, new = states.facts(before), states.facts(after)
    if isinstance(old, frozenset) and isinstance(new, frozenset):
        return document_patch(change.document, change.source, old, new, called=states.called)
    files = sorted({name for state in (old, new) if isinstance(state, tuple) for name in state})
    was, is_now = (item.triples if item else 0 for item in (before, after))
    return MissingState(change.document, change.source, was, is_now, tuple(files))


def _is_there(change: "Change") -> bool:
    """Whether the document was in the graph after it."""
    return change.action in ("added", "changed")


def _by_source(item: "DocumentPatch | MissingState") -> tuple[str, str]:
    return item.source, item.document


def _number(name: str, runs: Sequence[str]) -> int:
    """The run's place in their order."""
    steps = re.fullmatch(r"latest(?:~([0-9]{1,9}))?", name)
    if steps and int(steps[1] or 0) < len(runs):
        return len(runs) - 1 - int(steps[1] or 0)
    places = {spelling: number for number, run in enumerate(runs) for spelling in (run, run.rsplit("/", 1)[-1])}
    if name not in places:
        near = difflib.get_close_matches(name, places, n=3, cutoff=0.5)
        hint = f"; the nearest are {', '.join(map(repr, near))}" if near else ""
        raise MissingError(
            f"run {name!r} is not among the {len(runs)} runs of the graph; expected an IRI, its last part, 'latest' "
            f"or 'latest~N' with N below {len(runs)}{hint}",
            subject=name,
        )
    return places[name]
