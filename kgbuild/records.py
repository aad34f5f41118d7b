"""What one room hands to the next: frozen records, nothing else.

The way of a document is `Document` -> `AnnotatedDocument` -> `ScoredDocument` -> `ClaimedDocument`;
each holds the one before it, so that a stage needs one input only. Offsets count Unicode code
points of `Document.text`; an end is exclusive.
"""

from dataclasses import dataclass

__all__ = [
    "AnnotatedDocument",
    "Claim",
    "ClaimedDocument",
    "Document",
    "Entity",
    "Literal",
    "Mention",
    "PairScore",
    "Reference",
    "Refusal",
    "ScoredDocument",
    "Span",
]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a document's text."""

    start: int
    """First character, counted in the document's text."""
    end: int
    """One past the last character."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its origin, as `ingest` hands it over."""

    iri: str
    """Absolute IRI, computed from `source` alone."""
    source: str
    """Where it came from: a URL, a file URI, or a file URI with `#id` for one line of a jsonl file."""
    text: str
    """The whole text; a plain-text file's own characters, unchanged."""
    digest: str
    """SHA-256 of `text` in UTF-8, 64 hexadecimal digits."""
    format: str
    """The reader that made it: `txt`, `md`, `html`, `pdf`, `docx` or `jsonl`."""
    title: str | None = None
    """Title given in the file, if any."""
    date: str | None = None
    """Date given in the file, ISO 8601, if any."""
    origin: str = ""
    """URI of the file that it was read from; for one line of a jsonl file, the file's."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of text that names an entity."""

    start: int
    """First character, counted in the document's text."""
    end: int
    """One past the last character."""
    type: str
    """Notation of the entity's class: PER, ORG, LOC, TIME, NUM, MISC, or a label of another pipeline.

    Empty for a common noun, until `Completion` gives it a class or leaves it out.
    """
    text: str
    """The characters `start` to `end`."""
    sentence: int
    """Number of the sentence that holds it, from 0."""
    probability: float = 1.0
    """Confidence of the recogniser in span and type, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A typed value in canonical lexical form (XML Schema 1.1 part 2, https://www.w3.org/TR/xmlschema11-2/)."""

    value: str
    """Lexical form, canonical for `datatype`."""
    datatype: str
    """Absolute IRI of the datatype."""


@dataclass(frozen=True, slots=True)
class Entity:
    """What one or more mentions of a document name."""

    iri: str | None
    """Absolute IRI; `None` when the entity is a literal."""
    name: str
    """Canonical name: the fullest mention, as written."""
    type: str
    """Notation of its class, as in `Mention.type`."""
    mentions: tuple[int, ...]
    """Numbers of its mentions in `AnnotatedDocument.mentions`, ascending, at least one."""
    literal: Literal | None = None
    """The value, when the entity is a date or a number."""


@dataclass(frozen=True, slots=True)
class AnnotatedDocument:
    """A document with its sentences, mentions and entities."""

    document: Document
    """The document."""
    sentences: tuple[Span, ...]
    """Sentences in order, disjoint, covering every character that is not white space."""
    mentions: tuple[Mention, ...]
    """Mentions ordered by start, disjoint, each inside one sentence."""
    entities: tuple[Entity, ...] = ()
    """Clusters of mentions; every mention is in exactly one once `resolve` has run."""

    def stand_apart(self, head: int, tail: int) -> bool:
        """Whether two mentions, by number, stand in different sentences."""
        return self.mentions[head].sentence != self.mentions[tail].sentence


@dataclass(frozen=True, slots=True)
class PairScore:
    """How strongly one property holds for one ordered pair of entities, and where that was read."""

    head: int
    """Number of the mention of the head in `AnnotatedDocument.mentions`, where the pair was read."""
    tail: int
    """Number of the mention of the tail."""
    property: str
    """IRI of the property."""
    logit: float
    """Score before calibration: sigmoid(logit) is the uncalibrated probability."""


@dataclass(frozen=True, slots=True)
class ScoredDocument:
    """An annotated document with the scores of its candidate pairs."""

    annotated: AnnotatedDocument
    """The document, its sentences, mentions and entities."""
    pairs: int
    """Candidate pairs that were scored, at least 0."""
    unscored: int
    """Candidate pairs too far apart to be read together, left out, at least 0."""
    scores: tuple[PairScore, ...]
    """Scores at or above the floor (setting `score.floor`), ordered by head, tail, property."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A triple read at one place of one document: the evidence and its probability."""

    subject: str
    """IRI of the head entity."""
    predicate: str
    """IRI of the property."""
    object: str | Literal
    """IRI of the tail entity, or its value."""
    probability: float
    """Calibrated probability, 0 to 1."""
    sentences: tuple[Span, ...]
    """The sentences of head and tail, in order: one, or two where they stand in different ones."""
    subject_mention: Span
    """Where the head is named."""
    object_mention: Span
    """Where the tail is named."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A thing that a reference vocabulary of the user's lists."""

    iri: str
    """Absolute IRI."""
    label: str
    """Its name for people, in English where there is one."""
    names: tuple[str, ...]
    """All its labels, as written, sorted, at least one."""
    types: tuple[str, ...] = ()
    """Notations of the classes that it may be of, as in `Mention.type`, sorted; empty when that is not known."""
    about: str = ""
    """Its description and the labels of what it is related to; empty when there are none."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was set aside, with its reason; counted in the summary and kept in the run's folder."""

    stage: str
    """The stage that refused it: `ingest`, `recognise`, `score`, `accept` or `write`."""
    source: str
    """What was refused: the source of a document, with a line or span where there is one."""
    reason: str
    """A short reason that can be counted, such as `empty`, `encrypted`, `below-threshold`."""
    detail: str = ""
    """One line for a person: what was expected, what came."""
    count: int = 1
    """How many were refused for this reason, at least 1."""


@dataclass(frozen=True, slots=True)
class ClaimedDocument:
    """A document with the claims that were accepted: all that the graph needs."""

    annotated: AnnotatedDocument
    """The document, its sentences, mentions and entities."""
    claims: tuple[Claim, ...]
    """Accepted claims, ordered by sentences, subject mention, object mention, predicate."""
    refusals: tuple[Refusal, ...] = ()
    """Scores that were not accepted, one `Refusal` a reason."""
    pairs: int = 0
    """Candidate pairs that were scored."""
