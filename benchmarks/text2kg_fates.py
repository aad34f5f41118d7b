"""What became of each gold triple of `text2kg.py`, and what the type check refused."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kgbuild.evaluate import NamedTriple, plain_name, to_benchmark_name
from kgbuild.ontology import DATE_TYPE, Ontology
from kgbuild.records import ClaimedDocument, Entity, Literal, ScoredDocument

__all__ = ["FATES", "UNREACHABLE", "Outcome", "fate_of", "refused_types"]

FATES = (
    "right",
    "claimed, entity named otherwise",
    "refused by its types",
    "below the threshold",
    "below the floor of the scorer",
    "head taken for a date or number",
    "both taken for one entity",
    "tail recognised with other ends",
    "head recognised with other ends",
    "tail not recognised",
    "head not recognised",
    "tail not in the sentence",
    "head not in the sentence",
)
"""What can become of a gold triple; of the reasons from below that hold, the first counts."""
UNREACHABLE = frozenset(FATES[-2:])
"""What becomes of a triple that nobody can find who names what the sentence names."""
_RIGHT, _RENAMED, _TYPES, _THRESHOLD, _FLOOR, _LITERAL, _ONE = FATES[:7]
_YEAR = re.compile(r"\d\d \w+ (\d{4})")
"""A date as the benchmark writes it: when the sentence names the year only, day and month are its own."""


@dataclass(frozen=True)
class Outcome:
    """What was made of a sentence."""

    scored: ScoredDocument
    """Its scores."""
    claimed: ClaimedDocument
    """What is claimed."""
    unchecked: ClaimedDocument
    """What would be claimed without the check of types."""
    ontology: Ontology
    """The ontology."""


def fate_of(triple: NamedTriple, outcome: Outcome) -> str:
    """What became of a gold triple, one of `FATES`."""
    heads, tails = (_named(name, outcome) for name in (triple.subject, triple.object))
    for stage in (_not_there, _not_found, _other_ends):
        for end, name, entities in (("head", triple.subject, heads), ("tail", triple.object, tails)):
            reason = stage(name, entities, outcome)
            if reason:
                return f"{end} {reason}"
    pairs = [(head, tail) for head in heads for tail in tails if head is not tail]
    if not pairs:
        return _ONE
    things = {(head.iri, _target(tail)): (head, tail) for head, tail in pairs if head.iri is not None}
    if not things:
        return _LITERAL
    return _fate_of_pairs(triple, things, outcome)


def refused_types(outcome: Outcome) -> Iterator[str]:
    """Relation and types of each claim that the check of types alone has refused."""
    kept = set(outcome.claimed.claims)
    types = {_target(entity): entity.type for entity in outcome.scored.annotated.entities}
    for claim in outcome.unchecked.claims:
        if claim not in kept:
            label = outcome.ontology.by_iri[claim.predicate].label
            yield f"{label}: {types[claim.subject]} to {types[claim.object]}"


def _fate_of_pairs(
    triple: NamedTriple, pairs: dict[tuple[str, str | Literal], tuple[Entity, Entity]], outcome: Outcome
) -> str:
    wanted = {item.iri for item in outcome.ontology.properties if plain_name(item.label) == plain_name(triple.relation)}
    claimed, unchecked = (
        {(claim.subject, claim.object) for claim in item.claims if claim.predicate in wanted} & pairs.keys()
        for item in (outcome.claimed, outcome.unchecked)
    )
    if claimed:
        named = {tuple(plain_name(to_benchmark_name(entity)) for entity in pairs[pair]) for pair in claimed}
        return _RIGHT if (plain_name(triple.subject), plain_name(triple.object)) in named else _RENAMED
    if unchecked:
        return _TYPES
    owners = {number: entity for entity in outcome.scored.annotated.entities for number in entity.mentions}
    kept = {
        (owners[one.head].iri, _target(owners[one.tail])) for one in outcome.scored.scores if one.property in wanted
    }
    return _THRESHOLD if kept & pairs.keys() else _FLOOR


def _named(name: str, outcome: Outcome) -> list[Entity]:
    """The entities that have the name, in full or where they are mentioned."""
    annotated = outcome.scored.annotated
    return [
        entity
        for entity in annotated.entities
        if plain_name(name)
        in {
            plain_name(form)
            for form in (to_benchmark_name(entity), *(annotated.mentions[number].text for number in entity.mentions))
        }
    ]


def _not_there(name: str, entities: list[Entity], outcome: Outcome) -> str:
    text = outcome.scored.annotated.document.text
    year = _YEAR.fullmatch(name)
    there = plain_name(name) in plain_name(text) or (year is not None and year[1] in text)
    return "" if there or entities else "not in the sentence"


def _not_found(name: str, entities: list[Entity], outcome: Outcome) -> str:
    return "" if entities or _touching(name, outcome) else "not recognised"


def _other_ends(_name: str, entities: list[Entity], _outcome: Outcome) -> str:
    return "" if entities else "recognised with other ends"


def _touching(name: str, outcome: Outcome) -> bool:
    """Whether some mention is a part of the name, or holds it."""
    year, plain = _YEAR.fullmatch(name), plain_name(name)
    for mention in outcome.scored.annotated.mentions:
        if year is not None:
            if mention.type == DATE_TYPE and year[1] in mention.text:
                return True
        elif plain_name(mention.text) in plain or plain in plain_name(mention.text):
            return True
    return False


def _target(entity: Entity) -> str | Literal:
    """What a claim has for the entity: its IRI or its value."""
    return entity.literal if entity.literal is not None else str(entity.iri)
