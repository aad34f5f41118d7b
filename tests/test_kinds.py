"""The kinds that ship have names and types, and a file that cannot be used is named with its remedy."""

from pathlib import Path

import numpy as np
import pytest

from kgbuild.config import NAMES
from kgbuild.errors import InputError, MissingError
from kgbuild.kinds import Kind, read_kinds


def test_the_kinds_that_ship() -> None:
    """Names of persons are PER, common nouns have no type, and each kind can name something."""
    kinds = read_kinds(NAMES)
    assert (kinds["person"].type, kinds["ideology"].type) == ("PER", "")
    draw = np.random.default_rng(1)
    assert all(kind.draw(draw) for kind in kinds.values())


def test_a_name_is_whole_or_composed() -> None:
    """Parts stand in order with spaces between."""
    draw = np.random.default_rng(1)
    assert {Kind("PER", (("Ada", "Bo"), ("Orr",)), ()).draw(draw) for _ in range(20)} == {"Ada Orr", "Bo Orr"}
    assert Kind("LOC", (), ("Oslo",)).draw(draw) == "Oslo"


@pytest.mark.parametrize(
    ("text", "told"), [("[city", "no TOML"), ('[city]\ntype = "LOC"\n', "'city': expected `names`")]
)
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str, told: str) -> None:
    """File and table are named, with what is lacking."""
    path = tmp_path / "names.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        read_kinds(path)
    with pytest.raises(MissingError, match=r"other\.toml"):
        read_kinds(tmp_path / "other.toml")
