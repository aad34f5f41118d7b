"""What a run leaves beside its hand-over files: plan and settings before, summary after, and what it refused."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kgbuild.config import Settings
from kgbuild.errors import HandoffError
from kgbuild.iris import digest_of
from kgbuild.rdf_files import copy_as_turtle
from kgbuild.records import Refusal

__all__ = [
    "BuildSummary",
    "DocumentCounts",
    "Linking",
    "Plan",
    "Recipes",
    "keep_settings",
    "kept_settings",
    "read_json",
    "read_plan",
    "read_summary",
    "run_id",
    "write_json",
    "write_plan",
    "write_refusals",
    "write_summary",
    "write_whole",
]

_PLAN, _SUMMARY, _REFUSALS, _SETTINGS, _ONTOLOGY = (
    *("plan.json", "summary.json", "refusals.jsonl"),
    *("settings.json", "ontology.ttl"),
)


@dataclass(frozen=True, slots=True)
class DocumentCounts:
    """What a run found and did, by documents."""

    added: int = 0
    """New in the graph."""
    changed: int = 0
    """In the graph with another text, from another file, or by other settings, model or ontology."""
    unchanged: int = 0
    """In the graph as they are; they cost nothing."""
    removed: int = 0
    """Gone from the corpus and so from the graph."""
    refused: int = 0
    """Set aside with a reason."""
    retracted: int = 0
    """Left out since an operator retracted them and they have not changed; in a retraction, those that it took out."""
    reaccepted: int = 0
    """Among the changed ones those whose scores were kept, so that only acceptance was done again."""
    rescored: int = 0
    """Among the changed ones those whose mentions were kept, so that scoring and acceptance were done again."""


@dataclass(frozen=True, slots=True)
class Recipes:
    """What decides what a run makes of a document, its text apart, as hashes of 64 hexadecimal digits."""

    annotated: str = ""
    """Of all that decides which mentions are found."""
    scored: str = ""
    """Of that, and of all that decides how pairs are scored."""
    whole: str = ""
    """Of all that decides what the graph holds of a document."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is to do."""

    run: str
    """IRI of the run; empty when nothing has changed."""
    previous: str | None
    """IRI of the run before it, if there was one."""
    recipe: str
    """Hash of the settings, model and ontology, 64 hexadecimal digits."""
    used: tuple[str, ...]
    """IRIs of the model and of the ontology."""
    started: datetime
    """When it began, with its time zone."""
    paths: tuple[str, ...]
    """The corpus: files, folders, globs or URLs."""
    shards: int
    """Shards that hold the added and changed documents."""
    documents: DocumentCounts
    """How many documents are added, changed, unchanged, removed, refused."""
    removed: tuple[str, ...]
    """IRIs of the documents that vanished, sorted."""
    refusals: tuple[Refusal, ...]
    """What `ingest` set aside."""
    retracted: tuple[str, ...] = ()
    """IRIs of the documents that an operator withdraws with this run, sorted."""
    restored: tuple[str, ...] = ()
    """IRIs of the retracted documents that may come back from this run on, sorted."""
    reason: str = ""
    """Why they are withdrawn or may come back, in the operator's words; empty when none were given."""
    recipes: Recipes = Recipes()
    """By what its files were made, stage by stage: a later run may take those that are still right."""

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.shards or self.removed or self.by_hand)

    @property
    def by_hand(self) -> bool:
        """Whether an operator withdraws documents, or lets them come back: such a run reads no corpus."""
        return bool(self.retracted or self.restored)

    @property
    def base(self) -> str:
        """IRI that the run's names begin with (setting `graph.base`); empty when it has no name."""
        return self.run.rpartition("run/")[0]


@dataclass(frozen=True, slots=True)
class Linking:
    """What `resolve` did."""

    entities: int
    """Entities of the graph by name and type."""
    things: int
    """What they come to: entities that are one, and parts of those that are several, counted once."""
    merges: int
    """Entities that are another one, in the graph now."""
    splits: int
    """Appearances of an entity that are another thing in their document, in the graph now."""
    decisions: int
    """Decisions of persons that count."""
    doubts: int
    """Pairs that a person should look at, links to the vocabulary among them."""
    changed: int
    """Quads that came or went."""
    links: int = 0
    """Things that are an entry of the vocabulary, in the graph now."""
    notes: tuple[str, ...] = ()
    """What of the vocabulary was read otherwise than it stands there, a line for each kind of thing."""

    def to_json(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """What a build did."""

    documents: DocumentCounts
    """How many documents were added, changed, unchanged, removed, refused."""
    sentences: int
    """Sentences of the documents that it processed."""
    mentions: int
    """Mentions found in them."""
    pairs: int
    """Candidate pairs scored."""
    claims: int
    """Claims accepted, each one place where a triple was read."""
    triples: int
    """Distinct triples among the claims."""
    seconds: float
    """Time since the run began, seconds: until `write` began, or until all was done where `build` tells it."""
    run: str | None
    """IRI of the run; `None` when nothing had changed and nothing was written."""
    folder: str
    """The run's folder; empty when there is none."""
    refusals: tuple[Refusal, ...]
    """What was set aside, with its reason: documents, and scores by count."""
    linking: Linking | None = None
    """What its `resolve` did, where `build` ended with one; the summary in the run's folder is written before it."""

    def to_json(self) -> dict[str, Any]:
        """The summary as JSON can hold it; `refused` lists what was set aside."""
        fields = asdict(self)
        fields["refused"] = fields.pop("refusals")
        return fields


def write_plan(folder: Path, plan: Plan) -> None:
    """Nothing; the plan is in the folder, whole."""
    write_json(folder / _PLAN, asdict(plan) | {"started": plan.started.isoformat()})


def read_plan(folder: Path) -> Plan:
    """The plan of a run's folder. Raises: HandoffError."""
    value = read_json(folder / _PLAN)
    try:
        return Plan(
            run=value["run"],
            previous=value["previous"],
            recipe=value["recipe"],
            used=tuple(value["used"]),
            started=datetime.fromisoformat(value["started"]),
            paths=tuple(value["paths"]),
            shards=value["shards"],
            documents=DocumentCounts(**value["documents"]),
            removed=tuple(value["removed"]),
            refusals=tuple(Refusal(**item) for item in value["refusals"]),
            retracted=tuple(value.get("retracted", ())),
            restored=tuple(value.get("restored", ())),
            reason=value.get("reason", ""),
            recipes=Recipes(**value.get("recipes", {})),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise HandoffError(f"run {str(folder)!r}: {_PLAN} is not a plan: {error!r}", subject=folder) from error


def write_summary(folder: Path, summary: BuildSummary) -> None:
    """Nothing; the summary is in the folder, whole."""
    write_json(folder / _SUMMARY, summary.to_json())


def read_summary(folder: Path) -> BuildSummary | None:
    """The summary of a run's folder; `None` while the run is not complete. Raises: HandoffError."""
    if not (folder / _SUMMARY).is_file():
        return None
    value = read_json(folder / _SUMMARY)
    try:
        refusals = tuple(Refusal(**item) for item in value.pop("refused"))
        return BuildSummary(**(value | {"documents": DocumentCounts(**value["documents"]), "refusals": refusals}))
    except (KeyError, TypeError) as error:
        raise HandoffError(f"run {str(folder)!r}: {_SUMMARY} is not a summary: {error!r}", subject=folder) from error


def run_id(previous: str | None, recipe: str, changes: list[tuple[str, str, str]]) -> str:
    """Name of a run: a hash of the run before it, its recipe, and each document's IRI, old and new digest."""
    return digest_of(previous or "", recipe, *("\t".join(change) for change in sorted(changes)))[:16]


def write_refusals(folder: Path, refusals: Iterable[Refusal]) -> None:
    """Nothing; the refusals are in the folder, one JSON object a line."""
    lines = (json.dumps(asdict(refusal), ensure_ascii=False) + "\n" for refusal in refusals)
    write_whole(folder / _REFUSALS, "".join(lines))


def keep_settings(folder: Path, settings: Settings) -> None:
    """Nothing; the settings and their ontology are in the folder, so that a run can be completed after they changed."""
    copy_as_turtle(settings.ontology, folder / _ONTOLOGY)
    write_whole(folder / _SETTINGS, settings.model_dump_json(indent=2) + "\n")


def kept_settings(folder: Path) -> Settings:
    """The settings that a run was planned with, the ontology among them. Raises: HandoffError."""
    try:
        kept = Settings.model_validate(read_json(folder / _SETTINGS))
    except ValidationError as error:
        raise HandoffError(
            f"run {str(folder)!r}: {_SETTINGS} is of another version of kgbuild; complete the run with that version",
            subject=folder,
        ) from error
    return kept.model_copy(update={"ontology": folder / _ONTOLOGY})


def write_whole(path: Path, text: str) -> None:
    """Nothing; the file holds the text, or what it held before."""
    beside = path.with_name(f".{path.name}.part")
    with beside.open("w", encoding="utf-8", errors="replace") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Nothing; the file holds the value as JSON, or what it held before."""
    write_whole(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """The value of a run's JSON file. Raises: HandoffError."""
    try:
        value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise HandoffError(
            f"run file {str(path)!r} is missing or damaged: {error}; build again", subject=path
        ) from error
    return value
