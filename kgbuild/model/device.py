"""Where tensors are computed, and in which precision."""

from contextlib import AbstractContextManager

import torch

from kgbuild.errors import SettingError

__all__ = ["choose_device", "fast_precision"]


def choose_device(name: str) -> torch.device:
    """The device called `name`; `auto` is the first GPU where there is one.

    Raises: SettingError when this machine or this torch lacks it.
    """
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next((kind for kind in ("cuda", "mps") if there[kind]), "cpu"))
    kind, _, number = name.partition(":")
    known = there.get(kind, False) and (not number or int(number) < torch.cuda.device_count())
    if not known:
        usable = ", ".join(kind for kind, found in there.items() if found)
        raise SettingError(f"setting 'device': expected one of {usable} or auto, got {name!r}", subject=name)
    return torch.device(name)


def fast_precision(device: torch.device) -> AbstractContextManager[object]:
    """bfloat16 where the hardware multiplies it faster than 32-bit floats, else no change."""
    if device.type == "cuda":
        return torch.autocast("cuda", dtype=torch.bfloat16)
    units = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    if device.type == "cpu" and any(getattr(torch.cpu, unit, bool)() for unit in units):
        return torch.autocast("cpu", dtype=torch.bfloat16)
    return torch.autocast(device.type, enabled=False)
