"""Names that a recogniser cut in two or left too short, as titles often are, made whole.

A name does not end in "for", "and" or a colon: it goes on with the mention that follows. A title and its subtitle are
one, an award is called by what it is given for, and a question mark before a small letter belongs to the name. Where a
sentence says what its subject is ("Zappa in New York is a live album"), all of the subject is the name. A large "The"
inside a sentence belongs to the title or body behind it: the training sets, ours among them, annotate 705 of 718 and
142 of 176 so; where it begins the sentence, few. An office that is a class of the ontology has offices of somewhere as
its members ("president of Chile").
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from kgbuild.ontology import VALUE_TYPES
from kgbuild.records import AnnotatedDocument, Mention, Span

__all__ = ["whole_names"]

_UNFINISHED: Final = re.compile(r"(?:\s(?:for|of|and|in|on|the|to|from|with|&)|^The|\s?:)$")
_ARTICLE: Final = re.compile(r"\bThe\s$")
_THE: Final = "The "
_GAP: Final = re.compile(r"\s{1,2}")
_SUBTITLE: Final = re.compile(r"\s?:\s")
_AWARDED: Final = re.compile(r"(?:Award|Prize|Medal|Order)s?$")
_FOR: Final = re.compile(r"\sfor\s")
_MARK: Final = re.compile(r"\s?[?!](?=,?\s[a-z])")
_SUBJECT: Final = re.compile(
    r"[\"“]?(?P<name>[A-Z0-9][^.;(),\"“”]{1,90}?)[\"”]?(?:\s*\([^)]*\))?\s(?:is|was|are|were)\s(?:an?|the)\s(?P<rest>[^.;,]{1,100})"
)
_LONGEST_OFFICE: Final = 60
"""Characters before a name that may hold an office."""
_SMALL: Final = frozenset("a an the of and in on at to for from with by de la le du der die das und et & vs".split())  # noqa: SIM905
_WORK: Final = "MISC"


def whole_names(
    document: AnnotatedDocument, things: Mapping[str, str], offices: Mapping[str, str], origins: Mapping[str, str]
) -> AnnotatedDocument:
    """The document with whole names.

    `things` are nouns for what a subject may be, with the types of their names; `offices` are lower-case names of
    offices, with the types of their mentions; `origins` are what the types of mentions began as.
    """
    text = document.document.text
    mentions = list(_with_articles(_joined(document.mentions, text, origins), text, document.sentences, origins))
    for number, sentence in enumerate(document.sentences):
        mentions = _with_subject(mentions, text, sentence, number, things, origins)
    return replace(document, mentions=tuple(_with_offices(mentions, text, offices, origins) if offices else mentions))


def _with_articles(
    mentions: Sequence[Mention], text: str, sentences: Sequence[Span], origins: Mapping[str, str]
) -> Iterator[Mention]:
    """The mentions, titles and bodies with the large "The" before them, but for one that begins the sentence."""
    last = 0
    for mention in mentions:
        begin, free = max(last, sentences[mention.sentence].start + 1), origins.get(mention.type) in (_WORK, "ORG")
        last = mention.end
        article = _ARTICLE.search(text, max(begin, mention.start - 5), mention.start) if free else None
        if article and not _is_sure(mention):
            mention = _stretched(mention, article.start(), mention.end, text, mention.type)
        yield mention


def _with_offices(
    mentions: Sequence[Mention], text: str, offices: Mapping[str, str], origins: Mapping[str, str]
) -> Iterator[Mention]:
    """The mentions, a place or body with the office that it ends, as in "vice president of the Senate"."""
    pattern, last = _office_of(tuple(offices)), 0
    for mention in mentions:
        begin, free = max(last, mention.start - _LONGEST_OFFICE), origins.get(mention.type) in ("LOC", "ORG")
        last = mention.end
        office = pattern.search(text, begin, mention.start) if free and not _is_sure(mention) else None
        if office:
            mention = _stretched(mention, office.start(), mention.end, text, offices[office["office"].lower()])
        yield mention


@cache
def _office_of(names: tuple[str, ...]) -> re.Pattern[str]:
    """Matches one of the lower-case names with its "of", at the end of what is searched."""
    return re.compile(rf"\b(?P<office>{'|'.join(map(re.escape, names))})\sof\s(?:the\s)?$", re.IGNORECASE)


def _joined(mentions: Sequence[Mention], text: str, origins: Mapping[str, str]) -> list[Mention]:
    """The mentions, those that are parts of one name as one."""
    found: list[Mention] = []
    for mention in mentions:
        before = found[-1] if found else None
        if before is not None and before.sentence == mention.sentence and _is_one(before, mention, text, origins):
            kind = _type_of_both(before.type, mention.type, origins)
            found[-1] = _stretched(before, before.start, mention.end, text, kind)
        else:
            found.append(mention)
    return [_with_mark(item, text) if origins.get(item.type) == _WORK else item for item in found]


def _type_of_both(one: str, other: str, origins: Mapping[str, str]) -> str:
    """The type of a name with parts of these types: their own, else that of a work."""
    if one == other:
        return one
    works = [type for type in (other, one, _WORK) if origins.get(type) == _WORK]
    return works[0] if works else one


def _is_one(one: Mention, other: Mention, text: str, origins: Mapping[str, str]) -> bool:
    if VALUE_TYPES & {one.type, other.type} or _is_sure(one) or _is_sure(other):
        return False
    between = text[one.end : other.start]
    if _UNFINISHED.search(one.text):
        return _GAP.fullmatch(between) is not None
    if origins.get(other.type) != _WORK:
        return False
    if _SUBTITLE.fullmatch(between):
        return not text[: one.start].rstrip().endswith("(")  # as in "(German: Der Himmel)"
    return bool(_AWARDED.search(one.text) and _FOR.fullmatch(between))


def _with_mark(mention: Mention, text: str) -> Mention:
    mark = None if _is_sure(mention) else _MARK.match(text, mention.end)
    return _stretched(mention, mention.start, mark.end(), text, mention.type) if mark else mention


def _with_subject(
    mentions: list[Mention],
    text: str,
    sentence: Span,
    number: int,
    things: Mapping[str, str],
    origins: Mapping[str, str],
) -> list[Mention]:
    """The mentions, those that are parts of the subject of a definition as one.

    Its type is that of a part that began as the same; "The" before it belongs to titles alone.
    """
    told = _SUBJECT.match(text, sentence.start, sentence.end)
    if told is None:
        return mentions
    words = told["name"].split()
    kind = next((things[word] for word in re.findall(r"[a-z]+", told["rest"]) if word in things), None)
    if kind is None or not _is_name(words):
        return mentions
    start, end = told.span("name")
    inside = [item for item in mentions if item.start < end and start < item.end]
    bare = origins.get(kind) != _WORK and len(words) > 2 and all(item.start > start for item in inside)
    if bare and text.startswith(_THE, start):
        start += len(_THE)
    if len(inside) == 1 and (inside[0].start, inside[0].end) == (start, end):
        return mentions
    if any(item.start < start or item.end > end or _is_sure(item) for item in inside):
        return mentions
    kind = next((item.type for item in inside if origins.get(item.type) == origins.get(kind)), kind)
    whole = Mention(start, end, kind, text[start:end], number, min([item.probability for item in inside], default=0.5))
    return sorted([whole, *(item for item in mentions if item not in inside)], key=lambda item: item.start)


def _is_name(words: Sequence[str]) -> bool:
    """Whether all words are capitalised but for small ones, of which none is the last and not all are."""
    large = [word for word in words if word.lower() not in _SMALL]
    fine = all(not word[0].islower() for word in large)
    return (
        fine and bool(large) and words[-1].lower() not in _SMALL and words[0] not in ("It", "He", "She", "They", "This")
    )


def _is_sure(mention: Mention) -> bool:
    """Whether a list names it, or a pipeline that doubts nothing: such a mention stays as it is."""
    return mention.probability == 1


def _stretched(mention: Mention, start: int, end: int, text: str, type: str) -> Mention:
    return replace(mention, start=start, end=end, text=text[start:end], type=type)
