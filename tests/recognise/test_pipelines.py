"""The pipeline of the settings is loaded whole, or the error names what is wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest
import spacy

from kgbuild.config import RecogniseSettings
from kgbuild.errors import CheckpointError, InputError, MissingError, SettingError
from kgbuild.recognise.annotate import recognise
from kgbuild.recognise.pipelines import load_pipeline
from kgbuild.records import AnnotatedDocument, Document

Writer = Callable[..., Path]


def found(text: str, model: Path = Path("no-model"), **settings: object) -> AnnotatedDocument:
    """What the pipeline of these settings finds in a text."""
    nlp = load_pipeline(RecogniseSettings.model_validate({"pipeline": "blank", **settings}), model=model, device="cpu")
    (document,) = recognise([Document("urn:d", "urn:d", text, "", "txt")], nlp)
    return document


def mentions(document: AnnotatedDocument) -> list[tuple[str, str]]:
    return [(mention.text, mention.type) for mention in document.mentions]


def sentences(document: AnnotatedDocument) -> list[str]:
    return [document.document.text[span.start : span.end] for span in document.sentences]


def test_the_blank_pipeline_finds_what_the_gazetteer_names(gazetteer: Writer) -> None:
    """Phrases and token patterns are found with their labels, OntoNotes' as ours; without one nothing is."""
    text = "Ada works at Acme Works. She met Ben in 1843."
    path = gazetteer(
        {"label": "ORG", "pattern": "Acme Works"},
        {"label": "PERSON", "pattern": [{"LOWER": "ben"}], "id": "ben"},
        {"label": "SHIP", "pattern": "Ada"},
    )
    assert mentions(found(text, gazetteer=path)) == [("Ada", "SHIP"), ("Acme Works", "ORG"), ("Ben", "PER")]
    assert [mention.sentence for mention in found(text, gazetteer=path).mentions] == [0, 0, 1]
    assert mentions(found(text)) == []
    assert sentences(found(text)) == ["Ada works at Acme Works.", "She met Ben in 1843."]


def test_the_gazetteer_adds_to_the_model_and_wins(gazetteer: Writer, model_folder: Path) -> None:
    """What the gazetteer names has its label and is certain; mentions elsewhere stay as the model found them."""
    text = "Ada met Ben in London, and Acme was born of the love of Ada in the works. " * 3
    own = found(text, model_folder, pipeline="kgbuild")
    path = gazetteer({"label": "NAMED", "pattern": [{"LOWER": {"IN": ["met", "ben", "love"]}}]})
    both = found(text, model_folder, pipeline="kgbuild", gazetteer=path)
    named = [mention for mention in both.mentions if mention.type == "NAMED"]
    assert [mention.text for mention in named] == ["met", "Ben", "love"] * 3
    assert {mention.probability for mention in named} == {1.0}
    places = {at for mention in named for at in range(mention.start, mention.end)}
    untouched = [one for one in own.mentions if not places & set(range(one.start, one.end))]
    assert untouched
    assert [one for one in both.mentions if one.type != "NAMED"] == untouched


def test_a_gazetteer_may_have_any_file_name(gazetteer: Writer) -> None:
    """The file that is named is read, not another one beside it that ends in jsonl."""
    gazetteer({"label": "ORG", "pattern": "Ada"}, name="names.jsonl")
    path = gazetteer({"label": "PER", "pattern": "Ada"}, name="names.txt")
    assert mentions(found("Ada", gazetteer=path)) == [("Ada", "PER")]


@pytest.mark.parametrize(
    "rows", [(), ("",), ({"label": "PER", "pattern": "Ada"}, "", {"label": "PER", "pattern": "B"})]
)
def test_empty_lines_of_a_gazetteer_are_nothing(gazetteer: Writer, rows: tuple[object, ...]) -> None:
    """An empty file has no patterns, and an empty line between two is passed over, without a warning."""
    assert len(found("Ada", gazetteer=gazetteer(*rows)).mentions) == (len(rows) == 3)


@pytest.mark.parametrize(
    "row",
    [
        "{",
        "[1]",
        "3",
        {"label": "X"},
        {"pattern": "Ada"},
        {"label": "X", "pattern": []},
        {"label": "X", "pattern": [{"NO_SUCH": 1}]},
        {"label": "X", "pattern": [{"TEXT": {"REGEX": "("}}]},
    ],
)
def test_a_gazetteer_that_cannot_be_used_is_named(gazetteer: Writer, row: object) -> None:
    """The error names the file and what a line must be, in one line."""
    with pytest.raises(InputError, match=r"gazetteer '.*gazetteer.jsonl': expected one JSON object .*: .") as raised:
        found("Ada", gazetteer=gazetteer(row))
    assert "\n" not in str(raised.value)


def test_a_missing_gazetteer_is_named(tmp_path: Path) -> None:
    """A gazetteer that does not exist is an error that names it."""
    with pytest.raises(MissingError, match=r"gazetteer '.*none.jsonl' does not exist"):
        found("Ada", gazetteer=tmp_path / "none.jsonl")


@pytest.mark.parametrize("name", ["no_such_pipeline", "no/such/folder", ""])
def test_an_unknown_pipeline_is_refused(name: str) -> None:
    """The error names the setting, what may stand there and what came."""
    with pytest.raises(SettingError, match=rf"'recognise.pipeline': expected 'kgbuild', 'blank' or .* got '{name}'"):
        found("Ada", pipeline=name)


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    """Our pipeline without its model is an error that names the folder."""
    with pytest.raises(MissingError, match=r"model '.*none' does not exist"):
        found("Ada", tmp_path / "none", pipeline="kgbuild")


def test_a_damaged_model_is_named(tmp_path: Path) -> None:
    """Our pipeline with a damaged model is an error that names it."""
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(CheckpointError, match="expected kind 'kgbuild-model'"):
        found("Ada", tmp_path, pipeline="kgbuild")


def foreign(folder: Path) -> Path:
    """A saved pipeline of another's making, with OntoNotes' labels and no sentence boundaries."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    labels = {
        "Ada": "PERSON",
        "Paris": "GPE",
        "1843": "DATE",
        "Acme": "ORG",
        "two": "CARDINAL",
        "Hamlet": "WORK_OF_ART",
    }
    ruler.add_patterns([{"label": label, "pattern": name} for name, label in labels.items()])
    nlp.to_disk(folder)
    return folder


def test_a_foreign_pipeline_is_used_and_its_labels_are_ours(tmp_path: Path, gazetteer: Writer) -> None:
    """A pipeline loaded from a folder finds what it finds; its labels become our types; sentences are added."""
    folder = foreign(tmp_path / "foreign")
    text = "Ada saw Hamlet in Paris in 1843. Acme saw two."
    document = found(text, pipeline=str(folder))
    assert [kind for _, kind in mentions(document)] == ["PER", "MISC", "LOC", "TIME", "ORG", "NUM"]
    assert sentences(document) == ["Ada saw Hamlet in Paris in 1843.", "Acme saw two."]
    both = found(text, pipeline=str(folder), gazetteer=gazetteer({"label": "LOC", "pattern": "Acme"}))
    assert [kind for _, kind in mentions(both)] == ["PER", "MISC", "LOC", "TIME", "LOC", "NUM"]


def test_a_saved_pipeline_of_ours_takes_a_new_gazetteer(tmp_path: Path, gazetteer: Writer) -> None:
    """A pipeline saved with its gazetteer is loaded as any other, and a new gazetteer takes the old one's place."""
    old = gazetteer({"label": "ORG", "pattern": "Ada"}, name="old.jsonl")
    nlp = load_pipeline(RecogniseSettings(pipeline="blank", gazetteer=old), model=tmp_path, device="cpu")
    nlp.to_disk(tmp_path / "saved")
    new = gazetteer({"label": "PER", "pattern": "Ada"}, name="new.jsonl")
    document = found("Ada\n\nAda", pipeline=str(tmp_path / "saved"), gazetteer=new)
    assert mentions(document) == [("Ada", "PER")] * 2
    assert sentences(document) == ["Ada", "Ada"]
