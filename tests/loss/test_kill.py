"""Nothing is lost when a process is killed, whenever that is."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = int(os.environ.get("KILL_MOMENTS", "11"))
"""At how many random moments something is killed; 10,000 take hours."""
SEED = int(os.environ.get("KILL_SEED", "5"))
"""Which moments chance chooses."""
HERE = Path(__file__).parent
DAGS = HERE.parents[1] / "dags"


@pytest.mark.slow
@pytest.mark.timeout(86_400)  # the number above may be large
def test_killed_commands_and_tasks_lose_nothing(tmp_path: Path, settings_file: Path, corpora: list[Path]) -> None:
    """A command, stage or task that is killed leaves a store that opens; repeated, it ends as if nobody had killed it.

    Builds resolve what they have changed, so that they are killed there too.
    """
    settings_file.write_text(settings_file.read_text(encoding="utf-8") + "[resolve]\nacross = true\n", encoding="utf-8")
    job, work = tmp_path / "job.json", tmp_path / "work"
    work.mkdir()
    given = {"settings": str(settings_file), "corpora": list(map(str, corpora)), "dags": str(DAGS)}
    job.write_text(json.dumps(given | {"folder": str(work), "kills": KILLS, "seed": SEED}), encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "KGBUILD_"))}
    environment = kept | {"AIRFLOW_HOME": str(tmp_path / "airflow"), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, str(HERE / "killed_runs.py"), str(job)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert ended.returncode == 0, ended.stderr[-4000:]
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    assert sum(item.get("killed", False) for item in found) == KILLS
    assert [item for item in found if not (item["same"] and item.get("sound", True)) or item.get("left")] == []
