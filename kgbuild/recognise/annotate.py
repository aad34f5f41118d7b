"""`recognise`: documents to sentences and mentions, whatever spaCy pipeline finds them."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from spacy.language import Language
from spacy.tokens import Doc
from spacy.tokens import Span as Entity

from kgbuild.recognise.completion import Completion
from kgbuild.recognise.components import NOUNS, PROBABILITIES
from kgbuild.recognise.edges import trim_mention
from kgbuild.records import AnnotatedDocument, Document, Mention, Span

__all__ = ["ONTONOTES", "recognise"]

_PART = 50_000
"""Characters that go through the pipeline at once; a longer document goes in parts."""

ONTONOTES = {
    "PERSON": "PER",
    "NORP": "LOC",
    "FAC": "LOC",
    "GPE": "LOC",
    "DATE": "TIME",
    **dict.fromkeys(("CARDINAL", "ORDINAL", "QUANTITY", "MONEY", "PERCENT"), "NUM"),
    **dict.fromkeys(("EVENT", "LANGUAGE", "LAW", "PRODUCT", "WORK_OF_ART"), "MISC"),
}
"""Labels of OntoNotes, which most installed pipelines give, as ours; other labels stay as they are."""


def recognise(
    documents: Iterable[Document], nlp: Language, completion: Completion | None = None
) -> Iterator[AnnotatedDocument]:
    """The documents with sentences and mentions, in order; entities are left to `resolve`.

    With a `completion` names are made whole, and common nouns that are like a class of the ontology are mentions too.
    """
    parts = (
        (text, (number, document, shift)) for number, document in enumerate(documents) for text, shift in _cut(document)
    )
    nouns = completion is not None and completion.nouns is not None
    found = nlp.pipe(parts, as_tuples=True, batch_size=64)
    for _, group in groupby(found, key=lambda item: item[1][0]):
        docs = list(group)
        document = docs[0][1][1]
        annotated = _annotated(document, [(doc, context[2]) for doc, context in docs], nouns=nouns)
        yield annotated if completion is None else completion.of(annotated)


def _cut(document: Document) -> Iterator[tuple[str, int]]:
    """Stretches of the text with the place of their first character; joined they are the text."""
    text, start = document.text, 0
    while len(text) - start > _PART:
        end = next(
            (
                at + len(mark)
                for mark in ("\n\n", ". ", "\n", " ")
                if (at := text.rfind(mark, start + 1, start + _PART)) > 0
            ),
            start + _PART,
        )
        yield text[start:end], start
        start = end
    yield text[start:], start


def _annotated(document: Document, parts: list[tuple[Doc, int]], *, nouns: bool) -> AnnotatedDocument:
    sentences: list[Span] = []
    mentions: list[Mention] = []
    for doc, shift in parts:
        probabilities = doc.user_data.get(PROBABILITIES, {})
        spans = _sentences(doc, shift)
        number = 0
        for entity, place in _with_nouns(doc) if nouns else _names(doc):
            start, end = shift + place.start, shift + place.end
            while number < len(spans) - 1 and spans[number].end <= start:
                number += 1
            while end > spans[number].end:  # another component's mention runs across a boundary: no boundary then
                spans[number : number + 2] = [Span(spans[number].start, spans[number + 1].end)]
            label = ONTONOTES.get(entity.label_, entity.label_)
            probability = probabilities.get((entity.start_char, entity.end_char, entity.label_), 1.0)
            text = document.text[start:end]
            mentions.append(Mention(start, end, label, text, len(sentences) + number, probability))
        sentences += spans
    return AnnotatedDocument(document, tuple(sentences), tuple(mentions))


def _names(doc: Doc) -> Iterator[tuple[Entity, Span]]:
    """The pipeline's mentions, each with the characters of the name in it; a list's are as the list has them."""
    whole = doc.text
    for entity in doc.ents:
        listed = bool(entity.ent_id_) and not entity.text[0].isspace() and not entity.text[-1].isspace()
        span = Span(entity.start_char, entity.end_char)
        for place in [span] if listed else trim_mention(whole, span.start, span.end):
            yield entity, place


def _with_nouns(doc: Doc) -> Iterator[tuple[Entity, Span]]:
    """The pipeline's mentions and the common nouns beside them, ordered by start.

    A noun in which a sentence begins is left out: a word of spaCy may hold several that the recogniser judged.
    """
    taken = {number for entity in doc.ents for number in range(entity.start, entity.end)}
    common = (item for item in doc.spans.get(NOUNS, ()) if taken.isdisjoint(range(item.start, item.end)))
    inside = (item for item in common if not any(token.is_sent_start for token in item[1:]))
    free = ((item, Span(item.start_char, item.end_char)) for item in inside)
    yield from sorted([*_names(doc), *free], key=lambda found: found[1].start)


def _sentences(doc: Doc, shift: int) -> list[Span]:
    """Sentences without the white space around them; those of white space alone are none."""
    spans = []
    whole = doc.text  # made anew from the tokens each time it is asked for
    for sentence in doc.sents:
        text = whole[sentence.start_char : sentence.end_char]
        if text.strip():
            start = sentence.start_char + len(text) - len(text.lstrip())
            spans.append(Span(shift + start, shift + start + len(text.strip())))
    return spans
