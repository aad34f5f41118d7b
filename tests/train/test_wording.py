"""An ontology in other words stays the same ontology, and one without some relations has lost just these."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from score.marked import ontology

from kgbuild.evaluate.gold import GoldDocument, GoldRelation
from kgbuild.ontology import Ontology
from kgbuild.train.patterns import Patterned, Patterns
from kgbuild.train.wording import narrowed, widened, with_inverses, wordings


def patterned(key: str, label: str, *labels: str) -> Patterned:
    """A relation of the patterns; what its sentences say does not matter here."""
    return Patterned(key, label, labels, (f"what {label} means", f"says {label}"), ("person",), ("city",), (), ())


PATTERNS = Patterns({}, (patterned("P19", "birthplace", "cradle"), patterned("P9", "admirer", "fan", "devotee")))


def test_relations_of_the_patterns_join_the_ontology_once() -> None:
    """A relation that the ontology has under its key stays its own; a new one is found by its key."""
    wide = widened(ontology(), PATTERNS)
    assert len(wide.properties) == len(ontology().properties) + 1
    assert wide.by_key["P19"] == ontology().by_key["P19"]
    assert (wide.by_key["P9"].label, wide.by_key["P9"].labels) == ("admirer", ("devotee", "fan"))
    assert list(wide.properties) == sorted(wide.properties, key=lambda item: item.iri)


BOTH_WAYS = Patterns(
    {},
    tuple(
        replace(
            patterned(key, label),
            inverse=(f"{label} of", f"is the {label} of"),
            inverse_definitions=("other way", "back"),
        )
        for key, label in (("employer", "employer"), ("spouse", "spouse"), ("P19", "birthplace"), ("P9", "admirer"))
    ),
)
"""The ontology has all but the last; the spouse is symmetric, the birthplace has an inverse there."""


def own() -> Ontology:
    """The ontology, in which nothing is said of an inverse of employer."""
    known = ontology()
    return replace(
        known, properties=tuple(replace(p, inverse=p.inverse if "birth" in p.iri else None) for p in known.properties)
    )


def document(*relations: GoldRelation, denied: Sequence[GoldRelation] = (), **more: Any) -> GoldDocument:
    """A document that tells these."""
    return GoldDocument("d1", "", (), (), (), relations, tuple(denied), **more)


def told(relations: Iterable[GoldRelation]) -> list[tuple[int, str, int]]:
    """Head, label and tail of each, sorted."""
    return sorted((item.head, item.label, item.tail) for item in relations)


def test_a_relation_with_names_for_its_inverse_is_there_in_both_directions() -> None:
    """But not where it is symmetric, or the ontology has a property for its inverse."""
    wide = widened(own(), BOTH_WAYS)
    assert {key for key in wide.by_key if not key.startswith("urn:") and key.endswith("-inverse")} == {
        "employer-inverse",
        "P9-inverse",
    }
    found = wide.by_key["employer-inverse"]
    assert (found.label, found.labels, found.definition) == ("employer of", ("is the employer of",), "other way")
    assert found.inverse is None  # nothing ties its score to that of the relation
    said = list(wordings(wide, BOTH_WAYS, count=99, draw=np.random.default_rng(1)))
    assert {one.by_iri[found.iri].label for one in said} == {"employer of", "is the employer of"}
    assert {one.by_iri[found.iri].definition for one in said} == {"", "other way", "back"}


def test_what_is_told_one_way_is_told_the_other_way_and_denied_the_wrong_way_round() -> None:
    """With its evidence and probability; of what has no inverse, or one in the ontology, nothing changes."""
    wide = widened(own(), BOTH_WAYS)
    given = document(
        GoldRelation(3, 4, "employer", (2,), 0.7), GoldRelation(3, 5, "spouse", ()), GoldRelation(3, 6, "P19", ())
    )
    (found,) = with_inverses([given], wide, BOTH_WAYS)
    assert found.relations == (*given.relations, GoldRelation(4, 3, "employer-inverse", (2,), 0.7))
    assert not found.denied  # nobody is sure of it
    (found,) = with_inverses([document(GoldRelation(3, 4, "employer", (2,)))], wide, BOTH_WAYS)
    assert told(found.denied) == [(3, "employer-inverse", 4), (4, "employer", 3)]


def test_what_is_told_both_ways_is_denied_neither_way() -> None:
    """Two admirers of each other."""
    both = document(GoldRelation(1, 2, "P9", ()), GoldRelation(2, 1, "P9", ()))
    (found,) = with_inverses([both], widened(own(), BOTH_WAYS), BOTH_WAYS)
    assert len(found.relations) == 4
    assert not found.denied


def test_what_is_denied_asked_or_open_is_so_in_both_directions() -> None:
    """A document that was not asked of anything stays one of its set."""
    wide = widened(own(), BOTH_WAYS)
    asked, unasked = with_inverses(
        [
            document(
                denied=[GoldRelation(1, 2, "P9", ())], asked=frozenset(("P9", "spouse")), open=frozenset(("employer",))
            ),
            document(),
        ],
        wide,
        BOTH_WAYS,
    )
    assert told(asked.denied) == [(1, "P9", 2), (2, "P9-inverse", 1)]
    assert asked.asked == {"P9", "P9-inverse", "spouse"}
    assert asked.open == {"employer", "employer-inverse"}
    assert unasked.asked is None


def test_other_words_are_those_of_ontology_and_patterns() -> None:
    """Each keeps every IRI; over many, each name and definition is used, none too, and up to three names together."""
    wide = widened(ontology(), PATTERNS)
    said = list(wordings(wide, PATTERNS, count=200, draw=np.random.default_rng(2)))
    assert {tuple(item.iri for item in one.properties) for one in said} == {tuple(p.iri for p in wide.properties)}
    born = [one.by_iri[wide.by_key["P19"].iri] for one in said]
    own = wide.by_key["P19"]
    assert {item.label for item in born} == {own.label, *own.labels, "birthplace", "cradle"}
    assert {item.definition for item in born} == {"", own.definition, "what birthplace means", "says birthplace"}
    assert {len(item.labels) for item in born} == {0, 1, 2}
    assert all(len({item.label, *item.labels}) == 1 + len(item.labels) for item in born)
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
