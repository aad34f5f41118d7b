"""Settings: one frozen model per room, read from defaults, `kgbuild.toml`, the environment and the caller.

The later source wins. In the environment the setting `accept.threshold` is `KGBUILD_ACCEPT_THRESHOLD`
and the top-level setting `device` is `KGBUILD_DEVICE`.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from kgbuild.errors import MissingError, SettingError

__all__ = [
    "NAMES",
    "VOCABULARY",
    "AcceptSettings",
    "GraphSettings",
    "IngestSettings",
    "RecogniseSettings",
    "ResolveSettings",
    "ScoreSettings",
    "Settings",
    "load_settings",
]

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parent / "ontology"
VOCABULARY = _CHECKOUT if _CHECKOUT.is_dir() else _PACKAGE / "vocabulary"
"""Folder of the Turtle files that ship: `ontology/` in a checkout, inside the package when installed."""
NAMES = VOCABULARY / "patterns" / "names.toml"
"""File of the kinds of things with names for them."""
_DEFAULT_FILE = "kgbuild.toml"
_PREFIX = "KGBUILD_"
_EXPECTED = {
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    **dict.fromkeys(("string_type", "path_type"), "a text"),
    **dict.fromkeys(("model_type", "model_attributes_type"), "a section, whose settings stand below its name"),
    "tuple_type": "a list of texts",
    "greater_than": "a number above {gt:g}",
    "greater_than_equal": "a number of {ge:g} or more",
    "less_than": "a number below {lt:g}",
    "less_than_equal": "a number of {le:g} or less",
    "literal_error": "{expected}",
    "value_error": "{error}",
}
"""What a wrong value should have been, by pydantic's name for the mistake."""
_PATHS = (
    *(("", "model"), ("", "ontology"), ("recognise", "gazetteer")),
    *(("resolve", "vocabulary"), ("graph", "directory")),
)


class _Room(BaseModel):
    """A section of the settings: frozen, unknown keys refused, each value checked."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class IngestSettings(_Room):
    """How documents are read and cut into shards."""

    max_bytes: int = Field(default=256 * 2**20, ge=1)
    """Largest file, or line of a jsonl file, that is read, bytes; a larger one is set aside."""
    shard_characters: int = Field(default=4_000_000, ge=1)
    """Characters of text a shard holds before the next one begins."""
    max_shards: int = Field(default=1_000, ge=1, le=1_000)
    """Shards a run may have (Airflow maps at most 1,024); above it shards grow instead."""


class RecogniseSettings(_Room):
    """How sentences and mentions are found."""

    pipeline: str = "kgbuild"
    """`kgbuild` for our recogniser, `blank` for gazetteer alone, or any installed spaCy pipeline by name or path."""
    gazetteer: Path | None = None
    """Patterns of spaCy's entity ruler, one JSON object a line, that are added to what the model finds."""
    tokens_per_batch: int = Field(default=8_192, ge=512)
    """Word pieces in one batch, padding included."""


class ResolveSettings(_Room):
    """How entities of different documents are told to be one."""

    across: bool = False
    """Whether each build that changes the graph does what `kgbuild resolve` does: all its documents are compared."""
    vocabulary: Path | None = None
    """Reference vocabulary whose IRIs `kgbuild resolve` links entities to: SKOS or RDF with labels, or csv."""


def _window(value: object) -> object:
    """The number, or `document`; text holds either in the environment and on the command line."""
    if not re.fullmatch(r"document|[0-9]{1,6}", str(value)):
        raise ValueError("'document' or a whole number from 0 to 999999")
    return value if value == "document" else int(str(value))


class ScoreSettings(_Room):
    """How candidate pairs are scored."""

    scorer: Literal["attention", "dot", "concat"] = "attention"
    """`attention`: the trained pair attention; `dot` and `concat`: the two simple scorers, untyped."""
    window: Annotated[int | Literal["document"], BeforeValidator(_window)] = "document"
    """Most sentences between head and tail where they stand closest, 0 for pairs of one sentence; `document`: all pairs
    that are read together, within some 400 words."""
    floor: float = Field(default=0.05, ge=0.0, lt=1.0)
    """Uncalibrated probability below which a score is not kept; no threshold below it can be used later."""
    tokens_per_batch: int = Field(default=8_192, ge=512)
    """Word pieces in one batch, padding included."""
    pairs_per_batch: int = Field(default=16_384, ge=1)
    """Candidate pairs in one batch, padding included."""
    keep_vectors: bool = True
    """Keep the vectors of the ontology's relations in the graph's folder, so that a later process starts sooner."""


class AcceptSettings(_Room):
    """Which scores become claims."""

    threshold: float = Field(default=0.55, ge=0.0, le=1.0)
    """Calibrated probability from which a score is accepted; by default so high that of pairs of one sentence without
    a relation fewer than 3 % get one on redocred/dev. Not used where `precision` is set."""
    precision: float | None = Field(default=None, gt=0.0, lt=1.0)
    """Wanted precision, reached by a threshold per property fitted on held-out data."""
    check_types: bool = True
    """Refuse claims whose head or tail type lies outside the property's domain or range."""


def _closed_base(base: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]*[/#]", base):
        raise ValueError("an absolute IRI that ends with / or #")
    return base


class GraphSettings(_Room):
    """What is written into the graph, where, and under which names."""

    directory: Path = Path("graph")
    """Folder of the graph: the store, the runs and their hand-over files; the DAGs use it, commands name theirs."""
    base: Annotated[str, AfterValidator(_closed_base)] = "https://w3id.org/kgbuild/"
    """IRI before `entity/`, `document/`, `evidence/`, `run/`, `graph/`."""
    store_text: bool = True
    """Keep each document's whole text in its graph (`nif:isString`)."""


def _lines(value: object) -> object:
    """One path a line, so that the environment can hold several; URLs use up every other separator."""
    return tuple(value.splitlines()) if isinstance(value, str) else value


def _known_device(device: str) -> str:
    if not re.fullmatch(r"auto|cpu|cuda(:[0-9]+)?|mps", device):
        raise ValueError("'auto', 'cpu', 'cuda', 'cuda:N' or 'mps'")
    return device


class Settings(_Room):
    """All settings of a run."""

    corpus: Annotated[tuple[str, ...], BeforeValidator(_lines)] = ()
    """Files, folders, globs or URLs that the DAGs ingest, in text one a line; the commands name theirs."""
    model: Path = _PACKAGE / "models" / "default"
    """Folder of the trained model."""
    ontology: Path = VOCABULARY / "kgbuild.ttl"
    """OWL or RDFS ontology, in Turtle, RDF/XML, N-Triples or JSON-LD: its properties are the relations, its classes the
    types."""
    device: Annotated[str, AfterValidator(_known_device)] = "auto"
    """`auto` (a GPU where there is one), `cpu`, `cuda`, `cuda:N` or `mps`."""
    ingest: IngestSettings = IngestSettings()
    """Reading of documents."""
    recognise: RecogniseSettings = RecogniseSettings()
    """Sentences and mentions."""
    resolve: ResolveSettings = ResolveSettings()
    """Identity across documents."""
    score: ScoreSettings = ScoreSettings()
    """Candidate pairs and their scores."""
    accept: AcceptSettings = AcceptSettings()
    """From scores to claims."""
    graph: GraphSettings = GraphSettings()
    """From claims to the graph."""

    @model_validator(mode="after")
    def _floor_below_threshold(self) -> "Settings":
        if self.accept.precision is None and self.accept.threshold < self.score.floor:
            raise ValueError(
                f"accept.threshold {self.accept.threshold} lies below score.floor {self.score.floor}, "
                "so scores between them are not kept; raise the one or lower the other"
            )
        return self


def load_settings(
    file: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
) -> Settings:
    """Settings from defaults, a TOML file, the environment and `overrides` (dotted keys), the later winning.

    `file` defaults to `kgbuild.toml` in the working directory, where it exists.
    Raises: SettingError, MissingError.
    """
    environment = os.environ if environment is None else environment
    tree = _read_toml(file)
    for key, value in {**_from_environment(environment), **(overrides or {})}.items():
        _put(tree, key, value)
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise SettingError(_first_problem(error), subject=tree) from error


def _read_toml(file: Path | None) -> dict[str, Any]:
    path = file or Path(_DEFAULT_FILE)
    if not path.exists():
        if file is not None:
            raise MissingError(f"settings file {str(file)!r} does not exist; name an existing TOML file", subject=file)
        return {}
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"settings file {str(path)!r} is not TOML: {error}", subject=path) from error
    except OSError as error:
        raise SettingError(
            f"settings file {str(path)!r} cannot be read: {error.strerror}; name a readable TOML file", subject=path
        ) from error
    return _relative_to(tree, path.resolve().parent)


def _relative_to(tree: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Paths in a settings file are relative to that file, as in pyproject.toml."""
    for section, key in _PATHS:
        place = tree.get(section, {}) if section else tree
        if isinstance(place, dict) and isinstance(place.get(key), str):
            place[key] = str(folder / place[key])
    corpus = _lines(tree.get("corpus"))
    if isinstance(corpus, list | tuple):
        tree["corpus"] = tuple(_beside(path, folder) for path in corpus)
    return tree


def _beside(path: object, folder: Path) -> object:
    """`path` below `folder`; as it stands when it is absolute, a URL, or no path at all."""
    return str(folder / path) if isinstance(path, str) and "://" not in path else path


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Settings named in the environment, by dotted key; a name that is no setting is an error."""
    known = {_PREFIX + key.replace(".", "_").upper(): key for key in _keys()}
    found = {name: value for name, value in environment.items() if name.startswith(_PREFIX)}
    for name in found:
        if name not in known:
            raise SettingError(
                f"environment variable {name!r} names no setting; known are {', '.join(sorted(known))}", subject=name
            )
    return {known[name]: value for name, value in found.items()}


def _keys() -> list[str]:
    keys = []
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, _Room):
            keys += [f"{name}.{inner}" for inner in type(field.default).model_fields]
        else:
            keys.append(name)
    return keys


def _put(tree: dict[str, Any], key: str, value: object) -> None:
    section, _, name = key.rpartition(".")
    place = tree.setdefault(section, {}) if section else tree
    if isinstance(place, dict):
        place[name] = value


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"unknown setting {key!r}; known are {', '.join(_keys())}"
    message = problem["msg"].removeprefix("Value error, ")
    if not key:
        return message
    known = problem["type"] in _EXPECTED
    expected = _EXPECTED[problem["type"]].format(**problem.get("ctx", {})) if known else message
    return f"setting {key!r}: expected {expected}, came {problem['input']!r}"
