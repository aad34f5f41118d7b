"""A model too small to know anything, a gazetteer that finds the names, and a corpus of five documents."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from kgbuild import stages
from kgbuild.calibration import Calibration
from kgbuild.checkpoint import Base, save_models
from kgbuild.config import Settings, load_settings
from kgbuild.model.pairs import RelationModel
from kgbuild.model.recogniser import Recogniser
from kgbuild.stages import BuildSummary

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TYPES = ("PER", "ORG", "LOC", "TIME", "NUM", "MISC")
NAMES = {
    "PER": ("Ada Lovelace", "Charles Babbage", "Grace Hopper", "Howard Aiken", "Mary Somerville", "Alan Turing"),
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
FILES = {
    "ada.txt": "Ada Lovelace worked with Charles Babbage in London.\n\nIn 1843 Ada Lovelace wrote to Charles Babbage.",
    "grace.md": "# Grace Hopper\n\nGrace Hopper joined the Navy. At Harvard Grace Hopper met Howard Aiken.",
    "mary.html": "<html><head><title>Mary</title></head><body><p>Mary Somerville taught Ada Lovelace in London for "
    "several years and wrote books that were read at Cambridge.</p></body></html>",
    "letters.jsonl": '{"id": "a", "text": "Charles Babbage left Cambridge for London."}\n'
    '{"id": "b", "text": "Alan Turing read Ada Lovelace in Cambridge.", "source": "https://example.org/turing"}\n',
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

Build = Callable[..., BuildSummary]


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with weights of chance, the same in each session."""
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
def settings(small_model: Path, gazetteer: Path, small_ontology: Path) -> Settings:
    """Settings under which every pair of names in a sentence is claimed to be related."""
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


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder of five documents in four formats."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """Where the graph is to be."""
    return tmp_path / "graph"


@pytest.fixture
def build(settings: Settings, corpus: Path, graph: Path) -> Build:
    """Builds the corpus into the graph; anything may be said otherwise."""

    def run(*paths: Path, into: Path = graph, given: Settings = settings) -> BuildSummary:
        return stages.build(given, [os.fspath(path) for path in paths or (corpus,)], into, now=NOW)

    return run


@pytest.fixture
def statements(tmp_path: Path) -> Callable[[Path], str]:
    """The N-Quads of a graph, without the times of its runs."""

    def read(graph: Path) -> str:
        out = tmp_path / f"{graph.name}.nq"
        stages.export(graph, out)
        lines = out.read_text(encoding="utf-8").splitlines(keepends=True)
        return "".join(line for line in lines if "AtTime>" not in line)

    return read
