"""Decisions in the graph: what they were, who made them, and which the store does not know yet."""

import pyoxigraph as ox
import pytest

from kgbuild.decisions import Decision, Place, Review, Verdict
from kgbuild.graph.decisions import decision_quads, make_due, put_decisions, waiting_decisions
from kgbuild.graph.store import GraphStore
from kgbuild.graph.vocabulary import Kgb, Prov, Rdf
from kgbuild.records import Span

BASE, OTHER = "https://example.org/one/", "https://example.org/two/"
PLACE = Place("file:///a.txt", "d" * 64, (Span(0, 12),), ("Ada met Bob.",), Span(0, 3), Span(8, 11))


def review(verdict: Verdict, author: str = "Ada") -> Review:
    """A review with one decision about the same claim."""
    return Review(author, "2026-01-02T03:04:05Z", (Decision(PLACE, "urn:knows", verdict, "", 0.5),))


REVIEWS = [review("accepted"), review("rejected", "Grace"), review("accepted")]


def test_every_decision_has_a_name_of_its_own() -> None:
    """What is said again in the same second is another decision, and the same reviews give the same quads."""
    quads = list(decision_quads(REVIEWS, BASE))
    kinds = (Kgb.DECISION, Kgb.REVIEW, Prov.ACTIVITY, Prov.AGENT)
    counts = [sum(quad.predicate == Rdf.TYPE and quad.object == kind for quad in quads) for kind in kinds]
    assert counts == [3, 3, 3, 2]
    assert len(set(quads)) == len(quads)
    assert quads == list(decision_quads(REVIEWS, BASE))
    assert {quad.graph_name.value for quad in quads if isinstance(quad.graph_name, ox.NamedNode)} == {
        f"{BASE}graph/decisions"
    }


def test_a_decision_is_a_revision_of_the_one_before() -> None:
    """The last leads to the second, and that to the first."""
    after = {quad.subject: quad.object for quad in decision_quads(REVIEWS, BASE) if quad.predicate == Prov.REVISION}
    [last] = after.keys() - set(after.values())
    assert after[after[last]] not in after


def test_the_store_tells_which_decisions_wait() -> None:
    """Only those that were not put there; once they are, none does."""
    store = GraphStore.in_memory()
    assert waiting_decisions(store, REVIEWS, BASE) == [item for one in REVIEWS for item in one.decisions]
    put_decisions(store, REVIEWS[:1], BASE)
    assert waiting_decisions(store, REVIEWS, BASE) == [item for one in REVIEWS[1:] for item in one.decisions]
    put_decisions(store, REVIEWS, BASE)
    assert waiting_decisions(store, REVIEWS, BASE) == []


@pytest.mark.parametrize(("reviews", "base"), [(REVIEWS[:1], BASE), (REVIEWS, OTHER), ([], BASE)])
def test_the_store_tells_of_the_decisions_that_there_are(reviews: list[Review], base: str) -> None:
    """What was taken out of the file, or has another base of names now, is gone from the store."""
    store = GraphStore.in_memory()
    put_decisions(store, REVIEWS, BASE)
    put_decisions(store, reviews, base)
    assert set(store.quads()) == set(decision_quads(reviews, base))


def test_a_document_that_is_due_has_no_known_recipe() -> None:
    """Its recipe is empty, the others' stay."""
    store, graph = GraphStore.in_memory(), ox.NamedNode("urn:g")
    nodes = [ox.NamedNode(f"urn:d{number}") for number in range(2)]
    store.revise((), [ox.Quad(node, Kgb.RECIPE, ox.Literal("r"), graph) for node in nodes])
    make_due(store, ["urn:d0", "urn:d9"])
    assert {quad.subject: quad.object for quad in store.quads()} == {
        nodes[0]: ox.Literal(""),
        nodes[1]: ox.Literal("r"),
    }
