"""Names are gathered from mentions, and sets of them are joined."""

from marked_text import read_marked

from kgbuild.resolve.groups import Name, Sets, collect_names


def test_names_have_all_their_mentions():
    """Spellings of one name and type are one name, written as first seen; another type is another name."""
    _, mentions = read_marked("[The  Tarn|LOC], [Orlow|PER], [tarn|LOC], [Tarn|ORG]")
    assert collect_names(mentions, [0, 1, 2, 3]) == [
        Name("tarn", "LOC", ("tarn",), "The Tarn", (0, 2)),
        Name("orlow", "PER", ("orlow",), "Orlow", (1,)),
        Name("tarn", "ORG", ("tarn",), "Tarn", (3,)),
    ]


def test_only_the_mentions_asked_for_count():
    """A mention that is not among the numbers gives no name."""
    _, mentions = read_marked("[Tarn|LOC], [Orlow|PER]")
    assert [name.written for name in collect_names(mentions, [1])] == ["Orlow"]


def test_sets_are_joined():
    """What is joined with one is joined with all that it is joined with, and the lowest leads."""
    sets = Sets(5)
    sets.join(3, 4)
    sets.join(4, 1)
    assert [sets.find(item) for item in range(5)] == [0, 1, 2, 1, 1]


def test_only_one_set():
    """Items of one set are as good as one; those of several, and none at all, are nothing to decide by."""
    sets = Sets(3)
    sets.join(1, 2)
    assert (sets.only([2, 1]), sets.only([0, 1]), sets.only([])) == (2, None, None)
