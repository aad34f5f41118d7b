"""The score of a pair of things of different documents, and why: what names say, and context where they do not."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

from kgbuild.resolve.across_appearances import Appearance
from kgbuild.resolve.across_corpus import Corpus, gain
from kgbuild.resolve.across_names import (
    are_namesakes,
    is_generic,
    may_be_one_type,
    name_similarity,
    name_variants,
    short_forms,
)
from kgbuild.resolve.across_things import Thing, are_spelled_alike
from kgbuild.resolve.groups import PERSONS, PLACES
from kgbuild.resolve.names import name_initials

__all__ = ["NEAR_FROM", "Judge"]

_MOST_COMPARED: Final = 4
"""Appearances of a thing whose contexts are compared with another's; more would only say the same again."""
_ONE_STATE: Final = 0.75
"""What it counts as context for institutions and events of no name that their documents name the same states."""
_NEAR: Final = 0.88
"""Likeness from which two spellings may be one name."""
_GIVEN: Final = 0.8
"""Score of what spelling or a text says, which is not taken back because some document has both names."""
NEAR_FROM: Final = 8
"""Letters of the shorter of two names, at least, for their likeness to say something."""


class Judge:
    """Scores pairs, by what the corpus says of the names."""

    def __init__(self, things: Sequence[Thing], corpus: Corpus) -> None:
        self._corpus = corpus
        self._by_name: dict[str, set[str]] = defaultdict(set)
        self._by_letters: dict[str, set[str]] = defaultdict(set)
        self._by_short: dict[str, set[str]] = defaultdict(set)
        self._documents: dict[str, int] = defaultdict(int)
        for thing in things:
            for name in thing.names:
                self._by_name[name].add(thing.first.folded)
            if len(thing.first.words) > 1:
                for letters in thing.acronyms:
                    self._by_letters[letters].add(thing.first.folded)
            for short in short_forms(thing.first.folded, thing.first.type, corpus.places):
                self._by_short[short].add(next(name_variants(thing.first.folded, thing.first.type)))
            self._documents[thing.first.folded] += len(thing.appearances)

    def score(self, one: Thing, other: Thing) -> tuple[float, str] | None:
        """The score of a pair and why; `None` where their names have too little to do with each other."""
        a, b = one.first, other.first
        if a.folded == b.folded:
            return self._of_one_name(one, other)
        if a.type != b.type:
            return None
        found = self._of_persons(one, other) if a.type in PERSONS else self._of_names(one, other)
        if found is not None and found[0] < _GIVEN and one.documents & other.documents:
            return None  # a document that names both has them apart
        return found

    def _of_one_name(self, one: Thing, other: Thing) -> tuple[float, str] | None:
        a, b = one.first, other.first
        if not may_be_one_type(a.type, b.type, a.folded):
            return None
        if a.type != b.type and not {a.type, b.type} & PLACES and self._corpus.is_place(a.folded):
            return None  # a club and a festival may both be called by the name of their town
        context = self._context(one, other)
        if one.shared or other.shared:
            if a.type not in PERSONS | PLACES:
                context += _ONE_STATE * self._corpus.common_states(a, b)
            known = 0.35 if set(a.within) & set(b.within) else 0.0
            return 0.3 + known + 0.65 * gain(context) * (1 - known), "one name that several bear"
        if a.type != b.type:
            return 0.8 + 0.15 * gain(context), f"one name, as {a.type} and as {b.type}"
        return 0.8 + 0.15 * gain(context), "one name"

    def _of_persons(self, one: Thing, other: Thing) -> tuple[float, str] | None:
        a, b = sorted((one.first, other.first), key=lambda item: (len(item.words), item.folded))
        if are_spelled_alike(a, b):
            return 0.9, "one name but for its spelling"
        context = self._context(one, other)
        if len(a.words) == 1:
            if a.words[0] not in (b.words[0], b.words[-1]) or len(b.words) == 1:
                return None
            if self._corpus.bearers(a.words[0]) == {b.folded}:
                if a.words[0] == b.words[-1] and self._documents[b.folded] > 1:
                    return 0.8 + 0.15 * gain(context), "the only person of that name"
                if a.words[0] == b.words[-1] or self._documents[b.folded] > 1:
                    return 0.55 + 0.4 * gain(context), "the only person of that name"
            return 0.3 + 0.6 * gain(context), "a part of the name"
        if are_namesakes(a.words, b.words):
            if self._corpus.is_only_namesake(a, b):
                return 0.8 + 0.15 * gain(context), "the only person of that first name and surname"
            return 0.45 + 0.45 * gain(context), "names with and without initials"
        if {a.folded, b.folded} <= one.names or {a.folded, b.folded} <= other.names:
            return 0.85, "another name that a text gives"
        alike = name_similarity(a.folded, b.folded)
        return (0.2 + 0.6 * gain(context), "names spelled alike") if alike >= _NEAR else None

    def _of_names(self, one: Thing, other: Thing) -> tuple[float, str] | None:
        a, b = one.first, other.first
        if are_spelled_alike(a, b):
            return self._if_told(0.85, one, other, "one name but for spelling, number or form")
        found = self._acronym(one, other) or self._short_form(one, other) or self._alias(one, other)
        if found is not None:
            return found
        shortest = min(len(a.folded), len(b.folded))
        if shortest >= NEAR_FROM and name_similarity(a.folded, b.folded) >= _NEAR:
            return 0.2 + 0.5 * gain(self._context(one, other)), "names spelled alike"
        return None

    def _if_told(self, score: float, one: Thing, other: Thing, reason: str) -> tuple[float, str]:
        """The score, or what context makes of it where several things bear one of the names."""
        if one.shared or other.shared:
            return 0.3 + 0.6 * gain(self._context(one, other)), reason
        return score + 0.1 * gain(self._context(one, other)), reason

    def _acronym(self, one: Thing, other: Thing) -> tuple[float, str] | None:
        for short, full in ((one, other), (other, one)):
            letters = short.first.acronyms if len(short.first.words) == 1 else frozenset()
            if not letters or len(full.first.words) < 2 or letters & set(full.first.words):
                continue
            told = letters & full.acronyms
            if not told and not letters & name_initials(full.first.words):
                continue
            context = self._context(one, other)
            own = all(_spells_otherwise(item, letters, full) for item in short.appearances)
            named = max(self._corpus.spelled_out(full.first.words, item.around.words) for item in short.appearances[:5])
            if told and not own and all(len(self._by_letters[item]) == 1 for item in told):
                return 0.8 + 0.15 * gain(context), "the short form that a text gives"
            base = 0.4 if told and not own else 0.25
            return base + 0.6 * gain(context + named), "a short form"
        return None

    def _short_form(self, one: Thing, other: Thing) -> tuple[float, str] | None:
        """What a name says that is the other without its kind, its trade, its state or its town."""
        for short, full in ((one.first, other.first), (other.first, one.first)):
            sure = short_forms(full.folded, full.type, self._corpus.places).get(short.folded)
            if sure is None:
                continue
            only, context = len(self._by_short[short.folded]) == 1, gain(self._context(one, other))
            if only and not (one.shared or other.shared):
                return 0.8 + 0.15 * context if sure else 0.5 + 0.45 * context, "a part of the name"
            return 0.3 + 0.6 * context, "a part of the name"
        return None

    def _alias(self, one: Thing, other: Thing) -> tuple[float, str] | None:
        for short, full in ((one, other), (other, one)):
            name = short.first.folded
            if name not in full.names or is_generic(name):
                continue
            context = self._context(one, other)
            part = set(name.split()) <= set(full.first.folded.split())
            if not part and len(self._by_name[name] - {name}) == 1:
                return 0.8 + 0.15 * gain(context), "another name that a text gives"
            if part and full.first.type in PLACES:
                return 0.2 + 0.6 * gain(context), "a part of the name"
            return 0.3 + 0.6 * gain(context), "a part of the name" if part else "a name of several"
        return None

    def _context(self, one: Thing, other: Thing) -> float:
        pairs = ((a, b) for a in one.appearances[:_MOST_COMPARED] for b in other.appearances[:_MOST_COMPARED])
        return max(self._corpus.context(a, b) for a, b in pairs)


def _spells_otherwise(item: Appearance, letters: Collection[str], full: Thing) -> bool:
    """Whether the document of an acronym has a name of other words with its letters, which it may stand for there."""
    terms = (term for term in item.around.terms if term not in full.names)
    return any("".join(word[0] for word in term.split()).startswith(tuple(letters)) for term in terms)
