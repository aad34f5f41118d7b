"""Patterns become annotated sentences that say what the pattern says, and a folder that cannot be used is named."""

from pathlib import Path

import numpy as np
import pytest
from model.tiny import tiny_tokenizer
from score.marked import ontology

from kgbuild.config import VOCABULARY
from kgbuild.errors import InputError, MissingError
from kgbuild.kinds import Kind
from kgbuild.train.patterns import read_patterns, sentences
from kgbuild.train.relating import RelatingSet, related
from kgbuild.train.wording import widened, with_inverses

NAMES = """
[person]
type = "PER"
parts = [["Ada", "Ben"], ["Love", "Lace", "Byron"]]
names = ["J. R. Moe"]
[city]
type = "LOC"
names = ["London"]
[trade]
names = ["clockmaking"]
"""
BORN = """
[P19]
label = "place of birth"
labels = ["birthplace"]
definitions = ["where someone came into the world"]
head = ["person"]
tail = ["city"]
patterns = ["{head} was born in {tail}, as was {other:person}.", "in {tail}, {head} first cried."]
unlike = ["{head} left {tail} for {other:trade}."]
"""


def folder_of(path: Path, *, names: str = NAMES, born: str = BORN) -> Path:
    (path / "names.toml").write_text(names, encoding="utf-8")
    (path / "people.toml").write_text(born, encoding="utf-8")
    return path


def test_patterns_are_filled_with_names_of_their_kinds(tmp_path: Path) -> None:
    """Each pattern in turn gives a sentence whose mentions are typed, of different names, and where they stand."""
    patterns = read_patterns(folder_of(tmp_path))
    documents = list(sentences(patterns, each=60, draw=np.random.default_rng(3)))
    assert len({document.id for document in documents}) == 60
    for document in documents:
        names = [mention.text for mention in document.mentions]
        assert len(set(names)) == len(names)
        assert "{" not in document.text
        head, tail = (document.mentions[document.entities.index(number)] for number in (0, 1))
        assert (head.type, tail.type, tail.text) == ("PER", "LOC", "London")
    assert any(document.text.startswith("In London, ") for document in documents)
    assert any("J. R. Moe" in document.text for document in documents)
    trades = [m for document in documents for m in document.mentions if m.text == "clockmaking"]
    assert {mention.type for mention in trades} == {""}


def test_what_states_the_relation_holds_and_what_does_not_is_denied(tmp_path: Path) -> None:
    """A third of these patterns denies; what is denied is known to fail, and nothing is known of the distractor."""
    patterns = read_patterns(folder_of(tmp_path))
    documents = list(sentences(patterns, each=3, draw=np.random.default_rng(2)))
    assert sorted((len(item.relations), len(item.denied)) for item in documents) == [(0, 1), (1, 0), (1, 0)]
    (denied,) = (item for item in documents if item.denied)
    (found,) = related([denied], tiny_tokenizer(), ontology(), RelatingSet("patterns", "related pairs"), most_pairs=97)
    pair = found.context.pairs.tolist().index([0, 1])
    assert found.fails.tolist() == [[pair, 0]]
    assert not len(found.holds)
    assert not found.known.any()


def test_both_directions_are_known_and_nothing_else_of_the_way_back(tmp_path: Path) -> None:
    """From head to tail all properties are annotated; from tail to head the inverse holds, the relation does not."""
    born = BORN.replace('"P19"', '"P9"').replace("[P19]", "[P9]").replace(', "in {tail}, {head} first cried."', "")
    more = 'inverse = ["birthplace of"]\ninverse_definitions = ["someone born here"]\n'
    patterns = read_patterns(folder_of(tmp_path, born=born + more))
    assert patterns.relations[0].inverse == ("birthplace of",)
    assert patterns.relations[0].inverse_definitions == ("someone born here",)
    wide = widened(ontology(), patterns)
    (made, *_) = (item for item in sentences(patterns, each=2, draw=np.random.default_rng(2)) if item.relations)
    (both,) = with_inverses([made], wide, patterns)
    (found,) = related([both], tiny_tokenizer(), wide, RelatingSet("patterns", "related pairs"), most_pairs=97)
    ahead, back = (found.context.pairs.tolist().index(ends) for ends in ([0, 1], [1, 0]))
    born_in, birthplace = (wide.properties.index(wide.by_key[key]) for key in ("P9", "P9-inverse"))
    assert found.holds.tolist() == [[ahead, born_in], [back, birthplace]]
    assert sorted(found.fails.tolist()) == sorted([[back, born_in], [ahead, birthplace]])
    assert found.known.nonzero()[0].tolist() == [ahead]


def test_the_same_draw_gives_the_same_sentences(tmp_path: Path) -> None:
    """Sentences depend on the folder and on the generator alone."""
    patterns = read_patterns(folder_of(tmp_path))
    one, same, other = (
        [item.text for item in sentences(patterns, each=9, draw=np.random.default_rng(seed))] for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other


def test_relations_can_be_left_out(tmp_path: Path) -> None:
    """Without its only relation a folder gives no sentence."""
    patterns = read_patterns(folder_of(tmp_path)).without({"P19"})
    assert list(sentences(patterns, each=3, draw=np.random.default_rng(1))) == []


def test_an_inverse_that_is_called_as_what_is_left_out_is_left_out_too(tmp_path: Path) -> None:
    """Else a model would learn of it under another key; an inverse with names of its own stays."""
    more = BORN.replace("[P19]", "[P1]") + 'inverse = ["birthplace"]\ninverse_definitions = ["where"]\n'
    other = BORN.replace("[P19]", "[P2]") + 'inverse = ["cradle of"]\ninverse_definitions = ["who"]\n'
    patterns = read_patterns(folder_of(tmp_path, born=BORN + more + other))
    assert [item.inverse for item in patterns.relations] == [(), ("birthplace",), ("cradle of",)]
    assert [(item.key, item.inverse) for item in patterns.without({"P19"}).relations] == [
        ("P1", ()),
        ("P2", ("cradle of",)),
    ]


def test_two_relations_that_are_inverse_tell_each_other(tmp_path: Path) -> None:
    """One table says so; none of both has a further inverse, and neither is denied where the other holds."""
    born = BORN.replace('"P19"', '"P9"').replace("[P19]", "[P9]") + 'inverse_of = "P8"\n'
    patterns = read_patterns(folder_of(tmp_path, born=born + BORN.replace("[P19]", "[P8]")))
    wide = widened(ontology(), patterns)
    one, other = (wide.by_key[key] for key in ("P9", "P8"))
    assert (one.inverse, other.inverse) == (None, None)  # nothing ties their scores to each other
    assert not any(key.endswith("-inverse") for key in wide.by_key)
    (made, *_) = (item for item in sentences(patterns, each=3, draw=np.random.default_rng(2)) if item.relations)
    (both,) = with_inverses([made], wide, patterns)
    (found,) = related([both], tiny_tokenizer(), wide, RelatingSet("patterns", "related pairs"), most_pairs=97)
    ahead, back = (found.context.pairs.tolist().index(ends) for ends in ([0, 1], [1, 0]))
    first, second = (wide.properties.index(item) for item in (one, other))
    assert {tuple(told) for told in found.holds.tolist()} == {(ahead, first), (back, second)}
    assert {tuple(told) for told in found.fails.tolist()} == {(back, first), (ahead, second)}


def test_inverses_that_cannot_be_are_named(tmp_path: Path) -> None:
    """One that the folder lacks, itself, one with names for its inverse too, and one that two relations claim."""
    other, more = BORN.replace("[P19]", "[P8]"), BORN.replace("[P19]", "[P7]")
    named = 'inverse = ["saw"]\ninverse_definitions = ["it saw"]\n'
    for born, key in (
        (BORN + 'inverse_of = "P8"\n', "P8"),
        (BORN + 'inverse_of = "P19"\n', "P19"),
        (BORN + named + 'inverse_of = "P8"\n' + other, "P8"),
        (BORN + 'inverse_of = "P8"\n' + other + named, "P8"),
        (BORN + 'inverse_of = "P8"\n' + other + more + 'inverse_of = "P8"\n', "P8"),
    ):
        with pytest.raises(InputError, match=rf"table 'P19': expected as 'inverse_of' .* came '{key}'"):
            read_patterns(folder_of(tmp_path, born=born))


def test_whole_names_are_as_likely_as_composed_ones() -> None:
    """Of four composed names each is drawn once where the one whole name is drawn four times."""
    kind, draw = Kind("PER", (("a", "b"), ("c", "d")), ("e",)), np.random.default_rng(1)
    names = [kind.draw(draw) for _ in range(1000)]
    wanted = dict.fromkeys(("a c", "a d", "b c", "b d"), pytest.approx(125, abs=40)) | {"e": pytest.approx(500, abs=60)}
    assert {name: names.count(name) for name in set(names)} == wanted


@pytest.mark.parametrize(
    ("names", "born", "reason"),
    [
        ("[person", BORN, r"names\.toml': no TOML"),
        (NAMES + "[ship]\n", BORN, r"names\.toml', table 'ship': expected `names` or `parts`"),
        (NAMES, BORN.replace("definitions", "sense"), r"people\.toml', table 'P19': key 'definitions' is missing"),
        (NAMES, BORN + 'inverse = ["saw"]\n', r"people\.toml', table 'P19': key 'inverse_definitions' is missing"),
        (
            NAMES,
            BORN + 'inverse = ["saw"]\ninverse_definitions = []\n',
            r"table 'P19': expected a definition, and one of",
        ),
        (
            NAMES,
            BORN.replace("in {tail}, {head}", "in {tail}, he"),
            r"table 'P19': expected {head} and {tail} once each",
        ),
        (
            NAMES,
            BORN.replace("other:trade", "other:craft"),
            r"table 'P19': expected kinds of names\.toml, came \['craft'\]",
        ),
        (NAMES, BORN.replace('["city"]', "[]"), r"table 'P19': expected kinds of names\.toml, came none"),
    ],
)
def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, names: str, born: str, reason: str) -> None:
    """File, table and reason of what is wrong."""
    with pytest.raises(InputError, match=reason):
        read_patterns(folder_of(tmp_path, names=names, born=born))


def test_a_relation_stands_once(tmp_path: Path) -> None:
    """Two files with one relation are an error, and so is a folder without names."""
    folder_of(tmp_path)
    (tmp_path / "places.toml").write_text(BORN, encoding="utf-8")
    with pytest.raises(InputError, match=r"places\.toml', table 'P19': stands twice"):
        read_patterns(tmp_path)
    with pytest.raises(MissingError, match=r"names\.toml' does not exist"):
        read_patterns(tmp_path / "nowhere")


def test_the_patterns_that_ship_are_varied() -> None:
    """At least 400 relations, each stated in six ways or more, twice or more tail first, and twice not stated."""
    patterns = read_patterns(VOCABULARY / "patterns")
    assert len(patterns.relations) >= 400
    said = [text for item in patterns.relations for text in (*item.patterns, *item.unlike)]
    assert len(set(said)) == len(said)
    for item in patterns.relations:
        assert len(item.patterns) >= 6, item.key
        assert len(item.unlike) >= 2, item.key
        assert len({item.label, *item.labels}) >= 4, item.key
        assert sum(text.index("{tail}") < text.index("{head}") for text in item.patterns) >= 2, item.key
