"""Examples of a user's own classes and relations, one JSON object a line: written by hand, or annotated.

By hand the names in a text stand for all their occurrences:

    {"text": "Ada was born in London.", "triples": [["Ada", "place of birth", "London"]], "types": {"Ada": "Person"}}

An annotated line is one that `evaluate.to_gold` reads. Of either kind one with `"complete": false` teaches no more than
it tells: relations that hold, and those that are denied. Whatever cannot be learned from is told with file and line.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from kgbuild.errors import InputError, MissingError
from kgbuild.evaluate.gold import UNTYPED, GoldDocument, GoldRelation, to_gold, told_complete
from kgbuild.ontology import DATE_TYPE, VALUE_TYPES, Ontology
from kgbuild.records import Mention, Span
from kgbuild.train.aligning import End, with_triples
from kgbuild.train.data import read_json
from kgbuild.train.names import NameIndex, listed
from kgbuild.train.spotting import find_names

__all__ = ["FEW", "Example", "few_of", "own_types", "read_examples"]

FEW: Final = 5
"""Examples of a class or relation from which on it can be learned."""
_KEYS: Final = frozenset(("complete", "id", "text", "triples", "types"))


@dataclass(frozen=True, slots=True)
class Example:
    """A text with what is told of it."""

    document: GoldDocument
    """Its mentions, `UNTYPED` where several types are open, and its relations; one written by hand is one sentence."""
    kinds: tuple[tuple[str, ...], ...]
    """Types that each mention may have, sorted; none where it is not even known to be a mention of any."""
    complete: bool
    """Whether what is not told to be a mention is none."""
    by_hand: bool
    """Whether nobody told where its sentences begin."""
    unsure: tuple[Span, ...] = ()
    """Where, beside its mentions, nobody knows what is one."""
    distant: bool = False
    """Whether a knowledge base told its relations (distant supervision, https://aclanthology.org/P09-1113): it leaves
    out much of what texts say."""


def own_types(ontology: Ontology, otherwise: Sequence[str]) -> tuple[str, ...]:
    """Types of mentions that an ontology speaks of: its classes and literals; `otherwise`, where it has no classes.

    A property whose range is open may have a date or a number as its tail.
    """
    if not ontology.classes:
        return tuple(otherwise)
    ranges = (item.range or VALUE_TYPES for item in ontology.properties if item.takes_values)
    literals = {kind for allowed in ranges for kind in allowed & VALUE_TYPES}
    return tuple(sorted({*ontology.class_by_notation, *literals}))


def read_examples(path: Path, ontology: Ontology, types: Sequence[str]) -> list[Example]:
    """The examples of a file, at least one; a line that says the same as one before it is left out.

    Raises: MissingError; InputError with file and line.
    """
    if not path.is_file():
        raise MissingError(f"examples {str(path)!r} do not exist; name a jsonl file", subject=path)
    names = NameIndex(ontology, types)
    told: dict[str, tuple[int, Example]] = {}
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                example = _example(line, number, names)
                before, known = told.setdefault(example.document.text, (number, example))
                _check_same(example, known, before)
            except (ValueError, TypeError, InputError) as error:
                raise InputError(f"{str(path)!r}, line {number}: {error}", subject=path) from error
    if not told:
        raise InputError(f"{str(path)!r}: expected at least one example, came none; write some", subject=path)
    return [example for _, example in told.values()]


def few_of(examples: Iterable[Example], ontology: Ontology) -> list[str]:
    """Classes and relations of which there are examples, but fewer than `FEW`, in words."""
    counts: Counter[str] = Counter()
    for item in examples:
        counts.update({ontology.by_key[relation.label].label for relation in item.document.relations})
        counts.update({kinds[0] for kinds in item.kinds if len(kinds) == 1})
    return [f"{name!r} ({count})" for name, count in sorted(counts.items()) if count < FEW]


def _example(line: bytes, number: int, names: NameIndex) -> Example:
    record = read_json(line, hook=_once)
    if not isinstance(record, dict) or not isinstance(record.get("text"), str) or not record["text"].strip():
        raise InputError("expected an object with a `text`, came none; write the text that is an example")
    record["text"].encode()  # half of a surrogate pair is no character, though JSON can write it
    if "mentions" in record:
        return _annotated({"id": f"line {number}", **record}, names)
    return _by_hand(record, number, names)


def _annotated(record: Mapping[str, Any], names: NameIndex) -> Example:
    to_gold(record)
    aligned = with_triples(record, dates=DATE_TYPE in names.types)
    document = replace(to_gold(aligned.record), open=aligned.open)
    entities = {item["entity"] for item in aligned.record["mentions"]}
    for relation in (*document.relations, *document.denied):
        names.property(relation.label)
        for entity in {relation.head, relation.tail} - entities:
            if not 0 <= entity < max(entities, default=-1):  # one without a mention may stand between others
                raise InputError(
                    f"relation {relation.label!r}: entity {entity} is unknown, expected one that a mention names; "
                    "annotate a mention or leave the relation out"
                )
    _check_denied(document, names)
    ends = _ends(document.relations, names, aligned.ends)
    if document.partial:
        kinds = tuple(names.open(ends[entity]) if entity in ends else () for entity in document.entities)
        mentions = tuple(replace(item, type=names.found(item.type)) for item in document.mentions)
        return Example(replace(document, mentions=mentions), kinds, complete=False, by_hand=False)
    typed = [names.type(item.type, item.text) if item.type else UNTYPED for item in document.mentions]
    kinds = tuple(
        (kind,) if kind else names.open(ends.get(entity, ()))
        for kind, entity in zip(typed, document.entities, strict=True)
    )
    complete = not aligned.open and all(item.get("type") for item in record["mentions"])
    return replace(_put(document, kinds, complete=complete, by_hand=False), distant=aligned.distant)


def _by_hand(record: Mapping[str, Any], number: int, names: NameIndex) -> Example:
    if strange := sorted(set(record) - _KEYS):
        raise InputError(f"key {strange[0]!r} is unknown, expected {', '.join(sorted(_KEYS))}; correct it")
    triples = [_triple(item) for item in record.get("triples", ())]
    types = {name: names.type(_string(kind), name) for name, kind in dict(record.get("types", {})).items()}
    strings = list(dict.fromkeys([*(end for h, _, t in triples for end in (h, t)), *types]))
    if not strings:
        raise InputError("expected triples or types, came neither; say what the text tells")
    relations = tuple(
        GoldRelation(strings.index(head), strings.index(tail), _checked(head, label, tail, types, names), ())
        for head, label, tail in dict.fromkeys(triples)
    )
    places = find_names(record["text"], strings)
    text, ends = record["text"], _ends(relations, names)
    _check_ends({strings[number]: asked for number, asked in ends.items() if strings[number] not in types})
    kinds = tuple((types[strings[n]],) if strings[n] in types else names.open(ends.get(n, ())) for _, _, n in places)
    mentions = tuple(Mention(start, end, UNTYPED, text[start:end], 0) for start, end, _ in places)
    named = str(record.get("id", f"line {number}"))
    entities, partial = tuple(n for _, _, n in places), not told_complete(record)
    document = GoldDocument(named, text, (Span(0, len(text)),), mentions, entities, relations, partial=partial)
    return _put(document, kinds, complete=False, by_hand=True)


def _put(document: GoldDocument, kinds: tuple[tuple[str, ...], ...], *, complete: bool, by_hand: bool) -> Example:
    """The example, each of whose mentions has its type where one alone is open."""
    pairs = zip(document.mentions, kinds, strict=True)
    mentions = tuple(replace(item, type=kind[0] if len(kind) == 1 else UNTYPED) for item, kind in pairs)
    return Example(replace(document, mentions=mentions), kinds, complete, by_hand)


def _ends(told: Iterable[GoldRelation], names: NameIndex, more: Iterable[End] = ()) -> dict[int, list[frozenset[str]]]:
    """What the properties ask of each entity, those of single ends too."""
    found: dict[int, list[frozenset[str]]] = {}
    both = (end for one in told for end in ((one.head, one.label, "head"), (one.tail, one.label, "tail")))
    for entity, label, end in (*both, *more):
        item = names.property(label)
        if entity is not None:
            found.setdefault(entity, []).append(item.domain if end == "head" else item.range)
    return found


def _checked(head: str, label: str, tail: str, types: Mapping[str, str], names: NameIndex) -> str:
    """The label, when the triple can hold with these types."""
    item = names.property(label)
    if head == tail:
        raise InputError(f"triple {[head, label, tail]!r}: expected two names, came one twice; correct it")
    for name, allowed, side in ((head, item.domain, "head"), (tail, item.range, "tail")):
        if name in types and allowed and types[name] not in allowed:
            raise InputError(
                f"triple {[head, label, tail]!r} and the type {types[name]!r} of {name!r} contradict each other: the "
                f"{side} of {item.label!r} must be {listed(sorted(allowed))}; correct one of them"
            )
    return label


def _check_ends(ends: Mapping[str, Sequence[frozenset[str]]]) -> None:
    """Nothing, when each name can be of one type that all properties allow which it is an end of."""
    for name, asked in ends.items():
        stated = [end for end in dict.fromkeys(asked) if end]
        if stated and not frozenset.intersection(*stated):
            kinds = " and ".join(listed(sorted(end)) for end in stated)
            raise InputError(
                f"the triples of {name!r} contradict each other: their relations ask that it be {kinds}, and nothing "
                "is all of these; correct a triple, or the domain or range of its relation"
            )


def _check_denied(document: GoldDocument, names: NameIndex) -> None:
    holds, fails = (
        {(item.head, item.tail, names.property(item.label).label) for item in told}
        for told in (document.relations, document.denied)
    )
    for head, tail, label in sorted(holds & fails):
        raise InputError(
            f"relation {label!r} of entities {head} and {tail} stands among `relations` and among `denied`, which "
            "contradict each other; keep one of them"
        )


def _check_same(example: Example, known: Example, line: int) -> None:
    one, other = example.document, known.document
    if (_told(example), one.partial) != (_told(known), other.partial):
        why = "" if one.partial and other.partial else "; since what is not told counts as untrue, they contradict"
        raise InputError(
            f"the text is that of line {line}, and what is told of it is not the same{why}: tell all of it in one line"
        )


def _told(example: Example) -> tuple[object, ...]:
    """What an example says, whatever the numbers of its entities."""
    document = example.document
    found: dict[int, tuple[int, ...]] = {}
    for number, entity in enumerate(document.entities):
        found[entity] = (*found.get(entity, ()), number)
    holds, fails = (
        {(found.get(item.head), found.get(item.tail), item.label) for item in told}
        for told in (document.relations, document.denied)
    )
    return document.mentions, example.kinds, set(found.values()), holds, fails


def _triple(item: object) -> tuple[str, ...]:
    if not isinstance(item, list) or len(item) != 3:
        raise InputError(f"triple {item!r}: expected a list of head, relation and tail; correct it")
    return tuple(map(_string, item))


def _string(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{value!r}: expected a string; correct it")
    return value


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The object, when it says each thing once."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise InputError(f"{twice!r} stands twice in one object; keep one of them")
    return found
