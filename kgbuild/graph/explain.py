"""Why the graph says what it says of an entity: each triple with the sentences that it was read from."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from kgbuild.errors import MissingError, StoreError
from kgbuild.graph.facts import names_of
from kgbuild.graph.labels import label_of
from kgbuild.graph.store import GraphStore
from kgbuild.graph.vocabulary import PREFIXES, Rdf
from kgbuild.records import Span

__all__ = ["Explanation", "explain"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One triple, read at one place."""

    subject: str
    """IRI of the head."""
    subject_label: str
    """Name of the head."""
    predicate: str
    """IRI of the property."""
    predicate_label: str
    """The property in words."""
    object: str
    """IRI of the tail, or the lexical form of its value."""
    object_label: str
    """Name of the tail, or its value."""
    probability: float
    """Probability that this place gives to the triple, 0 to 1."""
    document: str
    """IRI of the document."""
    source: str
    """Where the document came from."""
    passage: str
    """The sentence, or the two, character for character, with an ellipsis between them."""
    head: Span
    """Where the head is named, counted in `passage`."""
    tail: Span
    """Where the tail is named, counted in `passage`."""

    @property
    def marked(self) -> str:
        """The passage with head and tail in double brackets."""
        text = self.passage
        for span in sorted({self.head, self.tail}, reverse=True):
            text = f"{text[: span.start]}[[{text[span.start : span.end]}]]{text[span.end :]}"
        return text


_BETWEEN = " … "
_SAME = ox.NamedNode(f"{PREFIXES['owl']}sameAs")
_EVIDENCE = """
SELECT DISTINCT ?e ?document ?source ?s ?p ?o ?c ?sentence ?start ?head ?head_end ?tail ?tail_end {
  GRAPH ?document {
    ?e a kgb:Evidence ; %s <%s> ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; kgb:confidence ?c ;
       prov:wasDerivedFrom ?place ; kgb:subjectMention ?m ; kgb:objectMention ?n .
    ?place nif:anchorOf ?sentence ; nif:beginIndex ?start .
    ?m nif:beginIndex ?head ; nif:endIndex ?head_end .
    ?n nif:beginIndex ?tail ; nif:endIndex ?tail_end .
  }
  OPTIONAL { ?document dcterms:source ?source }
}
"""


def explain(store: GraphStore, name_or_iri: str) -> list[Explanation]:
    """The triples about the entities of that IRI or name, the likeliest first, one for each place.

    A name is looked up as it is written, then without regard to case.
    Raises: MissingError with the nearest names.
    """
    entities = _find_entities(store, name_or_iri)
    roles = ("rdf:subject", "rdf:object")
    rows = [row for node in entities for role in roles for row in store.select(_EVIDENCE % (role, node.value))]
    ends = {row[end].value for row in rows for end in ("s", "o") if isinstance(row[end], ox.NamedNode)}
    names = {iri: name for end in ends for iri, name in names_of(store, end).items()}
    places: dict[str, dict[int, ox.QuerySolution]] = {}
    for row in rows:
        places.setdefault(row["e"].value, {})[int(row["start"].value)] = row
    found = {_explanation(store, [held[start] for start in sorted(held)], names) for held in places.values()}
    return sorted(found, key=lambda item: (-item.probability, item.predicate, item.subject, item.object, item.document))


def _explanation(store: GraphStore, rows: Sequence[ox.QuerySolution], names: dict[str, str]) -> Explanation:
    """One evidence: a row for each of its sentences, in order."""
    row = rows[0]
    subject, predicate, value = row["s"].value, row["p"].value, row["o"].value
    passage = _BETWEEN.join(one["sentence"].value for one in rows)
    return Explanation(
        subject=subject,
        subject_label=names.get(subject, subject),
        predicate=predicate,
        predicate_label=label_of(store, predicate),
        object=value,
        object_label=names.get(value, value),
        probability=float(row["c"].value),
        document=row["document"].value,
        source=row["source"].value if row["source"] else "",
        passage=passage,
        head=_in_passage(rows, int(row["head"].value), int(row["head_end"].value)),
        tail=_in_passage(rows, int(row["tail"].value), int(row["tail_end"].value)),
    )


def _in_passage(rows: Sequence[ox.QuerySolution], start: int, end: int) -> Span:
    """A stretch of the document's text, counted in the passage that the rows' sentences make."""
    before = 0
    for row in rows:
        begin, size = int(row["start"].value), len(row["sentence"].value)
        if begin <= start < begin + size:
            return Span(before + start - begin, before + end - begin)
        before += size + len(_BETWEEN)
    raise StoreError(f"evidence {rows[0]['e'].value!r}: expected its mentions inside its sentences; build again")


def _find_entities(store: GraphStore, name_or_iri: str) -> list[ox.NamedNode]:
    wanted = " ".join(name_or_iri.split())
    found = _by_iri(store, wanted) or _by_name(store, wanted)
    if not found:
        near = difflib.get_close_matches(wanted.casefold(), spellings := _spellings(store), n=3, cutoff=0.5)
        hint = f"; the nearest are {', '.join(repr(spellings[name]) for name in near)}" if near else ""
        raise MissingError(f"entity {name_or_iri!r} is not in the graph{hint}", subject=name_or_iri)
    return sorted(_with_same(store, found), key=str)


def _with_same(store: GraphStore, nodes: set[ox.NamedNode]) -> set[ox.NamedNode]:
    """The entities and those that are one with them, by owl:sameAs in either direction."""
    found, waiting = set(nodes), list(nodes)
    while waiting:
        node = waiting.pop()
        near = {quad.object for quad in store.matching(node, _SAME)} | {
            quad.subject for quad in store.matching(None, _SAME, node)
        }
        fresh = {other for other in near if isinstance(other, ox.NamedNode)} - found
        found |= fresh
        waiting += sorted(fresh, key=str)
    return found


def _by_iri(store: GraphStore, iri: str) -> set[ox.NamedNode]:
    try:
        node = ox.NamedNode(iri)
    except ValueError:
        return set()
    held = next(store.matching(node, Rdf.LABEL), None) or next(store.matching(None, _SAME, node), None)
    return {node} if held else set()


def _by_name(store: GraphStore, name: str) -> set[ox.NamedNode]:
    roles = (Rdf.LABEL, Rdf.ALT_LABEL)
    literal = ox.Literal(name)
    exact = {quad.subject for role in roles for quad in store.matching(None, role, literal)}
    wanted = name.casefold()
    folded = exact or {node for node, other in _names(store) if other.casefold() == wanted}
    return {node for node in folded if isinstance(node, ox.NamedNode)}


def _names(store: GraphStore) -> Iterator[tuple[ox.NamedNode, str]]:
    for role in (Rdf.LABEL, Rdf.ALT_LABEL):
        for quad in store.matching(None, role):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal):
                yield quad.subject, quad.object.value


def _spellings(store: GraphStore) -> dict[str, str]:
    """Names as they are written, by their form without case, in order."""
    return {name.casefold(): name for name in sorted((name for _, name in _names(store)), reverse=True)}
