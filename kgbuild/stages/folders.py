"""Where things lie in a graph's folder, and the store in it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kgbuild.errors import MissingError, StoreError

if TYPE_CHECKING:
    from kgbuild.graph import GraphStore

__all__ = [
    "FRESH",
    "PENDING",
    "PLANNING",
    "RUNS",
    "STORE",
    "UNCHANGED",
    "VECTORS",
    "beside_shard",
    "create_store",
    "finish_exchange",
    "open_store",
    "shard_path",
    "told_os",
    "vectors_folder",
]

STORE: Final = "store"
"""Folder of the RDF store."""
FRESH: Final = "store.new"
"""Folder of a store that was made again and is whole, until it stands in the place of the old one."""
RUNS: Final = "runs"
"""Folder with a folder for each run."""
UNCHANGED: Final = "unchanged"
"""Folder of the last run that found nothing to do."""
VECTORS: Final = "vectors"
"""Folder of the relations' vectors, a file for each model and each ontology that were last used."""
PENDING: Final = "pending"
"""File that names the run that is being written."""
PLANNING: Final = ".plan-"
"""Beginning of the name of a folder in which a run is planned; the number of the process follows."""


def shard_path(run: Path, number: int) -> Path:
    """The file of a run's shard."""
    return run / f"documents-{number:04}.parquet"


def beside_shard(shard: Path, kind: str) -> Path:
    """The file of another stage for the same shard."""
    return shard.with_name(f"{kind}-{shard.stem.rsplit('-', 1)[-1]}.parquet")


def vectors_folder(run: Path) -> Path | None:
    """The folder of the vectors in the graph that a run belongs to; none for a run that stands alone."""
    return run.parent.parent / VECTORS if run.parent.name == RUNS else None


def open_store(graph: Path) -> "GraphStore":
    """The store of a graph that is there. Raises: MissingError, StoreError."""
    from kgbuild.graph import GraphStore

    with told_os(graph):
        _check_folder(graph)
        finish_exchange(graph)
        if not (graph / STORE).is_dir():
            problem = "holds no graph" if graph.is_dir() else "does not exist"
            raise MissingError(f"graph folder {str(graph)!r} {problem}; build a graph there first", subject=graph)
        return GraphStore.open(graph / STORE)


def create_store(graph: Path) -> "GraphStore":
    """The store of a graph, which is made where there is none. Raises: StoreError."""
    from kgbuild.graph import GraphStore

    with told_os(graph):
        _check_folder(graph)
        finish_exchange(graph)
        return GraphStore.open(graph / STORE, create=True)


@contextmanager
def told_os(graph: Path) -> Iterator[None]:
    """Nothing; a system error inside the block becomes one that names the graph. Raises: StoreError."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"graph folder {str(graph)!r} cannot be used: {error.strerror or error} ({str(error.filename)!r}); "
            "name a folder that may be read and written, on a disk with free space",
            subject=graph,
        ) from error


def _check_folder(graph: Path) -> None:
    existing = next((path for path in (graph, *graph.parents) if path.exists()), None)
    if existing is not None and not existing.is_dir():
        raise StoreError(f"graph folder {str(graph)!r}: {str(existing)!r} is a file; name a folder", subject=graph)


def finish_exchange(graph: Path) -> None:
    """Nothing; a store that was made again is in its place, though its process was killed before it put it there.

    Raises: StoreError.
    """
    with told_os(graph):
        if (graph / FRESH).is_dir():
            shutil.rmtree(graph / STORE, ignore_errors=True)
            (graph / FRESH).replace(graph / STORE)
