"""The DAG `kgbuild_retract`: documents out of the graph by hand, with all that they alone supported.

    retract

What is withdrawn stays out of later ingestions until its text changes or `kgbuild restore` lets it come back.
The export follows, since the graph's asset changes.
"""

import logging
import sys
from datetime import timedelta
from pathlib import Path

import pendulum
from airflow.sdk import DAG, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

# Airflow puts this folder on the path, a bare DagBag (as tests of DAG folders use it) does not
sys.path.append(str(Path(__file__).parent))
from kgbuild_tasks import DEFAULTS, GRAPH, GRAPH_PARAM, GRAPH_WRITER, SETTINGS_PARAM, graph_of, settings_of

__all__ = ["dag"]

PARAMS = {
    "documents": Param(
        type="array",
        items={"type": "string", "minLength": 1},
        minItems=1,
        description="Paths or URLs as they were given to the ingestion, or IRIs of documents.",
    ),
    "reason": Param("", type="string", maxLength=1000, description="Why; it is kept in the graph."),
    "graph": GRAPH_PARAM,
    "settings": SETTINGS_PARAM,
}

log = logging.getLogger(__name__)

with DAG(
    dag_id="kgbuild_retract",
    description="Documents out of the graph by hand, with all that they alone supported",
    doc_md=__doc__,
    schedule=None,
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    params=PARAMS,
    default_args={**DEFAULTS, "retry_delay": timedelta(seconds=10)},
    tags=["kgbuild"],
) as dag:

    @task(pool=GRAPH_WRITER, outlets=[GRAPH], show_return_value_in_logs=False)
    def retract() -> str:
        """Path of the run's summary; skipped, without an asset event, when all had been retracted before."""
        from kgbuild import stages

        context = get_current_context()
        params = context["params"]
        graph = graph_of(settings_of(params))
        done = stages.retract(graph, params["documents"], now=context["dag_run"].start_date, reason=params["reason"])
        if done.run is None:
            raise AirflowSkipException(f"{len(done.already)} documents had been retracted before; nothing was written")
        log.info("retracted %s", ", ".join(done.documents))
        context["outlet_events"][GRAPH].extra = {**done.to_json(), "graph": str(graph)}
        return str(Path(done.folder) / "summary.json")

    retract()
