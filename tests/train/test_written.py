"""Documents that were written for training are read as they are annotated, and one that cannot be is named."""

from pathlib import Path

import pytest

from kgbuild.config import VOCABULARY, load_settings
from kgbuild.errors import InputError, MissingError
from kgbuild.ontology import load_ontology
from kgbuild.train.patterns import read_patterns
from kgbuild.train.wording import widened
from kgbuild.train.written import read_written

ROOT = Path(__file__).parents[2]

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

ASKED = """=== V0001
[1 MISC:The Salt Meadow] is a [2 KIND:drama film] by [3 PER:Inger Mølgaard].
---
asked: P57 P58 P136
P57: 1>3
P136: 1>2
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


def test_what_was_asked_of_a_document_is_known(tmp_path: Path) -> None:
    """A document says which relations its annotation covers; common nouns stand in it as mentions."""
    (document,) = read_written(written(tmp_path, ASKED))
    assert document.asked == {"P57", "P58", "P136"}
    assert [(mention.text, mention.type) for mention in document.mentions][1] == ("drama film", "KIND")
    assert [(item.head, item.label, item.tail) for item in document.relations] == [(1, "P57", 3), (1, "P136", 2)]
    assert all(one.asked is None for one in read_written(written(tmp_path, ONE)))


def test_a_relation_that_was_not_asked_is_named(tmp_path: Path) -> None:
    """What holds must be among what was asked, or the two lines contradict each other."""
    for line in ("asked: P57 P58", "asked: P57, P58, P136,"):
        with pytest.raises(InputError, match=r"V0001.*'P136'"):
            list(read_written(written(tmp_path, ASKED.replace("asked: P57 P58 P136", line))))


@pytest.mark.parametrize("line", ["asked:", "asked: P57 P136\nasked: P58"])
def test_what_was_asked_stands_in_one_line(tmp_path: Path, line: str) -> None:
    """A document that was asked of nothing teaches nothing, and two lines leave open which of them counts."""
    with pytest.raises(InputError, match=r"V0001.*one line 'asked'"):
        list(read_written(written(tmp_path, ASKED.replace("asked: P57 P58 P136", line))))


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


def test_what_is_measured_on_is_not_learned_from() -> None:
    """No document that the benchmark of asked relations reads stands, by name or text, among those of training."""
    measured, learned = map(list, map(read_written, (ROOT / "benchmarks" / "asked", VOCABULARY / "documents")))
    assert measured
    for told in ("id", "text"):
        assert not {getattr(item, told) for item in measured} & {getattr(item, told) for item in learned}


def test_the_documents_that_ship_can_all_be_learned_from() -> None:
    """Every one has relations of the ontology or the patterns only, none of them twice, and a name of its own."""
    ontology = load_ontology(load_settings(environment={}).ontology)
    known = widened(ontology, read_patterns(VOCABULARY / "patterns")).by_key
    documents = list(read_written(VOCABULARY / "documents"))
    assert len({document.id for document in documents}) == len(documents) > 100
    for document in documents:
        told = [(item.head, item.label, item.tail) for item in document.relations]
        assert len(set(told)) == len(told), document.id
        assert {label for _, label, _ in told} | (document.asked or set()) <= set(known), document.id
