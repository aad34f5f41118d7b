"""How well relations are found when the mentions are given."""

from collections.abc import Iterable
from dataclasses import dataclass

from kgbuild.evaluate.gold import GoldDocument, check_documents
from kgbuild.evaluate.scores import Scores, scores_of

__all__ = ["PredictedRelation", "RelationScores", "score_relations"]


@dataclass(frozen=True, slots=True)
class PredictedRelation:
    """A relation predicted between two gold entities."""

    document: str
    """Id of the gold document."""
    head: int
    """Number of the head entity in the gold document."""
    tail: int
    """Number of the tail entity."""
    label: str
    """The property, under the key that gold uses."""


@dataclass(frozen=True, slots=True)
class RelationScores:
    """Relations found between entities that share a sentence."""

    total: Scores
    """Over all labels."""
    by_label: tuple[tuple[str, Scores], ...]
    """The counts of each label, ordered by label; they add up to `total`."""


def score_relations(gold: Iterable[GoldDocument], predicted: Iterable[PredictedRelation]) -> RelationScores:
    """Scores over same-sentence pairs, counted once per document, entity pair and label.

    Gold are the relations whose entities have mentions in one common sentence. A pair that was never proposed is
    a miss, since gold is counted here and not by what was scored; a prediction for any other pair is wrong.

    Raises: InputError when a prediction names no gold document.
    """
    documents = {document.id: document for document in gold}
    found = set(predicted)
    check_documents(documents, (item.document for item in found))
    wanted = {
        PredictedRelation(document.id, relation.head, relation.tail, relation.label)
        for document in documents.values()
        for pairs in [document.same_sentence_pairs]
        for relation in document.relations
        if (relation.head, relation.tail) in pairs
    }
    labels = sorted({item.label for item in wanted | found})
    by_label = tuple((label, scores_of(_of(label, wanted), _of(label, found))) for label in labels)
    return RelationScores(scores_of(wanted, found), by_label)


def _of(label: str, relations: Iterable[PredictedRelation]) -> set[PredictedRelation]:
    return {item for item in relations if item.label == label}
