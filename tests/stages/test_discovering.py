"""What `discover` finds, and what it refuses before any work."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.config import Settings, load_settings
from kgbuild.errors import (
    CheckpointError,
    InputError,
    KgbuildError,
    MissingError,
    OntologyError,
    SettingError,
    StoreError,
)
from kgbuild.graph import GraphStore
from kgbuild.handoff import read_records
from kgbuild.records import Document
from kgbuild.stages import BuildSummary
from kgbuild.stages.runs import read_plan

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

Build = Callable[..., BuildSummary]


def test_first_run_adds_everything(build: Build) -> None:
    """A first build adds every document and refuses none."""
    done = build()
    assert (done.documents.added, done.documents.refused) == (5, 0)
    assert done.claims > 0


def test_second_run_is_unchanged(build: Build, graph: Path, tmp_path: Path) -> None:
    """A second build finds every document unchanged, has no run and leaves the store's quads and the runs alone."""
    build()
    before = _files(graph), stages.export(graph, tmp_path / "before.nq")
    done = build()
    assert done.documents.unchanged == 5
    assert (done.run, done.folder, done.claims) == (None, "", 0)
    assert (_files(graph), stages.export(graph, tmp_path / "after.nq")) == before
    assert (tmp_path / "before.nq").read_bytes() == (tmp_path / "after.nq").read_bytes()


def test_counts_of_what_changed(build: Build, corpus: Path) -> None:
    """Added, changed, removed and unchanged documents are told apart."""
    build()
    (corpus / "ada.txt").write_text("Ada Lovelace met Mary Somerville in Rome.", encoding="utf-8")
    (corpus / "new.txt").write_text("Alan Turing visited Rome.", encoding="utf-8")
    (corpus / "grace.md").unlink()
    counts = build().documents
    assert (counts.added, counts.changed, counts.unchanged, counts.removed, counts.refused) == (1, 1, 3, 1, 0)


def test_line_taken_out_of_jsonl_is_removed(build: Build, corpus: Path, graph: Path) -> None:
    """A document whose line is gone is removed, even when its source is a URL."""
    build()
    first = (corpus / "letters.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)[0]
    (corpus / "letters.jsonl").write_text(first, encoding="utf-8")
    counts = build().documents
    assert (counts.removed, counts.unchanged) == (1, 4)
    assert "turing" not in _sources(graph)


def test_refused_file_keeps_its_graph(build: Build, corpus: Path, graph: Path) -> None:
    """A document that can no longer be read is refused and stays in the graph as it was."""
    build()
    (corpus / "ada.txt").write_bytes(b"\0\1\2\3" * 50)
    (corpus / "letters.jsonl").write_text('{"id": "a", "text": \n', encoding="utf-8")
    done = build()
    assert (done.documents.removed, done.documents.refused, done.documents.unchanged) == (0, 2, 2)
    assert "ada.txt" in _sources(graph)
    assert "turing" in _sources(graph)


def test_unlisted_folder_keeps_its_graphs(build: Build, corpus: Path, graph: Path) -> None:
    """The documents below a folder that cannot be listed are not taken for vanished."""
    (corpus / "deep").mkdir()
    shutil.move(corpus / "ada.txt", corpus / "deep" / "ada.txt")
    build()
    (corpus / "deep" / "ada.txt").rename(corpus.parent / "ada.txt")
    (corpus / "deep").rmdir()
    (corpus / "deep").symlink_to(corpus.parent)  # a folder that is set aside
    counts = build().documents
    assert (counts.removed, counts.refused) == (0, 1)
    assert "deep/ada.txt" in _sources(graph)


def test_two_corpora_share_a_graph(build: Build, corpus: Path, tmp_path: Path, graph: Path) -> None:
    """What vanished is dropped only when it lies under the paths that are given."""
    build()
    other = tmp_path / "other"
    other.mkdir()
    (other / "rome.txt").write_text("Alan Turing visited Rome.", encoding="utf-8")
    assert build(other).documents == stages.DocumentCounts(added=1)
    (corpus / "ada.txt").unlink()
    assert build(other).documents == stages.DocumentCounts(unchanged=1)
    assert "ada.txt" in _sources(graph)
    assert build().documents == stages.DocumentCounts(unchanged=4, removed=1)
    assert "rome.txt" in _sources(graph)
    assert "ada.txt" not in _sources(graph)


def test_moved_document_belongs_to_its_new_file(build: Build, corpus: Path, graph: Path) -> None:
    """A document with a source of its own is removed with the file that it was moved to."""
    build()
    (corpus / "letters.jsonl").rename(corpus / "post.jsonl")
    assert build().documents.changed == 1
    (corpus / "post.jsonl").unlink()
    build()
    assert "turing" not in _sources(graph)


def test_settings_that_matter_redo_documents(build: Build, settings: Settings) -> None:
    """Another window or threshold makes documents anew, another batch size does not."""
    build()
    faster = settings.model_copy(update={"score": settings.score.model_copy(update={"pairs_per_batch": 7})})
    assert build(given=faster).documents.unchanged == 5
    near = settings.model_copy(update={"score": settings.score.model_copy(update={"window": 0})})
    assert build(given=near).documents.changed == 5
    strict = settings.model_copy(update={"accept": settings.accept.model_copy(update={"threshold": 0.9})})
    done = build(given=strict)
    assert done.documents.changed == 5
    assert done.claims == 0


def test_documents_fill_shards(corpus: Path, graph: Path, settings: Settings) -> None:
    """Shards are filled in order; the last one allowed takes all that is left."""
    few = settings.model_copy(
        update={"ingest": settings.ingest.model_copy(update={"shard_characters": 1, "max_shards": 3})}
    )
    run = stages.discover(few, [str(corpus)], graph, now=NOW)
    sizes = [sum(1 for _ in read_records(Path(shard), Document)) for shard in stages.shards(run)]
    assert sizes == [1, 1, 3]


def test_killed_plan_is_taken_up_again(corpus: Path, graph: Path, settings: Settings) -> None:
    """A plan made twice is one run that keeps finished files, drops halves, and has the latest start and refusals."""
    run = stages.discover(settings, [str(corpus)], graph, now=NOW)
    found = [Path(shard) for shard in stages.shards(run)]
    annotated = stages.recognise(settings, found)
    half = run / ".scored-0000.parquet.0123.part"
    half.write_bytes(b"half")
    written = annotated[0].stat().st_ino
    (corpus / "empty.txt").touch()
    (graph / ".plan-999999999").mkdir()
    later = NOW.replace(hour=9)
    assert stages.discover(settings, [str(corpus)], graph, now=later) == run
    assert annotated[0].stat().st_ino == written
    assert not half.exists()
    assert not list(graph.glob(".plan-*"))
    plan = read_plan(run)
    assert (plan.started, [item.reason for item in plan.refusals]) == (later, ["empty"])


def test_other_shards_are_not_mixed(corpus: Path, graph: Path, settings: Settings) -> None:
    """Files of an earlier attempt with other shards are not used."""
    run = stages.discover(settings, [str(corpus)], graph, now=NOW)
    stages.recognise(settings, [Path(shard) for shard in stages.shards(run)])
    one = settings.model_copy(update={"ingest": settings.ingest.model_copy(update={"shard_characters": 10**6})})
    assert stages.discover(one, [str(corpus)], graph, now=NOW) == run
    assert len(stages.shards(run)) == 1
    assert not list(run.glob("annotated-*"))


BAD = {
    "ontology without labels": ("ontology", "bare.ttl", OntologyError, "rdfs:label"),
    "missing ontology": ("ontology", "none.ttl", MissingError, "none.ttl"),
    "missing model": ("model", "nowhere", MissingError, "nowhere"),
    "another model": ("model", "other", CheckpointError, "other"),
    "missing gazetteer": ("recognise.gazetteer", "none.jsonl", MissingError, "none.jsonl"),
    "gazetteer that is none": ("recognise.gazetteer", "bare.ttl", InputError, "bare.ttl"),
    "missing pipeline": ("recognise.pipeline", "xx_no_such_pipeline", SettingError, "xx_no_such_pipeline"),
    "absent device": ("device", "cuda:63", SettingError, "cuda:63"),
    "precision without calibration": ("accept.precision", 0.9, SettingError, "accept.precision"),
}


@pytest.mark.parametrize("name", BAD)
def test_wrong_setting_is_told_first(
    name: str, corpus: Path, graph: Path, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting that cannot be used is named on one line, and nothing is written."""
    key, value, error, part = BAD[name]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bare.ttl").write_text("<urn:a> a <http://www.w3.org/2002/07/owl#ObjectProperty> .\n", encoding="utf-8")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "config.json").write_text('{"kind": "other"}', encoding="utf-8")
    fine = {"model": settings.model, "device": "cpu"}
    wrong = load_settings(environment={}, overrides=fine | {key: value})
    with pytest.raises(error) as caught:
        stages.discover(wrong, [str(corpus)], graph, now=NOW)
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not graph.exists()


def test_missing_path_is_told_first(graph: Path, settings: Settings) -> None:
    """A path that does not exist is named, and nothing is written."""
    with pytest.raises(MissingError, match="no-such-folder"):
        stages.build(settings, ["no-such-folder"], graph, now=NOW)
    assert not graph.exists()


def test_graph_in_use_is_told_first(build: Build, corpus: Path, graph: Path) -> None:
    """A graph that is open elsewhere is named before a document is read, and nothing changes."""
    build()
    (corpus / "new.txt").write_text("Alan Turing visited Rome.", encoding="utf-8")
    with GraphStore.open(graph / "store"):
        before = _files(graph)
        with pytest.raises(StoreError, match="in use by another process"):
            build()
        assert _files(graph) == before


@pytest.mark.parametrize("below", ["", "/deeper"])
def test_graph_that_is_a_file(build: Build, tmp_path: Path, below: str) -> None:
    """A graph whose path is a file, or leads through one, is refused with the file's name."""
    file = tmp_path / "file"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(StoreError, match="is a file"):
        build(into=Path(f"{file}{below}"))
    assert file.read_text(encoding="utf-8") == "mine"


def test_system_error_names_the_graph(build: Build, graph: Path) -> None:
    """A folder that cannot be written as it must be gives an error of ours."""
    graph.mkdir()
    (graph / "runs").write_text("in the way", encoding="utf-8")
    with pytest.raises(KgbuildError, match=r"runs.*name a folder that may be"):
        build()


def _files(graph: Path) -> dict[str, bytes]:
    """What the runs of a graph have left."""
    return {str(path.relative_to(graph)): path.read_bytes() for path in graph.glob("runs/*/*")}


def _sources(graph: Path) -> str:
    rows = stages.query(graph, "SELECT ?source { ?document dcterms:source ?source }", format="csv")
    assert isinstance(rows, str)
    return rows
