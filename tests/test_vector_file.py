"""The vectors of relations come back bit for bit, and whatever is wrong with a file costs a warning and no more."""

import os
from pathlib import Path

import pytest
import torch
from torch import Tensor

from kgbuild import vector_file
from kgbuild.vector_file import read_vectors, vectors_path, write_vectors


def made(rows: int = 5, *, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(rows, 7, generator=torch.Generator().manual_seed(rows)).to(dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_is_read_is_what_was_written(tmp_path: Path, dtype: torch.dtype) -> None:
    """Vectors of either precision are the same bits again, and nothing else is left in the folders."""
    path = vectors_path(tmp_path / "vectors", "weights", ["a", "b"])
    write_vectors(path, made(dtype=dtype), beside=tmp_path)
    found = read_vectors(path, 5)
    assert found is not None
    assert found.dtype == dtype
    assert torch.equal(found, made(dtype=dtype))
    assert [item.name for item in tmp_path.rglob("*") if item.is_file()] == [path.name]


def test_what_was_never_written_is_not_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Without a file there are no vectors, and nothing is said of it."""
    assert read_vectors(tmp_path / "none.safetensors", 5) is None
    assert caplog.messages == []


def test_a_file_belongs_to_weights_and_texts(tmp_path: Path) -> None:
    """Other weights, other texts, their order and where one ends make another file; the same ones the same."""
    asked = [("w", ["a", "b"]), ("v", ["a", "b"]), ("w", ["a", "c"]), ("w", ["b", "a"]), ("w", ["ab"]), ("w", ["a"])]
    assert len({vectors_path(tmp_path, *each) for each in asked}) == len(asked)
    assert vectors_path(tmp_path, "w", iter(["a", "b"])) == vectors_path(tmp_path, "w", ["a", "b"])


def test_a_damaged_file_is_told_once_and_made_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Cut anywhere, with a bit turned over, empty, of other rows or a folder, a file gives nothing but a warning."""
    path = tmp_path / "one.safetensors"
    write_vectors(path, made(), beside=tmp_path)
    whole = path.read_bytes()
    flipped = [bytearray(whole) for _ in range(3)]
    for number, each in zip((3, len(whole) // 2, len(whole) - 1), flipped, strict=True):
        each[number] ^= 4
    for damaged in (*flipped, whole[:-1], whole[:9], b""):
        caplog.clear()
        path.write_bytes(damaged)
        assert read_vectors(path, 5) is None
        (said,) = caplog.messages
        assert said.startswith(f"relation vectors {str(path)!r} are damaged (")
        assert said.endswith("); they are made again")
    write_vectors(path, made(), beside=tmp_path)
    assert read_vectors(path, 5) is not None
    assert read_vectors(path, 6) is None
    assert read_vectors(tmp_path, 5) is None


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that ends before the last step leaves the vectors as they were."""
    path = tmp_path / "vectors" / "one.safetensors"
    write_vectors(path, made(), beside=tmp_path)

    def ended(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", ended)
    with pytest.raises(KeyboardInterrupt):
        write_vectors(path, -made(), beside=tmp_path)
    assert torch.equal(read_vectors(path, 5), made())  # type: ignore[arg-type]  # else the test fails as well


def test_a_folder_that_cannot_be_written_costs_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Where a file stands in the folder's place, the vectors are not kept and one line says so."""
    (tmp_path / "vectors").write_text("mine", encoding="utf-8")
    write_vectors(tmp_path / "vectors" / "one.safetensors", made(), beside=tmp_path)
    (said,) = caplog.messages
    assert said.startswith(f"relation vectors cannot be kept in {str(tmp_path / 'vectors')!r} (")
    assert [item.name for item in tmp_path.iterdir()] == ["vectors"]


def test_the_folder_keeps_the_last_ones_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more files than are kept those go that were not read or written for the longest time."""
    monkeypatch.setattr(vector_file, "_KEPT", 2)
    paths = [tmp_path / f"{name}.safetensors" for name in "abc"]
    for age, path in enumerate(paths[:2]):
        write_vectors(path, made(), beside=tmp_path)
        os.utime(path, (1_000 + age, 1_000 + age))
    assert read_vectors(paths[0], 5) is not None
    write_vectors(paths[2], made(), beside=tmp_path)
    assert sorted(tmp_path.iterdir()) == [paths[0], paths[2]]
