"""The words of an ontology's terms: of all texts in all languages those that are read."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Literal, Node

__all__ = ["best_text", "is_english", "one_line", "other_texts", "text_of"]


def best_text(graph: "Graph", node: "Node", *relations: "Node") -> "Literal | None":
    """The first text under the first relation that has one: English, then without language, then any."""
    for relation in relations:
        values = list(_texts(graph, node, relation))
        if values:
            order = {"en": 0, "": 1}
            return min(values, key=lambda value: (order.get(_language(value), 2), str(value)))
    return None


def text_of(graph: "Graph", node: "Node", *relations: "Node") -> str:
    """What `best_text` finds, on one line; empty when there is none."""
    best = best_text(graph, node, *relations)
    return "" if best is None else one_line(best)


def other_texts(graph: "Graph", node: "Node", relations: Sequence["Node"], label: "Literal") -> tuple[str, ...]:
    """All texts under the relations but the label itself, sorted, in its language or in none.

    Beside a label without language English is read too.
    """
    languages = {"", _language(label)} | ({"en"} if is_english(label) else set())
    texts = (text for relation in relations for text in _texts(graph, node, relation))
    return tuple(sorted({one_line(text) for text in texts if _language(text) in languages} - {one_line(label)}))


def is_english(text: "Literal") -> bool:
    """Whether a text is in English, or in no language that is named."""
    return _language(text) in ("en", "")


def one_line(text: str) -> str:
    """The text with single spaces."""
    return " ".join(text.split())


def _texts(graph: "Graph", node: "Node", relation: "Node") -> "Iterator[Literal]":
    """Texts that are not blank."""
    from rdflib.term import Literal

    return (value for value in graph.objects(node, relation) if isinstance(value, Literal) and one_line(value))


def _language(text: "Literal") -> str:
    return (text.language or "").split("-")[0]
