"""Predicted and gold to numbers: pure functions over records, no files and no models."""

from kgbuild.evaluate.end_to_end import PredictedTriple, TripleScores, score_triples
from kgbuild.evaluate.gold import UNTYPED, GoldDocument, GoldRelation, to_annotated, to_gold
from kgbuild.evaluate.intervals import Interval
from kgbuild.evaluate.relations import DISTANCES, PredictedRelation, RelationScores, score_relations
from kgbuild.evaluate.reliability import Bin, Reliability, score_reliability
from kgbuild.evaluate.scores import Measure, Scores, Share, Shares, Tally, difference
from kgbuild.evaluate.spans import SpanScores, score_sentences, score_spans
from kgbuild.evaluate.text2kg import (
    NamedTriple,
    Text2KgScores,
    mean_over_ontologies,
    plain_name,
    score_text2kg,
    to_benchmark_name,
)

__all__ = [
    "DISTANCES",
    "UNTYPED",
    "Bin",
    "GoldDocument",
    "GoldRelation",
    "Interval",
    "Measure",
    "NamedTriple",
    "PredictedRelation",
    "PredictedTriple",
    "RelationScores",
    "Reliability",
    "Scores",
    "Share",
    "Shares",
    "SpanScores",
    "Tally",
    "Text2KgScores",
    "TripleScores",
    "difference",
    "mean_over_ontologies",
    "plain_name",
    "score_relations",
    "score_reliability",
    "score_sentences",
    "score_spans",
    "score_text2kg",
    "score_triples",
    "to_annotated",
    "to_benchmark_name",
    "to_gold",
]
