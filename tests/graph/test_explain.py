"""An entity's triples come with the sentences that they were read from."""

from dataclasses import replace

import pytest

from kgbuild.errors import MissingError, StoreError
from kgbuild.graph import GraphStore, explain
from kgbuild.iris import entity_iri
from kgbuild.records import ClaimedDocument

from .conftest import BASE, KGB, MakeGraph


@pytest.fixture
def filled(store: GraphStore, ada: ClaimedDocument, grace: ClaimedDocument, make_graph: MakeGraph) -> GraphStore:
    store.replace_documents([make_graph(ada), make_graph(grace)])
    return store


def test_each_place_is_explained(filled: GraphStore) -> None:
    """All places of an entity's triples come, the likeliest first, each with document, sentence and property."""
    found = explain(filled, "Ada Lovelace")
    assert [item.probability for item in found] == [0.9877, 0.93, 0.8, 0.5]
    first = found[0]
    assert (first.predicate, first.predicate_label) == (f"{KGB}dateOfBirth", "date of birth")
    assert (first.subject_label, first.object, first.object_label) == ("Ada Lovelace", "1815", "1815")
    assert first.source == "file:///corpus/ada.txt"
    assert first.passage == "Ada Lovelace was born in 1815."


def test_spans_are_relative_to_the_sentence(filled: GraphStore) -> None:
    """Head and tail slice the passage to their names, also behind characters of other planes."""
    for item in explain(filled, "Ada Lovelace"):
        assert item.passage[item.head.start : item.head.end] == item.subject_label
        assert item.passage[item.tail.start : item.tail.end] == item.object_label


@pytest.mark.parametrize(("head", "tail"), [("Mary Somerville", "Grace Hopper"), ("Charles Babbage", "Ada Lovelace")])
def test_two_sentences_are_one_passage(
    head: str, tail: str, store: GraphStore, far: ClaimedDocument, make_graph: MakeGraph
) -> None:
    """Both sentences come once, in the order of the text, and head and tail slice them, whichever stands first."""
    store.replace_documents([make_graph(far)])
    (item,) = explain(store, head)
    assert item.passage == "😀 Mary Somerville admired Ada Lovelace. … 𝔘 Charles Babbage replied to Grace Hopper."
    assert item.passage[item.head.start : item.head.end] == head == item.subject_label
    assert item.passage[item.tail.start : item.tail.end] == tail == item.object_label
    assert explain(store, tail) == [item]


def test_evidence_that_names_its_mentions_elsewhere_is_refused(
    store: GraphStore, far: ClaimedDocument, make_graph: MakeGraph
) -> None:
    """A mention outside the sentences of its evidence is told with what to do, not shown at a wrong place."""
    claim = replace(far.claims[0], sentences=far.claims[0].sentences[:1])
    store.replace_documents([make_graph(replace(far, claims=(claim,)))])
    with pytest.raises(StoreError, match=r"evidence '.*': expected its mentions inside its sentences; build again"):
        explain(store, "Mary Somerville")


def test_it_is_found_as_an_object_too(filled: GraphStore) -> None:
    """An entity that is only ever a tail is explained by the triples that end in it."""
    assert {item.subject_label for item in explain(filled, "Charles Babbage")} == {"Ada Lovelace"}


@pytest.mark.parametrize("name", [entity_iri(BASE, "Grace Hopper", "PER"), "Grace Hopper", "grace  HOPPER"])
def test_iri_name_and_case(filled: GraphStore, name: str) -> None:
    """The IRI, the name as written, and the name in another case or spacing find the same entity."""
    (only,) = explain(filled, name)
    assert only.object_label == "Howard Aiken"


def test_unknown_names_get_their_nearest(filled: GraphStore) -> None:
    """A name that is not there is refused with names that look like it, or with none."""
    with pytest.raises(MissingError, match="'Grace Hoper' is not in the graph; the nearest are 'Grace Hopper'"):
        explain(filled, "Grace Hoper")
    with pytest.raises(MissingError, match=r"is not in the graph$"):
        explain(filled, "http://example.org/zzzzzzzzzzzz")
