"""How well the types of head and tail fit a domain and range whose classes the recogniser has no type for.

The evidence of an end is the logarithm of p(type | class) / p(type): above 0 where the class is like what that type
holds, below where it is like others; a date is no observatory, and an observatory no date. It is added to the logit, so
that a strong score outweighs a type that was mistaken. Of the pairs of a property in the same sentences those count
that come near the best of them, or are sure by themselves.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tokenizers import Tokenizer

from kgbuild.config import NAMES
from kgbuild.kinds import read_kinds
from kgbuild.model.likeness import TypeShares, type_shares
from kgbuild.model.pairs import RelationModel
from kgbuild.ontology import VALUE_TYPES, Ontology
from kgbuild.records import PairScore, ScoredDocument

__all__ = ["Fitting", "fit_types", "fitting_of"]

_MISTAKEN: Final = 0.1
"""Share of mentions whose type tells nothing of their class."""
_TYPES: Final = 5
"""Types that a mention may have, common noun among them: before anything is known each is as likely."""
_UNASKED: Final = -2.0
"""Evidence of a common noun where domain or range is open: mostly a name is meant."""
_BEHIND: Final = 1.0
"""How far below the best logit of its property in the same sentences a score may lie."""
_SURE: Final = 5.0
"""Logit from which a score counts whatever the best is: a song has two performers, a book ten characters. Chosen on
tekgen/*/dev, where 2 to 4 let in more that is wrong than right."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """What the types of head and tail tell of each property."""

    heads: Mapping[str, TypeShares]
    """Evidence by property and type of the head, 0 where a type tells nothing."""
    tails: Mapping[str, TypeShares]
    """The same of the tail."""

    @property
    def most(self) -> float:
        """What both ends add at most."""
        rows = ([value for row in ends.values() for value in row.values()] for ends in (self.heads, self.tails))
        return sum(max(values, default=0.0) for values in rows)


def fitting_of(
    model: RelationModel, tokenizer: Tokenizer, origins: Mapping[str, str], ontology: Ontology
) -> Fitting | None:
    """What types tell of the properties of an ontology; `origins` are what each type of mentions began as.

    `None` where all classes are types that are known as they are. Where all are types and some of them were learned, no
    type is evidence, since what it tells was learned with it, but of a property's pairs only those near the best count.
    """
    if not ontology.fresh(origins):
        return None
    untyped = ontology.untyped(origins)
    if not untyped:
        return Fitting({}, {})
    told = type_shares(model, tokenizer, [item.label for item in untyped], read_kinds(NAMES))
    shares = {item.notation: share for item, share in zip(untyped, told, strict=True)}
    known = sorted({*origins, *shares})

    def of(wanted: frozenset[str]) -> TypeShares:
        return {type: _evidence(type, wanted, shares) for type in known}

    properties = ontology.properties
    return Fitting(
        {item.iri: of(item.domain) for item in properties}, {item.iri: of(item.range) for item in properties}
    )


def fit_types(documents: Iterable[ScoredDocument], fitting: Fitting, *, floor: float) -> Iterator[ScoredDocument]:
    """The documents, their logits with the evidence of types, from the floor on, that are sure or near their best."""
    for document in documents:
        scores = list(_fitted(document, fitting, floor))
        best: dict[tuple[str, int, int], float] = {}
        for one in scores:
            key = _place(document, one)
            best[key] = max(best.get(key, -math.inf), one.logit)
        kept = (one for one in scores if one.logit >= min(best[_place(document, one)] - _BEHIND, _SURE))
        yield replace(document, scores=tuple(kept))


def _fitted(document: ScoredDocument, fitting: Fitting, floor: float) -> Iterator[PairScore]:
    types: Sequence[str] = [item.type for item in document.annotated.mentions]
    for one in document.scores:
        head, tail = fitting.heads.get(one.property, {}), fitting.tails.get(one.property, {})
        logit = one.logit + head.get(types[one.head], 0.0) + tail.get(types[one.tail], 0.0)
        if logit >= floor:
            yield replace(one, logit=logit)


def _place(document: ScoredDocument, one: PairScore) -> tuple[str, int, int]:
    mentions = document.annotated.mentions
    first, second = sorted((mentions[one.head].sentence, mentions[one.tail].sentence))
    return one.property, first, second


def _evidence(type: str, wanted: frozenset[str], shares: Mapping[str, TypeShares]) -> float:
    """What a mention's type tells of its being one of the classes that are wanted."""
    if not wanted:
        return _UNASKED if type in shares else 0.0
    if type in VALUE_TYPES or wanted <= VALUE_TYPES:
        return 0.0 if type in wanted else math.log(_MISTAKEN)
    chances = [
        float(type == name) if type in shares else shares[name].get(type, 0.0) for name in wanted & shares.keys()
    ]
    chances += [float(type == name) for name in wanted - shares.keys() - VALUE_TYPES]
    return math.log((1 - _MISTAKEN) * max(chances) * _TYPES + _MISTAKEN)
