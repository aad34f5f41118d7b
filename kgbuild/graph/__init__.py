"""Claims -> quads -> store -> SPARQL, Turtle, explanations: the only room that knows pyoxigraph."""

from kgbuild.graph.convert import to_networkx, to_rdflib
from kgbuild.graph.explain import Explanation, explain
from kgbuild.graph.export import ExportFormat, export_graph
from kgbuild.graph.provenance import CatalogueEntry, DocumentGraph, RunRecord, document_graph
from kgbuild.graph.quads import from_term, to_quads, to_term
from kgbuild.graph.query import QueryFormat, QueryTable, run_query
from kgbuild.graph.stats import Count, GraphStatistics, statistics
from kgbuild.graph.store import GraphCounts, GraphStore
from kgbuild.graph.validate import Problem, Shapes, ValidationReport, load_shapes, validate_document, validate_graph

__all__ = [
    "CatalogueEntry",
    "Count",
    "DocumentGraph",
    "Explanation",
    "ExportFormat",
    "GraphCounts",
    "GraphStatistics",
    "GraphStore",
    "Problem",
    "QueryFormat",
    "QueryTable",
    "RunRecord",
    "Shapes",
    "ValidationReport",
    "document_graph",
    "explain",
    "export_graph",
    "from_term",
    "load_shapes",
    "run_query",
    "statistics",
    "to_networkx",
    "to_quads",
    "to_rdflib",
    "to_term",
    "validate_document",
    "validate_graph",
]
