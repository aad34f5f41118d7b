"""Stages that are killed at chosen moments and then gone on with: run by the tests in a process of its own.

Arguments: the name of the stage, the settings as JSON, what it is given (a corpus, or a sheet of decisions), the folder
of the graph before, a folder to work in, and how many moments to try (`all` for each). A moment is a change of the file
system, a step of progress, or a write of the store before or after it. Each stage is a fork of this process, which has
loaded the libraries once. Prints what was found as JSON.
"""

import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyshacl  # noqa: F401  (loaded before the forks, like the rest)
import torch

import kgbuild.pipeline  # noqa: F401
from kgbuild import stages
from kgbuild.checkpoint import load_models
from kgbuild.config import Settings
from kgbuild.graph import GraphStore
from kgbuild.recognise.pipelines import load_pipeline
from kgbuild.stages import Progress

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}


def stages_by_name(settings: Settings, given: Path) -> dict[str, Callable[[Path, Progress], object]]:
    """What may be killed, by its name; what it is given is the corpus or the decisions of a person."""
    names = {"author": "Ada", "now": NOW}
    return {
        "build": lambda graph, told: stages.build(settings, [str(given)], graph, now=NOW, progress=told),
        "resolve": lambda graph, _: stages.resolve(graph, apply=given, **names),
        "review": lambda graph, _: stages.apply_sheet(graph, given, **names),
        "rebuild": lambda graph, told: stages.rebuild(graph, progress=told),
    }


def main(name: str, settings: Settings, given: Path, before: Path, work: Path, wanted: str) -> None:
    """What became of each stage that was killed."""
    torch.set_num_threads(1)  # subtle: a fork has none of the threads that torch may have started
    load_models(settings.model)  # libraries load parts of themselves when they are first used
    load_pipeline(settings.recognise, model=settings.model, device="cpu")
    count, whole = work / "count", work / "whole"

    stage = stages_by_name(settings, given)[name]

    def run(graph: Path, deadly: int = 0) -> None:
        moments = Moments(graph, deadly)
        stage(graph, moments.progress)
        count.write_text(str(moments.passed), encoding="utf-8")

    shutil.copytree(before, whole)
    expect_end(fork(lambda: run(whole)))
    total = int(count.read_text(encoding="utf-8"))
    expect_end(fork(lambda: export(whole)))
    attempts = []
    for moment in spread(total, total if wanted == "all" else int(wanted)):
        graph = work / f"moment-{moment}"
        shutil.copytree(before, graph)
        killed = fork(lambda graph=graph, moment=moment: run(graph, moment)) == -signal.SIGKILL
        sound = fork(lambda graph=graph: check(graph)) == 0
        expect_end(fork(lambda graph=graph: run(graph)))
        expect_end(fork(lambda graph=graph: export(graph)))
        same = statements(graph) == statements(whole)
        attempts.append({"moment": moment, "killed": killed, "sound": sound, "same": same, "left": left_in(graph)})
        shutil.rmtree(graph)
    sys.stdout.write(json.dumps({"moments": total, "attempts": attempts}) + "\n")


class Moments:
    """Counts the moments of a stage, and kills its process at one of them."""

    def __init__(self, graph: Path, deadly: int) -> None:
        self.passed, self.deadly, self.graph = 0, deadly, str(graph)
        sys.addaudithook(self.audit)
        for name in ("_write", "_update"):
            setattr(GraphStore, name, self.around(getattr(GraphStore, name)))

    def step(self) -> None:
        """One moment more."""
        self.passed += 1
        if self.passed == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def progress(self, _stage: str, _done: int, _total: int) -> None:
        """A moment at each step of a stage."""
        self.step()

    def audit(self, event: str, args: tuple[object, ...]) -> None:
        """A moment before each change of the graph's folder."""
        writes = event == "open" and isinstance(args[1], str) and not set("wax").isdisjoint(args[1])
        if (event in CHANGES or writes) and str(args[0]).startswith(self.graph):
            self.step()

    def around(self, method: Callable[..., object]) -> Callable[..., object]:
        """The method with a moment before and after it."""

        def called(*args: object) -> object:
            self.step()
            answer = method(*args)
            self.step()
            return answer

        return called


def fork(action: Callable[[], object]) -> int:
    """Exit code of a child that does the action; negative when a signal ended it."""
    child = os.fork()
    if child == 0:
        try:
            action()
        except BaseException:  # noqa: BLE001  the child ends here whatever it is
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def expect_end(code: int) -> None:
    """Ends this process when a child did not do what it should."""
    if code:
        sys.exit(f"a stage that nobody killed ended with {code}")


def spread(total: int, count: int) -> list[int]:
    """`count` moments of 1 to `total`, evenly, the first and the last among them."""
    return sorted({1 + round(number * (total - 1) / max(1, count - 1)) for number in range(min(count, total))})


def check(graph: Path) -> None:
    """Fails when a document of the graph is there in part."""
    report = stages.validate(graph)
    if not report.conforms:
        raise ValueError(report.problems[:3])


def export(graph: Path) -> None:
    """Writes the statements of the graph beside it."""
    stages.export(graph, graph.with_suffix(".nq"))


def statements(graph: Path) -> list[bytes]:
    """The statements without the times of runs."""
    lines = graph.with_suffix(".nq").read_bytes().splitlines()
    return [line for line in lines if b"AtTime>" not in line]


def left_in(graph: Path) -> list[str]:
    """Files that only an unfinished stage has."""
    found = [path for path in graph.rglob("*") if path.name.endswith(".part") or path.name == "pending"]
    return sorted(str(path.relative_to(graph)) for path in [*found, *graph.glob(".*")])


if __name__ == "__main__":
    name, *paths, moments = sys.argv[1:]
    kept = Settings.model_validate_json(Path(paths[0]).read_text(encoding="utf-8"))
    main(name, kept, *map(Path, paths[1:]), wanted=moments)
