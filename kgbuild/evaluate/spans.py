"""How well the recogniser finds mentions, and where sentences begin."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kgbuild.evaluate.gold import UNTYPED, GoldDocument, check_documents
from kgbuild.evaluate.scores import Scores, Tally, scores_of
from kgbuild.records import Mention, Span

__all__ = ["SpanScores", "score_sentences", "score_spans"]

_Key = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class SpanScores:
    """Mentions found, strictly and by their place alone."""

    strict: Tally
    """Right is the same start, end and type."""
    place: Tally
    """Right is the same start and end, whatever the type."""
    by_type: tuple[tuple[str, Scores], ...]
    """The strict counts of each type, ordered by type; they add up to `strict`."""

    @property
    def typed(self) -> bool:
        """Whether gold has mentions with a type, without which the strict counts say nothing."""
        total = self.strict.total
        return total.tp + total.fn > 0


def score_spans(
    gold: Iterable[GoldDocument],
    predicted: Mapping[str, Sequence[Mention]],
    *,
    types: Iterable[str] | None = None,
) -> SpanScores:
    """Scores of the mentions predicted for each document, by its id; a document without any is missed whole.

    With `types`, those that the set annotates, all others count neither as gold nor as predicted: a set without
    dates says nothing of the dates that were found. Where gold has no type, the place counts and the strict measure
    passes over gold and prediction alike.

    Raises: InputError when a prediction names no gold document.
    """
    documents = {document.id: document for document in gold}
    check_documents(documents, predicted)
    chosen = None if types is None else frozenset(types)
    strict, place = [], []
    by_type: dict[str, Scores] = {}
    for name, document in documents.items():
        wanted, found = _keys(document.mentions, chosen), _keys(predicted.get(name, ()), chosen)
        place.append(scores_of({key[:2] for key in wanted}, {key[:2] for key in found}))
        untyped = {key[:2] for key in wanted if key[2] == UNTYPED}
        wanted, found = ({key for key in keys if key[:2] not in untyped} for keys in (wanted, found))
        strict.append(scores_of(wanted, found))
        for type in {key[2] for key in wanted | found}:
            by_type[type] = by_type.get(type, Scores(0, 0, 0)) + scores_of(_of(type, wanted), _of(type, found))
    return SpanScores(Tally(tuple(strict)), Tally(tuple(place)), tuple(sorted(by_type.items())))


def score_sentences(
    gold: Iterable[GoldDocument], predicted: Mapping[str, Sequence[Span]], *, first: bool = True
) -> Tally:
    """Scores of the places where sentences begin; a document without any prediction is missed whole.

    Without `first` the first sentence of each document, whose beginning is never in doubt, is left out on both sides.

    Raises: InputError when a prediction names no gold document.
    """
    documents = {document.id: document for document in gold}
    check_documents(documents, predicted)
    skipped = 0 if first else 1
    return Tally(
        tuple(
            scores_of(_starts(document.sentences, skipped), _starts(predicted.get(name, ()), skipped))
            for name, document in documents.items()
        )
    )


def _keys(mentions: Iterable[Mention], types: frozenset[str] | None) -> set[_Key]:
    return {(item.start, item.end, item.type) for item in mentions if types is None or item.type in types}


def _of(type: str, keys: Iterable[_Key]) -> set[_Key]:
    return {key for key in keys if key[2] == type}


def _starts(sentences: Sequence[Span], skipped: int) -> set[int]:
    return set(sorted(sentence.start for sentence in sentences)[skipped:])
