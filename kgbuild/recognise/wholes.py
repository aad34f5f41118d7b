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
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from kgbuild.ontology import VALUE_TYPES
from kgbuild.records import AnnotatedDocument, Mention, Span

__all__ = ["WholeNames"]

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
_UNSEEN: Final = 0.5
"""Confidence in a subject of which the recogniser saw no part."""


@dataclass(frozen=True, slots=True)
class WholeNames:
    """Makes names whole, in texts about what an ontology speaks of."""

    things: Mapping[str, str]
    """Nouns for what a subject may be, with the types of their names."""
    offices: Mapping[str, str]
    """Lower-case names of offices, with the types of their mentions."""
    origins: Mapping[str, str]
    """What the types of mentions began as (`model_folder.type_origins`)."""

    def of(self, annotated: AnnotatedDocument) -> AnnotatedDocument:
        """The document with whole names."""
        text = annotated.document.text
        mentions = list(self._with_articles(self._joined(annotated.mentions, text), text, annotated.sentences))
        for number, sentence in enumerate(annotated.sentences):
            mentions = self._with_subject(mentions, text, sentence, number)
        return replace(annotated, mentions=tuple(self._with_offices(mentions, text) if self.offices else mentions))

    def _is_work(self, type: str) -> bool:
        return self.origins.get(type) == _WORK

    def _joined(self, mentions: Sequence[Mention], text: str) -> list[Mention]:
        """The mentions, those that are parts of one name as one."""
        found: list[Mention] = []
        for mention in mentions:
            before = found[-1] if found else None
            if before is not None and before.sentence == mention.sentence and self._are_one(before, mention, text):
                kind = self._type_of_both(before.type, mention.type)
                found[-1] = _stretched(before, before.start, mention.end, text, kind)
            else:
                found.append(mention)
        return [_with_mark(item, text) if self._is_work(item.type) else item for item in found]

    def _are_one(self, one: Mention, other: Mention, text: str) -> bool:
        if VALUE_TYPES & {one.type, other.type} or _is_sure(one) or _is_sure(other):
            return False
        between = text[one.end : other.start]
        if _UNFINISHED.search(one.text):
            return _GAP.fullmatch(between) is not None
        if not self._is_work(other.type):
            return False
        if _SUBTITLE.fullmatch(between):
            return not text[: one.start].rstrip().endswith("(")  # as in "(German: Der Himmel)"
        return bool(_AWARDED.search(one.text) and _FOR.fullmatch(between))

    def _type_of_both(self, one: str, other: str) -> str:
        """The type of a name with parts of these types: their own, else that of a work."""
        if one == other:
            return one
        works = [type for type in (other, one, _WORK) if self._is_work(type)]
        return works[0] if works else one

    def _with_articles(self, mentions: Sequence[Mention], text: str, sentences: Sequence[Span]) -> Iterator[Mention]:
        """The mentions, titles and bodies with the large "The" before them, but for one that begins the sentence."""
        last = 0
        for mention in mentions:
            begin = max(last, sentences[mention.sentence].start + 1, mention.start - len(_THE) - 1)
            last = mention.end
            free = self.origins.get(mention.type) in (_WORK, "ORG") and not _is_sure(mention)
            article = _ARTICLE.search(text, begin, mention.start) if free else None
            yield _stretched(mention, article.start(), mention.end, text, mention.type) if article else mention

    def _with_subject(self, mentions: list[Mention], text: str, sentence: Span, number: int) -> list[Mention]:
        """The mentions, those that are parts of the subject of a definition as one.

        Its type is that of a part that began as the same; "The" before it belongs to titles alone.
        """
        told = _SUBJECT.match(text, sentence.start, sentence.end)
        if told is None:
            return mentions
        words = told["name"].split()
        nouns = re.findall(r"[a-z]+", told["rest"])
        kind = next((self.things[word] for word in nouns if word in self.things), None)
        if kind is None or not _is_name(words):
            return mentions
        start, end = told.span("name")
        inside = [item for item in mentions if item.start < end and start < item.end]
        bare = not self._is_work(kind) and len(words) > 2 and all(item.start > start for item in inside)
        if bare and text.startswith(_THE, start):
            start += len(_THE)
        if len(inside) == 1 and (inside[0].start, inside[0].end) == (start, end):
            return mentions
        if any(item.start < start or item.end > end or _is_sure(item) for item in inside):
            return mentions
        origin = self.origins.get(kind)
        kind = next((item.type for item in inside if self.origins.get(item.type) == origin), kind)
        least = min([item.probability for item in inside], default=_UNSEEN)
        whole = Mention(start, end, kind, text[start:end], number, least)
        return sorted([whole, *(item for item in mentions if item not in inside)], key=lambda item: item.start)

    def _with_offices(self, mentions: Sequence[Mention], text: str) -> Iterator[Mention]:
        """The mentions, a place or body with the office that it ends, as in "vice president of the Senate"."""
        pattern, last = _office_of(tuple(self.offices)), 0
        for mention in mentions:
            begin = max(last, mention.start - _LONGEST_OFFICE)
            last = mention.end
            free = self.origins.get(mention.type) in ("LOC", "ORG") and not _is_sure(mention)
            office = pattern.search(text, begin, mention.start) if free else None
            kind = self.offices[office["office"].lower()] if office else mention.type
            yield _stretched(mention, office.start(), mention.end, text, kind) if office else mention


@cache
def _office_of(names: tuple[str, ...]) -> re.Pattern[str]:
    """Matches one of the lower-case names with its "of", at the end of what is searched."""
    return re.compile(rf"\b(?P<office>{'|'.join(map(re.escape, names))})\sof\s(?:the\s)?$", re.IGNORECASE)


def _with_mark(mention: Mention, text: str) -> Mention:
    mark = None if _is_sure(mention) else _MARK.match(text, mention.end)
    return _stretched(mention, mention.start, mark.end(), text, mention.type) if mark else mention


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
