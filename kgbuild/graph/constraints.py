"""What SHACL Core constraints forbid among a node's values (https://www.w3.org/TR/shacl/#core-components)."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

import pyoxigraph as ox

from kgbuild.graph.problems import SHACL

__all__ = [
    "BOUNDED",
    "COUNTED",
    "KINDS",
    "Check",
    "ReadNumber",
    "Term",
    "Values",
    "match_none",
    "not_less",
    "of_other_kind",
    "of_other_type",
]

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
"""What a quad may hold."""
Values = Mapping[ox.NamedNode, Sequence[Term]]
"""A node's values by property."""
Check = Callable[[Sequence[Term], Values], Sequence[Term | None]]
"""The wrong ones of a node's values, `None` for their number; the node's other properties are given too."""
ReadNumber = Callable[[Term], Decimal | None]
"""The number that a term is, or `None`."""
_NONE: Final[Sequence[Term | None]] = ()


def _too_few(least: int, values: Sequence[Term], _about: Values) -> Sequence[Term | None]:
    return _NONE if len(values) >= least else (None,)


def _too_many(most: int, values: Sequence[Term], _about: Values) -> Sequence[Term | None]:
    return _NONE if len(values) <= most else (None,)


def _below(number: ReadNumber, least: Decimal, values: Sequence[Term], _about: Values) -> Sequence[Term | None]:
    return [value for value in values if (found := number(value)) is None or found < least]


def _above(number: ReadNumber, most: Decimal, values: Sequence[Term], _about: Values) -> Sequence[Term | None]:
    return [value for value in values if (found := number(value)) is None or found > most]


KINDS: Final[Mapping[Term, tuple[type, ...]]] = {
    ox.NamedNode(SHACL + "IRI"): (ox.NamedNode,),
    ox.NamedNode(SHACL + "Literal"): (ox.Literal,),
    ox.NamedNode(SHACL + "BlankNode"): (ox.BlankNode,),
    ox.NamedNode(SHACL + "IRIOrLiteral"): (ox.NamedNode, ox.Literal),
    ox.NamedNode(SHACL + "BlankNodeOrIRI"): (ox.BlankNode, ox.NamedNode),
    ox.NamedNode(SHACL + "BlankNodeOrLiteral"): (ox.BlankNode, ox.Literal),
}
"""Types of terms by what `sh:nodeKind` may name."""


def of_other_kind(kind: tuple[type, ...], values: Sequence[Term], _about: Values) -> Sequence[Term | None]:
    """The values that are no term of the kind."""
    return [value for value in values if not isinstance(value, kind)]


def of_other_type(right: Callable[[Term], bool], values: Sequence[Term], _about: Values) -> Sequence[Term | None]:
    """The values that are not right."""
    return [value for value in values if not right(value)]


def not_less(number: ReadNumber, role: ox.NamedNode, values: Sequence[Term], about: Values) -> Sequence[Term | None]:
    """The values that are not less than each of the other property's."""
    numbers = [(value, number(value)) for value in values]
    others = [number(other) for other in about.get(role, ())]
    return [value for value, one in numbers for other in others if one is None or other is None or one >= other]


def match_none(alternatives: Sequence[Sequence[Check]], values: Sequence[Term], about: Values) -> Sequence[Term | None]:
    """The values that none of the alternatives takes."""

    def matches(value: Term) -> bool:
        return any(not any(check((value,), about) for check in checks) for checks in alternatives)

    return [value for value in values if not matches(value)]


COUNTED: Final = {"minCount": _too_few, "maxCount": _too_many}
"""Constraints on the number of values."""
BOUNDED: Final = {"minInclusive": _below, "maxInclusive": _above}
"""Constraints on numbers."""
