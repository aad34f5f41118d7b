"""Documents that were written for training are read as they are annotated, and one that cannot be is named."""

from pathlib import Path

import pytest

from kgbuild.config import VOCABULARY, load_settings
from kgbuild.errors import InputError, MissingError
from kgbuild.ontology import load_ontology
from kgbuild.train.written import read_written

ONE = """=== W0001
[1 PER:Marta Kowalczyk] was born in [2 LOC:Toruń].
[1:Kowalczyk] died there in [3 TIME:2011].
---
P19: 1>2
P570: 1>3

=== W0002
Nobody is named here.
---
"""


def written(folder: Path, text: str) -> Path:
    (folder / "some.txt").write_text(text, encoding="utf-8")
    return folder


def test_a_document_is_its_text_without_the_marks(tmp_path: Path) -> None:
    """Sentences, mentions with type and entity, and relations are those of the marks, at their places in the text."""
    one, two = read_written(written(tmp_path, ONE))
    assert one.text == "Marta Kowalczyk was born in Toruń. Kowalczyk died there in 2011."
    assert [one.text[span.start : span.end] for span in one.sentences] == [
        "Marta Kowalczyk was born in Toruń.",
        "Kowalczyk died there in 2011.",
    ]
    assert [(mention.text, mention.type, mention.sentence) for mention in one.mentions] == [
        ("Marta Kowalczyk", "PER", 0),
        ("Toruń", "LOC", 0),
        ("Kowalczyk", "PER", 1),
        ("2011", "TIME", 1),
    ]
    assert one.entities == (1, 2, 1, 3)
    assert [(item.head, item.label, item.tail) for item in one.relations] == [(1, "P19", 2), (1, "P570", 3)]
    assert (two.text, two.mentions, two.relations) == ("Nobody is named here.", (), ())


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("[1 PER:Marta", "[1:Marta", "at an entity's first mention"),
        ("[1 PER:Marta", "[1 HERO:Marta", "'HERO'"),
        ("[1:Kowalczyk]", "[1 LOC:Kowalczyk]", "the same or none later"),
        ("[1:Kowalczyk]", "[Kowalczyk]", "square bracket"),
        ("P19: 1>2", "P19: 1>9", "'1>9'"),
        ("P19: 1>2", "P19: 1>1", "'1>1'"),
        ("P19: 1>2", "P19: 1-2", "'1-2'"),
        ("=== W0001\n", "", "expected '=== '"),
    ],
)
def test_a_document_of_another_form_is_named(tmp_path: Path, before: str, after: str, reason: str) -> None:
    """What is no mention, no type, no relation or no document is an error with the file and the remedy."""
    assert before in ONE
    with pytest.raises(InputError, match=r"some\.txt") as refused:
        list(read_written(written(tmp_path, ONE.replace(before, after))))
    assert reason in str(refused.value)


def test_a_folder_without_documents_is_named(tmp_path: Path) -> None:
    """A folder that holds none is missing something, and the error says what."""
    with pytest.raises(MissingError, match=r"\*\.txt"):
        list(read_written(tmp_path))


def test_the_documents_that_ship_can_all_be_learned_from() -> None:
    """Every one has relations of the ontology only, none of them twice, and a name of its own."""
    known = load_ontology(load_settings(environment={}).ontology).by_key
    documents = list(read_written(VOCABULARY / "documents"))
    assert len({document.id for document in documents}) == len(documents) > 100
    for document in documents:
        told = [(item.head, item.label, item.tail) for item in document.relations]
        assert len(set(told)) == len(told), document.id
        assert {label for _, label, _ in told} <= set(known), document.id
