"""Examples are read as their author meant them, or refused with file, line and reason."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from score.marked import record

from kgbuild.errors import InputError, MissingError
from kgbuild.ontology import EntityClass, Ontology, Property, load_ontology
from kgbuild.train.examples import Example, few_of, own_types, read_examples

PERSON, PLACE, CAPITAL, DATE = "Person", "LOC", "capital", "TIME"


def prop(name: str, domain: set[str], range: set[str]) -> Property:
    return Property(f"urn:o#{name}", name, "", frozenset(domain), frozenset(range), None, False, False, ())


ONTOLOGY = Ontology(
    "urn:o",
    "digest",
    (
        prop("born in", {PERSON}, {PLACE, CAPITAL}),
        prop("birthday", {PERSON}, {DATE}),
        prop("knows", set(), set()),
    ),
    (
        EntityClass("urn:o#Capital", "capital", "", CAPITAL, parents=("urn:o#Place",)),
        EntityClass("urn:o#Person", "person", "", PERSON, labels=("human",)),
        EntityClass("urn:o#Place", "place", "", PLACE),
    ),
)
TYPES = own_types(ONTOLOGY, ())
ADA = {"text": "Ada was born in Rome.", "triples": [["Ada", "born in", "Rome"]], "types": {"Ada": "human"}}

MET = record("[Ada|Person|0] met [Bo|Person|1].", [(0, 1, "knows")])


def read(folder: Path, *lines: Any) -> list[Example]:
    path = folder / "mine.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return read_examples(path, ONTOLOGY, TYPES)


def test_types_are_the_classes_and_the_literals() -> None:
    """Notations of all classes, dates and numbers where a property has them; of no classes, those that are given."""
    assert TYPES == ("LOC", "NUM", "Person", "TIME", "capital")
    dated = Ontology("urn:o", "", ONTOLOGY.properties[:2], ONTOLOGY.classes)
    assert own_types(dated, ()) == ("LOC", "Person", "TIME", "capital")
    told = replace(ONTOLOGY.properties[2], tail="things")
    assert own_types(replace(dated, properties=(told,)), ()) == ("LOC", "Person", "capital")
    assert own_types(Ontology("urn:o", "", ONTOLOGY.properties, ()), ("PER",)) == ("PER",)


def test_a_line_by_hand_names_every_occurrence(tmp_path: Path) -> None:
    """A string stands for all its occurrences as a word, a longer one before those inside it; each is one entity."""
    line = {"text": "Ada Lee met Ada. Adam saw Ada Lee.", "triples": [["Ada Lee", "knows", "Ada"]]}
    (found,) = read(tmp_path, line)
    document = found.document
    assert [(item.start, item.end, item.text) for item in document.mentions] == [
        (0, 7, "Ada Lee"),
        (12, 15, "Ada"),
        (26, 33, "Ada Lee"),
    ]
    assert document.entities == (0, 1, 0)
    assert [(r.head, r.tail, r.label) for r in document.relations] == [(0, 1, "knows")]
    assert (found.complete, found.by_hand) == (False, True)


def test_types_come_from_the_line_or_from_the_properties(tmp_path: Path) -> None:
    """A class is named by its other label; untold, a mention may be what domain and range allow, else anything."""
    more = {"text": "Bo knows Cy since 1815.", "triples": [["Bo", "knows", "Cy"], ["Bo", "birthday", "1815"]]}
    one, other = read(tmp_path, ADA, more)
    assert one.kinds == (("Person",), ("LOC", "capital"))
    assert [item.type for item in one.document.mentions] == ["Person", ""]
    assert other.kinds == (("Person",), TYPES, ("TIME",))


def test_an_annotated_line_is_read_too(tmp_path: Path) -> None:
    """One whose mentions all have types tells of all mentions; one without types tells of some."""
    line = record("[Ada|Person|0] left [Rome|place|1].", [(0, 1, "born in")])
    bare = record("[Bo|Person|0] left [Rome|place|1].", [(0, 1, "born in")])
    for mention in bare["mentions"]:
        mention["type"] = None
    one, other = read(tmp_path, line, bare)
    assert (one.complete, one.kinds) == (True, (("Person",), ("LOC",)))
    assert (other.complete, other.kinds) == (False, (("Person",), ("LOC", "capital")))


def test_an_annotated_line_may_deny(tmp_path: Path) -> None:
    """What is denied of one pair, or of the same pair the other way round, contradicts nothing."""
    line = MET | {"denied": [{"head": 1, "tail": 0, "label": "knows"}, {"head": 0, "tail": 1, "label": "born in"}]}
    (found,) = read(tmp_path, line)
    assert [item.label for item in found.document.denied] == ["knows", "born in"]


def test_a_name_may_be_what_two_relations_share(tmp_path: Path) -> None:
    """An end of two relations, one of which allows more, is what both allow; its own type decides where it is told."""
    triples = [["Ada", "born in", "Rome"], ["Rome", "knows", "Ada"]]
    (found,) = read(tmp_path, {"text": "Ada was born in Rome.", "triples": triples})
    assert found.kinds == (("Person",), ("LOC", "capital"))


def test_a_line_that_is_not_complete_tells_only_what_it_says(tmp_path: Path) -> None:
    """Types come from the relations that hold alone; what was found besides may be anything, of a strange type too."""
    line = record("[Ada|Person|0] left [Rome|robot|1] with [Bo|Person|2].", [(0, 1, "born in")])
    denied = [{"head": 2, "tail": 1, "label": "born in"}]
    (found,) = read(tmp_path, line | {"complete": False, "denied": denied})
    assert (found.complete, found.document.partial) == (False, True)
    assert found.kinds == (("Person",), ("LOC", "capital"), ())
    assert [item.type for item in found.document.mentions] == ["Person", "", "Person"]
    (by_hand,) = read(tmp_path, ADA | {"complete": False})
    assert by_hand.document.partial
    assert by_hand.kinds == (("Person",), ("LOC", "capital"))


def test_what_is_said_twice_counts_once(tmp_path: Path) -> None:
    """A line that is there again is left out, and blank lines are none."""
    assert len(read(tmp_path, ADA, "", ADA)) == 1
    triples = [["Ada", "knows", "Rome"], ["Rome", "knows", "Ada"]]
    lines = [{"text": "Ada met Rome.", "triples": told} for told in (triples, triples[::-1])]
    assert len(read(tmp_path, *lines)) == 1


def test_a_triple_the_other_way_round_is_another(tmp_path: Path) -> None:
    """Of one text, who knows whom is not the same as the reverse."""
    one, other = (
        {"text": "Ada met Bo.", "triples": [[*ends]]} for ends in (("Ada", "knows", "Bo"), ("Bo", "knows", "Ada"))
    )
    with pytest.raises(InputError, match="the text is that of line 1"):
        read(tmp_path, one, other)


def test_few_examples_are_named() -> None:
    """Classes and relations with fewer than five examples are told with their numbers."""
    example = read_line(ADA)
    assert few_of([example] * 4, ONTOLOGY) == ["'Person' (4)", "'born in' (4)"]
    assert few_of([example] * 5, ONTOLOGY) == []


def read_line(line: Any) -> Example:
    from kgbuild.train.examples import _example
    from kgbuild.train.names import NameIndex

    return _example(json.dumps(line).encode(), 1, NameIndex(ONTOLOGY, TYPES))


def test_a_triple_whose_end_is_not_in_the_text_is_open(tmp_path: Path) -> None:
    """Nobody knows of what it holds; the end that is there has the types that the relation allows, and all else may be.

    A line whose mentions all have types is complete only as long as none of its triples is lost.
    """
    told = {"subject": "Adelaide", "relation": "born in", "object": "Rome"}
    line = record("[Ada|Person|0] was born in Rome.", []) | {"triples": [told]}
    there = line | {"text": "Bo was born in Rome.", "triples": [told | {"subject": "Bo"}]}
    there["mentions"] = [{"start": 0, "end": 2, "type": "Person", "entity": 0}]
    lost, found = read(tmp_path, line, there | {"sentences": [[0, 20]]})
    assert (lost.document.open, lost.document.relations, lost.complete) == ({"born in"}, (), False)
    assert [(item.text, kinds) for item, kinds in zip(lost.document.mentions, lost.kinds, strict=True)] == [
        ("Ada", ("Person",)),
        ("Rome", ("LOC", "capital")),
    ]
    assert (found.document.open, len(found.document.relations), found.complete) == (frozenset(), 1, True)
    without, none = read(
        tmp_path, record("[Ada|Person|0] was born.", []), record("[Bo|Person|0] was.", []) | {"triples": []}
    )
    assert (lost.distant, found.distant, without.distant) == (True, True, False)
    assert none.distant
    with pytest.raises(InputError, match="relation 'lives in' is unknown"):
        read(tmp_path, line | {"triples": [{"subject": "Bo", "relation": "lives in", "object": "Cy"}]})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "expected a JSON object, came '{' (Expecting property name"),
        ("Ada, born in, Rome", "came 'Ada, born in, Rome' (Expecting value at column 1); write one object a line"),
        (ADA | {"complete": "no"}, "`complete`: expected true or false, came 'no'"),
        (record("[Ada|Person|0] left.") | {"complete": 0}, "`complete`: expected true or false, came 0"),
        (record("[Ada|Person|0] left.") | {"denied": [{"head": 0, "tail": 0, "label": "owns"}]}, "relation 'owns' is"),
        ('{"text": "a", "text": "b"}', "'text' stands twice"),
        ({"text": " "}, "expected an object with a `text`"),
        ({"text": "Ada."}, "expected triples or types, came neither"),
        (ADA | {"tripels": []}, "key 'tripels' is unknown"),
        (ADA | {"triples": [["Ada", "Rome"]]}, "expected a list of head, relation and tail"),
        (ADA | {"triples": [["Ada", "born in", 3]]}, "3: expected a string"),
        (ADA | {"triples": [["Ada", "lives in", "Rome"]]}, "relation 'lives in' is unknown, expected one of"),
        (ADA | {"types": {"Ada": "robot"}}, "'Ada' has the type 'robot', expected a class of the ontology: LOC"),
        (ADA | {"types": {"Bob": "person"}}, "'Bob' does not stand in the text"),
        (ADA | {"types": {"Ad": "person"}}, "'Ad' does not stand in the text"),
        ({"text": "New Rome.", "types": {"New Rome": "place", "Rome": "place"}}, "stands only inside another name"),
        (ADA | {"types": {"Ada": "place"}}, "contradict each other: the head of 'born in' must be Person"),
        (ADA | {"triples": [["Ada", "knows", "Ada"]]}, "expected two names, came one twice"),
        (
            ADA | {"triples": [["Rome", "knows", "Ada"]], "types": {}},
            "the text is that of line 1, and what is told of it is not the same",
        ),
        (
            ADA | {"triples": [["Ada", "knows", "Rome"]]},
            "the text is that of line 1, and what is told of it is not the same",
        ),
        (
            {
                "text": "Ada was born in Rome in 1815.",
                "triples": [["Ada", "born in", "Rome"], ["Rome", "birthday", "1815"]],
            },
            "the triples of 'Rome' contradict each other: their relations ask that it be LOC, capital and Person, and",
        ),
        (record("[Ada|Person|0] left.", [(0, 9, "knows")]), "entity 9 is unknown"),
        (MET | {"denied": [{"head": 0, "tail": 9, "label": "knows"}]}, "entity 9 is unknown"),
        (MET | {"denied": [{"head": 0, "tail": 1, "label": "lives in"}]}, "relation 'lives in' is unknown"),
        (
            MET | {"denied": [{"head": 0, "tail": 1, "label": "knows"}]},
            "relation 'knows' of entities 0 and 1 stands among `relations` and among `denied`, which contradict",
        ),
        (record("[Ada|robot|0] left."), "has the type 'robot'"),
    ],
)
def test_what_cannot_be_learned_from_is_named(tmp_path: Path, line: Any, reason: str) -> None:
    """An unknown name, a string that is not in the text or a contradiction is told with file and line."""
    with pytest.raises(InputError, match=r"mine\.jsonl', line 2: ") as caught:
        read(tmp_path, ADA, line)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_examples_of_the_readme_are_read(tmp_path: Path) -> None:
    """The ten lines that README shows can be learned from, under the ontology that it shows."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for name, language in (("o.ttl", "turtle"), ("mine.jsonl", "jsonl")):
        code = readme.split(f"```{language}\n")[1].split("```")[0]
        (tmp_path / name).write_text(code, encoding="utf-8")
    ontology = load_ontology(tmp_path / "o.ttl")
    found = read_examples(tmp_path / "mine.jsonl", ontology, own_types(ontology, ()))
    assert len(found) == 10
    assert {kinds for item in found for kinds in item.kinds} == {("PER",), ("ORG",)}
    assert few_of(found, ontology) == []


def test_a_file_without_examples_is_an_error(tmp_path: Path) -> None:
    """No file and no line are told apart."""
    with pytest.raises(MissingError, match="do not exist"):
        read_examples(tmp_path / "none.jsonl", ONTOLOGY, TYPES)
    with pytest.raises(InputError, match="at least one example, came none"):
        read(tmp_path, "", " ")
