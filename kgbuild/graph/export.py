"""The graph as a file: written beside its place, then moved there, so that it is whole or not there at all.

The same graph gives the same bytes: triples are sorted before pyoxigraph writes them, which groups them by subject.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import pyoxigraph as ox

from kgbuild.errors import StoreError
from kgbuild.graph.convert import to_networkx
from kgbuild.graph.facts import distinct_facts, keep_facts, sort_triples
from kgbuild.graph.store import GraphStore
from kgbuild.graph.vocabulary import PREFIXES, Kgb

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["ExportFormat", "export_graph"]

ExportFormat = Literal["turtle", "trig", "nquads", "jsonld", "graphml"]
"""`trig` and `nquads` keep the graphs and hold all; `turtle` and `jsonld` hold the facts; `graphml` is for drawing."""

_FACT_PREFIXES: Final[tuple[str, ...]] = ("entity", "kgb", "rdfs", "skos", "xsd")
_OWN: Final = ("entity", "evidence", "fact", "run")
"""Kinds of the graph's own names that get a prefix; documents get none, since their spans would be all escapes."""


def export_graph(store: GraphStore, out: Path, *, format: ExportFormat, evidence: bool = False) -> int:
    """How many statements were written: triples of `turtle` and `jsonld`, quads of the others, edges of `graphml`.

    `evidence` adds text, spans, evidence, facts, catalogue and runs to `turtle` and `jsonld`.
    Raises: StoreError.
    """
    beside = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        written = _WRITERS[format](store, beside, evidence)
        beside.replace(out)
    except OSError as error:
        raise StoreError(f"file {str(out)!r} cannot be written: {error.strerror or error}", subject=out) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    return written


def _write_turtle(store: GraphStore, out: Path, evidence: bool) -> int:
    prefixes = _prefixes(store)
    shown = prefixes if evidence else {name: prefixes[name] for name in _FACT_PREFIXES if name in prefixes}
    with _SpacedFile(out, "wb") as file:
        return _serialise(_triples(store, evidence), file, ox.RdfFormat.TURTLE, shown)


class _SpacedFile(FileIO):
    """A file of Turtle with an empty line before each subject, where pyoxigraph writes none."""

    _rest = b""

    def write(self, data: "ReadableBuffer") -> int:
        """How many bytes were taken: all of them."""
        *lines, self._rest = (self._rest + bytes(data)).split(b"\n")
        # subtle: a line end inside a literal is escaped, so that a line begins with a tab or with a subject
        spaced = (line if line.startswith((b"\t", b"@")) else b"\n" + line for line in lines)
        super().write(b"".join(line + b"\n" for line in spaced))
        return len(bytes(data))


def _write_jsonld(store: GraphStore, out: Path, evidence: bool) -> int:
    return _serialise(_triples(store, evidence), str(out), ox.RdfFormat.JSON_LD, _prefixes(store))


def _write_trig(store: GraphStore, out: Path, _evidence: bool) -> int:
    return _serialise(_quads(store), str(out), ox.RdfFormat.TRIG, _prefixes(store))


def _write_nquads(store: GraphStore, out: Path, _evidence: bool) -> int:
    return _serialise(_quads(store), str(out), ox.RdfFormat.N_QUADS, {})


def _write_graphml(store: GraphStore, out: Path, _evidence: bool) -> int:
    import networkx as nx

    graph = to_networkx(store)
    for _, attributes in graph.nodes(data=True):
        attributes.update({key: _xml(value) for key, value in attributes.items()})
    nx.write_graphml(nx.relabel_nodes(graph, {node: _xml(node) for node in graph}), out)
    return int(graph.number_of_edges())


_WRITERS: Final[dict[ExportFormat, Callable[[GraphStore, Path, bool], int]]] = {
    "turtle": _write_turtle,
    "trig": _write_trig,
    "nquads": _write_nquads,
    "jsonld": _write_jsonld,
    "graphml": _write_graphml,
}


def _serialise(
    statements: Iterable[ox.Triple] | Iterable[ox.Quad],
    out: FileIO | str,
    format: ox.RdfFormat,
    prefixes: dict[str, str],
) -> int:
    count = 0

    def counted() -> Iterator[ox.Triple | ox.Quad]:
        nonlocal count
        for statement in statements:
            count += 1
            yield statement

    # the stub asks for all triples or all quads, which is what each caller passes
    ox.serialize(counted(), out, format=format, prefixes=prefixes)  # type: ignore[arg-type]
    return count


def _triples(store: GraphStore, evidence: bool) -> Iterator[ox.Triple]:
    """The facts of all documents; then what each document says about them, one document in memory at a time."""
    yield from distinct_facts(store)
    if evidence:
        documents = store.catalogue()
        for name in store.graphs():
            quads = list(store.quads(name))
            facts = set(keep_facts(quads)) if name in documents else set()
            yield from sort_triples({quad.triple for quad in quads} - facts)


def _quads(store: GraphStore) -> Iterator[ox.Quad]:
    """All quads by graph, one graph in memory at a time."""
    for name in store.graphs():
        node = ox.NamedNode(name)
        for triple in sort_triples(quad.triple for quad in store.quads(name)):
            yield ox.Quad(triple.subject, triple.predicate, triple.object, node)


def _prefixes(store: GraphStore) -> dict[str, str]:
    """The known prefixes, and `entity:`, `evidence:`, `fact:`, `run:` below the base that the catalogue shows."""
    entry = next(store.matching(None, Kgb.TEXT_DIGEST), None)
    if entry is None or not isinstance(entry.graph_name, ox.NamedNode):
        return PREFIXES
    base = entry.graph_name.value.removesuffix("graph/catalog")
    return {**PREFIXES, **{name: f"{base}{name}/" for name in _OWN}}


def _xml(value: object) -> object:
    """`value` with what XML 1.0 cannot hold (https://www.w3.org/TR/xml/#charsets) replaced by U+FFFD."""
    if not isinstance(value, str):
        return value
    return "".join(
        char if char in "\t\n\r" or " " <= char < "\ufffe" or char > "\uffff" else "\ufffd" for char in value
    )
