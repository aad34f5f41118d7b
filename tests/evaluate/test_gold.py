"""An annotated record becomes a checked gold document, or an error that says why not."""

from typing import Any

import pytest

from kgbuild.errors import InputError
from kgbuild.evaluate.gold import UNTYPED, GoldRelation, to_gold
from kgbuild.records import Mention, Span


def test_a_record_is_converted(record: dict[str, Any]):
    """Sentences, mentions with their sentence and text, entities and relations come over."""
    gold = to_gold(record, strict=True)
    assert gold.sentences == (Span(0, 20), Span(21, 30), Span(31, 49))
    assert gold.mentions[3] == Mention(21, 24, "PER", "Ada", 1)
    assert gold.entities == (0, 1, 2, 0, 3, 4)
    assert gold.relations[3] == GoldRelation(0, 3, "met", (0, 2))
    assert gold.dropped == 0


def test_pairs_share_a_sentence(record: dict[str, Any]):
    """Ordered pairs of different entities within a sentence, and no others."""
    within_first = {(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)}
    assert to_gold(record).same_sentence_pairs == within_first | {(3, 4), (4, 3)}


def test_what_is_not_annotated_may_be_missing(record: dict[str, Any]):
    """A record without relations, and mentions without types, are no error."""
    del record["relations"]
    record["mentions"][0]["type"] = None
    gold = to_gold(record, strict=True)
    assert (gold.relations, gold.mentions[0].type) == ((), UNTYPED)


def test_overlaps_are_dropped_and_counted(record: dict[str, Any]):
    """Of overlapping mentions the earlier and longer stays; relations of the lost entity can still be missed."""
    record["mentions"].insert(0, {"start": 10, "end": 14, "type": "PER", "entity": 9})
    record["mentions"].append({"start": 15, "end": 18, "type": "LOC", "entity": 2})
    record["relations"].append({"head": 9, "tail": 2, "label": "place"})
    gold = to_gold(record)
    assert gold.dropped == 2
    assert [mention.start for mention in gold.mentions] == [0, 8, 15, 21, 31, 44]
    assert gold.relations[-1] == GoldRelation(9, 2, "place", ())


def test_strict_refuses_overlaps(record: dict[str, Any]):
    """With `strict`, an overlap is an error that names the mention."""
    record["mentions"].append({"start": 10, "end": 14, "type": "PER", "entity": 9})
    with pytest.raises(InputError, match=r"mention 10 to 14 \('n in'\) overlaps"):
        to_gold(record, strict=True)


def test_strict_refuses_entities_without_mention(record: dict[str, Any]):
    """With `strict`, a relation of an entity that is nowhere named is an error."""
    record["relations"].append({"head": 9, "tail": 2, "label": "place"})
    with pytest.raises(InputError, match="relation 'place' between 9 and 2: expected entities with a mention"):
        to_gold(record, strict=True)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("mentions", [{"start": 40, "end": 60, "type": None, "entity": 0}], "within the text, 0 to 49"),
        ("mentions", [{"start": 3, "end": 3, "type": None, "entity": 0}], "start below end"),
        ("mentions", [{"start": -1, "end": 3, "type": None, "entity": 0}], "within the text"),
        ("mentions", [{"start": 15, "end": 24, "type": None, "entity": 0}], "lies in no sentence"),
        ("mentions", [{"start": 0, "end": 3}], "lacks the key 'entity'"),
        ("mentions", [{"start": "0", "end": 3, "entity": 0}], "expected int, came '0'"),
        ("mentions", [{"start": 0, "end": 3, "entity": 0, "type": 7}], "type: expected str, came 7"),
        ("mentions", 7, "wrong form"),
        ("sentences", [[0, 20], [10, 49]], "sentence 10 to 49: expected disjoint"),
        ("sentences", [[0, 50]], "sentence 0 to 50"),
        ("sentences", [[0]], "wrong form"),
        (
            "relations",
            [{"head": 0, "tail": 1, "label": "met", "evidence": [3]}],
            "sentence 3 is unknown, expected 0 to 2",
        ),
        ("relations", [{"head": 0, "tail": 1}], "lacks the key 'label'"),
        ("relations", [{"head": True, "tail": 1, "label": "met"}], "came True"),
        ("text", None, "text: expected str, came None"),
        ("id", 1, "id: expected str, came 1"),
    ],
)
def test_bad_records_say_why(record: dict[str, Any], key: str, value: object, reason: str):
    """Each kind of damage is one line that names what was expected and what came."""
    with pytest.raises(InputError, match=reason) as caught:
        to_gold(record | {key: value})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["id", "text", "sentences"])
def test_missing_keys_are_named(record: dict[str, Any], key: str):
    """A record without what every record has is an error that names the key."""
    del record[key]
    with pytest.raises(InputError, match=f"lacks the key '{key}'"):
        to_gold(record)
