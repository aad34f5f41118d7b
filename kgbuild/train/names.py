"""`NameIndex`: the classes and properties of an ontology by all that examples may call them."""

from collections.abc import Iterable, Sequence
from typing import Final

from kgbuild.errors import InputError
from kgbuild.evaluate.gold import UNTYPED
from kgbuild.ontology import Ontology, Property

__all__ = ["NameIndex", "listed"]

_LISTED: Final = 12
"""Names that an error lists at most."""


class NameIndex:
    """What the names in examples stand for, by an ontology and the types that mentions may have."""

    def __init__(self, ontology: Ontology, types: Sequence[str]) -> None:
        self.ontology = ontology
        self.types = frozenset(types)
        self._kinds = {kind: kind for kind in types}
        for item in ontology.classes:
            for name in (item.notation, item.iri, item.iri.replace("#", "/").rsplit("/", 1)[-1], item.label):
                self._kinds.setdefault(name, item.notation)
        for item in ontology.classes:
            for name in item.labels:
                self._kinds.setdefault(name, item.notation)

    def type(self, name: str, of: str) -> str:
        """The notation of the class that is called `name`. Raises: InputError."""
        if name not in self._kinds:
            raise InputError(
                f"{of!r} has the type {name!r}, expected a class of the ontology: {listed(sorted(self.types))}; "
                "correct it or leave it out"
            )
        return self._kinds[name]

    def found(self, name: str | None) -> str:
        """The notation of the class that is called `name`, `UNTYPED` where there is none: nobody has judged it."""
        return self._kinds.get(name or UNTYPED, UNTYPED)

    def property(self, name: str) -> Property:
        """The property that is called `name`. Raises: InputError."""
        if name not in self.ontology.by_key:
            known = listed(sorted(item.label for item in self.ontology.properties))
            raise InputError(
                f"relation {name!r} is unknown, expected one of the ontology: {known}; correct it, or add it to the "
                "ontology"
            )
        return self.ontology.by_key[name]

    def open(self, ends: Iterable[frozenset[str]]) -> tuple[str, ...]:
        """Types that stand at all these ends of properties; all where none does."""
        found = self.types.intersection(*filter(None, ends))
        return tuple(sorted(found or self.types))


def listed(names: Sequence[str]) -> str:
    """The names in words, the first of many."""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
