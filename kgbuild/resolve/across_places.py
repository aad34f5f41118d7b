"""Where the text of a document says that its places lie."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from kgbuild.records import AnnotatedDocument, Mention
from kgbuild.resolve.across_names import usual_place
from kgbuild.resolve.groups import PLACES
from kgbuild.resolve.names import folded_name
from kgbuild.resolve.peoples import PLACE_OF, STATES

__all__ = ["places_within"]

_KIND = (
    r"(?:area|borough|capital|city|commune|community|county|department|district|island|municipality|neighbou?rhood|"
    r"part|parish|prefecture|province|quarter|region|seat|settlement|state|suburb|territory|town|township|village)"
)
_APPOSED = re.compile(r"\s*,\s*")
"""What stands between a place and the larger one that tells which it is: "Canton, Ohio"."""
_ENDED = re.compile(r"\s*(?:[,.;:()]|$|and\s+(?:\w+ed|had|has|is|later|then|was)\b)")
"""What follows the larger one where it is in apposition, and not the subject of what comes: "of Riga, Tartu lies"."""
_LISTED = re.compile(r"\s*,?\s*(?:and|or|&)\s+")
"""What stands before the last of several places that only stand in a row."""
_IN = re.compile(
    rf"(?:(?:\s*,)?\s+(?:(?:located|situated)\s+)?in|\s+(?:is|was)\s+an?\s[^.;:()]{{0,80}}?(?:\bin|\b{_KIND}\s+of))\s+"
    rf"(?:the\s+)?(?:\w*(?:north|south|east|west|centr)\w*\s+)?(?:{_KIND}\s+of\s+)?"
)
"""What stands between a place and the larger one that it is said to be in: "is a town in", "in the state of"."""
_OF = re.compile(rf"\s+{_KIND}\s+of\s+")
"""What stands between a country, or its adjective, and the part of it that is meant: "the U.S. state of Ohio"."""
_PART = re.compile(r"^(?:north|south|east|west|centr)\w*(?:ern|al) |^(?:east|west) (?=germany$)")
"""What says which part of a country is meant: what lies in "northern Italy" lies in Italy."""
_LONGEST_ROW = 3
"""Places in apposition of which each may tell where the one before is: "Canton, Ohio, United States"."""


def places_within(annotated: AnnotatedDocument) -> Mapping[int, tuple[str, ...]]:
    """The usual names of the places that each place is said to be in, by the number of its mention.

    Places in a list tell nothing of each other.
    """
    text, mentions, found = annotated.document.text, annotated.mentions, dict[int, tuple[str, ...]]()
    chain: list[int] = []
    for number, here in enumerate(mentions):
        if here.type not in PLACES:
            continue
        chain.append(number)
        after = mentions[number + 1] if number + 1 < len(mentions) else None
        gap = text[here.end : after.start] if after is not None and after.type in PLACES else ""
        if not (_APPOSED.fullmatch(gap) or _IN.fullmatch(gap) or (len(chain) > 1 and _OF.fullmatch(gap))):
            following = [item for item in mentions[number + 1 : number + 3] if item.type in PLACES]
            if len(chain) > 1 and not _is_list(text, [mentions[item] for item in chain], following):
                found |= _told(chain, annotated)
            chain = []
    return found


def _is_list(text: str, chain: Sequence[Mention], following: Sequence[Mention]) -> bool:
    """Whether places in a row are a list, being more than describe one, or not ending as that does."""
    row, longest = 1, 1
    for one, other in pairwise(chain):
        row = row + 1 if _APPOSED.fullmatch(text, one.end, other.start) else 1
        longest = max(longest, row)
    if longest > _LONGEST_ROW:
        return True
    last, also = chain[-1], _LISTED.match(text, chain[-1].end)
    if also is not None and following and following[0].start == also.end():
        pairs = len(following) > 1 and _APPOSED.fullmatch(text, following[0].end, following[1].start)
        return len(chain) > 2 or not pairs  # subtle: "Gloucester, Massachusetts and Brooklyn, New York" are two
    apposed = _APPOSED.fullmatch(text, chain[-2].end, last.start)
    return apposed is not None and _ENDED.match(text, last.end) is None


def _told(chain: Sequence[int], annotated: AnnotatedDocument) -> Iterator[tuple[int, tuple[str, ...]]]:
    """What is told of each place but the last, by the number of its mention."""
    mentions = [annotated.mentions[number] for number in chain]
    names = [folded_name(item.text, item.type) for item in mentions]
    held = [_PART.sub("", usual_place(name)) for name in names]
    if names[-1] in PLACE_OF or STATES.issuperset(held):
        return
    for place, number in enumerate(chain[:-1]):
        people = names[place] in PLACE_OF or names[place].removesuffix("s") in PLACE_OF
        known = people or (held[place] in STATES and STATES.isdisjoint(held[place + 1 :]))
        if not known and not _OF.fullmatch(annotated.document.text, mentions[place].end, mentions[place + 1].start):
            yield number, tuple(held[place + 1 :])
