"""What an ontology with classes of its own changes in what was recognised: whole names, and common nouns of a class.

Of classes that the recogniser has learned no common nouns are looked for: most of what that would add is no member of
them (docs/model.md, Adapters).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from kgbuild.checkpoint import load_models
from kgbuild.config import NAMES, Settings
from kgbuild.kinds import Kind, read_kinds
from kgbuild.model.device import choose_device
from kgbuild.model.likeness import NOUN, TypeShares, type_shares
from kgbuild.model_folder import type_origins
from kgbuild.ontology import EntityClass, Ontology
from kgbuild.recognise.nouns import NounFinder, last_word, noun_classes
from kgbuild.recognise.wholes import WholeNames
from kgbuild.records import AnnotatedDocument

__all__ = ["Completion", "load_completion"]

_OFFICES: Final = "position"
"""Kind of the offices."""
_NAMED: Final = ("MISC", "ORG", "LOC", "PER")
"""Types of what has a name of its own."""


@dataclass(frozen=True, slots=True)
class Completion:
    """Completes what a recogniser found."""

    names: WholeNames
    """What makes names whole."""
    nouns: NounFinder | None
    """What finds common nouns; `None` where no class has any."""

    def of(self, annotated: AnnotatedDocument) -> AnnotatedDocument:
        """The document with whole names, and of common nouns those that are like a class, as mentions of it."""
        names = tuple(item for item in annotated.mentions if item.type != NOUN)
        whole = self.names.of(replace(annotated, mentions=names))
        if self.nouns is None:
            return whole
        nouns = self.nouns.mentions(whole, [item for item in annotated.mentions if item.type == NOUN])
        return replace(whole, mentions=tuple(sorted([*whole.mentions, *nouns], key=lambda item: item.start)))


def load_completion(settings: Settings, ontology: Ontology) -> Completion | None:
    """What the ontology asks for beside the settings' model; `None` where it asks for nothing.

    So it is where every class of a domain or range is a type that is known as it is (`Ontology.fresh`), and where a
    gazetteer alone is wanted.
    Raises: MissingError, CheckpointError.
    """
    origins = type_origins(settings.model)
    if settings.recognise.pipeline == "blank" or not ontology.fresh(origins):
        return None
    untyped, kinds = ontology.untyped(origins), read_kinds(NAMES)
    things, offices = _learned_things(ontology, origins), _offices(ontology, origins, kinds)
    if not untyped:
        return Completion(WholeNames(things, offices, origins), None)
    models = load_models(settings.model)
    relations, tokenizer = models.relations.to(choose_device(settings.device)), models.tokenizer
    shares = type_shares(relations, tokenizer, [item.label for item in untyped], kinds)
    common = noun_classes(ontology, untyped, shares)
    nouns = NounFinder(relations, tokenizer, ontology, common, kinds) if common else None
    return Completion(WholeNames(things | _things(untyped, shares, common), offices, origins), nouns)


def _things(
    classes: Sequence[EntityClass], shares: Sequence[TypeShares], common: Sequence[EntityClass]
) -> dict[str, str]:
    """What members of those classes are called that are not `common` nouns, with the type of their names."""
    return {
        last_word(item.label): max(_NAMED, key=share.__getitem__)
        for item, share in zip(classes, shares, strict=True)
        if item not in common
    }


def _learned_things(ontology: Ontology, origins: Mapping[str, str]) -> dict[str, str]:
    """What members of the learned classes are called, but for those that began as common nouns, with their types."""
    named = [item for item in ontology.fresh(origins) if origins.get(item.notation, NOUN) != NOUN]
    # subtle: fewest words come last and win, so that "work" is the class of works and not "musical work"
    return {last_word(item.label): item.notation for item in sorted(named, key=_words, reverse=True)}


def _offices(ontology: Ontology, origins: Mapping[str, str], kinds: Mapping[str, Kind]) -> dict[str, str]:
    """Classes that are offices, by each of their names in small letters."""
    held = kinds[_OFFICES].names if _OFFICES in kinds else ()
    called = ((name.lower(), item.notation) for item in ontology.fresh(origins) for name in (item.label, *item.labels))
    return {name: notation for name, notation in called if name in held}


def _words(item: EntityClass) -> int:
    return len(item.label.split())
