"""Scores to claims: calibrated, compared with a threshold, checked; each refusal counted with its reason."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from kgbuild.calibration import POOLED, Calibration
from kgbuild.config import AcceptSettings
from kgbuild.errors import InputError, SettingError
from kgbuild.objects import object_of
from kgbuild.ontology import VALUE_TYPES, Ontology, Property
from kgbuild.records import (
    AnnotatedDocument,
    Claim,
    ClaimedDocument,
    Entity,
    Literal,
    PairScore,
    Refusal,
    ScoredDocument,
    Span,
)
from kgbuild.rivals import exclude_rivals

__all__ = ["accept"]

_TOO_FAR = "pair-too-far"
_BELOW = "below-threshold"
_SAME = "same-entity"
_LITERAL = "literal-subject"
_TYPE = "type"
_DATATYPE = "datatype"
_DETAILS = {
    _TOO_FAR: "expected head and tail near enough to be read together, came a longer way between them",
    _BELOW: "expected a probability from the threshold on, came a lower one",
    _SAME: "expected two entities, came two mentions of one",
    _LITERAL: "expected an entity as head, came a date or number",
    _TYPE: "expected types within domain and range, came others",
    _DATATYPE: "expected a thing, or a value that a datatype of the range can hold, came another tail",
}


def accept(
    documents: Iterable[ScoredDocument],
    settings: AcceptSettings,
    calibration: Calibration,
    ontology: Ontology,
    *,
    origins: Mapping[str, str],
) -> Iterator[ClaimedDocument]:
    """The documents with their accepted claims, and one `Refusal` for each reason with its count.

    A score is refused for the first of these that holds: its probability is below the threshold, both mentions name
    one entity, the head is a literal, a type lies outside domain or range (a property that the ontology does not
    know has neither), the tail cannot be a value of the range's datatypes, or is a value where a thing is wanted.
    Types of one origin may stand for one another (`model_folder.type_origins`): few examples tell a book from another
    literary work far less surely than a written work from a person.
    Of a functional property's tails one at most holds, which is in the probabilities (`rivals`).
    Pairs that were never scored are counted too. A symmetric property is claimed as it was scored.
    A claim has the sentence of its two mentions, or both where they stand in different ones.

    Raises: SettingError at the call, when a precision is wanted that the model is not calibrated for; InputError
    when a mention is in no entity.
    """
    threshold = _threshold_of(settings, calibration)
    allowed = _type_check(ontology, origins) if settings.check_types else _any_type
    return (_accept_document(document, calibration, threshold, allowed, ontology.by_iri) for document in documents)


def _threshold_of(settings: AcceptSettings, calibration: Calibration) -> Callable[[str], float]:
    """What tells the lowest probability to accept for a property; above 1 when nothing is to be accepted."""
    wanted = settings.precision
    if wanted is None:
        return lambda _: settings.threshold
    parts = [calibration] if calibration.others is None else [calibration, calibration.others]
    if not all(part.fitted for part in parts):
        raise SettingError(
            f"setting 'accept.precision': {wanted!r} needs a calibrated model, came one that is not; calibrate it with "
            "`kgbuild calibrate DATA.jsonl --model FOLDER`, train or choose a calibrated model, or set a threshold",
            subject=wanted,
        )
    for part in parts:
        replace(part, others=None).threshold(POOLED, wanted)
    known: dict[str, float] = {}

    def look_up(property: str) -> float:
        if property not in known:
            reached = calibration.threshold(property, wanted)
            known[property] = 2.0 if reached is None else reached
        return known[property]

    return look_up


def _type_check(ontology: Ontology, origins: Mapping[str, str]) -> Callable[[str, str, str], bool]:
    classes = frozenset(ontology.class_by_notation)

    def fits(type: str, wanted: frozenset[str]) -> bool:
        begun = {origins[name] for name in wanted if name in origins}
        return origins.get(type) in begun or _fits(type, wanted, classes)

    def allowed(property: str, head: str, tail: str) -> bool:
        known = ontology.by_iri.get(property)
        return known is None or (fits(head, known.domain) and fits(tail, known.range))

    return allowed


def _fits(type: str, wanted: frozenset[str], classes: frozenset[str]) -> bool:
    """Whether an entity of `type` may stand where `wanted` are asked for; nothing asked for takes all.

    A type that the ontology has no class for may be any of its classes, but not a date or a number.
    """
    if not wanted or type in wanted:
        return True
    return type not in classes and type not in VALUE_TYPES and not wanted <= VALUE_TYPES


def _any_type(_property: str, _head: str, _tail: str) -> bool:
    return True


def _accept_document(
    document: ScoredDocument,
    calibration: Calibration,
    threshold: Callable[[str], float],
    allowed: Callable[[str, str, str], bool],
    properties: Mapping[str, Property],
) -> ClaimedDocument:
    scores = document.scores
    apart = [document.annotated.stand_apart(score.head, score.tail) for score in scores]
    asked = [score.property for score in scores]
    probabilities = calibration.probabilities([score.logit for score in scores], apart, asked)
    owners = _owners(document.annotated) if scores else []
    probabilities = exclude_rivals(probabilities, scores, owners, properties)
    passing = np.flatnonzero(probabilities >= np.array([threshold(property) for property in asked])).tolist()
    refused = Counter({_TOO_FAR: document.unscored, _BELOW: len(scores) - len(passing)})
    claims = []
    for number in passing:
        score = scores[number]
        head, tail = owners[score.head], owners[score.tail]
        reason = _reason_against(score.property, head, tail, allowed)
        value = object_of(properties.get(score.property), tail, document.annotated.mentions[score.tail].text)
        if reason is None and value is not None:
            claims.append(_claim(document.annotated, score, head, value, float(probabilities[number])))
        else:
            refused[reason or _DATATYPE] += 1
    claims.sort(key=lambda claim: (claim.sentences, claim.subject_mention, claim.object_mention, claim.predicate))
    source = document.annotated.document.source
    return ClaimedDocument(document.annotated, tuple(claims), tuple(_refusals(source, refused)), document.pairs)


def _owners(annotated: AnnotatedDocument) -> Sequence[Entity]:
    """The entity of each mention.

    Raises: InputError.
    """
    owners = {number: entity for entity in annotated.entities for number in entity.mentions}
    missing = len(annotated.mentions) - len(owners)
    if missing:
        raise InputError(
            f"document {annotated.document.source!r}: expected each of its {len(annotated.mentions)} mentions in an "
            f"entity, came {missing} without; resolve the document before it is scored",
            subject=annotated,
        )
    return [owners[number] for number in range(len(annotated.mentions))]


def _reason_against(property: str, head: Entity, tail: Entity, allowed: Callable[[str, str, str], bool]) -> str | None:
    if head is tail:
        return _SAME
    if head.iri is None:
        return _LITERAL
    return None if allowed(property, head.type, tail.type) else _TYPE


def _claim(
    annotated: AnnotatedDocument, score: PairScore, head: Entity, target: str | Literal, probability: float
) -> Claim:
    if head.iri is None:
        raise InputError(f"entity {head.name!r} has no IRI; resolve the document again", subject=head)
    subject, value = annotated.mentions[score.head], annotated.mentions[score.tail]
    return Claim(
        subject=head.iri,
        predicate=score.property,
        object=target,
        probability=probability,
        sentences=tuple(annotated.sentences[number] for number in sorted({subject.sentence, value.sentence})),
        subject_mention=Span(subject.start, subject.end),
        object_mention=Span(value.start, value.end),
    )


def _refusals(source: str, refused: Counter[str]) -> Iterator[Refusal]:
    for reason, detail in _DETAILS.items():
        if refused[reason]:
            stage = "score" if reason == _TOO_FAR else "accept"
            yield Refusal(stage, source, reason, detail, refused[reason])
