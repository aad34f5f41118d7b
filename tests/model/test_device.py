"""A device is chosen by name, and one that is not there is named in the error."""

import pytest
import torch

from kgbuild.errors import SettingError
from kgbuild.model.device import choose_device, fast_precision


def test_the_processor_is_always_there() -> None:
    """`cpu` is the processor, and `auto` is some device of this machine."""
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_device("auto").type in {"cpu", "cuda", "mps"}


@pytest.mark.parametrize("name", ["abacus", "cuda:4097"])
def test_a_device_that_is_not_there_is_refused(name: str) -> None:
    """The error names the setting, what is usable and what came."""
    with pytest.raises(SettingError, match=rf"setting 'device': expected one of cpu.* or auto, got '{name}'"):
        choose_device(name)


def test_fast_precision_keeps_results_close() -> None:
    """A product in the fast precision differs from the exact one by no more than bfloat16 rounds."""
    x = torch.randn(7, 11, generator=torch.Generator().manual_seed(1))
    with fast_precision(torch.device("cpu")):
        fast = (x @ x.T).float()
    torch.testing.assert_close(fast, x @ x.T, rtol=0.02, atol=0.1)
