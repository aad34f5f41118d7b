"""The store replaces, drops and lists documents, whole or not at all."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kgbuild.errors import MissingError, StoreError
from kgbuild.graph import CatalogueEntry, DocumentGraph, GraphStore, RunRecord
from kgbuild.graph import store as store_module
from kgbuild.graph.vocabulary import Nif
from kgbuild.records import ClaimedDocument

from .conftest import BASE, KGB, RUN, MakeDocument, MakeGraph

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def _many(make_document: MakeDocument, make_graph: MakeGraph, count: int) -> list[DocumentGraph]:
    fact = "{head} worked with {tail}."
    names = [(f"Person {number}", f"Person {number + 1}") for number in range(count)]
    made = (
        make_document(f"file:///{head}", (fact, head, "workedWith", tail, 0.5 + number / 1000))
        for number, (head, tail) in enumerate(names)
    )
    return [make_graph(claimed) for claimed in made]


def test_catalogue_gives_back_the_entry(store: GraphStore, ada: ClaimedDocument, make_graph: MakeGraph) -> None:
    """A document that was written is in the catalogue with its source, origin, digest, recipe and run."""
    document = ada.annotated.document
    store.replace_documents([make_graph(ada)])
    entry = CatalogueEntry(document.iri, document.source, document.origin, document.digest, "recipe-1", RUN)
    assert store.catalogue() == {document.iri: entry}


def test_writing_again_changes_nothing(store: GraphStore, ada: ClaimedDocument, make_graph: MakeGraph) -> None:
    """The same document written twice is there once, and the second time nothing is written."""
    graph = make_graph(ada)
    assert store.replace_documents([graph]) == len(graph.quads)
    assert store.replace_documents([graph]) == 0
    assert set(store.quads()) == set(graph.quads)


def test_replacing_leaves_nothing_of_the_old(store: GraphStore, ada: ClaimedDocument, make_graph: MakeGraph) -> None:
    """A changed document has the quads of its new form only, in its graph and in the catalogue."""
    changed = replace(ada, claims=ada.claims[2:])
    store.replace_documents([make_graph(ada)])
    new = make_graph(changed, recipe="recipe-2")
    store.replace_documents([new])
    assert set(store.quads()) == set(new.quads)
    assert [entry.recipe for entry in store.catalogue().values()] == ["recipe-2"]


def test_the_last_of_two_forms_wins(store: GraphStore, ada: ClaimedDocument, make_graph: MakeGraph) -> None:
    """A document that comes twice in one call is there in its last form."""
    last = make_graph(replace(ada, claims=ada.claims[:1]))
    store.replace_documents([make_graph(ada), last])
    assert set(store.quads()) == set(last.quads)


def test_dropping_removes_what_only_it_supported(
    store: GraphStore, ada: ClaimedDocument, grace: ClaimedDocument, make_graph: MakeGraph
) -> None:
    """Dropping a document leaves the other's quads, the triple that both stated among them, and nothing else."""
    kept = make_graph(grace)
    store.replace_documents([make_graph(ada), kept])
    assert store.counts().triples == 3
    assert store.drop_documents([ada.annotated.document.iri, f"{BASE}document/unknown"]) == 1
    assert set(store.quads()) == set(kept.quads)
    assert store.counts().triples == 2
    assert store.graphs() == sorted([grace.annotated.document.iri, f"{BASE}graph/catalog"])


def test_two_orders_give_the_same_quads(tmp_path: Path, make_document: MakeDocument, make_graph: MakeGraph) -> None:
    """Two stores that were filled in different order, one on disk and one in memory, hold the same sorted lines."""
    graphs = _many(make_document, make_graph, 20)
    lines = []
    for opened, order in ((GraphStore.in_memory(), graphs), (GraphStore.open(tmp_path, create=True), graphs[::-1])):
        with opened as target:
            for graph in order:
                target.replace_documents([graph])
            lines.append(sorted(map(str, target.quads())))
    assert lines[0] == lines[1]


@pytest.mark.parametrize("name", ["_BATCH_QUADS", "_BULK_QUADS"])
def test_batches_do_not_show(
    name: str, monkeypatch: pytest.MonkeyPatch, make_document: MakeDocument, make_graph: MakeGraph, tmp_path: Path
) -> None:
    """Small batches, large ones and those that write files at once end in the same quads."""
    monkeypatch.setattr(store_module, name, 1)
    graphs = _many(make_document, make_graph, 5)
    with GraphStore.open(tmp_path / "store", create=True) as opened:
        opened.replace_documents(graphs)
        assert set(opened.quads()) == {quad for graph in graphs for quad in graph.quads}


def test_a_failing_stream_leaves_whole_documents(
    store: GraphStore, ada: ClaimedDocument, grace: ClaimedDocument, make_graph: MakeGraph
) -> None:
    """When the third document fails, no document is there in part: each graph has its catalogue entry."""

    def stream() -> object:
        yield make_graph(ada)
        yield make_graph(grace)
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        store.replace_documents(stream())
    held = {quad.graph_name.value for quad in store.matching(None, None, Nif.CONTEXT)}
    assert held == set(store.catalogue())


def test_a_second_process_is_told_to_wait(tmp_path: Path, ada: ClaimedDocument, make_graph: MakeGraph) -> None:
    """A folder that one process holds refuses another with the reason and the remedy, and frees when it is closed."""
    program = (
        "import sys; from pathlib import Path; from kgbuild.graph import GraphStore\n"
        "from kgbuild.errors import StoreError\n"
        "try: GraphStore.open(Path(sys.argv[1])).close(); print('opened')\n"
        "except StoreError as error: print(error)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    root = Path(__file__).parents[2]
    with GraphStore.open(tmp_path, create=True) as opened:
        opened.replace_documents([make_graph(ada)])
        said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root).stdout
        assert said == f"graph folder '{tmp_path}' is in use by another process; wait for it or stop it\n"
    assert subprocess.run(command, capture_output=True, text=True, check=True, cwd=root).stdout == "opened\n"


def test_reopened_store_holds_everything(tmp_path: Path, ada: ClaimedDocument, make_graph: MakeGraph) -> None:
    """What was written is there after the folder is closed and opened again."""
    graph = make_graph(ada)
    with GraphStore.open(tmp_path / "a" / "store", create=True) as opened:
        opened.replace_documents([graph])
    with GraphStore.open(tmp_path / "a" / "store") as opened:
        assert set(opened.quads()) == set(graph.quads)


def test_a_missing_folder_is_named_and_not_made(tmp_path: Path) -> None:
    """Opening what is not there names the folder and creates nothing."""
    with pytest.raises(MissingError, match=r"nowhere.*holds no graph"):
        GraphStore.open(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    """A folder with other files, and a file, are refused even where a store may be created."""
    (tmp_path / "letter.txt").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match="holds files but no graph store"):
        GraphStore.open(tmp_path, create=True)
    with pytest.raises(StoreError, match="is a file"):
        GraphStore.open(tmp_path / "letter.txt", create=True)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_damaged_store_is_named(tmp_path: Path) -> None:
    """A store whose files are damaged is named with a remedy."""
    GraphStore.open(tmp_path, create=True).close()
    (tmp_path / "CURRENT").write_text("noise", encoding="utf-8")
    with pytest.raises(StoreError, match=r"cannot be opened: Corruption.*`kgbuild rebuild`"):
        GraphStore.open(tmp_path)


def test_a_closed_store_says_so(store: GraphStore) -> None:
    """A store that was closed refuses to be read."""
    store.close()
    with pytest.raises(StoreError, match="is closed"):
        store.quads()


def test_a_store_is_not_carried_across_a_fork(store: GraphStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that another process opened refuses to be used."""
    parent = os.getpid()
    monkeypatch.setattr(store_module.os, "getpid", lambda: parent + 1)
    with pytest.raises(StoreError, match="open it inside the process"):
        store.quads()


def test_last_run_is_the_one_that_none_followed(store: GraphStore) -> None:
    """The last run is the end of the chain, whatever its time; before the first there is none."""
    assert store.last_run() is None
    first = RunRecord(f"{BASE}run/a", BASE, NOON, NOON, ())
    second = RunRecord(f"{BASE}run/b", BASE, NOON - timedelta(days=1), NOON, (), previous=first.iri)
    store.put_run(second)
    store.put_run(first)
    assert store.last_run() == second.iri


def test_a_run_is_put_once(store: GraphStore) -> None:
    """Putting a run again replaces what was said of it."""
    record = RunRecord(RUN, BASE, NOON, NOON, (), threshold=0.5, documents=1)
    store.put_run(record)
    size = len(list(store.quads()))
    store.put_run(replace(record, documents=2))
    assert len(list(store.quads())) == size
    assert [quad.object.value for quad in store.quads() if quad.predicate.value == f"{KGB}documentCount"] == ["2"]


def test_counts(store: GraphStore, ada: ClaimedDocument, grace: ClaimedDocument, make_graph: MakeGraph) -> None:
    """Documents, distinct triples and evidence are counted over all documents."""
    graphs = [make_graph(ada), make_graph(grace)]
    store.replace_documents(graphs)
    counts = store.counts()
    assert (counts.documents, counts.triples, counts.evidence) == (2, 3, 5)
    assert counts.quads == sum(len(graph.quads) for graph in graphs)
