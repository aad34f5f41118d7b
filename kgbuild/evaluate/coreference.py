"""How well mentions are gathered into entities: MUC, B-cubed, CEAF-e, and their mean, the CoNLL F1.

Each measure is a pair of fractions, of gold and of what was predicted, whose numerators and denominators add up over
documents, as in the reference scorer (Pradhan et al. 2014, https://aclanthology.org/P14-2006). Gold and prediction
may hold different mentions: one that only one side has is wrong or missed like any other. A mention without company
is a cluster of one.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import astuple, dataclass

import networkx
import numpy as np
from numpy.typing import NDArray

from kgbuild.errors import InputError
from kgbuild.evaluate.intervals import Interval, middle, resample
from kgbuild.records import Span

__all__ = ["Agreement", "Clusters", "Coreference", "CoreferenceScores", "b_cubed", "ceaf_e", "muc", "score_coreference"]

Clusters = Collection[Collection[Span]]
"""The clusters of one document, none of them empty; no mention is in two."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The two fractions of one measure.

    With nothing to find and nothing found all three figures are 1.0; a figure whose denominator alone is zero is 0.0.
    """

    found: float
    """So much of gold was found: numerator of recall."""
    gold: float
    """Denominator of recall."""
    right: float
    """So much of what was predicted is right: numerator of precision."""
    predicted: float
    """Denominator of precision."""

    @property
    def recall(self) -> float:
        """Found of gold, 0 to 1."""
        return self._share(self.found, self.gold)

    @property
    def precision(self) -> float:
        """Right of predicted, 0 to 1."""
        return self._share(self.right, self.predicted)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0 to 1."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def _share(self, part: float, whole: float) -> float:
        if whole:
            return part / whole
        return 0.0 if self.gold or self.predicted else 1.0

    def __add__(self, other: "Agreement") -> "Agreement":
        return Agreement(*(one + more for one, more in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class Coreference:
    """The three measures on the same clusters."""

    muc: Agreement
    """Links between mentions (Vilain et al. 1995)."""
    b_cubed: Agreement
    """Clusters as each of their mentions sees them (Bagga and Baldwin 1998)."""
    ceaf_e: Agreement
    """Clusters matched one to one (Luo 2005)."""

    @property
    def conll_f1(self) -> float:
        """Mean of the three F1, 0 to 1."""
        return (self.muc.f1 + self.b_cubed.f1 + self.ceaf_e.f1) / 3

    def __add__(self, other: "Coreference") -> "Coreference":
        return Coreference(self.muc + other.muc, self.b_cubed + other.b_cubed, self.ceaf_e + other.ceaf_e)


@dataclass(frozen=True, slots=True)
class CoreferenceScores:
    """The measures of each document; a figure is that of their sum (micro)."""

    documents: tuple[Coreference, ...]
    """One a document, in the order given."""

    @property
    def total(self) -> Coreference:
        """The measures of all documents together."""
        nothing = Agreement(0, 0, 0, 0)
        return sum(self.documents, Coreference(nothing, nothing, nothing))

    def interval(self) -> Interval:
        """Where the CoNLL F1 lies when the documents are drawn anew; draws with nothing to divide by are left out."""
        rows = [[number for measure in astuple(item) for number in measure] for item in self.documents]
        sums = resample(rows or np.zeros((0, 12))).reshape(-1, 3, 4)
        return middle(_f1(sums).mean(axis=1))


def score_coreference(documents: Iterable[tuple[Clusters, Clusters]]) -> CoreferenceScores:
    """The measures of each document, given as its gold and its predicted clusters.

    Raises: InputError when clusters share a mention or one is empty.
    """
    return CoreferenceScores(
        tuple(
            Coreference(muc(gold, predicted), b_cubed(gold, predicted), ceaf_e(gold, predicted))
            for gold, predicted in documents
        )
    )


def muc(gold: Clusters, predicted: Clusters) -> Agreement:
    """Of the links that hold each cluster together, those that the other side has too; clusters of one have none.

    Raises: InputError when clusters share a mention or one is empty.
    """
    return _both_ways(gold, predicted, _common_links, lambda cluster: len(cluster) - 1)


def b_cubed(gold: Clusters, predicted: Clusters) -> Agreement:
    """For each mention the share of its cluster that is with it on the other side too, itself included.

    Raises: InputError when clusters share a mention or one is empty.
    """
    return _both_ways(gold, predicted, _common_company, len)


def ceaf_e(gold: Clusters, predicted: Clusters) -> Agreement:
    """Clusters matched one to one so that their likeness is greatest: twice the common mentions over those of both.

    Raises: InputError when clusters share a mention or one is empty.
    """
    ours, theirs = list(gold), list(predicted)
    place, other = _cluster_numbers(ours), _cluster_numbers(theirs)
    graph = networkx.Graph()
    for number, match in {(place[mention], other[mention]) for mention in place.keys() & other.keys()}:
        common = len(set(ours[number]) & set(theirs[match]))
        likeness = 2 * common / (len(ours[number]) + len(theirs[match]))
        graph.add_edge(("gold", number), ("predicted", match), weight=likeness)
    # subtle: matched part by part, since the cost grows with the cube of the nodes.
    parts = map(graph.subgraph, networkx.connected_components(graph))
    pairs = [pair for part in parts for pair in networkx.max_weight_matching(part)]
    total = sum(sorted(graph.edges[pair]["weight"] for pair in pairs))
    return Agreement(total, len(ours), total, len(theirs))


def _both_ways(
    gold: Clusters,
    predicted: Clusters,
    common: Callable[[Collection[Span], dict[Span, int]], float],
    whole: Callable[[Collection[Span]], int],
) -> Agreement:
    ours, theirs = _cluster_numbers(gold), _cluster_numbers(predicted)
    return Agreement(
        sum(common(cluster, theirs) for cluster in gold),
        sum(map(whole, gold)),
        sum(common(cluster, ours) for cluster in predicted),
        sum(map(whole, predicted)),
    )


def _common_links(cluster: Collection[Span], others: dict[Span, int]) -> float:
    """The size of a cluster less the parts into which the other side cuts it; a mention unknown there is a part."""
    parts = {others.get(mention, mention) for mention in cluster}
    return len(cluster) - len(parts)


def _common_company(cluster: Collection[Span], others: dict[Span, int]) -> float:
    """For each part that is one cluster on the other side its size, seen by each of its mentions, over the whole."""
    parts = Counter(others[mention] for mention in cluster if mention in others)
    return sum(size**2 for size in parts.values()) / len(cluster)


def _cluster_numbers(clusters: Iterable[Collection[Span]]) -> dict[Span, int]:
    """The number of each mention's cluster. Raises: InputError."""
    numbers: dict[Span, int] = {}
    for number, cluster in enumerate(clusters):
        if not cluster:
            raise InputError("a cluster has no mention, expected at least one; leave it out", subject=cluster)
        for mention in cluster:
            if mention in numbers:
                raise InputError(f"{mention!r} is in clusters twice, expected once; join them", subject=mention)
            numbers[mention] = number
    return numbers


def _f1(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """F1 of each measure from its four sums, [..., 4] to [...]; not a number where there is nothing to divide by."""
    found, gold, right, predicted = np.moveaxis(sums, -1, 0)
    with np.errstate(invalid="ignore"):
        recall, precision = found / gold, right / predicted
    total: NDArray[np.float64] = recall + precision
    f1 = np.zeros_like(total)
    np.divide(2 * recall * precision, total, out=f1, where=total != 0)
    return f1
