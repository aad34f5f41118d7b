"""The graph in numbers."""

from datetime import UTC, datetime

from kgbuild.graph import Count, GraphStore, RunRecord, statistics
from kgbuild.records import ClaimedDocument

from .conftest import BASE, KGB, RUN, MakeGraph


def test_numbers_of_two_documents(
    store: GraphStore, ada: ClaimedDocument, grace: ClaimedDocument, make_graph: MakeGraph
) -> None:
    """Documents, entities, triples, evidence, runs and kinds are counted over the union, each thing once."""
    noon = datetime(2026, 1, 2, 12, tzinfo=UTC)
    store.replace_documents([make_graph(ada), make_graph(grace)])
    store.put_run(RunRecord(RUN, BASE, noon, noon, ()))
    found = statistics(store)
    assert (found.documents, found.entities, found.triples, found.evidence, found.runs) == (2, 4, 3, 5, 1)
    assert found.confidence == round((0.93 + 0.5 + 0.9877 + 0.8 + 0.7) / 5, 4)
    assert found.classes == (Count(f"{KGB}Person", "person", 4),)
    assert found.properties == (
        Count(f"{KGB}workedWith", "worked with", 2),
        Count(f"{KGB}dateOfBirth", "date of birth", 1),
    )


def test_an_empty_graph_is_all_zero(store: GraphStore) -> None:
    """A graph without documents has zeros and no kinds, not an error."""
    found = statistics(store)
    assert (found.documents, found.entities, found.triples, found.confidence, found.quads) == (0, 0, 0, 0.0, 0)
    assert (found.classes, found.properties) == ((), ())
