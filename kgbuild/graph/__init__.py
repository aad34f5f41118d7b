"""Claims -> quads -> store -> SPARQL, Turtle, explanations: the only room that knows pyoxigraph."""

from kgbuild.graph.belief import Belief, Beliefs, noisy_or
from kgbuild.graph.checked import CheckedGraph, checked_graph
from kgbuild.graph.conflicts import Conflict, find_conflicts
from kgbuild.graph.convert import to_networkx, to_rdflib
from kgbuild.graph.decisions import decision_quads, make_due, put_decisions, waiting_decisions
from kgbuild.graph.explain import Explanation, explain
from kgbuild.graph.export import ExportFormat, export_graph
from kgbuild.graph.history import (
    RunFacts,
    changes_of_document,
    changes_of_runs,
    known_sources,
    retractions,
    runs_in_order,
)
from kgbuild.graph.labels import label_of, put_labels
from kgbuild.graph.lifecycle import drop_vanished, restore_documents, retract_documents, with_change
from kgbuild.graph.patch import (
    DocumentPatch,
    Facts,
    NamedTriple,
    document_patch,
    facts_of_claims,
    facts_of_document,
    patch_to_trig,
)
from kgbuild.graph.problems import Problem, ValidationReport, report_to_turtle
from kgbuild.graph.provenance import (
    Action,
    CatalogueEntry,
    Change,
    DocumentGraph,
    Retraction,
    RunRecord,
    document_graph,
)
from kgbuild.graph.quads import from_term, to_quads, to_term
from kgbuild.graph.query import QueryFormat, QueryTable, run_query
from kgbuild.graph.reviewable import ReviewableClaim, claims_by_doubt, to_reviewable
from kgbuild.graph.rules import Rules, load_rules
from kgbuild.graph.shapes import Shapes, load_shapes, shape_problems
from kgbuild.graph.sides import Reading, Side
from kgbuild.graph.stats import Count, GraphStatistics, statistics
from kgbuild.graph.store import GraphCounts, GraphStore
from kgbuild.graph.validate import validate_document, validate_graph

__all__ = [
    "Action",
    "Belief",
    "Beliefs",
    "CatalogueEntry",
    "Change",
    "CheckedGraph",
    "Conflict",
    "Count",
    "DocumentGraph",
    "DocumentPatch",
    "Explanation",
    "ExportFormat",
    "Facts",
    "GraphCounts",
    "GraphStatistics",
    "GraphStore",
    "NamedTriple",
    "Problem",
    "QueryFormat",
    "QueryTable",
    "Reading",
    "Retraction",
    "ReviewableClaim",
    "Rules",
    "RunFacts",
    "RunRecord",
    "Shapes",
    "Side",
    "ValidationReport",
    "changes_of_document",
    "changes_of_runs",
    "checked_graph",
    "claims_by_doubt",
    "decision_quads",
    "document_graph",
    "document_patch",
    "drop_vanished",
    "explain",
    "export_graph",
    "facts_of_claims",
    "facts_of_document",
    "find_conflicts",
    "from_term",
    "known_sources",
    "label_of",
    "load_rules",
    "load_shapes",
    "make_due",
    "noisy_or",
    "patch_to_trig",
    "put_decisions",
    "put_labels",
    "report_to_turtle",
    "restore_documents",
    "retract_documents",
    "retractions",
    "run_query",
    "runs_in_order",
    "shape_problems",
    "statistics",
    "to_networkx",
    "to_quads",
    "to_rdflib",
    "to_reviewable",
    "to_term",
    "validate_document",
    "validate_graph",
    "waiting_decisions",
    "with_change",
]
