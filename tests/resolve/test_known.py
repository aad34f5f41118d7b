"""Other names of known things are joined, where both are in the document."""

import pytest

from kgbuild.resolve.known import KNOWN_NAMES
from kgbuild.resolve.names import folded_name


@pytest.mark.parametrize(
    "marked",
    [
        "[Britain|LOC] and the [UK|LOC] and [Great Britain|LOC]",
        "[America|LOC] and the [U.S.|LOC]",
        "[Siam|LOC] and [Thailand|LOC]",
        "the [Second World War|MISC] and [World War II|MISC]",
    ],
)
def test_one_thing(clusters, marked: str):
    """Names of one state or war are one thing."""
    assert len(clusters(marked)) == 1


@pytest.mark.parametrize(
    "marked", ["[Holland|PER] and [Netherlands|LOC]", "[First World War|MISC], [World War II|MISC]"]
)
def test_two_things(clusters, marked: str):
    """A person of a country's name is none, and the wars are two."""
    assert len(clusters(marked)) == 2


def test_the_table_is_folded():
    """Every name is written as names are compared, or it would never be found; none leads to another's other name."""
    names = {*KNOWN_NAMES, *KNOWN_NAMES.values()}
    assert {name for name in names if folded_name(name, "LOC") != name} == set()
    assert KNOWN_NAMES.keys().isdisjoint(KNOWN_NAMES.values())
