"""Which folders open as a store, and what is said of those that do not."""

from pathlib import Path

import pytest

from kgbuild.errors import MissingError, StoreError, StoreInUseError
from kgbuild.graph import GraphStore
from kgbuild.graph.opening import check_folder, is_damage, open_error

BEGUN = ("LOG", "LOCK", "000000.dbtmp", "IDENTITY", "MANIFEST-000001", "000001.dbtmp")
"""In the order in which a store's first files are made, up to the one that makes it a store."""


@pytest.mark.parametrize("made", range(1, len(BEGUN) + 1))
def test_a_store_that_was_not_made_to_its_end_is_made(made: int, tmp_path: Path) -> None:
    """A process that was killed while it made a store leaves a folder that the next one opens."""
    for name in BEGUN[:made]:
        (tmp_path / name).write_bytes(b"\0" * 7 if name[0] == "0" else b"")
    with pytest.raises(MissingError, match="holds no graph"):
        check_folder(tmp_path, create=False)
    with GraphStore.open(tmp_path, create=True) as store:
        assert list(store.quads()) == []


def test_a_store_without_its_first_file_is_not_made_anew(tmp_path: Path) -> None:
    """A store that has lost `CURRENT` is named with a remedy, and nothing of it is overwritten."""
    GraphStore.open(tmp_path, create=True).close()
    (tmp_path / "CURRENT").unlink()
    held = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(StoreError, match=r"lacks the file 'CURRENT'.*`kgbuild rebuild`"):
        GraphStore.open(tmp_path, create=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == held


def test_damage_that_is_found_while_reading_is_named(tmp_path: Path) -> None:
    """An error of a damaged file inside the block names the folder and the remedy; any other passes as it is."""
    with pytest.raises(StoreError, match=r"cannot be read: Corruption: block.*`kgbuild rebuild`"), _opened(tmp_path):
        raise RuntimeError("Corruption: block checksum mismatch")
    with pytest.raises(RuntimeError, match="else"), _opened(tmp_path):
        raise RuntimeError("else")
    assert not is_damage(OSError("Corruption"))


def _opened(folder: Path) -> GraphStore:
    return GraphStore.open(folder, create=True)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("IO error: While lock file: /s/LOCK: Resource temporarily unavailable", "is in use by another process"),
        ("IO error: No space left on device: While appending to file", "nothing is lost, make it writable"),
        ("IO error: While open a file for appending: /s/LOG: Read-only file system", "nothing is lost, make it"),
        ("IO error: While open a file for lock: /s/LOCK: Permission denied", "nothing is lost, make it writable"),
        ("Corruption: CURRENT file does not end with newline", "cannot be opened.*`kgbuild rebuild` makes it again"),
    ],
)
def test_each_cause_has_its_remedy(reason: str, said: str) -> None:
    """A store in use, a disk that is full or read-only and a damaged file are told apart."""
    with pytest.raises(StoreError, match=said):
        raise open_error(Path("s"), OSError(reason))
    assert isinstance(open_error(Path("s"), OSError(reason)), StoreInUseError) == ("in use" in said)
