"""Clusters of mentions are judged by the three measures, worked by hand, and their mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.errors import InputError
from kgbuild.evaluate.coreference import (
    Agreement,
    Clusters,
    Coreference,
    b_cubed,
    ceaf_e,
    muc,
    score_coreference,
)
from kgbuild.evaluate.intervals import Interval
from kgbuild.records import Span

MEASURES = (muc, b_cubed, ceaf_e)


def clusters(letters: str) -> list[list[Span]]:
    """One cluster a word, one mention a letter."""
    return [[Span(ord(letter), ord(letter) + 1) for letter in word] for word in letters.split()]


GOLD, PREDICTED = clusters("abc defg"), clusters("ab cd fghi")
"""The mention e is missed, h and i are none."""


def test_muc_by_hand():
    """Of 2 + 3 gold links ab and fg are found; of the predicted 1 + 1 + 3 the same two are right."""
    assert muc(GOLD, PREDICTED) == Agreement(2, 5, 2, 5)


def test_b_cubed_by_hand():
    """Seven gold mentions see 2/3, 2/3, 1/3, 1/4, 0, 2/4, 2/4; eight predicted ones 1, 1, 1/2, 1/2, 2/4, 2/4, 0, 0."""
    found = b_cubed(GOLD, PREDICTED)
    assert found.found == pytest.approx(5 / 3 + 1 / 4 + 1)
    assert (found.gold, found.right, found.predicted) == (7, pytest.approx(4), 8)


def test_ceaf_e_by_hand():
    """Abc goes with ab at 4/5, defg with fghi at 4/8, and cd is left over."""
    found = ceaf_e(GOLD, PREDICTED)
    assert (found.recall, found.precision) == (pytest.approx(1.3 / 2), pytest.approx(1.3 / 3))


def test_ceaf_e_takes_the_best_of_all_matches():
    """The closest pair, 6/9, is given up where 4/7 and 2/5 together are more."""
    assert ceaf_e(clusters("abcf de"), clusters("abcde f")).found == pytest.approx(4 / 7 + 2 / 5)


def test_the_conll_figure_is_the_mean():
    """The F1 of the example are .4, 5/11 and .52."""
    total = score_coreference([(GOLD, PREDICTED)]).total
    assert total.conll_f1 == pytest.approx((0.4 + 5 / 11 + 0.52) / 3)


def test_documents_are_counted_together():
    """Numerators and denominators add up over documents, and mentions of different documents never meet."""
    scores = score_coreference([(GOLD, PREDICTED), (clusters("ab"), clusters("ab"))])
    assert scores.total.muc == Agreement(3, 6, 3, 6)
    assert scores.total.b_cubed.gold == 9
    assert scores.total.ceaf_e.recall == pytest.approx((1.3 + 1) / 3)
    assert [item.muc.found for item in scores.documents] == [2, 1]


@pytest.mark.parametrize("measure", MEASURES)
def test_right_is_one(measure):
    """The gold clusters themselves, in another order, have recall and precision 1."""
    found = measure(GOLD, clusters("gfed bca"))
    assert (found.recall, found.precision, found.f1) == (1, 1, 1)


@pytest.mark.parametrize("measure", MEASURES)
def test_nothing(measure):
    """Nothing against nothing is 1; of something none is found, and of nothing none is right, which is 0."""
    assert measure([], []).f1 == 1
    assert (measure(GOLD, []).recall, measure(GOLD, []).precision, measure(GOLD, []).f1) == (0, 0, 0)
    assert (measure([], GOLD).recall, measure([], GOLD).precision, measure([], GOLD).f1) == (0, 0, 0)


def test_mentions_alone_have_no_links():
    """Clusters of one count in B-cubed and CEAF-e, not in MUC."""
    alone = clusters("a b c")
    assert muc(alone, alone) == Agreement(0, 0, 0, 0)
    assert b_cubed(alone, alone) == Agreement(3, 3, 3, 3)
    assert ceaf_e(alone, clusters("a b")) == Agreement(2, 3, 2, 2)


def test_joining_everything_costs_precision_alone():
    """One cluster of all mentions finds all that there is."""
    for measure in (muc, b_cubed):
        found = measure(GOLD, clusters("abcdefg"))
        assert found.recall == 1
        assert found.precision < 1


@pytest.mark.parametrize("wrong", [clusters("ab bc"), clusters("aa"), [[]]])
@pytest.mark.parametrize("measure", MEASURES)
def test_clusters_share_nothing(measure, wrong):
    """A mention in two clusters, or twice in one, and a cluster of none are errors on either side."""
    for sides in [(wrong, GOLD), (GOLD, wrong)]:
        with pytest.raises(InputError, match="expected"):
            measure(*sides)


def test_the_interval_holds_the_figure():
    """It lies around the figure of all documents, and is a point when all are alike; of none nothing is known."""
    several = score_coreference([(GOLD, PREDICTED), (GOLD, GOLD), (GOLD, clusters("a b c d"))])
    assert several.interval().low < several.total.conll_f1 < several.interval().high
    alike = score_coreference([(GOLD, PREDICTED)] * 3)
    assert alike.interval().low == alike.interval().high == pytest.approx(alike.total.conll_f1)
    assert score_coreference([]).interval() == Interval(0, 1)


PARTITIONS = st.lists(st.integers(0, 4), max_size=9).map(
    lambda numbers: [
        [Span(place, place + 1) for place, number in enumerate(numbers) if number == wanted]
        for wanted in sorted(set(numbers))
    ]
)


@given(PARTITIONS, PARTITIONS)
def test_the_sides_mirror_each_other(gold: Clusters, predicted: Clusters):
    """Exchanging gold and prediction exchanges recall and precision, and no figure leaves 0 to 1."""
    (there,) = score_coreference([(gold, predicted)]).documents
    (back,) = score_coreference([(predicted, gold)]).documents
    for name in Coreference.__slots__:
        one, other = getattr(there, name), getattr(back, name)
        assert (one.recall, one.precision) == (pytest.approx(other.precision), pytest.approx(other.recall))
        assert 0 <= one.f1 <= 1 + 1e-9
