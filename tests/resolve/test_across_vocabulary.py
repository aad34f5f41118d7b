"""Things are linked to the entries of a vocabulary by name and type, and by context where several bear the name."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from marked_text import read_marked

from kgbuild.records import AnnotatedDocument, Document, Reference, Span
from kgbuild.resolve import resolve
from kgbuild.resolve.across import ONE, PERSONS, Opinion, find_identities
from kgbuild.resolve.across_appearances import Appearance, appearances_of
from kgbuild.resolve.across_vocabulary import Link, Links, find_links, telling_words

PLACE, PERSON, ORGANISATION = ("LOC",), ("PER",), ("ORG",)
OHIO = Reference("v:canton-ohio", "Canton", ("Canton",), PLACE, "town of potteries\nOhio")
TEXAS = Reference("v:canton-texas", "Canton", ("Canton",), PLACE, "town of a flea market\nTexas")


def read(marked: Sequence[str], entries: Sequence[Reference]) -> list[Appearance]:
    """What the marked texts, each a document with a line a sentence, show; documents are named d0, d1 and so on."""
    documents = []
    for number, one in enumerate(marked):
        text, mentions = read_marked(one)
        starts = [0, *(place + 1 for place, letter in enumerate(text) if letter == "\n"), len(text) + 1]
        spans = tuple(Span(start, end - 1) for start, end in pairwise(starts))
        documents.append(
            AnnotatedDocument(Document(f"d{number}", f"d{number}", text, "", "txt"), spans, tuple(mentions))
        )
    telling = telling_words(entries)
    return [item for one in resolve(documents, "https://e.org/") for item in appearances_of(one, telling=telling)]


def linked(
    *marked: str,
    entries: Sequence[Reference],
    opinions: Iterable[tuple[str, str, bool]] = (),
    parted: Iterable[tuple[str, str]] = (),
    before: dict[str, str] | None = None,
) -> tuple[dict[tuple[str, str], str], Links]:
    """The entry of each appearance that has one, by name and document, and all that came; opinions are on names."""
    shown = read(marked, entries)
    iris = {item.name: item.entity for item in shown}
    identities, _ = find_identities(shown)
    numbers = {entity: number for number, identity in enumerate(identities) for entity, _ in identity.places}
    kept = {
        numbers[iris[name]]: Link(numbers[iris[name]], iri, 0.9, "name and type")
        for name, iri in (before or {}).items()
    }
    links = find_links(
        identities,
        shown,
        entries,
        [Opinion(iris[name], iri, same) for name, iri, same in opinions],
        parted=[frozenset((iris[one], iris[other])) for one, other in parted],
        before=kept,
    )
    names = {(item.entity, item.document): item.name for item in shown}
    return {
        (names[place], place[1]): link.iri
        for number, link in links.found.items()
        for place in identities[number].places
    }, links


@pytest.mark.parametrize(
    ("label", "mention"),
    [
        ("Zürich", "[Zurich|LOC]"),
        ("the United States of America", "the [U.S.|LOC]"),
        ("Orlow, Lena", "[Lena Orlow|PER]"),
        ("Mercury (planet)", "[Mercury|LOC]"),
        ("Tarn Mills Ltd.", "[Tarn Mills|ORG]"),
    ],
)
def test_a_name_is_found_however_it_is_written(label: str, mention: str) -> None:
    """Accents, short forms, inverted names, qualifiers in brackets and legal forms keep no name from its entry."""
    types = PLACE + ORGANISATION + PERSON
    found, links = linked(f"{mention} was there.", entries=[Reference("v:1", label, (label,), types)])
    assert list(found.values()) == ["v:1"]
    assert [link.reason for link in links.found.values()] == ["name and type"]


def test_an_alternative_label_is_a_name_and_joins_two_entities() -> None:
    """Two names of one entry lead both to it, though nothing in the texts says that they are one."""
    entry = Reference("v:who", "World Health Organization", ("OMS", "World Health Organization"), ORGANISATION)
    found, _ = linked("The [OMS|ORG] met.", "The [World Health Organization|ORG] grew.", entries=[entry])
    assert found == {("OMS", "d0"): "v:who", ("World Health Organization", "d1"): "v:who"}


def test_the_name_as_it_is_comes_before_forms_of_it() -> None:
    """Where one entry has the very name, another that has it without the legal form is no rival."""
    one = Reference("v:1", "Tarn", ("Tarn", "Tarn Inc."), ORGANISATION)
    other = Reference("v:2", "Tarn", ("Tarn",), ORGANISATION)
    assert linked("[Tarn Inc.|ORG] grew.", entries=[one, other])[0] == {("Tarn Inc.", "d0"): "v:1"}
    assert linked("[Tarn|ORG] grew.", entries=[one, other])[0] == {}


def test_another_type_is_no_link() -> None:
    """A person is never a place of that name; an organisation that may be the other thing is a doubt."""
    entries = [Reference("v:1", "Orlow", ("Orlow",), PLACE)]
    assert linked("[Orlow|PER] came.", entries=entries)[1] == Links()
    found, links = linked("[Orlow|ORG] grew.", entries=[Reference("v:1", "Orlow", ("Orlow",), ("MISC",))])
    assert found == {}
    assert [(link.iri, link.reason) for link in links.doubts] == [("v:1", "one name, but another type")]


def test_an_entry_without_a_type_is_linked_with_less_certainty() -> None:
    """Where the vocabulary gives no type the name links, and a person is asked."""
    found, links = linked("[Quito|LOC] grew.", entries=[Reference("v:1", "Quito", ("Quito",))])
    assert found == {("Quito", "d0"): "v:1"}
    assert [(link.iri, link.score >= ONE) for link in links.doubts] == [("v:1", True)]


def test_context_decides_between_entries_of_one_name() -> None:
    """The words of the sentence, and names of the document, are those of one entry's description and relations."""
    found, _ = linked("Potteries made [Canton|LOC] rich.", entries=[OHIO, TEXAS])
    assert found == {("Canton", "d0"): OHIO.iri}
    found, _ = linked("[Canton|LOC] is a town.\n[Texas|LOC] is a state.", entries=[OHIO, TEXAS])
    assert found == {("Canton", "d0"): TEXAS.iri}


def test_without_context_entries_of_one_name_are_doubts() -> None:
    """What only other sentences say of something else decides nothing: both entries are put before a person."""
    found, links = linked("[Canton|LOC] is a town.\nPotteries are old.", entries=[OHIO, TEXAS])
    assert found == {}
    assert [link.iri for link in links.doubts] == [OHIO.iri, TEXAS.iri]


def test_places_of_one_name_are_never_both_one_entry() -> None:
    """Of two towns that the documents tell apart only the one that the entry describes is linked to it."""
    found, links = linked("[Canton|LOC], [Ohio|LOC].", "[Canton|LOC], [Texas|LOC].", entries=[OHIO])
    assert found == {("Canton", "d0"): OHIO.iri}
    assert [link.iri for link in links.doubts] == [OHIO.iri]


def test_what_a_person_told_apart_is_not_joined_through_an_entry() -> None:
    """Of two names of an entry only one is linked, where a person has said that they are two."""
    entry = Reference("v:1", "Tarn Mills", ("Tarn Mills", "Ostia Works"), ORGANISATION)
    texts = "[Tarn Mills|ORG] grew.", "[Ostia Works|ORG] grew."
    assert len(linked(*texts, entries=[entry])[0]) == 2
    found, links = linked(*texts, entries=[entry], parted=[("Tarn Mills", "Ostia Works")])
    assert len(found) == 1
    assert [link.reason for link in links.doubts] == ["another thing of that name is linked to it"]


def test_a_surname_does_not_name_the_person() -> None:
    """The entry of a surname is not the person whose text uses the surname besides the full name."""
    entries = [Reference("v:1", "Orlow", ("Orlow",), PERSON)]
    assert linked("[Lena Orlow|PER] came.\n[Orlow|PER] left.", entries=entries)[0] == {}


def test_another_name_that_the_text_gives_is_a_doubt() -> None:
    """Where only the short form that a text explains is in the vocabulary, a person is asked."""
    entry = Reference("v:1", "GOW", ("GOW",), ORGANISATION)
    found, links = linked("The [Guild of Weavers|ORG] ([GOW|ORG]) met.", entries=[entry])
    assert found == {}
    assert [(link.iri, link.reason) for link in links.doubts] == [("v:1", "another name that a text gives")]


def test_a_person_has_the_last_word() -> None:
    """What a person says of an entity and an entry holds, the last word last, with or without the vocabulary."""
    entries = [Reference("v:1", "Quito", ("Quito",), PLACE)]
    text = "[Quito|LOC] grew."
    assert linked(text, entries=entries, opinions=[("Quito", "v:1", False)])[0] == {}
    said = [("Quito", "v:2", False), ("Quito", "v:2", True)]
    found, links = linked(text, entries=entries, opinions=said)
    assert found == {("Quito", "d0"): "v:2"}
    assert [link.reason for link in links.found.values()] == [PERSONS]
    assert linked(text, entries=[], opinions=said)[0] == found


def test_an_earlier_link_stays_until_a_person_denies_it() -> None:
    """Without entries the links of before stand, but for the one that a person has taken back."""
    before = {"Quito": "v:1", "Bergen": "v:2"}
    found, _ = linked(
        "[Quito|LOC] is far from [Bergen|LOC].", entries=[], before=before, opinions=[("Bergen", "v:2", False)]
    )
    assert found == {("Quito", "d0"): "v:1"}


def test_a_label_of_too_many_entries_links_nothing() -> None:
    """A name that more entries have than can be told apart is counted, and the other names still count."""
    crowd = [Reference(f"v:{number}", "Newton", ("Newton",), PLACE) for number in range(40)]
    found, links = linked(
        "[Newton|LOC] and [Quito|LOC].", entries=[*crowd, Reference("v:q", "Quito", ("Quito",), PLACE)]
    )
    assert found == {("Quito", "d0"): "v:q"}
    assert links.crowded == {"newton"}
    assert links.doubts == []
