"""Which documents a name means."""

from pathlib import Path

import pytest

from kgbuild.errors import MissingError
from kgbuild.stages.naming import documents_named

KNOWN = {
    "urn:d1": ("file:///corpus/ada.txt", "file:///corpus/ada.txt"),
    "urn:d2": ("https://example.org/turing", "file:///corpus/letters.jsonl"),
    "urn:d3": ("file:///corpus/letters.jsonl#b", "file:///corpus/letters.jsonl"),
    "urn:d4": ("file:///corpus/deep/a%20b.txt", ""),
    "urn:d5": ("file:///corpus/deep/grace%23b", ""),
    "urn:d6": ("a letter of 1843", "file:///corpus/words.jsonl"),
}


@pytest.mark.parametrize(
    ("names", "meant"),
    [
        (["urn:d1"], "1"),
        (["/corpus/ada.txt", "file:///corpus/ada.txt"], "1"),
        (["https://example.org/turing", "/corpus/ada.txt"], "12"),
        (["/corpus/letters.jsonl"], "23"),
        (["/corpus/letters.jsonl#b"], "3"),
        (["/corpus/deep/"], "45"),
        (["/corpus/deep/a b.txt"], "4"),
        (["/corpus/deep/grace#b"], "5"),
        (["/corpus/*.jsonl", "urn:d3"], "236"),
        (["a letter of 1843"], "6"),
    ],
)
def test_names_mean_what_build_meant_by_them(names: list[str], meant: str) -> None:
    """IRIs, sources, files, lines of files, folders and globs mean their documents, each once, sorted."""
    assert documents_named(names, KNOWN) == [f"urn:d{number}" for number in meant]


def test_relative_paths_begin_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path means what it means to `build`: a file below the working folder."""
    monkeypatch.chdir(tmp_path)
    known = {"urn:d": ((tmp_path / "ada.txt").as_uri(),)}
    assert documents_named(["ada.txt"], known) == documents_named(["./x/../ada.txt"], known) == ["urn:d"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("/corpus/adda.txt", r"the nearest are 'file:///corpus/ada\.txt'"),
        ("urn:d11", r"the nearest are '"),
        ("/corpus/letters.jsonl#c", r"the nearest are 'file:///corpus/letters\.jsonl#b'"),
        ("file:///elsewhere/words::x", "is not in the graph"),
        ("", "name a path or URL as it was given to build"),
        ("http://[nowhere", "is not in the graph"),
    ],
)
def test_unknown_names_are_told(name: str, told: str) -> None:
    """What means no document is an error on one line, with what may have been meant; no name breaks it."""
    with pytest.raises(MissingError, match=told) as caught:
        documents_named(["urn:d1", name], KNOWN)
    assert repr(name) in str(caught.value)
    assert "\n" not in str(caught.value)
