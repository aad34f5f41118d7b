"""The DAGs load lightly, promise what the start-up keeps, and turn documents into a graph, once."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kgbuild import stages
from kgbuild.config import IngestSettings, Settings

ROOT = Path(__file__).resolve().parents[2]
DAGS, HERE = ROOT / "dags", Path(__file__).parent
BIN = Path(sys.executable).parent
POOLS = json.loads((ROOT / "tools" / "pools.json").read_text(encoding="utf-8"))
INGEST, EXPORT, RETRACT = "kgbuild_ingest", "kgbuild_export", "kgbuild_retract"
TEXTS = {
    "ada.txt": "Ada Lovelace was born in London in 1815. She worked with Charles Babbage in London.",
    "marie.md": "# Marie Curie\n\nMarie Curie was born in Warsaw, the capital of Poland, on 7 November 1867.\n",
}

needs_model = pytest.mark.skipif(
    not (Settings().model / "weights.safetensors").exists(),
    reason="the trained model is not there yet; make model trains it",
)


def environment(home: Path, **more: str) -> dict[str, str]:
    """An environment with an Airflow of its own, and nothing of the user's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "KGBUILD_"))}
    return kept | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "PYTHONWARNINGS": "ignore",
        **more,
    }


def last_json(command: list[object], env: dict[str, str]) -> Any:
    """What a program says on its last line."""
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, cwd=env["AIRFLOW_HOME"])
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What Airflow makes of the DAG files, with a schedule in the environment."""
    home = tmp_path_factory.mktemp("airflow")
    schedule = {"AIRFLOW_VAR_KGBUILD_SCHEDULE": "*/7 * * * *"}
    return last_json([sys.executable, HERE / "facts.py", DAGS], environment(home, **schedule))


def test_all_dags_load(facts):
    """All DAGs are there and no file fails to import."""
    assert facts["errors"] == {}
    assert set(facts["dags"]) == {INGEST, EXPORT, RETRACT}


def test_parsing_is_light(facts):
    """Parsing imports no heavy library, not even kgbuild, and takes less than three seconds of the processor."""
    assert facts["heavy"] == []
    assert facts["seconds"] < 3


def test_ingestion_keeps_its_schedule(facts):
    """The ingestion runs on the schedule of the environment, one run at a time, and makes up for none it missed."""
    ingest = facts["dags"][INGEST]
    assert (ingest["schedule"], ingest["max_active_runs"], ingest["catchup"]) == ("*/7 * * * *", 1, False)


def test_export_follows_the_asset(facts):
    """The export is scheduled by the asset that the ingestion changes, not by a clock."""
    assert "kgbuild_graph" in facts["dags"][EXPORT]["schedule"]


def test_retraction_waits_for_an_operator(facts):
    """The retraction has no schedule, one task, and one run at a time; it takes names of documents, at least one."""
    retract = facts["dags"][RETRACT]
    assert (retract["schedule"], retract["downstream"], retract["max_active_runs"]) == ("None", {"retract": []}, 1)
    assert facts["named"] == [["a.txt", "urn:b"]]


def test_tasks_follow_each_other(facts):
    """The ingestion is one chain with three mapped stages; nothing is published before it was validated."""
    ingest, export = facts["dags"][INGEST], facts["dags"][EXPORT]
    assert ingest["downstream"] == {
        "discover": ["recognise", "resolve", "write"],
        "recognise": ["score"],
        "score": ["accept"],
        "accept": ["write"],
        "write": ["resolve"],
        "resolve": [],
    }
    assert set(ingest["mapped"]) == {"recognise", "score", "accept"}
    assert export["downstream"]["validate"] == ["statistics", "trig", "turtle"]


def test_start_up_creates_every_pool(facts):
    """A task of an unknown pool would wait for ever: the start-up creates each pool that a task names."""
    named = {pool for dag in facts["dags"].values() for pool in dag["pools"].values()}
    assert named - {"default_pool"} == set(POOLS)


def test_one_process_holds_the_store(facts):
    """Every task that opens the store is in the pool `graph_writer`, which has one slot."""
    pools = {task: pool for dag in facts["dags"].values() for task, pool in dag["pools"].items()}
    opening = {"discover", "write", "resolve", "validate", "turtle", "trig", "statistics", "retract"}
    assert {task for task, pool in pools.items() if pool == "graph_writer"} == opening
    assert POOLS["graph_writer"]["slots"] == 1


def test_mapped_lists_are_bounded(facts):
    """No setting allows more shards in a run than Airflow maps."""
    [bound] = [item.le for item in IngestSettings.model_fields["max_shards"].metadata if hasattr(item, "le")]
    assert bound <= facts["largest_map"]


def test_threshold_and_precision_are_validated(facts):
    """Outside 0 to 1, or no number, is refused; a threshold may be either end, a precision neither; none is taken."""
    assert facts["refused"] == {"threshold": [-0.1, 1.5, "high"], "precision": [-0.1, 0, 1, 1.5, "high"]}


def test_threshold_and_precision_exclude_each_other(facts):
    """Each reaches the settings, the threshold without a precision; both together are an error that says so."""
    one, other, both = facts["wanted"]
    assert one == [0.3, None]
    assert other[1] == 0.8
    assert both == "parameters threshold 0.3 and precision 0.8 exclude each other; give one"


def test_return_values_stay_out_of_the_logs(facts):
    """No task writes its return value into the log."""
    assert [task for dag in facts["dags"].values() for task in dag["logged"]] == []


def test_only_what_may_pass_is_tried_again(facts):
    """A store in use, and lost connections anywhere in the chain of causes, are tried again; what is refused is not."""
    retried = {"in use": "retry", "lost": "retry", "timeout": "retry"}
    assert facts["retries"] == retried | {"input": "fail", "store": "fail", "unknown": "default"}


def test_ingestion_waits_longer_each_time(facts):
    """Each task of the ingestion waits twice as long before its second retry as before its first."""
    assert facts["dags"][INGEST]["backoff"] == [2.0]


def test_dags_follow_airflow_3():
    """Ruff finds nothing in the DAG files that Airflow 3 has left behind."""
    done = subprocess.run(
        [BIN / "ruff", "check", "--select", "AIR", "--no-cache", DAGS], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def run_dags(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[dict]]:
    """Runs DAGs one after the other, in a process and an Airflow of their own."""
    env = environment(tmp_path_factory.mktemp("airflow"))
    subprocess.run([BIN / "airflow", "db", "migrate"], env=env, capture_output=True, check=True)

    def run(*runs: tuple[str, dict]) -> list[dict]:
        return last_json([sys.executable, HERE / "whole_run.py", DAGS, json.dumps(runs)], env)

    return run


@pytest.mark.slow
def test_no_corpus_is_refused(run_dags, tmp_path):
    """A run without a corpus fails before it touches a graph: it would retract every document."""
    settings, graph = tmp_path / "kgbuild.toml", tmp_path / "graph"
    settings.write_text("", encoding="utf-8")
    [result] = run_dags((INGEST, {"settings": str(settings), "graph": str(graph)}))
    assert (result["state"], result["tasks"]["discover[-1]"]) == ("failed", "failed")
    assert not graph.exists()


@needs_model
@pytest.mark.slow
def test_documents_become_a_graph_once(run_dags, tmp_path):
    """Documents become a graph and its files; a second run changes no byte and tells nobody; a vanished one leaves."""
    corpus, graph, again = tmp_path / "corpus", tmp_path / "graph", tmp_path / "again"
    corpus.mkdir()
    for name, text in TEXTS.items():
        (corpus / name).write_text(text, encoding="utf-8")
    ingest = (INGEST, {"corpus": [str(corpus)], "graph": str(graph), "threshold": 0.3})

    first, export, second, _ = run_dags(
        ingest, (EXPORT, {"graph": str(graph)}), ingest, (EXPORT, {"graph": str(graph), "out": str(again)})
    )
    assert (first["state"], export["state"], second["state"]) == ("success", "success", "success")
    done = {"discover[-1]", "recognise[0]", "score[0]", "accept[0]", "write[-1]"}
    assert first["tasks"] == dict.fromkeys(done, "success") | {"resolve[-1]": "skipped"}
    [event] = first["events"]
    assert (event["graph"], event["documents"]["added"]) == (str(graph), 2)
    assert event["triples"] > 0
    assert "Warsaw" in (graph / "export" / "graph.ttl").read_text(encoding="utf-8")
    assert documents(graph / "export") == 2
    assert {task: state for task, state in second["tasks"].items() if state != "skipped"} == {"discover[-1]": "success"}
    assert second["events"] == []
    assert (again / "graph.trig").read_bytes() == (graph / "export" / "graph.trig").read_bytes()

    (corpus / "ada.txt").unlink()
    third, _ = run_dags(ingest, (EXPORT, {"graph": str(graph)}))
    assert (third["tasks"]["accept[-1]"], third["tasks"]["write[-1]"]) == ("skipped", "success")
    assert third["events"][0]["documents"]["removed"] == 1
    assert documents(graph / "export") == 1


@pytest.mark.slow
def test_retraction_tells_the_export(run_dags, small_settings, tmp_path):
    """A document is retracted once, with its reason; the event names the graph; again nobody is told; unknown fails."""
    corpus, graph = tmp_path / "corpus", tmp_path / "graph"
    corpus.mkdir()
    for name, text in TEXTS.items():
        (corpus / name).write_text(text, encoding="utf-8")
    stages.build(small_settings, [str(corpus)], graph, now=datetime(2026, 1, 1, tzinfo=UTC))
    asked = {"graph": str(graph), "documents": [str(corpus / "ada.txt")], "reason": "a forgery"}
    other = asked | {"documents": [(corpus / "marie.md").as_uri()]}
    unknown = asked | {"documents": ["nowhere.txt"]}
    first, export, wrong, _, again = run_dags(
        (RETRACT, asked), (EXPORT, {"graph": str(graph)}), (RETRACT, unknown), (RETRACT, other), (RETRACT, asked)
    )
    assert [run["state"] for run in (first, export, wrong, again)] == ["success", "success", "failed", "success"]
    [event] = first["events"]
    assert (event["graph"], event["documents"]) == (str(graph), [(corpus / "ada.txt").as_uri()])
    assert documents(graph / "export") == 1
    assert stages.history(graph, str(corpus / "ada.txt"))[-1].reason == "a forgery"
    assert (wrong["events"], again["events"]) == ([], [])
    assert (wrong["tasks"], again["tasks"]) == ({"retract[-1]": "failed"}, {"retract[-1]": "skipped"})


@pytest.mark.slow
def test_a_graph_with_a_violation_is_not_exported(run_dags, small_settings, tmp_path):
    """A probability above 1, planted in the store, fails the check and the run; no file is written or changed."""
    import pyoxigraph as ox

    from kgbuild.graph import GraphStore

    corpus, graph, out = tmp_path / "corpus", tmp_path / "graph", tmp_path / "out"
    corpus.mkdir()
    (corpus / "ada.txt").write_text(TEXTS["ada.txt"], encoding="utf-8")
    stages.build(small_settings, [str(corpus)], graph, now=datetime(2026, 1, 1, tzinfo=UTC))
    stages.export(graph, out / "graph.ttl")
    before = (out / "graph.ttl").read_bytes()
    with GraphStore.open(graph / "store") as store:
        old = min((quad for quad in store.quads() if quad.predicate.value.endswith("#confidence")), key=str)
        wrong = ox.Quad(old.subject, old.predicate, ox.Literal("1.5", datatype=old.object.datatype), old.graph_name)
        store.revise([old], [wrong])
    fresh, again = run_dags((EXPORT, {"graph": str(graph)}), (EXPORT, {"graph": str(graph), "out": str(out)}))
    after = dict.fromkeys(("turtle[-1]", "trig[-1]", "statistics[-1]"), "upstream_failed")
    for run in (fresh, again):
        assert (run["state"], run["tasks"]) == ("failed", {"validate[-1]": "failed"} | after)
    assert not (graph / "export").exists()
    assert [path.name for path in out.iterdir()] == ["graph.ttl"]
    assert (out / "graph.ttl").read_bytes() == before


def documents(folder: Path) -> int:
    """How many documents the exported statistics count."""
    return json.loads((folder / "statistics.json").read_text(encoding="utf-8"))["documents"]
