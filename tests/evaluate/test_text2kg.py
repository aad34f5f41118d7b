"""Triples of names are judged as Text2KGBench judges them, and strictly beside it."""

import pytest

from kgbuild.errors import InputError
from kgbuild.evaluate.scores import Scores, Tally
from kgbuild.evaluate.text2kg import (
    NamedTriple,
    Text2KgScores,
    mean_over_ontologies,
    plain_name,
    score_text2kg,
    to_benchmark_name,
)
from kgbuild.records import Entity, Literal

XSD = "http://www.w3.org/2001/XMLSchema#"
RELATIONS = ("director", "cast member", "genre")


def triples(*lines: str) -> list[NamedTriple]:
    """Triples written as `subject | relation | object`."""
    return [NamedTriple(*line.split(" | ")) for line in lines]


def score(gold: list[NamedTriple], predicted: list[NamedTriple]) -> Text2KgScores:
    return score_text2kg({"s1": gold}, {"s1": predicted}, RELATIONS)


def figures(scores: Text2KgScores) -> tuple[float, float, float, float]:
    return scores.precision, scores.recall, scores.f1, scores.conformance


def test_figures_by_hand() -> None:
    """One of two judged triples right, one of three gold found; the third prediction has a relation that gold lacks."""
    gold = triples("Alien | director | Scott", "Alien | cast member | Weaver", "Alien | cast member | Hurt")
    predicted = triples("Alien | director | Scott", "Alien | cast member | Holm", "Alien | genre | horror")
    found = score(gold, predicted)
    assert figures(found) == pytest.approx((1 / 2, 1 / 3, 2 / 5, 1.0))
    assert found.strict.documents == (Scores(1, 2, 2),)


def test_case_spaces_and_underscores_do_not_count() -> None:
    """Names are equal whatever their case, spaces and underscores, and unequal by anything else."""
    gold = triples("The  Wrong Trousers | cast member | Peter Sallis")
    assert figures(score(gold, triples("the_wrong trousers | Cast_Member | PETERSALLIS"))) == (1.0, 1.0, 1.0, 1.0)
    assert figures(score(gold, triples("The Wrong Trousers | cast member | Peter-Sallis"))) == (0.0, 0.0, 0.0, 1.0)
    assert plain_name("A_b\tC ") == "abc"


def test_direction_counts() -> None:
    """Head and tail exchanged are another triple."""
    assert score(triples("a | genre | b"), triples("b | genre | a")).f1 == 0.0


def test_a_triple_counts_once() -> None:
    """Spellings of one triple that are equal are one triple, right or wrong, in gold and prediction."""
    gold = triples("a | genre | b", "A | genre | B")
    found = score(gold, triples("a | genre | b", "A | Genre | b", "a | genre | c", "a | genre | C"))
    assert (found.precision, found.recall) == (0.5, 1.0)
    assert found.strict.documents == (Scores(1, 1, 0),)


def test_nothing_predicted_is_worth_nothing() -> None:
    """A sentence without predictions has no precision, recall and F1, and conforms; so it is with none to judge."""
    gold = triples("a | genre | b")
    assert figures(score(gold, [])) == (0.0, 0.0, 0.0, 1.0)
    assert figures(score(gold, triples("a | director | b"))) == (0.0, 0.0, 0.0, 1.0)
    assert figures(score([], triples("a | director | b"))) == (0.0, 0.0, 0.0, 1.0)
    assert figures(score([], [])) == (0.0, 0.0, 0.0, 1.0)


def test_a_relation_that_the_ontology_lacks_does_not_conform() -> None:
    """Conformance is the share of all predicted triples, judged or not, whose relation the ontology has."""
    found = score(
        triples("a | genre | b"), triples("a | genre | b", "a | kind | c", "a | sort | c", "a | director | c")
    )
    assert found.conformance == 0.5
    assert found.precision == 1.0
    assert found.strict.total == Scores(1, 3, 0)


def test_sentences_count_alike() -> None:
    """The figures are means over the sentences, not those of all triples; a sentence without prediction counts."""
    gold = {
        "one": triples("a | genre | b"),
        "two": triples("a | genre | b", "a | genre | c", "a | genre | d", "a | genre | e"),
        "three": triples("a | genre | b"),
    }
    predicted = {"one": triples("a | genre | b"), "two": triples("a | genre | b", "a | genre | x")}
    found = score_text2kg(gold, predicted, RELATIONS)
    assert found.precision == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert found.recall == pytest.approx((1 + 1 / 4 + 0) / 3)
    assert found.f1 == pytest.approx((1 + 1 / 3 + 0) / 3)
    assert found.strict.documents == (Scores(1, 0, 0), Scores(1, 1, 3), Scores(0, 0, 1))


def test_ontologies_count_alike() -> None:
    """The mean over ontologies does not weigh them by their sentences; the strict counts are those of all sentences."""
    small = Text2KgScores(1.0, 0.5, 0.6, 1.0, Tally((Scores(1, 0, 1),)))
    large = Text2KgScores(0.0, 0.3, 0.2, 0.5, Tally((Scores(0, 1, 1), Scores(1, 1, 1), Scores(0, 0, 4))))
    found = mean_over_ontologies([small, large])
    assert figures(found) == pytest.approx((0.5, 0.4, 0.4, 0.75))
    assert found.strict.documents == (*small.strict.documents, *large.strict.documents)


def test_predictions_of_other_sentences_are_refused() -> None:
    """A prediction about a sentence without gold is an error that names it; so are no sentences, and no ontologies."""
    with pytest.raises(InputError, match="prediction for sentence 's2', expected one of 1"):
        score_text2kg({"s1": []}, {"s2": []}, RELATIONS)
    with pytest.raises(InputError, match="expected one of 0"):
        score_text2kg({}, {}, RELATIONS)
    with pytest.raises(InputError, match="at least one"):
        mean_over_ontologies([])


@pytest.mark.parametrize(
    ("value", "datatype", "expected"),
    [
        ("1943-07-03", "date", "03 July 1943"),
        ("1943-12", "gYearMonth", "01 December 1943"),
        ("1943", "gYear", "01 January 1943"),
        ("-0043", "gYear", "as written"),
        ("1943", "integer", "as written"),
        ("1943", "string", "as written"),
    ],
)
def test_dates_are_written_as_in_the_benchmark(value: str, datatype: str, expected: str) -> None:
    """A date of our calendar is day, month and year, the open parts the first; other values are as they were read."""
    entity = Entity(None, "as written", "TIME", (0,), Literal(value, f"{XSD}{datatype}"))
    assert to_benchmark_name(entity) == expected


def test_things_go_by_their_names() -> None:
    """An entity that is no value has its name."""
    assert to_benchmark_name(Entity("urn:e", "1943", "MISC", (0,))) == "1943"
