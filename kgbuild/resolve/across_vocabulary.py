"""Things of the documents that a reference vocabulary lists: by name and type, and by context where several fit.

A name of one entry alone is enough, of several only with words that stand in the sentences of the one and in the
description of the other. What is not sure stays without a link and is a doubt for a person.
"""

# ruff: noqa: SIM905 lists of words are read as text

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from kgbuild.records import Reference
from kgbuild.resolve.across import DOUBTFUL, ONE, PERSONS, SURE, Identity, Opinion
from kgbuild.resolve.across_appearances import Appearance, words_of
from kgbuild.resolve.across_corpus import Corpus, gain
from kgbuild.resolve.across_names import may_be_one_type, name_variants
from kgbuild.resolve.groups import MOST_CANDIDATES, PLACES
from kgbuild.resolve.groups import PERSONS as PERSON_TYPES
from kgbuild.resolve.names import folded_name

__all__ = ["Link", "Links", "find_links", "telling_words"]

_QUALIFIED: Final = re.compile(r"(.+?)\s*\((.+)\)")
"""A label that says which bearer of the name it means: "Mercury (planet)"."""
_CHOICE: Final = 1.5
"""How much more a word counts that is in the description of one entry of a name and not of the others."""
_TELL_NOTHING: Final = frozenset(
    "about above after again against also although among another around because been before being below between both "
    "came city could does done down during each even every first from further had have having here however into just "
    "known large last like made main many more most much name named near note once only other over part same second "
    "several should since small some such than that their them then there these they this those through under until "
    "upon used using very well were what when where which while whom whose will with within without would year years "
    "your".split()
)
"""Words of four letters and more that stand in texts on anything."""


@dataclass(frozen=True, slots=True)
class Link:
    """A thing of the documents, as an entry of the vocabulary."""

    identity: int
    """Number of the thing among the identities."""
    iri: str
    """IRI of the entry."""
    score: float
    """From 0 for two to 1 for one; not calibrated."""
    reason: str
    """Why, in a few words."""


@dataclass(slots=True)
class Links:
    """What a vocabulary makes of the things of the documents."""

    found: dict[int, Link] = field(default_factory=dict)
    """The entry of each thing that has one, by its number."""
    doubts: list[Link] = field(default_factory=list)
    """Links that a person should look at, the nearest to the border first; some are among those found."""
    crowded: frozenset[str] = frozenset()
    """Names that more entries have than can be told apart, so that nothing is linked by them."""


def telling_words(entries: Sequence[Reference]) -> frozenset[str]:
    """The words by which entries can be told from each other."""
    return frozenset(word for entry in entries for word in _words(entry))


def find_links(
    identities: Sequence[Identity],
    appearances: Sequence[Appearance],
    entries: Sequence[Reference],
    opinions: Sequence[Opinion] = (),
    *,
    parted: Collection[frozenset[str]] = (),
    before: Mapping[int, Link] | None = None,
) -> Links:
    """The entries that the things are, as far as names, types and context tell; what persons have said holds.

    An opinion is on an entity and the IRI of an entry; `parted` are entities that persons have told apart. Things that
    are told apart, by their documents or so, are never both linked to one entry, unless a person says that too.
    `before` are links that stay where no entry has the name.
    """
    places = {(item.entity, item.document): item for item in appearances}
    shared = _shared(identities)
    judge = _Judge(entries, Corpus(appearances))
    links = Links()
    for number, identity in enumerate(identities):
        said = _said(identity, opinions)
        own = next((iri for iri, same in reversed(said.items()) if same), None)
        if own is not None:
            links.found[number] = Link(number, own, 1.0, PERSONS)
            continue
        shown = [places[place] for place in identity.places]
        told_apart = any(entity in shared for entity, _ in identity.places)
        verdicts = [Link(number, *item) for item in judge.verdicts(shown, said, shared=told_apart)]
        links.doubts += (link for link in verdicts if DOUBTFUL <= link.score < SURE)
        best = max(verdicts, key=lambda link: link.score, default=(before or {}).get(number))
        if best is not None and best.score >= ONE and said.get(best.iri) is not False:
            links.found[number] = best
    _keep_apart(links, identities, parted)
    links.doubts.sort(key=lambda link: (abs(link.score - ONE), link.identity, link.iri))
    links.crowded = judge.crowded
    return links


def _said(identity: Identity, opinions: Sequence[Opinion]) -> dict[str, bool]:
    """What persons have said of the thing, by IRI of the entry, the last word last."""
    said: dict[str, bool] = {}
    for item in opinions:
        if any(entity == item.one and item.one_document in ("", document) for entity, document in identity.places):
            said.pop(item.other, None)
            said[item.other] = item.same
    return said


def _shared(identities: Sequence[Identity]) -> frozenset[str]:
    """IRIs of entities that stand for several things."""
    seen: set[str] = set()
    shared: set[str] = set()
    for identity in identities:
        entities = {entity for entity, _ in identity.places}
        shared |= entities & seen
        seen |= entities
    return frozenset(shared)


def _keep_apart(links: Links, identities: Sequence[Identity], parted: Collection[frozenset[str]]) -> None:
    """Nothing; of things that are told apart only the surest keeps its link to an entry, the others are doubts."""
    holders: dict[str, list[set[str]]] = defaultdict(list)
    for number, link in sorted(links.found.items(), key=lambda item: (-item[1].score, item[0])):
        own = {entity for entity, _ in identities[number].places}
        if link.reason != PERSONS and any(_apart(own, other, parted) for other in holders[link.iri]):
            del links.found[number]
            links.doubts = [item for item in links.doubts if (item.identity, item.iri) != (number, link.iri)]
            links.doubts.append(replace(link, score=DOUBTFUL, reason="another thing of that name is linked to it"))
            continue
        holders[link.iri].append(own)


def _apart(one: set[str], other: set[str], parted: Collection[frozenset[str]]) -> bool:
    return bool(one & other) or any(frozenset((a, b)) in parted for a in one for b in other)


class _Judge:
    """The entries by the names that they are found by, and what speaks for each."""

    def __init__(self, entries: Sequence[Reference], corpus: Corpus) -> None:
        self._entries = entries
        self._corpus = corpus
        self._by_name: dict[str, dict[str, list[Reference]]] = {}
        self._crowded: set[str] = set()

    @property
    def crowded(self) -> frozenset[str]:
        """Names of more entries than are compared."""
        return frozenset(self._crowded)

    def verdicts(
        self, shown: Sequence[Appearance], said: Mapping[str, bool], *, shared: bool
    ) -> Iterator[tuple[str, float, str]]:
        """IRI, score and reason for each entry that a thing may be; `shared` is a name that several things bear."""
        full, others = {(item.type, item.folded) for item in shown}, _other_names(shown)
        shared = shared or any(map(self._corpus.is_shared, shown))
        for names, alias in ((full, False), (others, True)):
            found = {entry.iri: entry for name in sorted(names) for entry in self._named(*name)}
            types = {item.type for item in shown}
            fitting = {iri: entry for iri, entry in sorted(found.items()) if not entry.types or types & {*entry.types}}
            entries = [entry for iri, entry in (fitting or found).items() if said.get(iri) is not False]
            if fitting:
                yield from self._weighed(entries, shown, several=shared or len(fitting) > 1, alias=alias)
            else:
                yield from ((entry.iri, 0.55, "one name, but another type") for entry in entries)
            if found:
                return

    def _weighed(
        self, entries: Sequence[Reference], shown: Sequence[Appearance], *, several: bool, alias: bool
    ) -> Iterator[tuple[str, float, str]]:
        contexts = {entry.iri: self._context(entry, shown) for entry in entries}
        for entry in entries:
            context = contexts[entry.iri]
            if several:
                rival = max((other for iri, other in contexts.items() if iri != entry.iri), default=0.0)
                lead = gain(_CHOICE * abs(context - rival)) * (1 if context >= rival else -1)
                yield entry.iri, round(0.5 + 0.45 * lead, 3), "context, where several bear the name"
                continue
            base = 0.7 if alias else 0.85
            reason = "another name that a text gives" if alias else "name and type"
            if not entry.types:
                base, reason = base - 0.08, reason if alias else "name; the vocabulary gives no type"
            yield entry.iri, round(base + 0.1 * gain(context), 3), reason

    def _context(self, entry: Reference, shown: Sequence[Appearance]) -> float:
        """Weight of the entry's words in the sentences that name the thing, and in names of the same documents."""
        own = {word for item in shown for name in item.names for word in name.split()}
        near = {word for item in shown for word in item.near}
        near |= {word for item in shown for term in item.around.terms for word in term.split()}
        return self._corpus.spelled_out(_words(entry) - own, near)

    def _named(self, type: str, folded: str) -> list[Reference]:
        """The entries of that name whose type may be this one, else of a form of it; none where too many have it."""
        if type not in self._by_name:
            self._by_name[type] = self._index(type)
        index = self._by_name[type]
        found = index.get(folded) or [entry for name in name_variants(folded, type) for entry in index.get(name, ())]
        if len(found) > MOST_CANDIDATES:
            self._crowded.add(folded)
            return []
        return found

    def _index(self, type: str) -> dict[str, list[Reference]]:
        index: dict[str, list[Reference]] = defaultdict(list)
        for entry in self._entries:
            folded = {folded_name(form, type) for name in entry.names for form in _forms(name, type)}
            for name in folded.union(*(name_variants(form, type) for form in folded)):
                if not entry.types or any(may_be_one_type(type, other, name) for other in entry.types):
                    index[name].append(entry)
        return dict(index)


def _other_names(shown: Sequence[Appearance]) -> set[tuple[str, str]]:
    """Types and names besides the fullest; a part of it, such as a surname, does not name the thing."""
    full = {word for item in shown for word in item.folded.split()}
    return {(item.type, name) for item in shown for name in item.names if not full.issuperset(name.split())}


def _forms(label: str, type: str) -> Iterator[str]:
    """The name in a label, without what catalogues add: "Curie, Marie", "Mercury (planet)", "Canton, Ohio"."""
    yield label
    qualified = _QUALIFIED.fullmatch(label)
    name = qualified[1] if qualified else label
    if qualified:
        yield name
    before, comma, after = name.partition(", ")
    if comma and type in PERSON_TYPES:
        yield f"{after} {before}"
    if comma and type in PLACES:
        yield before


def _words(entry: Reference) -> frozenset[str]:
    """Words of four letters and more of an entry's description and labels."""
    found = (word for text in (entry.about, *entry.names) for word in words_of(text))
    return frozenset(word for word in found if len(word) > 3 and word not in _TELL_NOTHING)
