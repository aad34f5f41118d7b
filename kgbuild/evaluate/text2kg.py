"""How well triples of names conform to an ontology and match, after Text2KGBench (https://arxiv.org/abs/2308.02357).

The benchmark compares strings, not places: a triple is right when its three names are those of a gold triple, whatever
their case, spaces and underscores. Before it counts, it drops each predicted triple whose relation no gold triple of
the sentence has, so that claims beyond the annotation do no harm; beside its figures stand strict ones, which drop
nothing.
"""

import re
import statistics
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kgbuild.errors import InputError
from kgbuild.evaluate.scores import Scores, Tally, scores_of
from kgbuild.records import Entity

__all__ = ["NamedTriple", "Text2KgScores", "mean_over_ontologies", "plain_name", "score_text2kg", "to_benchmark_name"]

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DATE = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d\d))?(?:-(?P<day>\d\d))?")
_DATE_TYPES = ("#date", "#gYearMonth", "#gYear")


@dataclass(frozen=True, slots=True)
class NamedTriple:
    """A triple of names."""

    subject: str
    """Name of the head."""
    relation: str
    """Label of the property."""
    object: str
    """Name of the tail, or its value."""


@dataclass(frozen=True, slots=True)
class Text2KgScores:
    """The benchmark's figures of one ontology, or their means over several, and the strict counts."""

    precision: float
    """Mean precision of the sentences, 0 to 1; 0 where nothing is left to be judged."""
    recall: float
    """Mean recall of the sentences, 0 to 1."""
    f1: float
    """Mean F1 of the sentences, 0 to 1."""
    conformance: float
    """Mean share of predicted triples whose relation the ontology has, 0 to 1; 1 where nothing is predicted."""
    strict: Tally
    """Counts over everything that is predicted, one a sentence."""


def score_text2kg(
    gold: Mapping[str, Sequence[NamedTriple]],
    predicted: Mapping[str, Iterable[NamedTriple]],
    relations: Collection[str],
) -> Text2KgScores:
    """The figures of one ontology with the labels `relations`; triples are given by the id of their sentence.

    Raises: InputError when there is no sentence, or a prediction is about none of them.
    """
    unknown = sorted(set(predicted) - set(gold))
    if unknown or not gold:
        raise InputError(
            f"prediction for sentence {unknown[0] if unknown else None!r}, expected one of {len(gold)} sentences with "
            "gold triples; predict on the file that is evaluated",
            subject=unknown,
        )
    known = frozenset(map(plain_name, relations))
    sentences = [_Sentence(_plain(gold[name]), _plain(predicted.get(name, ()))) for name in gold]
    judged = [item.judged for item in sentences]
    return Text2KgScores(
        statistics.fmean(_if_any(item, item.precision) for item in judged),
        statistics.fmean(_if_any(item, item.recall) for item in judged),
        statistics.fmean(_if_any(item, item.f1) for item in judged),
        statistics.fmean(item.conformance(known) for item in sentences),
        Tally(tuple(scores_of(item.gold, item.predicted) for item in sentences)),
    )


def mean_over_ontologies(scores: Sequence[Text2KgScores]) -> Text2KgScores:
    """The means of the benchmark's figures, each ontology counting alike; the strict counts of all sentences.

    Raises: InputError when there is no ontology.
    """
    if not scores:
        raise InputError("mean over ontologies: expected the figures of at least one, came none", subject=scores)
    return Text2KgScores(
        statistics.fmean(item.precision for item in scores),
        statistics.fmean(item.recall for item in scores),
        statistics.fmean(item.f1 for item in scores),
        statistics.fmean(item.conformance for item in scores),
        Tally(tuple(counts for item in scores for counts in item.strict.documents)),
    )


def to_benchmark_name(entity: Entity) -> str:
    """The name of an entity as the benchmark writes it: a date as 03 July 1943, what it leaves open as the first."""
    value = entity.literal
    found = _DATE.fullmatch(value.value) if value and value.datatype.endswith(_DATE_TYPES) else None
    if found is None:
        return entity.name
    return f"{found['day'] or '01'} {_MONTHS[int(found['month'] or 1) - 1]} {found['year']}"


def plain_name(name: str) -> str:
    """A name as it is compared: in lower case, without spaces and underscores."""
    return re.sub(r"[_\s]+", "", name).lower()


_Plain = tuple[str, str, str]


def _plain(triples: Iterable[NamedTriple]) -> frozenset[_Plain]:
    return frozenset((plain_name(one.subject), plain_name(one.relation), plain_name(one.object)) for one in triples)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """The plain triples of a sentence."""

    gold: frozenset[_Plain]
    predicted: frozenset[_Plain]

    @property
    def judged(self) -> Scores:
        """Counts over the triples whose relation some gold triple has."""
        wanted = {relation for _, relation, _ in self.gold}
        return scores_of(self.gold, {triple for triple in self.predicted if triple[1] in wanted})

    def conformance(self, known: frozenset[str]) -> float:
        """The share of predicted triples whose relation is known, 1 of none."""
        if not self.predicted:
            return 1.0
        return sum(relation in known for _, relation, _ in self.predicted) / len(self.predicted)


def _if_any(scores: Scores, value: float) -> float:
    """The value; 0 where nothing was predicted, however little there was to find, as the benchmark has it."""
    return value if scores.tp + scores.fp else 0.0
