"""Documents of our own, written for this project and annotated in their text.

A file holds documents like this one; a sentence is a line, and every mention carries the number of its entity:

    === W0001
    [1 PER:Marta Kowalczyk] was born in [2 LOC:Toruń].
    [1:Kowalczyk] died there in [3 TIME:2011].
    ---
    P19: 1>2
    P570: 1>3

    === V0001
    [1 MISC:The Salt Meadow] is a [2 KIND:drama film] by [3 PER:Inger Mølgaard].
    ---
    asked: P57 P58 P136
    P57: 1>3
    P136: 1>2

The type stands at an entity's first mention; `KIND` marks common nouns, which are
no names; those of asked documents teach the recogniser what common nouns are. Below the
text, a line for each relation says of which head and tail it holds. What is not said does not hold, but of a document
with a line `asked` nothing is known beyond the relations that this line names.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from kgbuild.errors import InputError, MissingError
from kgbuild.evaluate.gold import GoldDocument, to_gold
from kgbuild.train.tagging import TYPES

__all__ = ["read_written"]

_BEGIN: Final = "=== "
_BELOW: Final = "---"
_ASKED: Final = "asked"
_TYPES: Final = (*TYPES, "KIND")
_MENTION: Final = re.compile(r"\[(\d+)(?: (\w+))?:([^\[\]]+)\]")
_PAIR: Final = re.compile(r"(\d+)>(\d+)")


def read_written(folder: Path) -> Iterator[GoldDocument]:
    """The documents of a folder's `*.txt` files, ordered by file and place.

    Raises: MissingError; InputError with the file and the document.
    """
    paths = sorted(folder.glob("*.txt"))
    if not paths:
        raise MissingError(f"folder {str(folder)!r} holds no written documents (*.txt); name one", subject=folder)
    for path in paths:
        before, *blocks = re.split(f"^{_BEGIN}", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        if before.strip():
            raise InputError(f"{str(path)!r}: expected {_BEGIN!r} and a name, came {before[:40]!r}", subject=path)
        for block in blocks:
            name = block.partition("\n")[0].strip()
            try:
                yield _document(name, block.partition("\n")[2])
            except InputError as error:
                raise InputError(f"{str(path)!r}, document {name!r}: {error}", subject=path) from error


def _document(name: str, block: str) -> GoldDocument:
    body, _, told = block.partition(f"\n{_BELOW}\n")
    lines = [line.partition(":")[::2] for line in told.splitlines() if line]
    asked = [frozenset(keys.split()) for label, keys in lines if label == _ASKED]
    held = [(label.strip(), pairs) for label, pairs in lines if label != _ASKED]
    document = to_gold(_record(name, body, held), strict=True)
    if not asked:
        return document
    if len(asked) > 1 or not asked[0]:
        raise InputError(f"expected one line {_ASKED!r} that names relations, came {len(asked)}; correct it")
    strange = {label for label, _ in held} - asked[0]
    if strange:
        raise InputError(
            f"relations {', '.join(map(repr, sorted(strange)))} hold and are not named in the line {_ASKED!r}, "
            "whose names are set apart by spaces; add them there"
        )
    return replace(document, asked=asked[0])


def _record(name: str, body: str, held: list[tuple[str, str]]) -> dict[str, Any]:
    text, types, sentences, mentions = "", dict[int, str](), [], []
    for line in filter(None, map(str.strip, body.splitlines())):
        text += " " if text else ""
        start, last = len(text), 0
        for found in _MENTION.finditer(line):
            text, last = text + line[last : found.start()], found.end()
            entity, surface = int(found[1]), found[3]
            span = {"start": len(text), "end": len(text) + len(surface)}
            mentions.append({**span, "type": _type(found, types), "entity": entity})
            text += surface
        text += line[last:]
        sentences.append([start, len(text)])
    if re.search(r"[\[\]]", text):
        raise InputError("a square bracket stands outside a mention; write [number TYPE:name] or [number:name]")
    relations = [item for label, pairs in held for item in _relations(label, pairs, types)]
    return {"id": name, "text": text, "sentences": sentences, "mentions": mentions, "relations": relations}


def _type(mention: re.Match[str], types: dict[int, str]) -> str:
    """Type of the mention's entity, which its first mention tells."""
    entity, came = int(mention[1]), mention[2]
    if types.setdefault(entity, came or "") not in _TYPES or came not in (None, types[entity]):
        raise InputError(
            f"mention {mention[0]!r}: expected one of {', '.join(_TYPES)} at an entity's first mention and the same or "
            f"none later, came {came!r}; correct it"
        )
    return types[entity]


def _relations(label: str, pairs: str, types: dict[int, str]) -> Iterator[dict[str, Any]]:
    for pair in pairs.split():
        found = _PAIR.fullmatch(pair)
        if found is None or not {int(found[1]), int(found[2])} <= set(types) or found[1] == found[2]:
            raise InputError(
                f"relation {label!r}: expected head>tail, two numbers of entities that the text names, came {pair!r}; "
                "correct it"
            )
        yield {"head": int(found[1]), "tail": int(found[2]), "label": label}
