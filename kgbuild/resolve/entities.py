"""Annotated documents, their mentions gathered into entities."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from kgbuild.iris import entity_iri
from kgbuild.ontology import DATE_TYPE, NUMBER_TYPE
from kgbuild.records import AnnotatedDocument, Entity, Literal, Mention
from kgbuild.resolve.clusters import cluster_mentions
from kgbuild.resolve.literals import to_literal
from kgbuild.resolve.names import normal_name, without_article

__all__ = ["resolve"]

_LITERAL_TYPES = frozenset([DATE_TYPE, NUMBER_TYPE])


def resolve(documents: Iterable[AnnotatedDocument], base: str) -> Iterator[AnnotatedDocument]:
    """The documents with their entities: every mention in exactly one, ordered by first mention.

    `base` is the IRI before `entity/`. An IRI depends on name and type alone, so documents agree on it.
    """
    for document in documents:
        entities = [*_literals_of(document.mentions), *_things_of(document, base)]
        yield replace(document, entities=tuple(sorted(entities, key=lambda entity: entity.mentions)))


def _literals_of(mentions: Sequence[Mention]) -> Iterator[Entity]:
    """Dates and numbers: mentions of the same value are one entity."""
    found: dict[tuple[str, Literal], list[int]] = defaultdict(list)
    for number, mention in enumerate(mentions):
        if mention.type in _LITERAL_TYPES:
            found[mention.type, to_literal(mention.text, mention.type)].append(number)
    for (type, literal), numbers in found.items():
        yield Entity(None, _as_written(mentions[numbers[0]]), type, tuple(numbers), literal)


def _things_of(document: AnnotatedDocument, base: str) -> Iterator[Entity]:
    mentions = document.mentions
    named = [number for number, mention in enumerate(mentions) if mention.type not in _LITERAL_TYPES]
    groups = cluster_mentions(document.document.text, mentions, named)
    # subtle: two groups may carry one name (a surname that fits two persons); they are one IRI, so one entity.
    merged: dict[str, tuple[str, str, list[int]]] = {}
    for numbers in groups:
        type = Counter(mentions[number].type for number in numbers).most_common(1)[0][0]
        name = _name_of([mentions[number] for number in numbers], type, document.document.text)
        iri = entity_iri(base, normal_name(name, type), type)
        merged.setdefault(iri, (name, type, []))[2].extend(numbers)
    for iri, (name, type, numbers) in merged.items():
        yield Entity(iri, name, type, tuple(sorted(numbers)))


def _name_of(mentions: Sequence[Mention], type: str, text: str) -> str:
    """The fullest of the mentions of a thing of that type, without an article that is no part of the name."""
    uses = {_as_written(mention) for mention in mentions if not text.endswith("The ", 0, mention.start)}
    return without_article(_as_written(max(mentions, key=_fullness)), type, uses)


def _as_written(mention: Mention) -> str:
    return " ".join(mention.text.split()) or mention.text


def _fullness(mention: Mention) -> tuple[bool, int, int]:
    """How full a name is: its words, then its characters without a leading "the" or possessive ending.

    One that runs over the end of a line comes last: it may hold a heading's last word and the first one below.
    """
    normal = normal_name(mention.text, mention.type)
    return "\n" not in mention.text, len(normal.split()), len(normal)
