"""A build that finds nothing to do costs next to nothing; how little is measured by `benchmarks/rerun.py`."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rerun import BUILD, turn, write_corpus

from kgbuild import stages
from kgbuild.config import Settings
from kgbuild.graph import GraphStore
from kgbuild.recognise import annotate
from kgbuild.score import predict
from kgbuild.stages import DocumentCounts

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HEAVY = {"torch", "spacy", "transformers", "charset_normalizer"}
LOADED = (
    "import sys; from kgbuild.cli import main; print(main(sys.argv[2:]), *set(sys.argv[1].split()) & set(sys.modules))"
)


def test_documents_are_the_same_each_time(tmp_path: Path) -> None:
    """The corpus of the benchmark is the same in each run, and as large as it is asked for."""
    one, other = (write_corpus(tmp_path / name, documents=3, sentences=2) for name in ("one", "other"))
    texts = [path.read_text(encoding="utf-8") for path in sorted(one.iterdir())]
    assert texts == [path.read_text(encoding="utf-8") for path in sorted(other.iterdir())]
    assert len(set(texts)) == 3


def test_nothing_is_found_scored_or_written_again(
    small_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second build of the same documents neither looks for names, nor scores pairs, nor writes into the graph."""
    corpus, graph = write_corpus(tmp_path / "corpus", documents=12, sentences=2), tmp_path / "graph"
    assert stages.build(small_settings, [str(corpus)], graph, now=NOW).documents == DocumentCounts(added=12)

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("done again")

    for module, name in ((annotate, "recognise"), (predict, "score"), (GraphStore, "_write"), (GraphStore, "_update")):
        monkeypatch.setattr(module, name, fail)
    again = stages.build(small_settings, [str(corpus)], graph, now=NOW)
    assert (again.documents, again.run) == (DocumentCounts(unchanged=12), None)
    assert len(list((graph / "runs").iterdir())) == 1


def test_a_turn_counts_what_its_build_did(tmp_path: Path) -> None:
    """A build of nothing is a turn of no documents that took some time, of the clock and of the processor."""
    (tmp_path / "corpus").mkdir()
    words = ["build", str(tmp_path / "corpus"), "--graph", str(tmp_path / "graph"), "--json"]
    done = turn([sys.executable, "-c", BUILD, *words], "unchanged")
    assert (done.kind, done.documents) == ("unchanged", 0)
    assert min(done.seconds, done.processor) > 0.01


def test_a_build_without_work_loads_no_model(tmp_path: Path) -> None:
    """A build that finds nothing to do, as shipped, imports neither torch nor spaCy nor what guesses encodings."""
    (tmp_path / "corpus").mkdir()
    command = [sys.executable, "-c", LOADED, " ".join(HEAVY), "build", str(tmp_path / "corpus")]
    done = subprocess.run(
        [*command, "--graph", str(tmp_path / "graph")], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.splitlines()[-1] == "0"
