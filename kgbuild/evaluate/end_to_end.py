"""How well triples are found from the raw text, mentions and entities predicted too."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from kgbuild.evaluate.gold import GoldDocument, with_predictions
from kgbuild.evaluate.scores import Scores, Tally
from kgbuild.records import Span

__all__ = ["PredictedTriple", "TripleScores", "score_triples"]

_Triple = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class PredictedTriple:
    """A triple predicted from one place of a document; several places of one triple are several records."""

    document: str
    """Id of the gold document."""
    head: Span
    """Where the head is named."""
    tail: Span
    """Where the tail is named."""
    head_entity: str
    """The predicted head entity: its IRI, or its value when it is a literal."""
    tail_entity: str
    """The predicted tail entity."""
    label: str
    """The property, under the key that gold uses."""
    one_sentence: bool = True
    """Whether head and tail were read in one sentence, as the sentences were predicted."""


@dataclass(frozen=True, slots=True)
class TripleScores:
    """Triples found, against two sets of gold."""

    everything: Tally
    """All that was predicted, against all gold triples."""
    same_sentence: Tally
    """What was read in one sentence, against the gold triples whose entities share one: of these predictions any that
    is none of them counts as wrong. Predictions across sentences are left out, since this figure asks for none."""


def score_triples(gold: Iterable[GoldDocument], predicted: Iterable[PredictedTriple]) -> TripleScores:
    """Scores of triples, counted once per document, entity pair and label.

    A prediction is right when at one of its places head and tail overlap mentions of two gold entities that hold
    the relation. It then counts as one gold triple, even if its entities take in several; two predictions of one
    gold triple count once. A wrong prediction counts once per gold entity pair and label that it overlaps first,
    or per predicted pair and label when it overlaps none. Gold that is not found, proposed or not, is missed.

    Raises: InputError when a prediction names no gold document.
    """
    everything, same_sentence = [], []
    for document, mine in with_predictions(gold, predicted):
        wanted = {(relation.head, relation.tail, relation.label) for relation in document.relations}
        everything.append(_match(wanted, _candidates(document, mine)))
        pairs = document.same_sentence_pairs
        near = {triple for triple in wanted if triple[:2] in pairs}
        same_sentence.append(_match(near, _candidates(document, [item for item in mine if item.one_sentence])))
    return TripleScores(Tally(tuple(everything)), Tally(tuple(same_sentence)))


def _candidates(document: GoldDocument, predicted: list[PredictedTriple]) -> dict[tuple[str, str, str], list[_Triple]]:
    """For each predicted pair and label the gold pairs that it overlaps, in the order of its places."""
    ends = [mention.end for mention in document.mentions]
    candidates: dict[tuple[str, str, str], list[_Triple]] = {}
    for item in sorted(predicted, key=lambda item: (item.head, item.tail)):
        places = candidates.setdefault((item.head_entity, item.tail_entity, item.label), [])
        tails = _overlapped(document, ends, item.tail)
        places += [(head, tail, item.label) for head in _overlapped(document, ends, item.head) for tail in tails]
    return candidates


def _overlapped(document: GoldDocument, ends: list[int], span: Span) -> list[int]:
    """The entities of the gold mentions that share a character with the span."""
    entities = []
    for number in range(bisect_right(ends, span.start), len(ends)):
        if document.mentions[number].start >= span.end:
            break
        entities.append(document.entities[number])
    return entities


def _match(wanted: set[_Triple], candidates: dict[tuple[str, str, str], list[_Triple]]) -> Scores:
    """The counts of a document."""
    found: set[_Triple] = set()
    wrong: set[tuple[object, ...]] = set()
    for key in sorted(candidates):
        right = [triple for triple in candidates[key] if triple in wanted]
        if right:
            found.add(next((triple for triple in right if triple not in found), right[0]))
        else:
            wrong.add(candidates[key][0] if candidates[key] else key)
    return Scores(len(found), len(wrong), len(wanted) - len(found))
