"""The ontology as values: the properties that can be claimed and the classes that entities have."""

import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache, cached_property
from pathlib import Path

from kgbuild.iris import digest_of
from kgbuild.ontology_reading import read_terms
from kgbuild.ontology_terms import ANY_VALUE, DATE_TYPE, NUMBER_TYPE, VALUE_TYPES, XSD, EntityClass, Property
from kgbuild.rdf_files import read_statements

__all__ = [
    "ANY_VALUE",
    "DATE_TYPE",
    "NUMBER_TYPE",
    "VALUE_TYPES",
    "XSD",
    "EntityClass",
    "Ontology",
    "Property",
    "load_ontology",
]


@dataclass(frozen=True)
class Ontology:
    """Properties and classes, with what finds them."""

    iri: str
    """IRI of the ontology; a `urn:sha256:` of its content when it does not name itself."""
    digest: str
    """SHA-256 over its properties and classes, 64 hexadecimal digits."""
    properties: tuple[Property, ...]
    """Properties ordered by IRI, at least one."""
    classes: tuple[EntityClass, ...]
    """Classes ordered by IRI."""
    notes: tuple[str, ...] = ()
    """What was left out or replaced when it was read, a line for each kind of thing; empty when nothing was."""

    @cached_property
    def by_iri(self) -> dict[str, Property]:
        """Properties by IRI."""
        return {item.iri: item for item in self.properties}

    @cached_property
    def by_key(self) -> dict[str, Property]:
        """Properties by every short key that annotated data may use.

        A key is an IRI, the local name of an equivalent, a local name, a label, or another label that no second
        property has. Where two properties share a key the sooner of these kinds wins, then the first IRI.
        """
        keys = {item.iri: item for item in self.properties}
        shared = Counter(label for item in self.properties for label in set(item.labels))
        kinds = [
            [(key, item) for item in self.properties for key in map(_local_name, item.equivalents)],
            [(_local_name(item.iri), item) for item in self.properties],
            [(item.label, item) for item in self.properties],
            [(key, item) for item in self.properties for key in item.labels if shared[key] == 1],
        ]
        for kind in kinds:
            for key, item in kind:
                keys.setdefault(key, item)
        return keys

    @cached_property
    def labels(self) -> dict[str, str]:
        """What each property and class is called, by IRI."""
        classes = {item.iri: item.label for item in self.classes}
        return classes | {item.iri: item.label for item in self.properties}

    def untyped(self, types: Collection[str]) -> tuple[EntityClass, ...]:
        """Classes that a domain or range names and that none of the `types` of mentions stands for, by notation."""
        named = {kind for item in self.properties for kind in item.domain | item.range}
        return tuple(
            self.class_by_notation[kind] for kind in sorted((named - {*types}) & self.class_by_notation.keys())
        )

    def fresh(self, origins: Mapping[str, str]) -> tuple[EntityClass, ...]:
        """Classes that a domain or range names and that no type stands for which is what it began as.

        `origins` are those of `model_folder.type_origins`.
        """
        return self.untyped([name for name, origin in origins.items() if name == origin])

    @cached_property
    def class_by_notation(self) -> dict[str, EntityClass]:
        """Classes by notation; of several with one notation the most general, then the first."""
        found: dict[str, EntityClass] = {}
        for item in sorted(self.classes, key=lambda item: len(item.parents)):
            found.setdefault(item.notation, item)
        return found


def load_ontology(path: Path) -> Ontology:
    """The ontology of a file (OWL 2, https://www.w3.org/TR/owl2-overview/, or RDFS).

    What it lacks and what stands in its place is logged as a warning, each line once in a process whatever copy of the
    ontology is read, and kept in `Ontology.notes`.
    Raises: MissingError, OntologyError.
    """
    terms = read_terms(read_statements(path), str(path))
    said = [*map(_comparable, terms.properties), *map(_comparable, terms.classes)]
    digest = digest_of(*(repr(tuple(term)) for term in said))
    for note in terms.notes:
        if note not in _told_of(digest):
            _told_of(digest).add(note)
            logging.getLogger(__name__).warning("ontology %r: %s", str(path), note)
    return Ontology(terms.iri or f"urn:sha256:{digest}", digest, terms.properties, terms.classes, terms.notes)


@cache
def _told_of(_digest: str) -> set[str]:
    """Notes that were told of an ontology: every stage of a run reads it, and a person needs to be told once."""
    return set()


def _comparable(item: Property | EntityClass) -> Iterator[object]:
    """What a term says, with sets in order, so that the `repr` is stable.

    A later field counts where the ontology fills it, so that others keep the digest that they had without it.
    """
    for field in fields(item):
        value = getattr(item, field.name)
        if field.default is MISSING:
            yield sorted(value) if isinstance(value, frozenset) else value
        elif value != field.default:
            yield field.name, value


def _local_name(iri: str) -> str:
    return iri.rstrip("/#").replace("#", "/").rsplit("/", 1)[-1]
