"""Phrases that may name a kind of thing: runs of words between names, marks and the small words of English."""

# ruff: noqa: SIM905 lists of words are read as text

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from kgbuild.records import AnnotatedDocument, Span

__all__ = ["LONGEST", "PLAIN_NOUNS", "runs"]

LONGEST: Final = 4
"""Most words of a phrase."""
PLAIN_NOUNS: Final = tuple(
    "thing fact part side end way case point number amount group set list member friend family child man woman people "
    "crowd team house room door street village road field hill water fire light sound word letter page story plot "
    "theme idea plan reason cause result effect problem question answer day week month year century time moment start "
    "success failure growth loss increase budget price cost money work job task effort attempt visit trip journey "
    "meeting party dinner game prize name title version series edition collection release production performance "
    "appearance role scene cast audience viewer reader critic review interview report record copy size shape length "
    "weight speed level degree quality beginning development design model method process system structure rule law "
    "right power control support help use need demand interest attention experience knowledge memory feeling love "
    "fear anger war peace attack death birth life health body hand head face eye heart animal dog horse bird tree "
    "flower stone machine car train ship box bag table chair bed window wall roof bottle paper ink".split()
)
"""Common nouns of every kind, against which a phrase must stand out."""

_SMALL: Final = frozenset(
    "a an the this that these those some any no every each all both either neither such other another own same and or "
    "but nor so yet if than then when while where which who whom whose what how why because since until although "
    "though as at by for from in into of off on onto out over to under up upon with within without about above across "
    "after against along among around before behind below beneath beside between beyond down during except inside "
    "like near outside past per through throughout toward towards via is are was were be been being am has have had "
    "having do does did done doing will would shall should may might must can could not it its itself he him his "
    "himself she her hers herself they them their theirs themselves we us our ours you your yours i me my mine there "
    "here also only just very more most much many few less least several too well even still ever never always often "
    "sometimes usually once twice again already soon later early late first second third last next new old former "
    "based called known named made used including one two three four five six seven eight nine ten s t d ll ve "
    "re".split()
)
_WORD: Final = re.compile(r"[^\W\d_][\w’'-]*")


def runs(
    annotated: AnnotatedDocument, ends: Collection[str], within: Sequence[Span] | None = None
) -> Iterator[list[Span]]:
    """The words of each run that lies in one sentence and outside all mentions; words in `ends` are in none.

    Where stretches are given, a run lies `within` one of them.
    """
    text, taken = annotated.document.text, [(item.start, item.end) for item in annotated.mentions]
    for stretch in annotated.sentences if within is None else within:
        run: list[Span] = []
        for found in _WORD.finditer(text, stretch.start, stretch.end):
            start, end = found.span()
            if run and (text[run[-1].end : start].strip() or not text[run[-1].end : start]):
                yield run
                run = []
            word = found.group().lower()
            if word in _SMALL or word in ends or any(low < end and start < high for low, high in taken):
                if run:
                    yield run
                run = []
            else:
                run.append(Span(start, end))
        if run:
            yield run
