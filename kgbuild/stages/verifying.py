"""The stage that checks a store against the files of the runs that it was made from."""

import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild.errors import KgbuildError, MissingError, StoreError, StoreInUseError
from kgbuild.stages.folders import PENDING, RUNS, STORE, open_store, told_os
from kgbuild.stages.progress import Progress, silent
from kgbuild.stages.rebuilding import fill_again
from kgbuild.stages.receipts import hash_files, read_receipt
from kgbuild.stages.runs import read_summary

if TYPE_CHECKING:
    from kgbuild.graph import GraphStore

__all__ = ["Fault", "Verification", "verify"]


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Something in a graph's folder that is not as it was written."""

    what: str
    """What is at fault: a file, a folder, or the IRI of a graph in the store."""
    problem: str
    """What was expected and what came."""
    remedy: str
    """What to do."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` checked and found."""

    runs: int
    """Runs whose files were checked."""
    graphs: int
    """Graphs of the store that were compared with them; 0 when the store or the files could not be read."""
    faults: tuple[Fault, ...]
    """What is wrong, sorted; empty when all is well."""

    @property
    def sound(self) -> bool:
        """Whether all is well."""
        return not self.faults

    def to_json(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {"sound": self.sound, **asdict(self)}


def verify(graph: Path, *, progress: Progress = silent) -> Verification:
    """What is wrong with a graph's folder: files of runs that have changed, and what the store holds otherwise.

    The store is made again beside, from the files, and compared graph by graph: documents, catalogue, runs, facts.
    Raises: MissingError; StoreInUseError when another process holds the store.
    """
    if not (graph / RUNS).is_dir() and not (graph / STORE).is_dir():
        raise MissingError(f"graph folder {str(graph)!r} holds no graph; build one there first", subject=graph)
    with told_os(graph):
        runs = sorted(path for path in (graph / RUNS).glob("*") if path.is_dir())
        faults = [*_pending_faults(graph), *(fault for run in runs for fault in _file_faults(run))]
        compared: list[str] = []
        try:
            with open_store(graph) as store:
                if not faults:
                    faults += _store_faults(store, graph, compared, progress)
        except StoreInUseError:
            raise
        except (StoreError, MissingError, OSError, RuntimeError) as error:
            faults.append(_damaged(graph, error))
    return Verification(len(runs), len(compared), tuple(sorted(faults)))


def _pending_faults(graph: Path) -> Iterator[Fault]:
    if (graph / PENDING).is_file():
        name = (graph / PENDING).read_text(encoding="utf-8")
        yield Fault(str(graph / RUNS / name), "the run was not written to its end", "build again, which completes it")


def _file_faults(run: Path) -> Iterator[Fault]:
    """Files of a run that was written which are not there any more, or not as they were."""
    try:
        if read_summary(run) is None:
            return
        told, found = read_receipt(run).files, hash_files(run)
    except KgbuildError as error:
        yield Fault(str(run), str(error), "restore it from a copy")
        return
    for name, digest in told.items():
        if found.get(name) != digest:
            problem = "is missing" if name not in found else "is not the file that was written: its SHA-256 differs"
            yield Fault(
                str(run / name), problem, "restore it from a copy; else delete its run and build into a new folder"
            )


def _store_faults(store: "GraphStore", graph: Path, compared: list[str], progress: Progress) -> list[Fault]:
    """Graphs of the store that do not hold what the runs' files say."""
    from kgbuild.graph import GraphStore

    try:
        with (
            tempfile.TemporaryDirectory(prefix="kgbuild-") as folder,
            GraphStore.open(Path(folder) / STORE, create=True) as wanted,
        ):
            fill_again(wanted, graph, progress, stage="verify runs")
            compared += sorted({*store.graphs(), *wanted.graphs()})
            return [fault for name in compared for fault in _graph_faults(store, wanted, graph, name)]
    except (OSError, RuntimeError) as error:  # pyoxigraph raises both when it comes to a damaged block
        return [_damaged(graph, error)]
    except KgbuildError as error:
        return [Fault(str(graph / RUNS), str(error), "restore it from a copy")]


def _graph_faults(store: "GraphStore", wanted: "GraphStore", graph: Path, name: str) -> Iterator[Fault]:
    missing, extra = _lacks(store, wanted, name), _lacks(wanted, store, name)
    if missing or extra:
        problem = f"lacks {missing:,} of the statements that its run wrote, and has {extra:,} that no run wrote"
        yield Fault(name, problem, _remedy(graph))


def _lacks(store: "GraphStore", other: "GraphStore", name: str) -> int:
    """Quads of a graph that the other store holds and this one does not."""
    quads = other.quads(name)
    return sum(not any(True for _ in store.matching(*quad)) for quad in quads)


def _damaged(graph: Path, error: Exception) -> Fault:
    return Fault(str(graph / STORE), str(error).partition("; ")[0].strip(), _remedy(graph))


def _remedy(graph: Path) -> str:
    return f"run `kgbuild rebuild --graph {graph}`"
