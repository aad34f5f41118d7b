"""Settings come from four places, the later winning, and a wrong one is named."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild import config
from kgbuild.config import Settings, load_settings
from kgbuild.errors import MissingError, SettingError


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(folder: Path, toml: str) -> Path:
    file = folder / "kgbuild.toml"
    file.write_text(toml, encoding="utf-8")
    return file


def wrong(message: str) -> "pytest.RaisesExc[SettingError]":
    return pytest.raises(SettingError, match=rf"^{re.escape(message)}")


def test_defaults_hold_without_any_source():
    """Nothing given is the default of every setting."""
    assert load_settings(environment={}) == Settings()


def test_the_later_source_wins(tmp_path: Path):
    """File beats default, environment beats file, the caller beats the environment."""
    file = written(tmp_path, "[accept]\nthreshold = 0.6\nprecision = 0.8\ncheck_types = false\n")
    environment = {"KGBUILD_ACCEPT_THRESHOLD": "0.7", "KGBUILD_ACCEPT_PRECISION": "0.85"}
    accept = load_settings(file, environment=environment, overrides={"accept.threshold": 0.75}).accept
    assert (accept.threshold, accept.precision, accept.check_types) == (0.75, 0.85, False)


def test_file_in_the_working_directory_is_found(tmp_path: Path):
    """`kgbuild.toml` where the program runs is read without being named."""
    written(tmp_path, 'device = "cpu"\n')
    assert load_settings(environment={}).device == "cpu"


def test_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch):
    """Without an environment given, the process's own is read, and others' variables are left alone."""
    monkeypatch.setenv("KGBUILD_GRAPH_STORE_TEXT", "false")
    monkeypatch.setenv("KGBUILDER", "another program's")
    assert load_settings().graph.store_text is False


def test_paths_of_a_file_are_relative_to_it(tmp_path: Path):
    """A settings file may be used from any folder: its paths are below its own."""
    folder = tmp_path / "project"
    folder.mkdir()
    file = written(
        folder,
        'model = "m"\nontology = "/o.ttl"\ncorpus = ["texts/*.md", "/all", "s3://bucket/x"]\n'
        '[recognise]\ngazetteer = "g.jsonl"\n[resolve]\nvocabulary = "v.ttl"\n[graph]\ndirectory = "kg"\n',
    )
    settings = load_settings(file, environment={})
    assert settings.model == folder / "m"
    assert settings.ontology == Path("/o.ttl")
    assert settings.recognise.gazetteer == folder / "g.jsonl"
    assert settings.resolve.vocabulary == folder / "v.ttl"
    assert settings.graph.directory == folder / "kg"
    assert settings.corpus == (str(folder / "texts/*.md"), "/all", "s3://bucket/x")


def test_paths_of_the_caller_stay_as_they_are(tmp_path: Path):
    """A path of the command line or the environment is relative to where the program runs, not to the file."""
    folder = tmp_path / "project"
    folder.mkdir()
    file = written(folder, 'model = "m"\n')
    settings = load_settings(file, environment={"KGBUILD_CORPUS": "a"}, overrides={"model": Path("mine")})
    assert (settings.model, settings.corpus) == (Path("mine"), ("a",))


def test_corpus_in_text_is_one_path_a_line(tmp_path: Path):
    """The environment can hold several paths, URLs with their colons among them; a file may do the same."""
    found = load_settings(environment={"KGBUILD_CORPUS": "texts\nhttps://example.org/a b\n"}).corpus
    assert found == ("texts", "https://example.org/a b")
    assert load_settings(written(tmp_path, 'corpus = "texts"\n'), environment={}).corpus == (str(tmp_path / "texts"),)


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("colour = 1", "unknown setting 'colour'; known are corpus, model"),
        ("[accept]\ntreshold = 1", "unknown setting 'accept.treshold'; known are corpus, model"),
        ("accept = 3", "setting 'accept': expected a section, whose settings stand below its name, came 3"),
        ("[accept]\nthreshold = 1.5", "setting 'accept.threshold': expected a number of 1 or less, came 1.5"),
        ("[accept]\nthreshold = nan", "setting 'accept.threshold': expected a number of 1 or less, came nan"),
        ("[accept]\nprecision = 1.0", "setting 'accept.precision': expected a number below 1, came 1.0"),
        (
            '[score]\nscorer = "best"',
            "setting 'score.scorer': expected 'attention', 'dot' or 'concat', came 'best'",
        ),
        (
            "[score]\nwindow = -1",
            "setting 'score.window': expected 'document' or a whole number from 0 to 999999, came -1",
        ),
        (
            '[score]\nwindow = "sentence"',
            "setting 'score.window': expected 'document' or a whole number from 0 to 999999",
        ),
        ("[score]\nwindow = true", "setting 'score.window': expected 'document' or a whole number from 0 to 999999"),
        ('device = "tpu"', "setting 'device': expected 'auto', 'cpu', 'cuda', 'cuda:N' or 'mps', came 'tpu'"),
        (
            '[graph]\nbase = "example"',
            "setting 'graph.base': expected an absolute IRI that ends with / or #, came 'example'",
        ),
        ("[ingest]\nmax_shards = 1_001", "setting 'ingest.max_shards': expected a number of 1000 or less, came 1001"),
        ('[accept]\nthreshold = "high"', "setting 'accept.threshold': expected a number, came 'high'"),
        ("[score]\nfloor = -1", "setting 'score.floor': expected a number of 0 or more, came -1"),
        ("[accept]\nprecision = 0", "setting 'accept.precision': expected a number above 0, came 0"),
        ("[ingest]\nmax_bytes = 1.5", "setting 'ingest.max_bytes': expected a whole number, came 1.5"),
        ("[accept]\ncheck_types = 7", "setting 'accept.check_types': expected true or false, came 7"),
        ("model = 1", "setting 'model': expected a text, came 1"),
        ("corpus = 1", "setting 'corpus': expected a list of texts, came 1"),
        ("corpus = [1]", "setting 'corpus.0': expected a text, came 1"),
        ("device =", "settings file 'kgbuild.toml' is not TOML: "),
    ],
)
def test_wrong_file_is_told(tmp_path: Path, toml: str, message: str):
    """A wrong key or value is named, with what was expected and what came, in one line."""
    written(tmp_path, toml)
    with wrong(message) as raised:
        load_settings(environment={})
    assert "\n" not in str(raised.value)


def test_file_that_is_not_utf8_is_told(tmp_path: Path):
    """Bytes that are no UTF-8 are a wrong file, not a crash."""
    (tmp_path / "kgbuild.toml").write_bytes(b'device = "\xff"')
    with wrong("settings file 'kgbuild.toml' is not TOML: "):
        load_settings(environment={})


def test_file_that_cannot_be_read_is_told(tmp_path: Path):
    """A folder in the place of the file is named with the system's reason."""
    with wrong(f"settings file {str(tmp_path)!r} cannot be read: Is a directory; "):
        load_settings(tmp_path, environment={})


def test_missing_file_is_told():
    """A file that was named must exist."""
    with pytest.raises(MissingError, match=r"^settings file 'nowhere\.toml' does not exist; "):
        load_settings(Path("nowhere.toml"), environment={})


def test_unknown_variable_is_told():
    """A misspelt variable is an error that lists the right ones."""
    with wrong("environment variable 'KGBUILD_ACCEPT_TRESHOLD' names no setting; known are KGBUILD_ACCEPT_CHECK"):
        load_settings(environment={"KGBUILD_ACCEPT_TRESHOLD": "0.5"})


def test_unknown_override_is_told():
    """A caller's key is checked like one of the file."""
    with wrong("unknown setting 'accept.colour'; "):
        load_settings(environment={}, overrides={"accept.colour": 1})


@pytest.mark.parametrize("window", [0, 1, "document"])
def test_window_of_every_form_is_accepted(window: int | str, tmp_path: Path):
    """A number of sentences and `document` come out of the file and of the environment's text as the same value."""
    written(tmp_path, f"[score]\nwindow = {window!r}\n")
    assert load_settings(environment={}).score.window == window
    from_text = load_settings(Path(os.devnull), environment={"KGBUILD_SCORE_WINDOW": str(window)}).score.window
    assert (from_text, type(from_text)) == (window, type(window))


@pytest.mark.parametrize("window", ["-1", "sentence", "1.5", "1000000", "Document", "1\n", ""])
def test_window_of_no_form_is_told(window: str):
    """Any other text in the environment is refused under the setting's own name."""
    message = "setting 'score.window': expected 'document' or a whole number from 0 to 999999, came "
    with wrong(f"{message}{window!r}"):
        load_settings(environment={"KGBUILD_SCORE_WINDOW": window})


def test_threshold_below_the_floor_is_refused():
    """Scores below the floor are not kept, so no threshold may lie there, unless a precision decides."""
    options: dict[str, object] = {"accept.threshold": 0.01, "score.floor": 0.1}
    with wrong("accept.threshold 0.01 lies below score.floor 0.1"):
        load_settings(environment={}, overrides=options)
    assert load_settings(environment={}, overrides={**options, "accept.precision": 0.9}).accept.precision == 0.9


@given(device=st.from_regex(r"\A(auto|cpu|mps|cuda|cuda:[0-9]{1,3})\Z"))
def test_every_device_is_accepted(device: str):
    """Each form of a device that is promised is a valid setting."""
    assert Settings(device=device).device == device


@given(device=st.text(max_size=8).filter(lambda text: not re.fullmatch(r"auto|cpu|mps|cuda(:[0-9]+)?", text)))
def test_no_other_device_is_accepted(device: str):
    """A device of another form is refused, a line break at its end included."""
    with pytest.raises(ValueError, match="'cuda:N' or 'mps'"):
        Settings(device=device)


def test_every_setting_has_a_variable():
    """The environment reaches each setting: its variable is known, whatever it thinks of the value."""
    for key in config._keys():
        name = "KGBUILD_" + key.replace(".", "_").upper()
        assert config._from_environment({name: "x"}) == {key: "x"}


def test_settings_cannot_be_changed():
    """A room cannot alter the settings of another."""
    with pytest.raises(ValueError, match="frozen"):
        Settings().accept.threshold = 0.9  # type: ignore[misc]
