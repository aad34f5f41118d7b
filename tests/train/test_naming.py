"""Relations under names that training never shows: each of the ontology has one, and none is known from elsewhere."""

import re
import tomllib
from pathlib import Path

import pytest
from score.marked import ontology

from kgbuild.config import VOCABULARY, load_settings
from kgbuild.errors import InputError, MissingError
from kgbuild.ontology import load_ontology
from kgbuild.train.naming import renamed, undefined
from kgbuild.train.patterns import read_patterns
from kgbuild.train.wording import widened

OTHER = VOCABULARY / "other_names.toml"


def file(path: Path, text: str) -> Path:
    found = path / "names.toml"
    found.write_text(text, encoding="utf-8")
    return found


def plain(name: str) -> str:
    """The name without a small word before it, which makes no other name of it."""
    return re.sub(r"^((is|was|are|were|has|had|got|the|a|an) )+", "", name.lower())


def test_what_is_named_otherwise_keeps_all_but_its_names(tmp_path: Path) -> None:
    """A table may have any key of a property; properties without one are left out, tables of nothing passed over."""
    path = file(tmp_path, '[P19]\nlabel = "cradle"\ndefinition = "where"\n[P9]\nlabel = "x"\ndefinition = "y"\n')
    (found,) = renamed(ontology(), path).properties
    known = ontology().by_key["P19"]
    assert (found.iri, found.inverse, found.equivalents) == (known.iri, known.inverse, known.equivalents)
    assert (found.label, found.labels, found.definition) == ("cradle", (), "where")
    assert [item.definition for item in undefined(renamed(ontology(), path)).properties] == [""]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[P19", "no TOML"),
        ('[P19]\nlabel = "cradle"', "table 'P19': expected `label` and `definition`"),
        ("P19 = 1", "P19"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str, reason: str) -> None:
    """With the table, where there is one."""
    with pytest.raises(InputError, match=rf"names\.toml'.*{reason}"):
        renamed(ontology(), file(tmp_path, text))
    with pytest.raises(MissingError, match="does not exist"):
        renamed(ontology(), tmp_path / "none.toml")


def test_every_property_that_ships_has_a_name_that_no_training_shows() -> None:
    """Neither the ontology nor a pattern has it, in either direction."""
    own = load_ontology(load_settings(environment={}).ontology)
    wide = widened(own, read_patterns(VOCABULARY / "patterns"))
    every = read_patterns(VOCABULARY / "patterns").relations
    names = [name for item in (*wide.properties, *every) for name in (item.label, *item.labels)]
    names += [name for item in every for name in item.inverse]
    shown = {plain(name) for name in names}
    other = renamed(own, OTHER)
    assert [item.iri for item in other.properties] == [item.iri for item in own.properties]
    assert len(tomllib.loads(OTHER.read_text(encoding="utf-8"))) == len(own.properties)
    assert not {plain(item.label) for item in other.properties} & shown
    assert not {item.definition for item in other.properties} & {text for item in every for text in item.definitions}
    assert len({item.label for item in other.properties}) == len(own.properties)
