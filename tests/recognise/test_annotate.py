"""Sentences cover every character that is not white space; mentions are disjoint, each inside one sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest
import spacy
from hypothesis import example, given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc, Span

from kgbuild.config import RecogniseSettings, Settings
from kgbuild.ontology import load_ontology
from kgbuild.recognise.annotate import recognise
from kgbuild.recognise.completion import Completion, load_completion
from kgbuild.recognise.pipelines import load_pipeline
from kgbuild.records import AnnotatedDocument, Document

ODD = st.text("aZ9 .,\n\n\t\u200b\u0301é€😀ש東\u202e\x00-'/", max_size=150) | st.text(max_size=60)

OWN = """
@prefix : <urn:o#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:Album a owl:Class ; rdfs:label "album" .
:Genre a owl:Class ; rdfs:label "genre" .
:played a owl:ObjectProperty ; rdfs:label "genre" ; rdfs:domain :Album ; rdfs:range :Genre .
"""


def document(text: str, name: str = "urn:d") -> Document:
    return Document(name, name, text, "", "txt")


@pytest.fixture(scope="module")
def nlp(model_folder: Path) -> Language:
    """Our pipeline with a tiny model."""
    return load_pipeline(RecogniseSettings(), model=model_folder, device="cpu")


class Untouched(Completion):
    """Leaves what it is given."""

    def of(self, annotated: AnnotatedDocument) -> AnnotatedDocument:
        """The document."""
        return annotated


@pytest.fixture(scope="module")
def completion(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Completion:
    """What a class of common nouns and one of names ask for beside the tiny model."""
    path = tmp_path_factory.mktemp("own") / "own.ttl"
    path.write_text(OWN, encoding="utf-8")
    found = load_completion(Settings(model=model_folder, device="cpu"), load_ontology(path))
    assert found is not None
    assert found.nouns is not None
    return found


def check(found: AnnotatedDocument) -> None:
    """What a record of recognition promises."""
    text, last = found.document.text, 0
    for span in found.sentences:
        assert last <= span.start < span.end <= len(text)
        assert not text[last : span.start].strip()
        assert text[span.start : span.end] == text[span.start : span.end].strip()
        last = span.end
    assert not text[last:].strip()
    last = 0
    for mention in found.mentions:
        sentence = found.sentences[mention.sentence]
        assert last <= mention.start < mention.end
        assert sentence.start <= mention.start
        assert mention.end <= sentence.end
        assert mention.text == text[mention.start : mention.end]
        assert mention.text.strip()
        assert 0 < mention.probability <= 1
        last = mention.end


@settings(deadline=None, max_examples=40)
@given(texts=st.lists(ODD, max_size=4))
def test_records_keep_their_promises_whatever_the_text(nlp: Language, texts: list[str]) -> None:
    """Documents come in order, complete, with mentions that lie where they say."""
    documents = [document(text, f"urn:{number}") for number, text in enumerate(texts)]
    found = list(recognise(documents, nlp))
    assert [item.document for item in found] == documents
    for item in found:
        check(item)


@settings(deadline=None, max_examples=40)
@given(texts=st.lists(ODD, max_size=4))
def test_completed_records_keep_them_too(nlp: Language, completion: Completion, texts: list[str]) -> None:
    """Whole names and common nouns of a class are disjoint, whatever the text."""
    for item in recognise([document(text) for text in texts], nlp, completion):
        check(item)


@settings(deadline=None, max_examples=40)
@example(texts=["/€9'/"])
@given(texts=st.lists(ODD, max_size=4))
def test_common_nouns_change_no_name_and_no_sentence(nlp: Language, completion: Completion, texts: list[str]) -> None:
    """They stand among the mentions that are to be completed, without a type, where no name is."""
    documents = [document(text, f"urn:{number}") for number, text in enumerate(texts)]
    untouched = Untouched(completion.names, completion.nouns)
    for item, plain in zip(recognise(documents, nlp, untouched), recognise(documents, nlp), strict=True):
        check(item)
        assert item.sentences == plain.sentences
        assert [mention for mention in item.mentions if mention.type] == list(plain.mentions)


def test_common_nouns_are_found(nlp: Language, completion: Completion) -> None:
    """The tiny model, which finds something everywhere, finds some."""
    untouched = Untouched(completion.names, completion.nouns)
    (item,) = recognise([document("ada met ben in london. " * 20)], nlp, untouched)
    assert any(not mention.type for mention in item.mentions)


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n\t\n", "\u200b", "\x00", "a" * 120_000, "😀" * 999, "\u202eשלום עולם\u202c. 东京。"]
)
def test_odd_texts_are_recognised(nlp: Language, text: str) -> None:
    """Nothing, white space, invisible characters, an endless word, emoji and right-to-left text break nothing."""
    (found,) = recognise([document(text)], nlp)
    check(found)
    assert bool(found.sentences) == bool(text.strip())


@pytest.mark.parametrize("mark", ["\n\n", ". ", "\n", " ", "x"])
def test_a_long_document_loses_nothing(nlp: Language, monkeypatch: pytest.MonkeyPatch, mark: str) -> None:
    """A document of several parts, whatever it can be cut at, has its sentences and mentions as one."""
    monkeypatch.setattr("kgbuild.recognise.annotate._PART", 499)
    (found,) = recognise([document(f"Ada met Ben{mark}" * 100)], nlp)
    check(found)
    places = [(mention.start // 499, mention.sentence) for mention in found.mentions]
    assert places == sorted(places)
    assert len({part for part, _ in places}) >= 2


def test_parts_of_long_documents_stay_with_their_document() -> None:
    """A long document between short ones keeps its sentences, which count on across its parts."""
    nlp = load_pipeline(RecogniseSettings(pipeline="blank"), model=Path("none"), device="cpu")
    texts = ["One. Two.", "Ada met Ben. " * 9_000, "", "Three."]
    found = list(recognise(map(document, texts), nlp))
    assert [len(item.sentences) for item in found] == [2, 9_000, 0, 1]
    assert {text for item in found[1:2] for text in sentences(item)} == {"Ada met Ben."}


def sentences(found: AnnotatedDocument) -> list[str]:
    return [found.document.text[span.start : span.end] for span in found.sentences]


@pytest.mark.parametrize("gap", ["\n\n", "\n \t\n", "\r\n\r\n", "\n\n\n\n"])
def test_a_blank_line_ends_a_sentence(gap: str) -> None:
    """Lines that are set apart are sentences of their own though nothing else ends them; a plain line break is not."""
    nlp = load_pipeline(RecogniseSettings(pipeline="blank"), model=Path("none"), device="cpu")
    (found,) = recognise([document(f"A heading{gap}Ada met\nBen{gap}")], nlp)
    assert sentences(found) == ["A heading", "Ada met\nBen"]


def foreign(name: str, entities: Callable[[Doc], list[Span]], *, every: int = 1) -> Language:
    """A pipeline with a component of this name, sentences of so many tokens and the mentions given."""

    def mark(doc: Doc) -> Doc:
        for token in doc:
            token.is_sent_start = token.i % every == 0
        doc.ents = tuple(entities(doc))
        return doc

    nlp = spacy.blank("en")
    Language.component(name, func=mark)
    nlp.add_pipe(name)
    return nlp


def test_a_mention_across_a_boundary_joins_its_sentences() -> None:
    """Where another component's mention runs over sentence boundaries, the sentences become one."""
    nlp = foreign("test_across", lambda doc: [Span(doc, 1, 4, "ORG"), Span(doc, 5, 6, "PERSON")])
    (found,) = recognise([document("the house of love met Ada today")], nlp)
    check(found)
    assert sentences(found) == ["the", "house of love", "met", "Ada", "today"]
    assert [(one.text, one.type, one.sentence) for one in found.mentions] == [
        ("house of love", "ORG", 1),
        ("Ada", "PER", 3),
    ]


def test_a_mention_of_white_space_is_none() -> None:
    """White space at a mention's ends is not part of it, and a mention of white space alone is left out."""
    nlp = foreign("test_white_space", lambda doc: [Span(doc, 0, 3, "ORG"), Span(doc, 4, 5, "ORG")], every=9)
    (found,) = recognise([document("\n\nAda\n\nmet\n\n")], nlp)
    check(found)
    assert [(one.text, one.start) for one in found.mentions] == [("Ada", 2)]


def test_a_bracket_that_is_not_paired_ends_the_mention() -> None:
    """A name and its acronym in brackets are two mentions, though the pipeline found one without the last bracket."""
    nlp = foreign("test_brackets", lambda doc: [Span(doc, 0, 5, "ORG")], every=9)
    (found,) = recognise([document("Union of Weavers (UOW) met")], nlp)
    check(found)
    assert [(one.text, one.type, one.start) for one in found.mentions] == [
        ("Union of Weavers", "ORG", 0),
        ("UOW", "ORG", 18),
    ]


def test_what_a_list_names_is_kept_as_it_is(tmp_path: Path) -> None:
    """A name of the gazetteer has the characters that the list has, its odd bracket too; a found one would lose it."""
    gazetteer = tmp_path / "names.jsonl"
    gazetteer.write_text('{"label": "ORG", "pattern": "Acme (UK"}', encoding="utf-8")
    settings = RecogniseSettings(pipeline="blank", gazetteer=gazetteer)
    nlp = load_pipeline(settings, model=tmp_path, device="cpu")
    (found,) = recognise([Document("urn:d", "d.txt", "We met Acme (UK in Rome.", "", "txt")], nlp)
    assert [item.text for item in found.mentions] == ["Acme (UK"]
