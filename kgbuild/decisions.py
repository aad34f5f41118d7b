"""What persons decided about claims, and the claims of a document as they stand after it.

A decision is about one reading: a relation between a head and a tail at one place. It knows the place by the text and
the offsets in it, or by the source and the sentences, never by the names that the graph gives to entities. So it finds
its claim again when that is read anew, when its file has moved, and when the document has changed elsewhere; where the
passage is gone it waits. The last decision about a claim is the one in force.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from kgbuild.iris import digest_of
from kgbuild.objects import object_of
from kgbuild.ontology import Ontology, Property
from kgbuild.records import AnnotatedDocument, Claim, ClaimedDocument, Document, Entity, Refusal, Span

__all__ = ["VERDICTS", "Decision", "Decisions", "Place", "Review", "Verdict", "claim_id", "place_of", "places_now"]

Verdict = Literal["accepted", "rejected", "corrected", "skipped", "undone"]
"""What a person says of a claim; `corrected` gives it another relation, the last two leave it as the model has it."""

VERDICTS: Final[tuple[Verdict, ...]] = ("accepted", "rejected", "corrected", "skipped", "undone")
"""All of them."""

_REJECTED: Final = "rejected-in-review"
_DETAIL: Final = "expected a claim that no person has rejected, came one"

_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a claim was read."""

    source: str
    """Where the document came from, as in `Document.source`."""
    digest: str
    """SHA-256 of its text, 64 hexadecimal digits."""
    sentences: tuple[Span, ...]
    """The sentences of head and tail, in order, counted in that text: one or two."""
    texts: tuple[str, ...]
    """Their characters."""
    head: Span
    """Where the head is named, within one of them."""
    tail: Span
    """Where the tail is named, within one of them."""

    @property
    def names(self) -> tuple[str, str]:
        """Head and tail as they are written."""
        written = []
        for number, start, end in (_inside(self, self.head), _inside(self, self.tail)):
            written.append(self.texts[number][start:end])
        return written[0], written[1]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said of one claim."""

    place: Place
    """Where it was read."""
    relation: str
    """IRI of the property that was claimed."""
    verdict: Verdict
    """What was said."""
    correction: str
    """IRI of the property that holds instead where the verdict is `corrected`; else empty."""
    probability: float
    """What the claim had when it was decided, 0 to 1."""

    @property
    def says(self) -> bool:
        """Whether it says anything of the claim, and does not leave it to the model."""
        return self.verdict not in ("skipped", "undone")

    @property
    def asserts(self) -> str:
        """IRI of the property that holds here by this decision; empty where none does."""
        return self.relation if self.verdict == "accepted" else self.correction


@dataclass(frozen=True, slots=True)
class Review:
    """Decisions of one person at one time."""

    author: str
    """Who decided."""
    time: str
    """When, ISO 8601 in UTC to the second."""
    decisions: tuple[Decision, ...]
    """What was decided, in order, at least one."""


class Decisions:
    """All decisions of a graph, with what finds those in force."""

    def __init__(self, reviews: Iterable[Review]) -> None:
        self.made: tuple[Decision, ...] = tuple(item for review in reviews for item in review.decisions)
        """Every decision, in order, those that were replaced among them."""
        self._last: dict[tuple[_Key, str], int] = {}
        self._told: dict[tuple[_Key, str], int] = {}
        self._near: defaultdict[str, list[int]] = defaultdict(list)
        self._index()

    def _index(self) -> None:
        for number, item in enumerate(self.made):
            self._last |= dict.fromkeys(((key, item.relation) for key in _keys(item.place)), number)
        for number in self._numbers():
            item = self.made[number]
            for relation in {item.relation, item.correction} - {""}:
                self._told |= dict.fromkeys(((key, relation) for key in _keys(item.place)), number)
            for name in (item.place.source, item.place.digest):
                self._near[name].append(number)

    def _numbers(self) -> Iterator[int]:
        """Numbers of the decisions that no later one about the same claim has replaced."""
        for number, item in enumerate(self.made):
            if _latest(self._last, item.place, item.relation) == number:
                yield number

    def in_force(self) -> list[Decision]:
        """The decisions that no later one has replaced, in order."""
        return [self.made[number] for number in self._numbers()]

    def about(self, place: Place, relation: str) -> Decision | None:
        """The decision in force about a claim, or the one that put it in another's place."""
        number = _latest(self._told, place, relation)
        return None if number is None else self.made[number]

    def holds(self, place: Place, relation: str) -> bool | None:
        """Whether persons say that the claim holds; `None` where they leave it to the model."""
        item = self.about(place, relation)
        return item.asserts == relation if item is not None and item.says else None

    def apply(self, item: ClaimedDocument, ontology: Ontology | None = None) -> ClaimedDocument:
        """The document with its claims as they were decided: rejected ones out, accepted ones in with probability 1.

        An accepted claim comes back where it was not claimed, as long as the passage is there and its head and tail
        are still found, its tail as the ontology's range wants it. The rejected are counted in a `Refusal`.
        """
        document = item.annotated.document
        if document.source not in self._near and document.digest not in self._near:
            return item
        properties = {} if ontology is None else ontology.by_iri
        verdicts = [self.holds(place_of(item.annotated, claim), claim.predicate) for claim in item.claims]
        kept = [
            replace(claim, probability=1.0) if verdict else claim
            for claim, verdict in zip(item.claims, verdicts, strict=True)
            if verdict is not False
        ]
        there = {(claim.subject_mention, claim.object_mention, claim.predicate) for claim in kept}
        kept += (claim for key, claim in self._asserted(item.annotated, properties).items() if key not in there)
        kept.sort(key=lambda claim: (claim.sentences, claim.subject_mention, claim.object_mention, claim.predicate))
        count = verdicts.count(False)
        refusals = [Refusal("accept", document.source, _REJECTED, _DETAIL, count)] if count else []
        return replace(item, claims=tuple(kept), refusals=(*item.refusals, *refusals))

    def _asserted(
        self, annotated: AnnotatedDocument, properties: Mapping[str, Property]
    ) -> dict[tuple[Span, Span, str], Claim]:
        """The claims that hold in a document because persons say so, by head, tail and property."""
        asserted = (key for key, item in self.told_of(annotated).items() if item.asserts == key[2])
        claims = {key: _claim_at(annotated, *key, properties.get(key[2])) for key in asserted}
        return {key: claim for key, claim in claims.items() if claim is not None}

    def told_of(self, annotated: AnnotatedDocument) -> dict[tuple[Span, Span, str], Decision]:
        """What persons say of a document's text as it is: the decision in force by head, tail and property.

        The property holds there when it is what the decision asserts.
        """
        document = annotated.document
        near = {*self._near.get(document.source, ()), *self._near.get(document.digest, ())}
        found: dict[tuple[Span, Span, str], Decision] = {}
        for item in (self.made[number] for number in sorted(near)):
            for place in places_now(item.place, document, annotated.sentences):
                for relation in (item.relation, item.correction) if item.correction else (item.relation,):
                    last = self.about(place, relation)
                    if last is not None and last.says:
                        found[place.head, place.tail, relation] = last
        return found


def place_of(annotated: AnnotatedDocument, claim: Claim) -> Place:
    """Where a claim of the document was read."""
    document = annotated.document
    texts = tuple(document.text[span.start : span.end] for span in claim.sentences)
    mentions = claim.subject_mention, claim.object_mention
    return Place(document.source, document.digest, claim.sentences, texts, *mentions)


def claim_id(place: Place, relation: str) -> str:
    """Name of a claim, 16 hexadecimal digits: a hash of its source, sentences, offsets in them, and relation."""
    inside = (str(number) for span in (place.head, place.tail) for number in _inside(place, span))
    return digest_of("claim", place.source, *place.texts, *inside, relation)[:16]


def places_now(place: Place, document: Document, sentences: Sequence[Span]) -> Iterator[Place]:
    """The place in a document as it is now: the same in the same text, else wherever its sentences are."""
    if document.digest == place.digest:
        yield replace(place, source=document.source)
    elif document.source == place.source:
        for starts in _starts(place.texts, document.text, sentences):
            spans = tuple(Span(start, start + len(text)) for start, text in zip(starts, place.texts, strict=True))
            head, tail = (_moved(starts, *_inside(place, span)) for span in (place.head, place.tail))
            yield Place(document.source, document.digest, spans, place.texts, head, tail)


def _starts(texts: Sequence[str], whole: str, sentences: Sequence[Span]) -> Iterator[list[int]]:
    """Beginnings of the sentences of a passage, wherever all of them are sentences of the document, in order."""
    found = [(span.start, whole[span.start : span.end]) for span in sentences]
    for number, (first, sentence) in enumerate(found):
        if sentence != texts[0]:
            continue
        starts, rest = [first], iter(found[number + 1 :])
        for wanted in texts[1:]:
            starts += [start for start, other in rest if other == wanted][:1]
        if len(starts) == len(texts):
            yield starts


def _moved(starts: Sequence[int], number: int, start: int, end: int) -> Span:
    return Span(starts[number] + start, starts[number] + end)


def _inside(place: Place, span: Span) -> tuple[int, int, int]:
    """Number of the sentence that holds a span, and the span counted in it."""
    number = max(number for number, sentence in enumerate(place.sentences) if sentence.start <= span.start)
    start = place.sentences[number].start
    return number, span.start - start, span.end - start


def _keys(place: Place) -> tuple[_Key, _Key]:
    """By what a place is known: its text and offsets, or its source, sentences and offsets in them."""
    inside = (*_inside(place, place.head), *_inside(place, place.tail))
    return (place.digest, place.head, place.tail), (place.source, place.texts, *inside)


def _latest(numbers: dict[tuple[_Key, str], int], place: Place, relation: str) -> int | None:
    return max((numbers[key, relation] for key in _keys(place) if (key, relation) in numbers), default=None)


def _claim_at(
    annotated: AnnotatedDocument, head: Span, tail: Span, relation: str, known: Property | None
) -> Claim | None:
    """A claim of probability 1 between the entities that are named there; `None` where none can be made."""
    numbers = {Span(mention.start, mention.end): number for number, mention in enumerate(annotated.mentions)}
    if head not in numbers or tail not in numbers:
        return None
    subject, value = (_owner(annotated, numbers[span]) for span in (head, tail))
    target = object_of(known, value, annotated.mentions[numbers[tail]].text)
    if subject is value or subject.iri is None or target is None:
        return None
    named = {annotated.mentions[numbers[span]].sentence for span in (head, tail)}
    return Claim(
        subject=subject.iri,
        predicate=relation,
        object=target,
        probability=1.0,
        sentences=tuple(annotated.sentences[number] for number in sorted(named)),
        subject_mention=head,
        object_mention=tail,
    )


def _owner(annotated: AnnotatedDocument, mention: int) -> Entity:
    return next(entity for entity in annotated.entities if mention in entity.mentions)
