"""Logits of pairs become the counts that were worked by hand."""

import numpy as np
import pytest
from comparison_scores import ALL, Scored, best_threshold, judge, pooled

from kgbuild.evaluate import Scores


def scored() -> Scored:
    """Two documents, five pairs, four relations; the first document has a relation of a pair that was not scored.

    The last two relations hold of no pair and are scored at 0.
    """
    two = np.array([[3, -9], [2, 1], [-1, -9], [2.5, -9], [-2, -3]], dtype=np.float32)
    hold = np.array([[1, 0], [1, 0], [1, 0], [0, 0], [0, 1]], dtype=np.bool_)
    return Scored(
        document=np.array([0, 0, 0, 1, 1]),
        apart=np.array([0, 1, 5, 0, 2]),
        gap=np.array([-7, 8, 400, 31, 32]),
        logits=np.concatenate([two, np.zeros_like(two)], axis=1),
        right=np.concatenate([hold, np.zeros_like(hold)], axis=1),
        gold=np.array([4, 1]),
    )


def test_best_threshold_is_the_one_worked_by_hand() -> None:
    """Of hits at 4 and 2 and a miss at 3, with 2 gold, F1 is 2/3, 1/2 and 4/5; the last has its threshold at 2."""
    values, right = np.array([3.0, 2, 4], dtype=np.float32), np.array([False, True, True])
    assert best_threshold(values, right, 2) == 2.0
    assert best_threshold(values, right, 1) == 4.0


def test_equal_values_are_claimed_together() -> None:
    """A hit that stands before a miss of the same value is not told apart from it."""
    values, right = np.array([1.0, 1, 1, 0], dtype=np.float32), np.array([True, False, False, True])
    assert best_threshold(values, right, 2) == 0.0


def test_nothing_scored_is_nothing_claimed() -> None:
    """Without values the threshold is above everything."""
    assert best_threshold(np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.bool_), 3) == float("inf")


def test_counts_of_all_pairs_miss_what_was_not_scored() -> None:
    """At the threshold 2 the first document has two of four, the second one wrong and one missed."""
    assert judge(scored())[ALL] == [[2, 0, 2], [0, 1, 1]]


@pytest.mark.parametrize(
    ("group", "counts"),
    [
        ("same sentence", [[1, 0, 0], [0, 1, 0]]),
        ("1 sentence apart", [[1, 0, 0], [0, 0, 0]]),
        ("2 sentences apart", [[0, 0, 0], [0, 0, 1]]),
        ("3 or more", [[0, 0, 1], [0, 0, 0]]),
        ("under 8 pieces", [[1, 0, 0], [0, 0, 0]]),
        ("8 to 15", [[1, 0, 0], [0, 0, 0]]),
        ("16 to 31", [[0, 0, 0], [0, 1, 0]]),
        ("32 to 63", [[0, 0, 0], [0, 0, 1]]),
        ("64 to 127", [[0, 0, 0], [0, 0, 0]]),
        ("128 or more", [[0, 0, 1], [0, 0, 0]]),
    ],
)
def test_counts_by_distance(group: str, counts: list[list[int]]) -> None:
    """Each pair counts where it stands, backward as forward, and none counts twice."""
    assert judge(scored())[group] == counts


def test_a_pair_is_as_related_as_its_likeliest_relation() -> None:
    """Related pairs are found by the highest logit, whichever relation it is for."""
    holds = np.array([[True], [True], [True], [False], [True]])
    found = scored().related(holds, np.array([4, 1]))
    assert found.logits[:, 0].tolist() == [3, 2, 0, 2.5, 0]
    assert judge(found)[ALL] == [[3, 0, 1], [1, 1, 0]]


def test_counts_of_several_models_are_added_by_document() -> None:
    """Two models of the same documents give one tally of as many documents."""
    counts = judge(scored())
    assert pooled([counts, counts], ALL).documents == (Scores(4, 0, 4), Scores(0, 2, 2))
