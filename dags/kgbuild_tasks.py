"""What the tasks of all DAGs share: the asset, the settings of a run, what is retried, what is logged."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, Param, RetryDecision, RetryPolicy, Variable
from airflow.sdk.exceptions import AirflowFailException

if TYPE_CHECKING:
    from kgbuild.config import Settings

__all__ = [
    "DEFAULTS",
    "GRAPH",
    "GRAPH_PARAM",
    "GRAPH_WRITER",
    "SETTINGS_PARAM",
    "RetryWhatPasses",
    "corpus_of",
    "graph_of",
    "log_progress",
    "settings_of",
]

GRAPH = Asset("kgbuild_graph")
"""The knowledge graph: `kgbuild_ingest` and `kgbuild_retract` change it, `kgbuild_export` follows; an event's extra
names its folder."""
GRAPH_WRITER = "graph_writer"
"""Pool of one slot: only one process may hold the embedded store."""
_SETTINGS_VARIABLE = "kgbuild_settings"
GRAPH_PARAM = Param(
    None, type=["null", "string"], minLength=1, description="Folder of the graph; empty: that of the settings."
)
"""Parameter `graph` of the DAGs that change it."""
SETTINGS_PARAM = Param(
    None,
    type=["null", "string"],
    minLength=1,
    description=f"Settings file (TOML); empty: that of the variable {_SETTINGS_VARIABLE}.",
)
"""Parameter `settings` of every DAG."""
_BETWEEN_LOG_LINES = 30.0
"""Seconds between two lines about progress in a task's log."""

log = logging.getLogger(__name__)


class RetryWhatPasses(RetryPolicy):
    """Retries what may pass by itself; what kgbuild refuses on purpose fails at once, for it would fail again."""

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,  # noqa: ARG002  the base class's signature
        max_tries: int,  # noqa: ARG002
        context: object = None,  # noqa: ARG002
    ) -> RetryDecision:
        """Whether to try again; a lost connection counts wherever it stands in the chain of causes."""
        from kgbuild.errors import KgbuildError, StoreInUseError

        if any(isinstance(error, ConnectionError | TimeoutError) for error in _causes(exception)):
            return RetryDecision.retry(reason=f"a connection was lost: {exception}")
        # a task whose worker was killed may still be at work: it holds the store until it notices, or ends
        if isinstance(exception, StoreInUseError):
            return RetryDecision.retry(reason=str(exception))
        if isinstance(exception, KgbuildError):
            return RetryDecision.fail(reason="the same input would fail again")
        return RetryDecision.default()


DEFAULTS: dict[str, Any] = {"retries": 2, "retry_policy": RetryWhatPasses()}
"""Arguments of every task."""


def settings_of(params: Mapping[str, Any]) -> "Settings":
    """The settings of a run: the file of the parameter or of the variable `kgbuild_settings`, then the parameters."""
    from kgbuild.config import load_settings
    from kgbuild.errors import SettingError

    threshold, precision = params.get("threshold"), params.get("precision")
    if threshold is not None and precision is not None:
        raise SettingError(f"parameters threshold {threshold} and precision {precision} exclude each other; give one")

    file = params["settings"] or Variable.get(_SETTINGS_VARIABLE, default=None)
    overrides: dict[str, object] = {}
    if params.get("graph"):
        overrides["graph.directory"] = params["graph"]
    if threshold is not None:
        overrides |= {"accept.threshold": threshold, "accept.precision": None}
    if precision is not None:
        overrides["accept.precision"] = precision
    return load_settings(Path(file) if file else None, overrides=overrides)


def corpus_of(settings: "Settings", params: Mapping[str, Any]) -> list[str]:
    """What to ingest: the parameter, else the setting.

    Raises: AirflowFailException when both are empty, since an empty corpus would retract every document.
    """
    corpus = list(params["corpus"] or settings.corpus)
    if not corpus:
        raise AirflowFailException(
            "no corpus is named; expected files, folders or URLs in setting 'corpus' or in the parameter 'corpus', "
            'got []; add a line such as corpus = ["/data/documents"] to the settings file'
        )
    return corpus


def graph_of(settings: "Settings") -> Path:
    """The folder of the graph, absolute, so that it means the same in every process."""
    return settings.graph.directory.absolute()


def log_progress() -> Callable[[str, int, int], None]:
    """A reporter of progress that writes a line into the task's log now and then."""
    last = time.monotonic()

    def report(stage: str, done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _BETWEEN_LOG_LINES:
            last = time.monotonic()
            log.info("%s: %s of %s", stage, f"{done:,}", f"{total:,}" if total else "unknown")

    return report


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
