"""An ontology in other words stays the same ontology, and one without some relations has lost just these."""

import numpy as np
from score.marked import ontology

from kgbuild.train.patterns import Patterned, Patterns
from kgbuild.train.wording import narrowed, widened, wordings


def patterned(key: str, label: str, *labels: str) -> Patterned:
    """A relation of the patterns; what its sentences say does not matter here."""
    return Patterned(key, label, labels, f"what {label} means", ("person",), ("city",), (), ())


PATTERNS = Patterns({}, (patterned("P19", "birthplace", "cradle"), patterned("P9", "admirer", "fan", "devotee")))


def test_relations_of_the_patterns_join_the_ontology_once() -> None:
    """A relation that the ontology has under its key stays its own; a new one is found by its key."""
    wide = widened(ontology(), PATTERNS)
    assert len(wide.properties) == len(ontology().properties) + 1
    assert wide.by_key["P19"] == ontology().by_key["P19"]
    assert (wide.by_key["P9"].label, wide.by_key["P9"].labels) == ("admirer", ("devotee", "fan"))
    assert list(wide.properties) == sorted(wide.properties, key=lambda item: item.iri)


def test_other_words_are_those_of_ontology_and_patterns() -> None:
    """Each wording keeps every IRI; over many of them each name is used, with either definition and with none."""
    wide = widened(ontology(), PATTERNS)
    said = list(wordings(wide, PATTERNS, count=200, draw=np.random.default_rng(2)))
    assert {tuple(item.iri for item in one.properties) for one in said} == {tuple(p.iri for p in wide.properties)}
    born = [one.by_iri[wide.by_key["P19"].iri] for one in said]
    own = wide.by_key["P19"]
    assert {item.label for item in born} == {own.label, *own.labels, "birthplace", "cradle"}
    assert {item.definition for item in born} == {"", own.definition, "what birthplace means"}
    assert 0.2 < np.mean([item.definition == "" for item in born]) < 0.4 or own.definition == ""
    assert {one.by_key["P9"].label for one in said if "P9" in one.by_key} <= {"admirer", "fan", "devotee"}


def test_wordings_are_the_same_for_the_same_draw() -> None:
    """Training that is resumed reads the same words."""
    wide = widened(ontology(), PATTERNS)
    one, other = (list(wordings(wide, PATTERNS, count=3, draw=np.random.default_rng(7))) for _ in range(2))
    assert one == other
    assert one[0] != one[1]


def test_relations_can_be_left_out_by_any_key() -> None:
    """What a key names is gone, the others stay, and a key of nothing is passed over."""
    left = narrowed(ontology(), {"P19", "spouse", "no such key"})
    lost = {ontology().by_key[key].iri for key in ("P19", "spouse")}
    assert {p.iri for p in ontology().properties} - {p.iri for p in left.properties} == lost
    assert "P19" not in left.by_key
