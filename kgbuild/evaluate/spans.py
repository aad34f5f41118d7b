"""How well the recogniser finds mentions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kgbuild.evaluate.gold import UNTYPED, GoldDocument, check_documents
from kgbuild.evaluate.scores import Scores, scores_of
from kgbuild.records import Mention

__all__ = ["SpanScores", "score_spans"]


@dataclass(frozen=True, slots=True)
class SpanScores:
    """Mentions found, strictly and by their place alone."""

    strict: Scores
    """Right is the same start, end and type."""
    place: Scores
    """Right is the same start and end, whatever the type."""
    by_type: tuple[tuple[str, Scores], ...]
    """The strict counts of each type, ordered by type; they add up to `strict`."""


def score_spans(
    gold: Iterable[GoldDocument],
    predicted: Mapping[str, Sequence[Mention]],
    *,
    leave_out: Iterable[str] = (),
) -> SpanScores:
    """Scores of the mentions predicted for each document, by its id; a document without any is missed whole.

    Types in `leave_out` (a set that does not annotate dates, say) count neither as gold nor as predicted. Where
    gold has no type, the place counts and the strict measure passes over gold and prediction alike.

    Raises: InputError when a prediction names no gold document.
    """
    documents = {document.id: document for document in gold}
    check_documents(documents, predicted)
    left = frozenset(leave_out)
    wanted = {item for name, document in documents.items() for item in _keys(name, document.mentions, left)}
    found = {item for name, mentions in predicted.items() for item in _keys(name, mentions, left)}
    untyped = {item[:3] for item in wanted if item[3] == UNTYPED}
    strict_wanted = {item for item in wanted if item[:3] not in untyped}
    strict_found = {item for item in found if item[:3] not in untyped}
    types = sorted({item[3] for item in strict_wanted | strict_found})
    return SpanScores(
        strict=scores_of(strict_wanted, strict_found),
        place=scores_of({item[:3] for item in wanted}, {item[:3] for item in found}),
        by_type=tuple((type, scores_of(_of(type, strict_wanted), _of(type, strict_found))) for type in types),
    )


def _keys(name: str, mentions: Iterable[Mention], left: frozenset[str]) -> set[tuple[str, int, int, str]]:
    return {(name, mention.start, mention.end, mention.type) for mention in mentions if mention.type not in left}


def _of(type: str, keys: Iterable[tuple[str, int, int, str]]) -> set[tuple[str, int, int, str]]:
    return {key for key in keys if key[3] == type}
