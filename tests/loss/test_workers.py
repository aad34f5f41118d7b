"""Nothing is lost when Airflow loses a task, a worker or its scheduler, or runs again what had succeeded."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

import psutil
import pytest

from kgbuild import stages
from kgbuild.config import Settings

TOOLS = Path(__file__).parents[2] / "tools"
INGEST, EXPORT = "kgbuild_ingest", "kgbuild_export"
TASKS = ("discover", "recognise", "score", "accept", "write")
LATER = "resolve"
"""The task that is skipped, since no setting asks for it."""
SOON = {
    "AIRFLOW__CORE__MAX_TASK_RETRY_DELAY": "1",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "2",
}
"""What shortens the minutes until Airflow notices that a process is gone; less and it takes a slow one for dead.

The files of the DAGs are read once: they stay as they are."""
DOCUMENTS = 150
"""Enough for scoring and writing to take some tenths of a second, in which they can be caught."""
TEXT = "In {year} Ada Lovelace wrote to Charles Babbage. At Harvard Grace Hopper met Howard Aiken in {year}."
AT_WORK = {"score": "runs/*/.scored-*.part", "write": "pending"}
"""What lies in a graph's folder while a task is at work, and no longer."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@dataclass(frozen=True, slots=True)
class Site:
    """An Airflow that runs, and what its DAGs work on."""

    tools: ModuleType
    """`tools/local_airflow.py`."""
    components: Any
    """Its processes."""
    api: Any
    """Its REST API."""
    folder: Path
    """Where the graphs are."""

    def wait(self, found: Callable[[], Any], *, what: str, every: float = 0.2) -> Any:
        """What `found` gives, once it gives something; fails when that takes minutes."""
        return self.tools.wait_for(found, seconds=240, what=what, every=every)


@dataclass(frozen=True, slots=True)
class Ingestion:
    """A run of the ingestion."""

    site: Site
    """Where it runs."""
    graph: Path
    """Its graph's folder."""
    run: str
    """Its name."""

    def caught(self, task: str) -> psutil.Process:
        """The process of a task, at work."""
        process = psutil.Process(self.site.wait(lambda: self._running(task), what=f"{task} to run"))
        self.site.wait(partial(self.is_at_work, task), what=f"{task} to work", every=0.001)
        return process

    def is_at_work(self, task: str) -> bool:
        """Whether what the task is about to write lies there, not whole yet."""
        return any(self.graph.glob(AT_WORK[task]))

    def tries(self) -> dict[str, int]:
        """How often each task has been begun."""
        return {name: task["try_number"] for name, task in self._tasks().items()}

    def end(self) -> None:
        """Nothing, when the run has ended well."""
        assert self.site.wait(self._ended, what=f"{self.graph.name} to end") == "success", self._tasks()

    def clear(self, tasks: Sequence[str]) -> None:
        """Nothing; the tasks have succeeded and run again, to the end."""
        wanted = {"dag_run_id": self.run, "task_ids": tasks, "only_failed": False, "dry_run": False}
        cleared = self.site.api.post(f"/dags/{INGEST}/clearTaskInstances", wanted)["task_instances"]
        assert sorted(task["task_id"] for task in cleared) == sorted(tasks)
        self.end()

    def statements(self) -> list[bytes]:
        """The graph's N-Quads, without the times of runs; the graph is sound and nothing half-written lies in it."""
        found = [path for path in self.graph.rglob("*") if path.name == "pending" or path.name.startswith(".")]
        assert found == []
        assert stages.verify(self.graph).faults == ()
        out = self.graph.with_suffix(".nq")
        stages.export(self.graph, out)
        return [line for line in out.read_bytes().splitlines() if b"AtTime>" not in line]

    def _tasks(self) -> dict[str, dict[str, Any]]:
        found = self.site.api.get(f"/dags/{INGEST}/dagRuns/{quote(self.run)}/taskInstances")["task_instances"]
        return {task["task_id"]: task for task in found}

    def _running(self, name: str) -> int | None:
        task = self._tasks()[name]
        return task["pid"] if task["state"] == "running" else None

    def _ended(self) -> str | None:
        state = self.site.api.get(f"/dags/{INGEST}/dagRuns/{quote(self.run)}")["state"]
        return state if state in {"success", "failed"} else None


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An Airflow whose processes are gone after the tests."""
    folder = tmp_path_factory.mktemp("workers")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("KGBUILD_")]:
            patch.delenv(name)
        patch.syspath_prepend(str(TOOLS))
        import airflow_api
        import local_airflow as tools

        prepared = tools.prepare(folder / "airflow", port=tools.free_port(), settings=folder / "kgbuild.toml")
        airflow = replace(prepared, environment={**prepared.environment, **SOON})
        with tools.running(airflow) as components:
            api = airflow_api.Api(airflow.url, airflow.password)
            api.patch(f"/dags/{EXPORT}", {"is_paused": True})  # else it would hold the graphs that are looked at
            yield Site(tools, components, api, folder)


@pytest.fixture(scope="module")
def begin(site: Site, small_settings: Settings, as_toml: Callable[[Settings], str]) -> Callable[[str], Ingestion]:
    """Starts an ingestion of one corpus, in one shard, into a graph of the name given."""
    corpus, settings = site.folder / "corpus", site.folder / "kgbuild.toml"
    corpus.mkdir()
    for number in range(DOCUMENTS):
        (corpus / f"{number:03}.txt").write_text(TEXT.format(year=1800 + number), encoding="utf-8")
    ingest = small_settings.ingest.model_copy(update={"shard_characters": 1_000_000})
    settings.write_text(as_toml(small_settings.model_copy(update={"ingest": ingest})), encoding="utf-8")

    def start(name: str) -> Ingestion:
        conf = {"corpus": [str(corpus)], "graph": str(site.folder / name)}
        run = site.api.post(f"/dags/{INGEST}/dagRuns", {"logical_date": None, "conf": conf})
        return Ingestion(site, site.folder / name, run["dag_run_id"])

    return start


@pytest.fixture(scope="module")
def whole(begin: Callable[[str], Ingestion]) -> Ingestion:
    """A run that nobody disturbed."""
    run = begin("whole")
    run.end()
    assert run.tries() == dict.fromkeys((*TASKS, LATER), 1)
    return run


def test_task_and_worker_that_are_killed(begin: Callable[[str], Ingestion], whole: Ingestion) -> None:
    """A task that is killed, and one that is killed with its worker, are tried again, and the graph is the same."""
    run = begin("killed")
    scoring = run.caught("score")
    scoring.kill()
    scoring.wait()
    assert run.is_at_work("score"), "the task had ended before it was killed"
    writing = run.caught("write")
    writing.suspend()
    worker = writing.parent()
    assert "LocalExecutor" in " ".join(worker.cmdline())
    worker.kill()
    writing.kill()
    assert run.is_at_work("write"), "the task had ended before it was killed"
    run.end()
    tries = run.tries()
    assert (tries["score"], tries["write"]) == (2, 2)
    assert run.statements() == whole.statements()


def test_scheduler_that_is_killed(begin: Callable[[str], Ingestion], whole: Ingestion) -> None:
    """A scheduler killed with all its workers and tasks, and started again, goes on; the graph is the same."""
    run = begin("scheduler")
    writing = run.caught("write")
    run.site.components.kill("scheduler")
    assert not writing.is_running() or writing.status() == psutil.STATUS_ZOMBIE
    assert run.is_at_work("write"), "the task had ended before it was killed"
    run.site.components.start("scheduler")
    run.end()
    assert run.statements() == whole.statements()


def test_tasks_that_had_succeeded_run_again(whole: Ingestion) -> None:
    """The last tasks of a run, then all, are cleared and run again: the graph is the same, nothing is in it twice."""
    before = whole.statements()
    assert len(set(before)) == len(before) > DOCUMENTS
    whole.clear(TASKS[-2:])
    assert whole.tries() == dict.fromkeys((*TASKS, LATER), 1) | {"accept": 2, "write": 2}
    assert whole.statements() == before
    whole.clear(TASKS)
    tries = whole.tries()
    assert (tries["discover"], tries["write"]) == (2, 3)
    assert whole.statements() == before
