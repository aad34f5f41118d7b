"""The mean of models is the mean of their weights, and shares that are none are refused."""

import sys
from pathlib import Path

import pytest
import torch

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture(autouse=True)
def on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tools can be imported."""
    monkeypatch.syspath_prepend(str(TOOLS))


def test_weights_are_averaged_by_their_shares() -> None:
    """Every real weight is the weighted mean; what counts steps is the first's."""
    import average_models

    one = {"w": torch.tensor([[1.0, 3.0]]), "steps": torch.tensor(7)}
    other = {"w": torch.tensor([[5.0, -1.0]]), "steps": torch.tensor(9)}
    found = average_models.mean([one, other], [0.75, 0.25])
    assert found["w"].tolist() == [[2.0, 2.0]]
    assert found["steps"].item() == 7


@pytest.mark.parametrize(("models", "reason"), [(["a=half"], "'a=half'"), (["a=0.5", "b=0.4"], "a sum of 1")])
def test_shares_that_are_none_are_refused(
    models: list[str],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A share that is no number, and shares whose sum is not 1, end the program before a model is read."""
    import average_models

    monkeypatch.setattr(sys, "argv", ["average_models.py", "--output", str(tmp_path / "made"), *models])
    with pytest.raises(SystemExit) as refused:
        average_models.main()
    assert reason in f"{refused.value}{capsys.readouterr().err}"
    assert not (tmp_path / "made").exists()
