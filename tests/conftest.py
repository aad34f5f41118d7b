"""What is made once for all tests: the example corpus's graph, and a model too small to know anything."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # what the fixtures need is loaded only where they are asked for
    from kgbuild.config import Settings

CORPUS = Path(__file__).parent.parent / "examples" / "corpus"

TYPES = ("PER", "ORG", "LOC", "TIME", "NUM", "MISC")
NAMES = {
    "PER": (
        "Ada Lovelace",
        "Charles Babbage",
        "Grace Hopper",
        "Howard Aiken",
        "Mary Somerville",
        "Mary Sommerville",
        "Alan Turing",
    ),
    "ORG": ("Harvard", "Royal Society", "Navy"),
    "LOC": ("London", "Cambridge", "Rome"),
    "TIME": ("1843", "1815"),
}
ENCODER = {
    "model_type": "bert",
    "vocab_size": 30522,
    "hidden_size": 24,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 512,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
}
ONTOLOGY = """
@prefix : <https://example.org/small#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:knows a owl:ObjectProperty ; rdfs:label "knows" .
:Person a owl:Class ; rdfs:label "person" ; skos:notation "PER" .
:Place a owl:Class ; rdfs:label "place" ; skos:notation "LOC" .
"""


@pytest.fixture(scope="session")
def example_settings() -> "Settings":
    """The model that ships, with a scorer and a threshold that give claims however well its relations are trained."""
    from kgbuild.config import load_settings

    overrides = {"score.scorer": "dot", "score.window": 1, "accept.threshold": 0.1, "device": "cpu"}
    return load_settings(environment={}, overrides=overrides)


@pytest.fixture(scope="session")
def example_graph(tmp_path_factory: pytest.TempPathFactory, example_settings: "Settings") -> Path:
    """The folder of the example corpus's graph; tests read it and leave it as it is."""
    from kgbuild import stages

    graph = tmp_path_factory.mktemp("example") / "graph"
    stages.build(example_settings, [str(CORPUS)], graph, now=datetime(2026, 1, 1, tzinfo=UTC))
    return graph


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with weights of chance, the same in each session."""
    import torch
    from tokenizers import Tokenizer

    from kgbuild.calibration import Calibration
    from kgbuild.checkpoint import Base, save_models
    from kgbuild.config import Settings
    from kgbuild.model.pairs import RelationModel
    from kgbuild.model.recogniser import Recogniser

    with torch.random.fork_rng():
        torch.manual_seed(7)
        recogniser, relations = Recogniser(ENCODER, TYPES), RelationModel(ENCODER, types=len(TYPES))
    folder = tmp_path_factory.mktemp("model") / "small"
    tokenizer = Tokenizer.from_file(str(Settings().model / "tokenizer.json"))
    save_models(folder, recogniser, relations, Base("small", ENCODER, {}, tokenizer), Calibration(), facts={})
    return folder


@pytest.fixture(scope="session")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Patterns of all names that the documents of these tests use."""
    path = tmp_path_factory.mktemp("gazetteer") / "names.jsonl"
    patterns = [{"label": label, "pattern": name} for label, names in NAMES.items() for name in names]
    path.write_text("".join(json.dumps(pattern) + "\n" for pattern in patterns), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def small_ontology(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ontology that is read quickly."""
    path = tmp_path_factory.mktemp("ontology") / "small.ttl"
    path.write_text(ONTOLOGY, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def small_settings(small_model: Path, gazetteer: Path, small_ontology: Path) -> "Settings":
    """Settings under which every pair of names that are read together is claimed to be related."""
    from kgbuild.config import load_settings

    return load_settings(
        environment={},
        overrides={
            "model": small_model,
            "ontology": small_ontology,
            "device": "cpu",
            "recognise.pipeline": "blank",
            "recognise.gazetteer": gazetteer,
            "score.scorer": "concat",
            "score.floor": 0.01,
            "accept.threshold": 0.05,
            "ingest.shard_characters": 150,
        },
    )
