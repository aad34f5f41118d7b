"""Belief adds up over documents, and the graph of facts follows them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgbuild.config import VOCABULARY
from kgbuild.graph import (
    Belief,
    Beliefs,
    DocumentGraph,
    GraphStore,
    explain,
    export_graph,
    load_shapes,
    noisy_or,
    statistics,
    validate_document,
    validate_graph,
)
from kgbuild.graph import belief as belief_module
from kgbuild.graph.belief import belief_in, beliefs_about, fact_quads, fuse
from kgbuild.graph.facts import distinct_facts
from kgbuild.graph.merged import Merged
from kgbuild.graph.vocabulary import Kgb, Prov, Rdf, facts_graph
from kgbuild.records import ClaimedDocument

from .conftest import BASE, RUN, MakeGraph
from .planted import Stated, document, entity

FACTS = facts_graph(BASE).value
shares = st.integers(0, 10_000).map(lambda number: number / 10_000)
readings = st.lists(st.tuples(st.sampled_from("abcd"), shares), max_size=8)


@given(st.lists(shares, max_size=12), st.randoms(use_true_random=False))
def test_order_makes_no_difference(given: list[float], random: object) -> None:
    """The same probabilities give the same belief, to the last bit, in any order."""
    shuffled = list(given)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert noisy_or(shuffled) == noisy_or(given)


@given(st.lists(shares, min_size=1, max_size=12))
def test_belief_lies_between_the_best_and_the_sum(given: list[float]) -> None:
    """More witnesses never weaken the best of them, and never add more than they have."""
    belief = noisy_or(given)
    assert max(given) <= belief <= min(1.0, round(sum(given), 4))
    assert noisy_or([*given, 0.0]) == belief


@given(st.lists(shares, max_size=12), shares)
def test_another_witness_never_weakens(given: list[float], more: float) -> None:
    """Belief does not fall when a witness is added."""
    assert noisy_or([*given, more]) >= noisy_or(given)


@given(st.lists(st.floats(0.0, 1.0, exclude_max=True), max_size=40))
def test_doubt_is_never_rounded_away(given: list[float]) -> None:
    """Only what one witness is certain of is certain, however many others there are."""
    assert 0.0 <= noisy_or(given) <= 0.9999
    assert noisy_or([*given, 1.0]) == 1.0


@pytest.mark.parametrize(
    ("given", "belief"),
    [
        ((), 0.0),
        ((0.93,), 0.93),
        ((0.5, 0.5), 0.75),
        ((0.9, 0.8), 0.98),
        ((0.6, 0.7, 0.8), 0.976),
        ((0.99,) * 9, 0.9999),
    ],
)
def test_beliefs_by_hand(given: tuple[float, ...], belief: float) -> None:
    """One less the product of the doubts, reckoned by hand."""
    assert noisy_or(given) == belief


@given(readings, st.randoms(use_true_random=False))
def test_the_best_of_each_document_counts(given: list[tuple[str, float]], random: object) -> None:
    """What a document says twice counts once, at its best; the order of readings makes no difference."""
    shuffled = [*given, *given]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    best = {name: max(share for other, share in given if other == name) for name, _ in given}
    assert fuse(shuffled) == fuse(given) == Belief(noisy_or(best.values()), len(best))


ADA, BOB = entity("ada"), entity("bob")
Corpus = dict[str, list[Stated]]
stated = st.tuples(
    st.sampled_from([ADA, BOB]), st.sampled_from("pq"), st.sampled_from([ADA, BOB, ox.Literal("x")]), shares
)
steps = st.lists(
    st.dictionaries(st.sampled_from("abc"), st.none() | st.lists(stated, max_size=4), min_size=1), max_size=5
)


def _apply(store: GraphStore, changes: dict[str, list[Stated] | None], run: str = RUN) -> None:
    """Writes the documents that are given, and drops those that are given as nothing."""
    with Beliefs(store, BASE, run=run) as beliefs:
        store.replace_documents(
            beliefs.watch(document(name, said) for name, said in changes.items() if said is not None)
        )
        gone = [f"{BASE}document/{name}" for name, said in changes.items() if said is None]
        beliefs.note(gone)
        store.drop_documents(gone)


def _facts(store: GraphStore) -> set[ox.Quad]:
    return set(store.quads(FACTS))


@settings(deadline=None)  # a store is opened twice for each
@given(steps)
def test_any_history_gives_the_facts_of_its_end(history: list[dict[str, list[Stated] | None]]) -> None:
    """Documents that come, change and go leave the facts that a new graph of those that are left has."""
    corpus: dict[str, list[Stated] | None] = {}
    with GraphStore.in_memory() as lived, GraphStore.in_memory() as fresh:
        for changes in history:
            _apply(lived, changes)
            corpus |= changes
        _apply(fresh, {name: said for name, said in reversed(corpus.items()) if said is not None})
        assert _facts(lived) == (_facts(fresh) if history else set())


def test_facts_follow_two_documents(
    store: GraphStore, ada: ClaimedDocument, grace: ClaimedDocument, make_graph: MakeGraph
) -> None:
    """A triple of two documents is believed more than by either, and less again when one is withdrawn."""
    known = [make_graph(ada), make_graph(grace)]
    with Beliefs(store, BASE, run=RUN) as beliefs:
        store.replace_documents(beliefs.watch(known))
    rows = "SELECT ?b ?n { ?f a kgb:Fact ; rdf:predicate kgb:workedWith ; kgb:belief ?b ; kgb:documentCount ?n }"
    assert sorted((row["b"].value, row["n"].value) for row in store.select(rows)) == [("0.7", "1"), ("0.986", "2")]
    with Beliefs(store, BASE, run=RUN) as beliefs:
        beliefs.note([known[1].document])
        store.drop_documents([known[1].document])
    assert [(row["b"].value, row["n"].value) for row in store.select(rows)] == [("0.93", "1")]


def test_only_what_is_touched_is_made_again(store: GraphStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change of one document asks for the beliefs about its subjects alone, those that it has lost among them."""
    _apply(store, {"a": [(ADA, "p", BOB, 0.5)], "b": [(BOB, "p", ADA, 0.5)], "c": [(entity("eve"), "p", ADA, 0.5)]})
    asked: list[set[ox.NamedNode]] = []

    def spy(given: Merged, subjects: list[ox.NamedNode]) -> dict[ox.Triple, Belief]:
        asked.append(set(subjects))
        return beliefs_about(given, subjects)

    monkeypatch.setattr(belief_module, "beliefs_about", spy)
    _apply(store, {"a": [(BOB, "q", ADA, 0.6)]})
    assert asked == [{ADA, BOB}]
    _apply(store, {"c": None})
    assert asked[1:] == [{entity("eve")}]


def test_a_block_that_broke_off_is_made_good(store: GraphStore) -> None:
    """When writing failed, or was killed, before the facts followed, the next change makes all of them again."""
    _apply(store, {"a": [(ADA, "p", BOB, 0.5)]})
    with pytest.raises(RuntimeError, match="stopped"), Beliefs(store, BASE, run=RUN) as beliefs:
        store.replace_documents(beliefs.watch([document("a", [(BOB, "p", ADA, 0.7)])]))
        raise RuntimeError("stopped")
    assert not list(store.matching(facts_graph(BASE), Prov.GENERATED))
    _apply(store, {"b": []})
    assert {quad.object for quad in _facts(store) if quad.predicate == Rdf.SUBJECT} == {BOB}


def test_a_graph_without_facts_gets_all_of_them(store: GraphStore) -> None:
    """A graph that was built before there were facts gets them with its next change."""
    store.replace_documents([document("a", [(ADA, "p", BOB, 0.5)])])
    _apply(store, {"b": [(BOB, "p", ADA, 0.5)]})
    assert len([quad for quad in _facts(store) if quad.predicate == Kgb.BELIEF]) == 2


def test_a_new_base_leaves_no_fact_twice(store: GraphStore) -> None:
    """When the base of names has changed, a fact that is made again is not left under its old name."""
    said = [(ADA, "p", BOB, 0.5)]
    _apply(store, {"a": said})
    with Beliefs(store, "https://example.org/", run=RUN) as beliefs:
        store.replace_documents(beliefs.watch([document("b", said)]))
    assert [quad.object.value for quad in store.matching(None, Kgb.DOCUMENT_COUNT)] == ["2"]


def test_many_subjects_are_batches(store: GraphStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Facts of more subjects than a batch holds are the same."""
    said: list[Stated] = [(entity(f"e{number}"), "p", ADA, 0.5) for number in range(7)]
    _apply(store, {"a": said})
    whole = _facts(store)
    monkeypatch.setattr(belief_module, "_SUBJECTS", 2)
    with GraphStore.in_memory() as other:
        _apply(other, {"a": said})
        assert _facts(other) == whole


@pytest.fixture
def believed(store: GraphStore, ada: ClaimedDocument, grace: ClaimedDocument, make_graph: MakeGraph) -> GraphStore:
    """Two documents with their facts."""
    with Beliefs(store, BASE, run=RUN) as beliefs:
        store.replace_documents(beliefs.watch([make_graph(ada), make_graph(grace)]))
    return store


def _without_facts(store: GraphStore) -> GraphStore:
    other = GraphStore.in_memory()
    other.revise((), [quad for quad in store.quads() if quad.graph_name.value != FACTS])
    return other


@pytest.mark.parametrize(
    "answer",
    [
        lambda store: sorted(map(str, store.select("SELECT * { ?s kgb:workedWith ?o ; rdfs:label ?name }"))),
        lambda store: sorted(map(str, store.select("SELECT * { ?e a kgb:Evidence ; rdf:subject ?s }"))),
        lambda store: sorted(map(str, store.select("SELECT ?e ?c { ?e kgb:confidence ?c ; rdf:object ?o }"))),
        lambda store: replace(statistics(store), quads=0),
        lambda store: explain(store, "Ada Lovelace"),
        distinct_facts,
        lambda store: store.catalogue(),
    ],
    ids=["triples", "evidence", "confidence", "stats", "explain", "facts", "catalogue"],
)
def test_facts_double_nothing(answer: Callable[[GraphStore], object], believed: GraphStore) -> None:
    """What is asked of the union of all graphs has the same answer with the graph of facts as without it."""
    assert answer(believed) == answer(_without_facts(believed))
    assert answer(believed)


def test_no_fact_is_evidence(believed: GraphStore) -> None:
    """Facts have no term of the evidence, and assert no triple."""
    quads = _facts(believed)
    assert not {quad.predicate for quad in quads} & {Kgb.CONFIDENCE, Prov.DERIVED, Kgb.SUBJECT_MENTION}
    assert Kgb.EVIDENCE not in {quad.object for quad in quads}
    assert not {quad.triple for quad in quads} & set(distinct_facts(believed))


def test_exports_hold_the_facts(believed: GraphStore, tmp_path: Path) -> None:
    """With evidence the export has every fact, without it none; TriG keeps them in their graph."""
    for name, evidence, format in (("e.ttl", True, "turtle"), ("f.ttl", False, "turtle"), ("g.trig", False, "trig")):
        export_graph(believed, tmp_path / name, format=format, evidence=evidence)
    texts = [(tmp_path / name).read_text(encoding="utf-8") for name in ("e.ttl", "f.ttl", "g.trig")]
    assert [text.count("a kgb:Fact") for text in texts] == [3, 0, 3]
    assert f"<{FACTS}> {{" in texts[2]
    assert "fact:" in texts[2]


def test_facts_conform_to_their_shape(believed: GraphStore) -> None:
    """The graph of facts and, but for the run that is not over, the graph as a whole have no violation."""
    assert validate_document(believed.quads(FACTS), load_shapes(VOCABULARY / "shapes.ttl")).problems == ()
    assert validate_graph(believed, VOCABULARY / "shapes.ttl", writing=True).problems == ()


@pytest.mark.parametrize(
    ("predicate", "wrong", "message"),
    [
        (Kgb.BELIEF, ox.Literal("1.2", datatype=Rdf.DECIMAL), "one kgb:belief"),
        (Kgb.BELIEF, ox.Literal("high"), "one kgb:belief"),
        (Kgb.DOCUMENT_COUNT, ox.Literal("0", datatype=Rdf.INTEGER), "one kgb:documentCount"),
        (Rdf.SUBJECT, None, "one rdf:subject"),
        (Rdf.PREDICATE, None, "one rdf:predicate"),
        (Rdf.OBJECT, None, "one rdf:object"),
    ],
)
def test_a_wrong_fact_is_found(
    predicate: ox.NamedNode, wrong: ox.Literal | None, message: str, believed: GraphStore
) -> None:
    """A belief that is no probability, a count of no document, and a missing part of the triple are reported."""
    kept = [quad for quad in believed.quads(FACTS) if quad.predicate != predicate]
    for quad in believed.matching(None, predicate, graph=facts_graph(BASE)):
        kept += [] if wrong is None else [ox.Quad(quad.subject, predicate, wrong, quad.graph_name)]
    found = validate_document(kept, load_shapes(VOCABULARY / "shapes.ttl")).problems
    assert len({problem.node for problem in found}) == 3
    assert all(message in problem.message for problem in found)


def test_a_fact_is_named_by_its_triple() -> None:
    """Triples that look alike, and the same under another base, have names of their own; belief makes no difference."""
    one, other = (ox.Triple(ADA, Kgb.BELIEF, tail) for tail in (BOB, ox.Literal(BOB.value)))
    names = [
        fact_quads(triple, Belief(belief, 1), base)[0].subject
        for triple, belief, base in ((one, 0.5, BASE), (one, 0.6, BASE), (other, 0.5, BASE), (one, 0.5, f"{BASE}x/"))
    ]
    assert names[0] == names[1]
    assert len(set(names)) == 3


def test_belief_in_one_triple(believed: GraphStore) -> None:
    """The belief in one triple is that of the graph of facts; where there is no evidence it is nothing."""
    subjects = {quad.object for quad in _facts(believed) if quad.predicate == Rdf.SUBJECT}
    seen = Merged(believed)
    beliefs = beliefs_about(seen, subjects)  # type: ignore[arg-type]  # the fixtures' subjects are entities
    assert len(beliefs) == 3
    assert all(belief_in(seen, triple) == belief for triple, belief in beliefs.items())
    assert belief_in(seen, ox.Triple(ADA, Kgb.BELIEF, BOB)) == Belief(0.0, 0)


def test_watched_graphs_come_through_unchanged(store: GraphStore, ada: ClaimedDocument, make_graph: MakeGraph) -> None:
    """Watching hands over each document's graph as it is, one at a time."""
    graph: DocumentGraph = make_graph(ada)
    with Beliefs(store, BASE, run=RUN) as beliefs:
        assert list(beliefs.watch(iter([graph]))) == [graph]
