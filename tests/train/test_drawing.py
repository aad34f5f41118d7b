"""An epoch draws what it should, hides what it should, and joins documents without inventing relations."""

from dataclasses import replace

import numpy as np
import pytest
from model.tiny import tiny_tokenizer
from score.marked import gold, ontology

from kgbuild.evaluate.gold import GoldDocument, GoldRelation
from kgbuild.pieces import MASK
from kgbuild.train.drawing import NOISE, Noise, epoch_batches, hidden, joined
from kgbuild.train.relating import Related, RelatingSet, related

ALL, SOME = RelatingSet("a", "all pairs"), RelatingSet("b", "related pairs")
QUIET = Noise(types=0, words=0, names=0, company=0)
DOCUMENT = gold(
    "[Ada|PER|0] was born in [London|LOC|1] and met [Ben|PER|2].\n[Ada|PER|0] works for [Acme|ORG|3].",
    [(0, 1, "P19"), (0, 2, "spouse"), (0, 3, "employer")],
)
OTHER = gold("[Love|PER|0] met [Ada Lovelace|PER|1].\n[Ben|PER|2] was born in [1815|TIME|3].", [(2, 3, "spouse")])


def only(document: GoldDocument, source: RelatingSet) -> Related:
    (found,) = related([document], tiny_tokenizer(), ontology(), source, most_pairs=997)
    return found


def crowd(names: int) -> Related:
    """A context of many entities of three mentions each, a word between two of them."""
    marked = " met ".join(f"[Ada Love|PER|{number}]" for number in range(names) for _ in range(3))
    return only(gold(marked), ALL)


def test_nothing_is_hidden_without_noise() -> None:
    """A context without noise is the one that came in."""
    item = only(DOCUMENT, ALL)
    found = hidden(item.context, QUIET, np.random.default_rng(1))
    assert found.pieces.ids.tolist() == item.context.pieces.ids.tolist()
    assert found.types.tolist() == item.context.types.tolist()


def test_words_are_hidden_whole() -> None:
    """About the asked share of words is hidden, each with all of its pieces, and nothing else changes."""
    context, draw = crowd(20).context, np.random.default_rng(2)
    words = np.cumsum(context.pieces.first)
    shares = []
    for _ in range(40):
        found = hidden(context, replace(QUIET, words=0.25), draw)
        lost = found.pieces.ids == MASK
        assert all(len(set(lost[words == word].tolist())) == 1 for word in set(words.tolist()))
        assert found.pieces.ids[~lost].tolist() == context.pieces.ids[~lost].tolist()
        assert found.types.tolist() == context.types.tolist()
        shares.append(lost[context.pieces.first].mean())
    assert np.mean(shares) == pytest.approx(0.25, abs=0.03)


def test_a_name_is_hidden_wherever_it_stands() -> None:
    """An entity loses all of its mentions or none, and words outside of mentions stay."""
    context, draw = crowd(30).context, np.random.default_rng(3)
    shares = []
    for _ in range(20):
        lost = hidden(context, replace(QUIET, names=0.2), draw).pieces.ids == MASK
        inside = np.zeros_like(lost)
        gone: dict[int, set[bool]] = {}
        for entity, (first, last) in zip(context.entities.tolist(), context.places.tolist(), strict=True):
            inside[first : last + 1] = True
            gone.setdefault(entity, set()).update(lost[first : last + 1].tolist())
        assert all(len(values) == 1 for values in gone.values())
        assert not lost[~inside].any()
        shares.append(np.mean([True in values for values in gone.values()]))
    assert np.mean(shares) == pytest.approx(0.2, abs=0.05)


def test_types_are_hidden_of_single_mentions() -> None:
    """About the asked share of mentions is shown as of unknown type; the others keep theirs."""
    context, draw = crowd(30).context, np.random.default_rng(4)
    found = np.concatenate([hidden(context, replace(QUIET, types=0.15), draw).types for _ in range(20)])
    assert set(found.tolist()) == {0, 1}
    assert (found == 0).mean() == pytest.approx(0.15, abs=0.03)


def test_two_documents_as_one_are_worked_by_hand() -> None:
    """Pieces, places, sentences and relations of the second follow those of the first."""
    one, other = only(DOCUMENT, ALL), only(OTHER, ALL)
    found, size = joined(one, other), len(one.context.pieces)
    assert found.context.pieces.ids.tolist() == [*one.context.pieces.ids, *other.context.pieces.ids]
    assert found.context.places.tolist() == [*one.context.places.tolist(), *(other.context.places + size).tolist()]
    assert found.context.sentences.tolist() == [0, 0, 0, 1, 1, 2, 2, 3, 3]
    assert found.context.entities.tolist() == [0, 1, 2, 0, 3, 4, 5, 6, 7]
    held = {(*found.context.pairs[pair].tolist(), label) for pair, label in found.holds.tolist()}
    assert held == {(0, 1, 0), (0, 2, 3), (0, 3, 2), (6, 7, 3)}


def test_evidence_moves_with_its_document() -> None:
    """What shows a relation of the second document stands after the pieces of the first."""
    told = replace(OTHER, relations=(GoldRelation(2, 3, "spouse", (1,)),))
    one, other = only(DOCUMENT, ALL), only(told, ALL)
    both = joined(one, other)
    (pair, first, last), (own, start, end) = both.shown.tolist()[0], other.shown.tolist()[0]
    assert both.context.pieces.ids[first : last + 1].tolist() == other.context.pieces.ids[start : end + 1].tolist()
    assert both.context.pairs[pair].tolist() == (other.context.pairs[own] + len(one.context.clusters)).tolist()


def test_every_pair_across_is_a_candidate_once() -> None:
    """All ordered pairs of entities of both stand there, but for heads that are a date."""
    found = joined(only(DOCUMENT, ALL), only(OTHER, ALL)).context
    wanted = [(head, tail) for head in range(7) for tail in range(8) if head != tail]
    assert sorted(map(tuple, found.pairs.tolist())) == wanted


def test_distances_across_are_those_of_the_closest_mentions() -> None:
    """The last mention of the first document's entity is the closest to the first of the second's."""
    found = joined(only(DOCUMENT, ALL), only(OTHER, ALL)).context
    for (head, tail), gap, apart in zip(found.pairs.tolist(), found.gaps.tolist(), found.apart.tolist(), strict=True):
        ways = [
            (abs(int(found.sentences[b] - found.sentences[a])), int(found.places[b, 0] - found.places[a, 0]))
            for a in np.flatnonzero(found.entities == head)
            for b in np.flatnonzero(found.entities == tail)
        ]
        assert (apart, gap) == min(ways, key=lambda way: (way[0], abs(way[1])))


def test_a_pair_across_is_unknown_where_a_name_is_in_both() -> None:
    """Ben is in both documents, so that nothing is known of Ben and the other document; of all others, that none holds.

    Ada and Ada Lovelace are two names.
    """
    found = joined(only(DOCUMENT, ALL), only(OTHER, ALL))
    for (head, tail), known in zip(found.context.pairs.tolist(), found.known.tolist(), strict=True):
        across = (head < 4) != (tail < 4)
        assert known == (not across or not {head, tail} & {2, 6})


def items(count: int) -> list[Related]:
    one = only(DOCUMENT, ALL)
    parts = [replace(one.context, document=n, pieces=one.context.pieces[: 9 + n % 5]) for n in range(count)]
    return [replace(one, context=part) for part in parts]


def test_company_is_kept_by_the_asked_share_of_what_is_known() -> None:
    """About the share of wholly known contexts is joined two by two; those with unknown pairs stay alone."""
    draws = {"epoch": 0, "seed": 1, "tokens": 10_000, "pairs": 100_000}
    for share in (0.0, 0.5, 1.0):
        batches = epoch_batches([(ALL, items(200))], **draws, noise=replace(QUIET, company=share))
        entities = [len(item.context.clusters) for batch in batches for item in batch]
        assert set(entities) <= {4, 8}
        assert sum(entities) == 200 * 4
        assert entities.count(8) == pytest.approx(share * 100, abs=0 if share in (0, 1) else 20)
    alone = [replace(item, known=item.known & False) for item in items(20)]
    batches = epoch_batches([(SOME, alone)], **draws, noise=replace(QUIET, company=1.0))
    assert sum(map(len, batches)) == 20


def test_company_fits_a_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two documents that are together longer than a context stay apart, and neither is lost."""
    monkeypatch.setattr("kgbuild.train.drawing.CONTEXT", 21)
    noise = replace(QUIET, company=1.0)
    batches = epoch_batches([(ALL, items(40))], epoch=0, seed=1, tokens=10_000, pairs=100_000, noise=noise)
    sizes = [len(item.context.pieces) for batch in batches for item in batch]
    assert max(sizes) <= 21
    assert sum(sizes) == sum(9 + number % 5 for number in range(40))


def test_an_epoch_draws_each_sets_share() -> None:
    """All contexts of one set and a quarter of another are drawn once, in batches within both bounds."""
    sets = [(ALL, items(20)), (replace(SOME, share=0.25), items(40))]
    batches = epoch_batches(sets, epoch=0, seed=1, tokens=67, pairs=37, noise=QUIET)
    assert any(len(batch) > 1 for batch in batches)
    assert sum(map(len, batches)) == 20 + 10
    assert all(len(batch) for batch in batches)
    for batch in batches:
        assert len(batch) * (max(len(item.context.pieces) for item in batch) + 2) <= 67
        assert len(batch) * 12 <= 37


def test_an_epoch_is_the_same_whenever_asked_and_unlike_the_next() -> None:
    """The same epoch and seed give the same batches; another epoch or seed other ones."""
    sets = [(ALL, items(30))]

    def drawn(epoch: int, seed: int) -> list[list[int]]:
        batches = epoch_batches(sets, epoch=epoch, seed=seed, tokens=67, pairs=97, noise=NOISE)
        return [[item.context.document for item in batch] for batch in batches]

    assert drawn(0, 1) == drawn(0, 1)
    assert drawn(0, 1) != drawn(1, 1)
    assert drawn(0, 1) != drawn(0, 2)
