"""What changed in the graph between two runs."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.errors import MissingError
from kgbuild.graph import GraphStore, facts_of_document
from kgbuild.stages import BuildSummary, RunDiff

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

Build = Callable[..., BuildSummary]
Facts = set[tuple[str, str]]


@pytest.fixture
def runs(build: Build, corpus: Path, graph: Path) -> list[str]:
    """The names of four runs: all added; one changed, one added, one removed; one retracted; one changed again."""
    build()
    (corpus / "ada.txt").write_text("Ada Lovelace met Mary Somerville in Rome.", encoding="utf-8")
    (corpus / "new.txt").write_text("Alan Turing visited Rome with Grace Hopper.", encoding="utf-8")
    (corpus / "grace.md").unlink()
    build()
    stages.retract(graph, [str(corpus / "mary.html")], now=NOW)
    (corpus / "ada.txt").write_text("Ada Lovelace worked with Charles Babbage in London.", encoding="utf-8")
    build()
    return sorted((path.name for path in (graph / "runs").iterdir()), key=lambda name: _place(graph, name))


def _place(graph: Path, name: str) -> int:
    """How many runs came before it."""
    plan = json.loads((graph / "runs" / name / "plan.json").read_text(encoding="utf-8"))
    return 1 + _place(graph, plan["previous"].rsplit("/", 1)[-1]) if plan["previous"] else 0


def _facts(graph: Path) -> Facts:
    """All that the graph states now, by document."""
    with GraphStore.open(graph / "store") as store:
        return {
            (iri, f"{fact.subject.value} {fact.predicate.value} {fact.object.value}")
            for iri in store.catalogue()
            for fact in facts_of_document(store, iri)
        }


def _change(found: RunDiff, side: str) -> Facts:
    """The triples of one side, by document."""
    return {
        (patch.document, f"{item.subject} {item.predicate} {getattr(item.object, 'value', item.object)}")
        for patch in found.documents
        for item in getattr(patch, side)
    }


def test_diff_leads_from_one_state_to_the_other(build: Build, corpus: Path, graph: Path) -> None:
    """What is removed from and added to the earlier state gives the later one, in both directions."""
    build()
    states = [_facts(graph)]
    (corpus / "ada.txt").write_text("Ada Lovelace met Mary Somerville in Rome.", encoding="utf-8")
    (corpus / "new.txt").write_text("Alan Turing visited Rome with Grace Hopper.", encoding="utf-8")
    (corpus / "grace.md").unlink()
    build()
    states.append(_facts(graph))
    stages.retract(graph, [str(corpus / "mary.html")], now=NOW)
    states.append(_facts(graph))
    (corpus / "ada.txt").write_text("Ada Lovelace worked with Charles Babbage in London.", encoding="utf-8")
    build()
    states.append(_facts(graph))
    for first, before in enumerate(states):
        for second, after in enumerate(states):
            found = stages.diff(graph, f"latest~{3 - first}", f"latest~{3 - second}")
            assert found.missing == ()
            assert _change(found, "removed") == before - after
            assert _change(found, "added") == after - before
    assert len(set(map(frozenset, states))) == 4


def test_runs_are_named_in_three_ways(graph: Path, runs: list[str]) -> None:
    """An IRI, its last part and `latest~N` name the same run."""
    base = "https://w3id.org/kgbuild/run/"
    found = stages.diff(graph, f"{base}{runs[0]}", runs[3])
    assert (found.before, found.after) == (f"{base}{runs[0]}", f"{base}{runs[3]}")
    assert stages.diff(graph, "latest~3", "latest") == stages.diff(graph, "latest~3", "latest~0") == found
    assert stages.diff(graph, "latest", "latest").documents == ()


def test_unknown_run_is_named(graph: Path, runs: list[str]) -> None:
    """A run that is not there is named with what is expected, and with the nearest."""
    for name in ("latest~4", "latest~", "first", "https://w3id.org/kgbuild/run/nothing", ""):
        with pytest.raises(MissingError, match=r"run '.*' is not among the 4 runs .*'latest~N' with N below 4"):
            stages.diff(graph, name, "latest")
    with pytest.raises(MissingError, match=f"the nearest are '{runs[2]}'"):
        stages.diff(graph, "latest", runs[2][:-1])


def test_names_are_those_of_the_document(graph: Path, runs: list[str]) -> None:
    """A triple comes with the names of its parts, and with IRIs and values."""
    found = stages.diff(graph, "latest~1", "latest")
    [patch] = found.documents
    assert patch.source.endswith("/ada.txt")
    said = {(item.subject_name, item.predicate_name, item.object_name) for item in patch.removed}
    assert ("Ada Lovelace", "related to", "Rome") in said
    assert found.to_json()["documents"][0]["source"] == patch.source


def test_missing_file_is_named_and_the_rest_compared(graph: Path, runs: list[str], tmp_path: Path) -> None:
    """Without the files of a run its documents are known by number only; all others are compared; no patch is made."""
    whole = stages.diff(graph, "latest~2", "latest")
    lost = sorted((graph / "runs" / runs[1]).glob("claimed-*.parquet"))
    for path in lost:
        path.unlink()
    found = stages.diff(graph, "latest~2", "latest")
    [item] = found.missing
    assert item.source.endswith("/ada.txt")
    assert set(item.files) == set(map(str, lost))
    assert (item.before > 0, item.after > 0) == (True, True)
    assert found.documents == tuple(patch for patch in whole.documents if patch.document != item.document)
    with pytest.raises(MissingError, match=r"would lack 1 documents.*claimed-0000\.parquet' is missing"):
        stages.save_patch(found, tmp_path / "patch")
    assert not (tmp_path / "patch").exists()


def test_missing_folder_is_named(graph: Path, runs: list[str]) -> None:
    """When a run's plan, settings or whole folder is gone, it is named."""
    (graph / "runs" / runs[1] / "settings.json").unlink()
    [item] = stages.diff(graph, "latest~2", "latest").missing
    assert item.files == (str(graph / "runs" / runs[1] / "settings.json"),)


def test_patch_turns_one_state_into_the_other(graph: Path, runs: list[str], tmp_path: Path) -> None:
    """The two files are TriG that holds what was removed and what was added, in the graphs of their documents."""
    import pyoxigraph as ox

    found = stages.diff(graph, "latest~3", "latest")
    for side, path in zip(("removed", "added"), stages.save_patch(found, tmp_path / "a" / "patch"), strict=True):
        quads = ox.parse(path.read_text(encoding="utf-8"), format=ox.RdfFormat.TRIG)
        said = {
            (quad.graph_name.value, f"{quad.subject.value} {quad.predicate.value} {quad.object.value}")
            for quad in quads
        }
        assert said == _change(found, side) != set()
