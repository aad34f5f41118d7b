"""What clusters are found in a marked text."""

from collections.abc import Callable

import pytest
from marked_text import read_marked

from kgbuild.resolve.clusters import cluster_mentions


@pytest.fixture
def clusters() -> Callable[[str], list[list[str]]]:
    """What gives the texts of the mentions of each cluster."""

    def found(marked: str) -> list[list[str]]:
        text, mentions = read_marked(marked)
        groups = cluster_mentions(text, mentions, range(len(mentions)))
        return [[mentions[number].text for number in group] for group in groups]

    return found
