"""Finding and reading files."""

import os
import random
from pathlib import Path

import fsspec
import pytest

from kgbuild.config import IngestSettings
from kgbuild.errors import InputError, MissingError, SettingError
from kgbuild.ingest import Source, covers, find_sources, read_bytes, read_documents
from kgbuild.ingest.sources import read_lines
from kgbuild.records import Refusal

NAMES = ["b.txt", "a.md", "deep/er/c.HTML", "deep/d.xyz", "e #1 ü%20.txt"]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with files of several depths, hidden ones among them."""
    for name in [*NAMES, ".hidden.txt", ".git/config.txt", "deep/.cache/x.txt"]:
        path = tmp_path / "corpus" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Ada Lovelace.")
    return tmp_path / "corpus"


def names(sources: object) -> list[str]:
    return [source.uri.rpartition("/corpus/")[2] for source in sources]  # type: ignore[attr-defined]


def test_a_folder_is_walked_to_its_depth_without_hidden_files(corpus: Path) -> None:
    """Every file at every depth is found in the order of URIs, and nothing hidden."""
    found = list(find_sources([corpus]))
    assert names(found) == ["a.md", "b.txt", "deep/d.xyz", "deep/er/c.HTML", "e%20%231%20%C3%BC%2520.txt"]
    assert [source.suffix for source in found] == [".md", ".txt", ".xyz", ".html", ".txt"]
    assert {source.size for source in found} == {13}


def test_local_uris_are_percent_encoded_file_uris(corpus: Path) -> None:
    """The URI of a local file is the one that `pathlib` gives it, and leads back to its bytes."""
    path = corpus / NAMES[-1]
    (source,) = find_sources([path])
    assert source.uri == path.as_uri()
    assert read_bytes(source, 100) == b"Ada Lovelace."


def test_order_and_repetition_of_paths_do_not_matter(corpus: Path) -> None:
    """However often and in whatever order and spelling paths are named, the sources are the same."""
    paths = [corpus, corpus / "b.txt", f"{corpus}/deep/../deep", f"{corpus}/*", corpus.as_uri(), f"{corpus}/"]
    expected = list(find_sources([corpus]))
    for seed in range(5):
        random.Random(seed).shuffle(paths)  # noqa: S311  an order, no secret
        assert list(find_sources([corpus, *paths])) == expected


def test_globs_match_files_and_folders(corpus: Path) -> None:
    """A glob gives what it matches, hidden files never; a folder that it matches is walked."""
    assert names(find_sources([f"{corpus}/*.txt"])) == ["b.txt", "e%20%231%20%C3%BC%2520.txt"]
    assert names(find_sources([f"{corpus}/**/*.HTML"])) == ["deep/er/c.HTML"]
    assert names(find_sources([f"{corpus}/d*"])) == ["deep/d.xyz", "deep/er/c.HTML"]


def test_a_file_with_glob_characters_in_its_name_is_found(corpus: Path) -> None:
    """A name that exists is taken literally before it is taken for a glob."""
    (corpus / "draft [1].txt").write_text("x")
    assert names(find_sources([corpus / "draft [1].txt"])) == ["draft%20%5B1%5D.txt"]


def test_a_hidden_file_that_is_named_is_read(corpus: Path) -> None:
    """Hiding concerns walks and globs, not what the caller names."""
    assert names(find_sources([corpus / ".hidden.txt"])) == [".hidden.txt"]


@pytest.mark.parametrize("path", ["none.txt", "none/", "*.none", "broken.txt"])
def test_a_missing_path_is_named_before_anything_is_read(corpus: Path, path: str) -> None:
    """A path that does not exist, matches nothing or is a broken link fails at once, naming it."""
    (corpus / "broken.txt").symlink_to("nowhere")
    with pytest.raises(MissingError, match=path.strip("*/")) as caught:
        find_sources([corpus, corpus / path])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["", "nosuch://bucket/x", "zip://a::b.zip"])
def test_a_path_that_cannot_be_understood_is_a_setting_error(path: str) -> None:
    """An empty path, an unknown protocol and a chain of protocols are refused in one line that shows them."""
    with pytest.raises(SettingError, match="path") as caught:
        find_sources([path])
    assert repr(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_any_fsspec_protocol_works() -> None:
    """Files of another file system are found, ordered, read and covered as local ones are."""
    fs = fsspec.filesystem("memory")
    fs.pipe({"/kgb/b c.txt": b"two", "/kgb/deep/a.txt": b"one", "/kgb/.no/x.txt": b"none"})
    try:
        found = list(find_sources(["memory://kgb"]))
        assert [source.uri for source in found] == ["memory:///kgb/b%20c.txt", "memory:///kgb/deep/a.txt"]
        assert [read_bytes(source, 9) for source in found] == [b"two", b"one"]
        assert all(covers(["memory://kgb"], source.uri) for source in found)
    finally:
        fs.rm("/kgb", recursive=True)


def test_links_pipes_and_broken_links_in_a_folder(corpus: Path) -> None:
    """A link to a file is read; a broken link, a link to a folder and a pipe are set aside, and nothing blocks."""
    (corpus / "link.txt").symlink_to("b.txt")
    (corpus / "broken.txt").symlink_to("nowhere")
    (corpus / "round.txt").symlink_to(corpus)
    os.mkfifo(corpus / "pipe.txt")
    results = read_documents(find_sources([corpus]), IngestSettings(), "https://example.org/")
    reasons = {item.source.rpartition("/")[2]: getattr(item, "reason", "") for item in results}
    assert reasons["link.txt"] == ""
    assert [reasons[name] for name in ("broken.txt", "round.txt", "pipe.txt")] == ["unreadable"] * 3


def test_a_folder_that_cannot_be_listed_is_set_aside(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that may not be entered is reported, and the rest is found."""
    fs = fsspec.filesystem("file")
    real = type(fs).ls

    def refuse(self: object, path: str, **options: object) -> object:
        if path.endswith("/er"):
            raise PermissionError(13, "Permission denied", path)
        return real(self, path, **options)

    monkeypatch.setattr(type(fs), "ls", refuse)
    found = {source.uri.rpartition("/")[2]: source.problem for source in find_sources([corpus])}
    assert "Permission denied" in found["er"]
    assert found["b.txt"] == ""


def refused(source: Source, max_bytes: int = 100) -> InputError:
    with pytest.raises(InputError) as caught:
        read_bytes(source, max_bytes)
    return caught.value


def test_unreadable_files_are_refused(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder in a file's place, a file that vanished and one without permission have the reason `unreadable`."""
    (source,) = find_sources([corpus / "b.txt"])
    fs = fsspec.filesystem("file")

    def refuse(*args: object, **options: object) -> object:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(type(fs), "open", refuse)
        assert refused(source).reason == "unreadable"
        assert "Permission denied" in str(refused(source))
        with pytest.raises(InputError, match="Permission denied"):
            list(read_lines(source, 100))
    (corpus / "b.txt").unlink()
    assert refused(source).reason == "unreadable"
    (corpus / "b.txt").mkdir()
    assert refused(source).reason == "unreadable"


def test_a_file_larger_than_allowed_is_refused(corpus: Path) -> None:
    """The limit holds for the size that was listed and for the bytes that really come."""
    (source,) = find_sources([corpus / "b.txt"])
    assert read_bytes(source, 13) == b"Ada Lovelace."
    assert refused(source, 12).reason == "too-large"
    assert refused(Source(source.uri, ".txt", None), 12).reason == "too-large"
    assert refused(Source(source.uri, ".txt", 3), 12).reason == "too-large"


def test_unknown_suffixes_are_set_aside(corpus: Path) -> None:
    """A file of no known format is no error: it is refused with the suffix in the detail."""
    (item,) = read_documents(find_sources([corpus / "deep/d.xyz"]), IngestSettings(), "https://example.org/")
    assert isinstance(item, Refusal)
    assert (item.reason, "'.xyz'" in item.detail) == ("unknown-format", True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_lines_come_one_by_one_in_utf8(tmp_path: Path, encoding: str) -> None:
    """Whatever the encoding with a mark, lines are split at line feeds alone and given in UTF-8 without the mark."""
    path = tmp_path / "x.jsonl"
    path.write_bytes("eins\u2028ü\r\n\nzwei".encode(encoding))
    (source,) = find_sources([path])
    assert list(read_lines(source, 100)) == ["eins\u2028ü\r\n".encode(), b"\n", b"zwei"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_line_that_is_too_long_is_left_out(tmp_path: Path, encoding: str) -> None:
    """`None` stands for the long line, however long, and the lines after it are whole."""
    path = tmp_path / "x.jsonl"
    path.write_bytes(f"a\n{'b' * 95}\nc\n{'d' * 40}".encode(encoding))
    (source,) = find_sources([path])
    assert list(read_lines(source, 10)) == [b"a\n", None, b"c\n", None]


def test_covers_tells_what_lies_under_paths(corpus: Path) -> None:
    """Folders cover what is below, files themselves and their lines, globs what they match; neighbours stay out."""
    uri = corpus.as_uri()
    assert covers([corpus], f"{uri}/vanished/x%20y.txt")
    assert covers(["nowhere", corpus / "x.jsonl"], f"{uri}/x.jsonl#17")
    assert covers([f"{corpus}/*.txt"], f"{uri}/vanished.txt")
    assert covers([f"{corpus}/*.jsonl"], f"{uri}/vanished.jsonl#3")
    assert covers([f"{corpus}/d*"], f"{uri}/deep/er/c.html")
    assert not covers([corpus], f"{uri}2/x.txt")
    assert not covers([f"{corpus}/*.txt"], f"{uri}/x.md")
    assert not covers([corpus / "x.jsonl"], f"{uri}/x.jsonl2")
    assert not covers([corpus, f"{corpus}/*"], "https://example.org/x.txt")
    assert not covers([], f"{uri}/x.txt")


def test_everything_found_is_covered(corpus: Path) -> None:
    """Each source lies under the very path that it was found by."""
    for path in (corpus, f"{corpus}/*.txt", f"{corpus}/**", f"{corpus}/d*", corpus / NAMES[-1]):
        found = list(find_sources([path]))
        assert found
        assert all(covers([path], source.uri) for source in found)
