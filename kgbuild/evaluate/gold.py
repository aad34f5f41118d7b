"""Annotated documents as they are judged by: one JSON object of an annotated file to one record, checked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from kgbuild.errors import InputError
from kgbuild.records import AnnotatedDocument, Document, Entity, Mention, Span

__all__ = [
    "UNTYPED",
    "GoldDocument",
    "GoldRelation",
    "Predicted",
    "check_documents",
    "to_annotated",
    "to_gold",
    "told_complete",
    "with_predictions",
]

UNTYPED = ""
"""`Mention.type` of a gold mention whose type is not annotated."""


class Predicted(Protocol):
    """A record of what was predicted at some place of a gold document."""

    @property
    def document(self) -> str:
        """Id of the document."""
        ...


_P = TypeVar("_P", bound=Predicted)


@dataclass(frozen=True, slots=True)
class GoldRelation:
    """A relation between two entities of a document."""

    head: int
    """Number of the head entity."""
    tail: int
    """Number of the tail entity."""
    label: str
    """The property, under any key that the ontology knows."""
    evidence: tuple[int, ...]
    """Numbers of the sentences that show it, as far as annotated."""
    probability: float = 1.0
    """How sure the annotation is, above 0; 1 where nobody doubts it."""


@dataclass(frozen=True, slots=True)
class GoldDocument:
    """A document with everything that is annotated in it."""

    id: str
    """Its name in the file."""
    text: str
    """The whole text."""
    sentences: tuple[Span, ...]
    """Sentences in order, disjoint."""
    mentions: tuple[Mention, ...]
    """Mentions ordered by start, disjoint; type `UNTYPED` where none is annotated."""
    entities: tuple[int, ...]
    """The entity of each mention, in the same order."""
    relations: tuple[GoldRelation, ...]
    """All annotated relations, those of entities without a mention too: they can only be missed."""
    denied: tuple[GoldRelation, ...] = ()
    """Relations that are known not to hold; what is neither annotated nor denied is as complete as the set says."""
    dropped: int = 0
    """Mentions left out because they overlap one before them, at least 0."""
    unclear: frozenset[tuple[int, int]] = frozenset()
    """Ordered pairs of entities, head first, of which less is known than the set says."""
    partial: bool = False
    """Whether nothing is known but what is annotated and denied, whatever the set says (`"complete": false`)."""
    asked: frozenset[str] | None = None
    """Keys of the properties that the annotation covers, `None` where it covers its set's; scores heed it not."""
    open: frozenset[str] = frozenset()
    """Keys of properties that the text may tell of, nobody knows between which entities; scores heed it not."""

    @property
    def same_sentence_pairs(self) -> frozenset[tuple[int, int]]:
        """Ordered pairs of different entities that have mentions in one common sentence."""
        by_sentence = defaultdict(set)
        for mention, entity in zip(self.mentions, self.entities, strict=True):
            by_sentence[mention.sentence].add(entity)
        return frozenset((one, other) for group in by_sentence.values() for one in group for other in group - {one})


def to_gold(record: Mapping[str, Any], *, strict: bool = False) -> GoldDocument:
    """The record of one line: `id`, `text`, `sentences`, and as far as annotated `mentions`, `relations`, `denied`.

    `complete`, true unless it is given, says whether what is neither annotated nor denied does not hold.

    A mention that overlaps one before it (the earlier, of equals the longer, stays) is dropped and counted;
    a relation whose entity has no mention is kept, since it is there to be found. With `strict` both are errors.

    Raises: InputError, which says why; the caller knows the file and line.
    """
    try:
        text = _checked(record["text"], str, "text")
        sentences = tuple(Span(_whole(start), _whole(end)) for start, end in record["sentences"])
        _check_sentences(sentences, len(text))
        named = [_mention(item, text, sentences) for item in record.get("mentions", ())]
        relations, denied = (
            tuple(_relation(item, len(sentences)) for item in record.get(key, ())) for key in ("relations", "denied")
        )
        id = _checked(record["id"], str, "id")
        partial = not told_complete(record)
    except KeyError as error:
        raise InputError(f"annotated record lacks the key {error.args[0]!r}; add it", subject=record) from error
    except (TypeError, ValueError) as error:
        raise InputError(
            f"annotated record has a value of the wrong form: {error}; correct it", subject=record
        ) from error
    kept = _disjoint(named)
    if strict:
        _check_strictly(kept, named, relations)
    mentions = tuple(mention for mention, _ in kept)
    entities = tuple(entity for _, entity in kept)
    dropped = len(named) - len(kept)
    return GoldDocument(id, text, sentences, mentions, entities, relations, denied, dropped, partial=partial)


def to_annotated(gold: GoldDocument) -> AnnotatedDocument:
    """The record that recognition and resolution would hand over, had they found just the gold annotation.

    The IRI of an entity is `entity:` and its number, that of the document `document:` and its id.
    """
    numbers: dict[int, list[int]] = {}
    for number, entity in enumerate(gold.entities):
        numbers.setdefault(entity, []).append(number)
    named = ((entity, tuple(found), gold.mentions[found[0]]) for entity, found in numbers.items())
    entities = tuple(Entity(f"entity:{entity}", first.text, first.type, found) for entity, found, first in named)
    return AnnotatedDocument(
        Document(f"document:{gold.id}", gold.id, gold.text, "", "gold"), gold.sentences, gold.mentions, entities
    )


def with_predictions(gold: Iterable[GoldDocument], predicted: Iterable[_P]) -> list[tuple[GoldDocument, list[_P]]]:
    """Each document with what was predicted of it.

    Raises: InputError when a prediction is about none of them.
    """
    documents = {document.id: document for document in gold}
    by_document = defaultdict(list)
    for item in predicted:
        by_document[item.document].append(item)
    check_documents(documents, by_document)
    return [(document, by_document.get(name, [])) for name, document in documents.items()]


def check_documents(gold: Mapping[str, GoldDocument], predicted: Iterable[str]) -> None:
    """Nothing, when each prediction is about a gold document.

    Raises: InputError.
    """
    for name in predicted:
        if name not in gold:
            raise InputError(
                f"prediction for document {name!r}, expected one of the {len(gold)} gold documents; "
                "predict on the file that is evaluated",
                subject=name,
            )


def _mention(item: Mapping[str, Any], text: str, sentences: tuple[Span, ...]) -> tuple[Mention, int]:
    start, end = _whole(item["start"]), _whole(item["end"])
    if not 0 <= start < end <= len(text):
        raise InputError(
            f"mention {start} to {end}: expected offsets within the text, 0 to {len(text)}, and start below end; "
            "count Unicode code points",
            subject=item,
        )
    for number, sentence in enumerate(sentences):
        if sentence.start <= start and end <= sentence.end:
            type = item.get("type")
            named = UNTYPED if type is None else _checked(type, str, "type")
            return Mention(start, end, named, text[start:end], number), _whole(item["entity"])
    raise InputError(
        f"mention {start} to {end} ({text[start:end]!r}) lies in no sentence; "
        "give each mention a sentence that holds all of it",
        subject=item,
    )


def _relation(item: Mapping[str, Any], sentences: int) -> GoldRelation:
    evidence = tuple(_whole(number) for number in item.get("evidence", ()))
    for number in evidence:
        if not 0 <= number < sentences:
            raise InputError(
                f"relation {item['label']!r}: evidence sentence {number} is unknown, expected 0 to {sentences - 1}; "
                "number sentences from 0",
                subject=item,
            )
    return GoldRelation(_whole(item["head"]), _whole(item["tail"]), _checked(item["label"], str, "label"), evidence)


def told_complete(record: Mapping[str, Any]) -> bool:
    """Whether what a record does not tell does not hold: what it says as `complete`, else true. Raises: InputError."""
    value = record.get("complete", True)
    if not isinstance(value, bool):
        raise InputError(f"`complete`: expected true or false, came {value!r}; correct it", subject=record)
    return value


def _check_sentences(sentences: tuple[Span, ...], length: int) -> None:
    last = 0
    for sentence in sentences:
        if not last <= sentence.start < sentence.end <= length:
            raise InputError(
                f"sentence {sentence.start} to {sentence.end}: expected disjoint sentences in order within 0 to "
                f"{length}; correct the offsets",
                subject=sentence,
            )
        last = sentence.end


def _disjoint(named: list[tuple[Mention, int]]) -> list[tuple[Mention, int]]:
    kept: list[tuple[Mention, int]] = []
    for mention, entity in sorted(named, key=lambda pair: (pair[0].start, -pair[0].end)):
        if not kept or mention.start >= kept[-1][0].end:
            kept.append((mention, entity))
    return kept


def _check_strictly(
    kept: list[tuple[Mention, int]], named: list[tuple[Mention, int]], relations: tuple[GoldRelation, ...]
) -> None:
    if len(kept) < len(named):
        lost = next(mention for mention, _ in named if mention not in {mention for mention, _ in kept})
        raise InputError(
            f"mention {lost.start} to {lost.end} ({lost.text!r}) overlaps another; expected disjoint mentions",
            subject=lost,
        )
    known = {entity for _, entity in kept}
    for relation in relations:
        if not {relation.head, relation.tail} <= known:
            raise InputError(
                f"relation {relation.label!r} between {relation.head} and {relation.tail}: "
                "expected entities with a mention; annotate one or leave the relation out",
                subject=relation,
            )


def _whole(value: object) -> int:
    return int(_checked(value, int, "a number"))


def _checked(value: Any, kind: type, name: str) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"{name}: expected {kind.__name__}, came {value!r}")
    return value
