"""What happened to a document, run by run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild.stages.folders import open_store
from kgbuild.stages.naming import documents_named

if TYPE_CHECKING:
    from kgbuild.graph import Action, Change, RunFacts

__all__ = ["HistoryEntry", "history"]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """What one run did to one document."""

    source: str
    """Where the document came from."""
    document: str
    """IRI of the document."""
    when: str
    """When the run ended, ISO 8601 in UTC."""
    action: "Action"
    """What happened: added, changed, removed, retracted or restored."""
    digest: str
    """SHA-256 of the text that was written, or that went; 64 hexadecimal digits."""
    triples: int
    """Distinct triples that the document states after it, at least 0."""
    model: str
    """IRI of the model that read it; empty where nothing was read."""
    ontology: str
    """IRI of the ontology whose relations were looked for; empty where nothing was read."""
    threshold: float | None
    """Least probability that was accepted, 0 to 1; `None` where there was none."""
    precision: float | None
    """Precision that was asked for instead, 0 to 1; `None` where none was."""
    reason: str
    """Why, in the operator's words; empty when none were given."""
    run: str
    """IRI of the run."""


def history(graph: Path, document: str) -> list[HistoryEntry]:
    """What happened to the document that is named, in the order of the runs; a path may name several, one by one.

    Raises: MissingError, StoreError.
    """
    from kgbuild.graph import changes_of_document, known_sources, retractions, runs_in_order

    with open_store(graph) as store:
        known: dict[str, tuple[str, ...]] = {iri: (source,) for iri, source in known_sources(store).items()}
        known |= {iri: (entry.source, entry.origin) for iri, entry in store.catalogue().items()}
        known |= {iri: (entry.source, entry.origin) for iri, entry in retractions(store).items()}
        runs = {run.iri: run for run in runs_in_order(store)}
        named = documents_named([document], known)
        return [entry for iri in named for entry in _told(changes_of_document(store, iri), runs)]


def _told(changes: "list[Change]", runs: "Mapping[str, RunFacts]") -> "Iterator[HistoryEntry]":
    for change in changes:
        run = runs[change.run]
        # a run uses a model, which kgbuild names below its base, and an ontology, which has a name of its own
        read = change.action in ("added", "changed")
        models = [iri for iri in run.used if iri.startswith(f"{run.iri.rpartition('run/')[0]}model/")]
        others = [iri for iri in run.used if iri not in models]
        yield HistoryEntry(
            source=change.source,
            document=change.document,
            when=run.ended,
            action=change.action,
            digest=change.digest,
            triples=change.triples,
            model=", ".join(models) if read else "",
            ontology=", ".join(others) if read else "",
            threshold=run.threshold if read else None,
            precision=run.precision if read else None,
            reason=change.reason,
            run=change.run,
        )
