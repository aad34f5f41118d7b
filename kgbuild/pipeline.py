"""The rooms strung together in memory: the sentence of the whole project.

>>> import kgbuild  # doctest: +SKIP
>>> graph = kgbuild.build(["reports/"])  # doctest: +SKIP
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from typing import TYPE_CHECKING

from kgbuild.accept import accept
from kgbuild.checkpoint import load_models
from kgbuild.config import Settings, load_settings
from kgbuild.graph import (
    Explanation,
    GraphStore,
    QueryFormat,
    QueryTable,
    document_graph,
    explain,
    put_labels,
    run_query,
    to_networkx,
    to_rdflib,
)
from kgbuild.ingest import Source, find_sources, read_documents
from kgbuild.model.device import choose_device
from kgbuild.model_folder import model_digest, type_origins
from kgbuild.ontology import load_ontology
from kgbuild.recognise.annotate import recognise
from kgbuild.recognise.completion import load_completion
from kgbuild.recognise.pipelines import load_pipeline
from kgbuild.records import ClaimedDocument, Document, Refusal
from kgbuild.resolve import resolve
from kgbuild.score.fitting import fitting_of
from kgbuild.score.predict import Scorer, score

if TYPE_CHECKING:
    import networkx
    import rdflib

__all__ = ["Graph", "build", "claims"]


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph in memory."""

    store: GraphStore
    """Its RDF store."""
    refusals: tuple[Refusal, ...] = ()
    """Documents that were set aside, with their reasons."""

    def query(self, sparql: str, *, format: QueryFormat = "table") -> QueryTable | str:
        """The answer of a SPARQL query over the union of all documents' graphs. Raises: QueryError."""
        return run_query(self.store, sparql, format=format)

    def explain(self, name_or_iri: str) -> list[Explanation]:
        """The triples about an entity, with the sentences that state them. Raises: MissingError."""
        return explain(self.store, name_or_iri)

    def to_networkx(self) -> "networkx.MultiDiGraph":
        """Entities as nodes, facts as edges with their probability."""
        return to_networkx(self.store)

    def to_rdflib(self, *, evidence: bool = False) -> "rdflib.Graph":
        """The facts, and with `evidence` all else, as one rdflib graph."""
        return to_rdflib(self.store, evidence=evidence)


def build(paths: Sequence[str | PathLike[str]], settings: Settings | None = None) -> Graph:
    """The graph of the documents under `paths`.

    Raises: MissingError, SettingError, OntologyError, CheckpointError.
    """
    chosen = settings or load_settings()
    refusals: list[Refusal] = []
    sources = list(find_sources([fspath(path) for path in paths]))
    ontology = load_ontology(chosen.ontology)
    recipe = model_digest(chosen.model)
    run = f"{chosen.graph.base}run/memory"
    store = GraphStore.in_memory()
    put_labels(store, ontology, chosen.graph.base)
    documents = _documents(sources, chosen, refusals)
    store.replace_documents(
        document_graph(item, ontology, chosen.graph, recipe=recipe, run=run) for item in claims(documents, chosen)
    )
    return Graph(store, tuple(refusals))


def claims(documents: Iterator[Document], settings: Settings) -> Iterator[ClaimedDocument]:
    """The documents with what they claim: recognise, resolve, score, accept."""
    models, ontology = load_models(settings.model), load_ontology(settings.ontology)
    nlp = load_pipeline(settings.recognise, model=settings.model, device=settings.device)
    types, device = models.recogniser.types, choose_device(settings.device)
    relations, tokenizer = models.relations.to(device), models.tokenizer
    origins = type_origins(settings.model)
    fitting = fitting_of(relations, tokenizer, origins, ontology)
    scorer = Scorer(relations, tokenizer, types, ontology, settings.score, device=device, fitting=fitting)
    completion = load_completion(settings, ontology)
    annotated = resolve(recognise(documents, nlp, completion), settings.graph.base)
    return accept(score(annotated, scorer), settings.accept, models.calibration, ontology, origins=origins)


def _documents(sources: Sequence[Source], settings: Settings, refusals: list[Refusal]) -> Iterator[Document]:
    """The documents of the sources; those that are refused go to the list."""
    for item in read_documents(sources, settings.ingest, settings.graph.base):
        if isinstance(item, Refusal):
            refusals.append(item)
        else:
            yield item
