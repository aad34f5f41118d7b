"""The relation model's targets are those worked by hand, and its loss reaches all of it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from model.tiny import tiny_relations, tiny_tokenizer
from numpy.typing import NDArray
from score.marked import gold, ontology

from kgbuild.evaluate.gold import GoldDocument
from kgbuild.train.relating import Related, RelatingSet, RelationTrainer, epoch_batches, related

ALL, SOME = RelatingSet("a", "all pairs"), RelatingSet("b", "related pairs")
BIRTHPLACE, BIRTHPLACE_OF, EMPLOYER, SPOUSE = range(4)
DOCUMENT = gold(
    "[Ada|PER|0] was born in [London|LOC|1] and met [Ben|PER|2].\n[Ada|PER|0] works for [Acme|ORG|3].",
    [(0, 1, "P19"), (0, 2, "spouse"), (0, 3, "employer"), (0, 3, "unknown relation")],
)


def only(document: GoldDocument, source: RelatingSet) -> Related:
    (found,) = related([document], tiny_tokenizer(), ontology(), source, most_pairs=97)
    return found


def told(item: Related, rows: NDArray[np.int64]) -> set[tuple[str, str, int]]:
    """Names of head and tail, and the property, of what is told of the pairs."""
    names = ["Ada", "London", "Ben", "Ada", "Acme"]
    found = set()
    for pair, label in rows.tolist():
        head, tail = item.context.mentions[item.context.pairs[pair]].tolist()
        found.add((names[head], names[tail], label))
    return found


def test_targets_of_two_sentences_are_worked_by_hand() -> None:
    """Where all pairs are annotated, relations hold under any key of theirs, and every pair is known."""
    item = only(DOCUMENT, ALL)
    assert len(item.context.pairs) == 6 + 2
    assert told(item, item.holds) == {
        ("Ada", "London", BIRTHPLACE),
        ("Ada", "Ben", SPOUSE),
        ("Ada", "Acme", EMPLOYER),
    }
    assert len(item.fails) == 0
    assert item.known.tolist() == [True] * 8
    assert item.covered.tolist() == [True, False, True, True]


def test_reversed_pairs_tell_of_inverse_and_symmetric_properties() -> None:
    """Of related pairs alone, the reverse has the inverse, the symmetric again, and not the property itself."""
    item = only(DOCUMENT, SOME)
    assert told(item, item.holds) == {
        ("Ada", "London", BIRTHPLACE),
        ("London", "Ada", BIRTHPLACE_OF),
        ("Ada", "Ben", SPOUSE),
        ("Ben", "Ada", SPOUSE),
        ("Ada", "Acme", EMPLOYER),
    }
    assert told(item, item.fails) == {("London", "Ada", BIRTHPLACE), ("Acme", "Ada", EMPLOYER)}
    known = {("Ada", "London"), ("Ada", "Ben"), ("Ada", "Acme")}
    every = np.stack([np.arange(8), np.zeros(8, dtype=np.int64)], axis=1)
    assert {(head, tail) for head, tail, _ in told(item, every[item.known])} == known


def test_a_reverse_that_is_annotated_itself_is_left_as_annotated() -> None:
    """A pair that has relations of its own learns nothing from its reverse."""
    document = gold("[Ada|PER|0] met [Ben|PER|1]", [(0, 1, "employer"), (1, 0, "place of birth")])
    item = only(document, SOME)
    assert item.holds.tolist() == [[0, EMPLOYER], [1, BIRTHPLACE]]
    assert item.fails.tolist() == []


def test_a_document_without_relations_tells_of_none() -> None:
    """Where all pairs are annotated every pair is a negative for what others hold; where not, nothing is known."""
    document = gold("[Ada|PER|0] met [Ben|PER|1]")
    both = related([DOCUMENT, document], tiny_tokenizer(), ontology(), ALL, most_pairs=97)[1]
    assert (both.holds.tolist(), both.known.tolist()) == ([], [True, True])
    assert both.covered.tolist() == [True, False, True, True]
    assert only(document, SOME).known.tolist() == [False, False]


def trainer() -> RelationTrainer:
    return RelationTrainer(tiny_relations(), tiny_tokenizer(), ontology())


def test_one_step_reaches_every_parameter() -> None:
    """Each parameter but the vocabulary's embeddings, which are frozen, gets a gradient that is not zero."""
    training = trainer().train()
    training.model.encoder.word_embeddings.weight.requires_grad_(False)
    training.loss([only(DOCUMENT, ALL)]).backward()
    for name, parameter in training.named_parameters():
        if name.endswith("key.bias"):  # softmax is blind to a key's bias
            continue
        reached = parameter.grad is not None and bool(parameter.grad.abs().max() > 1e-9)
        assert reached == ("word_embeddings" not in name), name


def test_a_batch_costs_what_its_contexts_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss is the cross-entropy over what is known, per related pair and one, and the simple scorer's mean."""
    monkeypatch.setattr("kgbuild.train.relating._UNKNOWN_TYPE", 0.0)
    training = trainer()
    with torch.no_grad():
        training.model.attention.out.weight.zero_()
        training.model.attention.out.bias.zero_()
        training.model.prior.weight.zero_()
        training.model.prior.bias.zero_()
        training.model.related.weight.zero_()
        training.model.related.bias.zero_()
    log2 = torch.tensor(2.0).log().item()
    assert training.loss([only(DOCUMENT, ALL)]).item() == pytest.approx(log2 * 8 * 3 / (1 + 3) + log2)
    # three known pairs of three properties, two reverses that hold and two that fail
    assert training.loss([only(DOCUMENT, SOME)]).item() == pytest.approx(log2 * (3 * 3 + 2 + 2) / (1 + 5) + log2)


def test_a_batch_of_which_nothing_is_known_costs_nothing() -> None:
    """Contexts without a related pair, in a set that marks related pairs alone, give a loss of zero and no harm."""
    training = trainer()
    loss = training.loss([only(gold("[Ada|PER|0] met [Ben|PER|1]"), SOME)])
    loss.backward()
    assert loss.item() == 0
    assert all(torch.isfinite(p.grad).all() for p in training.parameters() if p.grad is not None)


def test_definitions_are_encoded_again_at_every_eighth_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of seventeen steps the first, ninth and last encode the relations; the others reuse what the buffers keep."""
    training = trainer()
    calls: list[int] = []
    pooled = training.model.encoder.pooled
    monkeypatch.setattr(
        training.model.encoder, "pooled", lambda *rows: calls.append(int(training.steps)) or pooled(*rows)
    )
    for _ in range(17):
        training.loss([only(DOCUMENT, ALL)])
    assert calls == [0, 8, 16]
    assert {"pooled", "steps"} <= training.state_dict().keys()


def items(count: int) -> list[Related]:
    one = only(DOCUMENT, ALL)
    parts = [replace(one.context, document=n, pieces=one.context.pieces[: 9 + n % 5]) for n in range(count)]
    return [replace(one, context=part) for part in parts]


def test_an_epoch_draws_each_sets_share() -> None:
    """All contexts of one set and a quarter of another are drawn once, in batches within both bounds."""
    sets = [(ALL, items(20)), (replace(SOME, share=0.25), items(40))]
    batches = epoch_batches(sets, epoch=0, seed=1, tokens=67, pairs=37)
    assert sum(map(len, batches)) == 20 + 10
    assert all(len(batch) for batch in batches)
    for batch in batches:
        assert len(batch) * (max(len(item.context.pieces) for item in batch) + 2) <= 67
        assert len(batch) * 8 <= 37


def test_an_epoch_is_the_same_whenever_asked_and_unlike_the_next() -> None:
    """The same epoch and seed give the same batches; another epoch or seed other ones."""
    sets = [(ALL, items(30))]

    def drawn(epoch: int, seed: int) -> list[list[int]]:
        batches = epoch_batches(sets, epoch=epoch, seed=seed, tokens=67, pairs=97)
        return [[item.context.document for item in batch] for batch in batches]

    assert drawn(0, 1) == drawn(0, 1)
    assert drawn(0, 1) != drawn(1, 1)
    assert drawn(0, 1) != drawn(0, 2)
