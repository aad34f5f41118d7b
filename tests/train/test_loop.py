"""Training gives the average of its weights, and goes on after a kill as if nothing had happened."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from kgbuild.errors import CheckpointError
from kgbuild.train.loop import Plan, fit, parameter_groups

PLAN = Plan(epochs=3, encoder_rate=0.01, head_rate=0.1, seconds_between_checkpoints=0.0)
STEPS = 15


class Killed(Exception):  # noqa: N818  (what happens to a run, not an error of it)
    """What a run dies of."""


class Net(nn.Module):
    """A net with a frozen vocabulary, an encoder's layer, dropout and a count of steps, like the real ones."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.word_embeddings = nn.Embedding(11, 5)
        self.transformer = nn.Linear(5, 7)
        self.dropout = nn.Dropout(0.3)
        self.head = nn.Linear(7, 1)
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))
        self.steps: Tensor

    def loss(self, batch: list[int]) -> Tensor:
        """Something to be made smaller, which dropout and the count of steps change."""
        self.steps += 1
        hidden = self.dropout(self.transformer(self.word_embeddings(torch.tensor(batch))))
        return (self.head(hidden) - self.steps % 3).square().mean()


def batches(epoch: int) -> list[list[int]]:
    """Five batches of an epoch, the same whenever asked."""
    return [[(epoch * 5 + step) % 11, step] for step in range(5)]


def run(
    checkpoint: Path, *, kill_at: int = 0, plan: Plan = PLAN, report: Callable[[str], None] = print
) -> dict[str, Tensor]:
    """The weights of a run; one that is to be killed raises in the middle of that step."""
    net = Net()

    def loss(batch: list[int]) -> Tensor:
        value = net.loss(batch)
        if int(net.steps) == kill_at:
            raise Killed
        return value

    fit(net, batches, loss, plan, checkpoint=checkpoint, report=report)
    assert not net.training
    return net.state_dict()


@pytest.mark.parametrize("kill_at", [1, 2, 5, 6, 14, 15])
def test_a_killed_run_ends_like_an_undisturbed_one(tmp_path: Path, kill_at: int) -> None:
    """Killed at a step and begun again, a run gives exactly the weights of one that was left alone."""
    expected = run(tmp_path / "whole.pt")
    with pytest.raises(Killed):
        run(tmp_path / "killed.pt", kill_at=kill_at)
    torch.manual_seed(99)
    found = run(tmp_path / "killed.pt")
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert torch.equal(found[name], value), name
    assert int(found["steps"]) == STEPS


def test_a_run_killed_between_checkpoints_repeats_its_steps(tmp_path: Path) -> None:
    """Where no checkpoint was due yet, the run begins again and still ends with the same weights."""
    plan = Plan(epochs=3, encoder_rate=0.01, head_rate=0.1, seconds_between_checkpoints=3_600.0)
    expected = run(tmp_path / "whole.pt", plan=plan)
    with pytest.raises(Killed):
        run(tmp_path / "killed.pt", plan=plan, kill_at=9)
    assert not (tmp_path / "killed.pt").exists()
    found = run(tmp_path / "killed.pt", plan=plan)
    assert all(torch.equal(found[name], value) for name, value in expected.items())


def test_a_finished_run_takes_no_further_step(tmp_path: Path) -> None:
    """Started again on its own checkpoint, a run that is done gives its weights at once."""
    expected = run(tmp_path / "whole.pt")
    found = run(tmp_path / "whole.pt", kill_at=STEPS + 1)
    assert all(torch.equal(found[name], value) for name, value in expected.items())


def test_training_moves_all_but_the_vocabulary(tmp_path: Path) -> None:
    """The embeddings of the vocabulary stay as they were, and are not in the checkpoint; all else moves."""
    before, after = Net().state_dict(), run(tmp_path / "whole.pt")
    assert {name for name in before if torch.equal(before[name], after[name])} == {"word_embeddings.weight"}
    state = torch.load(tmp_path / "whole.pt", weights_only=True)
    assert "word_embeddings.weight" not in state["model"]
    assert not any("word_embeddings" in name for name in state["averaged"])
    assert [path.name for path in tmp_path.iterdir()] == ["whole.pt"]


def test_a_checkpoint_of_another_plan_is_refused(tmp_path: Path) -> None:
    """A checkpoint does not go with another seed, average or number of steps, and says how to begin again."""
    run(tmp_path / "whole.pt")
    for plan in (
        Plan(epochs=3, encoder_rate=0.01, head_rate=0.1, seconds_between_checkpoints=0.0, seed=14),
        Plan(epochs=3, encoder_rate=0.01, head_rate=0.1, seconds_between_checkpoints=0.0, average=0.5),
        Plan(epochs=4, encoder_rate=0.01, head_rate=0.1, seconds_between_checkpoints=0.0),
    ):
        with pytest.raises(CheckpointError, match=r"whole\.pt' has another plan or data .* delete it to begin again"):
            run(tmp_path / "whole.pt", plan=plan)


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    """A damaged file, and one that holds something else, are errors that name it."""
    path = tmp_path / "it.pt"
    path.write_bytes(b"no checkpoint")
    with pytest.raises(CheckpointError, match=r"it\.pt' is damaged; delete it"):
        run(path)
    for other in ({"weights": 1}, [1]):
        torch.save(other, path)
        with pytest.raises(CheckpointError, match=r"it\.pt' has another plan or data \(None\)"):
            run(path)


class Counting(nn.Module):
    """A model of one weight."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))


def average_of(values: list[float], checkpoint: Path, average: float) -> float:
    """The weight that training gives when its steps set it to these values, one after another."""
    model, left = Counting(), iter(values)

    def step(self: torch.optim.AdamW, *_: object) -> None:
        with torch.no_grad():
            model.weight.fill_(next(left))

    plan = Plan(epochs=1, encoder_rate=0.01, head_rate=0.1, average=average)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim.AdamW, "step", step)
        steps = [[number] for number in range(len(values))]
        fit(model, lambda _: steps, lambda _: model.weight.sum(), plan, checkpoint=checkpoint, report=print)
    assert next(left, None) is None
    return model.weight.item()


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler")  # the optimiser's step is a stand-in here
def test_what_training_gives_is_the_running_average(tmp_path: Path) -> None:
    """The first weight is taken whole; the average keeps 2/11 of itself at the second and 3/12 at the third."""
    assert average_of([5], tmp_path / "1.pt", 0.99) == 5
    assert average_of([5, 16], tmp_path / "2.pt", 0.99) == pytest.approx(5 * 2 / 11 + 16 * 9 / 11)
    third = (5 * 2 / 11 + 16 * 9 / 11) * 3 / 12 + 7 * 9 / 12
    assert average_of([5, 16, 7], tmp_path / "3.pt", 0.99) == pytest.approx(third)


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler")  # the optimiser's step is a stand-in here
def test_the_average_keeps_no_more_than_the_plan_says(tmp_path: Path) -> None:
    """A plan that keeps a fifth keeps 2/11 at the second step and a fifth from then on; none, and the last is left."""
    third = (5 * 2 / 11 + 16 * 9 / 11) / 5 + 7 * 4 / 5
    assert average_of([5, 16, 7], tmp_path / "1.pt", 0.2) == pytest.approx(third)
    assert average_of([5, 16, 7, 3], tmp_path / "2.pt", 0.2) == pytest.approx(third / 5 + 3 * 4 / 5)
    assert average_of([5, 16, 7], tmp_path / "3.pt", 0.0) == 7


def test_the_average_does_not_steer_the_training(tmp_path: Path) -> None:
    """Runs that average much and not at all take the same steps and give different weights."""
    plans = [Plan(epochs=3, encoder_rate=0.01, head_rate=0.1, average=keep) for keep in (0.99, 0.0)]
    much, none = (run(tmp_path / f"{plan.average}.pt", plan=plan) for plan in plans)
    one, other = (torch.load(tmp_path / f"{plan.average}.pt", weights_only=True)["model"] for plan in plans)
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert not torch.equal(much["head.weight"], none["head.weight"])
    assert torch.equal(none["head.weight"], other["head.weight"])


def test_rates_rise_and_fall_to_nothing(tmp_path: Path) -> None:
    """Rates rise over the warm-up to the plan's and fall along a line after it, the encoder's below the rest."""
    plan = Plan(epochs=3, encoder_rate=0.01, head_rate=0.1, warmup=0.2)
    seen: list[list[float]] = []
    step = torch.optim.AdamW.step
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            torch.optim.AdamW,
            "step",
            lambda self, *rest: seen.append([group["lr"] for group in self.param_groups]) or step(self, *rest),
        )
        run(tmp_path / "a.pt", plan=plan)
    shares = (1 / 3, 2 / 3, 1, *(n / 12 for n in range(12, 0, -1)))
    head = [max(rates) for rates in seen]
    assert head == pytest.approx([0.1 * share for share in shares])
    assert [min(rates) for rates in seen] == pytest.approx([rate / 10 for rate in head])


def test_parameters_are_grouped_by_rate_and_decay() -> None:
    """Matrices decay and vectors do not; the encoder has a rate of its own; the vocabulary is in no group."""
    net = Net()
    groups = parameter_groups(net, PLAN)
    found = {(group["lr"], group["weight_decay"]): [tuple(p.shape) for p in group["params"]] for group in groups}
    assert found == {(0.01, 0.01): [(7, 5)], (0.01, 0.0): [(7,)], (0.1, 0.01): [(1, 7)], (0.1, 0.0): [(1,)]}
    assert not net.word_embeddings.weight.requires_grad


def test_progress_is_reported(tmp_path: Path) -> None:
    """The last step is reported with its number, of how many, and the loss."""
    lines: list[str] = []
    run(tmp_path / "a.pt", report=lines.append)
    assert lines[-1].startswith("epoch 3/3 step 15/15 loss ")
