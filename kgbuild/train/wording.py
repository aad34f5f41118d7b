"""Relations in other words: what a model must meet in training to score labels that it never saw.

A model that sees each label in one wording only learns the wording by heart. So it learns more relations than the
ontology has, those of the patterns, and each under several names, with a definition and without one (paraphrased
labels as in Levy et al. 2017, https://aclanthology.org/K17-1034). And a model that meets every relation from one side
only learns which side the types of names suggest, and not which one the label says: who is asked "kills" after "killed
by" answers with the victim. So each relation is learned from its other side too, under names of its own.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from kgbuild.evaluate.gold import GoldDocument, GoldRelation
from kgbuild.ontology import Ontology, Property
from kgbuild.train.patterns import Patterned, Patterns

__all__ = ["inverses", "narrowed", "widened", "with_inverses", "wordings"]

_OF_PATTERNS = "urn:kgbuild:patterns#"
"""What the IRI of a relation begins with that the patterns alone have."""
_BARE = 0.3
"""Share of wordings that are a label without a definition."""
_ALONE = 0.7
"""Share of wordings that give one name alone."""
_NAMES = 3
"""Most names that a wording gives."""
_INVERSE: Final = "-inverse"
"""What the key of a relation that is read from its tail to its head ends in."""

_Words = tuple[tuple[str, ...], tuple[str, ...]]
"""Names and definitions of a relation."""


def narrowed(ontology: Ontology, keys: Collection[str]) -> Ontology:
    """The ontology without the properties that the keys name; one that names none is passed over."""
    lost = {ontology.by_key[key].iri for key in keys if key in ontology.by_key}
    return replace(ontology, properties=tuple(item for item in ontology.properties if item.iri not in lost))


def widened(ontology: Ontology, patterns: Patterns) -> Ontology:
    """The ontology with the relations of the patterns that it lacks; annotated data names them by their keys.

    A relation whose inverse has names in the patterns, and is no property of the ontology, is there in both directions.
    Nothing ties the scores of both to each other.
    """
    new = [
        _property(item.key, item.label, item.labels, item.definitions[0])
        for item in patterns.relations
        if item.key not in ontology.by_key
    ]
    new += [
        _property(item.key + _INVERSE, item.inverse[0], item.inverse[1:], item.inverse_definitions[0])
        for item in _inverted(ontology, patterns)
    ]
    return replace(ontology, properties=tuple(sorted((*ontology.properties, *new), key=lambda item: item.iri)))


def inverses(ontology: Ontology, patterns: Patterns) -> dict[str, str]:
    """The key of each relation's inverse, of those that a widened ontology has in both directions, by its own."""
    pairs = [(item.key, item.inverse_of or item.key + _INVERSE) for item in patterns.relations]
    both = [pair for pair in pairs if ontology.by_key.keys() >= set(pair)]
    return dict(both) | {back: key for key, back in both}


def with_inverses(documents: Iterable[GoldDocument], ontology: Ontology, patterns: Patterns) -> Iterator[GoldDocument]:
    """The documents, in which what a widened ontology has in both directions is told, denied and asked in both.

    What is told one way does not hold the other way round, unless that is told too.
    """
    turned = inverses(ontology, patterns)
    for item in documents:
        yield replace(
            item,
            relations=(*item.relations, *_turned(item.relations, turned)),
            denied=(*item.denied, *_turned(item.denied, turned), *_mistaken(item.relations, turned)),
            asked=None if item.asked is None else item.asked | {turned[key] for key in item.asked & turned.keys()},
            open=item.open | {turned[key] for key in item.open & turned.keys()},
        )


def wordings(ontology: Ontology, patterns: Patterns, *, count: int, draw: np.random.Generator) -> Iterator[Ontology]:
    """The ontology `count` times, each property under some of its names, with a definition or, at times, without."""
    said: dict[str, _Words] = {}
    for item in patterns.relations:
        for key, names, meanings in (
            (item.key, (item.label, *item.labels), item.definitions),
            (item.key + _INVERSE, item.inverse, item.inverse_definitions),
        ):
            if key in ontology.by_key:
                said[ontology.by_key[key].iri] = names, meanings
    for _ in range(count):
        words = [_reworded(item, said.get(item.iri, ((), ())), draw) for item in ontology.properties]
        yield replace(ontology, properties=tuple(words))


def _reworded(item: Property, told: _Words, draw: np.random.Generator) -> Property:
    names = list(dict.fromkeys((item.label, *item.labels, *told[0])))
    meanings = list(dict.fromkeys((item.definition, *told[1])))
    definition = "" if draw.random() < _BARE else meanings[draw.integers(len(meanings))]
    many = 1 if draw.random() < _ALONE else int(draw.integers(2, _NAMES + 1))
    label, *others = draw.permutation(np.array(names, dtype=object))[:many]
    return replace(item, label=label, definition=definition, labels=tuple(others))


def _property(key: str, label: str, labels: Iterable[str], definition: str) -> Property:
    return Property(
        iri=_OF_PATTERNS + key,
        label=label,
        definition=definition,
        domain=frozenset(),
        range=frozenset(),
        inverse=None,
        symmetric=False,
        functional=False,
        equivalents=(),
        labels=tuple(sorted(labels)),
    )


def _inverted(ontology: Ontology, patterns: Patterns) -> Iterator[Patterned]:
    """The relations that have names for their inverse, where the ontology has no property for it."""
    for item in patterns.relations:
        known = ontology.by_key.get(item.key)
        if item.inverse and not (known and (known.symmetric or known.inverse)):
            yield item


def _turned(told: Iterable[GoldRelation], keys: Mapping[str, str]) -> Iterator[GoldRelation]:
    """What is told, from the other side, of the relations that have an inverse among the keys."""
    for item in told:
        if item.label in keys:
            yield replace(item, head=item.tail, tail=item.head, label=keys[item.label])


def _mistaken(told: Sequence[GoldRelation], keys: Mapping[str, str]) -> Iterator[GoldRelation]:
    """What is surely told, and what it is from the other side, with head and tail mistaken for each other."""
    held = {(item.head, item.tail, item.label) for item in told}
    for item in told:
        if item.label in keys and item.probability == 1 and (item.tail, item.head, item.label) not in held:
            yield replace(item, head=item.tail, tail=item.head)
            yield replace(item, label=keys[item.label])
