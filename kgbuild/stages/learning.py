"""Stages that measure a model, and that make one."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild.config import Settings
from kgbuild.errors import InputError
from kgbuild.evaluate import (
    UNTYPED,
    GoldDocument,
    PredictedRelation,
    PredictedTriple,
    RelationScores,
    Scores,
    SpanScores,
    TripleScores,
    score_relations,
    score_spans,
    score_triples,
    to_annotated,
)
from kgbuild.ontology import Ontology, load_ontology
from kgbuild.records import AnnotatedDocument, ClaimedDocument, Document
from kgbuild.stages.progress import Progress, silent, told

if TYPE_CHECKING:
    from kgbuild.calibration import Calibration
    from kgbuild.score.predict import Scorer

__all__ = ["Evaluation", "evaluate", "train"]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a model does on an annotated file."""

    documents: int
    """Documents in the file."""
    recogniser: SpanScores
    """Mentions found in the raw text."""
    relations: RelationScores
    """Relations of pairs that share a sentence, mentions given."""
    end_to_end: TripleScores
    """Triples found in the raw text."""
    seconds: float
    """Time taken, seconds."""

    def to_json(self) -> dict[str, Any]:
        """All figures as JSON can hold them."""
        return {
            "documents": self.documents,
            "recogniser": {
                "strict": _figures(self.recogniser.strict),
                "span": _figures(self.recogniser.place),
                "types": {name: _figures(scores) for name, scores in self.recogniser.by_type},
            },
            "relations": {
                "gold_mentions": _figures(self.relations.total),
                "labels": {name: _figures(scores) for name, scores in self.relations.by_label},
            },
            "end_to_end": {
                "same_sentence": _figures(self.end_to_end.same_sentence),
                "all": _figures(self.end_to_end.everything),
            },
            "seconds": round(self.seconds, 2),
        }


def evaluate(settings: Settings, data: Path, *, progress: Progress = silent) -> Evaluation:
    """The figures of the model in the settings on an annotated file.

    Properties and types that the file never uses are left out: it cannot tell whether a claim of them is right.
    Raises: MissingError, InputError, CheckpointError.
    """
    from kgbuild.checkpoint import load_models
    from kgbuild.model.device import choose_device
    from kgbuild.recognise.annotate import recognise
    from kgbuild.recognise.pipelines import load_pipeline
    from kgbuild.resolve import resolve
    from kgbuild.score.predict import Scorer
    from kgbuild.train.data import read_gold

    clock = time.monotonic()
    gold = list(read_gold(data))
    if not gold:
        raise InputError(f"annotated file {str(data)!r}: expected at least one document, got none", subject=data)
    models, ontology = load_models(settings.model), load_ontology(settings.ontology)
    nlp = load_pipeline(settings.recognise, model=settings.model, device=settings.device)
    texts = (Document(f"document:{item.id}", item.id, item.text, "", "gold") for item in gold)
    found = resolve(recognise(told(texts, progress, "recognise", len(gold), size=_one), nlp), settings.graph.base)
    annotated = list(found)
    device = choose_device(settings.device)
    scorer = Scorer(
        models.relations, models.tokenizer, models.recogniser.types, ontology, settings.score, device=device
    )
    labels = _labels(gold, ontology)
    judge = _Judge(settings, scorer, models.calibration, ontology, progress)
    types = {mention.type for item in gold for mention in item.mentions}
    given = judge.claims("score gold mentions", [to_annotated(item) for item in gold], typed=UNTYPED not in types)
    claimed = judge.claims("score raw text", annotated)
    unknown = {mention.type for item in annotated for mention in item.mentions} - types
    return Evaluation(
        documents=len(gold),
        recogniser=score_spans(gold, {item.document.source: item.mentions for item in annotated}, leave_out=unknown),
        relations=score_relations(gold, (relation for item in given for relation in _relations(item, labels))),
        end_to_end=score_triples(gold, (triple for item in claimed for triple in _triples(item, labels))),
        seconds=time.monotonic() - clock,
    )


def train(
    settings: Settings, data: Path, output: Path, *, work: Path, base: str, report: Callable[[str], None]
) -> Path:
    """The folder of the trained model; `work` keeps checkpoints, from which a killed training goes on.

    Raises: MissingError, InputError, CheckpointError.
    """
    from kgbuild.checkpoint import load_base, save_models
    from kgbuild.model.device import choose_device
    from kgbuild.train.models import train_models

    ontology = load_ontology(settings.ontology)
    device = choose_device(settings.device)
    trained = train_models(data, load_base(base), ontology, device=device, work=work, report=report)
    facts = {"data": list(trained.data), "ontology": ontology.digest, "held_out": trained.held_out}
    save_models(output, trained.recogniser, trained.relations, trained.base, trained.calibration, facts=facts)
    return output


@dataclass(frozen=True, slots=True)
class _Judge:
    """What turns annotated documents into claims, with the settings of one evaluation."""

    settings: Settings
    scorer: "Scorer"
    calibration: "Calibration"
    ontology: Ontology
    progress: Progress

    def claims(
        self, stage: str, documents: Sequence[AnnotatedDocument], *, typed: bool = True
    ) -> list[ClaimedDocument]:
        """The documents with their claims; where mentions have no types, domains and ranges are passed over."""
        from kgbuild.accept import accept
        from kgbuild.score.predict import score

        scored = told(score(documents, self.scorer), self.progress, stage, len(documents), size=_one)
        wanted = self.settings.accept
        wanted = wanted if typed else wanted.model_copy(update={"check_types": False})
        return list(accept(scored, wanted, self.calibration, self.ontology))


def _labels(gold: Sequence[GoldDocument], ontology: Ontology) -> dict[str, str]:
    """The file's own label of each property that it uses."""
    used = {relation.label for item in gold for relation in item.relations}
    return {ontology.by_key[label].iri: label for label in sorted(used) if label in ontology.by_key}


def _relations(item: ClaimedDocument, labels: dict[str, str]) -> list[PredictedRelation]:
    """What is claimed between gold entities, by their numbers."""
    mentions = item.annotated.mentions
    numbers = {
        (mentions[number].start, mentions[number].end): int(str(entity.iri).removeprefix("entity:"))
        for entity in item.annotated.entities
        for number in entity.mentions
    }
    return [
        PredictedRelation(
            item.annotated.document.source,
            numbers[claim.subject_mention.start, claim.subject_mention.end],
            numbers[claim.object_mention.start, claim.object_mention.end],
            labels[claim.predicate],
        )
        for claim in item.claims
        if claim.predicate in labels
    ]


def _triples(item: ClaimedDocument, labels: dict[str, str]) -> list[PredictedTriple]:
    return [
        PredictedTriple(
            item.annotated.document.source,
            claim.subject_mention,
            claim.object_mention,
            claim.subject,
            claim.object if isinstance(claim.object, str) else claim.object.value,
            labels[claim.predicate],
        )
        for claim in item.claims
        if claim.predicate in labels
    ]


def _figures(scores: Scores) -> dict[str, float | int]:
    shares = {name: round(getattr(scores, name), 4) for name in ("precision", "recall", "f1")}
    return shares | asdict(scores)


def _one(_: object) -> int:
    return 1
