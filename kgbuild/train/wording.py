"""Relations in other words: what a model must meet in training to score labels that it never saw.

A model that sees each label in one wording only learns the wording by heart. So it learns more relations than the
ontology has, those of the patterns, and each under several names, with a definition and without one (paraphrased
labels as in Levy et al. 2017, https://aclanthology.org/K17-1034).
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

import numpy as np

from kgbuild.ontology import Ontology, Property
from kgbuild.train.patterns import Patterned, Patterns

__all__ = ["narrowed", "widened", "wordings"]

_OF_PATTERNS = "urn:kgbuild:patterns#"
"""What the IRI of a relation begins with that the patterns alone have."""
_BARE = 0.3
"""Share of wordings that are a label without a definition."""


def narrowed(ontology: Ontology, keys: Collection[str]) -> Ontology:
    """The ontology without the properties that the keys name; one that names none is passed over."""
    lost = {ontology.by_key[key].iri for key in keys if key in ontology.by_key}
    return replace(ontology, properties=tuple(item for item in ontology.properties if item.iri not in lost))


def widened(ontology: Ontology, patterns: Patterns) -> Ontology:
    """The ontology with the relations of the patterns that it lacks; annotated data names them by their keys."""
    new = tuple(_property(item) for item in patterns.relations if item.key not in ontology.by_key)
    return replace(ontology, properties=tuple(sorted((*ontology.properties, *new), key=lambda item: item.iri)))


def wordings(ontology: Ontology, patterns: Patterns, *, count: int, draw: np.random.Generator) -> Iterator[Ontology]:
    """The ontology `count` times, each property under one of its names, with a definition or, now and then, without."""
    said = {ontology.by_key[item.key].iri: item for item in patterns.relations if item.key in ontology.by_key}
    for _ in range(count):
        words = [_reworded(item, said.get(item.iri), draw) for item in ontology.properties]
        yield replace(ontology, properties=tuple(words))


def _reworded(item: Property, told: Patterned | None, draw: np.random.Generator) -> Property:
    labels = [item.label, *item.labels]
    definitions = [item.definition]
    if told is not None:
        labels += [told.label, *told.labels]
        definitions.append(told.definition)
    definition = "" if draw.random() < _BARE else definitions[draw.integers(len(definitions))]
    return replace(item, label=labels[draw.integers(len(labels))], definition=definition, labels=())


def _property(item: Patterned) -> Property:
    return Property(
        iri=_OF_PATTERNS + item.key,
        label=item.label,
        definition=item.definition,
        domain=frozenset(),
        range=frozenset(),
        inverse=None,
        symmetric=False,
        functional=False,
        equivalents=(),
        labels=tuple(sorted(item.labels)),
    )
