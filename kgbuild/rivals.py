"""Probabilities of what excludes one another: a functional property has one value at most.

The model gives each pair a probability of its own, and a document that tells of several people tempts it to give one
person the birthplaces of all. Taken as evidence about which of the tails it is, or none, odds o_i become the
probabilities o_i / (1 + sum of all odds): Bayes' rule for alternatives of which at most one is true.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kgbuild.ontology import Property
from kgbuild.records import Entity, PairScore

__all__ = ["exclude_rivals"]

_Floats = NDArray[np.float64]


def exclude_rivals(
    probabilities: _Floats,
    scores: Sequence[PairScore],
    owners: Sequence[Entity],
    properties: Mapping[str, Property],
) -> _Floats:
    """The probabilities [N] of the scores, where tails of one head and functional property are rivals.

    `owners` are the entities of the mentions. Of several scores of one pair of entities the highest counts against the
    rivals. A year and a day in it are none.
    """
    asked: dict[tuple[int, str], list[int]] = defaultdict(list)
    for number, score in enumerate(scores):
        known = properties.get(score.property)
        if known is not None and known.functional:
            asked[id(owners[score.head]), score.property].append(number)
    found = probabilities.copy()
    for numbers in asked.values():
        tails = [owners[scores[number].tail] for number in numbers]
        if len(set(map(id, tails))) > 1:
            found[numbers] = _shared(probabilities[numbers], tails)
    return found


def _shared(probabilities: _Floats, tails: Sequence[Entity]) -> _Floats:
    odds = probabilities / (1 - probabilities).clip(1e-9)
    best: dict[int, float] = {}
    for tail, value in zip(map(id, tails), odds.tolist(), strict=True):
        best[tail] = max(value, best.get(tail, 0.0))
    entities = {id(tail): tail for tail in tails}
    rivals = [sum(best[key] for key, other in entities.items() if not _agree(tail, other)) for tail in tails]
    shared: _Floats = odds / (1 + odds + np.array(rivals))
    return shared


def _agree(one: Entity, other: Entity) -> bool:
    """Whether both may be the value: they are the same, or a date and one that begins with it."""
    if one is other:
        return True
    if one.literal is None or other.literal is None:
        return False
    shorter, longer = sorted((one.literal.value, other.literal.value), key=len)
    return longer.startswith(shorter)
