"""Nothing is lost when a disk is full, a folder read-only, a graph in use or a file of its store damaged."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.cli import main as command_line
from kgbuild.config import Settings
from kgbuild.errors import KgbuildError
from kgbuild.stages import Progress, silent

ADA = "ada.txt"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DISK = 16 * 2**20
"""Bytes of a small disk."""
ROOM, STEP = 2**20, 2**16
"""Bytes that are enough for a retraction, and how near the search comes to what is just enough."""
HOLD = """
import sys
from pathlib import Path
from kgbuild.graph import GraphStore
with GraphStore.open(Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.read()
"""

Kgbuild = Callable[[str, str, Path], tuple[int, str]]
Statements = Callable[[Path], list[bytes]]


@pytest.fixture
def before(tmp_path: Path, small_settings: Settings, corpora: list[Path]) -> Path:
    """The graph of the first state of the corpus, which is in its second state then."""
    corpus = tmp_path / "corpus"
    shutil.copytree(corpora[0], corpus)
    stages.build(small_settings, [str(corpus)], tmp_path / "before", now=NOW)
    shutil.rmtree(corpus)
    shutil.copytree(corpora[1], corpus)
    return tmp_path / "before"


@pytest.fixture
def kgbuild(tmp_path: Path, settings_file: Path, capfd: pytest.CaptureFixture[str]) -> Kgbuild:
    """Runs a command on a graph: its exit code, and the last line that it says on stderr."""

    def run(command: str, document: str, graph: Path) -> tuple[int, str]:
        words = {
            "retract": [str(tmp_path / "corpus" / document)],
            "build": [str(tmp_path / "corpus"), "--settings", str(settings_file)],
        }
        code = command_line([command, *words.get(command, ()), "--graph", str(graph)])
        said = capfd.readouterr().err.splitlines()
        return code, said[-1] if said else ""

    return run


@pytest.fixture
def statements(tmp_path: Path) -> Statements:
    """The N-Quads of a graph, without the times of runs."""

    def read(graph: Path) -> list[bytes]:
        out = tmp_path / "graph.nq"
        stages.export(graph, out)
        return [line for line in out.read_bytes().splitlines() if b"AtTime>" not in line]

    return read


@pytest.fixture
def whole(before: Path, kgbuild: Kgbuild, statements: Statements, tmp_path: Path) -> list[bytes]:
    """What the graph holds after a build that nothing disturbs."""
    shutil.copytree(before, tmp_path / "whole")
    assert kgbuild("build", "", tmp_path / "whole")[0] == 0
    return statements(tmp_path / "whole")


@pytest.fixture
def withdrawn(before: Path, kgbuild: Kgbuild, statements: Statements, tmp_path: Path) -> list[bytes]:
    """What the graph holds after a retraction that nothing disturbs."""
    shutil.copytree(before, tmp_path / "withdrawn")
    assert kgbuild("retract", ADA, tmp_path / "withdrawn")[0] == 0
    return statements(tmp_path / "withdrawn")


@contextmanager
def mounted(folder: Path) -> Iterator[Path]:
    """The folder as a small disk of its own; skips the test where none may be mounted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no disk may be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, left: int) -> Path:
    """The file that takes all the room of a disk but so many bytes."""
    ballast, state = folder / "ballast", os.statvfs(folder)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, state.f_bavail * state.f_frsize - left)
    return ballast


@contextmanager
def full(disk: Path, left: int) -> Iterator[None]:
    """The disk has no more room than so many bytes."""
    ballast, state = disk / "ballast", os.statvfs(disk)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, state.f_bavail * state.f_frsize - left)
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    """Nobody may write on the disk, not even who may do everything."""
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)


def test_full_disk_loses_nothing(
    tmp_path: Path, before: Path, kgbuild: Kgbuild, withdrawn: list[bytes], statements: Statements
) -> None:
    """A command that fills the disk says so in one line, wherever it was; with room again it ends as ever."""
    too_little, enough = 0, ROOM
    with mounted(tmp_path / "disk") as disk:
        graph = disk / "graph"
        while enough - too_little > STEP:
            left = (too_little + enough) // 2
            shutil.rmtree(graph, ignore_errors=True)
            shutil.copytree(before, graph)
            with full(disk, left):
                code, said = kgbuild("retract", ADA, graph)
            assert code == 0 or (code == 2 and str(graph) in said and "space" in said), (left, said)
            too_little, enough = (left, enough) if code else (too_little, left)
            assert kgbuild("retract", ADA, graph)[0] == 0
            assert statements(graph) == withdrawn
    assert 0 < too_little < enough < ROOM


@pytest.mark.parametrize("stage", ["recognise", "write"])
def test_disk_that_fills_during_a_build_loses_nothing(
    stage: str, tmp_path: Path, before: Path, small_settings: Settings, whole: list[bytes], statements: Statements
) -> None:
    """A build that finds no room half-way says so, and with room again it goes on to the same end."""
    with mounted(tmp_path / "disk") as disk, ExitStack() as filled:
        graph, said = disk / "graph", ""
        shutil.copytree(before, graph)

        def fill(current: str, done: int, _total: int) -> None:
            if (current, done) == (stage, 0):
                filled.enter_context(full(disk, 0))

        def build(progress: Progress) -> None:
            stages.build(small_settings, [str(tmp_path / "corpus")], graph, now=NOW, progress=progress)

        try:
            build(fill)
        except KgbuildError as error:
            said = str(error)
        assert "space" in said
        filled.close()
        build(silent)
        assert statements(graph) == whole


def test_read_only_folder_loses_nothing(
    tmp_path: Path, before: Path, kgbuild: Kgbuild, withdrawn: list[bytes], statements: Statements
) -> None:
    """A graph that may not be written is named as such by every command; once it may, they end as ever."""
    with mounted(tmp_path / "disk") as disk:
        graph = disk / "graph"
        shutil.copytree(before, graph)
        with read_only(disk):
            for command in ("build", "retract", "stats"):
                code, said = kgbuild(command, ADA if command == "retract" else "", graph)
                assert (code, str(graph) in said, "Read-only" in said) == (2, True, True), said
        assert kgbuild("retract", ADA, graph)[0] == 0
        assert statements(graph) == withdrawn


def test_second_process_is_told_to_wait(
    before: Path, kgbuild: Kgbuild, withdrawn: list[bytes], statements: Statements
) -> None:
    """While one process has the graph every other command says so; when it has ended, it ends as ever."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(before / "store")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        for command in ("build", "retract", "stats"):
            code, said = kgbuild(command, ADA if command == "retract" else "", before)
            assert code == 2
            assert said.endswith("is in use by another process; wait for it or stop it")
        other.kill()
    assert kgbuild("retract", ADA, before)[0] == 0
    assert statements(before) == withdrawn


@pytest.mark.parametrize("pattern", ["CURRENT", "MANIFEST-*", "*.sst"])
def test_damaged_store_is_named(
    pattern: str, before: Path, kgbuild: Kgbuild, withdrawn: list[bytes], statements: Statements
) -> None:
    """Noise in a file of the store is found and named with its remedy; with the file as it was, nothing is lost."""
    paths = sorted((before / "store").glob(pattern))
    held = {path: path.read_bytes() for path in paths}
    for path, data in held.items():
        path.write_bytes(data[: len(data) // 4] + b"noise" * (len(data) // 10 + 1))
    code, said = kgbuild("retract", ADA, before)
    assert code == 2
    assert "`kgbuild rebuild` makes it again" in said
    for path, data in held.items():
        path.write_bytes(data)
    assert kgbuild("retract", ADA, before)[0] == 0
    assert statements(before) == withdrawn
