"""The training loop: steps in a fixed order, checkpoints, and the same result after a kill as without one."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from kgbuild.errors import CheckpointError
from kgbuild.model.device import fast_precision

__all__ = ["Plan", "fit", "parameter_groups"]

Batch = TypeVar("Batch")
_Tensors = tuple[Tensor, ...] | list[Tensor]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast to train."""

    epochs: int
    """Passes, at least 1."""
    encoder_rate: float
    """Highest learning rate of the encoder's layers."""
    head_rate: float
    """Highest learning rate of everything above them."""
    warmup: float = 0.06
    """Share of the steps over which the rates rise, 0 to 1; after it they fall to zero along a line."""
    decay: float = 0.01
    """Weight decay of matrices (AdamW, https://arxiv.org/abs/1711.05101)."""
    clip: float = 1.0
    """Largest norm of the gradient."""
    average: float = 0.99
    """What the running average of the weights keeps of itself at a step, 0 to 1; it is what training gives."""
    seed: int = 13
    """What every draw starts from."""
    seconds_between_checkpoints: float = 180.0
    """Work that a kill may cost, seconds."""


def parameter_groups(model: nn.Module, plan: Plan) -> list[dict[str, Any]]:
    """Parameters by learning rate and decay; the vocabulary's embeddings stay as they are."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if "word_embeddings" in name:
            parameter.requires_grad_(False)
            continue
        rate = plan.encoder_rate if "transformer" in name else plan.head_rate
        decay = plan.decay if parameter.dim() > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return [{"params": found, "lr": rate, "weight_decay": decay} for (rate, decay), found in groups.items()]


def fit(
    model: nn.Module,
    batches: Callable[[int], Sequence[Batch]],
    loss_of: Callable[[Batch], Tensor],
    plan: Plan,
    *,
    checkpoint: Path,
    report: Callable[[str], None],
) -> None:
    """Train `model` in place; `batches(epoch)` must give the same sequence whenever it is asked.

    Goes on from `checkpoint` where that file exists, and leaves it there when done.
    Raises: CheckpointError when the file belongs to another plan.
    """
    sizes = [len(batches(epoch)) for epoch in range(plan.epochs)]
    total, device = sum(sizes), next(model.parameters()).device
    optimiser = torch.optim.AdamW(parameter_groups(model, plan))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, total, plan.warmup))
    torch.manual_seed(plan.seed)
    averaged = AveragedModel(model, multi_avg_fn=_average_with(plan.average))
    run = _Run(model, averaged, optimiser, schedule)
    done = _resume(checkpoint, run, plan, total)
    clock, saved, running = time.monotonic(), time.monotonic(), 0.0
    begun = done
    model.train()
    for epoch, size in enumerate(sizes):
        first = sum(sizes[:epoch])
        if done >= first + size:
            continue
        for batch in batches(epoch)[done - first :]:
            with fast_precision(device):
                found = loss_of(batch)
            loss = run.step(found, plan.clip)
            done += 1
            running += 0.02 * (loss - running) if running else loss
            if done % 20 == 0 or done == total:
                pace = (time.monotonic() - clock) / (done - begun)
                left = (total - done) * pace / 60
                report(f"epoch {epoch + 1}/{plan.epochs} step {done}/{total} loss {running:.4f} {left:.0f} min left")
            if time.monotonic() - saved > plan.seconds_between_checkpoints or done == total:
                _save(checkpoint, run, plan, done, total)
                saved = time.monotonic()
    model.load_state_dict(averaged.module.state_dict())
    model.eval()


@dataclass(frozen=True, slots=True)
class _Run:
    """What a checkpoint holds the state of."""

    model: nn.Module
    averaged: AveragedModel
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler

    def step(self, loss: Tensor, clip: float) -> float:
        """The loss as a number, after one step down its gradient."""
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch does not type it
        nn.utils.clip_grad_norm_(self.model.parameters(), clip)
        self.optimiser.step()
        self.schedule.step()
        self.averaged.update_parameters(self.model)
        return loss.item()


def _average_with(keep: float) -> Callable[[_Tensors, _Tensors, Tensor | int], None]:
    """A running average that keeps less of itself while it is young.

    As in https://www.tensorflow.org/api_docs/python/tf/train/ExponentialMovingAverage.
    """

    def average(old: _Tensors, new: _Tensors, steps: Tensor | int) -> None:
        kept = min(keep, (1 + int(steps)) / (10 + int(steps)))
        for one, other in zip(old, new, strict=True):
            one.lerp_(other, 1 - kept)

    return average


def _rate(step: int, total: int, warmup: float) -> float:
    rise = max(1, math.ceil(warmup * total))
    return (step + 1) / rise if step < rise else max(0.0, (total - step) / max(1, total - rise))


def _trained(model: nn.Module) -> dict[str, Tensor]:
    return {name: value for name, value in model.state_dict().items() if "word_embeddings" not in name}


def _save(path: Path, run: _Run, plan: Plan, done: int, total: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    state = {
        "plan": asdict(plan) | {"total": total},
        "done": done,
        "model": _trained(run.model),
        "averaged": _trained(run.averaged),
        "optimiser": run.optimiser.state_dict(),
        "schedule": run.schedule.state_dict(),
        "random": torch.get_rng_state(),
    }
    torch.save(state, beside)
    beside.replace(path)


def _resume(path: Path, run: _Run, plan: Plan, total: int) -> int:
    """Steps already done, after the checkpoint's state was put back; 0 without one."""
    if not path.exists():
        return 0
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds on a damaged file
        raise CheckpointError(f"checkpoint {str(path)!r} is damaged; delete it to begin again", subject=path) from error
    came = state.get("plan") if isinstance(state, dict) else None
    if came != asdict(plan) | {"total": total}:
        raise CheckpointError(
            f"checkpoint {str(path)!r} has another plan or data ({came!r}); delete it to begin again",
            subject=path,
        )
    try:
        return _put_back(state, run, total)
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(
            f"checkpoint {str(path)!r} is of another model or damaged ({reason}); delete it to begin again",
            subject=path,
        ) from error


def _put_back(state: dict[str, Any], run: _Run, total: int) -> int:
    """The steps that were done, after everything that the checkpoint holds was put back."""
    for name, model in (("model", run.model), ("averaged", run.averaged)):
        found, expected = state[name], _trained(model)
        strange = [key for key in found.keys() | expected.keys() if _shape(found, key) != _shape(expected, key)]
        if strange:
            raise ValueError(f"other weights as {min(strange)!r}")
        model.load_state_dict(found, strict=False)
    run.optimiser.load_state_dict(state["optimiser"])
    run.schedule.load_state_dict(state["schedule"])
    torch.set_rng_state(state["random"])
    done = int(state["done"])
    if not 0 < done <= total:
        raise ValueError(f"{done} steps done of {total}")
    return done


def _shape(weights: dict[str, Tensor], name: str) -> torch.Size | None:
    return weights[name].shape if name in weights else None
