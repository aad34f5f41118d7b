"""The relation model's targets are those worked by hand, and its loss reaches all of it."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
import torch
from model.tiny import tiny_relations, tiny_tokenizer
from numpy.typing import NDArray
from score.marked import gold, ontology

from kgbuild.evaluate.gold import GoldDocument, GoldRelation
from kgbuild.ontology import Ontology
from kgbuild.score.batches import to_pair_batch
from kgbuild.score.predict import relation_rows
from kgbuild.train.relating import Related, RelatingSet, RelationTrainer, related, relation_loss

ALL, SOME, NONE = (
    RelatingSet("a", "all pairs"),
    RelatingSet("b", "related pairs"),
    RelatingSet("c", "no pairs"),
)
BIRTHPLACE, BIRTHPLACE_OF, EMPLOYER, SPOUSE = range(4)
NAMES = ("Ada", "London", "Ben", "Acme")
DOCUMENT_TEXT = "[Ada|PER|0] was born in [London|LOC|1] and met [Ben|PER|2].\n[Ada|PER|0] works for [Acme|ORG|3]."
DOCUMENT = gold(
    DOCUMENT_TEXT,
    [(0, 1, "P19"), (0, 2, "spouse"), (0, 3, "employer"), (0, 3, "unknown relation")],
)


def only(document: GoldDocument, source: RelatingSet) -> Related:
    (found,) = related([document], tiny_tokenizer(), ontology(), source, most_pairs=97)
    return found


def told(item: Related, rows: NDArray[np.int64]) -> set[tuple[str, str, int]]:
    """Names of head and tail, and the property, of what is told of the pairs."""
    sides = item.context.pairs.tolist()
    return {(NAMES[sides[pair][0]], NAMES[sides[pair][1]], label) for pair, label in rows.tolist()}


def test_targets_of_two_sentences_are_worked_by_hand() -> None:
    """Where all pairs are annotated, relations hold under any key of theirs, and every pair is known."""
    item = only(DOCUMENT, ALL)
    assert item.context.pairs.tolist() == [list(pair) for pair in permutations(range(4), 2)]
    assert told(item, item.holds) == {
        ("Ada", "London", BIRTHPLACE),
        ("Ada", "Ben", SPOUSE),
        ("Ada", "Acme", EMPLOYER),
    }
    assert len(item.fails) == len(item.believed) == len(item.belief) == 0
    assert item.known.tolist() == [True] * 12
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
    every = np.stack([np.arange(12), np.zeros(12, dtype=np.int64)], axis=1)
    assert {(head, tail) for head, tail, _ in told(item, every[item.known])} == {
        ("Ada", "London"),
        ("Ada", "Ben"),
        ("Ada", "Acme"),
    }


def test_a_set_without_annotation_tells_nothing() -> None:
    """Of pairs of a set that annotates none, nothing holds, fails or is known."""
    item = only(gold(DOCUMENT_TEXT), NONE)
    assert len(item.context.pairs) == 12
    assert (item.holds.tolist(), item.fails.tolist()) == ([], [])
    assert not item.known.any()
    assert not item.covered.any()


def test_a_relation_across_sentences_is_told_in_each_context_that_holds_it() -> None:
    """Entities of two contexts are told by what the document says of them, in both contexts that name them."""
    lines = ("was " * 470 + "[London|LOC|7]", "[Ada|PER|5] met [Ben|PER|6]", "was " * 300 + "[Acme|ORG|4]")
    document = gold("\n".join(lines), [(5, 7, "P19"), (5, 6, "spouse"), (5, 4, "employer"), (7, 4, "employer")])
    one, other = related([document], tiny_tokenizer(), ontology(), ALL, most_pairs=97)
    for item, expected in (
        (one, {(5, 7, BIRTHPLACE), (5, 6, SPOUSE)}),
        (other, {(5, 6, SPOUSE), (5, 4, EMPLOYER)}),
    ):
        own = {int(c): document.entities[m] for c, m in zip(item.context.entities, item.context.mentions, strict=True)}
        sides = [(own[head], own[tail]) for head, tail in item.context.pairs.tolist()]
        assert {(*sides[pair], label) for pair, label in item.holds.tolist()} == expected


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


def test_nothing_is_known_of_a_relation_that_is_open() -> None:
    """What the text may tell of without anybody knowing between whom is no negative; all else is."""
    document = replace(gold("[Ada|PER|0] met [Ben|PER|1]"), open=frozenset({"spouse", "unknown relation"}))
    both = related([DOCUMENT, document], tiny_tokenizer(), ontology(), ALL, most_pairs=97)
    assert [item.covered.tolist() for item in both] == [[True, False, True, True], [True, False, True, False]]
    assert SPOUSE == 3


def test_a_document_is_known_for_the_relations_that_were_asked_of_it() -> None:
    """What was asked of one document alone is known there; it tells nothing of what the set's others cover."""
    document = gold("[Ada|PER|0] met [Ben|PER|1]", [(1, 0, "birthplace of")])
    asked = replace(document, asked=frozenset({"birthplace of", "spouse", "unknown relation"}))
    other, own = related([DOCUMENT, asked], tiny_tokenizer(), ontology(), ALL, most_pairs=97)
    assert own.covered.tolist() == [False, True, False, True]
    assert own.holds.tolist() == [[1, BIRTHPLACE_OF]]
    assert other.covered.tolist() == [True, False, True, True]


def trainer(wordings: Sequence[Ontology] = ()) -> RelationTrainer:
    return RelationTrainer(tiny_relations(), tiny_tokenizer(), ontology(), wordings=wordings)


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


def test_a_batch_costs_what_its_contexts_tell() -> None:
    """The loss is the cross-entropy over what is known, per related pair and one, and the simple scorer's mean."""
    training = trainer()
    with torch.no_grad():
        training.model.attention.out.weight.zero_()
        training.model.attention.out.bias.zero_()
        training.model.prior.weight.zero_()
        training.model.prior.bias.zero_()
        training.model.related.weight.zero_()
        training.model.related.bias.zero_()
    log2 = math.log(2)
    # twelve known pairs of three properties, of which three pairs count whole and each a little for being known
    assert training.loss([only(DOCUMENT, ALL)]).item() == pytest.approx(
        log2 * 12 * 3 / (1 + 3 + 0.02 * 12) + log2, rel=1e-5
    )
    # three known pairs of three properties, two reverses that hold and two that fail
    assert training.loss([only(DOCUMENT, SOME)]).item() == pytest.approx(
        log2 * (3 * 3 + 2 + 2) / (1 + 5 + 0.02 * 6) + log2, rel=1e-5
    )


def test_the_loss_counts_what_is_known() -> None:
    """Of three pairs one holds a relation, one is known to hold none, and of one nothing is known."""
    logits = torch.tensor([[2.0, -2], [2, 0], [9, 9]])
    target, weight = torch.tensor([[1.0, 0], [0, 0], [0, 0]]), torch.tensor([[1.0, 1], [1, 0], [0, 0]])
    yes, no = (math.log(1 + math.exp(sign * 2.0)) for sign in (-1, 1))
    expected = (yes + yes + no) / (1 + 1 + 0.02 * 2)
    assert relation_loss(logits, target, weight).item() == pytest.approx(expected, rel=1e-5)


def test_another_objective_takes_the_place_of_the_loss() -> None:
    """A trainer that is given a loss of its own uses it on the same logits, targets and weights."""
    seen: list[tuple[int, ...]] = []

    def objective(*values: torch.Tensor) -> torch.Tensor:
        seen.extend(tuple(value.shape) for value in values)
        return values[0].sum() * 0 + 7

    training = RelationTrainer(tiny_relations(), tiny_tokenizer(), ontology(), objective)
    with torch.no_grad():
        training.model.related.weight.zero_()
        training.model.related.bias.zero_()
    assert training.loss([only(DOCUMENT, ALL)]).item() == pytest.approx(7 + math.log(2))
    assert seen == [(12, 4)] * 3


def believing(item: Related, beliefs: dict[tuple[int, int], float], covered: list[bool]) -> Related:
    """The context with these beliefs of pairs and properties, all its pairs known for the covered properties."""
    return replace(
        item,
        known=np.ones_like(item.known),
        covered=np.array(covered),
        believed=np.array(list(beliefs), dtype=np.int64).reshape(-1, 2),
        belief=np.array(list(beliefs.values()), dtype=np.float32),
    )


def loss_at(logit: float, item: Related) -> float:
    """The loss of a context by a model that gives every pair this logit for every property."""
    training = trainer()
    with torch.no_grad():
        for parameter in (*training.model.attention.out.parameters(), *training.model.related.parameters()):
            parameter.zero_()
        training.model.prior.weight.zero_()
        training.model.prior.bias.fill_(logit)
    return training.loss([item]).item() - math.log(2)


def test_beliefs_are_targets_where_nothing_is_annotated() -> None:
    """A belief of 0.75 costs its cross-entropy; what is annotated costs as a certainty; what is not covered nothing."""
    document = gold("[Ada|PER|0] met [Ben|PER|1]", [(0, 1, "employer")])
    # Ada's employer holds and its reverse fails, whatever is believed; two beliefs more, one below a half
    beliefs = {(0, BIRTHPLACE): 0.75, (0, EMPLOYER): 0.25, (1, EMPLOYER): 0.5, (1, BIRTHPLACE): 0.25}
    item = believing(only(document, SOME), beliefs, [True, False, True, False])
    assert (item.holds.tolist(), item.fails.tolist()) == ([[0, EMPLOYER]], [[1, EMPLOYER]])
    yes, no = (math.log(1 + math.exp(sign * 2.0)) for sign in (-1, 1))  # costs at a logit of 2
    wanted = [0.75 * yes + 0.25 * no, yes, no, 0.25 * yes + 0.75 * no]
    # the first pair counts as related, the second does not
    assert loss_at(2.0, item) == pytest.approx(sum(wanted) / (1 + 1 + 0.02 * 2), rel=1e-5)


def test_a_relation_outside_what_is_covered_still_holds() -> None:
    """A relation that the set itself annotates is learned, though the beliefs do not cover its property."""
    item = believing(
        only(gold("[Ada|PER|0] met [Ben|PER|1]", [(0, 1, "spouse")]), NONE), {}, [True, False, False, False]
    )
    yes, no = (math.log(1 + math.exp(sign * 2.0)) for sign in (-1, 1))
    assert item.holds.tolist() == [[0, SPOUSE]]
    assert loss_at(2.0, item) == pytest.approx((yes + 2 * no) / (1 + 1 + 0.02 * 2), rel=1e-5)


def test_a_batch_of_which_nothing_is_known_costs_nothing() -> None:
    """Contexts without a related pair, in a set that marks related pairs alone, give a loss of zero and no harm."""
    training = trainer()
    loss = training.loss([only(gold("[Ada|PER|0] met [Ben|PER|1]"), SOME)])
    loss.backward()
    assert loss.item() == 0
    assert all(torch.isfinite(p.grad).all() for p in training.parameters() if p.grad is not None)


def test_definitions_are_encoded_again_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """At first all four, then one at a step; the others are what the buffer keeps, and have no gradient."""
    training = trainer()
    rows: list[int] = []
    pooled = training.model.encoder.pooled
    monkeypatch.setattr(training.model.encoder, "pooled", lambda *given: rows.append(len(given[0])) or pooled(*given))
    before = torch.zeros(4, training.model.encoder.hidden_size)
    for step in range(9):
        with torch.no_grad():
            for parameter in training.model.encoder.parameters():
                parameter.mul_(1.01)  # so that whatever is encoded again changes
        found = training._definitions()
        changed = (found.detach() != before).any(dim=1).nonzero().flatten().tolist()
        assert changed == (list(range(4)) if step == 0 else [step % 4])
        assert found.requires_grad
        assert torch.equal(training.pooled, found.detach())
        before = training.pooled.clone()
    assert rows == [4, *[1] * 8]
    assert {"pooled", "steps"} <= training.state_dict().keys()


def test_each_turn_has_the_next_wording() -> None:
    """In which every relation is read as long; after the last one the first comes again."""
    words = [
        replace(ontology(), properties=tuple(replace(p, label=name) for p in ontology().properties)) for name in "ab"
    ]
    training = trainer(wordings=words)
    for turn in range(4):
        for _ in range(4):
            training._definitions()
        said = [ontology(), *words][turn % 3]
        texts = (x for x in relation_rows(tiny_tokenizer(), said))
        torch.testing.assert_close(training.pooled, training.model.encoder.pooled(*texts))


def test_relations_are_encoded_as_the_model_stands() -> None:
    """The vectors given away are those that a step would compare with, and leave the buffers as they are."""
    training = trainer().eval()
    found = training.relation_vectors()
    assert not training.pooled.any()
    training.loss([only(DOCUMENT, ALL)])
    torch.testing.assert_close(found, training.model.relation_vectors(training.pooled))


def shown_by(*sentences: int) -> Related:
    """The document's one context where the sentences are evidence of the place of birth."""
    return only(replace(DOCUMENT, relations=(GoldRelation(0, 1, "P19", sentences),)), ALL)


def test_evidence_stands_at_the_pieces_of_its_sentences() -> None:
    """Each evidence sentence is told once for each pair of which it shows something, first to last piece."""
    item = shown_by(0, 1)
    pair = item.context.pairs.tolist().index([0, 1])
    first = next(place for place, start in enumerate(item.context.pieces.start) if start >= DOCUMENT.sentences[1].start)
    assert item.shown.tolist() == [[pair, 0, first - 1], [pair, first, len(item.context.pieces) - 1]]
    assert shown_by(1).shown.tolist() == [[pair, first, len(item.context.pieces) - 1]]
    assert shown_by().shown.tolist() == []


def test_attention_paid_elsewhere_costs() -> None:
    """The loss is greater by a fifth of the negative log of the attention on the evidence, worked by hand."""
    model = trainer().eval()
    item = shown_by(1)
    unshown = replace(item, shown=item.shown[:0])
    batch = to_pair_batch([item.context])
    with torch.no_grad():
        (pair, first, last), states = item.shown[0].tolist(), model.model.states(batch)
        paid = model.model.attention.weights(states, batch, torch.tensor([pair]))[0, first + 1 : last + 2].sum()
        torch.manual_seed(1)
        costs = [float(model.loss([one])) for one in (item, unshown)]
    assert 0.05 < float(paid) < 0.95
    assert costs[0] - costs[1] == pytest.approx(-0.2 * math.log(float(paid)), abs=1e-4)


def test_evidence_of_the_second_context_is_counted_from_its_own_pairs() -> None:
    """Two contexts in a batch cost the mean of what their attention costs alone."""
    model = trainer().eval()
    one, other = shown_by(1), shown_by(0)
    costs = []
    with torch.no_grad():
        for batch in ([one], [other], [one, other]):
            bare = [replace(item, shown=item.shown[:0]) for item in batch]
            costs.append(float(model.loss(batch)) - float(model.loss(bare)))
    assert costs[2] == pytest.approx((costs[0] + costs[1]) / 2, abs=1e-4)
