"""What a trained model believes becomes a target where nothing is annotated, and nowhere else."""

import math
from dataclasses import replace

import numpy as np
import pytest
from model.tiny import tiny_relations, tiny_tokenizer
from score.marked import gold, ontology

from kgbuild.train import beliefs
from kgbuild.train.beliefs import with_beliefs
from kgbuild.train.relating import Related, RelatingSet, RelationTrainer, related
from train.prejudiced import prejudiced

BIRTHPLACE, BIRTHPLACE_OF, EMPLOYER, SPOUSE = range(4)
EVERY = np.ones(4, dtype=np.bool_)
TEXT = "[Ada|PER|0] met [Ben|PER|1] in [1|TIME|2]"
RELATED, UNRELATED = RelatingSet("a", "related pairs"), RelatingSet("b", "no pairs")
TEACHER = (2.0, 0.0, 0.5, -5.0)
"""Logits of the four properties; that of a spouse is below what counts as a belief."""


def teacher(logits: tuple[float, float, float, float] = TEACHER) -> RelationTrainer:
    return RelationTrainer(prejudiced(logits), tiny_tokenizer(), ontology())


def contexts(
    *marked: str, source: RelatingSet = UNRELATED, told: list[tuple[int, int, str]] | None = None
) -> list[Related]:
    documents = [gold(text, told) for text in marked]
    return related(documents, tiny_tokenizer(), ontology(), source, most_pairs=97)


def believed(item: Related) -> dict[tuple[int, int], float]:
    """Probability by pair and property."""
    pairs = (tuple(row) for row in item.believed.tolist())
    return dict(zip(pairs, item.belief.tolist(), strict=True))


def chance(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def test_beliefs_are_worked_by_hand() -> None:
    """A property and its inverse are believed by their mean where both ways are pairs, each alone where not."""
    (item,) = with_beliefs(teacher(), contexts(TEXT), covered=EVERY)
    assert item.context.pairs.tolist() == [[0, 1], [0, 2], [1, 0], [1, 2]]
    both, alone = (1.0, 1.0, 0.5), (2.0, 0.0, 0.5)
    expected = {
        (pair, label): chance(logits[label])
        for pair, logits in enumerate((both, alone, both, alone))
        for label in (BIRTHPLACE, BIRTHPLACE_OF, EMPLOYER)
    }
    assert believed(item) == pytest.approx(expected, abs=0.01)
    assert item.believed.dtype == np.int64
    assert item.belief.dtype == np.float32


def test_only_what_is_covered_is_believed() -> None:
    """Of properties whose failing the teacher never learned nothing is believed, and nothing is known."""
    covered = np.array([True, False, False, True])
    (item,) = with_beliefs(teacher(), contexts(TEXT), covered=covered)
    assert {label for _, label in believed(item)} == {BIRTHPLACE}
    assert item.covered.tolist() == covered.tolist()
    assert item.known.tolist() == [True] * 4


@pytest.mark.parametrize(("logit", "kept"), [(-3.7, True), (-4.1, False)])
def test_a_belief_below_the_floor_counts_as_none(logit: float, kept: bool) -> None:
    """A chance of 0.024 is kept and one of 0.016 is not."""
    (item,) = with_beliefs(teacher((logit,) * 4), contexts(TEXT), covered=EVERY)
    assert len(item.believed) == len(item.belief) == (16 if kept else 0)


def test_what_is_annotated_stays() -> None:
    """Relations that hold or fail do so as before, beside what is believed of all pairs."""
    (before,) = contexts(TEXT, source=RELATED, told=[(0, 1, "employer"), (0, 2, "spouse")])
    assert (len(before.holds), len(before.fails), before.known.sum()) == (2, 1, 2)
    (after,) = with_beliefs(teacher(), [before], covered=EVERY)
    assert after.holds is before.holds
    assert after.fails is before.fails
    assert after.known.all()
    assert (0, EMPLOYER) in believed(after)
    assert before.known.sum() == 2


def test_contexts_come_back_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Contexts of all lengths, batched or alone, come back in their order, each with its own pairs and beliefs."""
    training = RelationTrainer(tiny_relations(), tiny_tokenizer(), ontology())
    texts = [TEXT, "the love of " * 9 + TEXT, "[Ada|PER] met [Ben|PER]", "the " * 70 + "[Ada|PER] [Ben|PER] [Acme|ORG]"]
    items = [replace(item, context=replace(item.context, document=41)) for item in contexts(*texts)]
    monkeypatch.setattr(beliefs, "_FLOOR", 0.0)
    together = with_beliefs(training, items, covered=EVERY)
    monkeypatch.setattr(beliefs, "_TOKENS_PER_BATCH", 1)
    for one, other, item in zip(together, with_beliefs(training, items, covered=EVERY), items, strict=True):
        assert one.context is other.context is item.context
        assert len(one.belief) == 4 * len(item.context.pairs)
        assert believed(one) == pytest.approx(believed(other), abs=0.02)
    assert not training.training
    assert with_beliefs(training, [], covered=EVERY) == []
