"""Links from the things of the documents to the entries of a reference vocabulary, as they are decided and kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kgbuild.records import Reference
from kgbuild.resolve.across import PERSONS, Identity, Opinion
from kgbuild.resolve.across_appearances import Appearance
from kgbuild.resolve.across_vocabulary import Link, Links, find_links
from kgbuild.stages.identities import Kept
from kgbuild.stages.vocabularies import Vocabulary

__all__ = ["link_rows", "links_of", "to_opinion", "vocabularies_by_entry", "without_entities"]


def without_entities(vocabulary: Vocabulary, known: Mapping[str, object]) -> Vocabulary:
    """The vocabulary without what the graph itself calls so: an entity needs no link to itself."""
    entries = tuple(entry for entry in vocabulary.entries if entry.iri not in known)
    left = len(vocabulary.entries) - len(entries)
    notes = (f"{left:,} of its things are entities of this graph, and left out",) if left else ()
    return replace(vocabulary, entries=entries, notes=vocabulary.notes + notes)


def vocabularies_by_entry(kept: Kept, vocabulary: Vocabulary | None) -> dict[str, str]:
    """IRIs of vocabularies by what they list: of the one that is given, and of those that anything was decided on."""
    decided = {line["canonical"]: line["vocabulary"] for line in kept.links.values()}
    decided |= {line["other"]: line["vocabulary"] for line in kept.answers.values()}
    return decided | ({entry.iri: vocabulary.iri for entry in vocabulary.entries} if vocabulary else {})


def to_opinion(line: Mapping[str, Any]) -> Opinion:
    """What a line of the decisions says."""
    return Opinion(line["one"], line["other"], line["same"], line["one_document"], line["other_document"])


def links_of(
    kept: Kept,
    identities: Sequence[Identity],
    names: Sequence[Mapping[str, str]],
    appearances: Sequence[Appearance],
    vocabulary: Vocabulary | None,
) -> tuple[dict[str, dict[str, Any]], Links]:
    """What is to be kept of each canonical entity that is an entry, and what is doubtful.

    `names` are the IRIs that each thing has in place of its entities. Without a vocabulary the links that there are
    stay, but where a person has said otherwise.
    """
    before = {} if vocabulary else {link.identity: link for link in _before(kept, identities, names)}
    entries = vocabulary.entries if vocabulary else ()
    parted = {frozenset((line["one"], line["other"])) for line in kept.opinions.values() if not line["same"]}
    answers = list(map(to_opinion, kept.answers.values()))
    links = find_links(identities, appearances, entries, answers, parted=parted, before=before)
    sources = vocabularies_by_entry(kept, vocabulary)
    found = {}
    for number, link in links.found.items():
        author = _author(kept, identities[number], link.iri) if link.reason == PERSONS else ""
        why = {"canonical": link.iri, "score": link.score, "reason": link.reason, "author": author}
        found[names[number][identities[number].canonical]] = {**why, "vocabulary": sources[link.iri]}
    return found, links


def _before(kept: Kept, identities: Sequence[Identity], names: Sequence[Mapping[str, str]]) -> Iterator[Link]:
    """The links that were kept, of the things that hold their entities now; the canonical one's before others'."""
    held = kept.links
    for number, (identity, own) in enumerate(zip(identities, names, strict=True)):
        line = next((held[iri] for iri in (own[identity.canonical], *sorted(own.values())) if iri in held), None)
        if line is not None and line["reason"] != PERSONS:
            yield Link(number, line["canonical"], line["score"], line["reason"])


def _author(kept: Kept, identity: Identity, iri: str) -> str:
    """Who has last said that the thing is the entry."""
    entities = {entity for entity, _ in identity.places}
    lines = (
        line for line in kept.answers.values() if line["same"] and line["other"] == iri and line["one"] in entities
    )
    return next((str(line["author"]) for line in reversed(list(lines))), "")


def link_rows(
    links: Links, identities: Sequence[Identity], appearances: Sequence[Appearance], vocabulary: Vocabulary | None
) -> Iterator[dict[str, str]]:
    """The doubtful links as rows of a review."""
    places = {(item.entity, item.document): item for item in appearances}
    documents: dict[str, int] = {}
    for entity, _ in places:
        documents[entity] = documents.get(entity, 0) + 1
    entries = {entry.iri: entry for entry in (vocabulary.entries if vocabulary else ())}
    for link in links.doubts:
        identity = identities[link.identity]
        entry = entries.get(link.iri) or Reference(link.iri, link.iri, (link.iri,))
        own = [document for entity, document in identity.places if entity == identity.canonical]
        shown = places[identity.canonical, own[0]]
        whole = len(own) == documents[identity.canonical]
        yield {
            "decision": "",
            "score": f"{link.score:.3f}",
            "reason": link.reason,
            "one_name": shown.name,
            "one_type": shown.type,
            "one": shown.entity,
            "one_document": "" if whole else shown.document,
            "other_name": entry.label,
            "other_type": " ".join(entry.types),
            "other": entry.iri,
            "other_document": "",
        }
