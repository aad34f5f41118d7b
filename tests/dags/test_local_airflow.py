"""What is started for an Airflow of one's own is stopped again."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

TOOLS = Path(__file__).parents[2] / "tools"
COMPONENT = """
import os, time
if os.fork() == 0:
    os.setpgid(0, 0)
    print(os.getpid(), flush=True)
time.sleep(600)
"""
"""Starts a process that leads a process group of its own, as Airflow's tasks do."""


def test_no_task_outlives_its_component(monkeypatch: pytest.MonkeyPatch) -> None:
    """When a component has been killed, its tasks are gone too, though they lead process groups of their own."""
    monkeypatch.syspath_prepend(str(TOOLS))
    import local_airflow

    command = [sys.executable, "-c", COMPONENT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as component:
        assert component.stdout is not None
        task = psutil.Process(int(component.stdout.readline()))
        component.kill()
        component.wait()
        assert task.is_running()
        local_airflow._kill_session(component.pid)
    assert not task.is_running() or task.status() == psutil.STATUS_ZOMBIE
