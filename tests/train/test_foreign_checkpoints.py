"""A checkpoint that belongs to another training, or is damaged inside, is refused by name and left as it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from kgbuild.errors import CheckpointError
from kgbuild.train.loop import Plan, fit

PLAN = Plan(epochs=1, encoder_rate=0.01, head_rate=0.1, seconds_between_checkpoints=0.0)


def train(path: Path, model: nn.Module) -> None:
    """Two steps of a model with five inputs."""

    def loss(batch: list[float]) -> torch.Tensor:
        value: torch.Tensor = model(torch.tensor(batch)).square().sum()
        return value

    fit(model, lambda _: [[1.0] * 5, [2.0] * 5], loss, PLAN, checkpoint=path, report=lambda _: None)


class Head(nn.Module):
    """Another model for the same inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(5, 3)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Three numbers."""
        found: torch.Tensor = self.head(inputs)
        return found


@pytest.mark.parametrize("other", [lambda: nn.Linear(5, 7), Head], ids=["other sizes", "other names"])
def test_a_checkpoint_of_another_model_is_refused(tmp_path: Path, other: Callable[[], nn.Module]) -> None:
    """Of the same plan and as many steps, but of other weights: refused by name, and left as it is."""
    path = tmp_path / "recogniser.pt"
    train(path, nn.Linear(5, 3))
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match=r"recogniser\.pt' is of another model or damaged .*; delete it"):
        train(path, other())
    assert path.read_bytes() == before


@pytest.mark.parametrize("key", ["done", "model", "averaged", "optimiser", "schedule", "random"])
@pytest.mark.parametrize("value", [None, "text", {}])
def test_a_checkpoint_that_lacks_something_is_refused(tmp_path: Path, key: str, value: object) -> None:
    """A part that is missing or something else is an error that names the file, which stays as it is."""
    path = tmp_path / "relations.pt"
    train(path, nn.Linear(5, 3))
    state: dict[str, Any] = torch.load(path, weights_only=True)
    torch.save(
        {name: part for name, part in state.items() if name != key} if value is None else state | {key: value}, path
    )
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match=r"relations\.pt' is of another model or damaged .*; delete it"):
        train(path, nn.Linear(5, 3))
    assert path.read_bytes() == before


def test_more_steps_than_there_are_is_refused(tmp_path: Path) -> None:
    """A count of steps that the plan does not have is an error."""
    path = tmp_path / "relations.pt"
    train(path, nn.Linear(5, 3))
    torch.save(torch.load(path, weights_only=True) | {"done": 3}, path)
    with pytest.raises(CheckpointError, match=r"\(3 steps done of 2\)"):
        train(path, nn.Linear(5, 3))
