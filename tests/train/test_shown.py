"""What an example does not tell of stays open, and what it tells is taught."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from model.tiny import tiny_recogniser, tiny_tokenizer

from kgbuild.recognise.tagger import FoundSpan, Tagging
from kgbuild.train.shown import OpenTags, open_tags, open_tags_loss, related_document, shown, tag_batches
from train.test_examples import ADA, TYPES, read, read_line

ROME = "Ada was born in Rome. She met Bo Li in London."
FOUND = Tagging(
    (
        FoundSpan(0, 3, "PER", 0.9),
        FoundSpan(16, 20, "LOC", 0.9),
        FoundSpan(30, 35, "PER", 0.9),
        FoundSpan(39, 45, "LOC", 0.9),
    ),
    (0, 22, 33),
)
EXAMPLE = shown(read_line(ADA | {"text": ROME}), FOUND, TYPES, nouns=False)


def test_what_nobody_told_of_is_found() -> None:
    """Mentions of the recogniser stand beside those of the example, open; a beginning inside a name is none."""
    document = EXAMPLE.document
    assert [(item.text, item.sentence) for item in document.mentions] == [
        ("Ada", 0),
        ("Rome", 0),
        ("Bo Li", 1),
        ("London", 1),
    ]
    assert EXAMPLE.kinds == (("Person",), ("LOC", "capital"), TYPES, TYPES)
    assert len(set(document.entities)) == 4
    assert [document.text[item.start : item.end] for item in document.sentences] == [ROME[:21], ROME[22:]]


def test_a_date_stays_a_date() -> None:
    """Where dates are a type; otherwise it may be anything or nothing."""
    dated = Tagging((FoundSpan(16, 20, "TIME", 0.9),), (0,))
    example = read_line({"text": ROME, "types": {"Ada": "human"}})
    for types, kinds in ((TYPES, ("TIME",)), (("Person",), ())):
        assert shown(example, dated, types, nouns=False).kinds == (("Person",), kinds)


def test_common_nouns_are_found_where_they_are_wanted() -> None:
    """One that is part of a mention is none."""
    nouns = Tagging(
        FOUND.spans[:3], (0,), (FoundSpan(8, 12, "", 0.9), FoundSpan(16, 20, "", 0.9), FoundSpan(30, 32, "", 0.9))
    )
    assert "born" not in [
        item.text for item in shown(read_line(ADA | {"text": ROME}), nouns, TYPES, nouns=False).document.mentions
    ]
    found = shown(read_line(ADA | {"text": ROME}), nouns, TYPES, nouns=True)
    assert [item.text for item in found.document.mentions] == ["Ada", "born", "Rome", "Bo Li"]
    assert found.kinds == (("Person",), (), ("LOC", "capital"), TYPES)


def test_a_complete_example_stays_as_it_is(tmp_path: Path) -> None:
    """Where all mentions are told of, what the recogniser finds is none."""
    line = {
        "text": ROME,
        "sentences": [[0, 46]],
        "mentions": [{"start": 0, "end": 3, "type": "Person", "entity": 0}],
        "relations": [],
    }
    (example,) = read(tmp_path, line)
    assert shown(example, FOUND, TYPES, nouns=True) == example


def test_the_relation_model_is_told_the_types_that_are_found() -> None:
    """One that is not open, or where nothing was found, gives way to the one type that is, or to none."""
    learned = Tagging(
        tuple(replace(span, type={"PER": "Person", "LOC": "capital"}[span.type]) for span in FOUND.spans), ()
    )
    document = related_document(EXAMPLE, learned)
    assert [item.type for item in document.mentions] == ["Person", "capital", "Person", "capital"]
    dated = Tagging((FoundSpan(0, 3, "TIME", 0.9), FoundSpan(16, 20, "TIME", 0.9), FoundSpan(39, 45, "TIME", 0.9)), ())
    assert [item.type for item in related_document(EXAMPLE, dated).mentions] == ["Person", "", "", "TIME"]


def test_tags_are_those_that_are_open() -> None:
    """A typed mention has its tags, one of several types theirs, a found one any, all else is outside."""
    (window,) = open_tags(EXAMPLE, tiny_tokenizer(), TYPES)
    rows = [np.flatnonzero(row).tolist() for row in window.allowed]
    begins, goes_on = [1, 3, 5, 7, 9], [2, 4, 6, 8, 10]
    assert rows[:6] == [[5], [0], [0], [0], [1, 9], [0]]
    assert rows[8:12] == [begins, goes_on, [0], begins]
    assert np.flatnonzero(window.starts).tolist() == [0, 6]


def test_of_a_partial_document_nothing_is_certain() -> None:
    """What the recogniser found there may be anything or nothing; a common noun elsewhere may be a mention or none."""
    line = ADA | {"text": ROME, "complete": False}
    (window,) = open_tags(shown(read_line(line), FOUND, TYPES, nouns=False), tiny_tokenizer(), TYPES)
    assert window.allowed[[1, 8, 9]].all()
    noun = Tagging((), (0,), (FoundSpan(4, 12, "", 0.9),))
    (window,) = open_tags(shown(read_line(ADA | {"text": ROME}), noun, TYPES, nouns=True), tiny_tokenizer(), TYPES)
    rows = [np.flatnonzero(row).tolist() for row in window.allowed]
    assert rows[1:4] == [[0, 1, 3, 5, 7, 9], [0, 2, 4, 6, 8, 10], [0]]


def test_the_rest_of_a_found_name_is_open() -> None:
    """Of a found name that holds one that was told, the words beside it may be anything; a complete example is sure."""
    found = Tagging((FoundSpan(7, 20, "LOC", 0.9),), (0,))
    for complete, rest in ((False, list(range(11))), (True, [0])):
        example = replace(read_line(ADA | {"text": ROME[:21]}), complete=complete)
        (window,) = open_tags(shown(example, found, TYPES, nouns=False), tiny_tokenizer(), TYPES)
        rows = [np.flatnonzero(row).tolist() for row in window.allowed]
        assert rows[:6] == [[5], [0], rest, rest, [1, 9], [0]]


def test_some_windows_are_read_together() -> None:
    """An epoch shows each window once, half of them two by two, and another epoch in another order."""
    items = list(open_tags(EXAMPLE, tiny_tokenizer(), TYPES)) * 7
    words = len(items[0].allowed)
    epochs = [tag_batches(items, epoch=epoch, seed=3, tokens=100) for epoch in (0, 0, 1)]
    sizes = [[len(item.allowed) for batch in batches for item in batch] for batches in epochs]
    assert all(sorted(found) == sorted([*[words] * 3, *[2 * words] * 2]) for found in sizes)
    assert len(epochs[0]) > 1
    assert sizes[0] == sizes[1]


def test_open_words_teach_nothing() -> None:
    """A window in which every tag is allowed has a loss of its sentence beginnings alone."""
    (window,) = open_tags(EXAMPLE, tiny_tokenizer(), (*TYPES, "b"))
    model = tiny_recogniser()
    free = OpenTags(window.pieces, np.ones_like(window.allowed), window.starts)
    starts = model(batch_of(window))[2]
    expected = torch.nn.functional.binary_cross_entropy_with_logits(starts[0], torch.from_numpy(window.starts).float())
    torch.testing.assert_close(open_tags_loss(model, [free]), 0.5 * expected)
    assert open_tags_loss(model, [window]) > open_tags_loss(model, [free])


def batch_of(window: OpenTags) -> "torch.Tensor":
    from kgbuild.recognise.windows import to_batch

    return to_batch([window.pieces])  # type: ignore[return-value]
