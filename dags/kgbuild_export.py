"""The DAG `kgbuild_export`: after each change of the graph, or by hand, check it and publish it as files.

    validate -> turtle, trig, statistics

A graph that is not what its shapes promise is not published. Only one process may hold the embedded store,
so the tasks run one after the other (pool `graph_writer`).
"""

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pendulum
from airflow.sdk import DAG, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

# Airflow puts this folder on the path, a bare DagBag (as tests of DAG folders use it) does not
sys.path.append(str(Path(__file__).parent))
from kgbuild_tasks import DEFAULTS, GRAPH, GRAPH_WRITER, SETTINGS_PARAM, graph_of, settings_of

__all__ = ["dag"]

PARAMS = {
    "graph": Param(
        None,
        type=["null", "string"],
        minLength=1,
        description="Folder of the graph; empty: that of the asset's events, else that of the settings.",
    ),
    "out": Param(
        None, type=["null", "string"], minLength=1, description="Folder of the files; empty: export/ in the graph's."
    ),
    "settings": SETTINGS_PARAM,
}
_SHOWN = 10
"""Problems of a graph that are written into the log."""

log = logging.getLogger(__name__)

with DAG(
    dag_id="kgbuild_export",
    description="The graph checked, then published as Turtle, as TriG with its evidence, and in numbers",
    doc_md=__doc__,
    schedule=[GRAPH],
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    params=PARAMS,
    default_args={
        **DEFAULTS,
        "retry_delay": timedelta(seconds=10),
        "pool": GRAPH_WRITER,
        "show_return_value_in_logs": False,
    },
    tags=["kgbuild"],
) as dag:

    @task
    def validate() -> None:
        """Fails with the first problems when a graph is not what its shapes promise."""
        from kgbuild import stages

        for graph, _ in _targets(get_current_context()):
            report = stages.validate(graph)
            if not report.conforms:
                raise AirflowFailException("\n".join(_complaint(graph, report.problems)))
            log.info("graph %s: %d documents conform to the shapes", graph, report.documents)

    @task
    def turtle() -> list[str]:
        """Paths of the Turtle files: the triples."""
        return _export("graph.ttl", evidence=False)

    @task
    def trig() -> list[str]:
        """Paths of the TriG files: a graph a document, with its evidence."""
        return _export("graph.trig", evidence=True)

    @task
    def statistics() -> list[str]:
        """Paths of the files with the graph in numbers."""
        from kgbuild import stages

        written = []
        for graph, folder in _targets(get_current_context()):
            numbers = stages.stats(graph)
            log.info("graph %s: %d documents, %d triples", graph, numbers.documents, numbers.triples)
            written.append(_write_json(folder / "statistics.json", asdict(numbers)))
        return written

    validate() >> [turtle(), trig(), statistics()]


def _targets(context: Mapping[str, Any]) -> Iterator[tuple[Path, Path]]:
    """Each graph that changed, or the one that was asked for, with the folder of its files."""
    params = context["params"]
    graphs = [params["graph"]] if params["graph"] else _changed(context) or [str(graph_of(settings_of(params)))]
    for graph in graphs:
        yield Path(graph), Path(params["out"] or Path(graph) / "export")


def _changed(context: Mapping[str, Any]) -> list[str]:
    """Graphs named by the asset's events, once each: several runs may have ended before this one began."""
    events = [event for found in context["triggering_asset_events"].values() for event in found]
    return list(dict.fromkeys(event.extra["graph"] for event in events if "graph" in event.extra))


def _export(name: str, *, evidence: bool) -> list[str]:
    from kgbuild import stages

    written = []
    for graph, folder in _targets(get_current_context()):
        count = stages.export(graph, folder / name, evidence=evidence)
        log.info("wrote %s, %s statements", folder / name, f"{count:,}")
        written.append(str(folder / name))
    return written


def _write_json(path: Path, content: Mapping[str, Any]) -> str:
    """The path of the file, which is written beside its place and then moved there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    beside.replace(path)
    return str(path)


def _complaint(graph: Path, problems: tuple[Any, ...]) -> Iterator[str]:
    yield f"graph {str(graph)!r}: {len(problems)} problems, expected none; the first {min(len(problems), _SHOWN)}:"
    for problem in problems[:_SHOWN]:
        yield f"  {problem.node} in {problem.graph}: {problem.message}"
