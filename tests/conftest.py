"""The graph of the example corpus, which is built once for all tests that ask for it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.config import Settings, load_settings

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "examples" / "corpus"


@pytest.fixture(scope="session")
def example_settings() -> Settings:
    """The model that ships, with a scorer and a threshold that give claims however well its relations are trained."""
    overrides = {"score.scorer": "concat", "accept.threshold": 0.05, "device": "cpu"}
    return load_settings(environment={}, overrides=overrides)


@pytest.fixture(scope="session")
def example_graph(tmp_path_factory: pytest.TempPathFactory, example_settings: Settings) -> Path:
    """The folder of the example corpus's graph; tests read it and leave it as it is."""
    graph = tmp_path_factory.mktemp("example") / "graph"
    stages.build(example_settings, [str(CORPUS)], graph, now=datetime(2026, 1, 1, tzinfo=UTC))
    return graph
