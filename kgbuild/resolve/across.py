"""Things of different documents that are one, and things of one name that are two.

A name that tells which thing it is stands for one thing until two of its documents contradict each other. A name that
several bear, a surname or "the Parliament", stands in every document for a thing of its own until context joins them.
Context is what the documents name besides, rare names more than common ones: no vectors are kept in a run's files.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kgbuild.resolve.across_appearances import Appearance
from kgbuild.resolve.across_corpus import Corpus
from kgbuild.resolve.across_pairs import Verdict, judge_pairs
from kgbuild.resolve.across_things import Thing, gather_things, why_two
from kgbuild.resolve.peoples import PLACE_OF

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["DOUBTFUL", "ONE", "PERSONS", "SURE", "Doubt", "Identity", "Opinion", "canonical_of", "find_identities"]

ONE: Final = 0.75
"""Score from which two things are one."""
DOUBTFUL: Final = 0.5
"""Score from which a person should look at two that are not joined."""
PERSONS: Final = "a person's decision"
"""The reason of what a person has joined or parted."""
SURE: Final = 0.82
"""Score below which a pair that is joined is doubtful too."""
_LARGEST: Final = 400
"""Things in a group, at most, that are looked through for two that cannot be one."""

Place = tuple[str, str]
"""An appearance: IRI of the entity, IRI of the document."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a person has said of two entities."""

    one: str
    """IRI that name and type give to the one."""
    other: str
    """The same of the other."""
    same: bool
    """Whether they are one."""
    one_document: str = ""
    """IRI of the document in which the one is meant; empty for all."""
    other_document: str = ""
    """The same for the other."""

    def covers(self, thing: Thing, *, first: bool) -> bool:
        """Whether the opinion is about the thing, as its first or as its second."""
        entity, document = (self.one, self.one_document) if first else (self.other, self.other_document)
        return any(item.entity == entity and document in ("", item.document) for item in thing.appearances)


@dataclass(frozen=True, slots=True)
class Identity:
    """Appearances that are one thing."""

    places: tuple[Place, ...]
    """Entity and document of each, sorted, at least one."""
    canonical: str
    """IRI of the entity with the fullest name, see `canonical_of`."""
    joined: Mapping[str, tuple[float, str]]
    """For each other IRI among them, the score and the reason of the surest pair that joins it."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A pair that a person should look at."""

    one: Appearance
    """The one, in the first of its documents."""
    other: Appearance
    """The other."""
    whole: tuple[bool, bool]
    """Whether all documents of the one's IRI are meant, and of the other's."""
    score: float
    """From 0 for two to 1 for one."""
    reason: str
    """Why they may be one."""


def find_identities(
    appearances: Iterable[Appearance], opinions: Sequence[Opinion] = ()
) -> tuple[list[Identity], list[Doubt]]:
    """The things of all documents, sorted, each appearance in one of them; and the pairs that are doubtful."""
    import networkx as nx  # builds that link nothing need not wait for it

    held = sorted(appearances, key=lambda item: (item.entity, item.document))
    corpus = Corpus(held)
    things = gather_things(held, corpus, apart=_split_by_hand(opinions))
    verdicts = list(judge_pairs(things, corpus))
    said = _said(things, opinions)
    graph = _joined(things, verdicts, said)
    identities = []
    for group in sorted(map(sorted, nx.connected_components(graph))):
        for part in _cut(graph.subgraph(group).copy(), things, corpus, said):
            identities.append(_identity([things[number] for number in part], graph.subgraph(part), things))
    return sorted(identities, key=lambda item: item.places), list(_doubts(things, verdicts, said))


def _split_by_hand(opinions: Sequence[Opinion]) -> frozenset[str]:
    """IRIs of which a person has told some documents from the others."""
    return frozenset(
        entity
        for item in opinions
        for entity, document in ((item.one, item.one_document), (item.other, item.other_document))
        if document
    )


def _said(things: Sequence[Thing], opinions: Sequence[Opinion]) -> dict[tuple[int, int], bool]:
    """What persons have said, by the numbers of the things; the last word counts."""
    by_entity: dict[str, list[Thing]] = {}
    for thing in things:
        for entity in {item.entity for item in thing.appearances}:
            by_entity.setdefault(entity, []).append(thing)
    found = {}
    for opinion in opinions:
        ones = [thing for thing in by_entity.get(opinion.one, ()) if opinion.covers(thing, first=True)]
        others = [thing for thing in by_entity.get(opinion.other, ()) if opinion.covers(thing, first=False)]
        for one in ones:
            for other in others:
                if one.number != other.number:
                    low, high = sorted((one.number, other.number))
                    found[low, high] = opinion.same
    return found


def _joined(things: Sequence[Thing], verdicts: Sequence[Verdict], said: Mapping[tuple[int, int], bool]) -> "nx.Graph":
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(range(len(things)))
    for verdict in verdicts:
        if verdict.score >= ONE and (verdict.one, verdict.other) not in said:
            graph.add_edge(verdict.one, verdict.other, capacity=verdict.score, reason=verdict.reason)
    for (one, other), same in sorted(said.items()):
        if same:
            graph.add_edge(one, other, capacity=1.0, reason=PERSONS)
    return graph


def _cut(
    graph: "nx.Graph", things: Sequence[Thing], corpus: Corpus, said: Mapping[tuple[int, int], bool]
) -> Iterator[list[int]]:
    """The parts of a group that are left when two that cannot be one are cut apart where the least is lost.

    So no chain joins what no pair would: A is B and B is C, but A and C are two.
    """
    import networkx as nx

    two = next(_enemies(sorted(graph), things, corpus, said), None)
    if two is None:
        yield sorted(graph)
        return
    _, parts = nx.minimum_cut(graph, *two)
    for part in sorted(map(sorted, parts)):
        below = graph.subgraph(part)
        for group in sorted(map(sorted, nx.connected_components(below))):
            yield from _cut(graph.subgraph(group).copy(), things, corpus, said)


def _enemies(
    numbers: Sequence[int], things: Sequence[Thing], corpus: Corpus, said: Mapping[tuple[int, int], bool]
) -> Iterator[tuple[int, int]]:
    if len(numbers) > _LARGEST:  # what a person has told apart is not for want of time left together
        held = set(numbers)
        yield from (pair for pair, same in sorted(said.items()) if not same and held.issuperset(pair))
    for place, one in enumerate(numbers[:_LARGEST]):
        for other in numbers[place + 1 : _LARGEST]:
            same = said.get((one, other))
            if same is False or (same is None and why_two(things[one], things[other], corpus)):
                yield one, other


def _identity(parts: Sequence[Thing], graph: "nx.Graph", things: Sequence[Thing]) -> Identity:
    items = [item for thing in parts for item in thing.appearances]
    canonical = canonical_of({item.entity: item.folded for item in items})
    joined: dict[str, tuple[float, str]] = {}
    for one, other, edge in sorted(graph.edges(data=True), key=lambda item: (item[0], item[1])):
        for number in (one, other):
            entity = things[number].first.entity
            if entity != canonical:
                joined[entity] = max(joined.get(entity, (0.0, "")), (edge["capacity"], edge["reason"]))
    places = tuple(sorted((item.entity, item.document) for item in items))
    return Identity(places, canonical, joined)


def canonical_of(names: Mapping[str, str]) -> str:
    """The canonical one of entities that are one: that of the longest name, adjectives of places last.

    `names` are the folded names by IRI; of equally long ones the first IRI in order counts. An IRI has one folded name,
    so that this is an order of IRIs, whatever documents they are in. How many documents have one, or which had it
    first, makes no difference: a graph that grew is the same as one that is built anew, and another document of known
    names moves nothing. A canonical IRI stays as long as its entity has its name, until a fuller one joins it; where
    two entities are merged, one of their two canonical IRIs is that of both.
    """
    return min(names, key=lambda iri: (names[iri] in PLACE_OF, -len(names[iri]), iri))


def _doubts(
    things: Sequence[Thing], verdicts: Sequence[Verdict], said: Mapping[tuple[int, int], bool]
) -> Iterator[Doubt]:
    """The pairs near the border, the nearest first, apart from those that a person has decided."""
    near = (item for item in verdicts if DOUBTFUL <= item.score < SURE and (item.one, item.other) not in said)
    for verdict in sorted(near, key=lambda item: (abs(item.score - ONE), item.one, item.other)):
        one, other = things[verdict.one], things[verdict.other]
        whole = not one.alone, not other.alone
        yield Doubt(one.first, other.first, whole, verdict.score, verdict.reason)
