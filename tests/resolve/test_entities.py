"""Mentions of one thing are one entity, and every mention has one."""

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.iris import entity_iri
from kgbuild.records import AnnotatedDocument, Document, Entity, Literal, Mention, Span
from kgbuild.resolve import resolve

BASE = "https://example.org/"
MARKED = re.compile(r"\[([^\]|]+)\|(\w+)\]")


def annotated(marked: str) -> AnnotatedDocument:
    """A document of text in which `[name|TYPE]` marks a mention."""
    mentions, text, last = [], "", 0
    for match in MARKED.finditer(marked):
        text += marked[last : match.start()]
        mentions.append(Mention(len(text), len(text) + len(match[1]), match[2], match[1], 0))
        text += match[1]
        last = match.end()
    text += marked[last:]
    return AnnotatedDocument(Document("urn:d", "urn:d", text, "", "txt"), (Span(0, len(text)),), tuple(mentions))


def entities(marked: str) -> tuple[Entity, ...]:
    (document,) = resolve([annotated(marked)], BASE)
    return document.entities


def clusters(marked: str) -> list[list[str]]:
    """The texts of the mentions of each entity."""
    texts = [mention.text for mention in annotated(marked).mentions]
    return [[texts[number] for number in entity.mentions] for entity in entities(marked)]


@pytest.mark.parametrize(
    "marked",
    [
        "[Ada Lovelace|PER] met [ADA LOVELACE|PER]",
        "[Ada Lovelace|PER] and [Lovelace|PER]'s notes; [Ada|PER]",
        "[Lovelace|PER] before [Augusta Ada Lovelace|PER]",
        "[John Henry Dearle|PER] or [J. H. Dearle|PER] or [J. Dearle|PER]",
        "[Dr. Smith|PER] and [Smith|PER] and [John Smith Jr.|PER]",
        "[World Health Organization|ORG] ([WHO|ORG])",
        "[World Health Organization|ORG] ([WHO|MISC])",
        "[World Health Organization|ORG] ([the WHO|ORG])",
        "[The World Health Organization|ORG] met. [The WHO|ORG] and [WHO|ORG]",
        "[WHO|ORG] is the [World Health Organization|ORG]",
        "[Capability Model for Development|MISC] ([CMDev|MISC])",
        "[Acme Ltd.|ORG] and [Acme|ORG]",
        "[FC Barcelona|ORG] and [Barcelona|ORG]",
        "[the Kingdom of Thailand|LOC] is [Thailand|LOC]",
        "[the United States|LOC] and [US|LOC] and [U.S.|LOC]",
        "[Muslims|ORG] and [Muslim|ORG]",
        "[Durán|LOC] and [Duran|LOC]",
        "[Oslo|LOC] and [Oslo|ORG] and [Oslo|LOC]",
    ],
)
def test_one_entity(marked: str):
    """All mentions name one thing."""
    assert len(entities(marked)) == 1


@pytest.mark.parametrize(
    "marked",
    [
        "[Ada Lovelace|PER] and [Ada Byron|PER]",
        "[John Paul|PER] and [John Paul Jones|PER]",
        "[New York|LOC] and [York|LOC]",
        "[West Virginia|LOC] and [Virginia|LOC]",
        "[University of Michigan|ORG] in [Michigan|LOC]",
        "[Greek|LOC] and [Greek|MISC]",
        "[Portland|LOC] ([Oregon|LOC])",
        "[Bank of America|ORG] ([NYSE|ORG])",
        "[1990|TIME] and [1990|NUM]",
        "[Jack Smith|PER] and [J. Jones|PER]",
        "[Mr Bennet|PER] and [Mrs Bennet|PER]",
        "[Henry II|PER] and [Henry IV|PER]",
        "[Lee|PER] and [Lees|PER]",
    ],
)
def test_two_entities(marked: str):
    """A shared word, or a shared name of another kind, is not enough."""
    assert len(entities(marked)) == 2


def test_an_ambiguous_acronym_joins_nothing():
    """Two names with the same initials leave the acronym alone."""
    assert len(entities("[National Football League|ORG], [New Forest Limited|ORG], [NFL|ORG]")) == 3


def test_an_ambiguous_surname_goes_to_the_nearest_before():
    """Each short mention is the person named last before it; before all, the first after it."""
    marked = "[Smith|PER]. [Ann Smith|PER] came. [Smith|PER] left. [Bob Smith|PER] came. [Smith|PER] sat."
    assert clusters(marked) == [["Smith", "Ann Smith", "Smith"], ["Bob Smith", "Smith"]]


def test_values_are_entities_without_iri():
    """The same date written twice in two ways is one entity with one literal."""
    (entity,) = entities("[13 March 1963|TIME] and [March 13, 1963|TIME]")
    value = Literal("1963-03-13", "http://www.w3.org/2001/XMLSchema#date")
    assert entity == Entity(None, "13 March 1963", "TIME", (0, 1), value)


def test_the_name_is_the_fullest_mention():
    """The name is as written with single spaces, the IRI that of its normal form and the majority's type."""
    (entity,) = entities("[Lovelace|PER], [the  Ada Lovelace|PER], [Ada|PER]")
    assert entity == Entity(entity_iri(BASE, "ada lovelace", "PER"), "Ada Lovelace", "PER", (0, 1, 2))


@pytest.mark.parametrize(
    ("marked", "name"),
    [
        ("[The WHO|ORG] is based in Geneva.", "WHO"),
        ("[The World Health Organization|ORG] ([WHO|ORG])", "The World Health Organization"),
        ("[The Union|ORG] met. The vote of [Union|ORG] members", "Union"),
        ("[The Union|ORG] met. They left [the Union|ORG].", "Union"),
        ("[The Hobbit|MISC] is a book. A film of the [Hobbit|MISC]", "The Hobbit"),
        ("[The Hague|LOC] is a city. The [Hague|LOC] has a port.", "The Hague"),
        ("in [the Hague|LOC]", "the Hague"),
        ("in [the Odyssey|MISC]", "Odyssey"),
    ],
)
def test_an_article_is_part_of_the_name_where_the_document_writes_it_so(marked: str, name: str):
    """It is none before an acronym, where small, and where an organisation or a place goes without it as well."""
    assert entities(marked)[0].name == name


def test_a_name_over_the_end_of_a_line_is_the_last_choice():
    """A mention that runs over the end of a line does not name the entity, though it is the fullest."""
    (entity,) = entities("[the Ada\nLovelace|PER], [Ada Lovelace|PER]")
    assert entity.name == "Ada Lovelace"


def test_the_type_is_the_majority():
    """One mention of another type does not split or rename the entity."""
    (entity,) = entities("[Oslo|ORG], [Oslo|LOC], [Oslo|LOC]")
    assert entity.type == "LOC"
    assert entity.iri == entity_iri(BASE, "oslo", "LOC")


def test_documents_agree():
    """Two documents that spell a name differently give it one IRI."""
    (one,) = entities("[The J. R. R. Tolkien|PER]")
    (other,) = entities("then [J.R.R.  TOLKIEN|PER]'s")
    assert one.iri == other.iri


def test_documents_without_mentions_have_no_entities():
    """No mentions, no entities, and the document passes."""
    (document,) = resolve([annotated("plain")], BASE)
    assert document == annotated("plain")


NAMES = st.sampled_from(["Ann Lee", "Lee", "A. Lee", "Bob Lee", "WHO", "World Health Organization", "the U.S.", "1990"])
WORDS = NAMES | st.text(st.characters(exclude_characters="[]|"), min_size=1, max_size=6)
TYPES = st.sampled_from(["PER", "ORG", "LOC", "MISC", "TIME", "NUM", "GPE"])


@given(st.lists(st.tuples(WORDS, TYPES), max_size=12))
def test_every_mention_is_in_exactly_one_entity(named: list[tuple[str, str]]):
    """Whatever the names, entities share no mention, miss none, are ordered, and no two have one IRI."""
    marked = " ".join(f"[{name}|{type}]" for name, type in named)
    found = entities(marked)
    assert sorted(number for entity in found for number in entity.mentions) == list(range(len(named)))
    assert [entity.mentions for entity in found] == sorted(entity.mentions for entity in found)
    assert all(list(entity.mentions) == sorted(entity.mentions) for entity in found)
    iris = [entity.iri for entity in found if entity.iri]
    assert len(set(iris)) == len(iris)
    assert all((entity.iri is None) == (entity.literal is not None) for entity in found)


def test_thousands_of_mentions_are_no_matter():
    """20,000 mentions whose names share words keep their entities apart, well inside the time limit of a test."""
    noise = Random(1)  # noqa: S311 varied names, no secret
    numbers = [noise.randrange(5_000) for _ in range(20_000)]
    found = entities(" ".join(f"[John Smith{number}|PER]" for number in numbers))
    assert len(found) == len(set(numbers))
