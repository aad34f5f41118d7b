"""Tails of a functional property exclude one another; nothing else does."""

import numpy as np
import pytest

from kgbuild.ontology import Property
from kgbuild.records import Entity, Literal, PairScore
from kgbuild.rivals import exclude_rivals

BORN, KNOWS = "urn:born", "urn:knows"
NONE: frozenset[str] = frozenset()
PROPERTIES = {
    iri: Property(iri, iri, "", NONE, NONE, None, symmetric=False, functional=iri == BORN, equivalents=())
    for iri in (BORN, KNOWS)
}
XSD = "http://www.w3.org/2001/XMLSchema#"
ADA, BEN, ULM, ROME = (Entity(f"urn:{name}", name, "", (0,)) for name in ("Ada", "Ben", "Ulm", "Rome"))
YEAR = Entity(None, "1815", "TIME", (0,), Literal("1815", f"{XSD}gYear"))
DAY = Entity(None, "10 December 1815", "TIME", (0,), Literal("1815-12-10", f"{XSD}date"))
LATER = Entity(None, "1824", "TIME", (0,), Literal("1824", f"{XSD}gYear"))
OWNERS = (ADA, BEN, ULM, ROME, YEAR, DAY, LATER, ULM)
"""Mention 7 names Ulm again."""


def shared(*told: tuple[int, str, int, float]) -> list[float]:
    """Probabilities after; each head, property, tail and the probability before."""
    scores = [PairScore(head, tail, property, 0.0) for head, property, tail, _ in told]
    return exclude_rivals(np.array([one[-1] for one in told]), scores, OWNERS, PROPERTIES).tolist()


def test_rivals_share_what_one_of_them_can_have() -> None:
    """Odds of 4 and 1 against nothing at all are 4/6 and 1/6."""
    assert shared((0, BORN, 2, 0.8), (0, BORN, 3, 0.5)) == pytest.approx([4 / 6, 1 / 6])


def test_what_has_no_rival_stays() -> None:
    """Another head, another property, and a property with many values take nothing from one another."""
    told = [(0, BORN, 2, 0.8), (1, BORN, 3, 0.5), (0, KNOWS, 1, 0.9), (0, KNOWS, 2, 0.7)]
    assert shared(*told) == [one[-1] for one in told]


def test_two_readings_of_one_pair_are_no_rivals() -> None:
    """The higher of them counts against others, once."""
    assert shared((0, BORN, 2, 0.8), (0, BORN, 7, 0.5)) == pytest.approx([0.8, 0.5])
    assert shared((0, BORN, 2, 0.8), (0, BORN, 7, 0.5), (0, BORN, 3, 0.5))[2] == pytest.approx(1 / 6)


def test_a_day_agrees_with_its_year() -> None:
    """A year and a day in it may both be told; another year is a rival of both."""
    assert shared((0, BORN, 4, 0.8), (0, BORN, 5, 0.8)) == pytest.approx([0.8, 0.8])
    assert shared((0, BORN, 4, 0.8), (0, BORN, 5, 0.8), (0, BORN, 6, 0.5)) == pytest.approx([4 / 6, 4 / 6, 1 / 10])


def test_certainty_is_no_error() -> None:
    """Probabilities of 1 leave nothing to the others and are finite."""
    assert shared((0, BORN, 2, 1.0), (0, BORN, 3, 0.5)) == pytest.approx([1, 0], abs=1e-6)
    assert exclude_rivals(np.zeros(0), [], [], PROPERTIES).tolist() == []
