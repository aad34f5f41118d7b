"""What a document shows of each of its entities, as it is compared with what other documents show."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kgbuild.records import AnnotatedDocument, Claim, Entity, Mention
from kgbuild.resolve.groups import PLACES
from kgbuild.resolve.names import acronym_letters, folded_name, name_words

__all__ = ["Appearance", "Surroundings", "appearances_of", "words_of"]

_WORD = re.compile(r"[^\W\d_]{4,}")
_APPOSED = re.compile(r"\s*,\s*")
"""What stands between a place and the larger one that tells which it is: "Canton, Ohio"."""
_LISTED = re.compile(r"\s*,?\s*(?:and|or|&)\b")
"""What follows the last but one of several places that only stand in a row."""
_LONGEST_CHAIN = 3
"""Places in a row of which each may tell where the one before is: "Canton, Ohio, United States"."""
_ACRONYM = re.compile(r"[A-Z][A-Z&./-]*[A-Z0-9]\.?s?")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What one document says besides, shared by all its entities."""

    terms: frozenset[str]
    """Folded names of its entities; no dates, no numbers."""
    words: frozenset[str]
    """Words of its text of four letters and more, in lower case."""


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
    """Places named after it in apposition, as compared, sorted: Ohio, where the text has "Canton, Ohio"."""
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
    terms = frozenset(name for held in names.values() for name in held)
    text = annotated.document.text
    around = Surroundings(terms, frozenset(_WORD.findall(text.lower())))
    within = _apposed(annotated)
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


def _forms(entity: Entity, mentions: tuple[Mention, ...]) -> Iterator[str]:
    return (" ".join(form.split()) for form in (entity.name, *(mentions[number].text for number in entity.mentions)))


def _names(entity: Entity, mentions: tuple[Mention, ...]) -> frozenset[str]:
    return frozenset(folded_name(form, entity.type) for form in _forms(entity, mentions))


def _apposed(annotated: AnnotatedDocument) -> Mapping[int, tuple[str, ...]]:
    """The places in apposition behind each place, by the number of its mention; places in a list tell nothing."""
    text, mentions, found = annotated.document.text, annotated.mentions, dict[int, tuple[str, ...]]()
    chain: list[int] = []
    for number, here in enumerate(mentions):
        if here.type not in PLACES:
            continue
        chain.append(number)
        after = mentions[number + 1] if number + 1 < len(mentions) else None
        goes_on = after is not None and after.type in PLACES and _APPOSED.fullmatch(text, here.end, after.start)
        if not goes_on:
            if 1 < len(chain) <= _LONGEST_CHAIN and not _LISTED.match(text, here.end):
                names = [folded_name(mentions[item].text, mentions[item].type) for item in chain]
                found |= {item: tuple(names[place + 1 :]) for place, item in enumerate(chain)}
            chain = []
    return found
