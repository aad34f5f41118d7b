"""What a person says when they undo a merge: that its entities are two, here and in every later build."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from kgbuild.errors import InputError
from kgbuild.stages.identities import Kept

__all__ = ["undone"]

_Documents = Mapping[str, set[str]]


def undone(kept: Kept, known: _Documents, iris: Sequence[str], *, author: str, at: str) -> list[Mapping[str, Any]]:
    """The opinions that part one entity from all that it is merged with, or from the one that is named second.

    `known` are documents by entity. An entity that is merged with none loses its link to a vocabulary. Raises:
    InputError where there is no such merge.
    """
    one, *named = iris
    said = {"action": "opinion", "same": False, "author": author, "at": at}
    others, entry = _merged(kept, one) - {one}, _entry(kept, one)
    if (named and named[0] == entry) or (not named and not others and entry):
        lines = _linked(kept, known, one, entry)
    else:
        wanted = others & {*named} if named else others
        if not wanted:
            raise _no_such(iris, sorted(others), entry)
        lines = _parted(kept, known, one, sorted(wanted))
    return [said | line for line in lines]


def _merged(kept: Kept, iri: str) -> set[str]:
    """The entities that are one with this one, itself among them."""
    merges = {entity: line["canonical"] for entity, line in kept.merges.items() if "vocabulary" not in line}
    canonical = merges.get(iri, iri)
    return {canonical, *(entity for entity, other in merges.items() if other == canonical)}


def _entry(kept: Kept, iri: str) -> str:
    """The entry of a vocabulary that an entity is linked to, under whichever of its IRIs; empty where it is to none."""
    return next((str(kept.links[node]["canonical"]) for node in sorted(_merged(kept, iri)) if node in kept.links), "")


def _parted(kept: Kept, known: _Documents, one: str, others: Sequence[str]) -> Iterator[dict[str, str]]:
    for other in others:
        for (entity, document), (second, elsewhere) in product(_places(kept, known, one), _places(kept, known, other)):
            yield {"one": entity, "one_document": document, "other": second, "other_document": elsewhere}


def _linked(kept: Kept, known: _Documents, one: str, entry: str) -> Iterator[dict[str, str]]:
    for node in sorted(_merged(kept, one)):
        for entity, document in _places(kept, known, node):
            place = {"one": entity, "one_document": document, "other": entry, "other_document": ""}
            yield {**place, "vocabulary": _vocabulary(kept, entry)}


def _vocabulary(kept: Kept, entry: str) -> str:
    return next(str(line["vocabulary"]) for line in kept.links.values() if line["canonical"] == entry)


def _places(kept: Kept, known: _Documents, iri: str) -> list[tuple[str, str]]:
    """Where an IRI is meant: the entity by name and type, and the document, which is empty for all of them."""
    split = {(entity, document): line["part"] for (document, entity), line in kept.splits.items()}
    parts = [place for place, part in split.items() if part == iri]
    if parts or not any(entity == iri for entity, _ in split):
        return sorted(parts) or [(iri, "")]
    return [(iri, document) for document in sorted(known.get(iri, ())) if (iri, document) not in split]


def _no_such(iris: Sequence[str], others: Sequence[str], entry: str) -> InputError:
    one, *named = iris
    held = [*others[:3], *([entry] if entry else [])]
    told = f"it is one with {', '.join(map(repr, held))}" if held else "it is merged with nothing"
    wanted = f"with {named[0]!r}" if named else "that could be undone"
    return InputError(
        f"entity {one!r} has no merge {wanted}: {told}; name IRIs between which there is an owl:sameAs", subject=iris
    )
