"""`adapt_models`: a user's own classes and relations, learned from a few examples beside models that stay as they are.

Both models learn low-rank adapters (`model.adapting`), and the recogniser a tag head for the user's classes, which
begins as that of the types that they are like. The relation side needs no new layer: the vectors of the relations are
made from the ontology.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import torch

from kgbuild.calibration import Calibration
from kgbuild.checkpoint import Adapter, Models
from kgbuild.errors import InputError
from kgbuild.evaluate.gold import GoldDocument
from kgbuild.model.adapting import adapt, learned, retype_recogniser
from kgbuild.ontology import DATE_TYPE, NUMBER_TYPE, Ontology
from kgbuild.pieces import padded, split_pieces
from kgbuild.recognise.tagger import Tagger
from kgbuild.train.calibrate import calibrate
from kgbuild.train.data import is_held_out
from kgbuild.train.drawing import NOISE, epoch_batches
from kgbuild.train.examples import Example
from kgbuild.train.loop import Plan, fit
from kgbuild.train.relating import Related, RelatingSet, RelationTrainer, related
from kgbuild.train.shown import OpenTags, open_tags, open_tags_loss, related_document, shown, tag_batches

__all__ = ["ENOUGH", "EXAMPLES", "Adapted", "adapt_models", "alike"]

EXAMPLES: Final = RelatingSet("examples", "all pairs")
"""The examples; what they do not say to hold does not, unless they are partial."""
ENOUGH: Final = 40
"""Relations that a calibration needs; with fewer held out, that of the model before stays."""

_HELD_OUT = 0.1
"""Share of the examples, by a hash of their names and texts, that calibrates."""
_RATE = 1e-3
"""Highest learning rate of adapters and heads."""
_PIECES = 120_000
"""Pieces that each model is shown, over all epochs: some 16 of 240 sentences. Of tekgen's 10_culture as much was
learned in 16 as in 50."""
_EPOCHS = (8, 60)
"""Fewest and most epochs."""
_TOKENS = (128, 512)
"""Fewest and most pieces in a batch: a fourth of all between them, so that few examples give several steps."""
_PAIRS_PER_BATCH = 8_192
_RECOGNISED = 4_096
"""Pieces that are recognised at once."""
_WORDS: Final[Mapping[str, str]] = {
    "PER": "person, human being",
    "ORG": "organisation, company, group of people",
    "LOC": "place, country, area, building",
    "MISC": "work, product, event, award, language, kind of thing",
}
"""What the shipped types hold, for classes of other names."""


@dataclass(frozen=True, slots=True)
class Adapted:
    """What was learned."""

    adapter: Adapter
    """What both models learned."""
    calibration: Calibration
    """Fitted on the examples that were held out; that of the model before, where they were too few."""
    held_out: int
    """Examples that nothing but the calibration was fitted on, at least 0."""
    epochs: int
    """Passes over the others."""


def adapt_models(
    models: Models,
    ontology: Ontology,
    types: Sequence[str],
    examples: Sequence[Example],
    *,
    device: torch.device,
    work: Path,
    epochs: int | None = None,
    report: Callable[[str], None],
) -> Adapted:
    """What is learned from the examples of an ontology's relations and of mentions of the `types`.

    The models are changed in place. Goes on from the checkpoints in `work`.
    Raises: CheckpointError.
    """
    before = models.recogniser.types
    kinds = alike(models, ontology, types)
    like = {name: before[kind - 1] for name, kind in zip(types, kinds, strict=True)}
    tagger = Tagger(models.recogniser, models.tokenizer, device=device, tokens_per_batch=_RECOGNISED)
    found = tagger.tag([item.document.text for item in examples])
    whole = [shown(item, told) for item, told in zip(examples, found, strict=True)]
    documents = [related_document(item, told, like) for item, told in zip(whole, found, strict=True)]
    held = _held_out(documents)
    kept = [number for number in range(len(examples)) if number not in held]
    pieces = sum(len(split_pieces(models.tokenizer, documents[number].text)) for number in kept)
    chosen = epochs or min(max(_PIECES // max(pieces, 1), _EPOCHS[0]), _EPOCHS[1])
    tokens = min(max(pieces // 4, _TOKENS[0]), _TOKENS[1])
    run = _Run(models, device, work, Plan(chosen, encoder_rate=_RATE, head_rate=_RATE), tokens, report)
    run.learn_mentions([whole[number] for number in kept], types, kinds)
    run.learn_relations([documents[number] for number in kept], ontology)
    trained = Adapter(tuple(types), kinds, learned(models.recogniser), learned(models.relations))
    checked = [documents[number] for number in sorted(held)]
    fitted = run.calibrated(checked, before, ontology)
    return Adapted(trained, fitted or models.calibration, len(checked) if fitted else 0, chosen)


@torch.inference_mode()
def alike(models: Models, ontology: Ontology, types: Sequence[str]) -> tuple[int, ...]:
    """For each of the `types` the number, from 1, of the models' type that it is like.

    It is the one of its name, that of a class above it, or the one whose words mean the most similar thing.
    """
    before = models.recogniser.types
    named = [name for name in before if name not in (DATE_TYPE, NUMBER_TYPE)] or list(before)
    classes = ontology.class_by_notation
    notations = {item.iri: item.notation for item in ontology.classes}
    labels = [classes[name].label if name in classes else name for name in types]
    rows = padded(
        [split_pieces(models.tokenizer, text) for text in (*labels, *(_WORDS.get(name, name) for name in named))]
    )
    device = next(models.relations.parameters()).device
    vectors = models.relations.encoder.pooled(
        *(torch.from_numpy(x).to(device) for x in (rows.ids, rows.shapes, rows.mask))
    )
    near = torch.nn.functional.normalize(vectors, dim=-1)
    nearest = (near[: len(types)] @ near[len(types) :].transpose(0, 1)).argmax(dim=1).tolist()
    found = []
    for name, number in zip(types, nearest, strict=True):
        above = [notations[iri] for iri in classes[name].parents if iri in notations] if name in classes else []
        known = next((kind for kind in (name, *above) if kind in before), named[number])
        found.append(before.index(known) + 1)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Run:
    """What the training of both models shares."""

    models: Models
    device: torch.device
    work: Path
    plan: Plan
    tokens: int
    report: Callable[[str], None]
    source: RelatingSet = field(default=EXAMPLES)

    def learn_mentions(self, examples: Sequence[Example], types: Sequence[str], kinds: Sequence[int]) -> None:
        """Nothing; the recogniser finds mentions of the types."""
        model = self.models.recogniser
        torch.manual_seed(self.plan.seed)
        retype_recogniser(model, types, kinds)
        adapt(model, whole={"tags"}, still={"starts", "nouns"})
        model.to(self.device)
        items = [window for item in examples for window in open_tags(item, self.models.tokenizer, types)]

        def batches(epoch: int) -> list[list[OpenTags]]:
            return tag_batches(items, epoch=epoch, seed=self.plan.seed, tokens=self.tokens)

        path = self.work / "mentions.pt"
        told = self._told("mentions")
        fit(model, batches, lambda batch: open_tags_loss(model, batch), self.plan, checkpoint=path, report=told)

    def learn_relations(self, documents: Sequence[GoldDocument], ontology: Ontology) -> None:
        """Nothing; the relation model knows what holds, where examples tell of relations at all."""
        model = self.models.relations
        torch.manual_seed(self.plan.seed)
        adapt(model, whole={"prior"}, still={"related"})
        cut = related(documents, self.models.tokenizer, ontology, self.source, most_pairs=_PAIRS_PER_BATCH)
        items = [item for item in cut if item.known.any() or len(item.holds) or len(item.fails)]
        if not any(len(item.holds) or len(item.fails) for item in items):
            self.report("no example tells of a relation: they are left as they are")
            return
        trainer = RelationTrainer(model, self.models.tokenizer, ontology).to(self.device)
        bounds = {"tokens": self.tokens, "pairs": _PAIRS_PER_BATCH}

        def batches(epoch: int) -> list[list[Related]]:
            return epoch_batches([(self.source, items)], epoch=epoch, seed=self.plan.seed, noise=NOISE, **bounds)

        path = self.work / "relations.pt"
        fit(trainer, batches, trainer.loss, self.plan, checkpoint=path, report=self._told("relations"))

    def calibrated(
        self, documents: Sequence[GoldDocument], types: Sequence[str], ontology: Ontology
    ) -> Calibration | None:
        """The calibration that the documents give, if they are enough for one."""
        if not documents:
            return None
        model, tokenizer = self.models.relations.eval(), self.models.tokenizer
        try:
            return calibrate(model, tokenizer, types, ontology, documents, device=self.device)
        except InputError as error:
            self.report(f"the calibration of the model before stays: {error}")
            return None

    def _told(self, what: str) -> Callable[[str], None]:
        """Where the steps of one model are reported."""
        return lambda line: self.report(f"{what}: {line}")


def _held_out(documents: Sequence[GoldDocument]) -> set[int]:
    """Numbers of the documents that calibrate: none where they tell too little, and no partial one."""
    held = {number for number, item in enumerate(documents) if is_held_out(item, _HELD_OUT) and not item.partial}
    return held if sum(len(documents[number].relations) for number in held) >= ENOUGH else set()
