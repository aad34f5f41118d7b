"""Documents that an operator withdraws, and lets come back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.config import Settings
from kgbuild.errors import MissingError, StoreError
from kgbuild.graph import GraphStore, retractions
from kgbuild.stages import BuildSummary

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

Build = Callable[..., BuildSummary]
Statements = Callable[[Path], str]


def _sources(graph: Path) -> str:
    """Sources of the documents that the graph holds."""
    rows = stages.query(
        graph, "SELECT ?source { ?d kgb:textDigest ?digest ; dcterms:source ?source } ORDER BY ?source", format="csv"
    )
    assert isinstance(rows, str)
    return rows


def _without_runs(lines: str) -> list[str]:
    """Statements, those about runs left out."""
    return [line for line in lines.splitlines() if "/graph/runs>" not in line and "/run/" not in line]


def test_retracted_document_leaves_with_what_it_alone_supported(
    build: Build, corpus: Path, graph: Path, tmp_path: Path, statements: Statements
) -> None:
    """What is left is the graph of a corpus without the document, and a retraction in the catalogue."""
    build()
    done = stages.retract(graph, [str(corpus / "ada.txt")], now=NOW, reason="a forgery")
    assert done.documents == ((corpus / "ada.txt").as_uri(),)
    assert (done.already, done.run is not None) == ((), True)
    (corpus / "ada.txt").rename(tmp_path / "ada.txt")
    build(into=tmp_path / "without")
    left = [line for line in _without_runs(statements(graph)) if "/retraction/" not in line]
    assert left == _without_runs(statements(tmp_path / "without"))
    with GraphStore.open(graph / "store") as store:
        [kept] = retractions(store).values()
    assert (kept.source, kept.reason, kept.run) == (done.documents[0], "a forgery", done.run)
    assert stages.validate(graph).conforms


def test_retracted_document_stays_out(
    build: Build, settings: Settings, corpus: Path, graph: Path, statements: Statements
) -> None:
    """A build leaves the document out and counts it, also under other settings and after it was away for a while."""
    build()
    stages.retract(graph, [str(corpus / "ada.txt")], now=NOW)
    before = statements(graph)
    assert build().documents == stages.DocumentCounts(unchanged=4, retracted=1)
    assert statements(graph) == before
    (corpus / "ada.txt").rename(corpus / "away")
    assert build().documents == stages.DocumentCounts(unchanged=4, refused=1)
    (corpus / "away").rename(corpus / "ada.txt")
    strict = settings.model_copy(update={"accept": settings.accept.model_copy(update={"threshold": 0.9})})
    assert build(given=strict).documents == stages.DocumentCounts(changed=4, retracted=1, reaccepted=4)


def test_changed_document_comes_back(build: Build, corpus: Path, graph: Path) -> None:
    """Another text lifts the retraction; the old text is then a document like any other."""
    build()
    old = (corpus / "ada.txt").read_text(encoding="utf-8")
    stages.retract(graph, [str(corpus / "ada.txt")], now=NOW)
    (corpus / "ada.txt").write_text("Ada Lovelace met Mary Somerville in Rome.", encoding="utf-8")
    assert build().documents == stages.DocumentCounts(added=1, unchanged=4)
    assert "ada.txt" in _sources(graph)
    with GraphStore.open(graph / "store") as store:
        assert retractions(store) == {}
    (corpus / "ada.txt").write_text(old, encoding="utf-8")
    assert build().documents == stages.DocumentCounts(changed=1, unchanged=4)


def test_restored_document_comes_back_with_the_next_build(
    build: Build, corpus: Path, graph: Path, tmp_path: Path, statements: Statements
) -> None:
    """Restoring alone brings nothing back; the next build does, and the graph is what it was."""
    build(into=tmp_path / "never")
    build()
    stages.retract(graph, [str(corpus / "ada.txt")], now=NOW)
    done = stages.restore(graph, [str(corpus / "ada.txt")], now=NOW)
    assert done.documents == ((corpus / "ada.txt").as_uri(),)
    assert "ada.txt" not in _sources(graph)
    assert build().documents == stages.DocumentCounts(added=1, unchanged=4)
    assert _without_runs(statements(graph)) == _without_runs(statements(tmp_path / "never"))


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("{corpus}/letters.jsonl", 2),
        ("{corpus}/letters.jsonl#a", 1),
        ("https://example.org/turing", 1),
        ("file://{corpus}/grace.md", 1),
        ("{corpus}/*.md", 1),
        ("{corpus}", 5),
        ("{iri}", 1),
    ],
)
def test_documents_are_named_as_build_names_them(
    name: str, count: int, build: Build, corpus: Path, graph: Path
) -> None:
    """A file, a line of a jsonl file, a URL, a file URI, a glob, a folder and a document's IRI name documents."""
    build()
    with GraphStore.open(graph / "store") as store:
        iri = next(iter(store.catalogue()))
    done = stages.retract(graph, [name.format(corpus=corpus, iri=iri)], now=NOW)
    assert len(done.documents) == count
    assert stages.stats(graph).documents == 5 - count


def test_unknown_document_is_named_with_the_nearest(build: Build, corpus: Path, graph: Path) -> None:
    """A name that means no document changes nothing and is told with what it may have meant."""
    build()
    for call in (stages.retract, stages.restore):
        with pytest.raises(
            MissingError, match=r"'.*/aba\.txt' is not in the graph; the nearest are 'file:.*/ada\.txt'"
        ):
            call(graph, [str(corpus / "grace.md"), str(corpus / "aba.txt")], now=NOW)
    with pytest.raises(MissingError, match="'§§§' is not in the graph; name a path or URL"):
        stages.retract(graph, ["§§§"], now=NOW)
    assert stages.stats(graph).documents == 5


def test_missing_graph_is_named(tmp_path: Path) -> None:
    """Nothing is made where there is no graph."""
    for call in (stages.retract, stages.restore):
        with pytest.raises(MissingError, match="build a graph there first"):
            call(tmp_path / "none", ["ada.txt"], now=NOW)
    assert not (tmp_path / "none").exists()


def test_repeated_retraction_tells_the_same(build: Build, corpus: Path, graph: Path, statements: Statements) -> None:
    """A task that is tried again tells what it did; later the same request has nothing left to do."""
    build()
    first = stages.retract(graph, [str(corpus / "ada.txt")], now=NOW)
    before = statements(graph)
    assert stages.retract(graph, [str(corpus / "ada.txt")], now=NOW + timedelta(hours=1)) == first
    assert statements(graph) == before
    both = stages.retract(graph, [str(corpus / "ada.txt"), str(corpus / "grace.md")], now=NOW)
    assert (len(both.documents), both.already) == (1, first.documents)
    late = stages.retract(graph, [str(corpus / "ada.txt")], now=NOW)
    assert (late.documents, late.already, late.run, late.folder) == ((), first.documents, None, "")
    again = stages.restore(graph, [str(corpus / "ada.txt")], now=NOW)
    assert stages.restore(graph, [str(corpus / "ada.txt")], now=NOW) == again
    assert stages.restore(graph, [str(corpus / "mary.html")], now=NOW).run is None


@pytest.mark.parametrize("moment", ["replace_documents", "put_run"])
def test_broken_off_retraction_is_completed(
    moment: str, build: Build, corpus: Path, graph: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A retraction that broke off is completed by the next command, with its reason and its run."""

    def fail(*_: object, **__: object) -> None:
        raise InterruptedError

    build()
    with monkeypatch.context() as patch:
        patch.setattr(f"kgbuild.graph.GraphStore.{moment}", fail)
        with pytest.raises(StoreError):
            stages.retract(graph, [str(corpus / "ada.txt")], now=NOW, reason="a forgery")
    assert (graph / "pending").is_file()
    assert build().documents == stages.DocumentCounts(unchanged=4, retracted=1)
    assert not (graph / "pending").exists()
    [added, gone] = stages.history(graph, str(corpus / "ada.txt"))
    assert (added.action, gone.action, gone.reason, gone.triples) == ("added", "retracted", "a forgery", 0)


def test_retraction_is_a_run(build: Build, corpus: Path, graph: Path) -> None:
    """It is an activity between the runs before and after it, with its time, and its folder holds plan and summary."""
    build()
    done = stages.retract(graph, [str(corpus / "letters.jsonl")], now=NOW + timedelta(days=1))
    rows = stages.query(
        graph,
        f"SELECT ?ended ?removed ?before {{ <{done.run}> a prov:Activity ; prov:endedAtTime ?ended ; "
        "kgb:removedCount ?removed ; prov:wasInformedBy ?before }",
        format="csv",
    )
    assert str(rows).split()[1].startswith("2026-01-03T03:04:05Z,2,")
    assert {path.name for path in Path(done.folder).iterdir()} >= {"plan.json", "summary.json"}
    assert done.to_json()["run"] == done.run
