"""A model is calibrated on an annotated file, into its own folder or a copy, whole or not at all."""

import json
import shutil
from pathlib import Path

import pytest
from model.tiny import tiny_base, tiny_recogniser
from score.marked import record
from train.prejudiced import prejudiced

from kgbuild import stages
from kgbuild.calibration import Calibration
from kgbuild.checkpoint import load_models, save_calibration, save_models
from kgbuild.config import Settings, load_settings
from kgbuild.errors import CheckpointError, InputError, MissingError, SettingError
from kgbuild.model_folder import model_digest

ONTOLOGY = """
@prefix : <https://example.org/small#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:birthplace a owl:ObjectProperty ; rdfs:label "place of birth" ; skos:definition "the place of birth of it" .
:spouse a owl:ObjectProperty ; rdfs:label "spouse" ; skos:definition "the spouse of it" .
:employer a owl:ObjectProperty ; rdfs:label "employer" ; skos:definition "the employer of it" .
"""
TEXT = "[Ada|PER|0] met [Ben|PER|1]"
FORTY = [
    record(TEXT, [(0, 1, "place of birth"), ((0, 1, "spouse") if n % 3 else (1, 0, "birthplace"))], id=f"document {n}")
    for n in range(40)
]
"""Of 80 pairs 54 have a place of birth, 26 a spouse, none an employer."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that believes in every place of birth and in no spouse, never calibrated."""
    base, folder = tiny_base(), tmp_path_factory.mktemp("trained") / "model"
    save_models(
        folder, tiny_recogniser(), prejudiced((2.0, 0.0, 0.0, -2.0)), base, Calibration(), facts={"data": ["x"]}
    )
    (folder / "README.md").write_text("A card.", encoding="utf-8")
    return folder


@pytest.fixture
def model(trained: Path, tmp_path: Path) -> Path:
    """The model, for this test alone."""
    return Path(shutil.copytree(trained, tmp_path / "model"))


@pytest.fixture
def settings(model: Path, tmp_path: Path) -> Settings:
    """Settings with the model and a small ontology, which ask for a precision."""
    ontology = tmp_path / "small.ttl"
    ontology.write_text(ONTOLOGY, encoding="utf-8")
    overrides = {"model": model, "ontology": ontology, "device": "cpu", "accept.precision": 0.87}
    return load_settings(environment={}, overrides=overrides)


def put(folder: Path, *rows: object) -> Path:
    """An annotated file of these records."""
    path = folder / "annotated.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def files(folder: Path) -> dict[str, bytes]:
    """All files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_model_of_the_settings_is_calibrated(settings: Settings, model: Path, tmp_path: Path) -> None:
    """Its folder gets the calibration and a new name, keeps weights and card, says on what, and loads."""
    before, digest = files(model), model_digest(model)
    report = stages.calibrate(settings, put(tmp_path, *FORTY))
    after = files(model)
    assert {name for name in before if before[name] != after[name]} == {"calibration.json", "config.json"}
    assert before.keys() == after.keys()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["annotated.jsonl", "model", "small.ttl"]
    found = load_models(model)
    assert found.digest != digest
    assert (found.calibration.fitted, found.calibration.temperature) == (True, report.temperature)
    assert found.calibration.threshold("https://example.org/small#birthplace", 0.5) is not None
    facts = json.loads(after["config.json"])["facts"]
    assert facts["data"] == ["x"]
    assert (facts["calibrated_on"]["file"], facts["calibrated_on"]["documents"]) == ("annotated.jsonl", 40)


def test_a_copy_leaves_the_model_as_it_is(settings: Settings, model: Path, tmp_path: Path) -> None:
    """With an output the model stays as it was, the copy differs in its calibration, and a second run replaces it."""
    before, copy = files(model), tmp_path / "new" / "copy"
    for _ in range(2):
        assert stages.calibrate(settings, put(tmp_path, *FORTY), copy).model == str(copy)
        assert files(model) == before
        assert load_models(copy).calibration.fitted
        assert files(copy)["weights.safetensors"] == before["weights.safetensors"]


SMALL = "https://example.org/small#"


@pytest.mark.parametrize(
    ("learned", "kept"),
    [(("birthplace", "spouse", "employer"), "others"), (("elsewhere",), "learned"), (("birthplace",), "nothing")],
)
def test_what_the_model_has_for_other_ontologies_stays(
    settings: Settings, model: Path, tmp_path: Path, learned: tuple[str, ...], kept: str
) -> None:
    """Only the calibration of the kind that the file's ontology is of is another; of both kinds it is for all."""
    iris = frozenset(SMALL + name for name in learned)
    before = Calibration(3.0, fitted=True, learned=iris, others=Calibration(4.0, fitted=True))
    save_calibration(model, before, source=model, facts={})
    fitted = stages.calibrate(settings, put(tmp_path, *FORTY)).temperature
    found = load_models(model).calibration
    temperatures = found.temperature, found.others and found.others.temperature
    assert temperatures == {"others": (fitted, 4.0), "learned": (3.0, fitted), "nothing": (fitted, None)}[kept]
    assert found.learned == (frozenset() if kept == "nothing" else iris)


def test_what_is_reported(settings: Settings, model: Path, tmp_path: Path) -> None:
    """Counts by hand, the error before and after, and what the wanted precision gave on documents not fitted on."""
    report = stages.calibrate(settings, put(tmp_path, *FORTY))
    assert (report.documents, report.scores, report.right, report.left_out) == (40, 160, 80, "")
    assert report.model == str(model)
    believed = Calibration().probabilities([2.0, -2.0])
    expected = (abs(believed[0] - 54 / 80) + abs(believed[1] - 26 / 80)) / 2
    assert report.error_before == pytest.approx(expected, abs=0.01)
    assert report.error_after is not None
    assert report.error_after < report.error_before
    asked = report.asked
    assert asked is not None
    assert (asked.wanted, asked.properties) == (0.87, 2)
    assert json.loads(json.dumps(report.to_json())) == report.to_json()


def test_the_other_half_tells_the_precision(settings: Settings, tmp_path: Path) -> None:
    """Where every place of birth is right and no spouse, all of them and nothing else is claimed, on either half."""
    row = [(0, 1, "place of birth"), (1, 0, "place of birth")]
    rows = [record(TEXT, [*row, (0, 1, "spouse")] if n < 4 else row, id=f"document {n}") for n in range(60)]
    asked = stages.calibrate(settings, put(tmp_path, *rows)).asked
    assert asked is not None
    assert (asked.claims, asked.precision, asked.recall) == (120, 1.0, 120 / 124)
    assert (asked.properties, asked.reached) == (2, 1)
    assert asked.lowest is not None
    assert asked.lowest == asked.highest


def test_a_small_file_is_not_measured(settings: Settings, tmp_path: Path) -> None:
    """Where a half has nothing to tell, the calibration is fitted and the measure left out."""
    rows = [record(TEXT, [(0, 1, "place of birth"), (1, 0, "place of birth"), (0, 1, "spouse")])]
    report = stages.calibrate(settings, put(tmp_path, *rows))
    assert report.error_after is None
    assert report.asked is not None
    assert (report.asked.precision, report.asked.recall, report.asked.claims) == (None, None, 0)
    assert report.model is not None


def test_the_model_that_ships_is_never_changed(
    settings: Settings, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an output it gives figures and nothing is written; with one it gives a copy."""
    monkeypatch.setattr(Settings.model_fields["model"], "default", model)
    before = files(model)
    assert stages.calibrate(settings, put(tmp_path, *FORTY)).model is None
    assert stages.calibrate(settings, put(tmp_path, *FORTY), tmp_path / "copy").model == str(tmp_path / "copy")
    assert files(model) == before


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((), r"annotated\.jsonl': expected at least one"),
        ((record(TEXT),), r"annotated\.jsonl': calibration: expected right and wrong scores, came 0 right of 0"),
        ((record(TEXT, [(0, 1, "loves")]),), r"annotated\.jsonl', line 1: relation label 'loves'"),
        ((record(TEXT), {"id": "x"}), r"annotated\.jsonl', line 2: .*lacks the key 'text'"),
    ],
)
def test_files_that_cannot_calibrate(
    settings: Settings, model: Path, tmp_path: Path, rows: tuple[object, ...], message: str
) -> None:
    """Nothing to learn from: the file, the line and why; the model stays as it was and no copy is made."""
    before = files(model)
    for output in (None, tmp_path / "copy"):
        with pytest.raises(InputError, match=message):
            stages.calibrate(settings, put(tmp_path, *rows), output)
    assert files(model) == before
    assert not (tmp_path / "copy").exists()


def test_folders_that_cannot_be_used(settings: Settings, tmp_path: Path) -> None:
    """A model that is not there, and an output that is something else, are named before anything is read."""
    missing = settings.model_copy(update={"model": tmp_path / "none"})
    with pytest.raises(MissingError, match=r"model '.*none' does not exist"):
        stages.calibrate(missing, put(tmp_path, *FORTY))
    (tmp_path / "notes").mkdir()
    for other in (tmp_path / "notes", put(tmp_path, *FORTY)):
        with pytest.raises(SettingError, match=rf"output '.*{other.name}': expected a new folder or that of a model"):
            stages.calibrate(settings, tmp_path / "annotated.jsonl", other)
        assert other.exists()


def test_an_output_that_cannot_be_written_is_named(settings: Settings, tmp_path: Path) -> None:
    """A folder below a file is an error that says where else to write."""
    data = put(tmp_path, *FORTY)
    with pytest.raises(CheckpointError, match=r"cannot be written: .*; name another folder with --output"):
        stages.calibrate(settings, data, data / "copy")


def test_a_calibrated_model_takes_the_precision(settings: Settings, model: Path, tmp_path: Path) -> None:
    """Building with a precision is refused before any document is read, and accepted once the model is calibrated."""
    from kgbuild.stages.recipe import check_settings

    recognise = settings.recognise.model_copy(update={"pipeline": "blank"})
    blank = settings.model_copy(update={"recognise": recognise})
    with pytest.raises(SettingError, match=r"kgbuild calibrate DATA\.jsonl --model FOLDER"):
        check_settings(blank)
    stages.calibrate(settings, put(tmp_path, *FORTY))
    assert check_settings(blank).properties
