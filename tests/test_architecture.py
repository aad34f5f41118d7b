"""Who may import whom, which library belongs to whom, who opens files, and how large a function or module may be."""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "kgbuild"

_VALUES = {
    *("calibration", "config", "decisions", "errors", "iris", "kinds", "numerals", "objects", "ontology", "pieces"),
    "records",
}

MAY_IMPORT: dict[str, set[str]] = {
    # values
    "errors": set(),
    "iris": set(),
    "kinds": {"errors"},
    "records": set(),
    "pieces": set(),
    "config": {"errors"},
    "calibration": {"errors"},
    "numerals": set(),
    "rivals": {"ontology", "records"},
    "objects": {"numerals", "ontology", "records"},
    "decisions": {"iris", "objects", "ontology", "records"},
    "ontology_terms": set(),
    "ontology_words": set(),
    "rdf_files": {"errors", "ontology_terms"},
    "ontology_ranges": {"ontology_terms"},
    "ontology_reading": {"errors", "ontology_ranges", "ontology_terms", "ontology_words"},
    "ontology": {"errors", "iris", "ontology_reading", "ontology_terms", "rdf_files"},
    # rooms: none imports another, but that the model is used where it is run and trained
    "ingest": _VALUES,
    "resolve": _VALUES,
    "model": _VALUES,
    "accept": _VALUES | {"rivals"},
    "graph": {*_VALUES, "rdf_files"},
    "evaluate": _VALUES,
    "score": {*_VALUES, "model"},
    "recognise": {*_VALUES, "model", "checkpoint", "model_folder"},
    "train": {*_VALUES, "model", "score", "recognise", "checkpoint", "evaluate"},
    # files
    "handoff": _VALUES,
    "model_folder": {"calibration", "config", "errors"},
    "checkpoint": {*_VALUES, "model", "model_folder"},
    "vector_file": {"iris"},
    # the rooms strung together
    "pipeline": {
        *_VALUES,
        *("accept", "checkpoint", "graph", "ingest", "model", "model_folder", "recognise", "resolve", "score"),
    },
    "stages": {
        *_VALUES,
        *("accept", "checkpoint", "evaluate", "graph", "handoff", "ingest", "model", "model_folder"),
        *("rdf_files", "recognise", "resolve", "score", "train", "vector_file"),
    },
    "cli": {*_VALUES, "evaluate", "graph", "stages"},
    "__init__": {"pipeline"},
    "__main__": {"cli"},
}
"""For each room or module what it may import of the others."""

OWNERS: dict[str, set[str]] = {
    "airflow": {"dags"},
    "fsspec": {"ingest"},
    "networkx": {"evaluate", "graph", "pipeline", "resolve"},  # the pipeline names its types only
    "pyarrow": {"handoff"},
    "pyoxigraph": {"graph"},
    "pyshacl": {"graph"},
    "rdflib": {"graph", "ontology_reading", "ontology_words", "pipeline", "rdf_files"},  # the pipeline: types only
    "rich": {"cli"},
    "spacy": {"recognise"},
    "torch": {"checkpoint", "model", "recognise", "score", "train", "vector_file"},
    "transformers": {"model"},
    "typer": {"cli"},
}
"""For each heavy library the only rooms that import it."""

OPENERS = {
    *("checkpoint.py", "config.py", "handoff.py", "kinds.py", "model_folder.py", "rdf_files.py"),
    *("graph/export.py", "graph/opening.py", "graph/store.py"),
    *("ingest/sources.py", "recognise/pipelines.py"),
    *("train/annotations.py", "train/data.py", "train/examples.py", "train/loop.py", "train/patterns.py"),
    "train/written.py",
    "cli/options.py",  # a query in a file: `@path.rq`
    *("stages/discovering.py", "stages/recipe.py", "stages/runs.py", "stages/writing.py"),
    *("stages/diff.py", "stages/learning.py", "stages/retracting.py"),
    *("stages/folders.py", "stages/rebuilding.py", "stages/receipts.py", "stages/verifying.py"),
    *("stages/decided.py", "stages/outputs.py", "stages/sheets.py"),
    *("stages/identities.py", "stages/vocabularies.py"),
    "vector_file.py",
}
"""The modules that open, write, move or remove files."""

_OPENING = {
    *("open", "read_bytes", "read_text", "write_bytes", "write_text"),
    *("mkdir", "rmdir", "unlink", "touch", "rename", "rmtree", "copyfile", "copy2", "copytree", "iterdir", "glob"),
    *("from_file", "load_file", "save_file", "from_disk", "to_disk", "read_jsonl"),
}
LONGEST_MODULE, LONGEST_FUNCTION = 300, 40

MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("room", sorted({path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}))
def test_imports_run_downstream_only(room: str) -> None:
    """A room imports what the table allows, at its top, inside functions and for types alike."""
    assert room in MAY_IMPORT
    found = {
        (other, str(path.relative_to(PACKAGE)))
        for path in MODULES
        if _room(path) == room
        for other in _rooms_imported(path)
        if other != room
    }
    assert {(other, where) for other, where in found if other not in MAY_IMPORT[room]} == set()


def test_table_has_no_cycle() -> None:
    """The table can be put in an order, so that nothing leads back upstream."""
    assert set(TopologicalSorter(MAY_IMPORT).static_order()) == set(MAY_IMPORT)


def test_table_names_what_is_there() -> None:
    """Every row of the table is a room or module that exists."""
    assert set(MAY_IMPORT) == {_room(path) for path in MODULES}


@pytest.mark.parametrize("library", OWNERS)
def test_library_has_owners(library: str) -> None:
    """A heavy library is imported by its owners only, and by each of them."""
    importers = {_room(path) for path in MODULES if library in _libraries(path)}
    importers |= {"dags" for path in (ROOT / "dags").glob("*.py") if library in _libraries(path)}
    assert importers == OWNERS[library]


def test_model_and_train_need_few_libraries() -> None:
    """Model and training run where torch and transformers alone are installed: no spaCy, no store, no Airflow."""
    reached, waiting = set(), ["train", "model"]
    while waiting:
        room = waiting.pop()
        if (
            room not in reached and room != "recognise"
        ):  # its tagger and windows are used; its spaCy side is checked below
            reached.add(room)
            waiting += [other for path in MODULES if _room(path) == room for other in _rooms_imported(path)]
    assert reached & {"graph", "stages", "pipeline", "cli"} == set()
    used = {name for path in MODULES if _room(path) == "train" for name in _modules_imported(path)}
    spacy = {
        f"kgbuild.recognise.{path.stem}" for path in (PACKAGE / "recognise").glob("*.py") if "spacy" in _libraries(path)
    }
    assert spacy
    assert {name for name in used if any(name == module or name.startswith(f"{module}.") for module in spacy)} == set()


def test_files_are_opened_where_they_may_be() -> None:
    """Only the modules named here call what opens, writes, moves or removes a file."""
    found = {str(path.relative_to(PACKAGE)) for path in MODULES if _opening_calls(path)}
    assert found == OPENERS


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_and_functions_are_short(path: Path) -> None:
    """A module has at most 300 lines, a function at most 40 without its docstring."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE
    assert {node.name: size for node, size in _functions(path) if size > LONGEST_FUNCTION} == {}


def test_stages_load_lightly() -> None:
    """Torch, spaCy and the store are imported by stages inside functions, so that a query loads no model."""
    heavy = {
        "kgbuild.model",
        "kgbuild.score",
        "kgbuild.recognise",
        "kgbuild.checkpoint",
        "kgbuild.graph",
        "kgbuild.train",
        "kgbuild.vector_file",
    }
    for path in (PACKAGE / "stages").glob("*.py"):
        top = {node.module for node in _tree(path).body if isinstance(node, ast.ImportFrom)}
        assert {name for name in top if name and ".".join(name.split(".")[:2]) in heavy} == set()


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _modules_imported(path: Path) -> Iterator[str]:
    """Full names, `from a import b` as `a.b`; a relative import or one by name would escape, and fails."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}, line {node.lineno}: imports are written in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (argument.value for argument in node.args if isinstance(argument, ast.Constant))


def _rooms_imported(path: Path) -> set[str]:
    names = (name.split(".") for name in _modules_imported(path))
    return {parts[1] for parts in names if parts[0] == "kgbuild" and len(parts) > 1}


def _libraries(path: Path) -> set[str]:
    return {name.split(".")[0] for name in _modules_imported(path)}


def _opening_calls(path: Path) -> list[str]:
    calls = [node for node in ast.walk(_tree(path)) if isinstance(node, ast.Call)]
    methods = [(call, call.func.attr) for call in calls if isinstance(call.func, ast.Attribute)]
    found = [
        call
        for call, name in methods
        if name in _OPENING
        or (name == "parse" and any(keyword.arg == "format" for keyword in call.keywords))  # rdflib's
    ]
    found += [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "open"]
    named = [ast.unparse(call.func) for call in found]
    return [name for name in named if name != "GraphStore.open"]


def _functions(path: Path) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            documented = ast.get_docstring(node) is not None and first.end_lineno is not None
            docstring = first.end_lineno - first.lineno + 1 if documented else 0  # type: ignore[operator]
            yield node, (node.end_lineno or node.lineno) - node.lineno + 1 - docstring
