"""Examples become a folder beside the model that they were learned with, and a build uses it."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.checkpoint import load_models
from kgbuild.config import Settings, load_settings
from kgbuild.errors import CheckpointError, InputError, SettingError
from kgbuild.model_folder import model_digest, type_origins, weights_digest
from kgbuild.ontology import load_ontology
from kgbuild.recognise import completion
from kgbuild.recognise.wholes import WholeNames
from kgbuild.score.fitting import Fitting
from kgbuild.stages.recipe import recipes_of
from kgbuild.stages.scoring import scorer_of

LINES = [
    {"text": f"Ada knows {name}.", "triples": [["Ada", "knows", name]], "types": {"Ada": "person", name: "person"}}
    for name in ("Ben", "Cleo")
]


TYPES = ("LOC", "NUM", "PER", "TIME")
"""What the ontology speaks of: its classes, and dates and numbers, since the range of `knows` is open."""


@pytest.fixture(scope="module")
def settings(small_model: Path, small_ontology: Path) -> Settings:
    """Settings of the small model, which recognises on its own."""
    chosen = {"model": small_model, "ontology": small_ontology, "device": "cpu", "accept.threshold": 0.05}
    return load_settings(environment={}, overrides=chosen)


@pytest.fixture(scope="module")
def adapted(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of what was learned; tests read it."""
    folder = tmp_path_factory.mktemp("adapted")
    return learn(settings, folder, LINES)


def learn(settings: Settings, folder: Path, lines: list[object]) -> Path:
    path = folder / "mine.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return stages.adapt(settings, path, folder / "model", work=folder / "work", epochs=1, report=lambda _: None)


def test_a_folder_is_written_beside_the_model(settings: Settings, adapted: Path) -> None:
    """It holds little, names the model and the ontology, and leaves no checkpoint; the model is as it was."""
    assert sorted(item.name for item in adapted.iterdir()) == ["adapter.safetensors", "calibration.json", "config.json"]
    config = json.loads((adapted / "config.json").read_text(encoding="utf-8"))
    assert config["base"] == {"weights": weights_digest(settings.model), "folder": str(settings.model)}
    assert config["facts"]["ontology"] == load_ontology(settings.ontology).digest
    assert config["facts"]["calibrated_on"] == "the base model"
    assert tuple(config["types"][: len(TYPES)]) == TYPES
    assert not any((adapted.parent / "work").iterdir())
    assert load_models(settings.model).recogniser.types[: len(TYPES)] != TYPES


def test_a_build_uses_it(settings: Settings, adapted: Path, tmp_path: Path) -> None:
    """Its types are found, and the recipe of a run is another than that of the model alone."""
    (tmp_path / "a.txt").write_text("Ada knows Ben. Cleo knows Ada.", encoding="utf-8")
    mine = settings.model_copy(update={"model": adapted})
    summary = stages.build(mine, [str(tmp_path / "a.txt")], tmp_path / "graph", now=datetime(2026, 1, 1, tzinfo=UTC))
    assert summary.documents.added == 1
    ontology = load_ontology(settings.ontology)
    assert recipes_of(mine, ontology).annotated != recipes_of(settings, ontology).annotated
    models = load_models(adapted)
    assert models.recogniser.types[: len(TYPES)] == TYPES
    assert models.digest == model_digest(adapted)


GENRES = """
@prefix : <urn:o#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:Poem a owl:Class ; rdfs:label "poem" .
:Genre a owl:Class ; rdfs:label "literary genre" .
:genre a owl:ObjectProperty ; rdfs:label "genre" ; rdfs:domain :Poem ; rdfs:range :Genre .
"""


@pytest.mark.parametrize("whole", [False, True])
def test_what_an_ontology_alone_gives_stays_beside_examples(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, whole: bool
) -> None:
    """Names are made whole as before anything was learned, unless the examples tell of every mention.

    No model is loaded for that: there is no class that nothing was learned of.
    """
    path, line = tmp_path / "genres.ttl", {"text": "Ode is an elegy.", "triples": [["Ode", "genre", "elegy"]]}
    path.write_text(GENRES, encoding="utf-8")
    if whole:
        mentions = [(0, 3, "poem", 0), (10, 15, "literary genre", 1)]
        told = [dict(zip(("start", "end", "type", "entity"), item, strict=True)) for item in mentions]
        line = {"id": "ode", "text": line["text"], "sentences": [[0, 16]], "mentions": told, "relations": []}
    mine = settings.model_copy(update={"ontology": path})
    mine = mine.model_copy(update={"model": learn(mine, tmp_path, [line])})
    before = type_origins(settings.model)
    assert before == {name: name for name in load_models(settings.model).recogniser.types}
    with monkeypatch.context() as patched:
        patched.delattr(completion, "load_models")
        origins, found = type_origins(mine.model), completion.load_completion(mine, load_ontology(path))
    assert origins["TIME"] == "TIME"
    assert {name for name, origin in origins.items() if name != origin} == (
        set() if whole else {"poem", "literary genre"}
    )
    assert (found is None) == whole
    if found is not None:
        named = {name.split()[-1]: name for name in ("poem", "literary genre") if origins[name]}
        assert (found.nouns, found.names) == (None, WholeNames(named, {}, origins))
    scorer = scorer_of(mine, load_models(mine.model), load_ontology(path))
    assert scorer.fitting == (None if whole else Fitting({}, {}))
    before = recipes_of(mine, load_ontology(path))
    path.write_text(GENRES + ':Poem rdfs:comment "Something in verse." .', encoding="utf-8")
    assert (recipes_of(mine, load_ontology(path)).annotated == before.annotated) == whole


def test_another_model_in_its_place_is_refused(settings: Settings, adapted: Path, tmp_path: Path) -> None:
    """A base that is gone or changed, a file that was changed, and an adapter of an adapter are named."""
    base = Path(shutil.copytree(settings.model, tmp_path / "base"))
    own = learn(settings.model_copy(update={"model": base}), tmp_path, LINES)
    with pytest.raises(SettingError, match="was itself learned from examples"):
        learn(settings.model_copy(update={"model": own}), tmp_path / "base", LINES)
    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    (base / "config.json").write_text(json.dumps(config | {"types": ["PER"]}), encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"was learned beside a model with weights .*, which has "):
        load_models(own)
    shutil.rmtree(base)
    with pytest.raises(CheckpointError, match="which is not there; restore that model or train again"):
        model_digest(own)
    copy = Path(shutil.copytree(adapted, tmp_path / "copy"))
    config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    for kinds in (config["kinds"][1:], [99] * len(TYPES), [[]] * len(config["types"])):
        (copy / "config.json").write_text(json.dumps(config | {"kinds": kinds}), encoding="utf-8")
        with pytest.raises(CheckpointError, match="expected as 'kinds' one number from 0 to"):
            type_origins(copy)
    del config["complete"]
    (copy / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert type_origins(copy) == {name: name for name in config["types"]}
    (copy / "adapter.safetensors").write_bytes(b"other")
    with pytest.raises(CheckpointError, match=r"adapter\.safetensors is missing or was changed"):
        load_models(copy)


def test_nothing_is_written_of_examples_that_are_wrong(settings: Settings, tmp_path: Path) -> None:
    """A line that cannot be learned from ends it before anything is there; so does a folder of something else."""
    with pytest.raises(InputError, match="line 2: "):
        learn(settings, tmp_path, [LINES[0], {"text": "Ada.", "types": {"Bob": "person"}}])
    assert [item.name for item in tmp_path.iterdir()] == ["mine.jsonl"]
    with pytest.raises(SettingError, match="is the model to begin from"):
        stages.adapt(settings, tmp_path, settings.model, work=tmp_path, report=lambda _: None)
    with pytest.raises(SettingError, match="is there and holds no model"):
        stages.adapt(settings, tmp_path, tmp_path, work=tmp_path, report=lambda _: None)
