"""The DAG `kgbuild_ingest`: documents in, graph out; what did not change costs nothing.

    discover -> recognise (a task a shard) -> score (a task a shard) -> accept (a task a shard) -> write -> resolve

Each task calls one function of `kgbuild.stages`. XCom carries paths; the data lies in the run's folder.
"""

import logging
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pendulum
from airflow.sdk import DAG, Param, TriggerRule, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

# Airflow puts this folder on the path, a bare DagBag (as tests of DAG folders use it) does not
sys.path.append(str(Path(__file__).parent))
from kgbuild_tasks import (
    DEFAULTS,
    GRAPH,
    GRAPH_PARAM,
    GRAPH_WRITER,
    SETTINGS_PARAM,
    corpus_of,
    graph_of,
    log_progress,
    settings_of,
)

__all__ = ["dag"]

GPU = "gpu"
"""Pool of the tasks that fill the accelerator."""

PARAMS = {
    "corpus": Param(
        [],
        type="array",
        items={"type": "string", "minLength": 1},
        description="Files, folders, globs or URLs to ingest; empty: those of the settings.",
    ),
    "graph": GRAPH_PARAM,
    "threshold": Param(
        None,
        type=["null", "number"],
        minimum=0,
        maximum=1,
        description="Probability from which a claim is accepted; empty: that of the settings.",
    ),
    "precision": Param(
        None,
        type=["null", "number"],
        exclusiveMinimum=0,
        exclusiveMaximum=1,
        description="Wanted precision, instead of a threshold; empty: that of the settings.",
    ),
    "settings": SETTINGS_PARAM,
}

log = logging.getLogger(__name__)

with DAG(
    dag_id="kgbuild_ingest",
    description="Documents to a knowledge graph: only what is new, changed or gone is worked on",
    doc_md=__doc__,
    schedule=os.environ.get("AIRFLOW_VAR_KGBUILD_SCHEDULE") or None,
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    params=PARAMS,
    default_args={**DEFAULTS, "retry_delay": timedelta(seconds=10), "retry_exponential_backoff": 2.0},
    tags=["kgbuild"],
) as dag:

    @task(pool=GRAPH_WRITER, show_return_value_in_logs=False)
    def discover() -> list[str]:
        """Paths of the shards that hold new and changed documents; the folders of run and graph go to XCom."""
        from kgbuild import stages

        context = get_current_context()
        settings = settings_of(context["params"])
        corpus, graph = corpus_of(settings, context["params"]), graph_of(settings)
        run = stages.discover(settings, corpus, graph, now=context["dag_run"].start_date, progress=log_progress())
        context["ti"].xcom_push(key="run", value=str(run))
        # subtle: `write` takes it from here, since settings may change while a run is under way
        context["ti"].xcom_push(key="graph", value=str(graph))
        shards = stages.shards(run)
        log.info("%d shards to process in %s, from %s", len(shards), run, ", ".join(corpus))
        return shards

    @task(show_return_value_in_logs=False)
    def recognise(shard: str) -> str:
        """Path of the shard with sentences, mentions and entities."""
        from kgbuild import stages

        settings = settings_of(get_current_context()["params"])
        return _only(stages.recognise(settings, [Path(shard)], progress=log_progress()))

    @task(pool=GPU, show_return_value_in_logs=False)
    def score(shard: str) -> str:
        """Path of the shard with scored pairs."""
        from kgbuild import stages

        settings = settings_of(get_current_context()["params"])
        return _only(stages.score(settings, [Path(shard)], progress=log_progress()))

    @task(show_return_value_in_logs=False)
    def accept(shard: str) -> str:
        """Path of the shard with accepted claims."""
        from kgbuild import stages

        settings = settings_of(get_current_context()["params"])
        return _only(stages.accept(settings, [Path(shard)], progress=log_progress()))

    # subtle: with no shard the mapped tasks are skipped, yet vanished documents must still be retracted
    @task(pool=GRAPH_WRITER, outlets=[GRAPH], trigger_rule=TriggerRule.NONE_FAILED, show_return_value_in_logs=False)
    def write(run: str, graph: str) -> str:
        """Path of the run's summary; skipped, without an asset event, when nothing had changed."""
        from kgbuild import stages

        context = get_current_context()
        settings = settings_of(context["params"])
        summary = stages.write(settings, Path(run), Path(graph), now=context["ti"].start_date, progress=log_progress())
        numbers = {key: value for key, value in summary.to_json().items() if key != "refused"} | {"graph": graph}
        context["ti"].xcom_push(key="summary", value=numbers)
        if summary.run is None:
            raise AirflowSkipException(f"{summary.documents.unchanged} documents unchanged; nothing was written")
        log.info("%s", ", ".join(_phrases(numbers)))
        context["outlet_events"][GRAPH].extra = numbers
        return str(Path(summary.folder) / "summary.json")

    # subtle: a run that was killed between the two finds nothing to write when it is tried again
    @task(pool=GRAPH_WRITER, outlets=[GRAPH], trigger_rule=TriggerRule.NONE_FAILED, show_return_value_in_logs=False)
    def resolve(graph: str) -> int:
        """How many quads of identity came or went; skipped where `resolve.across` is off or nothing is new."""
        from kgbuild import stages

        context = get_current_context()
        done = stages.keep_resolved(settings_of(context["params"]), Path(graph), now=context["ti"].start_date)
        if done is None or not done.changed:
            raise AirflowSkipException("identities are as they were, or the setting resolve.across is off")
        log.info("%d merged, %d split off, %d doubtful", done.merges, done.splits, done.doubts)
        context["outlet_events"][GRAPH].extra = {**done.to_json(), "graph": graph}
        return done.changed

    shards = discover()
    accepted = accept.expand(shard=score.expand(shard=recognise.expand(shard=shards)))
    accepted >> write(shards["run"], shards["graph"]) >> resolve(shards["graph"])


def _only(paths: list[Path]) -> str:
    [path] = paths
    log.info("wrote %s, %s bytes", path, f"{path.stat().st_size:,}")
    return str(path)


def _phrases(numbers: dict[str, Any]) -> list[str]:
    documents = [f"{count:,} documents {kind}" for kind, count in numbers["documents"].items()]
    return documents + [f"{numbers[key]:,} {key}" for key in ("sentences", "mentions", "pairs", "claims", "triples")]
