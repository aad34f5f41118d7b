"""Sentences of our own for many relations: patterns filled with names, as annotated documents.

A pattern states its relation or, as an "unlike" one, names a possible head and tail and states something else. So a
model meets far more relations, told in far more ways, than the annotated sets hold: the variety of labels is what
lets it score a relation that it never saw (Levy et al. 2017, https://aclanthology.org/K17-1034).
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from kgbuild.errors import InputError
from kgbuild.evaluate.gold import GoldDocument, to_gold
from kgbuild.kinds import NAMES_FILE, Kind, read_kinds, read_tables

__all__ = ["Patterned", "Patterns", "read_patterns", "sentences"]

_HOLE = re.compile(r"\{(head|tail|other:(\w+))\}")
_KEYS: Final = frozenset(("label", "labels", "definitions", "head", "tail", "patterns", "unlike"))
_INVERSE: Final = frozenset(("inverse", "inverse_definitions"))
"""Keys that a table may have, both or neither."""
_INVERSE_OF: Final = "inverse_of"
"""Key of the relation that is the inverse of a table's, which stands in one of both tables instead of these."""
_HEAD, _TAIL = 0, 1
"""Numbers of the two entities in a sentence that is made."""


@dataclass(frozen=True, slots=True)
class Patterned:
    """A relation with the patterns that state it."""

    key: str
    """Its name, as annotated files have it: P19."""
    label: str
    """Name for people."""
    labels: tuple[str, ...]
    """The same in other words."""
    definitions: tuple[str, ...]
    """What it means, in several ways, at least one."""
    head: tuple[str, ...]
    """Kinds of its heads, at least one."""
    tail: tuple[str, ...]
    """Kinds of its tails, at least one."""
    patterns: tuple[str, ...]
    """Sentences that state it."""
    unlike: tuple[str, ...]
    """Sentences that name both and do not state it."""
    inverse: tuple[str, ...] = ()
    """Names of what its tail is to its head; none where that is the same relation, or nothing that people say."""
    inverse_definitions: tuple[str, ...] = ()
    """What they mean, in several ways, at least one where there are names."""
    inverse_of: str = ""
    """Key of the relation that is its inverse, where that is one of the patterns and one of both has to say so."""

    def one_way(self) -> "Patterned":
        """The relation without names for its inverse."""
        return replace(self, inverse=(), inverse_definitions=())


@dataclass(frozen=True, slots=True)
class Patterns:
    """Everything that a folder of patterns holds."""

    kinds: Mapping[str, Kind]
    """Kinds by name."""
    relations: tuple[Patterned, ...]
    """Relations, ordered by file and place."""

    def without(self, keys: Collection[str]) -> "Patterns":
        """The same without some relations, and without each inverse that has a name of one of them."""
        lost = {name for item in self.relations if item.key in keys for name in (item.label, *item.labels)}
        kept = (item for item in self.relations if item.key not in keys)
        return Patterns(self.kinds, tuple(item.one_way() if lost & set(item.inverse) else item for item in kept))


def read_patterns(folder: Path) -> Patterns:
    """The patterns of a folder: `names.toml` and a table for each relation in the other files.

    Raises: MissingError; InputError with the file and the table.
    """
    names = folder / NAMES_FILE
    kinds = read_kinds(names)
    relations: dict[str, Patterned] = {}
    for path in sorted(folder.glob("*.toml")):
        for key, table in read_tables(path).items() if path != names else ():
            if key in relations:
                raise InputError(f"{str(path)!r}, table {key!r}: stands twice; keep one", subject=path)
            relations[key] = _relation(path, key, table, kinds)
    _check_inverses(folder, relations)
    return Patterns(kinds, tuple(relations.values()))


def sentences(patterns: Patterns, *, each: int, draw: np.random.Generator) -> Iterator[GoldDocument]:
    """One-sentence documents, `each` for every relation, patterns in turn from a random one on.

    Head, tail and distractors are mentions; the relation of head and tail is annotated, or denied where the pattern is
    an unlike one. What else the tail may be to the head is unclear.
    """
    for item in patterns.relations:
        said = [*((text, True) for text in item.patterns), *((text, False) for text in item.unlike)]
        order = draw.permutation(len(said))
        for number in range(each):
            text, holds = said[order[number % len(said)]]
            made = to_gold(_record(f"{item.key} {number}", text, item, patterns.kinds, holds=holds, draw=draw))
            yield replace(made, unclear=frozenset(((_TAIL, _HEAD),)))


def _record(
    id: str, pattern: str, item: Patterned, kinds: Mapping[str, Kind], *, holds: bool, draw: np.random.Generator
) -> dict[str, Any]:
    text, last, numbers, mentions, used = "", 0, {"head": _HEAD, "tail": _TAIL}, [], set[str]()
    for hole in _HOLE.finditer(pattern):
        own = {"head": item.head, "tail": item.tail}.get(hole[1]) or (hole[2],)
        kind = kinds[own[draw.integers(len(own))]]
        name = _unused(kind, used, draw)
        text += pattern[last : hole.start()]
        entity = numbers.setdefault(hole[1], len(numbers))
        mentions.append({"start": len(text), "end": len(text) + len(name), "type": kind.type or None, "entity": entity})
        text, last = text + name, hole.end()
    text += pattern[last:]
    text = text[0].upper() + text[1:]
    told = [{"head": _HEAD, "tail": _TAIL, "label": item.key}]
    place = "relations" if holds else "denied"
    return {"id": id, "text": text, "sentences": [[0, len(text)]], "mentions": mentions, place: told}


def _unused(kind: Kind, used: set[str], draw: np.random.Generator) -> str:
    """A name that the sentence does not have yet, as far as the kind has others."""
    name = kind.draw(draw)
    for _ in range(8):
        if name not in used:
            break
        name = kind.draw(draw)
    used.add(name)
    return name


def _relation(path: Path, key: str, table: Mapping[str, Any], kinds: Mapping[str, Kind]) -> Patterned:
    missing = sorted((_KEYS | (_INVERSE if _INVERSE & set(table) else set())) - set(table))
    if missing:
        raise InputError(f"{str(path)!r}, table {key!r}: key {missing[0]!r} is missing; add it", subject=path)
    found = Patterned(
        key=key,
        label=table["label"],
        **{name: tuple(table[name]) for name in sorted(_KEYS - {"label"})},
        **{name: tuple(table.get(name, ())) for name in sorted(_INVERSE)},
        inverse_of=table.get(_INVERSE_OF, ""),
    )
    for text in (*found.patterns, *found.unlike):
        holes = [hole[1] for hole in _HOLE.finditer(text)]
        if holes.count("head") != 1 or holes.count("tail") != 1:
            raise InputError(
                f"{str(path)!r}, table {key!r}: expected {{head}} and {{tail}} once each, came {text!r}; correct it",
                subject=path,
            )
    if not found.definitions or bool(found.inverse) != bool(found.inverse_definitions):
        raise InputError(
            f"{str(path)!r}, table {key!r}: expected a definition, and one of the inverse where that has a name, came "
            "none; add one",
            subject=path,
        )
    named = (*found.head, *found.tail, *_distractors((*found.patterns, *found.unlike)))
    unknown = sorted(set(named) - set(kinds))
    if unknown or not (found.head and found.tail):
        raise InputError(
            f"{str(path)!r}, table {key!r}: expected kinds of {NAMES_FILE}, came {unknown or 'none'}; correct it",
            subject=path,
        )
    return found


def _check_inverses(folder: Path, relations: Mapping[str, Patterned]) -> None:
    """Nothing; each inverse is another relation of the folder, and neither of both has names for an inverse too.

    Raises: InputError.
    """
    told = [(item, relations.get(item.inverse_of)) for item in relations.values() if item.inverse_of]
    pairs = [key for item, other in told for key in (item.key, item.inverse_of)]
    for item, other in told:
        if other is None or item.inverse or other.inverse or pairs.count(item.key) + pairs.count(other.key) > 2:
            raise InputError(
                f"{str(folder)!r}, table {item.key!r}: expected as 'inverse_of' the key of another relation that is "
                f"the inverse of no third one, and 'inverse' in neither table, came {item.inverse_of!r}; correct it",
                subject=folder,
            )


def _distractors(texts: Sequence[str]) -> Iterator[str]:
    return (hole[2] for text in texts for hole in _HOLE.finditer(text) if hole[2])
