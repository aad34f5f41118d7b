"""What all methods of the comparison are given: documents, their pairs with targets, and frozen inputs.

`embeddings` are what the base encoder's embedding layer makes of a piece: its word-piece vector, its place in the
context, the norm over both; no transformer has run. `states` are what the shipped relation encoder makes of it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kgbuild.checkpoint import Base, load_relation_weights
from kgbuild.errors import CheckpointError
from kgbuild.evaluate import GoldDocument
from kgbuild.model.device import fast_precision
from kgbuild.model.pairs import PairBatch, RelationModel
from kgbuild.ontology import Ontology
from kgbuild.score.candidates import Window
from kgbuild.train.data import read_for_training, read_gold
from kgbuild.train.relating import Related, RelatingSet, related
from kgbuild.train.tagging import TYPES

__all__ = ["PAIRS", "SOURCE", "TOKENS", "Data", "Frozen", "Inputs", "Setting", "read_data", "targets", "within"]

SOURCE = RelatingSet("redocred", "all pairs")
"""The set that is learned from and measured on."""
TOKENS, PAIRS = 1_024, 8_192
"""Most padded pieces and most pairs of a batch."""

Inputs = Literal["embeddings", "states"]
"""What is given of each piece, frozen."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is the same for every cell of a comparison."""

    inputs: Inputs
    """What the pair encoders read."""
    window: Window
    """Most sentences between head and tail."""
    epochs: int
    """Passes over all of the data; see `passes`."""
    documents: int | None = None
    """Documents of each part, for a trial; all where it is `None`."""

    @property
    def key(self) -> str:
        """The setting as part of a name."""
        return f"{self.inputs}-window-{self.window}-epochs-{self.epochs}-documents-{self.documents or 'all'}"

    def passes(self, share: float) -> int:
        """Passes over a share of the data, above 0, at most 1: more over little, fewer steps in all."""
        return max(1, round(self.epochs / share**0.5))


@dataclass(frozen=True, slots=True)
class Data:
    """The documents of a comparison."""

    train: tuple[GoldDocument, ...]
    """Documents to learn from, in an order that their names alone give."""
    dev: tuple[Related, ...]
    """The contexts of the documents that are measured on, those of the first one first."""
    document: NDArray[np.int64]
    """Document of each context of `dev`, [contexts]."""
    gold: NDArray[np.int64]
    """Relations of each measured document, [D]."""
    pairs: NDArray[np.int64]
    """Related pairs of each, [D]."""
    columns: NDArray[np.int64]
    """Properties that the training documents use, [R]."""

    def share(self, share: float) -> tuple[GoldDocument, ...]:
        """The first of the training documents: a smaller share is part of every larger one."""
        return self.train[: max(1, round(share * len(self.train)))]


def read_data(folder: Path, setting: Setting, base: Base, ontology: Ontology) -> Data:
    """The documents in `folder`. Raises: MissingError, InputError."""
    train = sorted(read_for_training(folder, SOURCE.name), key=_order)
    dev = sorted(read_gold(folder / SOURCE.name / "dev.jsonl"), key=_order)
    kept = dev[: setting.documents]
    covered = related(train, base.tokenizer, ontology, SOURCE, most_pairs=PAIRS)[0].covered
    contexts = [within([item], setting.window, base, ontology) for item in kept]
    everything = setting.window == "document"
    known = ontology.by_key
    told = [{(r.head, r.tail, known[r.label].iri) for r in item.relations if r.label in known} for item in kept]
    near = [sum(len(part.holds) for part in parts) for parts in contexts]
    near_pairs = [sum(len(np.unique(part.holds[:, 0])) for part in parts) for parts in contexts]
    return Data(
        train=tuple(train[: setting.documents]),
        dev=tuple(part for parts in contexts for part in parts),
        document=np.repeat(np.arange(len(kept)), [len(parts) for parts in contexts]),
        gold=np.array([len(found) for found in told] if everything else near),
        pairs=np.array([len({one[:2] for one in found}) for found in told] if everything else near_pairs),
        columns=np.flatnonzero(covered),
    )


def _order(document: GoldDocument) -> str:
    return hashlib.sha256(document.id.encode()).hexdigest()


def within(documents: Sequence[GoldDocument], window: Window, base: Base, ontology: Ontology) -> list[Related]:
    """The contexts of the documents with targets, without pairs that stand farther apart than the window."""
    found = related(documents, base.tokenizer, ontology, SOURCE, most_pairs=PAIRS)
    return found if window == "document" else [near for item in found if (near := _nearer(item, window)) is not None]


def _nearer(item: Related, window: int) -> Related | None:
    """The context with the pairs of the window; `None` where there is none."""
    context = item.context
    kept = context.apart <= window
    if not kept.any():
        return None
    number = np.cumsum(kept) - 1
    holds, fails = (told[kept[told[:, 0]]] for told in (item.holds, item.fails))
    columns = {name: getattr(context, name)[kept] for name in ("pairs", "gaps", "apart")}
    return replace(
        item,
        context=replace(context, **columns),
        holds=np.stack([number[holds[:, 0]], holds[:, 1]], axis=1),
        fails=np.stack([number[fails[:, 0]], fails[:, 1]], axis=1),
        known=item.known[kept],
    )


def targets(items: Sequence[Related], columns: NDArray[np.int64]) -> Tensor:
    """What holds of the pairs, float [Q, R]; every property counts, since the set annotates all pairs."""
    found = []
    for item in items:
        target = np.zeros((len(item.context.pairs), len(item.covered)), dtype=np.float32)
        target[*item.holds.T] = 1.0
        found.append(target[:, columns])
    return torch.from_numpy(np.concatenate(found))


class Frozen:
    """What is given of the pieces of a batch, [S, T, G], never trained."""

    def __init__(self, inputs: Inputs, base: Base, model: Path, *, device: torch.device) -> None:
        found = RelationModel(base.encoder, types=len(TYPES))
        found.start_from(base.weights)
        if inputs == "states":
            weights = load_relation_weights(model)
            if (taken := found.take_over(weights)) < len(weights):
                raise CheckpointError(
                    f"model {str(model)!r}: expected one on the base encoder {base.name!r}, came one of which {taken} "
                    f"of {len(weights)} weights fit; compare with embeddings as inputs",
                    subject=model,
                )
        self.inputs, self.device = inputs, device
        self.model = found.to(device).eval()
        self.size = found.encoder.hidden_size

    @torch.no_grad()
    def __call__(self, batch: PairBatch) -> Tensor:
        """The inputs of the batch, 32-bit floats."""
        if self.inputs == "embeddings":
            embedded: Tensor = self.model.encoder.transformer.embeddings(input_ids=batch.ids)
            return embedded
        with fast_precision(self.device):
            return self.model.states(batch).float()
