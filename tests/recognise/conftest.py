"""A model folder and pipelines for the tests of recognition."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from model.tiny import one_thread, tiny_base, tiny_recogniser, tiny_relations

from kgbuild.calibration import Calibration
from kgbuild.checkpoint import save_models

__all__ = ["gazetteer", "model_folder", "one_thread"]


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny model that finds mentions of every type at random places."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_models(folder, tiny_recogniser(), tiny_relations(), tiny_base(), Calibration(), facts={})
    return folder


@pytest.fixture
def gazetteer(tmp_path: Path) -> Callable[..., Path]:
    """Writes a gazetteer of these rows and gives its path."""

    def write(*rows: object, name: str = "gazetteer.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
        return path

    return write
