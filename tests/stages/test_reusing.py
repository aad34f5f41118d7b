"""Other settings redo only what they touch."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kgbuild.calibration import Calibration
from kgbuild.checkpoint import save_calibration
from kgbuild.config import Settings
from kgbuild.errors import HandoffError
from kgbuild.stages import BuildSummary, DocumentCounts

Build = Callable[..., BuildSummary]
Statements = Callable[[Path], str]


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The sources of the documents that are read and scored, as they go through."""
    from kgbuild.recognise import annotate
    from kgbuild.score import predict

    done: dict[str, list[str]] = {"recognise": [], "score": []}

    def noted(stage: str, items: Iterator[object], name: Callable[..., str]) -> Iterator[object]:
        for item in items:
            done[stage].append(name(item).rsplit("/", 1)[-1])
            yield item

    def recognise(items, nlp, completion):
        return read(noted("recognise", items, lambda item: item.source), nlp, completion)

    def score(items, scorer):
        return scored(noted("score", items, lambda item: item.document.source), scorer)

    read, scored = annotate.recognise, predict.score
    monkeypatch.setattr(annotate, "recognise", recognise)
    monkeypatch.setattr(predict, "score", score)
    return done


def _with(settings: Settings, room: str, **values: object) -> Settings:
    return settings.model_copy(update={room: getattr(settings, room).model_copy(update=values)})


def _bare(lines: str) -> list[str]:
    """Statements, those about runs left out."""
    return [line for line in lines.splitlines() if "/graph/runs>" not in line and "/run/" not in line]


def _clear(work: dict[str, list[str]]) -> None:
    for found in work.values():
        found.clear()


def test_threshold_redoes_acceptance_alone(
    build: Build, settings: Settings, tmp_path: Path, graph: Path, work, statements: Statements
) -> None:
    """Another threshold, and the first one again, takes the scores that are kept: nothing is read or scored."""
    build()
    before = _bare(statements(graph))
    _clear(work)
    strict = _with(settings, "accept", threshold=0.5)
    assert build(given=strict).documents == DocumentCounts(changed=5, reaccepted=5)
    assert work == {"recognise": [], "score": []}
    build(given=strict, into=tmp_path / "fresh")
    assert _bare(statements(graph)) == _bare(statements(tmp_path / "fresh")) != before
    _clear(work)
    assert build().documents.reaccepted == 5
    assert work == {"recognise": [], "score": []}
    assert _bare(statements(graph)) == before


def test_calibration_redoes_acceptance_alone(
    build: Build, settings: Settings, tmp_path: Path, graph: Path, work, statements: Statements
) -> None:
    """Another calibration of the same weights takes the scores that are kept."""
    build()
    _clear(work)
    save_calibration(tmp_path / "model", Calibration(temperature=2.0), source=settings.model, facts={"on": "else"})
    other = settings.model_copy(update={"model": tmp_path / "model"})
    assert build(given=other).documents.reaccepted == 5
    assert work == {"recognise": [], "score": []}
    build(given=other, into=tmp_path / "fresh")
    assert _bare(statements(graph)) == _bare(statements(tmp_path / "fresh"))


def test_scoring_and_ontology_keep_the_mentions(
    build: Build, settings: Settings, tmp_path: Path, graph: Path, work, statements: Statements
) -> None:
    """Another window or ontology scores all pairs anew and finds no name again."""
    build()
    _clear(work)
    near = _with(settings, "score", window=0)
    assert build(given=near).documents == DocumentCounts(changed=5, rescored=5)
    assert (work["recognise"], len(work["score"])) == ([], 5)
    build(given=near, into=tmp_path / "fresh")
    assert _bare(statements(graph)) == _bare(statements(tmp_path / "fresh"))
    ontology = tmp_path / "other.ttl"
    ontology.write_text(settings.ontology.read_text(encoding="utf-8").replace('"knows"', '"met"'), encoding="utf-8")
    _clear(work)
    assert build(given=near.model_copy(update={"ontology": ontology})).documents.rescored == 5
    assert work["recognise"] == []


def test_recogniser_redoes_everything(build: Build, settings: Settings, tmp_path: Path, work) -> None:
    """Another gazetteer keeps nothing, since it may find other names."""
    build()
    _clear(work)
    names = tmp_path / "names.jsonl"
    names.write_text('{"label": "PER", "pattern": "Ada Lovelace"}\n', encoding="utf-8")
    assert build(given=_with(settings, "recognise", gazetteer=names)).documents == DocumentCounts(changed=5)
    assert len(work["recognise"]) == len(work["score"]) == 5


def test_new_documents_alone_are_read(
    build: Build, settings: Settings, corpus: Path, tmp_path: Path, graph: Path, work, statements: Statements
) -> None:
    """Beside another threshold, a new document and one with another text are read, the others only accepted anew."""
    build()
    (corpus / "ada.txt").write_text("Ada Lovelace met Mary Somerville in Rome.", encoding="utf-8")
    (corpus / "new.txt").write_text("Alan Turing visited Rome with Grace Hopper.", encoding="utf-8")
    _clear(work)
    strict = _with(settings, "accept", threshold=0.5)
    assert build(given=strict).documents == DocumentCounts(added=1, changed=5, reaccepted=4)
    assert work == {"recognise": ["ada.txt", "new.txt"], "score": ["ada.txt", "new.txt"]}
    build(given=strict, into=tmp_path / "fresh")
    assert _bare(statements(graph)) == _bare(statements(tmp_path / "fresh"))


def test_deleted_files_are_made_anew(build: Build, settings: Settings, graph: Path, work) -> None:
    """Where scores were deleted the mentions are taken; where both were, or the folder, everything is done again."""
    for path in Path(build().folder).glob("scored-*"):
        path.unlink()
    strict = _with(settings, "accept", threshold=0.5)
    done = build(given=strict)
    assert done.documents.rescored == 5
    for path in (*Path(done.folder).glob("scored-*"), *Path(done.folder).glob("annotated-*")):
        path.unlink()
    assert build().documents == DocumentCounts(changed=5)
    shutil.rmtree(graph / "runs")
    assert build(given=strict).documents == DocumentCounts(changed=5)


def test_damaged_file_is_named_with_its_folder(build: Build, settings: Settings) -> None:
    """A file that cannot be read is named with what to delete, and the build that needs it writes nothing."""
    folder = Path(build().folder)
    (folder / "scored-0000.parquet").write_bytes(b"noise")
    with pytest.raises(HandoffError, match=r"scored-0000\.parquet.*delete that folder and build again"):
        build(given=_with(settings, "accept", threshold=0.5))
    shutil.rmtree(folder)
    assert build(given=_with(settings, "accept", threshold=0.5)).documents.changed == 5


@pytest.mark.parametrize(("most", "kept"), [(1, 0), (2, 4), (3, 4)])
def test_shards_stay_bounded(most: int, kept: int, build: Build, settings: Settings, corpus: Path, graph: Path) -> None:
    """No run has more shards than are allowed; where one alone is, nothing is taken."""
    few = _with(settings, "ingest", max_shards=most, shard_characters=1)
    build(given=few)
    (corpus / "ada.txt").write_text("Ada Lovelace met Mary Somerville in Rome.", encoding="utf-8")
    (corpus / "new.txt").write_text("Alan Turing visited Rome with Grace Hopper.", encoding="utf-8")
    done = build(given=_with(few, "accept", threshold=0.5))
    assert done.documents.reaccepted == kept
    assert len(list(Path(done.folder).glob("documents-*"))) <= most
