"""What the graph of runs tells of a document."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.config import Settings
from kgbuild.errors import MissingError
from kgbuild.stages import BuildSummary

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

Build = Callable[..., BuildSummary]


def test_every_event_is_told_in_order(build: Build, settings: Settings, corpus: Path, graph: Path) -> None:
    """Added, changed, removed, added again, retracted and restored come with digest, triples, model and threshold."""
    file, text = corpus / "ada.txt", (corpus / "ada.txt").read_text(encoding="utf-8")
    first = build(file)
    file.write_text("Ada Lovelace met Mary Somerville in Rome.", encoding="utf-8")
    strict = settings.model_copy(update={"accept": settings.accept.model_copy(update={"threshold": 1.0})})
    build(file, given=strict)
    file.unlink()
    (corpus / "grace.md").unlink()
    build()
    file.write_text(text, encoding="utf-8")
    build(file)
    stages.retract(graph, [str(file)], now=NOW - timedelta(days=9), reason="a forgery")
    last = stages.restore(graph, [str(file)], now=NOW, reason="it was none")
    told = stages.history(graph, str(file))
    assert [entry.action for entry in told] == ["added", "changed", "removed", "added", "retracted", "restored"]
    digests = [entry.digest for entry in told]
    assert digests[0] == digests[3] == digests[4] == digests[5] != digests[1] == digests[2]
    assert [entry.triples for entry in told] == [first.triples, 0, 0, first.triples, 0, 0]
    assert first.triples > 0
    assert [entry.threshold for entry in told] == [0.05, 1.0, None, 0.05, None, None]
    assert [entry.reason for entry in told] == ["", "", "", "", "a forgery", "it was none"]
    assert (told[0].run, told[-1].run) == (first.run, last.run)
    assert {(entry.source, bool(entry.model), bool(entry.ontology)) for entry in told[:2]} == {
        (file.as_uri(), True, True)
    }
    assert (told[2].model, told[4].model) == ("", "")
    assert told[4].when == "2025-12-24T03:04:05Z"


def test_several_documents_are_told_one_by_one(build: Build, corpus: Path, graph: Path) -> None:
    """A path that names several documents gives the history of each."""
    build()
    told = stages.history(graph, str(corpus / "letters.jsonl"))
    assert [entry.action for entry in told] == ["added", "added"]
    assert len({entry.document for entry in told}) == 2


def test_unknown_document_is_named(build: Build, corpus: Path, graph: Path) -> None:
    """A document that the graph never held is named with the nearest."""
    build()
    with pytest.raises(MissingError, match=r"ada\.text' is not in the graph; the nearest are 'file:.*/ada\.txt'"):
        stages.history(graph, str(corpus / "ada.text"))


def test_killed_write_tells_each_change_once(
    build: Build, corpus: Path, graph: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that broke off after documents were written and others dropped tells each change once, as it was."""

    def fail(*_: object, **__: object) -> None:
        raise InterruptedError

    build()
    (corpus / "ada.txt").write_text("Ada Lovelace met Mary Somerville in Rome.", encoding="utf-8")
    (corpus / "new.txt").write_text("Alan Turing visited Rome with Grace Hopper.", encoding="utf-8")
    (corpus / "grace.md").unlink()
    with monkeypatch.context() as patch:
        patch.setattr("kgbuild.graph.GraphStore.put_run", fail)
        with pytest.raises(Exception, match="cannot be used"):
            build()
    build()
    told = {name: stages.history(graph, str(corpus / name)) for name in ("ada.txt", "new.txt", "grace.md")}
    assert {name: [entry.action for entry in entries] for name, entries in told.items()} == {
        "ada.txt": ["added", "changed"],
        "new.txt": ["added"],
        "grace.md": ["added", "removed"],
    }
