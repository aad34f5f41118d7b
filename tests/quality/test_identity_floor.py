"""Mentions of a document are gathered as well as ever; the figures of `benchmarks/identity.py`.

The floors of the mentions' own quality are those of `test_floors.py`, on the same data.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from kgbuild.config import load_settings
from kgbuild.evaluate import GoldDocument
from kgbuild.train.data import read_gold

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DEV = ROOT.parent / "shared" / "data" / "redocred" / "dev.jsonl"
LEAST = {"own": (HERE / "annotated.jsonl", 0.97), "redocred/dev": (DEV, 0.935)}
"""Least CoNLL F1 with gold mentions."""
LEAST_END_TO_END = 0.85
"""Least CoNLL F1 on redocred/dev from the raw text."""


@pytest.fixture(scope="module")
def identity() -> ModuleType:
    """The benchmark."""
    sys.path.append(str(ROOT / "benchmarks"))  # it imports `stamp` by that name
    spec = importlib.util.spec_from_file_location("identity", ROOT / "benchmarks" / "identity.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["identity"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", LEAST)
def test_gold_mentions_are_gathered_above_the_floor(identity: ModuleType, name: str) -> None:
    """With mentions and types given, the rules reach the pinned figure."""
    path, least = LEAST[name]
    gold = _read(path)
    assert identity.score_resolved(gold, identity.with_gold_mentions(gold)).total.conll_f1 >= least


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_found_mentions_are_gathered_above_the_floor(identity: ModuleType) -> None:
    """From the raw text, the recogniser's slips included, recogniser and rules reach the pinned figure."""
    gold = _read(DEV)
    found = identity.with_found_mentions(gold, load_settings(environment={}))
    assert identity.score_resolved(gold, found).total.conll_f1 >= LEAST_END_TO_END


def test_floors_are_above_what_no_rule_reaches(identity: ModuleType) -> None:
    """Mentions of one string alone are below the floor on our own set, so a rule that is lost shows."""
    path, least = LEAST["own"]
    gold = _read(path)
    assert identity.score_strings(gold, identity.with_gold_mentions(gold)).total.conll_f1 < least


def _read(path: Path) -> list[GoldDocument]:
    if not path.is_file():
        pytest.skip(f"{path.name} is not on this machine; the floor on our own set holds everywhere")
    return list(read_gold(path))
