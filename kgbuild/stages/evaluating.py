"""The stage that measures a model on an annotated file."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild.config import Settings
from kgbuild.errors import InputError
from kgbuild.evaluate import (
    UNTYPED,
    GoldDocument,
    PredictedRelation,
    PredictedTriple,
    RelationScores,
    Reliability,
    SpanScores,
    Tally,
    TripleScores,
    score_relations,
    score_reliability,
    score_sentences,
    score_spans,
    score_triples,
    to_annotated,
)
from kgbuild.ontology import Ontology, load_ontology
from kgbuild.records import AnnotatedDocument, ClaimedDocument, Document, ScoredDocument
from kgbuild.stages.figures import Evaluation
from kgbuild.stages.progress import Progress, silent, told
from kgbuild.stages.scoring import scorer_of

if TYPE_CHECKING:
    from kgbuild.checkpoint import Models
    from kgbuild.score.predict import Scorer

__all__ = ["evaluate", "labels_of", "relations_of"]


def evaluate(settings: Settings, data: Path, *, progress: Progress = silent) -> Evaluation:
    """The figures of the model in the settings on an annotated file, of all that the file annotates.

    Properties and types that the file never uses are left out: it cannot tell whether a claim of them is right.
    A file without mentions tells nothing of the recogniser, one without relations nothing of relations, and one
    whose documents are single sentences nothing of where sentences begin.

    Raises: MissingError, InputError, CheckpointError.
    """
    from kgbuild.checkpoint import load_models
    from kgbuild.recognise.annotate import recognise
    from kgbuild.recognise.completion import load_completion
    from kgbuild.recognise.pipelines import load_pipeline
    from kgbuild.resolve import resolve
    from kgbuild.train.data import check_complete, read_gold

    clock = time.monotonic()
    gold = list(read_gold(data))
    if not gold:
        raise InputError(f"annotated file {str(data)!r}: expected at least one document, got none", subject=data)
    check_complete(gold, data)
    models, ontology = load_models(settings.model), load_ontology(settings.ontology)
    nlp = load_pipeline(settings.recognise, model=settings.model, device=settings.device)
    texts = (Document(f"document:{item.id}", item.id, item.text, "", "gold") for item in gold)
    told_texts = told(texts, progress, "recognise", len(gold), size=_one)
    named = recognise(told_texts, nlp, load_completion(settings, ontology))
    annotated = list(resolve(named, settings.graph.base))
    judge = _Judge(settings, models, ontology, progress)
    relations, reliability, end_to_end = judge.relations(gold, annotated) if _related(gold) else (None, None, None)
    return Evaluation(
        documents=len(gold),
        recogniser=_recogniser(gold, annotated),
        sentences=_sentences(gold, annotated),
        relations=relations,
        reliability=reliability,
        end_to_end=end_to_end,
        seconds=time.monotonic() - clock,
    )


def labels_of(gold: Iterable[GoldDocument], ontology: Ontology) -> dict[str, str]:
    """The documents' own label of each property that they use, by its IRI."""
    used = {relation.label for item in gold for relation in item.relations}
    return {ontology.by_key[label].iri: label for label in sorted(used) if label in ontology.by_key}


def relations_of(documents: Iterable[ClaimedDocument], labels: dict[str, str]) -> Iterator[PredictedRelation]:
    """What is claimed between gold entities, by their numbers, as far as there are labels."""
    for item in documents:
        annotated = item.annotated
        numbers = {
            (annotated.mentions[number].start, annotated.mentions[number].end): int(
                str(entity.iri).removeprefix("entity:")
            )
            for entity in annotated.entities
            for number in entity.mentions
        }
        places = {sentence: number for number, sentence in enumerate(annotated.sentences)}
        for claim in item.claims:
            if claim.predicate in labels:
                yield PredictedRelation(
                    annotated.document.source,
                    numbers[claim.subject_mention.start, claim.subject_mention.end],
                    numbers[claim.object_mention.start, claim.object_mention.end],
                    labels[claim.predicate],
                    tuple(places[sentence] for sentence in claim.sentences),
                    claim.probability,
                )


@dataclass(frozen=True, slots=True)
class _Judge:
    """What turns annotated documents into claims, with the settings of one evaluation."""

    settings: Settings
    models: "Models"
    ontology: Ontology
    progress: Progress

    def relations(
        self, gold: Sequence[GoldDocument], annotated: Sequence[AnnotatedDocument]
    ) -> tuple[RelationScores, Reliability, TripleScores]:
        """The figures of the relations, between gold entities and from the raw text."""
        labels = labels_of(gold, self.ontology)
        typed = all(mention.type != UNTYPED for item in gold for mention in item.mentions)
        scorer = scorer_of(self.settings, self.models, self.ontology)
        given = self._scored("score gold entities", [to_annotated(item) for item in gold], scorer)
        accepted = relations_of(self._claims(given, typed=typed), labels)
        kept = relations_of(self._claims(given, typed=typed, everything=True), labels)
        found = self._claims(self._scored("score raw text", annotated, scorer))
        return (
            score_relations(gold, accepted),
            score_reliability(gold, kept),
            score_triples(gold, (triple for item in found for triple in _triples(item, labels))),
        )

    def _scored(self, stage: str, documents: Sequence[AnnotatedDocument], scorer: "Scorer") -> list[ScoredDocument]:
        from kgbuild.score.predict import score

        return list(told(score(documents, scorer), self.progress, stage, len(documents), size=_one))

    def _claims(
        self, scored: Sequence[ScoredDocument], *, typed: bool = True, everything: bool = False
    ) -> Iterator[ClaimedDocument]:
        """The documents with their claims, or with `everything` all that could be claimed.

        Where mentions have no types, domains and ranges are passed over.
        """
        from kgbuild.accept import accept
        from kgbuild.model_folder import type_origins

        wanted = self.settings.accept
        changes: dict[str, object] = {"threshold": 0.0, "precision": None} if everything else {}
        chosen = wanted.model_copy(update=changes | {"check_types": wanted.check_types and typed})
        origins = type_origins(self.settings.model)
        return accept(scored, chosen, self.models.calibration, self.ontology, origins=origins)


def _related(gold: Iterable[GoldDocument]) -> bool:
    return any(item.relations for item in gold)


def _recogniser(gold: Sequence[GoldDocument], annotated: Iterable[AnnotatedDocument]) -> SpanScores | None:
    types = {mention.type for item in gold for mention in item.mentions}
    mentions = {item.document.source: item.mentions for item in annotated}
    return score_spans(gold, mentions, types=None if UNTYPED in types else types) if types else None


def _sentences(gold: Sequence[GoldDocument], annotated: Iterable[AnnotatedDocument]) -> Tally | None:
    if all(len(item.sentences) < 2 for item in gold):
        return None
    return score_sentences(gold, {item.document.source: item.sentences for item in annotated})


def _triples(item: ClaimedDocument, labels: dict[str, str]) -> Iterator[PredictedTriple]:
    for claim in item.claims:
        if claim.predicate in labels:
            yield PredictedTriple(
                item.annotated.document.source,
                claim.subject_mention,
                claim.object_mention,
                claim.subject,
                claim.object if isinstance(claim.object, str) else claim.object.value,
                labels[claim.predicate],
                one_sentence=len(claim.sentences) == 1,
            )


def _one(_: object) -> int:
    return 1
