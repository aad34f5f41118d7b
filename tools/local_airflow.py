"""An Airflow of one's own on 127.0.0.1: a home folder, the components started and stopped one by one.

The metadata database is SQLite, the executor local, nothing is asked of the network. `tools/run_dags.py` and
`tools/serve_dags.py` are the programs.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil
from airflow_api import USER, AirflowFailedError, Api

__all__ = [
    "ROOT",
    "Airflow",
    "Components",
    "free_port",
    "interrupt_on_signals",
    "prepare",
    "running",
    "say",
    "wait_for",
    "write_settings",
]

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""
T = TypeVar("T")

_AIRFLOW = Path(sys.executable).with_name("airflow")
_POOLS = Path(__file__).with_name("pools.json")
_DAGS = 3
"""DAGs in the folder `dags`."""
_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_COMPONENTS = ("api-server", "scheduler", "dag-processor")
"""In the order in which they start."""
# the local executor's log server is not needed: logs lie in files that the web page reads
_ARGUMENTS = {"scheduler": ("--skip-serve-logs",)}
_PATIENCE = 20.0
"""Seconds that a component may take to stop before it is killed."""


@dataclass(frozen=True, slots=True)
class Airflow:
    """A prepared home: all that is needed to start the components."""

    home: Path
    """AIRFLOW_HOME: database, logs, passwords."""
    port: int
    """Port of the web page, of the REST API and of the tasks' own API, on 127.0.0.1."""
    password: str
    """Password of the user `admin`."""
    environment: Mapping[str, str]
    """Environment of every component."""

    @property
    def url(self) -> str:
        """Address of the web page."""
        return f"http://127.0.0.1:{self.port}"


class Components:
    """The parts of an Airflow that run: each a process that leads a session of its own."""

    def __init__(self, airflow: Airflow) -> None:
        self._airflow = airflow
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        """Nothing; the component runs, and what it prints goes into a file of its name."""
        log = self._log(name)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            # a session of its own, so that Ctrl-C reaches this program alone, which then stops them in order
            self._processes[name] = subprocess.Popen(  # noqa: S603  our own command
                [_AIRFLOW, name, *_ARGUMENTS.get(name, ())],
                env=self._airflow.environment,
                cwd=self._airflow.home,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def check(self) -> None:
        """Nothing, while all run. Raises: AirflowFailedError."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                log = self._log(name)
                tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])
                raise AirflowFailedError(f"{name} ended with {process.returncode}; {log} ends:\n{tail}")

    def kill(self, name: str) -> None:
        """Nothing; the component and all that it started are gone at once, as when a machine loses its power."""
        process = self._processes.pop(name)
        process.kill()
        process.wait()
        _kill_session(process.pid)

    def stop(self) -> None:
        """Nothing; each was asked to end, the API that tasks speak to last, and what stayed is killed."""
        for name, process in reversed(list(self._processes.items())):
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=_PATIENCE)
            self.kill(name)

    def _log(self, name: str) -> Path:
        return self._airflow.home / "logs" / f"{name}.log"


def say(line: str = "") -> None:
    """Print a line at once, also into a pipe."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_settings(file: Path, *, corpus: Sequence[str], graph: Path) -> Path:
    """The settings file that the DAGs read, made from a corpus and a graph; paths become absolute."""
    places = [place if "://" in place else str(Path(place).absolute()) for place in corpus]
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"corpus = {json.dumps(places, ensure_ascii=False)}", "", "[graph]"]
    lines.append(f"directory = {json.dumps(str(graph.absolute()), ensure_ascii=False)}")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def prepare(home: Path, *, port: int, settings: Path, schedule: str = "") -> Airflow:
    """A home with its database and its pools, made or brought up to date."""
    home = home.absolute()
    home.mkdir(parents=True, exist_ok=True)
    password = _password(home / "passwords.json")
    airflow = Airflow(home, port, password, _environment(home, port, settings.absolute(), schedule))
    _call(airflow, "db", "migrate")
    _call(airflow, "pools", "import", str(_POOLS))
    return airflow


def interrupt_on_signals() -> None:
    """Let termination and hang-up end the program as Ctrl-C does, so that the components are stopped."""

    def interrupt(number: int, _frame: object) -> None:
        raise KeyboardInterrupt(signal.Signals(number).name)

    for number in _SIGNALS:
        signal.signal(number, interrupt)


@contextmanager
def running(airflow: Airflow) -> Iterator[Components]:
    """The components run inside the block and are gone after it."""
    components = Components(airflow)
    try:
        for name in _COMPONENTS:
            components.start(name)
        wait_for(lambda: _ready(airflow, components), seconds=180, what="Airflow to be ready", every=1.0)
        yield components
    finally:
        # a second Ctrl-C must not leave half of them behind
        handlers = {number: signal.signal(number, signal.SIG_IGN) for number in _SIGNALS}
        components.stop()
        for number, handler in handlers.items():
            signal.signal(number, handler)


def wait_for(found: Callable[[], T | None], *, seconds: float, what: str, every: float = 1.0) -> T:
    """What `found` gives, once it gives something.

    Raises: AirflowFailedError, when that takes longer than `seconds`.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(every)
    raise AirflowFailedError(f"waited {seconds:.0f} s for {what}, in vain")


def _environment(home: Path, port: int, settings: Path, schedule: str) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW_")}
    local = ",".join(filter(None, [os.environ.get("no_proxy"), "127.0.0.1", "localhost"]))
    return inherited | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW_VAR_KGBUILD_SETTINGS": str(settings),
        "AIRFLOW_VAR_KGBUILD_SCHEDULE": schedule,
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "10",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "NO_PROXY": local,
        "PATH": f"{_AIRFLOW.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "no_proxy": local,
    }


def _password(file: Path) -> str:
    """The password of the user, made at random the first time; only the owner may read its file."""
    if not file.exists():
        beside = os.open(file, os.O_CREAT | os.O_WRONLY, 0o600)
        with os.fdopen(beside, "w", encoding="utf-8") as out:
            json.dump({USER: secrets.token_urlsafe(9)}, out)
    return str(json.loads(file.read_text(encoding="utf-8"))[USER])


def _call(airflow: Airflow, *arguments: str) -> None:
    done = subprocess.run(  # noqa: S603  our own command
        [_AIRFLOW, *arguments], env=airflow.environment, cwd=airflow.home, capture_output=True, text=True, check=False
    )
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise AirflowFailedError(f"airflow {' '.join(arguments)} ended with {done.returncode}, expected 0:\n{tail}")


def _ready(airflow: Airflow, components: Components) -> bool:
    components.check()
    try:
        api = Api(airflow.url, airflow.password)
        health = api.get("/monitor/health")
    except OSError:
        return False
    broken = api.get("/importErrors")["import_errors"]
    if broken:
        raise AirflowFailedError(f"{broken[0]['filename']} cannot be imported:\n{broken[0]['stack_trace']}")
    alive = all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))
    return alive and api.get("/dags")["total_entries"] >= _DAGS


def _kill_session(leader: int) -> None:
    """Nothing; no process of the session is left. Its process group is too little: each task leads one of its own."""
    while members := [process for process in psutil.process_iter(["status"]) if _belongs(process, leader)]:
        for process in members:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(members, timeout=_PATIENCE)


def _belongs(process: psutil.Process, leader: int) -> bool:
    with suppress(OSError):  # it has ended, or is somebody else's
        return process.info["status"] != psutil.STATUS_ZOMBIE and os.getsid(process.pid) == leader
    return False
