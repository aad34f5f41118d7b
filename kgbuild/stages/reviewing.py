"""The stages in which persons decide about claims, one by one."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild.decisions import Decision, Decisions, Review, Verdict, claim_id
from kgbuild.errors import InputError, SettingError
from kgbuild.ontology import Ontology, load_ontology
from kgbuild.stages.conflicts import last_ontology
from kgbuild.stages.decided import append_review, read_reviews
from kgbuild.stages.folders import open_store
from kgbuild.stages.settling import settle
from kgbuild.stages.writing import finish_pending

if TYPE_CHECKING:
    from kgbuild.graph import Explanation, GraphStore, ReviewableClaim

__all__ = ["Answer", "Question", "Reviewing", "decide", "review", "settle_decisions"]


@dataclass(frozen=True, slots=True)
class Question:
    """A claim as it is put to a person."""

    id: str
    """Name of the claim, 16 hexadecimal digits."""
    claim: "ReviewableClaim"
    """The claim."""
    label: str
    """The relation's label; its IRI in words where the ontology lacks it."""
    definition: str
    """The relation's definition; empty where there is none."""
    decision: Decision | None
    """What was decided before and is in force; `None` where nothing was."""

    @property
    def shown(self) -> "Explanation":
        """What a person sees of the claim."""
        return self.claim.shown


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says to a question."""

    question: Question
    """The question."""
    verdict: Verdict
    """What is said."""
    correction: str = ""
    """IRI of the property that holds instead where the verdict is `corrected`; else empty."""


@dataclass(frozen=True, slots=True)
class Reviewing:
    """What there is to review."""

    questions: tuple[Question, ...]
    """The questions, those of the lowest probability first, and what was skipped before last."""
    ontology: Ontology
    """What the relations are called, and by which others a claim may be corrected."""

    def relation(self, name: str) -> str:
        """IRI of the property that is named by its label, local name, IRI, or that of an equivalent.

        Raises: InputError.
        """
        found = self.ontology.by_key.get(name)
        if found is None:
            labels = [item.label for item in self.ontology.properties]
            near = difflib.get_close_matches(name, labels, n=3, cutoff=0.5)
            hint = f"; the nearest are {', '.join(map(repr, near))}" if near else ""
            raise InputError(
                f"relation {name!r} is unknown, expected the label, local name or IRI of a property of the "
                f"ontology{hint}",
                subject=name,
            )
        return found.iri


def review(
    graph: Path,
    *,
    now: datetime,
    decided: bool = False,
    limit: int | None = None,
    ontology: Path | None = None,
) -> Reviewing:
    """The claims without a decision, or with `decided` those that have one, the last decision first.

    Raises: MissingError, StoreError, OntologyError, HandoffError.
    """
    finish_pending(graph, now)
    with open_store(graph) as store:
        terms = load_ontology(ontology or last_ontology(store, graph))
        made = Decisions(read_reviews(graph))
        found = _decided(store, made) if decided else _open(store, made)
        questions = {claim_id(item.place, item.relation): item for item in _distinct(found, limit)}
        return Reviewing(tuple(_question(id, item, terms, made) for id, item in questions.items()), terms)


def decide(graph: Path, answers: Sequence[Answer], *, author: str, now: datetime) -> int:
    """How many answers say something new: they are kept under the author's name. `settle_decisions` makes them count.

    Raises: SettingError, HandoffError, StoreError.
    """
    name = " ".join(author.encode(errors="replace").decode().split())
    if not name:
        raise SettingError("author '' is empty; name who decides with --author", subject=author)
    made = Decisions(read_reviews(graph))
    fresh = [item for item in map(_decision, answers) if _is_new(item, made.about(item.place, item.relation))]
    if fresh:
        time = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        append_review(graph, Review(name, time, tuple(fresh)))
    return len(fresh)


def settle_decisions(graph: Path, *, now: datetime) -> int:
    """How many decisions were new to the graph; it holds what they say now, as far as their passages are there.

    Raises: MissingError, HandoffError, StoreError.
    """
    finish_pending(graph, now)
    return settle(graph)


def _open(store: "GraphStore", made: Decisions) -> "Iterator[ReviewableClaim]":
    """The claims that persons leave to the model; those that somebody skipped come last."""
    from kgbuild.graph import claims_by_doubt

    skipped = []
    for item in claims_by_doubt(store):
        before = made.about(item.place, item.relation)
        if before is not None and before.verdict == "skipped":
            skipped.append(item)
        elif before is None or not before.says:
            yield item
    yield from skipped


def _decided(store: "GraphStore", made: Decisions) -> "Iterator[ReviewableClaim]":
    """The claims of the decisions in force, the last first; those of documents that the graph lacks too."""
    from kgbuild.graph import to_reviewable

    documents = {entry.source: iri for iri, entry in store.catalogue().items()}
    for item in reversed([item for item in made.in_force() if item.says]):
        yield to_reviewable(item, documents.get(item.place.source, ""))


def _distinct(found: "Iterable[ReviewableClaim]", limit: int | None) -> "Iterator[ReviewableClaim]":
    """Claims of different names: a document may say the same sentence twice, and is asked about it once."""
    seen: set[str] = set()
    fresh = (item for item in found if claim_id(item.place, item.relation) not in seen)
    for item in islice(fresh, limit):
        seen.add(claim_id(item.place, item.relation))
        yield item


def _question(id: str, item: "ReviewableClaim", ontology: Ontology, made: Decisions) -> Question:
    known = ontology.by_iri.get(item.relation)
    label, definition = (known.label, known.definition) if known else (item.shown.predicate_label, "")
    named = replace(item, shown=replace(item.shown, predicate_label=label))
    return Question(id, named, label, definition, made.about(item.place, item.relation))


def _decision(answer: Answer) -> Decision:
    claim, before = answer.question.claim, answer.question.decision
    again = before if before is not None and before.relation == claim.relation else None
    probability = again.probability if again else claim.shown.probability  # the model's, not that of the decision
    if answer.correction == claim.relation:
        raise InputError(
            f"relation {claim.relation!r} is the one that was claimed; correct it to another, or accept it",
            subject=answer,
        )
    return Decision(claim.place, claim.relation, answer.verdict, answer.correction, probability)


def _is_new(item: Decision, before: Decision | None) -> bool:
    """Whether a decision says anything but what is in force; to skip takes nothing back."""
    if item.verdict == "skipped":
        return before is None or before.verdict == "undone"
    if before is None or before.relation != item.relation:
        return item.says or (before is not None and before.says)
    return (item.verdict, item.correction) != (before.verdict, before.correction)
