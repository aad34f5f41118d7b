"""Where a text says that its places lie."""

import pytest
from marked_text import read_marked

from kgbuild.records import AnnotatedDocument, Document, Span
from kgbuild.resolve.across_places import places_within


def within(marked: str) -> dict[str, tuple[str, ...]]:
    """The places of a marked text that are told to lie in others, by name."""
    text, mentions = read_marked(marked)
    document = AnnotatedDocument(Document("d", "d", text, "", "txt"), (Span(0, len(text)),), tuple(mentions))
    return {mentions[number].text: held for number, held in places_within(document).items()}


@pytest.mark.parametrize(
    ("marked", "told"),
    [
        ("He was born in [Canton|LOC], [Ohio|LOC].", {"Canton": ("ohio",)}),
        ("[Canton|LOC] is a city and the seat of [Stark County|LOC].", {"Canton": ("stark county",)}),
        ("[Canton|LOC] was a small town in northern [Ohio|LOC].", {"Canton": ("ohio",)}),
        ("He went to [Canton|LOC] in [Ohio|LOC].", {"Canton": ("ohio",)}),
        ("[Canton|LOC] in the [U.S.|LOC] state of [Ohio|LOC]", {"Canton": ("united states", "ohio")}),
        ("[Dortmund|LOC], [West Germany|LOC].", {"Dortmund": ("germany",)}),
        ("It was based in [Canton|LOC], [Ohio|LOC] and called a team.", {"Canton": ("ohio",)}),
        ("[Canton|LOC], [Ohio|LOC] and [Paris|LOC], [Texas|LOC].", {"Canton": ("ohio",), "Paris": ("texas",)}),
        (
            "[Akron|LOC] in [Stark County|LOC], [Ohio|LOC], [United States|LOC].",
            {
                "Akron": ("stark county", "ohio", "united states"),
                "Stark County": ("ohio", "united states"),
                "Ohio": ("united states",),
            },
        ),
    ],
)
def test_a_place_lies_where_the_text_says(marked: str, told: dict[str, tuple[str, ...]]):
    """Apposition, a definition and "in" tell which larger place is meant, directions and forms of state left out."""
    assert within(marked) == told


@pytest.mark.parametrize(
    "marked",
    [
        "[Rome|LOC], [Bern|LOC] and [Lima|LOC]",
        "[Rome|LOC], [Oslo|LOC], [Bern|LOC], [Lima|LOC].",
        "bakers of ([Poland|LOC], [Russia|LOC], [Ukraine|LOC])",
        "East of [Riga|LOC], [Tartu|LOC] lies on a river.",
        "matches between [Yugoslavia|LOC], [Bosnian|LOC], and others",
        "[Canton|LOC] is a city near [Akron|LOC].",
        "the [U.S.|LOC] state of [Ohio|LOC]",
        "[Germans|LOC] in [France|LOC]",
    ],
)
def test_what_only_stands_beside_a_place_does_not_hold_it(marked: str):
    """Lists, the subject of what follows, adjectives and neighbours are not where a place lies."""
    assert within(marked) == {}
