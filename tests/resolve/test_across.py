"""Which entities of several documents are one, and which of one name are two."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marked_text import read_marked

from kgbuild.records import AnnotatedDocument, Claim, Document, Literal, Span
from kgbuild.resolve import across, resolve
from kgbuild.resolve.across import Opinion, canonical_of, find_identities
from kgbuild.resolve.across_appearances import Appearance, appearances_of

BASE = "https://example.org/"
BORN = "urn:born"
Groups = list[list[tuple[str, str]]]


def read(*marked: str) -> list[Appearance]:
    """What the marked texts show; documents are named d0, d1 and so on."""
    documents = []
    for number, one in enumerate(marked):
        text, mentions = read_marked(one)
        document = Document(f"d{number}", f"d{number}", text, "", "txt")
        documents.append(AnnotatedDocument(document, (Span(0, len(text)),), tuple(mentions)))
    return [item for document in resolve(documents, BASE) for item in appearances_of(document)]


@pytest.fixture
def things() -> Callable[..., Groups]:
    """What gives name and document of the appearances of each thing that has several."""

    def found(*marked: str, opinions: Sequence[Opinion] = ()) -> Groups:
        shown = read(*marked)
        names = {(item.entity, item.document): item.name for item in shown}
        identities, _ = find_identities(shown, opinions)
        groups = [sorted((names[place], place[1]) for place in item.places) for item in identities]
        return sorted(group for group in groups if len(group) > 1)

    return found


def test_spellings_and_a_told_acronym_are_one(things):
    """An organisation, its British spelling, and the acronym that one text explains are one thing."""
    found = things(
        "The [World Health Organization|ORG] ([WHO|ORG]) met.",
        "The [World Health Organisation|ORG] met.",
        "The [WHO|ORG] met.",
    )
    assert found == [[("WHO", "d2"), ("World Health Organisation", "d1"), ("World Health Organization", "d0")]]


def test_an_acronym_that_fits_is_not_enough(things):
    """Initials that no text explains join nothing, where the documents have nothing else in common."""
    assert things("The [Free Trade Area|ORG] grew.", "The [FTA|ORG] met.") == []


def test_a_surname_of_several_goes_by_context(things):
    """A surname that two persons have is the one whose document names the same rare things, and nobody else's."""
    found = things(
        "[Lena Orlow|PER] led [Tarn Mills|ORG] in [Ostia|LOC] for the [Guild of Weavers|ORG].",
        "[Karl Orlow|PER] sang in [Bergen|LOC].",
        "[Orlow|PER] left [Tarn Mills|ORG] and the [Guild of Weavers|ORG].",
        "[Orlow|PER] painted in [Quito|LOC].",
    )
    assert [("Lena Orlow", "d0"), ("Orlow", "d2")] in found
    assert all(("Orlow", "d3") not in group and ("Karl Orlow", "d1") not in group for group in found)


def test_two_full_names_are_two_persons(things):
    """However much their documents have in common, two persons with other first names are two."""
    text = " led [Tarn Mills|ORG], the [Guild of Weavers|ORG] and the [Ostia Choir|ORG]."
    assert all(
        "Orlow" not in name
        for group in things(f"[Lena Orlow|PER]{text}", f"[Karl Orlow|PER]{text}")
        for name, _ in group
    )


def test_a_part_of_a_name_forms_no_chain(things):
    """A surname near both of two persons joins one of them, and not the other to it."""
    common = " of [Tarn Mills|ORG], the [Guild of Weavers|ORG] and the [Ostia Choir|ORG]."
    found = things(f"[Lena Orlow|PER]{common}", f"[Karl Orlow|PER]{common}", f"[Orlow|PER]{common}")
    persons = [[name for name, _ in group] for group in found if any("Orlow" in name for name, _ in group)]
    assert persons == [["Karl Orlow", "Orlow"]]


def test_places_in_other_states_are_two(things):
    """A town in one state is not the town of that name in another, and each keeps those that say the same."""
    found = things("[Canton|LOC], [Ohio|LOC].", "[Canton|LOC], [Texas|LOC].", "[Canton|LOC], [Ohio|LOC].")
    assert [("Canton", "d0"), ("Canton", "d2")] in found


def test_places_in_a_list_are_not_within_each_other():
    """What stands in a list of places tells of none where it is."""
    shown = read(
        "[Rome|LOC], [Oslo|LOC], [Bern|LOC], [Lima|LOC]. [Canton|LOC], [Ohio|LOC]. [Rome|LOC], [Bern|LOC] and more."
    )
    assert {item.folded: item.within for item in shown if item.within} == {"canton": ("ohio",)}


def test_a_place_is_not_another_for_its_adjective(things):
    """A town in Chile and one of the same name in a text about something Chilean are not two for that."""
    rest = "[A|PER], [B|PER], [C|PER], [D|PER], [E|PER], [F|PER], [G|PER], [H|PER]"
    other = "[K|PER], [L|PER], [M|PER], [N|PER], [O|PER], [P|PER], [Q|PER], [R|PER]"
    town = f"[Valdora|LOC], [Chile|LOC]. {rest}"
    assert things(town, f"The Chilean Congress met in [Valdora|LOC]. {other}") == [
        [("Valdora", "d0"), ("Valdora", "d1")]
    ]
    assert things(town, f"The Roman Congress met in [Valdora|LOC]. {other}") == []


def test_an_adjective_typed_as_a_place_is_the_place(things):
    """What is said of "Yemeni" ships, where it is a place, is said of Yemen; the language of the name is not."""
    found = things("[Yemen|LOC] has ports.", "A [Yemeni|LOC] ship.", "They spoke [Yemeni|MISC].")
    assert found == [[("Yemen", "d0"), ("Yemeni", "d1")]]


def test_an_acronym_of_two_things_goes_by_context(things):
    """An acronym that texts explain in two ways is neither where the text says nothing else."""
    found = things(
        "The [Lower Tarn Council|ORG] ([LTC|ORG]) met.",
        "The [Long Tunnel Company|ORG] ([LTC|ORG]) dug.",
        "The [LTC|ORG] grew.",
        "The [LTC|ORG] fell.",
    )
    assert found == []


def test_a_middle_initial_is_no_other_person(things):
    """A first name and surname are those with an initial between, unless two persons have such."""
    texts = "[Lena Orlow|PER] sang.", "[Lena B. Orlow|PER] was born in [Quito|LOC]."
    assert things(*texts) == [[("Lena B. Orlow", "d1"), ("Lena Orlow", "d0")]]
    assert things(*texts, "[Lena C. Orlow|PER] died.") == []


def test_a_club_and_a_festival_named_for_a_town_are_two(things):
    """Things of two types with one name are one, but not where the name is a place's."""
    texts = "[Tarnby|ORG] won.", "It was shown at [Tarnby|MISC]."
    assert len(things(*texts)) == 1
    assert things(*texts, "[Tarnby|LOC] is old.") == []


def test_institutions_of_no_name_are_several(things):
    """Two parliaments with nothing in common are two, a university of a name of its own is one."""
    found = things(
        "The [National Assembly|ORG] met in [Quito|LOC].",
        "The [National Assembly|ORG] met in [Seoul|LOC].",
        "[Tarn University|ORG] is old.",
        "[Tarn University|ORG] is small.",
    )
    assert found == [[("Tarn University", "d2"), ("Tarn University", "d3")]]


def test_two_dates_of_birth_are_two_persons():
    """Two documents that give a person of one name other years of birth tell of two."""
    documents = []
    for number in range(2):
        text, mentions = read_marked("[Lena Orlow|PER] was born.")
        document = AnnotatedDocument(
            Document(f"d{number}", "", text, "", "txt"), (Span(0, len(text)),), tuple(mentions)
        )
        documents.append(document)
    found = []
    for year, document in zip(("1850", "1920"), resolve(documents, BASE), strict=True):
        value = Literal(year, "http://www.w3.org/2001/XMLSchema#gYear")
        claim = Claim(str(document.entities[0].iri), BORN, value, 0.9, (Span(0, 1),), Span(0, 1), Span(0, 1))
        found += appearances_of(document, [claim], frozenset([BORN]))
    assert len(find_identities(found)[0]) == 2
    assert len(find_identities([replace(item, facts=()) for item in found])[0]) == 1


def test_a_person_has_the_last_word(things):
    """An opinion joins what no rule would, and parts what every rule joins."""
    texts = "The [Old Mill|ORG] burned.", "The [Red House|ORG] burned.", "The [Old Mill|ORG] stands."
    mill, house = (read(text)[0].entity for text in texts[:2])
    assert things(*texts) == [[("Old Mill", "d0"), ("Old Mill", "d2")]]
    joined = things(*texts, opinions=[Opinion(mill, house, same=True)])
    assert joined == [[("Old Mill", "d0"), ("Old Mill", "d2"), ("Red House", "d1")]]
    assert things(*texts, opinions=[Opinion(mill, mill, False, "d0", "d2")]) == []


def test_the_order_of_documents_makes_no_difference():
    """The same appearances in any order give the same things."""
    shown = read("The [WHO|ORG] and [Orlow|PER].", "[Lena Orlow|PER] of the [WHO|ORG].", "[Karl Orlow|PER].")
    assert find_identities(shown) == find_identities(shown[::-1])


NAMES = ("who", "world health organization", "yemen", "yemeni", "ada", "lady")
clusters = st.dictionaries(st.integers(0, 9).map(lambda n: f"urn:{n}"), st.none(), min_size=1, max_size=6).map(
    lambda iris: {iri: NAMES[int(iri[-1]) % len(NAMES)] for iri in iris}
)


@given(clusters, clusters)
def test_the_canonical_one_of_two_is_one_of_theirs(one: dict[str, str], other: dict[str, str]) -> None:
    """Merging gives one of both canonical IRIs, whichever came first; taking away another name changes nothing."""
    both = canonical_of(one | other)
    assert both in {canonical_of(one), canonical_of(other)}
    assert both == canonical_of(dict(reversed((other | one).items())))
    assert canonical_of({iri: name for iri, name in (one | other).items() if iri in one or iri == both}) == both


def test_more_documents_move_no_canonical_name() -> None:
    """The fuller name stays canonical when the short one, or the people's, is in many more documents."""
    told = "The [World Health Organization|ORG] ([WHO|ORG]) met in [Yemen|LOC]."
    more = "The [WHO|ORG] spoke to [Yemeni|MISC] doctors."
    for texts in ([told, more], [told, *[more] * 5], [*[more] * 5, told]):
        shown = read(*texts)
        names = {item.entity: item.name for item in shown}
        found, _ = find_identities(shown)
        assert {names[item.canonical] for item in found} >= {"World Health Organization"}
        assert "WHO" not in {names[item.canonical] for item in found}
    assert canonical_of({"urn:a": "yemeni", "urn:b": "yemen"}) == "urn:b"


def test_a_person_parts_even_the_largest_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person has told apart is apart in a group of which not all are compared."""
    monkeypatch.setattr(across, "_LARGEST", 1)
    shown = read(*["[Mary Somerville|PER] wrote."] * 3)
    entity = shown[0].entity
    apart = Opinion(entity, entity, same=False, one_document="d0", other_document="d1")
    assert len(find_identities(shown)[0]) == 1
    assert len(find_identities(shown, [apart])[0]) == 2


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("[Tarn Ducks|ORG]", "[AFC Tarn Ducks|ORG]"),
        ("[Orlow Music|ORG]", "[Orlow Music Group|ORG]"),
        ("[Sarnic|LOC]", "[Sarnic Ocean|LOC]"),
        ("[Tarn Hot 100|MISC]", "[US Tarn Hot 100|MISC]"),
        ("[Orlow|ORG]", "[Orlow Records|ORG]"),
        ("[Mike Orlow|PER]", "[Captain Mike Orlow|PER]"),
    ],
)
def test_a_name_without_a_word_of_its_kind_is_the_same(things, short, full):
    """A club, a firm, an ocean, a chart or a captain is one with and without the word that says what it is."""
    [group] = things(f"{short} is known.", f"{full} is known.")
    assert len(group) == 2


def test_a_short_form_of_two_things_goes_by_context(things):
    """What two full names are without their last word is neither where the text says nothing else."""
    assert things("[Orlow|ORG] grew.", "[Orlow Records|ORG] grew.", "[Orlow Motors|ORG] grew.") == []


def test_an_adjective_is_no_short_form_of_an_ocean(things):
    """What is Indian is not the Indian Ocean."""
    assert things("[Indian|LOC] ships.", "The [Indian Ocean|LOC] is warm.") == []


@pytest.mark.parametrize(
    "name", ["[Communist Party|ORG]", "[World Championships|MISC]", "[Best Director|MISC]", "[Inner Ring Road|LOC]"]
)
def test_what_each_country_has_of_its_own_is_several(things, name):
    """Parties, contests, prizes and roads of a name that tells nothing are two where nothing else is in common."""
    assert things(f"{name} and [Ostia|LOC].", f"{name} and [Quito|LOC].") == []


def test_institutions_of_one_state_are_one(things):
    """A party of no name is one in documents that speak of the same state, and another elsewhere."""
    found = things(
        "The [Communist Party|ORG] of [Cuba|LOC].", "A Cuban of the [Communist Party|ORG].", "[Communist Party|ORG]."
    )
    assert [("Communist Party", "d0"), ("Communist Party", "d1")] in found
    assert all(("Communist Party", "d2") not in group for group in found)


def test_other_middle_initials_are_another_person(things):
    """Two persons of one first name and surname are two where initials between differ."""
    assert things("[Lena H. Orlow|PER] sang.", "[Lena W. Orlow|PER] sang.") == []


def test_an_acronym_is_what_its_own_document_calls_by_its_letters(things):
    """A short form that another text explains means something else where the document has other words for it."""
    found = things(
        "[Tall Oak Band|ORG] ([TOB|ORG]) played.", "[Training Outpost Base North|LOC] was small. The [TOB|ORG] closed."
    )
    assert found == []


def test_titles_of_works_keep_their_last_word(things):
    """A work is not another whose title has a legal form or a plural more."""
    assert things("[Odd|MISC] is a song.", "[Odd Company|MISC] is a film.") == []
    assert things("[Rolling Tarn|ORG] sold.", "[Rolling Tarns|ORG] sang.") == []
