"""What an ontology speaks of, as values: properties that can be claimed, classes that entities have."""

import re
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["ANY_VALUE", "DATE_TYPE", "NO_IRI", "NUMBER_TYPE", "VALUE_TYPES", "XSD", "EntityClass", "Property", "Tail"]

XSD: Final = "http://www.w3.org/2001/XMLSchema#"
"""Namespace of the datatypes of XML Schema."""
ANY_VALUE: Final = "http://www.w3.org/2000/01/rdf-schema#Literal"
"""Datatype of all values."""
Tail = Literal["", "things", "values"]
"""What a property says that its tail is, a thing or a value; empty where it says neither."""

DATE_TYPE = "TIME"
"""Notation of mentions that become dates."""
NUMBER_TYPE = "NUM"
"""Notation of mentions that become numbers."""
NO_IRI: Final = re.compile(r"[\x00-\x20<>\"{}|^`\\]")
"""What an IRI cannot hold (RFC 3987, https://www.rfc-editor.org/rfc/rfc3987)."""
_OTHER_NAMES: Final = 3
"""Names of a property beside its label that its vector is made of: more would leave no room for the definition."""
VALUE_TYPES = frozenset((DATE_TYPE, NUMBER_TYPE))
"""Notations of what is a value by itself."""


@dataclass(frozen=True, slots=True)
class EntityClass:
    """A class of entities."""

    iri: str
    """Absolute IRI."""
    label: str
    """Name for people, in English where there is one."""
    definition: str
    """What belongs to it; empty when the ontology does not say."""
    notation: str
    """What the recogniser calls it: PER, ORG, …; the label when the ontology gives none."""
    labels: tuple[str, ...] = ()
    """Its other names, sorted, in English or the language of `label`, or of no language."""
    comment: str = ""
    """What `rdfs:comment` says beside the definition; empty when that is all there is."""
    examples: tuple[str, ...] = ()
    """Examples of it in words, sorted, in the languages of `labels`."""
    parents: tuple[str, ...] = ()
    """IRIs of the classes of this ontology that hold all of it, whatever lies between, sorted."""


@dataclass(frozen=True, slots=True)
class Property:
    """A relation that can be claimed."""

    iri: str
    """Absolute IRI."""
    label: str
    """Name for people, in English where there is one."""
    definition: str
    """What it means; empty when the ontology does not say."""
    domain: frozenset[str]
    """Notations that its head may have, those of subclasses among them; empty when anything may."""
    range: frozenset[str]
    """Notations that its tail may have, those of subclasses among them; empty when anything may."""
    inverse: str | None
    """IRI of its inverse, if it has one."""
    symmetric: bool
    """Whether it holds both ways."""
    functional: bool
    """Whether a head has at most one tail."""
    equivalents: tuple[str, ...]
    """IRIs of equivalent properties elsewhere, sorted."""
    labels: tuple[str, ...] = ()
    """Its other names, sorted, in English or the language of `label`, or of no language."""
    comment: str = ""
    """What `rdfs:comment` says beside the definition; empty when that is all there is."""
    examples: tuple[str, ...] = ()
    """Examples of it in words, sorted, in the languages of `labels`."""
    parents: tuple[str, ...] = ()
    """IRIs of the properties of this ontology that hold wherever it does, whatever lies between, sorted."""
    datatypes: tuple[str, ...] = ()
    """IRIs of the datatypes that its values have, sorted; empty when a value is as it is read."""
    tail: Tail = ""
    """What its tail is where `range` leaves both open."""

    @property
    def takes_things(self) -> bool:
        """Whether a thing may be its tail."""
        return self.tail != "values" and not (self.range and self.range <= VALUE_TYPES)

    @property
    def takes_values(self) -> bool:
        """Whether a value may be its tail."""
        return self.tail != "things" and (self.tail == "values" or not self.range or bool(self.range & VALUE_TYPES))

    @property
    def text(self) -> str:
        """What the encoder reads to make its vector: label, other names as far as there is room, and definition."""
        kept: dict[str, str] = {}
        for name in (self.label, *self.labels):
            kept.setdefault(name.casefold(), name)
        names = ", ".join(list(kept.values())[: 1 + _OTHER_NAMES])
        return f"{names}: {self.definition}" if self.definition else names
