"""A corpus in two states, and settings in a file, as the command line and the DAGs read them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kgbuild.config import Settings

BEFORE = {
    "ada.txt": "Ada Lovelace worked with Charles Babbage in London.\n\nIn 1843 Ada Lovelace wrote to Charles Babbage.",
    "grace.md": "# Grace Hopper\n\nGrace Hopper joined the Navy. At Harvard Grace Hopper met Howard Aiken.",
    "letters.jsonl": '{"id": "a", "text": "Charles Babbage left Cambridge for London."}\n'
    '{"id": "b", "text": "Alan Turing read Ada Lovelace in Cambridge.", "source": "https://example.org/turing"}\n',
}
AFTER = {
    "ada.txt": "Ada Lovelace met Mary Somerville in Rome.",
    "letters.jsonl": BEFORE["letters.jsonl"],
    "new.txt": "Alan Turing visited Rome with Grace Hopper.",
}
"""One document has another text, one is gone, one is new, two are as they were."""


def _written(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def corpora(tmp_path: Path) -> list[Path]:
    """The folders of the two states."""
    return [_written(tmp_path / "first", BEFORE), _written(tmp_path / "second", AFTER)]


@pytest.fixture(scope="session")
def as_toml() -> Callable[[Settings], str]:
    """Tells settings of the small model as TOML."""

    def told(given: Settings) -> str:
        return f"""model = "{given.model}"
ontology = "{given.ontology}"
device = "cpu"
[ingest]
shard_characters = {given.ingest.shard_characters}
[recognise]
pipeline = "{given.recognise.pipeline}"
gazetteer = "{given.recognise.gazetteer}"
[score]
scorer = "{given.score.scorer}"
floor = {given.score.floor}
[accept]
threshold = {given.accept.threshold}
"""

    return told


@pytest.fixture
def settings_file(tmp_path: Path, small_settings: Settings, as_toml: Callable[[Settings], str]) -> Path:
    """The settings of the small model as TOML."""
    path = tmp_path / "kgbuild.toml"
    path.write_text(as_toml(small_settings), encoding="utf-8")
    return path
