"""A small ontology, and documents that are made from templates."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from kgbuild.config import GraphSettings
from kgbuild.graph import DocumentGraph, GraphStore, document_graph
from kgbuild.iris import digest_of, document_iri, entity_iri
from kgbuild.ontology import EntityClass, Ontology, Property
from kgbuild.records import AnnotatedDocument, Claim, ClaimedDocument, Document, Entity, Literal, Mention, Span

BASE = "https://w3id.org/kgbuild/"
KGB = f"{BASE}ontology#"
XSD = "http://www.w3.org/2001/XMLSchema#"
RUN = f"{BASE}run/r1"

Fact = tuple[str, str, str, str | Literal, float]
"""A template with `{head}` and `{tail}`, the head's name, a property, the tail's name or value, a probability."""
MakeDocument = Callable[..., ClaimedDocument]
MakeGraph = Callable[..., DocumentGraph]


def _property(name: str) -> Property:
    return Property(
        f"{KGB}{name}",
        name,
        "",
        frozenset(),
        frozenset(),
        inverse=None,
        symmetric=False,
        functional=False,
        equivalents=(),
    )


@pytest.fixture
def ontology() -> Ontology:
    classes = (EntityClass(f"{KGB}Person", "person", "", "PER"), EntityClass(f"{KGB}Place", "place", "", "LOC"))
    properties = tuple(map(_property, ("bornIn", "dateOfBirth", "workedWith")))
    return Ontology(f"{BASE}ontology", "0" * 64, properties, classes)


@pytest.fixture
def make_document() -> MakeDocument:
    """A document that holds one sentence a fact, a space between them; every name is a person."""

    def make(source: str, *facts: Fact, title: str | None = None, prefix: str = "") -> ClaimedDocument:
        text, sentences, mentions, claims = prefix, [], [], []
        places: dict[str, list[int]] = {}
        for number, (template, head, name, tail, probability) in enumerate(facts):
            start = len(text)
            shown = tail if isinstance(tail, str) else tail.value
            spans = {}
            for piece in template.replace("{", "\0{").replace("}", "}\0").split("\0"):
                word = {"{head}": head, "{tail}": shown}.get(piece)
                if word is not None:
                    spans[piece] = Span(len(text), len(text) + len(word))
                    places.setdefault(word, []).append(len(mentions))
                    mentions.append(Mention(len(text), len(text) + len(word), "PER", word, number))
                text += piece if word is None else word
            sentences.append(Span(start, len(text)))
            value = entity_iri(BASE, tail, "PER") if isinstance(tail, str) else tail
            subject = entity_iri(BASE, head, "PER")
            places_of = (spans["{head}"], spans["{tail}"])
            claims.append(Claim(subject, f"{KGB}{name}", value, probability, (sentences[-1],), *places_of))
            text += " "
        literals = {tail.value for *_, tail, _ in facts if isinstance(tail, Literal)}
        entities = tuple(
            Entity(None if name in literals else entity_iri(BASE, name, "PER"), name, "PER", tuple(numbers))
            for name, numbers in places.items()
        )
        document = Document(
            document_iri(BASE, source),
            source,
            text,
            digest_of(text),
            "txt",
            title,
            origin=source.split("#", maxsplit=1)[0],
        )
        annotated = AnnotatedDocument(document, tuple(sentences), tuple(mentions), entities)
        return ClaimedDocument(annotated, tuple(claims), pairs=len(claims))

    return make


@pytest.fixture
def make_graph(ontology: Ontology) -> MakeGraph:
    """The quads of a document, as the store takes them."""

    def make(claimed: ClaimedDocument, *, recipe: str = "recipe-1", **settings: object) -> DocumentGraph:
        return document_graph(claimed, ontology, GraphSettings(**settings), recipe=recipe, run=RUN)

    return make


@pytest.fixture
def ada(make_document: MakeDocument) -> ClaimedDocument:
    """A document with two claims between entities, one of them twice, and a date."""
    return make_document(
        "file:///corpus/ada.txt",
        ("{head} worked with {tail}.", "Ada Lovelace", "workedWith", "Charles Babbage", 0.93),
        ("😀 {head} knew {tail} well.", "Ada Lovelace", "workedWith", "Charles Babbage", 0.5),
        ("{head} was born in {tail}.", "Ada Lovelace", "dateOfBirth", Literal("1815", f"{XSD}gYear"), 0.98765),
        title="Ada",
    )


@pytest.fixture
def grace(make_document: MakeDocument) -> ClaimedDocument:
    """A document that shares one claim with `ada` and adds one."""
    return make_document(
        "file:///corpus/grace.txt",
        ("{head} worked with {tail}.", "Ada Lovelace", "workedWith", "Charles Babbage", 0.8),
        ("{head} met {tail}.", "Grace Hopper", "workedWith", "Howard Aiken", 0.7),
    )


@pytest.fixture
def far(make_document: MakeDocument) -> ClaimedDocument:
    """A document whose two claims were each read in its first and its last sentence, the second with its tail first."""
    claimed = make_document(
        "file:///corpus/far.txt",
        ("😀 {head} admired {tail}.", "Mary Somerville", "workedWith", "Ada Lovelace", 0.6),
        ("{head} knew {tail}.", "Alan Turing", "workedWith", "Alonzo Church", 0.5),
        ("𝔘 {head} replied to {tail}.", "Charles Babbage", "workedWith", "Grace Hopper", 0.7),
    )
    first, _, last = claimed.claims
    both = first.sentences + last.sentences
    later = replace(first, object=last.object, object_mention=last.object_mention, sentences=both)
    earlier = replace(last, object=first.object, object_mention=first.object_mention, sentences=both)
    return replace(claimed, claims=(later, earlier))


@pytest.fixture
def store() -> Iterator[GraphStore]:
    with GraphStore.in_memory() as opened:
        yield opened
