"""What a document shows of each of its entities, as it is compared with what other documents show."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kgbuild.records import AnnotatedDocument, Claim, Entity, Mention
from kgbuild.resolve.across_names import usual_place
from kgbuild.resolve.across_places import places_within
from kgbuild.resolve.groups import PLACES
from kgbuild.resolve.names import acronym_letters, folded_name, name_words
from kgbuild.resolve.peoples import PLACE_OF

__all__ = ["Appearance", "Surroundings", "appearances_of", "words_of"]

_WORD = re.compile(r"[^\W\d_]{4,}")
_ACRONYM = re.compile(r"[A-Z][A-Z&./-]*[A-Z0-9]\.?s?")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What one document says besides, shared by all its entities."""

    terms: frozenset[str]
    """Folded names of its entities, of places the usual ones; no dates, no numbers."""
    words: frozenset[str]
    """Words of its text of four letters and more, in lower case, and the places of the adjectives among them."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """One entity in one document."""

    document: str
    """IRI of the document."""
    entity: str
    """IRI that its name and type give it."""
    name: str
    """Its fullest name, as written."""
    type: str
    """Notation of its class."""
    folded: str
    """The fullest name as compared."""
    names: frozenset[str]
    """All names as compared, the fullest among them."""
    words: tuple[str, ...]
    """Words of the fullest name, initials apart."""
    acronyms: frozenset[str]
    """Letters of those names that are written as acronyms, in lower case."""
    around: Surroundings
    """What else the document says."""
    within: tuple[str, ...] = ()
    """Usual names of the places that it is said to be in, sorted: Ohio, where the text has "Canton, Ohio"."""
    facts: tuple[tuple[str, str], ...] = ()
    """Property and value of what the document claims of it and can be true of one value only, sorted."""
    near: frozenset[str] = frozenset()
    """Words of the sentences that name it, of those that were asked for."""


def appearances_of(
    annotated: AnnotatedDocument,
    claims: Iterable[Claim] = (),
    functional: frozenset[str] = frozenset(),
    telling: frozenset[str] = frozenset(),
) -> Iterator[Appearance]:
    """The entities of a document that have an IRI, in order.

    `functional` are properties with one value at most, `telling` the words that are looked for in the sentences.
    """
    things = [entity for entity in annotated.entities if entity.iri is not None]
    mentions = annotated.mentions
    names = {entity.iri: _names(entity, mentions) for entity in things}
    terms = frozenset(_usual(name, entity.type) for entity in things for name in names[entity.iri])
    words = frozenset(_WORD.findall(annotated.document.text.lower()))
    around = Surroundings(terms, words | {PLACE_OF[word] for word in words if word in PLACE_OF})
    within = places_within(annotated)
    facts: dict[str, set[tuple[str, str]]] = {}
    for claim in claims:
        if claim.predicate in functional:
            value = claim.object if isinstance(claim.object, str) else claim.object.value
            facts.setdefault(claim.subject, set()).add((claim.predicate, value))
    for entity in things:
        assert entity.iri is not None  # noqa: S101 for the type checker: others were left out
        yield Appearance(
            document=annotated.document.iri,
            entity=entity.iri,
            name=entity.name,
            type=entity.type,
            folded=folded_name(entity.name, entity.type),
            names=names[entity.iri],
            words=name_words(entity.name),
            acronyms=frozenset(map(acronym_letters, filter(_ACRONYM.fullmatch, _forms(entity, mentions)))),
            around=around,
            within=tuple(sorted({name for number in entity.mentions for name in within.get(number, ())})),
            facts=tuple(sorted(facts.get(entity.iri, ()))),
            near=_near(entity, annotated) & telling if telling else telling,
        )


def words_of(text: str) -> Iterator[str]:
    """Words of a text as they are compared, possessive endings apart."""
    return (word.removesuffix("'s") for word in name_words(text))


def _near(entity: Entity, annotated: AnnotatedDocument) -> frozenset[str]:
    text, sentences = annotated.document.text, annotated.sentences
    spans = {sentences[annotated.mentions[number].sentence] for number in entity.mentions}
    return frozenset(word for span in spans for word in words_of(text[span.start : span.end]))


def _usual(folded: str, type: str) -> str:
    return usual_place(folded) if type in PLACES else folded


def _forms(entity: Entity, mentions: tuple[Mention, ...]) -> Iterator[str]:
    return (" ".join(form.split()) for form in (entity.name, *(mentions[number].text for number in entity.mentions)))


def _names(entity: Entity, mentions: tuple[Mention, ...]) -> frozenset[str]:
    return frozenset(folded_name(form, entity.type) for form in _forms(entity, mentions))
