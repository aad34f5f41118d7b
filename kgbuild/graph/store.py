"""The store on disk: a document's graph and its catalogue entry are replaced together or not at all.

One process owns a folder at a time, and an open store must not be carried into another process: open it where
it is used, in a `with` block.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pyoxigraph as ox

from kgbuild.errors import QueryError, StoreError
from kgbuild.graph.opening import check_folder, is_damage, open_error
from kgbuild.graph.provenance import CatalogueEntry, DocumentGraph, RunRecord, run_quads
from kgbuild.graph.vocabulary import PREFIXES, Kgb

__all__ = ["GraphCounts", "GraphStore", "QueryAnswer"]

QueryAnswer = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples
"""Rows of a SELECT, truth of an ASK, triples of a CONSTRUCT or DESCRIBE."""

_BATCH_QUADS: Final = 50_000
"""Quads that are gathered before they are written."""
_BULK_QUADS: Final = 5_000
"""Quads from which new files are written at once, which takes half the time of the log and is as atomic."""
_BATCH_DROPS: Final = 200
"""Documents that are dropped in one transaction."""


@dataclass(frozen=True, slots=True)
class GraphCounts:
    """How much a graph holds."""

    documents: int
    """Documents of the catalogue."""
    triples: int
    """Distinct triples that have evidence."""
    evidence: int
    """Evidence nodes: places where a triple was read."""
    quads: int
    """All quads, with text, evidence, facts, catalogue, runs and labels."""


class GraphStore:
    """An open RDF store; a context manager that closes it."""

    def __init__(self, store: ox.Store, name: str) -> None:
        self._store: ox.Store | None = store
        self._process = os.getpid()
        self.name = name
        """The folder, for messages; `memory` when there is none."""

    @classmethod
    def open(cls, folder: Path, *, create: bool = False) -> Self:
        """The store of `folder`, made there if `create` and nothing is there yet.

        Raises: MissingError, StoreError.
        """
        check_folder(folder, create=create)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return cls(ox.Store(str(folder)), str(folder))
        except (OSError, RuntimeError, ValueError) as error:  # pyoxigraph raises RuntimeError for damaged files
            raise open_error(folder, error) from error

    @classmethod
    def in_memory(cls) -> Self:
        """An empty store without a folder."""
        return cls(ox.Store(), "memory")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except StoreError:
            if error is None:  # else the first error says more
                raise
        if is_damage(error):
            raise open_error(Path(self.name), error, action="read") from error

    def close(self) -> None:
        """Nothing; all is on disk after it, and the folder is free for another process. Raises: StoreError."""
        store, self._store = self._store, None
        if store is not None and os.getpid() == self._process:
            try:
                store.flush()
            except OSError as error:
                raise self._write_error(error) from error
            finally:
                del store  # subtle: the error's frame would keep the folder locked

    @property
    def _open(self) -> ox.Store:
        if self._store is None:
            raise StoreError(f"graph store {self.name!r} is closed; open it again", subject=self)
        if os.getpid() != self._process:
            raise StoreError(
                f"graph store {self.name!r} was opened by process {self._process}, not by {os.getpid()}; "
                "open it inside the process that uses it",
                subject=self,
            )
        return self._store

    def replace_documents(self, graphs: Iterable[DocumentGraph]) -> int:
        """How many quads were added or removed so that each document's graph and catalogue entry are as given.

        A document changes in one transaction, with others of its batch, and so does what is said of its change, which
        is not counted. A retraction stands in the place of the catalogue entry. What is as given is not written.
        Raises: StoreError.
        """
        changed = 0
        batch: dict[str, DocumentGraph] = {}
        size = 0
        for graph in graphs:
            batch[graph.document] = graph
            size += len(graph.quads)
            if size >= _BATCH_QUADS:
                changed += self._write(batch.values())
                batch, size = {}, 0
        return changed + self._write(batch.values())

    def _write(self, graphs: Iterable[DocumentGraph]) -> int:
        added: list[ox.Quad] = []
        changed = 0
        for graph in graphs:
            new = dict.fromkeys(graph.quads)
            old = dict.fromkeys(self._document_quads(graph.document))
            removed = [quad for quad in old if quad not in new]
            fresh = [quad for quad in new if quad not in old]
            changed += len(removed) + len(fresh)
            fresh += graph.change
            if removed:
                drop = "" if _has_graph(graph) else f"DROP SILENT GRAPH <{graph.document}> ; "  # or its name would stay
                self._update(f"{drop}DELETE DATA {{ {_block(removed)} }} ; INSERT DATA {{ {_block(fresh)} }}")
            else:
                added += fresh
        write = self._open.bulk_extend if len(added) >= _BULK_QUADS else self._open.extend
        try:
            write(added)
        except OSError as error:
            raise self._write_error(error) from error
        return changed

    def revise(self, removed: Iterable[ox.Quad], added: Iterable[ox.Quad]) -> None:
        """Nothing; the ones are out and the others in, in one transaction. Raises: StoreError."""
        self._update(f"DELETE DATA {{ {_block(removed)} }} ; INSERT DATA {{ {_block(added)} }}")

    def _update(self, sparql: str) -> None:
        try:
            self._open.update(sparql, prefixes=PREFIXES)
        except OSError as error:
            raise self._write_error(error) from error

    def _write_error(self, error: OSError) -> StoreError:
        return StoreError(f"graph folder {self.name!r} cannot be written: {error}; nothing was changed", subject=self)

    def _document_quads(self, document: str) -> Iterator[ox.Quad]:
        """The quads of a document's graph, then those of its catalogue entry or of its retraction."""
        node = ox.NamedNode(document)
        yield from self._open.quads_for_pattern(None, None, None, node)
        entries = self._open.quads_for_pattern(node, Kgb.TEXT_DIGEST, None)
        for entry in (*entries, *self._open.quads_for_pattern(None, Kgb.RETRACTS, node)):
            yield from self._open.quads_for_pattern(entry.subject, None, None, entry.graph_name)

    def drop_documents(self, documents: Iterable[str]) -> int:
        """How many of the documents were there; their graphs and catalogue entries are gone.

        Raises: StoreError.
        """
        known = self.catalogue()
        found = sorted({document for document in documents if document in known})
        for start in range(0, len(found), _BATCH_DROPS):
            self._update(" ; ".join(map(_drop, found[start : start + _BATCH_DROPS])))
        return len(found)

    def put_changes(self, changes: Iterable[ox.Quad]) -> None:
        """Nothing; the quads of changes are in the graph of runs, in one transaction, beside what is there.

        Raises: StoreError.
        """
        try:
            self._open.extend(changes)
        except OSError as error:
            raise self._write_error(error) from error

    def put_run(self, run: RunRecord) -> None:
        """Nothing; the run is in the graph of runs, in place of what was there under its IRI.

        Raises: StoreError.
        """
        quads = list(run_quads(run))
        node, graph = quads[0].subject, quads[0].graph_name
        self._update(f"DELETE WHERE {{ GRAPH {graph} {{ {node} ?p ?o }} }} ; INSERT DATA {{ {_block(quads)} }}")

    def last_run(self) -> str | None:
        """IRI of the run that no other followed, the latest of several; `None` before the first."""
        rows = self.select(
            "SELECT ?run { ?run a prov:Activity ; prov:startedAtTime ?time "
            "FILTER NOT EXISTS { ?next prov:wasInformedBy ?run } } ORDER BY DESC(?time) DESC(?run) LIMIT 1"
        )
        return next((row["run"].value for row in rows), None)

    def catalogue(self) -> dict[str, CatalogueEntry]:
        """What the graph knows of its documents, by IRI."""
        rows = self.select(
            "SELECT * { ?document a prov:Entity ; kgb:textDigest ?digest ; dcterms:source ?source ; "
            "kgb:recipe ?recipe ; prov:wasGeneratedBy ?run "
            "OPTIONAL { ?document kgb:origin ?origin } } ORDER BY ?document"
        )
        fields = ("document", "source", "origin", "digest", "recipe", "run")
        entries = (CatalogueEntry(*(row[field].value if row[field] else "" for field in fields)) for row in rows)
        return {entry.document: entry for entry in entries}

    def counts(self) -> GraphCounts:
        """How much the graph holds."""
        triples = self.select(
            "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o "
            "{ ?e a kgb:Evidence ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o } }"
        )
        evidence = self.select("SELECT (COUNT(*) AS ?n) { ?e a kgb:Evidence }")
        return GraphCounts(
            documents=sum(1 for _ in self.matching(None, Kgb.TEXT_DIGEST)),
            triples=int(next(iter(triples))["n"].value),
            evidence=int(next(iter(evidence))["n"].value),
            quads=len(self._open),
        )

    def query(self, sparql: str) -> QueryAnswer:
        """The answer of a SPARQL 1.1 query over the union of all graphs, the prefixes of the vocabulary known.

        Oxigraph's union is a bag: a triple that several documents state matches once for each, so write DISTINCT.
        Raises: SyntaxError, OSError.
        """
        return self._open.query(sparql, prefixes=PREFIXES, use_default_graph_as_union=True)

    def select(self, sparql: str) -> ox.QuerySolutions:
        """The rows of a SELECT query."""
        rows = self.query(sparql)
        if not isinstance(rows, ox.QuerySolutions):
            raise QueryError(f"Unexpected query {sparql!r}; expected a SELECT", subject=sparql)
        return rows

    def graphs(self) -> list[str]:
        """Names of all graphs, sorted."""
        names = self._open.named_graphs()
        return sorted(name.value for name in names if isinstance(name, ox.NamedNode))

    def quads(self, graph: str | None = None) -> Iterator[ox.Quad]:
        """All quads, or those of one graph, in no order that can be relied on."""
        return iter(self._open.quads_for_pattern(None, None, None, None if graph is None else ox.NamedNode(graph)))

    def matching(
        self,
        subject: ox.NamedNode | None = None,
        predicate: ox.NamedNode | None = None,
        object: ox.NamedNode | ox.Literal | None = None,
        graph: ox.NamedNode | None = None,
    ) -> Iterator[ox.Quad]:
        """The quads that have the terms given."""
        return iter(self._open.quads_for_pattern(subject, predicate, object, graph))


def _block(quads: Iterable[ox.Quad]) -> str:
    """Quads as the body of a SPARQL update."""
    graphs = groupby(quads, key=lambda quad: quad.graph_name)
    return " ".join(f"GRAPH {name} {{ {' . '.join(str(quad.triple) for quad in group)} }}" for name, group in graphs)


def _has_graph(graph: DocumentGraph) -> bool:
    return any(quad.graph_name == ox.NamedNode(graph.document) for quad in graph.quads)


def _drop(document: str) -> str:
    node = ox.NamedNode(document)
    entry = f"GRAPH ?catalogue {{ {node} ?p ?o }}"
    digest = f"GRAPH ?catalogue {{ {node} kgb:textDigest ?digest }}"
    return f"DROP SILENT GRAPH {node} ; DELETE {{ {entry} }} WHERE {{ {digest} {entry} }}"
