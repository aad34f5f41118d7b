"""Commands, stages and tasks of DAGs that are killed at random moments, then run again: run by the tests as a program.

Argument: a file of JSON that names the settings, two states of a corpus, the folder of the DAGs, a folder to work in,
how many moments to try, and the seed of chance. Each command and each task is a process of its own, a fork of this
one, which has loaded the libraries and has never opened a store. Prints a line of JSON for each run that was disturbed,
then one for each that was not, which tells whether the DAG's tasks end as the command does.
"""

import csv
import json
import logging
import random
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import cycle, islice, product
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pyarrow.compute  # noqa: F401  (loaded before the forks, like the rest)
import torch
from processes import begin, expect_end, killed, timed

import kgbuild.pipeline  # noqa: F401
from kgbuild import stages
from kgbuild.checkpoint import load_models
from kgbuild.cli import main as command_line
from kgbuild.config import load_settings
from kgbuild.graph import GraphStore
from kgbuild.ontology import load_ontology
from kgbuild.recognise.pipelines import load_pipeline
from kgbuild.stages.identities import review_text

CASES = ("first", "change", "threshold", "retract")
"""A first build; one with a change, a removal and a new document; another threshold; a retraction."""
WAYS = ("command", "tasks")
"""The command line, or one after the other the tasks of the DAG that does the same."""
LATER = ("resolve", "review", "rebuild")
"""What comes after a build: entities of several documents are one, claims are decided, the store is made again."""
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LOW, HIGH = 0.05, 0.3

Returned = dict[str, Any]
"""What the tasks before have returned, by their names: in place of XCom."""
Step = Callable[[Path, Returned], object]
"""One process's work on a graph: a command or a task."""


class Work:
    """A corpus in two states, and what brings a graph from the one to the other."""

    def __init__(self, settings: str, corpora: list[str], dags: str, folder: Path) -> None:
        self.settings, self.folder, self.corpora = settings, folder, [Path(path) for path in corpora]
        self.corpus, self.log, self.before = folder / "corpus", folder / "log", folder / "before"
        sys.path.append(dags)
        import kgbuild_ingest
        import kgbuild_retract

        self.ingest: ModuleType = kgbuild_ingest
        self.withdrawal: ModuleType = kgbuild_retract
        self.named = str(self.corpus / "ada.txt")
        self._put(self.corpora[0])
        self.opinions, self.sheet = folder / "opinions.csv", folder / "sheet.csv"
        expect_end(partial(self.command, self.before, *self._build(LOW)), self.log)
        expect_end(partial(self.decide, self.before), self.log)

    def start(self, case: str, graph: Path) -> Path:
        """The graph as it is before the case; the corpus is as the case finds it."""
        self._put(self.corpora[case == "change"])
        shutil.rmtree(graph, ignore_errors=True)
        if case != "first":
            shutil.copytree(self.before, graph)
        return graph

    def steps(self, case: str, way: str) -> dict[str, Step]:
        """What is done, each step in a process of its own."""
        if case in LATER:
            return {case: lambda graph, _: self.later(case, graph)}
        threshold = HIGH if case == "threshold" else LOW
        if way == "command":
            words = ["retract", self.named] if case == "retract" else self._build(threshold)
            return {words[0]: lambda graph, _: self.command(graph, *words)}
        if case == "retract":
            return {case: lambda graph, _: self.task(self.withdrawal, case, graph, threshold)}
        task = partial(self.task, self.ingest)
        return {
            "discover": lambda graph, _: task("discover", graph, threshold),
            "recognise": lambda graph, had: [task("recognise", graph, threshold, x) for x in had["discover"]["shards"]],
            "score": lambda graph, had: [task("score", graph, threshold, path) for path in had["recognise"]],
            "accept": lambda graph, had: [task("accept", graph, threshold, path) for path in had["score"]],
            "write": lambda graph, had: task(
                "write", graph, threshold, had["discover"]["run"], had["discover"]["graph"]
            ),
            "resolve": lambda graph, had: task("resolve", graph, threshold, had["discover"]["graph"]),
        }

    def decide(self, graph: Path) -> None:
        """Nothing; a person's decisions lie beside the graph: three are one, claims are accepted, rejected by turns."""
        with GraphStore.open(graph / "store") as store:
            query = "SELECT DISTINCT ?e { ?e a <https://example.org/small#Person> ; rdfs:label ?name } ORDER BY ?name"
            names = [row["e"].value for row in store.select(query)]  # subtle: an answer that is kept keeps the lock
        pairs = ((names[0], names[1]), (names[1], names[2]), (names[0], names[2]))
        said = [{"decision": "same", "one": one, "other": other} for one, other in pairs]
        self.opinions.write_text(review_text(said), encoding="utf-8")
        stages.write_sheet(graph, self.sheet, now=NOW)
        with self.sheet.open(encoding="utf-8-sig", newline="") as file:
            claims = list(csv.DictReader(file))
        with self.sheet.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, claims[0])
            writer.writeheader()
            words = cycle(("accept", "reject"))
            writer.writerows(claim | {"decision": word} for claim, word in zip(claims, words, strict=False))

    def later(self, case: str, graph: Path) -> None:
        """Nothing; what comes after a build is done. Not by the command line, whose clock names what is decided."""
        if case == "resolve":
            stages.resolve(graph, now=NOW, apply=self.opinions, author="Ada")
        elif case == "review":
            stages.apply_sheet(graph, self.sheet, now=NOW, author="Ada")
        else:
            stages.rebuild(graph)

    def command(self, graph: Path, *words: str) -> None:
        """Nothing; the command has ended well."""
        code = command_line([*words, "--graph", str(graph)])
        if code:
            raise SystemExit(code)

    def task(self, dag: ModuleType, name: str, graph: Path, threshold: float, *given: str) -> object:
        """What the function of a DAG's task returns; of the first one also what it leaves for others."""
        from airflow.sdk.exceptions import AirflowSkipException

        pushed: Returned = {}
        params = {
            "settings": self.settings,
            "corpus": [str(self.corpus)],
            "graph": str(graph),
            "threshold": threshold,
            "precision": None,
            "documents": [self.named],
            "reason": "",
        }
        context = {
            "params": params,
            "ti": SimpleNamespace(start_date=NOW, xcom_push=lambda key, value: pushed.update({key: value})),
            "dag_run": SimpleNamespace(start_date=NOW),
            "outlet_events": defaultdict(SimpleNamespace),
        }
        dag.get_current_context = lambda: context  # type: ignore[attr-defined]  # this process does nothing else
        try:
            returned = getattr(dag, name).function(*given)
        except AirflowSkipException:
            returned = None
        return pushed | {"shards": returned} if name == "discover" else returned

    def _build(self, threshold: float) -> list[str]:
        return ["build", str(self.corpus), "--settings", self.settings, "--threshold", str(threshold)]

    def _put(self, state: Path) -> None:
        shutil.rmtree(self.corpus, ignore_errors=True)
        shutil.copytree(state, self.corpus)


@dataclass(frozen=True, slots=True)
class Whole:
    """A case that nobody disturbed."""

    seconds: dict[str, tuple[float, float]]
    """How long each step took, and how long it wrote the graph, seconds."""
    statements: list[bytes]
    """What the graph holds after it."""


def main(job: dict[str, Any]) -> None:
    """What became of each case that was killed."""
    torch.set_num_threads(1)  # subtle: a fork has none of the threads that torch may have started
    logging.disable(logging.INFO)
    settings, folder = load_settings(Path(job["settings"]), environment={}), Path(job["folder"])
    load_ontology(settings.ontology)  # libraries load parts of themselves when they are first used
    load_models(settings.model)
    load_pipeline(settings.recognise, model=settings.model, device="cpu")
    work = Work(job["settings"], job["corpora"], job["dags"], folder)
    chance = random.Random(job["seed"])  # noqa: S311  the same moments again
    whole: dict[tuple[str, str], Whole] = {}
    cases = cycle([*product(CASES, WAYS), *product(LATER, WAYS[:1])])
    kills = 0
    while kills < job["kills"]:
        case, way = next(cases)
        if (case, way) not in whole:
            whole[case, way] = undisturbed(work, case, way)
        found = attempt(work, case, way, whole[case, way], chance)
        kills += bool(found["killed"])
        tell(found)
    for case, way in whole:
        tell({"case": case, "way": way, "same": whole[case, way].statements == whole[case, WAYS[0]].statements})


def tell(found: dict[str, object]) -> None:
    """A line of JSON, at once: who tries thousands of moments wants to see them."""
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def undisturbed(work: Work, case: str, way: str) -> Whole:
    """What the case ends with, and how long it takes, when it is left alone."""
    graph = work.start(case, work.folder / "whole")
    returned: Returned = {}
    seconds = {}
    for name, step in work.steps(case, way).items():
        seconds[name] = timed(begin(partial(step, graph, returned), work.log), graph / "pending")
        returned[name] = expect_end(partial(step, graph, returned), work.log)  # a task that had succeeded
    return Whole(seconds, statements(work, graph))


def attempt(work: Work, case: str, way: str, whole: Whole, chance: random.Random) -> dict[str, object]:
    """What became of a case that was killed at a moment and then repeated, in whole or from the killed step on."""
    graph = work.start(case, work.folder / "graph")
    steps = work.steps(case, way)
    doomed, from_pending, seconds = moment(whole, chance)
    returned: Returned = {}
    for name, step in islice(steps.items(), list(steps).index(doomed)):
        returned[name] = expect_end(partial(step, graph, returned), work.log)
    process = begin(partial(steps[doomed], graph, returned), work.log)
    was_killed = killed(process, graph / "pending" if from_pending else None, seconds)
    sound = expect_end(partial(is_sound, graph), work.log)
    again = list(steps) if chance.random() < 0.5 else list(steps)[list(steps).index(doomed) :]
    for name in again:
        returned[name] = expect_end(partial(steps[name], graph, returned), work.log)
    where = {"case": case, "way": way, "step": doomed, "writing": from_pending, "seconds": round(seconds, 3)}
    same = statements(work, graph) == whole.statements
    return where | {"killed": was_killed, "sound": sound, "same": same, "left": left_in(graph)}


def moment(whole: Whole, chance: random.Random) -> tuple[str, bool, float]:
    """A step, and how long after it began, or began to write, it is killed: in every other one while it writes."""
    name, (_, writing) = max(whole.seconds.items(), key=lambda item: item[1][1])
    if writing and chance.random() < 0.5:
        return name, True, chance.uniform(0, writing)
    at = chance.uniform(0, sum(taken for taken, _ in whole.seconds.values()))
    for name, (taken, _) in whole.seconds.items():
        if at <= taken:
            return name, False, at
        at -= taken
    raise AssertionError(at)


def is_sound(graph: Path) -> bool:
    """Whether the store opens, and each of its documents is there with its catalogue entry."""
    if not (graph / "store").is_dir():
        return True
    with GraphStore.open(graph / "store", create=True) as store:
        held = {quad.graph_name.value for quad in store.quads() if "/document/" in quad.graph_name.value}
        return held == set(store.catalogue())


def statements(work: Work, graph: Path) -> list[bytes]:
    """The statements of the graph, without the times of runs."""
    out = graph.with_suffix(".nq")
    expect_end(partial(stages.export, graph, out), work.log)
    return [line for line in out.read_bytes().splitlines() if b"AtTime>" not in line]


def left_in(graph: Path) -> list[str]:
    """Files that only an unfinished build has."""
    found = [path for path in graph.rglob("*") if path.name.endswith(".part") or path.name == "pending"]
    return sorted(str(path.relative_to(graph)) for path in [*found, *graph.glob(".*")])


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
