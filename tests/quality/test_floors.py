"""The shipped model keeps its quality: floors pinned beside the digest of the data that they were measured on.

The figures are those of `benchmarks/quality.py`, by the names that `Evaluation.figures` gives them. A floor lies some
thousandths below what was measured, since processors round otherwise; whether a target is met, `RESULTS.md` says.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kgbuild.config import load_settings
from kgbuild.evaluate import to_gold
from kgbuild.stages import Evaluation, evaluate
from kgbuild.train.data import HELD_OUT, is_held_out

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "data"


@dataclass(frozen=True)
class Floors:
    """An annotated file and what its figures may be."""

    path: Path
    digest: str
    least: Mapping[str, float] = field(default_factory=dict)
    most: Mapping[str, float] = field(default_factory=dict)
    held_out: float = 1.0
    """The share of its documents that nothing was trained on."""


FLOORS = {
    "redocred/dev": Floors(
        DATA / "redocred" / "dev.jsonl",
        "ce15e9a4ff5bee797cb3a378aff32e63d517838ff55fe78aa95b716ad4cfdee2",
        least={
            "recogniser F1": 0.855,
            "relations, same sentence, F1": 0.665,
            "relations, all pairs, F1": 0.60,
            "end to end, same sentence, F1": 0.635,
            "end to end, all, F1": 0.57,
        },
        most={"expected calibration error": 0.03, "unrelated pairs that get a relation": 0.03},
    ),
    "wikigold": Floors(
        DATA / "wikigold" / "train.jsonl",
        "a6169ce107839f471c036e4f9cac47d1f9e4742bd235ea1dbdca460074962755",
        least={"recogniser F1": 0.805},
        held_out=HELD_OUT["wikigold"],
    ),
    "btc/dev": Floors(
        DATA / "btc" / "dev.jsonl",
        "cbc7974d7e8173aeca42c220c684af1e31c97330e538a5fc85858fde0bd759dd",
        least={"recogniser F1": 0.715},
    ),
    "wnut17/dev": Floors(
        DATA / "wnut17" / "dev.jsonl",
        "baae6973f1113028bae0fdbbdde65c278b6eb14867705f5e111341844c85bd6e",
        least={"recogniser F1": 0.60},
    ),
    "own": Floors(
        HERE / "annotated.jsonl",
        "4458c77881d55a8dcc6b7581fd18954cb70da43ce374b9a267e60bccc7ed9652",
        least={
            "recogniser F1": 0.94,
            "relations, same sentence, F1": 0.70,
            "end to end, same sentence, F1": 0.69,
            "end to end, all, F1": 0.645,
        },
    ),
}


@pytest.mark.parametrize("name", FLOORS)
def test_the_shipped_model_is_above_its_floors(name: str, tmp_path: Path) -> None:
    """Recogniser, relations and whole pipeline reach the pinned figures on data that the model was not trained on."""
    floors = FLOORS[name]
    if not floors.path.is_file():
        pytest.skip(f"{floors.path.name} of {name} is not on this machine; the floors on our own set hold everywhere")
    assert hashlib.sha256(floors.path.read_bytes()).hexdigest() == floors.digest, "floors belong to other data"
    assert _outside(floors, _evaluation(floors, tmp_path)) == {}


def test_every_floor_can_fail() -> None:
    """A figure that is missing, below its floor or above its ceiling is told."""
    found = Evaluation(1, None, None, None, None, None, 0.0)
    floors = Floors(HERE, "", least={"recogniser F1": 0.1}, most={"expected calibration error": 0.03})
    assert set(_outside(floors, found)) == {"recogniser F1", "expected calibration error"}


def _evaluation(floors: Floors, folder: Path) -> Evaluation:
    """What the shipped model reaches on the documents that nothing was trained on."""
    lines = floors.path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if is_held_out(to_gold(json.loads(line)), floors.held_out)]
    path = folder / "held-out.jsonl"
    path.write_text("".join(kept), encoding="utf-8")
    return evaluate(load_settings(environment={}), path)


def _outside(floors: Floors, found: Evaluation) -> dict[str, float | None]:
    """The figures that are not within their bounds; `None` for those that the file does not tell."""
    reached = {name: figure.value for name, figure in found.figures().items()}
    low = {name for name, least in floors.least.items() if reached.get(name, -1.0) < least}
    high = {name for name, most in floors.most.items() if reached.get(name, 2.0) > most}
    return {name: reached.get(name) for name in low | high}
