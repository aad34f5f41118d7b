"""Mentions of classes that the recogniser has no type for and whose members are common nouns: genres, professions.

A phrase is one when it is more like a class, or like names of the kinds that the class is like, than common nouns of
every kind are: by so many of their standard deviations, or somewhat fewer where the recogniser sees a common noun of
some kind. What is like no class is left out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import torch
from tokenizers import Tokenizer
from torch import Tensor

from kgbuild.kinds import Kind
from kgbuild.model.likeness import NOUN, TypeShares, word_vectors
from kgbuild.model.pairs import RelationModel
from kgbuild.ontology import EntityClass, Ontology
from kgbuild.recognise.phrases import LONGEST, PLAIN_NOUNS, runs
from kgbuild.records import AnnotatedDocument, Mention, Span

__all__ = ["NounFinder", "last_word", "noun_classes"]

_BY_WORDS, _BY_NAMES = 2.5, 3.0
"""Deviations from which a phrase is like a class by the words for it, and like names of its kinds."""
_A_WORD = 0.1
"""What each word more counts for, as a share of these."""
_TOLD = 0.8
"""What counts as like a class, as a share of the least, where the recogniser sees a common noun of some kind."""
_NEAREST = 3
"""Names of a kind whose mean likeness counts."""
_ALIKE, _FURTHER = 0.6, 0.12
"""Least likeness of a class and a kind, and how much less than the likest kind's it may be."""
_KINDS = frozenset(("type", "kind", "genre", "category", "style", "form"))
"""Last words of labels whose members are kinds, not single things."""
_CONFIDENCE: Final = 0.5
"""Confidence in a phrase and its class, whoever told of the phrase."""
_KEPT: Final = 65_536
_BESIDE: Final = re.compile(r"-|\s+")
"""What stands between words of one phrase."""


@dataclass(frozen=True, slots=True)
class _Measure:
    """What a phrase is compared with, and how common nouns compare."""

    vectors: Tensor
    """Vectors of length 1, [N, H]."""
    nearest: int
    """Of how many of them the mean likeness counts."""
    mean: float
    """Mean over common nouns."""
    deviation: float
    """Standard deviation over them."""
    least: float
    """Deviations from which on a phrase is like it."""

    def of(self, phrases: Tensor) -> Tensor:
        """How like each phrase [P, H] is, as a share of the least, [P]."""
        return (_likeness(phrases, self.vectors, self.nearest) - self.mean) / self.deviation / self.least


class NounFinder:
    """Finds mentions of the `classes` of an ontology whose members are common nouns, which are at least one."""

    def __init__(
        self,
        model: RelationModel,
        tokenizer: Tokenizer,
        ontology: Ontology,
        classes: Sequence[EntityClass],
        kinds: Mapping[str, Kind],
    ) -> None:
        self.model, self.tokenizer = model, tokenizer
        self.notations = [item.notation for item in classes]
        self._own = [frozenset(item.label.lower().split()) for item in classes]
        self._ends = frozenset(last_word(item.label) for item in ontology.classes if item not in classes)
        self._known: dict[str, Tensor] = {}
        common = {name: kind for name, kind in kinds.items() if kind.type == NOUN and kind.names}
        self._measures = self._measured(classes, common)

    def mentions(self, annotated: AnnotatedDocument, nouns: Sequence[Mention]) -> Iterator[Mention]:
        """The mentions that a document has beside its names; `nouns` are likely to hold some.

        No phrase runs across the end of one of these, but phrases of one class that stand side by side are one.
        """
        if len(self._known) > _KEPT:
            self._known.clear()
        text = annotated.document.text
        stretches = [Span(item.start, item.end) for item in nouns]
        found = [(run, _TOLD) for run in runs(annotated, self._ends, within=stretches)]
        told = replace(annotated, mentions=(*annotated.mentions, *nouns))
        found += [(run, 1.0) for run in runs(told, self._ends)]
        self._vectors([phrase for run, _ in found for _, _, phrase in _phrases(run, text)])  # all in few batches
        chosen = sorted(place for run, least in found for place in self._chosen(run, text, least))
        every = [_mention(annotated, start, end, self.notations[number]) for start, end, number in chosen]
        yield from _joined(every, text)

    def _chosen(self, run: Sequence[Span], text: str, least: float) -> Iterator[tuple[int, int, int]]:
        """Start, end and class of the phrases of a run that are like a class, the likest where two overlap."""
        taken: list[tuple[int, int]] = []
        for first, after, number, _ in self._fitting(run, text, least):
            if all(after <= low or high <= first for low, high in taken):
                taken.append((first, after))
                yield run[first].start, run[after - 1].end, number

    def _fitting(self, run: Sequence[Span], text: str, least: float) -> list[tuple[int, int, int, float]]:
        """First word, one past the last, class and score of each phrase that is like a class, the likest first."""
        phrases = _phrases(run, text)
        vectors = self._vectors([phrase for _, _, phrase in phrases])
        table = torch.stack([torch.stack([m.of(vectors) for m in every]).amax(dim=0) for every in self._measures])
        found = []
        for (a, b, phrase), row in zip(phrases, table.transpose(0, 1).tolist(), strict=True):
            words = phrase.split()
            fits = [
                0.0 if words[0] in own or own >= {*words} else score for own, score in zip(self._own, row, strict=True)
            ]
            best = max(fits)
            if best >= least:
                found.append((a, b, fits.index(best), best + _A_WORD * (b - a)))
        return sorted(found, key=lambda item: (-item[3], item[0]))

    def _measured(self, nouns: Sequence[EntityClass], kinds: Mapping[str, Kind]) -> list[list[_Measure]]:
        """For each class the measures by which a phrase may be like it."""
        plain, names = self._vectors(PLAIN_NOUNS), list(kinds)
        labels = self._vectors([name.replace("_", " ") for name in names])
        found = []
        for item in nouns:
            words = [item.label, *item.labels, *([f"{item.label}: {item.definition}"] if item.definition else [])]
            measures = [_measure(self._vectors(words), plain, 1, _BY_WORDS)]
            near = (self._vectors([item.label]) @ labels.transpose(0, 1))[0].tolist()
            least = max(_ALIKE, max(near, default=0.0) - _FURTHER)
            held = [
                name for kind, score in zip(names, near, strict=True) if score >= least for name in kinds[kind].names
            ]
            found.append([*measures, _measure(self._vectors(held), plain, _NEAREST, _BY_NAMES)] if held else measures)
        return found

    def _vectors(self, phrases: Sequence[str]) -> Tensor:
        """Vectors [P, H] of phrases, kept for the next time."""
        new = [phrase for phrase in dict.fromkeys(phrases) if phrase not in self._known]
        if new:
            self._known.update(zip(new, word_vectors(self.model, self.tokenizer, new), strict=True))
        return torch.stack([self._known[phrase] for phrase in phrases]) if phrases else torch.zeros(0)


def noun_classes(ontology: Ontology, classes: Sequence[EntityClass], shares: Sequence[TypeShares]) -> list[EntityClass]:
    """Those of the classes whose members are common nouns; `shares` are of each what it is like (`type_shares`)."""
    told = {kind for item in ontology.properties if last_word(item.label) in _KINDS for kind in item.range}
    return [
        item
        for item, share in zip(classes, shares, strict=True)
        if share[NOUN] > 0.5 or item.notation in told or last_word(item.label) in _KINDS
    ]


def last_word(label: str) -> str:
    """The last word of a label in small letters: what the members of a class are."""
    return label.lower().split()[-1]


def _phrases(run: Sequence[Span], text: str) -> list[tuple[int, int, str]]:
    """First word, one past the last and the words of each phrase of a run."""
    places = [(a, b) for a in range(len(run)) for b in range(a + 1, min(a + LONGEST, len(run)) + 1)]
    return [(a, b, " ".join(text[run[a].start : run[b - 1].end].lower().split())) for a, b in places]


def _measure(vectors: Tensor, plain: Tensor, nearest: int, least: float) -> _Measure:
    among = min(nearest, len(vectors))
    common = _likeness(plain, vectors, among)
    return _Measure(vectors, among, float(common.mean()), max(float(common.std()), 1e-6), least)


def _likeness(phrases: Tensor, vectors: Tensor, nearest: int) -> Tensor:
    return (phrases @ vectors.transpose(0, 1)).topk(nearest, dim=1).values.mean(dim=1)


def _joined(mentions: Sequence[Mention], text: str) -> list[Mention]:
    """The mentions, in order, those of one class and sentence joined that have white space or a hyphen between them."""
    found: list[Mention] = []
    for item in mentions:
        last = found[-1] if found else item
        alike = (last.type, last.sentence) == (item.type, item.sentence)
        if found and alike and _BESIDE.fullmatch(text, last.end, item.start):
            found[-1] = replace(last, end=item.end, text=text[last.start : item.end])
        else:
            found.append(item)
    return found


def _mention(annotated: AnnotatedDocument, start: int, end: int, notation: str) -> Mention:
    sentence = next(number for number, item in enumerate(annotated.sentences) if item.start <= start < item.end)
    return Mention(start, end, notation, annotated.document.text[start:end], sentence, _CONFIDENCE)
