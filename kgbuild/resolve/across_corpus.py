"""What all documents together say about names: which are rare, which are borne by several things."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from math import exp, fsum, log

from kgbuild.resolve.across_appearances import Appearance
from kgbuild.resolve.across_names import is_generic, name_variants, usual_place
from kgbuild.resolve.groups import PERSONS, PLACES
from kgbuild.resolve.peoples import STATES

__all__ = ["Corpus", "gain"]

_BACKGROUND = 100
"""Documents that are thought to lie beside the given ones, so that a corpus of two has rare names too."""
_FEW = 3
"""A place named in no more documents is not so well known that its name alone tells which one it is."""
_FEW_ABROAD = 2
"""The same of a place that is told to lie in a state: names that several towns have are mostly told by smaller ones."""
_RICH = 8
"""Names in a document, at least, for it to say something that another does not go with it."""
_DISJOINT = 0.1
"""Common context below this is none: what it names, all name."""
_KINDS = frozenset(["county", "district", "township"])
"""Last words of places of which there are many of one name."""
_ENOUGH = 0.6
"""Common context of this weight, about that of one rare name or of three known ones, halves the doubt and more."""


def gain(context: float) -> float:
    """How far a context in common settles what its name leaves open, 0 to 1."""
    return 1.0 - exp(-context / _ENOUGH)


class Corpus:
    """The statistics of a set of appearances."""

    def __init__(self, appearances: Sequence[Appearance]) -> None:
        around = {item.document: item.around for item in appearances}
        self._terms = Counter(term for held in around.values() for term in held.terms)
        self._words = Counter(word for held in around.values() for word in held.words)
        self._scale = log(len(around) + _BACKGROUND)
        self._named = Counter(_usual(item) for item in appearances)
        self._documents = len(around) + _BACKGROUND
        self._weights = {term: (log(self._documents / count) / self._scale) ** 2 for term, count in self._terms.items()}
        self._places = frozenset(item.folded for item in appearances if item.type in PLACES)
        self._spelled: dict[str, set[str]] = defaultdict(set)
        self._bearers: dict[str, set[str]] = defaultdict(set)
        self._within: dict[str, set[str]] = defaultdict(set)
        for item in appearances:
            if item.type in PERSONS and len(item.words) > 1:
                for word in item.words:
                    self._bearers[word].add(item.folded)
            if item.type not in PERSONS and len(item.words) > 1:
                for letters in item.acronyms:
                    self._spelled[letters].add(next(name_variants(item.folded, item.type)))
            if item.type in PLACES and item.within:
                self._within[item.folded].update(item.within)
        self._holders = frozenset(name for held in self._within.values() for name in held)

    def bearers(self, word: str) -> set[str]:
        """Full names of persons that have the word."""
        return self._bearers.get(word, set())

    def is_only_namesake(self, one: Appearance, other: Appearance) -> bool:
        """Whether two full names differ in initials between alone, and nobody else has first name and surname."""
        names = [(item.words[0], item.words[-1]) for item in (one, other)]
        between = one.words[1:-1], other.words[1:-1]
        if names[0] != names[1] or len(one.words[0]) == 1 or any(len(word) > 1 for words in between for word in words):
            return False
        if all(between) and between[0] != between[1]:
            return False
        first, last = names[0]
        bearers = {name for name in self.bearers(first) & self.bearers(last) if name.endswith(last)}
        return bearers <= {one.folded, other.folded}

    @property
    def places(self) -> frozenset[str]:
        """Names of places."""
        return self._places

    def is_place(self, folded: str) -> bool:
        """Whether a place has the name."""
        return folded in self._places

    def is_shared(self, item: Appearance) -> bool:
        """Whether several things bear the name, as far as the corpus tells, so that it does not say which one it is."""
        if item.type in PERSONS:
            return len(item.words) == 1 and len(self.bearers(item.words[0])) > 1
        if len(item.words) == 1 and any(len(self._spelled.get(letters, ())) > 1 for letters in item.acronyms):
            return True
        return is_generic(item.folded) or (item.type in PLACES and item.folded.split()[-1] in _KINDS)

    def is_little_known(self, item: Appearance) -> bool:
        """Whether it is a place that few documents name, so that "Canton" may be another than "Canton, Ohio"."""
        most = _FEW_ABROAD if item.within and STATES.issuperset(item.within) else _FEW
        return item.type in PLACES and self._named[_usual(item)] <= most and item.folded not in self._holders

    def places_differ(self, one: Appearance, other: Appearance) -> bool:
        """Whether the places that two places are told to lie in cannot both hold one place."""
        if not (one.within or other.within) or {one.type, other.type} - PLACES:
            return False
        if any(self._tells(left, right) for left, right in ((one, other), (other, one))):
            return False
        if one.within and other.within:
            return True
        rich = min(len(one.around.terms), len(other.around.terms)) >= _RICH
        known = self.is_little_known(one) and self.is_little_known(other)
        return rich and known and self.context(one, other) < _DISJOINT

    def _tells(self, one: Appearance, other: Appearance) -> bool:
        """Whether the document of the other names what the one is told to lie in, or tells it of what that lies in."""
        higher = {high for low in one.within for high in self._within.get(low, ())}
        named = other.around.terms | other.around.words
        return bool(higher & set(other.within) or set(one.within) & (set(other.within) | named))

    def context(self, one: Appearance, other: Appearance) -> float:
        """Weight of what both documents name beside the two, from 0; one rare name outweighs several common ones."""
        own = {form for name in one.names | other.names for form in (name, usual_place(name))}
        words = {word for name in own for word in name.split()}
        shared = (one.around.terms & other.around.terms) - own
        return fsum(self._weights[term] for term in shared if not words.issuperset(term.split()))

    def common_states(self, one: Appearance, other: Appearance) -> float:
        """Share of the states and peoples of the document that names fewer which the other names too, 0 to 1."""
        states = [STATES & (item.around.terms | item.around.words) for item in (one, other)]
        return len(states[0] & states[1]) / (min(map(len, states)) or 1)

    def spelled_out(self, words: Iterable[str], text: Collection[str]) -> float:
        """Weight of those of the words that stand in another text, rare ones more than common ones."""
        found = (word for word in words if len(word) > 3 and word in text)
        return fsum((log(self._documents / max(self._words[word], 1)) / self._scale) ** 2 for word in found)


def _usual(item: Appearance) -> str:
    return next(name_variants(item.folded, item.type)) if item.type in PLACES else item.folded
