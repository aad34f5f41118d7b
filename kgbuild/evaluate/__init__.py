"""Predicted and gold to numbers: pure functions over records, no files and no models."""

from kgbuild.evaluate.end_to_end import PredictedTriple, TripleScores, score_triples
from kgbuild.evaluate.gold import UNTYPED, GoldDocument, GoldRelation, to_annotated, to_gold
from kgbuild.evaluate.relations import PredictedRelation, RelationScores, score_relations
from kgbuild.evaluate.scores import Scores
from kgbuild.evaluate.spans import SpanScores, score_spans

__all__ = [
    "UNTYPED",
    "GoldDocument",
    "GoldRelation",
    "PredictedRelation",
    "PredictedTriple",
    "RelationScores",
    "Scores",
    "SpanScores",
    "TripleScores",
    "score_relations",
    "score_spans",
    "score_triples",
    "to_annotated",
    "to_gold",
]
