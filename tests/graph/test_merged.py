"""Entities that are merged are one: for the facts, for what contradicts itself, and for what checks them."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgbuild.config import VOCABULARY
from kgbuild.graph import (
    Beliefs,
    Conflict,
    GraphStore,
    RunRecord,
    find_conflicts,
    load_rules,
    validate_graph,
)
from kgbuild.graph.merged import Merged
from kgbuild.graph.sameness import Merge, put_identity
from kgbuild.graph.vocabulary import Kgb, Prov, facts_graph, identity_graph

from .conftest import BASE, RUN
from .planted import Stated, day, document, entity

WHO, FULL, BOSS, CHIEF = entity("who"), entity("world-health-organization"), entity("boss"), entity("chief")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
VALUES = "https://v.example/"
FACTS = "SELECT ?s ?o ?b ?n { ?f a kgb:Fact ; rdf:subject ?s ; rdf:object ?o ; kgb:belief ?b ; kgb:documentCount ?n }"


def merge(one: ox.NamedNode, other: ox.NamedNode, vocabulary: str = "") -> Merge:
    """A decision that the one is the other."""
    return Merge(one.value, other.value, 0.9, "one name", "", "2026-01-02T03:04:05+00:00", vocabulary)


def put(store: GraphStore, *merges: Merge) -> int:
    """The store says just this of identity."""
    return put_identity(store, merges, (), base=BASE, run=RUN)


def write(store: GraphStore, documents: Mapping[str, list[Stated] | None], classes: dict[ox.NamedNode, str]) -> None:
    """Documents are written, or dropped where they are given as nothing, and the facts follow."""
    with Beliefs(store, BASE, run=RUN) as beliefs:
        graphs = (document(name, said, classes) for name, said in documents.items() if said is not None)
        store.replace_documents(beliefs.watch(graphs))
        gone = [f"{BASE}document/{name}" for name, said in documents.items() if said is None]
        beliefs.note(gone)
        store.drop_documents(gone)
    store.put_run(RunRecord(RUN, BASE, NOW, NOW, ()))


def facts(store: GraphStore) -> set[tuple[str, str, str, str]]:
    """Head, tail, belief and number of documents of each fact, by the names of entities."""
    rows = ([row[name].value.rpartition("/")[2] for name in "sobn"] for row in store.select(FACTS))
    return {(one, other, belief, count) for one, other, belief, count in rows}


@pytest.fixture
def two(store: GraphStore) -> GraphStore:
    """Two documents that say one thing of one body under two names."""
    write(store, {"a": [(WHO, "director", BOSS, 0.6)], "b": [(FULL, "director", BOSS, 0.5)]}, {})
    return store


def test_merged_heads_have_one_fact(two: GraphStore) -> None:
    """Once both are one there is one fact of two documents; undone, there are two again, as if nothing had been."""
    before = set(two.quads())
    assert facts(two) == {("who", "boss", "0.6", "1"), (FULL.value.rpartition("/")[2], "boss", "0.5", "1")}
    put(two, merge(WHO, FULL))
    assert facts(two) == {("world-health-organization", "boss", "0.8", "2")}
    assert validate_graph(two, VOCABULARY / "shapes.ttl").problems == ()
    put(two)
    assert set(two.quads()) == before


def test_merged_tails_have_one_fact(store: GraphStore) -> None:
    """What is said of one head and two tails is one fact where the tails are one."""
    write(store, {"a": [(WHO, "director", BOSS, 0.6)], "b": [(WHO, "director", CHIEF, 0.5)]}, {})
    put(store, merge(CHIEF, BOSS))
    assert facts(store) == {("who", "boss", "0.8", "2")}


def test_a_document_that_has_both_names_is_one_witness(store: GraphStore) -> None:
    """Its best evidence counts once, under whichever name it is."""
    write(store, {"a": [(WHO, "director", BOSS, 0.6), (FULL, "director", BOSS, 0.7)]}, {})
    put(store, merge(WHO, FULL))
    assert facts(store) == {("world-health-organization", "boss", "0.7", "1")}


def test_another_canonical_one_takes_all_facts_along(two: GraphStore) -> None:
    """When the other becomes canonical, the fact moves; nothing is left under the former."""
    put(two, merge(WHO, FULL))
    put(two, merge(FULL, WHO))
    assert facts(two) == {("who", "boss", "0.8", "2")}


def test_two_entities_with_one_entry_are_one(two: GraphStore) -> None:
    """The first in order stands for both, and never the entry; when its link goes the other stands for itself."""
    entry = ox.NamedNode(f"{VALUES}who")
    put(two, merge(WHO, entry, VALUES), merge(FULL, entry, VALUES))
    assert facts(two) == {("who", "boss", "0.8", "2")}
    put(two, merge(FULL, entry, VALUES))
    assert {(one, count) for one, _, _, count in facts(two)} == {("who", "1"), ("world-health-organization", "1")}


def test_documents_that_come_later_join(two: GraphStore) -> None:
    """A document that is written, changed or dropped while entities are merged counts for the canonical one."""
    put(two, merge(WHO, FULL))
    write(two, {"c": [(WHO, "director", BOSS, 0.5)]}, {})
    assert facts(two) == {("world-health-organization", "boss", "0.9", "3")}
    write(two, {"a": None, "c": [(WHO, "director", CHIEF, 0.5)]}, {})
    found = {(other, belief, count) for _, other, belief, count in facts(two)}
    assert found == {("boss", "0.5", "1"), ("chief", "0.5", "1")}


def test_facts_that_did_not_follow_are_made_good(two: GraphStore) -> None:
    """After a decision was written and the process killed, the next time mends the facts though nothing is new."""
    put(two, merge(WHO, FULL))
    whole = set(two.quads())
    graph = facts_graph(BASE)
    two.revise([quad for quad in two.quads(graph.value) if quad.predicate in (Prov.GENERATED, Kgb.BELIEF)], ())
    assert put(two, merge(WHO, FULL)) == 0
    assert set(two.quads()) == whole


NODES = [entity(name) for name in "abcd"]
said = st.tuples(st.sampled_from(NODES), st.sampled_from("pq"), st.sampled_from(NODES), st.sampled_from((0.3, 0.6)))
written = st.dictionaries(st.sampled_from("xyz"), st.none() | st.lists(said, max_size=3), min_size=1)
joined = st.dictionaries(st.sampled_from(NODES[1:]), st.sampled_from(NODES), max_size=3)


@settings(deadline=None, max_examples=60)
@given(st.lists(written | joined, max_size=6))
def test_any_history_gives_the_facts_of_its_end(history: list[dict]) -> None:  # type: ignore[type-arg]
    """Documents and merges that come and go in any order leave the facts of a new graph that has them at once."""
    corpus: dict[str, list[Stated] | None] = {}
    merges: list[Merge] = []
    with GraphStore.in_memory() as lived, GraphStore.in_memory() as fresh:
        for step in history:
            if all(isinstance(key, str) for key in step):
                write(lived, step, {})
                corpus |= step
            else:
                merges = [merge(one, other) for one, other in step.items() if one.value > other.value]
                put(lived, *merges)
        put(fresh, *merges)
        write(fresh, corpus, {})
        write(lived, {}, {})
        assert set(lived.quads()) == set(fresh.quads())
        assert not [
            item for item in validate_graph(lived, VOCABULARY / "shapes.ttl").problems if "fact" in item.message
        ]


@pytest.mark.parametrize("spoilt", [Kgb.BELIEF, Kgb.DOCUMENT_COUNT])
def test_a_fact_that_tells_the_wrong_sum_is_found(two: GraphStore, spoilt: ox.NamedNode) -> None:
    """A belief or a count that forgets what the merged entity has is reported."""
    put(two, merge(WHO, FULL))
    (old,) = two.matching(None, spoilt, graph=facts_graph(BASE))
    value = ox.Literal({Kgb.BELIEF: "0.5", Kgb.DOCUMENT_COUNT: "1"}[spoilt], datatype=old.object.datatype)
    two.revise([old], [ox.Quad(old.subject, old.predicate, value, old.graph_name)])
    (problem,) = validate_graph(two, VOCABULARY / "shapes.ttl").problems
    wanted = {Kgb.BELIEF: "the belief that its documents make", Kgb.DOCUMENT_COUNT: "count the documents"}
    assert wanted[spoilt] in problem.message


def test_a_fact_without_numbers_is_found_and_mended(two: GraphStore) -> None:
    """A belief that is no number is reported, and gone with the next change of its head."""
    whole = set(two.quads())
    old = min(two.matching(None, Kgb.BELIEF, graph=facts_graph(BASE)), key=str)
    two.revise([old], [ox.Quad(old.subject, old.predicate, ox.Literal("high"), old.graph_name)])
    messages = {problem.message for problem in validate_graph(two, VOCABULARY / "shapes.ttl").problems}
    assert "a fact must count the documents that state it" in messages
    put(two, merge(WHO, FULL))
    put(two)
    assert set(two.quads()) == whole


def found(store: GraphStore) -> list[Conflict]:
    """What contradicts itself by the ontology that ships."""
    return list(find_conflicts(store, load_rules(VOCABULARY / "kgbuild.ttl")))


ADA, BYRON = entity("ada-lovelace"), entity("augusta-byron")
PERSON = {ADA: "Person", BYRON: "Person"}


def test_two_dates_of_birth_under_two_names_are_found(store: GraphStore) -> None:
    """Two dates of birth contradict each other while both persons are one, with the passages of both."""
    said = {"a": [(ADA, "dateOfBirth", day("1815"), 0.9)], "b": [(BYRON, "dateOfBirth", day("1817"), 0.8)]}
    write(store, said, PERSON)
    assert found(store) == []
    put(store, merge(BYRON, ADA))
    (item,) = found(store)
    assert (item.kind, item.doubt, [side.subject for side in item.sides]) == ("values", 0.8, [ADA.value] * 2)
    assert [len(side.readings) for side in item.sides] == [1, 1]
    put(store)
    assert found(store) == []


def test_one_date_under_two_names_contradicts_nothing(store: GraphStore) -> None:
    """What two names agree on is one statement of two documents, which exclude nothing."""
    write(store, {name: [(who, "dateOfBirth", day("1815"), 0.9)] for name, who in (("a", ADA), ("b", BYRON))}, PERSON)
    put(store, merge(BYRON, ADA))
    assert found(store) == []


def test_a_death_before_a_birth_under_two_names_is_found(store: GraphStore) -> None:
    """Dates in the wrong order are found across the names of one person."""
    said = {"a": [(ADA, "dateOfBirth", day("1815"), 0.9)], "b": [(BYRON, "dateOfDeath", day("1800"), 0.8)]}
    write(store, said, PERSON)
    assert found(store) == []
    put(store, merge(BYRON, ADA))
    assert [(item.kind, item.doubt) for item in found(store)] == [("order", 0.8)]


def test_disjoint_classes_under_two_names_are_found(store: GraphStore) -> None:
    """What is a person under one name and a place under another is both."""
    write(store, {"a": [(ADA, "dateOfBirth", day("1815"), 0.9)], "b": []}, {ADA: "Person", BYRON: "Place"})
    assert found(store) == []
    put(store, merge(BYRON, ADA))
    (item,) = [item for item in found(store) if item.kind == "disjoint"]
    assert {side.subject for side in item.sides} == {ADA.value}


def test_a_fitting_class_under_another_name_is_enough(store: GraphStore) -> None:
    """A head of the wrong class breaks no rule where its other name has the right one."""
    write(store, {"a": [(BYRON, "dateOfBirth", day("1815"), 0.9)]}, {ADA: "Person", BYRON: "Place"})
    assert [item.kind for item in found(store)] == ["domain"]
    put(store, merge(BYRON, ADA))
    assert "domain" not in [item.kind for item in found(store)]


def test_a_circle_ends(store: GraphStore) -> None:
    """A circle of owl:sameAs, which no decision makes, does not keep the graph from being read."""
    put(store, merge(ADA, BYRON), merge(BYRON, ADA))
    assert set(Merged(store).canonical) <= {ADA, BYRON}


def test_only_the_graph_of_identity_merges(two: GraphStore) -> None:
    """An owl:sameAs that a document states merges nothing."""
    put(two, merge(WHO, FULL))
    (quad,) = [quad for quad in two.quads(identity_graph(BASE).value) if quad.subject == WHO]
    put(two)
    two.revise((), [replace_graph(quad, f"{BASE}document/a")])
    assert Merged(two).canonical == {}


def replace_graph(quad: ox.Quad, name: str) -> ox.Quad:
    """The quad in another graph."""
    return ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(name))
