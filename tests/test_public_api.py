"""What the package offers: every module says what it exports, and everything that is offered says what it is."""

import ast
import importlib
from functools import cache
from pathlib import Path

import pytest

import kgbuild

PACKAGE = Path(kgbuild.__file__).parent
MODULES = sorted(
    ".".join(("kgbuild", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
)


@pytest.mark.parametrize("name", MODULES)
def test_all_is_sorted_and_there(name: str) -> None:
    """`__all__` is sorted as ruff sorts it, has no name twice, and each of its names can be imported."""
    module = importlib.import_module(name)
    assert list(module.__all__) == sorted(set(module.__all__), key=_rank)
    for exported in module.__all__:
        assert hasattr(module, exported)


@pytest.mark.parametrize("name", MODULES)
def test_all_is_complete(name: str) -> None:
    """Each public name that a module defines is in its `__all__`, unless other modules leave it alone."""
    defined = _defined(_tree(name))
    assert {public for public in defined if public not in importlib.import_module(name).__all__} <= _private_use(name)


@pytest.mark.parametrize("name", MODULES)
def test_everything_public_is_documented(name: str) -> None:
    """A module, its public functions, classes and methods have docstrings; exported values have a sentence below."""
    tree = _tree(name)
    exported = set(importlib.import_module(name).__all__)
    assert ast.get_docstring(tree)
    nodes = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in exported]
    assert [node.name for node in nodes if not ast.get_docstring(node)] == []
    methods = [(node.name, item) for node in nodes if isinstance(node, ast.ClassDef) for item in node.body]
    bare = [
        f"{owner}.{item.name}"
        for owner, item in methods
        if isinstance(item, ast.FunctionDef) and not item.name.startswith("_") and not ast.get_docstring(item)
    ]
    assert bare == []
    assert _values_without_sentence(tree, exported) == []


def test_package_is_small() -> None:
    """The package itself offers two names, in under 16 lines, and loads nothing heavy for them."""
    assert kgbuild.__all__ == ["Graph", "build"]
    assert len((PACKAGE / "__init__.py").read_text(encoding="utf-8").splitlines()) < 16
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = kgbuild.nothing
    assert callable(kgbuild.build)


@cache
def _tree(name: str) -> ast.Module:
    path = PACKAGE.joinpath(*name.split(".")[1:])
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text(encoding="utf-8"))


def _rank(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def _defined(tree: ast.Module) -> set[str]:
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return {name for name in names if not name.startswith("_")}


def _private_use(name: str) -> set[str]:
    """Names that no other module takes from it: type variables, loggers, an application's commands."""
    return _defined(_tree(name)) - {taken for other, module, taken in _takings() if module == name != other}


@cache
def _takings() -> set[tuple[str, str, str]]:
    """Module, and what it takes from which other module."""
    return {
        (taker, node.module or "", alias.name)
        for taker in MODULES
        for node in ast.walk(_tree(taker))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _values_without_sentence(tree: ast.Module, exported: set[str]) -> list[str]:
    found = []
    for node, after in zip(tree.body, [*tree.body[1:], None], strict=True):
        target = node.target if isinstance(node, ast.AnnAssign) else None
        if isinstance(node, ast.Assign):
            target = node.targets[0]
        if isinstance(target, ast.Name) and target.id in exported:
            value = after.value if isinstance(after, ast.Expr) else None
            helped = isinstance(node, ast.Assign) and "help=" in ast.unparse(node.value)  # an option of the program
            if not helped and not (isinstance(value, ast.Constant) and isinstance(value.value, str)):
                found.append(target.id)
    return found
