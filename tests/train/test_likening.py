"""A class is like a type by its name, by what its words mean and by what is found of its examples."""

from dataclasses import replace

import pytest
import torch
from model.tiny import TYPES as SHIPPED
from model.tiny import tiny_encoder, tiny_relations, tiny_tokenizer

from kgbuild.calibration import Calibration
from kgbuild.checkpoint import Models
from kgbuild.model.recogniser import Recogniser
from kgbuild.recognise.tagger import FoundSpan, Tagging
from kgbuild.train import likening
from kgbuild.train.likening import alike
from train.test_examples import ADA, ONTOLOGY, TYPES, read_line

TEXT = "Ada was born in Rome."


def models() -> Models:
    torch.manual_seed(31)
    recogniser = Recogniser(tiny_encoder(), SHIPPED, dropout=0.0).eval()
    return Models(recogniser, tiny_relations(), tiny_tokenizer(), Calibration(2.0, 0.5), "digest")


def test_classes_are_like_their_names_or_those_above() -> None:
    """A notation that is known stands for itself, and a class below one for that."""
    found = dict(zip(*alike(models(), ONTOLOGY, TYPES, ()), strict=True))
    assert (found["LOC"], found["capital"], found["TIME"]) == (3, 3, 4)
    assert found["Person"] == 0 or SHIPPED[found["Person"] - 1] not in ("TIME", "NUM")


@pytest.mark.parametrize("kind", ["ORG", "MISC", ""])
def test_examples_tell_what_a_class_is_like(kind: str) -> None:
    """What its examples are found to be outweighs what its words may mean; common nouns are a type of their own."""
    example = read_line(ADA)
    span = FoundSpan(0, 3, kind, 0.9)
    tagging = Tagging((span,) if kind else (), (0,), () if kind else (span,))
    found = dict(zip(*alike(models(), ONTOLOGY, TYPES, [(example, tagging)] * 9), strict=True))
    assert found["Person"] == (SHIPPED.index(kind) + 1 if kind else 0)
    assert found["LOC"] == 3


def test_a_mention_of_open_type_counts_for_what_is_likely(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name found as a place that may be a person or a capital counts for these as far as their words mean places."""
    shares = {"person": {"PER": 1.0, "LOC": 0.0}, "human": {"PER": 0.4, "LOC": 0.6}}
    example = read_line({"text": TEXT, "types": {"Rome": "Person"}})
    either = replace(example, kinds=(("LOC", "Person"),))
    told = [(either, Tagging((FoundSpan(16, 20, "LOC", 0.9),), (0,)))] * 50
    for name, expected in (("person", "PER"), ("human", "LOC")):
        monkeypatch.setattr(likening, "type_shares", lambda *given, name=name: [shares[name] for _ in given[2]])
        found = dict(zip(*likening.alike(models(), ONTOLOGY, TYPES, told), strict=True))
        assert SHIPPED[found["Person"] - 1] == expected


def test_what_is_of_no_class_has_a_type_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A type stands behind the classes unless some of what is found of it is told to be of one, or words say so."""
    shares = {"ORG": 0.6, "LOC": 0.2, "PER": 0.2}
    monkeypatch.setattr(likening, "type_shares", lambda *given: [shares for _ in given[2]])
    example = read_line({"text": TEXT, "types": {"Ada": "Person"}})
    org, place = FoundSpan(0, 3, "ORG", 0.9), FoundSpan(8, 12, "ORG", 0.9)
    for spans, others in (
        ((), ["PER", "MISC"]),  # ORG by the words of a person
        ((org, place), ["PER", "MISC"]),  # half of ORG is told of
        ((org, *[place] * 9), ["PER", "ORG", "MISC"]),  # a tenth
        ((FoundSpan(16, 20, "LOC", 0.9),), ["PER", "MISC"]),  # a class of that name is there
    ):
        types, numbers = likening.alike(models(), ONTOLOGY, TYPES, [(example, Tagging(spans, (0,)))])
        assert [*types] == [*TYPES, *others], spans
        assert [SHIPPED[number - 1] for number in numbers[len(TYPES) :]] == others
        assert SHIPPED[numbers[TYPES.index("Person")] - 1] == "ORG"


def test_a_mention_that_may_be_anything_tells_nothing() -> None:
    """It is of no class more than of another."""
    example = replace(read_line({"text": TEXT, "types": {"Ada": "Person"}}), kinds=(TYPES,))
    told = [(example, Tagging((FoundSpan(0, 3, "ORG", 0.9),), (0,)))] * 50
    before, after = (dict(zip(*alike(models(), ONTOLOGY, TYPES, given), strict=True)) for given in ((), told))
    assert [before[name] for name in TYPES] == [after[name] for name in TYPES]
    assert after["ORG"] == 2
