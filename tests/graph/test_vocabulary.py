"""Names are shortened with the known prefixes."""

import pytest

from kgbuild.graph.labels import label_of_iri
from kgbuild.graph.vocabulary import KGB, PREFIXES, shorten


@pytest.mark.parametrize(
    ("iri", "short"),
    [(f"{KGB}Evidence", "kgb:Evidence"), ("http://example.org/x", "http://example.org/x"), (KGB, KGB)],
)
def test_shorten(iri: str, short: str) -> None:
    """A known namespace becomes its prefix; anything else stays whole."""
    assert shorten(iri) == short


def test_prefixes_are_sorted() -> None:
    """The prefixes stand in order, so that what is printed from them does too."""
    assert list(PREFIXES) == sorted(PREFIXES)


@pytest.mark.parametrize(
    ("iri", "label"),
    [(f"{KGB}workedWith", "worked with"), ("http://x.org/date_of_birth", "date of birth"), ("urn:p", "urn:p")],
)
def test_labels_of_iris(iri: str, label: str) -> None:
    """A property that the graph gives no name to is read from its IRI."""
    assert label_of_iri(iri) == label
