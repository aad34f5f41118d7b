"""Runs of DAGs in this process, one after the other, as JSON: run by the tests in a process of its own.

Arguments: the folder of the DAGs; a list of pairs as JSON, each the name of a DAG and its parameters.
"""

import json
import logging
import sys


def main() -> None:
    """For each run its state, its tasks' states and the asset's events, on the last line of stdout."""
    from airflow.dag_processing.dagbag import DagBag

    logging.getLogger("airflow").setLevel(logging.ERROR)
    dags = DagBag(dag_folder=sys.argv[1]).dags
    print(json.dumps([outcome(dags[name], conf) for name, conf in json.loads(sys.argv[2])]))  # noqa: T201


def outcome(dag, conf: dict) -> dict:
    """What became of one run."""
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session

    run = dag.test(run_conf=conf)
    with create_session() as session:
        events = session.query(AssetEvent).filter(AssetEvent.source_run_id == run.run_id).all()
        extras = [event.extra for event in events]
    states = {f"{task.task_id}[{task.map_index}]": str(task.state) for task in run.get_task_instances()}
    return {"state": str(run.state), "tasks": states, "events": extras}


if __name__ == "__main__":
    main()
