"""Annotated texts written as they are read: one sentence a line, `[name|TYPE]` or `[name|TYPE|entity]` a mention."""

import re
from typing import Any

from kgbuild.evaluate.gold import GoldDocument, to_gold
from kgbuild.ontology import Ontology, Property
from kgbuild.records import AnnotatedDocument, Document, Entity, Mention, Span

_MARK = re.compile(r"\[([^\]|]*)\|(\w+)(?:\|(\d+))?\]")


def record(marked: str, relations: list[tuple[int, int, str]] | None = None, *, id: str = "d") -> dict[str, Any]:
    """The text as an annotated file holds it; a mention without a number is an entity of its own."""
    text, sentences, mentions = "", [], []
    for line in marked.split("\n"):
        begin, last = len(text), 0
        for match in _MARK.finditer(line):
            text += line[last : match.start()]
            entity = int(match[3]) if match[3] else 1000 + len(mentions)
            mentions.append({"start": len(text), "end": len(text) + len(match[1]), "type": match[2], "entity": entity})
            text += match[1]
            last = match.end()
        text += line[last:]
        sentences.append([begin, len(text)])
        text += " "
    told = [{"head": head, "tail": tail, "label": label} for head, tail, label in relations or []]
    return {"id": id, "text": text, "sentences": sentences, "mentions": mentions, "relations": told}


def gold(marked: str, relations: list[tuple[int, int, str]] | None = None, *, id: str = "d") -> GoldDocument:
    """The text as a gold document."""
    return to_gold(record(marked, relations, id=id))


def annotated(marked: str) -> AnnotatedDocument:
    """The text as resolution hands it over."""
    document = gold(marked)
    numbers: dict[int, list[int]] = {}
    for number, entity in enumerate(document.entities):
        numbers.setdefault(entity, []).append(number)
    entities = tuple(
        Entity(f"urn:{entity}", document.mentions[found[0]].text, document.mentions[found[0]].type, tuple(found))
        for entity, found in numbers.items()
    )
    return AnnotatedDocument(
        Document("urn:d", "urn:d", document.text, "", "txt"), document.sentences, document.mentions, entities
    )


def long_sentence(words: int, *, every: int) -> AnnotatedDocument:
    """One sentence of this many words `ada`, with a mention of an entity of its own at every so manyth."""
    starts = range(0, 4 * words, 4 * every)
    mentions = tuple(Mention(start, start + 3, "PER", "ada", 0) for start in starts)
    text = "ada " * words
    return AnnotatedDocument(Document("urn:l", "urn:l", text, "", "txt"), (Span(0, 4 * words - 1),), mentions)


def ontology() -> Ontology:
    """Place of birth with an inverse that has its own property, spouse that holds both ways, and employer."""
    return Ontology(
        "urn:o",
        "",
        (
            _property("urn:birthplace", "place of birth", inverse="urn:birthplaceof", equivalents=("urn:wd/P19",)),
            _property("urn:birthplaceof", "birthplace of", inverse="urn:birthplace"),
            _property("urn:employer", "employer", inverse="urn:elsewhere"),
            _property("urn:spouse", "spouse", symmetric=True),
        ),
        (),
    )


def _property(
    iri: str, label: str, *, inverse: str | None = None, symmetric: bool = False, equivalents: tuple[str, ...] = ()
) -> Property:
    none: frozenset[str] = frozenset()
    return Property(iri, label, f"the {label} of it", none, none, inverse, symmetric, False, equivalents)
