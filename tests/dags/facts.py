"""What Airflow makes of the DAG files, as JSON: run by the tests in a process of its own."""

import copy
import json
import sys
import time
from pathlib import Path

DAGS = Path(sys.argv[1])
HEAVY = ("kgbuild", "torch", "spacy", "transformers", "pyoxigraph", "pyarrow", "rdflib", "networkx")
RATES = ("threshold", "precision")
VALUES = (None, -0.1, 0, 0.5, 1, 1.5, "high")
NAMES = (None, [], [""], "a.txt", ["a.txt", "urn:b"])


def main() -> None:
    """The facts, on one line of stdout."""
    from airflow.configuration import conf
    from airflow.dag_processing.dagbag import DagBag

    began = time.process_time()
    bag = DagBag(dag_folder=str(DAGS))
    seconds = time.process_time() - began
    heavy = sorted(set(HEAVY) & set(sys.modules))
    ingest = bag.dags["kgbuild_ingest"]
    facts = {
        "errors": bag.import_errors,
        "seconds": seconds,
        "heavy": heavy,
        "dags": {dag.dag_id: describe(dag) for dag in bag.dags.values()},
        "largest_map": conf.getint("core", "max_map_length"),
        "retries": retries(),
        "refused": {name: [value for value in VALUES if not takes(ingest, name, value)] for name in RATES},
        "wanted": wanted(),
        "named": [names for names in NAMES if takes(bag.dags["kgbuild_retract"], "documents", names)],
    }
    print(json.dumps(facts))  # noqa: T201


def describe(dag) -> dict:
    """What the tests ask of a DAG."""
    return {
        "schedule": str(dag.schedule),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "backoff": sorted({float(task.retry_exponential_backoff) for task in dag.tasks}),
        "pools": {task.task_id: task.pool for task in dag.tasks},
        "downstream": {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks},
        "mapped": [task.task_id for task in dag.tasks if task.is_mapped],
        "logged": [task.task_id for task in dag.tasks if getattr(task, "show_return_value_in_logs", None)],
    }


def retries() -> dict[str, str]:
    """What happens after an error, by the error."""
    from kgbuild_tasks import RetryWhatPasses

    from kgbuild.errors import InputError, StoreError, StoreInUseError

    lost = StoreError("store lost")
    lost.__cause__ = ConnectionResetError("reset by peer")
    errors = {
        "input": InputError("bad"),
        "store": StoreError("damaged"),
        "in use": StoreInUseError("held"),
        "lost": lost,
        "timeout": TimeoutError("slow"),
        "unknown": RuntimeError("?"),
    }
    policy = RetryWhatPasses()
    return {name: policy.evaluate(error, 1, 2).action.value for name, error in errors.items()}


def takes(dag, name: str, value: object) -> bool:
    """Whether the parameter may have this value."""
    from airflow.sdk.exceptions import ParamValidationError

    params = copy.deepcopy(dag.params)
    try:
        params[name] = value
        params.validate()
    except ParamValidationError:
        return False
    return True


def wanted() -> list[object]:
    """Threshold and precision of the settings when one is given, and what is said when both are."""
    from kgbuild_tasks import settings_of

    from kgbuild.errors import SettingError

    file = DAGS.parent / "kgbuild.example.toml"
    found: list[object] = []
    for given in ({"threshold": 0.3}, {"precision": 0.8}, {"threshold": 0.3, "precision": 0.8}):
        try:
            accept = settings_of({"settings": str(file), **given}).accept
            found.append([accept.threshold, accept.precision])
        except SettingError as error:
            found.append(str(error))
    return found


if __name__ == "__main__":
    main()
