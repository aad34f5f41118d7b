"""Passages of annotated documents say what their sentences show, and no more."""

from dataclasses import replace

import numpy as np
import pytest

from kgbuild.evaluate.gold import GoldDocument, GoldRelation, to_gold
from kgbuild.train.passages import cut_passages

TEXT = "Ada was born in London. She wrote of it. Ada died in Bath near London."


def document(*relations: GoldRelation) -> GoldDocument:
    """Three sentences: Ada (0) and London (1), nobody, Ada and Bath (2) and London."""
    record = {
        "id": "d",
        "text": TEXT,
        "sentences": [[0, 23], [24, 40], [41, 70]],
        "mentions": [
            {
                "start": TEXT.index(name, begin),
                "end": TEXT.index(name, begin) + len(name),
                "type": type,
                "entity": entity,
            }
            for name, begin, type, entity in (
                ("Ada", 0, "PER", 0),
                ("London", 0, "LOC", 1),
                ("Ada", 41, "PER", 0),
                ("Bath", 41, "LOC", 2),
                ("London", 41, "LOC", 1),
            )
        ],
        "relations": [
            {"head": r.head, "tail": r.tail, "label": r.label, "evidence": list(r.evidence)} for r in relations
        ],
    }
    return to_gold(record)


def single(*relations: GoldRelation) -> list[GoldDocument]:
    """Its passages of one sentence."""
    return list(cut_passages([document(*relations)], longest=1, draw=np.random.default_rng(0)))


def test_a_passage_is_a_text_of_its_own() -> None:
    """Every mention slices the passage's text, sentences count from 0, and one without two entities is left out."""
    first, last = single()
    assert (first.text, last.text) == ("Ada was born in London.", "Ada died in Bath near London.")
    for passage in (first, last):
        assert all(passage.text[m.start : m.end] == m.text for m in passage.mentions)
        assert {m.sentence for m in passage.mentions} == {0}
    assert [m.text for m in last.mentions] == ["Ada", "Bath", "London"]
    assert last.entities == (0, 2, 1)


def test_a_relation_holds_where_its_evidence_is() -> None:
    """With its evidence it is annotated; where only its entities are, their pair is unclear and nothing is denied."""
    first, last = single(GoldRelation(0, 1, "P19", (0,)))
    assert first.relations == (GoldRelation(0, 1, "P19", (0,)),)
    assert first.unclear == frozenset()
    assert last.relations == ()
    assert last.unclear == {(0, 1)}


def test_evidence_is_counted_from_the_passage() -> None:
    """The number of an evidence sentence is that within the passage."""
    _, last = single(GoldRelation(0, 2, "P20", (2,)))
    assert last.relations == (GoldRelation(0, 2, "P20", (0,)),)


def test_without_evidence_one_sentence_must_name_both() -> None:
    """A relation without annotated evidence holds where one sentence of the passage names head and tail."""
    first, last = single(GoldRelation(2, 1, "P131", ()), GoldRelation(0, 1, "P19", ()))
    assert [r.label for r in first.relations] == ["P19"]
    assert [r.label for r in last.relations] == ["P131", "P19"]


@pytest.mark.parametrize("seed", range(5))
def test_passages_follow_each_other(seed: int) -> None:
    """Whatever is drawn, no sentence is in two passages, none is longer than asked, and mentions are not lost."""
    passages = list(cut_passages([document()] * 20, longest=2, draw=np.random.default_rng(seed)))
    assert {len(passage.sentences) for passage in passages} == {1, 2}
    assert sum(len(passage.mentions) for passage in passages) == 20 * 5


def test_a_passage_was_asked_of_what_its_document_was() -> None:
    """What the annotation of a document covers and leaves open, that of its passages does."""
    asked = replace(document(), asked=frozenset({"P19"}), open=frozenset({"P20"}))
    passages = list(cut_passages([asked], longest=1, draw=np.random.default_rng(0)))
    assert [(passage.asked, passage.open) for passage in passages] == [({"P19"}, {"P20"})] * 2
