"""Both DAGs once, through a real Airflow: the ingestion by hand, the export by the asset that it changes.

Prints what was done, the path of the Turtle file and the answer to a SPARQL query. Ends with 1 when a run failed.
"""

import argparse
import fcntl
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from airflow_api import AirflowFailedError, AirflowServerError, Api
from local_airflow import (
    Airflow,
    free_port,
    interrupt_on_signals,
    prepare,
    running,
    say,
    wait_for,
    write_settings,
)

__all__ = ["main"]

_INGEST, _EXPORT = "kgbuild_ingest", "kgbuild_export"
_KGBUILD = Path(sys.executable).with_name("kgbuild")
_FILES = ("graph.ttl", "graph.trig", "statistics.json")
"""What the export writes."""
_ENDED = {"success", "failed"}
_LOG_TAIL = 25
"""Lines of a failed task's log that are shown."""
_HOURS = 6
"""The longest that a run is waited for."""


def main() -> int:
    """Exit code: 0, or 1 when Airflow or a run failed."""
    interrupt_on_signals()
    options = _options()
    options.home.mkdir(parents=True, exist_ok=True)
    with (options.home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say(f"{options.home} is in use by another run; wait until it has ended, or name another with --home")
            return 1
        try:
            _run(options)
        except AirflowFailedError as error:
            say(str(error))
            return 1
        except KeyboardInterrupt:
            say("stopped")
            return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", nargs="+", required=True, help="files, folders, globs or URLs")
    parser.add_argument("--graph", type=Path, required=True, help="folder of the graph")
    parser.add_argument("--home", type=Path, required=True, help="folder of the Airflow, made anew for each run")
    parser.add_argument("--query", type=Path, help="file with the SPARQL query that is asked at the end")
    return parser.parse_args()


def _run(options: argparse.Namespace) -> None:
    home = options.home / "airflow"
    shutil.rmtree(home, ignore_errors=True)  # a run that was killed must not go on inside this one
    options.graph = options.graph.absolute()
    settings = write_settings(options.home / "kgbuild.toml", corpus=options.corpus, graph=options.graph)
    say(f"Preparing Airflow in {home}")
    airflow = prepare(home, port=free_port(), settings=settings)
    with running(airflow) as components:
        say(f"Airflow is ready on {airflow.url} for the length of this run")
        summary = _ingest(_Watched(Api(airflow.url, airflow.password), airflow, components.check), options.graph)
    _print_summary(summary)
    _print_answers(options)


@dataclass(frozen=True, slots=True)
class _Watched:
    """An Airflow that is running."""

    api: Api
    """Its REST API."""
    airflow: Airflow
    """Its home."""
    check: Callable[[], None]
    """Raises when a component has ended."""


def _ingest(watched: _Watched, graph: Path) -> dict[str, Any]:
    """The numbers of the ingestion, once the export has ended too."""
    api = watched.api
    run = _start(api, _INGEST)
    _follow(watched, _INGEST, run)
    summary = _summary(api, run)
    if summary["run"] is not None:
        for export in wait_for(lambda: _caused(api, run), seconds=120, what=f"the asset to start {_EXPORT}"):
            _follow(watched, _EXPORT, export)
    elif _outdated(graph):
        say("  nothing had changed, but the last export did not end")
        _follow(watched, _EXPORT, _start(api, _EXPORT))
    else:
        say("  nothing had changed, so nothing was written and no export followed")
    return summary


def _start(api: Api, dag: str) -> str:
    """The new run of a DAG, started by hand."""
    return str(api.post(f"/dags/{dag}/dagRuns", {"logical_date": None, "conf": {}})["dag_run_id"])


def _outdated(graph: Path) -> bool:
    """Whether the graph was written after its files: an export that failed is made up for."""
    written = [file.stat().st_mtime for file in graph.glob("runs/*/summary.json")]
    exported = [file.stat().st_mtime if file.exists() else 0.0 for file in (graph / "export" / name for name in _FILES)]
    return max(written, default=0.0) > min(exported)


def _summary(api: Api, run: str) -> dict[str, Any]:
    """What the task `write` tells about the run, also when nothing was written."""
    place = f"/dags/{_INGEST}/dagRuns/{quote(run)}/taskInstances/write/xcomEntries/summary?stringify=false"
    return dict(api.get(place)["value"])


def _caused(api: Api, run: str) -> list[str]:
    """Runs that the asset's events of an ingestion have started; none yet while one of them waits in the queue."""
    try:
        events = api.get(f"/assets/events?source_dag_id={_INGEST}&source_run_id={quote(run)}")["asset_events"]
    except AirflowServerError:  # Airflow 3.3 cannot tell of a run that has no start date yet
        return []
    return [started["run_id"] for event in events for started in event["created_dagruns"]]


def _follow(watched: _Watched, dag: str, run: str) -> None:
    """Prints each task as it ends; raises when the run fails."""
    say(f"{dag} {run}")
    api, place = watched.api, f"/dags/{dag}/dagRuns/{quote(run)}"
    shown: set[str] = set()

    def ended() -> str | None:
        watched.check()
        state = api.get(place)["state"]
        for task in api.get(f"{place}/taskInstances?limit=1000")["task_instances"]:
            if task["state"] in {"success", "failed", "skipped", "upstream_failed"} and _name(task) not in shown:
                shown.add(_name(task))
                say(f"  {_name(task):<16} {task['state']:<15} {task['duration'] or 0:5.1f} s")
        return state if state in _ENDED else None

    if wait_for(ended, seconds=_HOURS * 3600, what=f"{dag} to end") == "failed":
        raise AirflowFailedError("\n".join(_post_mortem(watched, dag, run)))


def _name(task: Mapping[str, Any]) -> str:
    index = task["map_index"]
    return str(task["task_id"]) if index < 0 else f"{task['task_id']}[{index}]"


def _post_mortem(watched: _Watched, dag: str, run: str) -> Iterator[str]:
    """What failed, and how its log ends."""
    tasks = watched.api.get(f"/dags/{dag}/dagRuns/{quote(run)}/taskInstances?state=failed")["task_instances"]
    yield f"{dag} failed in {', '.join(map(_name, tasks)) or 'no task of its own'}"
    for task in tasks[:3]:
        folder = watched.airflow.home / "logs" / f"dag_id={dag}" / f"run_id={run}" / f"task_id={task['task_id']}"
        logs = sorted(folder.rglob("attempt=*.log"), key=lambda file: file.stat().st_mtime)
        if logs:
            yield f"{_name(task)}: {logs[-1]} ends:"
            yield from list(_readable(logs[-1].read_text(encoding="utf-8", errors="replace").splitlines()))[-_LOG_TAIL:]


def _readable(lines: Iterable[str]) -> Iterator[str]:
    """A task's log as a person reads it: the message of each line, and of errors what they say."""
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            yield line
            continue
        if not entry.get("event", "").startswith("::"):
            yield f"  {entry.get('level', '')}: {entry.get('event', '')}"
        for error in entry.get("error_detail") or ():
            yield f"    {error['exc_type']}: {error['exc_value']}"
            for frame in error.get("frames", ())[-1:]:
                yield f"    at {frame['filename']}:{frame['lineno']} in {frame['name']}"


def _print_summary(summary: Mapping[str, Any]) -> None:
    say()
    numbers = {f"documents {kind}": count for kind, count in summary["documents"].items()}
    if summary["run"] is not None:
        numbers |= {key: summary[key] for key in ("sentences", "mentions", "pairs", "claims", "triples")}
    for name, count in numbers.items():
        say(f"  {name:<20} {count:>10,}")


def _print_answers(options: argparse.Namespace) -> None:
    if options.query:
        question = options.query.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
        say(f"\n{question}   ({options.query})\n")
        command = [_KGBUILD, "query", "--graph", options.graph, f"@{options.query}"]
        if code := subprocess.run(command, check=False).returncode:  # noqa: S603  our own command
            raise AirflowFailedError(f"the query ended with {code}, expected 0")
    say(f"\nTurtle: {options.graph / 'export' / 'graph.ttl'}")


if __name__ == "__main__":
    sys.exit(main())
