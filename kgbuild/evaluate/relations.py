"""How well relations are found when the entities are given."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product

from kgbuild.evaluate.gold import GoldDocument, with_predictions
from kgbuild.evaluate.scores import Scores, Share, Shares, Tally, scores_of
from kgbuild.ontology import DATE_TYPE, NUMBER_TYPE

__all__ = ["DISTANCES", "PredictedRelation", "RelationScores", "score_relations", "strongest"]

DISTANCES = ("same sentence", "1 sentence apart", "2 sentences apart", "3 or more")
"""Names of the distances that relations are counted by."""
_VALUES = frozenset((DATE_TYPE, NUMBER_TYPE))

_Triple = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class PredictedRelation:
    """A relation predicted between two gold entities; two that differ in `sentences` or `probability` are equal."""

    document: str
    """Id of the gold document."""
    head: int
    """Number of the head entity in the gold document."""
    tail: int
    """Number of the tail entity."""
    label: str
    """The property, under the key that gold uses."""
    sentences: tuple[int, ...] = field(default=(), compare=False)
    """Numbers of the sentences that it was read from."""
    probability: float = field(default=1.0, compare=False)
    """Calibrated probability, 0 to 1."""


@dataclass(frozen=True, slots=True)
class RelationScores:
    """Relations found between the entities of a document."""

    everything: Tally
    """Over all pairs of entities."""
    by_distance: tuple[Tally, ...]
    """By the sentences between head and tail where they stand closest, in the order of `DISTANCES`; without the
    relations of entities that have no mention, which stand nowhere."""
    by_label: tuple[tuple[str, Scores], ...]
    """The counts of each label over all pairs, ordered by label; they add up to `everything`."""
    unrelated: Shares
    """Pairs of one sentence without a relation that get one; the pairs are ordered ones of different gold entities that
    share a sentence, without a gold relation in that direction, their head neither date nor number, since these
    are never candidates."""
    evidence: Shares
    """Right relations whose sentences are all among those that gold names as evidence, of the right ones whose
    evidence is annotated."""

    @property
    def same_sentence(self) -> Tally:
        """Over the pairs that share a sentence; what is predicted for other pairs is left out."""
        return self.by_distance[0]


@dataclass(frozen=True, slots=True)
class _Judged:
    """The counts of one document."""

    everything: Scores
    by_distance: tuple[Scores, ...]
    by_label: dict[str, Scores]
    unrelated: Share
    evidence: Share


def score_relations(gold: Iterable[GoldDocument], predicted: Iterable[PredictedRelation]) -> RelationScores:
    """Scores counted once per document, entity pair and label.

    A pair that was never proposed is a miss, since gold is counted here and not by what was scored. Of several
    predictions of one relation the most probable gives the sentences.

    Raises: InputError when a prediction names no gold document.
    """
    judged = [_judge(document, mine) for document, mine in with_predictions(gold, strongest(predicted))]
    by_label: dict[str, Scores] = {}
    for counts in judged:
        for label, scores in counts.by_label.items():
            by_label[label] = by_label.get(label, Scores(0, 0, 0)) + scores
    return RelationScores(
        everything=Tally(tuple(counts.everything for counts in judged)),
        by_distance=tuple(Tally(tuple(counts.by_distance[far] for counts in judged)) for far in range(len(DISTANCES))),
        by_label=tuple(sorted(by_label.items())),
        unrelated=Shares(tuple(counts.unrelated for counts in judged)),
        evidence=Shares(tuple(counts.evidence for counts in judged)),
    )


def strongest(predicted: Iterable[PredictedRelation]) -> list[PredictedRelation]:
    """Each relation once: the most probable prediction of it, of equals the first."""
    best: dict[PredictedRelation, PredictedRelation] = {}
    for item in predicted:
        if item not in best or item.probability > best[item].probability:
            best[item] = item
    return list(best.values())


def _judge(document: GoldDocument, predicted: list[PredictedRelation]) -> _Judged:
    wanted = {(relation.head, relation.tail, relation.label) for relation in document.relations}
    found = {(item.head, item.tail, item.label): item for item in predicted}
    triples = found.keys()
    sentences = _sentences(document)
    apart = {triple: _apart(sentences, triple) for triple in wanted | triples}
    by_distance = (scores_of(_at(apart, wanted, far), _at(apart, triples, far)) for far in range(len(DISTANCES)))
    labels = {label for *_, label in wanted | triples}
    return _Judged(
        everything=scores_of(wanted, triples),
        by_distance=tuple(by_distance),
        by_label={label: scores_of(_of(label, wanted), _of(label, triples)) for label in labels},
        unrelated=_unrelated(document, {triple[:2] for triple in wanted}, {triple[:2] for triple in triples}),
        evidence=_evidence(document, found),
    )


def _sentences(document: GoldDocument) -> dict[int, set[int]]:
    """The sentences that name each entity."""
    sentences = defaultdict(set)
    for mention, entity in zip(document.mentions, document.entities, strict=True):
        sentences[entity].add(mention.sentence)
    return sentences


def _apart(sentences: Mapping[int, set[int]], triple: _Triple) -> int | None:
    """Place in `DISTANCES`; `None` where an entity has no mention."""
    places = product(sentences.get(triple[0], ()), sentences.get(triple[1], ()))
    nearest = min((abs(one - other) for one, other in places), default=None)
    return None if nearest is None else min(nearest, len(DISTANCES) - 1)


def _at(apart: Mapping[_Triple, int | None], triples: Iterable[_Triple], far: int) -> set[_Triple]:
    return {triple for triple in triples if apart[triple] == far}


def _of(label: str, triples: Iterable[_Triple]) -> set[_Triple]:
    return {triple for triple in triples if triple[2] == label}


def _unrelated(document: GoldDocument, related: set[tuple[int, int]], claimed: set[tuple[int, int]]) -> Share:
    """Pairs that get a relation, of those of one sentence that have none."""
    named = {
        entity
        for mention, entity in zip(document.mentions, document.entities, strict=True)
        if mention.type not in _VALUES
    }
    pairs = {pair for pair in document.same_sentence_pairs - related if pair[0] in named}
    return Share(len(pairs & claimed), len(pairs))


def _evidence(document: GoldDocument, found: Mapping[_Triple, PredictedRelation]) -> Share:
    """Right relations read from annotated evidence alone, of those whose evidence is annotated."""
    shown: dict[_Triple, set[int]] = defaultdict(set)
    for relation in document.relations:
        shown[relation.head, relation.tail, relation.label].update(relation.evidence)
    asked = [(found[triple], sentences) for triple, sentences in shown.items() if sentences and triple in found]
    right = sum(bool(item.sentences) and sentences.issuperset(item.sentences) for item, sentences in asked)
    return Share(right, len(asked))
