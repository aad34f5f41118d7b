"""What contradicts itself is found, all of it and nothing else."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pyoxigraph as ox
import pytest

from kgbuild.config import VOCABULARY
from kgbuild.graph import Conflict, GraphStore, Rules, find_conflicts, load_rules
from kgbuild.graph.vocabulary import Rdf

from .planted import KGB, day, document, entity, planted_corpus, value

OWL = "http://www.w3.org/2002/07/owl#"
ADA = entity("ada")
PERSON = {ADA: "Person"}


@pytest.fixture(scope="module")
def rules() -> Rules:
    """The rules of the ontology that ships."""
    return load_rules(VOCABULARY / "kgbuild.ttl")


@pytest.fixture(scope="module")
def planted(rules: Rules) -> Iterator[tuple[list[Conflict], set[tuple[str, str]]]]:
    """What is found in a thousand documents, and what was planted there."""
    made = planted_corpus(1_000, seed=11)
    with GraphStore.in_memory() as store:
        store.replace_documents(made.graphs())
        yield list(find_conflicts(store, rules)), made.expected


def test_all_are_found_and_none_is_invented(planted: tuple[list[Conflict], set[tuple[str, str]]]) -> None:
    """Of a thousand documents exactly the planted contradictions are listed, each once, and every kind is there."""
    found, expected = planted
    assert {kind for kind, _ in expected} == {"values", "domain", "range", "disjoint", "order"}
    assert len(expected) == 11 * 40
    assert sorted((item.kind, item.sides[0].subject) for item in found) == sorted(expected)


def test_the_most_doubtful_come_first(planted: tuple[list[Conflict], set[tuple[str, str]]]) -> None:
    """Doubt never rises down the list, and is the belief in the less probable side, a class counting as certain."""
    found, _ = planted
    assert all(one.doubt >= other.doubt for one, other in pairwise(found))
    for item in found:
        sides = sorted((side.probability for side in item.sides), reverse=True)
        assert item.doubt == (sides[1] if len(sides) > 1 else sides[0])


def test_each_side_has_its_evidence(planted: tuple[list[Conflict], set[tuple[str, str]]]) -> None:
    """Each statement comes with its documents, their sources, its passages and their probabilities."""
    found, _ = planted
    for item in found:
        for side in item.sides:
            assert len(side.readings) == min(side.documents, 20) > 0
            for reading in side.readings:
                assert reading.source == f"file:///{reading.document.rsplit('/', 1)[-1]}.txt"
                assert reading.passage.endswith(f"of {reading.document}.")
                assert (reading.probability is None) is (side.predicate == Rdf.TYPE.value)


def test_a_limit_keeps_the_most_doubtful(store: GraphStore, rules: Rules) -> None:
    """With a limit the list is the beginning of the whole one."""
    made = planted_corpus(50, seed=3)
    store.replace_documents(made.graphs())
    whole = list(find_conflicts(store, rules))
    assert list(find_conflicts(store, rules, limit=3)) == whole[:3]
    assert len(whole) > 3


def _found(store: GraphStore, rules: Rules, *stated: tuple[str, object], **options: object) -> list[Conflict]:
    """What is found when each statement about Ada stands in a document of its own."""
    for number, (name, tail) in enumerate(stated):
        store.replace_documents([document(f"d{number}", [(ADA, name, tail, 0.9 - number / 10)], PERSON)])
    return list(find_conflicts(store, rules))


@pytest.mark.parametrize(
    "dates",
    [
        ("1815", "1815-12-10"),
        ("1815-12", "1815-12-10"),
        ("1815", "1815-12", "1815-12-10"),
        ("-0044", "-0044-03-15"),
    ],
)
def test_a_date_within_another_agrees(store: GraphStore, rules: Rules, dates: tuple[str, ...]) -> None:
    """A day agrees with its month and its year."""
    assert _found(store, rules, *(("dateOfBirth", day(text)) for text in dates)) == []


def test_what_agrees_with_all_is_no_side(store: GraphStore, rules: Rules) -> None:
    """Of a year and two of its days the days are the sides, and the year is none."""
    dates = ("1815", "1815-12-10", "1815-12-11")
    (found,) = _found(store, rules, *(("dateOfBirth", day(text)) for text in dates))
    assert [side.object for side in found.sides] == ["1815-12-10", "1815-12-11"]
    assert found.message == "date of birth: expected one value, came 2"
    assert found.doubt == 0.7


def test_the_doubt_is_that_of_statements_that_exclude_each_other(store: GraphStore, rules: Rules) -> None:
    """Two likely values that agree raise no doubt; the unlikely third one against them does."""
    dates = ("1815", "1815-12-10", "1816")
    (found,) = _found(store, rules, *(("dateOfBirth", day(text)) for text in dates))
    assert [side.probability for side in found.sides] == [0.9, 0.8, 0.7]
    assert found.doubt == 0.7


def test_documents_that_agree_add_up(store: GraphStore, rules: Rules) -> None:
    """The belief in a side is fused over its documents; each of them is a reading."""
    store.replace_documents(
        document(f"d{number}", [(ADA, "dateOfBirth", day(text), 0.5)], PERSON)
        for number, text in enumerate(("1815", "1815", "1816"))
    )
    (found,) = find_conflicts(store, rules)
    assert [(side.probability, side.documents, len(side.readings)) for side in found.sides] == [
        (0.75, 2, 2),
        (0.5, 1, 1),
    ]
    assert found.doubt == 0.5


@pytest.mark.parametrize(
    ("property_name", "head", "tail"),
    [("locatedIn", "london", "england"), ("country", "london", "england"), ("containsTerritory", "england", "london")],
)
def test_a_place_within_another_agrees(
    store: GraphStore, rules: Rules, property_name: str, head: str, tail: str
) -> None:
    """Who was born in London was born in England, once the graph knows where London is."""
    both = [("placeOfBirth", entity("london")), ("placeOfBirth", entity("england"))]
    assert len(_found(store, rules, *both)) == 1
    store.replace_documents([document("map", [(entity(head), property_name, entity(tail), 0.9)])])
    assert list(find_conflicts(store, rules)) == []


def test_two_names_of_one_place_agree(store: GraphStore, rules: Rules) -> None:
    """Places that are said to be the same are one value, whichever is named first."""
    both = [("placeOfBirth", entity("warsaw")), ("placeOfBirth", entity("warszawa"))]
    assert len(_found(store, rules, *both)) == 1
    same = ox.NamedNode(f"{OWL}sameAs")
    store.revise((), [ox.Quad(entity("warszawa"), same, entity("warsaw"), ox.NamedNode(f"{KGB}graph"))])
    assert list(find_conflicts(store, rules)) == []


def test_words_and_unknown_classes_contradict_nothing(store: GraphStore, rules: Rules) -> None:
    """Words of a date, an entity without a class and one of a class that the ontology lacks break no rule."""
    store.replace_documents(
        [
            document("d0", [(ADA, "dateOfBirth", value("spring"), 0.9), (ADA, "dateOfBirth", day("1815"), 0.9)]),
            document("d1", [(entity("it"), "dateOfBirth", day("1815"), 0.9)], {entity("it"): "Robot"}),
            document("d2", [(entity("she"), "placeOfBirth", entity("it"), 0.9)]),
        ]
    )
    assert list(find_conflicts(store, rules)) == []


def test_one_fitting_class_is_enough(store: GraphStore, rules: Rules) -> None:
    """An entity of a fitting class and of another breaks no domain; that it is both is what is told."""
    store.replace_documents(
        [
            document("d0", [(ADA, "dateOfBirth", day("1815"), 0.9)], {ADA: "Person"}),
            document("d1", [(ADA, "location", entity("london"), 0.9)], {ADA: "Place", entity("london"): "Place"}),
        ]
    )
    (found,) = find_conflicts(store, rules)
    assert (found.kind, found.message, found.doubt) == ("disjoint", "expected nothing to be both person and place", 1.0)
    assert [(side.predicate_label, side.object_label, side.probability) for side in found.sides] == [
        ("is a", "person", 1.0),
        ("is a", "place", 1.0),
    ]


def test_a_wrong_head_stands_against_its_class(store: GraphStore, rules: Rules) -> None:
    """A claim outside its domain comes with the class, and says what was expected."""
    store.replace_documents([document("d0", [(ADA, "dateOfBirth", day("1815"), 0.6)], {ADA: "Place"})])
    (found,) = find_conflicts(store, rules)
    assert (found.kind, found.doubt) == ("domain", 0.6)
    assert found.message == "date of birth: expected as its head person, came place"
    assert [side.object for side in found.sides] == ["1815", f"{KGB}Place"]


def test_a_date_that_is_an_entity_is_no_earlier(store: GraphStore, rules: Rules) -> None:
    """A birth that is an entity breaks the range, and is neither before nor after the death."""
    found = _found(store, rules, ("dateOfBirth", entity("london")), ("dateOfDeath", day("1852")))
    assert [item.kind for item in found] == ["range"]
    assert found[0].message == "date of birth: expected as its tail date, came an entity"


def test_what_two_rules_forbid_is_told_once(store: GraphStore, tmp_path: Path) -> None:
    """Classes that are disjoint by themselves and by the classes above them are one contradiction."""
    path = tmp_path / "own.ttl"
    path.write_text(
        f"@prefix : <{KGB}> . @prefix owl: <{OWL}> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        ':p a owl:ObjectProperty ; rdfs:label "p" .\n'
        ':Agent a owl:Class ; rdfs:label "agent" ; owl:disjointWith :Place .\n'
        ':Person a owl:Class ; rdfs:label "person" ; rdfs:subClassOf :Agent ; owl:disjointWith :Place .\n'
        ':Place a owl:Class ; rdfs:label "place" .\n',
        encoding="utf-8",
    )
    store.replace_documents([document("d0", [], {ADA: "Person"}), document("d1", [], {ADA: "Place"})])
    (found,) = find_conflicts(store, load_rules(path))
    assert [side.readings[0].passage for side in found.sides] == ["", ""]


def test_nothing_is_removed(store: GraphStore, rules: Rules) -> None:
    """Looking for contradictions leaves every quad."""
    store.replace_documents(planted_corpus(50, seed=3).graphs())
    before = set(store.quads())
    assert list(find_conflicts(store, rules))
    assert set(store.quads()) == before


def test_readings_are_the_likeliest(store: GraphStore, rules: Rules) -> None:
    """Of a statement in many documents twenty readings come, the likeliest first, and the count of all."""
    store.replace_documents(
        document(f"d{number:02}", [(ADA, "dateOfBirth", day("1815"), number / 100)], PERSON) for number in range(30)
    )
    store.replace_documents([document("other", [(ADA, "dateOfBirth", day("1816"), 0.5)], PERSON)])
    (found,) = find_conflicts(store, rules)
    likelier = found.sides[0]
    assert likelier.documents == 30
    assert [reading.probability for reading in likelier.readings] == [number / 100 for number in range(29, 9, -1)]
