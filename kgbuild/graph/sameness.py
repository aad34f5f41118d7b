"""Which entities of the graph are one, and which of one name are two: a graph of its own, with what says so.

`owl:sameAs` leads from each merged entity to the canonical one, and from there to the entry of a reference vocabulary
that it is. The graphs of documents are left as they are, and the facts, which are about canonical entities, follow. An
entity that stands for several things is another one in some documents: there its part has taken its place, and is
`owl:differentFrom` it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import pyoxigraph as ox

from kgbuild.graph.agents import agent_node, agent_quads
from kgbuild.graph.belief import Beliefs, are_counted
from kgbuild.graph.merged import Merged
from kgbuild.graph.quads import canonical_decimal, storable, to_iri
from kgbuild.graph.store import GraphStore
from kgbuild.graph.vocabulary import KGB, OWL_DIFFERENT, OWL_SAME, PREFIXES, Kgb, Prov, Rdf, identity_graph
from kgbuild.iris import digest_of

__all__ = ["Merge", "Split", "put_identity"]

_DECISION: Final = ox.NamedNode(f"{KGB}IdentityDecision")
_Change = tuple[list[ox.Quad], list[ox.Quad]]
"""The quads of a graph that go, and those that come."""
_AT: Final = ox.NamedNode(f"{PREFIXES['prov']}generatedAtTime")


@dataclass(frozen=True, slots=True)
class Merge:
    """An entity that is another one."""

    entity: str
    """IRI of the entity."""
    canonical: str
    """IRI of the entity that it is."""
    score: float
    """How likely it is, 0 to 1; not calibrated."""
    reason: str
    """Why, in a few words."""
    author: str
    """The person who decided it; empty where kgbuild did."""
    at: str
    """When it was decided, ISO 8601 with its zone."""
    vocabulary: str = ""
    """IRI of the vocabulary that lists the canonical one; empty where it is an entity of the graph."""


@dataclass(frozen=True, slots=True)
class Split:
    """An entity that is another thing in one document."""

    document: str
    """IRI of the document."""
    entity: str
    """IRI of the entity that name and type give."""
    part: str
    """IRI of the thing that the document means."""
    reason: str
    """Why, in a few words."""
    author: str
    """The person who decided it; empty where kgbuild did."""
    at: str
    """When it was decided, ISO 8601 with its zone."""


def put_identity(store: GraphStore, merges: Iterable[Merge], splits: Iterable[Split], *, base: str, run: str) -> int:
    """How many quads came or went so that the graph says just this of identity.

    Documents change in one transaction each, then the graph of identity in one, then the facts follow; `run` is the
    graph's last run. Where this was killed before the facts had followed, the next time makes them good.
    Raises: StoreError.
    """
    parts: dict[str, dict[str, str]] = {}
    held = list(splits)
    for split in held:
        parts.setdefault(split.document, {})[split.entity] = split.part
    graph = identity_graph(base)
    old = set(store.matching(graph=graph))
    new = dict.fromkeys(_quads(merges, held, graph, base))
    before: dict[object, object] = {quad.subject: quad.object for quad in old if quad.predicate == OWL_DIFFERENT}
    revised = _revised(store, parts, before)
    removed, added = sorted(old - new.keys(), key=str), [quad for quad in new if quad not in old]
    if removed or added:
        revised[graph.value] = removed, added
    if revised or not are_counted(store, base):
        _revise(store, revised, base=base, run=run)
    return sum(len(removed) + len(added) for removed, added in revised.values())


def _revise(store: GraphStore, revised: Mapping[str, _Change], *, base: str, run: str) -> None:
    """Nothing; the graphs are changed, each in one transaction, and the facts follow."""
    merged, documents = Merged(store).canonical, revised.keys() - {identity_graph(base).value}
    with Beliefs(store, base, run=run) as beliefs:
        beliefs.note(documents)
        for removed, added in revised.values():
            store.revise(removed, added)
        beliefs.note(documents)
        beliefs.note_merged(Merged(store).moved(merged))


def _revised(
    store: GraphStore, parts: Mapping[str, Mapping[str, str]], before: Mapping[object, object]
) -> dict[str, _Change]:
    """What is to come and go in documents: parts that are no more are what they were, new ones are renamed."""
    back = {part: entity for part, entity in before.items() if isinstance(entity, ox.NamedNode)}
    if not parts and not back:
        return {}
    revised: dict[str, _Change] = {}
    named = {quad.graph_name for part in back if isinstance(part, ox.NamedNode) for quad in store.matching(part)}
    documents = {name.value for name in named if isinstance(name, ox.NamedNode)} & set(store.catalogue())
    for document in sorted({*documents, *(parts.keys() & store.catalogue().keys())}):
        held = list(store.quads(document))
        plain = list(_renamed(held, back))
        wanted = list(_renamed(plain, {to_iri(old): to_iri(new) for old, new in parts.get(document, {}).items()}))
        removed, added = sorted(set(held) - set(wanted), key=str), sorted(set(wanted) - set(held), key=str)
        if removed or added:
            revised[document] = removed, added
    return revised


def _renamed(quads: Iterable[ox.Quad], places: Mapping[object, ox.NamedNode]) -> Iterator[ox.Quad]:
    for quad in quads:
        ends = places.get(quad.subject, quad.subject), places.get(quad.object, quad.object)
        yield ox.Quad(ends[0], quad.predicate, ends[1], quad.graph_name)


def _quads(merges: Iterable[Merge], splits: Iterable[Split], graph: ox.NamedNode, base: str) -> Iterator[ox.Quad]:
    """The statements, each with its decision, which is named by a hash of it, and the persons who decided."""
    for item in merges:
        yield from agent_quads(item.author, base, graph) if item.author else ()
        triple = to_iri(item.entity), OWL_SAME, to_iri(item.canonical)
        score = ox.Literal(canonical_decimal(item.score), datatype=Rdf.DECIMAL)
        source = ((Prov.DERIVED, to_iri(item.vocabulary)),) if item.vocabulary else ()
        more = (Kgb.CONFIDENCE, score), *source, *_by(item.author, base)
        yield from _decided(triple, item.reason, item.at, graph, base, more)
    for split in splits:
        yield from agent_quads(split.author, base, graph) if split.author else ()
        triple = to_iri(split.part), OWL_DIFFERENT, to_iri(split.entity)
        document = to_iri(split.document)
        yield from _decided(
            triple, split.reason, split.at, graph, base, ((Prov.DERIVED, document), *_by(split.author, base))
        )


def _by(author: str, base: str) -> tuple[tuple[ox.NamedNode, ox.NamedNode], ...]:
    """Whose decision it is."""
    return ((Prov.ATTRIBUTED, agent_node(author, base) if author else ox.NamedNode(f"{base}agent/kgbuild")),)


def _decided(
    triple: tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode],
    reason: str,
    at: str,
    graph: ox.NamedNode,
    base: str,
    more: Iterable[tuple[ox.NamedNode, ox.NamedNode | ox.Literal]],
) -> Iterator[ox.Quad]:
    node = ox.NamedNode(f"{base}identity/{digest_of('identity', *map(str, triple))[:32]}")
    time = datetime.fromisoformat(at).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    yield ox.Quad(*triple, graph)
    values: tuple[tuple[ox.NamedNode, ox.NamedNode | ox.Literal], ...] = (
        (Rdf.TYPE, _DECISION),
        (Rdf.SUBJECT, triple[0]),
        (Rdf.PREDICATE, triple[1]),
        (Rdf.OBJECT, triple[2]),
        (Kgb.REASON, ox.Literal(storable(reason))),
        (_AT, ox.Literal(time, datatype=Rdf.DATE_TIME)),
        *more,
    )
    yield from (ox.Quad(node, predicate, value, graph) for predicate, value in values)
