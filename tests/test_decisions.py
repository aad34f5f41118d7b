"""A decision finds its claim by text and offsets, the last one counts, and a document's claims stand as decided."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from kgbuild.decisions import Decision, Decisions, Place, Review, Verdict, claim_id, place_of
from kgbuild.ontology import Ontology, Property
from kgbuild.records import AnnotatedDocument, Claim, ClaimedDocument, Document, Entity, Literal, Mention, Span

TEXT = "Ada met Bob. In 1843 they left. Bob met Eve."
NAMES = (("Ada", 0), ("Bob", 0), ("1843", 1), ("Bob", 2), ("Eve", 2))
WORDS = "http://www.w3.org/2001/XMLSchema#string"
KNOWS, LEADS, BORN = "urn:knows", "urn:leads", "urn:born"


def claimed(
    text: str = TEXT, *, source: str = "urn:source", base: str = "urn:", claims: bool = True
) -> ClaimedDocument:
    """A document whose names are found one after the other, with the claims Ada-Bob, Bob-1843 and Bob-Eve."""
    sentences = tuple(sentences_of(text))
    found, position = [], 0
    for name, _ in NAMES:
        position = text.find(name, position)
        if position >= 0:
            number = next(n for n, span in enumerate(sentences) if span.start <= position < span.end)
            found.append(Mention(position, position + len(name), "PER", name, number))
            position += len(name)
    numbers = {
        name: tuple(n for n, item in enumerate(found) if item.text == name) for name in ("Ada", "Bob", "1843", "Eve")
    }
    year = Literal("1843", "urn:year")
    entities = tuple(
        Entity(None if name == "1843" else f"{base}{name}", name, "PER", own, year if name == "1843" else None)
        for name, own in numbers.items()
        if own
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    document = AnnotatedDocument(Document(f"{base}doc", source, text, digest, "txt"), sentences, tuple(found), entities)
    pairs = ((0, 1, KNOWS, 0.6), (1, 2, BORN, 0.7), (3, 4, KNOWS, 0.8)) if claims and len(found) == len(NAMES) else ()
    return ClaimedDocument(document, tuple(claim(document, *pair) for pair in pairs))


def sentences_of(text: str) -> list[Span]:
    """Sentences that end with a full stop, without the space between them."""
    ends = [number + 1 for number, char in enumerate(text) if char == "."]
    return [Span(start + (text[start] == " "), end) for start, end in zip([0, *ends], ends, strict=False)]


def claim(document: AnnotatedDocument, head: int, tail: int, relation: str, probability: float) -> Claim:
    """What is claimed of two mentions."""
    owners = {number: item for item in document.entities for number in item.mentions}
    one, other = document.mentions[head], document.mentions[tail]
    return Claim(
        subject=owners[head].iri or "",
        predicate=relation,
        object=owners[tail].literal or owners[tail].iri or "",
        probability=probability,
        sentences=tuple(document.sentences[number] for number in sorted({one.sentence, other.sentence})),
        subject_mention=Span(one.start, one.end),
        object_mention=Span(other.start, other.end),
    )


def said(number: int, verdict: Verdict, correction: str = "", *, of: ClaimedDocument | None = None) -> Decision:
    """A decision about one of the claims of the document."""
    item = of or claimed()
    found = item.claims[number]
    return Decision(place_of(item.annotated, found), found.predicate, verdict, correction, found.probability)


def decisions(*made: Decision) -> Decisions:
    """The decisions, each of a review of its own."""
    return Decisions(Review("Ada", "2026-01-01T00:00:00Z", (item,)) for item in made)


def shown(item: ClaimedDocument) -> list[tuple[str, str, str, float]]:
    """Names of head and tail, relation and probability of each claim, in order."""
    text = item.annotated.document.text
    return [
        (
            text[found.subject_mention.start : found.subject_mention.end],
            found.predicate,
            text[found.object_mention.start : found.object_mention.end],
            found.probability,
        )
        for found in item.claims
    ]


ADA_BOB, BOB_YEAR, BOB_EVE = ("Ada", KNOWS, "Bob", 0.6), ("Bob", BORN, "1843", 0.7), ("Bob", KNOWS, "Eve", 0.8)


def test_a_document_without_decisions_is_the_same() -> None:
    """Nothing is copied where nobody has decided anything of it."""
    item = claimed()
    assert decisions().apply(item) is item
    assert decisions(said(0, "rejected", of=claimed(source="urn:other", text=TEXT + " X."))).apply(item) is item


@pytest.mark.parametrize(
    ("verdict", "correction", "expected"),
    [
        ("accepted", "", [("Ada", KNOWS, "Bob", 1.0), BOB_YEAR, BOB_EVE]),
        ("rejected", "", [BOB_YEAR, BOB_EVE]),
        ("corrected", LEADS, [("Ada", LEADS, "Bob", 1.0), BOB_YEAR, BOB_EVE]),
        ("skipped", "", [ADA_BOB, BOB_YEAR, BOB_EVE]),
        ("undone", "", [ADA_BOB, BOB_YEAR, BOB_EVE]),
    ],
)
def test_each_verdict(verdict: Verdict, correction: str, expected: list[tuple[str, str, str, float]]) -> None:
    """What each verdict makes of a claim, while the others stay."""
    assert shown(decisions(said(0, verdict, correction)).apply(claimed())) == expected


def test_rejected_claims_are_counted() -> None:
    """There is one refusal with their number, and none where nothing was rejected."""
    [refusal] = decisions(said(0, "rejected"), said(2, "rejected")).apply(claimed()).refusals
    assert (refusal.stage, refusal.source, refusal.reason, refusal.count) == (
        "accept",
        "urn:source",
        "rejected-in-review",
        2,
    )
    assert decisions(said(0, "accepted")).apply(claimed()).refusals == ()


def test_an_accepted_claim_comes_back() -> None:
    """It is in the document though it was not claimed this time, with its value where the tail is one."""
    bare = claimed(claims=False)
    found = decisions(said(1, "accepted")).apply(bare)
    [made] = found.claims
    assert made == replace(claimed().claims[1], probability=1.0)
    assert made.object == Literal("1843", "urn:year")


def test_an_accepted_claim_needs_its_names() -> None:
    """Where head or tail is no mention any more, or both are one entity, nothing is claimed."""
    item = claimed(claims=False)
    annotated = item.annotated
    lost = replace(annotated, mentions=(replace(annotated.mentions[0], end=2), *annotated.mentions[1:]))
    assert decisions(said(0, "accepted")).apply(replace(item, annotated=lost)).claims == ()
    one = (Entity("urn:x", "x", "PER", (0, 1, 3)), *annotated.entities[2:])
    merged = replace(annotated, entities=one)
    assert decisions(said(0, "accepted")).apply(replace(item, annotated=merged)).claims == ()


def test_the_last_decision_about_a_claim_counts() -> None:
    """An earlier one is as if it had not been, with all that it had put in another's place."""
    first = said(0, "corrected", LEADS)
    assert shown(decisions(first, said(0, "accepted")).apply(claimed()))[0] == ("Ada", KNOWS, "Bob", 1.0)
    assert len(decisions(first, said(0, "accepted")).apply(claimed()).claims) == 3
    assert decisions(first, said(0, "undone")).apply(claimed()).claims == claimed().claims
    assert decisions(first, said(0, "accepted")).in_force() == [said(0, "accepted")]


def test_a_correction_gives_way_to_a_later_word_on_its_relation() -> None:
    """What was put in by a correction can be rejected on its own; the claim that it replaced stays out."""
    first = said(0, "corrected", LEADS)
    later = replace(first, relation=LEADS, verdict="rejected", correction="")
    assert shown(decisions(first, later).apply(claimed())) == [BOB_YEAR, BOB_EVE]
    assert shown(decisions(later, first).apply(claimed()))[0] == ("Ada", LEADS, "Bob", 1.0)


def test_other_names_of_entities_make_no_difference() -> None:
    """Under other IRIs, and under another source with the same text, it is the same claim."""
    made = decisions(said(0, "rejected"))
    assert shown(made.apply(claimed(base="urn:other:"))) == [BOB_YEAR, BOB_EVE]
    assert shown(made.apply(claimed(source="urn:moved"))) == [BOB_YEAR, BOB_EVE]


@pytest.mark.parametrize("verdict", ["accepted", "rejected"])
def test_a_passage_is_found_where_it_stands_now(verdict: Verdict) -> None:
    """The text has grown before it, and the decision holds at the new offsets."""
    grown = claimed(f"They say so. {TEXT}")
    found = decisions(said(2, verdict)).apply(grown)
    expected = [("Bob", KNOWS, "Eve", 1.0)] if verdict == "accepted" else []
    assert shown(found) == [ADA_BOB, BOB_YEAR, *expected]
    bare = decisions(said(2, verdict)).apply(replace(grown, claims=()))
    assert shown(bare) == expected


def test_a_passage_of_two_sentences_needs_both() -> None:
    """Where one of its sentences is another, the decision has no effect; where both are there it has."""
    made = decisions(said(1, "rejected"))
    assert BOB_YEAR in shown(made.apply(claimed(TEXT.replace("they left", "all left"))))
    assert BOB_YEAR not in shown(made.apply(claimed(f"So. {TEXT}")))
    apart = claimed(TEXT.replace("In 1843", "X. In 1843"))
    assert BOB_YEAR not in shown(made.apply(apart))


def test_a_part_of_a_sentence_is_not_the_sentence() -> None:
    """The characters of the passage inside a longer sentence are another passage."""
    longer = claimed(TEXT.replace("Ada met", "No Ada met"))
    assert shown(decisions(said(0, "rejected")).apply(longer)) == [ADA_BOB, BOB_YEAR, BOB_EVE]


def test_the_same_sentence_of_another_document_is_another_claim() -> None:
    """Another source with another text is not what was judged."""
    other = claimed(f"So. {TEXT}", source="urn:other")
    assert decisions(said(0, "rejected")).apply(other) is other


def test_a_claim_has_one_name_wherever_it_stands() -> None:
    """The name depends on source, sentences, offsets in them and relation, and not on what stands around."""
    here, there = claimed(), claimed(f"So. {TEXT}")
    names = [
        [claim_id(place_of(item.annotated, found), found.predicate) for found in item.claims] for item in (here, there)
    ]
    assert names[0] == names[1]
    assert len(set(names[0])) == 3
    place = place_of(here.annotated, here.claims[0])
    assert claim_id(replace(place, source="urn:other"), KNOWS) not in names[0]
    assert claim_id(place, LEADS) not in names[0]


def test_names_are_as_written() -> None:
    """A place knows its head and tail, in whichever sentence they stand."""
    item = claimed()
    assert [place_of(item.annotated, found).names for found in item.claims] == [
        ("Ada", "Bob"),
        ("Bob", "1843"),
        ("Bob", "Eve"),
    ]
    assert isinstance(place_of(item.annotated, item.claims[1]), Place)
    assert len(place_of(item.annotated, item.claims[1]).texts) == 2


@pytest.mark.parametrize(
    ("known", "expected"),
    [({}, "urn:Bob"), ({"tail": "values"}, Literal("Bob", WORDS)), ({"tail": "values", "datatypes": ("urn:x",)}, None)],
)
def test_a_corrected_claim_has_the_object_of_its_range(known: dict[str, Any], expected: str | Literal | None) -> None:
    """A person's relation has a value where its range wants one, and where there is none to be had no claim."""
    leads = Property(LEADS, "", "", frozenset(), frozenset(), None, False, False, (), **known)
    found = decisions(said(0, "corrected", LEADS)).apply(claimed(), Ontology("urn:o", "", (leads,), ()))
    assert [item.object for item in found.claims if item.predicate == LEADS] == ([expected] if expected else [])
