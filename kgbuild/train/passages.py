"""Short texts out of annotated documents.

A model that reads whole documents alone is unsure of a sentence that stands alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from kgbuild.evaluate.gold import GoldDocument
from kgbuild.records import Span

__all__ = ["cut_passages"]


def cut_passages(
    documents: Iterable[GoldDocument], *, longest: int, draw: np.random.Generator
) -> Iterator[GoldDocument]:
    """The documents cut into runs of 1 to `longest` sentences; those that name fewer than two entities are left out.

    A relation holds in a passage that shows it: all its evidence is there or, where none is annotated, a sentence that
    names head and tail. Where a passage names both and does not show it, the pair is unclear there.
    """
    for document in documents:
        first = 0
        while first < len(document.sentences):
            after = min(first + int(draw.integers(1, longest + 1)), len(document.sentences))
            passage = _passage(document, first, after)
            if len(set(passage.entities)) > 1:
                yield passage
            first = after


def _passage(document: GoldDocument, first: int, after: int) -> GoldDocument:
    """The sentences from `first` to before `after` as a document."""
    shift, end = document.sentences[first].start, document.sentences[after - 1].end
    kept = [number for number, item in enumerate(document.mentions) if first <= item.sentence < after]
    named = GoldDocument(
        id=f"{document.id}, sentences {first} to {after - 1}",
        text=document.text[shift:end],
        sentences=tuple(Span(item.start - shift, item.end - shift) for item in document.sentences[first:after]),
        mentions=tuple(
            replace(item, start=item.start - shift, end=item.end - shift, sentence=item.sentence - first)
            for item in (document.mentions[number] for number in kept)
        ),
        entities=tuple(document.entities[number] for number in kept),
        relations=(),
        partial=document.partial,
        asked=document.asked,
        open=document.open,
    )
    together, there = named.same_sentence_pairs, set(named.entities)
    shown, unclear = [], set()
    for relation in document.relations:
        pair, inside = (relation.head, relation.tail), range(first, after)
        if all(number in inside for number in relation.evidence) if relation.evidence else pair in together:
            evidence = tuple(number - first for number in relation.evidence)
            shown.append(replace(relation, evidence=evidence))
        else:
            unclear.add(pair)
    shown = [relation for relation in shown if {relation.head, relation.tail} <= there]
    return replace(named, relations=tuple(shown), unclear=frozenset(unclear))
