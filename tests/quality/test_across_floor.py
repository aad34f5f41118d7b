"""Identity across documents keeps its quality on pairs decided by hand; the figures of `benchmarks/across.py`."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "data"
LEAST = {"choose": 0.935, "added": 0.965, "fresh": 0.935, "measure": 0.89, "sealed": 0.94}
"""Least F1 over the pairs of each part."""


@pytest.fixture(scope="module")
def across() -> ModuleType:
    """The benchmark."""
    spec = importlib.util.spec_from_file_location("across", HERE.parents[1] / "benchmarks" / "across.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["across"] = module
    spec.loader.exec_module(module)
    return module


def test_the_pairs_hold_no_text(across: ModuleType) -> None:
    """There are at least 300 pairs, named by digests of records alone, and no sealed mention is chosen on."""
    pairs = across.read_pairs()
    spots = {half: {spot for pair in pairs if pair.half == half for spot in (pair.one, pair.other)} for half in LEAST}
    assert len(pairs) >= 300
    assert {pair.half for pair in pairs} == set(LEAST)
    assert not spots["sealed"] & spots["fresh"]
    assert all(
        len(digest) == 16 and set(digest) <= set("0123456789abcdef") for digest, _ in set().union(*spots.values())
    )


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_identity_across_documents_is_above_its_floor(across: ModuleType) -> None:
    """On every part the rules reach the pinned F1, and more than name and type alone."""
    if not all((DATA / name / "train.jsonl").is_file() for name in across.SETS):
        pytest.skip("the annotated documents are not on this machine")
    pairs = across.read_pairs()
    before, after = across.decide(across.read_documents(DATA))
    for half, least in LEAST.items():
        held = [pair for pair in pairs if pair.half == half]
        assert across.count(held, after).f1 >= least
        assert across.count(held, after).f1 > across.count(held, before).f1
