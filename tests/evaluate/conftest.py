"""A small annotated document that the tests of this folder share."""

import copy
from typing import Any

import pytest

RECORD: dict[str, Any] = {
    "id": "d1",
    "text": "Ada met Ben in Oslo. Ada left. Cy stayed in Rome.",
    "sentences": [[0, 20], [21, 30], [31, 49]],
    "mentions": [
        {"start": 0, "end": 3, "type": "PER", "entity": 0},
        {"start": 8, "end": 11, "type": "PER", "entity": 1},
        {"start": 15, "end": 19, "type": "LOC", "entity": 2},
        {"start": 21, "end": 24, "type": "PER", "entity": 0},
        {"start": 31, "end": 33, "type": "PER", "entity": 3},
        {"start": 44, "end": 48, "type": "LOC", "entity": 4},
    ],
    "relations": [
        {"head": 0, "tail": 1, "label": "met", "evidence": [0]},
        {"head": 0, "tail": 2, "label": "place", "evidence": [0]},
        {"head": 3, "tail": 4, "label": "place", "evidence": [2]},
        {"head": 0, "tail": 3, "label": "met", "evidence": [0, 2]},
    ],
}


@pytest.fixture
def record() -> dict[str, Any]:
    """A fresh copy of the record: four relations, three of them within a sentence."""
    return copy.deepcopy(RECORD)
