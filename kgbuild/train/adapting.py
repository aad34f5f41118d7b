"""`adapt_models`: a user's own classes and relations, learned from a few examples beside models that stay as they are.

Both models learn low-rank adapters (`model.adapting`), the recogniser a tag head for the user's classes, and the
relation model what each of them tells; they begin as what was known of the types that they are like (`likening`). The
relation model reads the examples with the types that the recogniser, which has learned from them, finds there: those
that it will be given later. The vectors of the relations are made from the ontology. What a knowledge base did not tell
of an example calibrates as untrue only where the models did not hold it for likely before (`doubting`).
"""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import torch

from kgbuild.calibration import Calibration
from kgbuild.checkpoint import Adapter, Models
from kgbuild.errors import InputError
from kgbuild.evaluate.gold import GoldDocument
from kgbuild.model.adapting import adapt, learned, retype_recogniser, retype_relations
from kgbuild.ontology import Ontology
from kgbuild.pieces import split_pieces
from kgbuild.recognise.tagger import Tagger, Tagging
from kgbuild.train.calibrate import calibrate
from kgbuild.train.data import is_held_out
from kgbuild.train.doubting import doubted
from kgbuild.train.drawing import NOISE, epoch_batches
from kgbuild.train.examples import Example
from kgbuild.train.likening import alike
from kgbuild.train.loop import Plan, fit
from kgbuild.train.relating import Related, RelatingSet, RelationTrainer, related
from kgbuild.train.shown import OpenTags, open_tags, open_tags_loss, related_document, shown, tag_batches

__all__ = ["ENOUGH", "EXAMPLES", "Adapted", "adapt_models"]

EXAMPLES: Final = RelatingSet("examples", "all pairs")
"""The examples; what they do not say to hold does not, unless they are partial."""
ENOUGH: Final = 40
"""Relations that a calibration needs; with fewer held out, that of the model before stays."""

_COMPLETE = 0.9
"""Share of the examples that tell of every mention, from which on what was learned is read as it is."""
_HELD_OUT = 0.1
"""Share of the examples, by a hash of their names and texts, that calibrates."""
_RATE = 1e-3
"""Highest learning rate of adapters and heads."""
_PIECES = 120_000
"""Pieces that each model is shown, over all epochs: some 16 of 240 sentences. Of tekgen's 10_culture as much was
learned in 16 as in 50."""
_EPOCHS = (12, 60)
"""Fewest and most epochs. Eight teach entities of conll04's 879 sentences with an F1 of .856, twelve of .868; of
tekgen's films, music and books, which have about as many, either teaches as much (.425 and .435 in the mean)."""
_TOKENS = (128, 512)
"""Fewest and most pieces in a batch: a fourth of all between them, so that few examples give several steps."""
_PAIRS_PER_BATCH = 8_192
_RECOGNISED = 4_096
"""Pieces that are recognised at once."""


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
    texts = [item.document.text for item in examples]
    found = _tagger(models, device).tag(texts)
    own, (types, kinds) = len(types), alike(models, ontology, types, zip(examples, found, strict=True))
    told = [_opened(item, own, types) for item in examples]
    whole = [shown(item, seen, types, nouns=0 in kinds) for item, seen in zip(told, found, strict=True)]
    held = _held_out([item.document for item in whole])
    whole = _doubted(whole, held, found, models, ontology, device)
    kept = [number for number in range(len(examples)) if number not in held]
    pieces = sum(len(split_pieces(models.tokenizer, texts[number])) for number in kept)
    chosen = epochs or min(max(_PIECES // max(pieces, 1), _EPOCHS[0]), _EPOCHS[1])
    tokens = min(max(pieces // 4, _TOKENS[0]), _TOKENS[1])
    plan = Plan(chosen, encoder_rate=_RATE, head_rate=_RATE)
    run = _Run(models, types, kinds, ontology, device, work, plan, tokens, report)
    run.learn_mentions([whole[number] for number in kept])
    seen = _tagger(models, device).tag(texts)
    documents = [related_document(item, now) for item, now in zip(whole, seen, strict=True)]
    run.learn_relations([documents[number] for number in kept])
    complete = sum(item.complete for item in examples) >= _COMPLETE * len(examples)
    trained = Adapter(types, kinds, complete, learned(models.recogniser), learned(models.relations))
    checked = [documents[number] for number in sorted(held)]
    fitted = run.calibrated(checked)
    return Adapted(trained, fitted or models.calibration, len(checked) if fitted else 0, chosen)


def _tagger(models: Models, device: torch.device) -> Tagger:
    """The recogniser as it stands."""
    return Tagger(models.recogniser.eval(), models.tokenizer, device=device, tokens_per_batch=_RECOGNISED)


def _doubted(
    examples: Sequence[Example],
    held: Set[int],
    found: Sequence[Tagging],
    models: Models,
    ontology: Ontology,
    device: torch.device,
) -> list[Example]:
    """The examples; those that are held out and distant hold as doubtful what else the models believe."""
    distant = [number for number in sorted(held) if examples[number].distant]
    documents, seen = [examples[number].document for number in distant], [found[number] for number in distant]
    fuller = dict(zip(distant, doubted(documents, seen, models, ontology, device=device), strict=True))
    return [replace(item, document=fuller.get(number, item.document)) for number, item in enumerate(examples)]


def _opened(example: Example, own: int, types: tuple[str, ...]) -> Example:
    """The example, whose mentions of which any of their `own` many types is open may be of any type at all."""
    return replace(example, kinds=tuple(types if len(kinds) == own > 1 else kinds for kinds in example.kinds))


@dataclass(frozen=True, slots=True)
class _Run:
    """What the training of both models shares."""

    models: Models
    types: tuple[str, ...]
    kinds: tuple[int, ...]
    ontology: Ontology
    device: torch.device
    work: Path
    plan: Plan
    tokens: int
    report: Callable[[str], None]
    source: RelatingSet = field(default=EXAMPLES)

    def learn_mentions(self, examples: Sequence[Example]) -> None:
        """Nothing; the recogniser finds mentions of the types."""
        model = self.models.recogniser
        torch.manual_seed(self.plan.seed)
        retype_recogniser(model, self.types, self.kinds)
        adapt(model, whole={"tags"}, still={"starts", "nouns"})
        model.to(self.device)
        items = [window for item in examples for window in open_tags(item, self.models.tokenizer, self.types)]

        def batches(epoch: int) -> list[list[OpenTags]]:
            return tag_batches(items, epoch=epoch, seed=self.plan.seed, tokens=self.tokens)

        path = self.work / "mentions.pt"
        told = self._told("mentions")
        fit(model, batches, lambda batch: open_tags_loss(model, batch), self.plan, checkpoint=path, report=told)

    def learn_relations(self, documents: Sequence[GoldDocument]) -> None:
        """Nothing; the relation model knows what holds, where examples tell of relations at all.

        It learns of each type what it tells, beginning with what that told which the type is like.
        """
        model, tokenizer = self.models.relations, self.models.tokenizer
        torch.manual_seed(self.plan.seed)
        retype_relations(model, self.kinds)
        adapt(model, whole={"prior", "marks", "attention.kind"}, still={"related"})
        numbers = {name: number for number, name in enumerate(self.types, start=1)}
        most = _PAIRS_PER_BATCH
        cut = related(documents, tokenizer, self.ontology, self.source, types=numbers, most_pairs=most)
        items = [item for item in cut if item.known.any() or len(item.holds) or len(item.fails)]
        if not any(len(item.holds) or len(item.fails) for item in items):
            self.report("no example tells of a relation: they are left as they are")
            return
        trainer = RelationTrainer(model, tokenizer, self.ontology).to(self.device)
        drawn = {"seed": self.plan.seed, "tokens": self.tokens, "pairs": _PAIRS_PER_BATCH}

        def batches(epoch: int) -> list[list[Related]]:
            return epoch_batches([(self.source, items)], epoch=epoch, noise=NOISE, **drawn)

        path = self.work / "relations.pt"
        fit(trainer, batches, trainer.loss, self.plan, checkpoint=path, report=self._told("relations"))

    def calibrated(self, documents: Sequence[GoldDocument]) -> Calibration | None:
        """The calibration that the documents give, if they are enough for one."""
        if not documents:
            return None
        model, tokenizer = self.models.relations.eval(), self.models.tokenizer
        try:
            return calibrate(model, tokenizer, self.types, [self.ontology], documents, device=self.device)
        except InputError as error:
            self.report(f"the calibration of the model before stays: {error}")
            return None

    def _told(self, what: str) -> Callable[[str], None]:
        """Where the steps of one model are reported."""
        return lambda line: self.report(f"{what}: {line}")


def _held_out(documents: Sequence[GoldDocument]) -> set[int]:
    """Numbers of the documents that calibrate: none where they tell too little, and none that may tell more."""
    able = {number for number, item in enumerate(documents) if not item.partial and not item.open}
    held = {number for number in able if is_held_out(documents[number], _HELD_OUT)}
    return held if sum(len(documents[number].relations) for number in held) >= ENOUGH else set()
