"""Training of the relation model: annotated documents to contexts with targets, and the loss over them."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from kgbuild.evaluate.gold import GoldDocument, GoldRelation, to_annotated
from kgbuild.model.pairs import PairBatch, RelationModel
from kgbuild.model.simple import concat_scores, entity_vectors
from kgbuild.ontology import Ontology
from kgbuild.pieces import split_pieces
from kgbuild.score.batches import to_pair_batch
from kgbuild.score.candidates import Context, cut_contexts
from kgbuild.score.predict import relation_rows
from kgbuild.train.tagging import TYPES

__all__ = [
    "TYPE_NUMBERS",
    "Objective",
    "Related",
    "RelatingSet",
    "RelationTrainer",
    "related",
    "relation_loss",
]

Objective = Callable[[Tensor, Tensor, Tensor], Tensor]
"""A loss of logits, targets and weights, all [Q, R]."""


TYPE_NUMBERS: Final = {name: number for number, name in enumerate(TYPES, start=1)}
"""Number of each type of mention in the relation model; 0 is unknown."""

_REFRESH = 64
"""Steps in which the definitions of all relations are encoded again."""
_EVIDENCE = 0.2
"""What the attention's loss counts for beside that of the relations."""
_QUIET_PAIR = 0.02
"""What a pair without relations counts for when the loss is put on the number of pairs."""


@dataclass(frozen=True, slots=True)
class RelatingSet:
    """A set of annotated documents and what its annotation covers."""

    name: str
    """Folder under the data folder, or what the documents are that lie elsewhere."""
    known: Literal["all pairs", "related pairs"]
    """`all pairs`: a pair without relations is a negative; `related pairs`: it is unknown."""
    share: float = 1.0
    """Contexts that an epoch draws as a share of those there are, above 0, at most 1."""
    ours: bool = False
    """Whether relations that were annotated for this project stand beside its own."""


@dataclass(frozen=True, slots=True)
class Related:
    """A context with the targets of its Q pairs for R properties."""

    context: Context
    """The context."""
    holds: NDArray[np.int64]
    """Pair and property of each relation that holds, [N, 2]."""
    fails: NDArray[np.int64]
    """Pair and property of each relation known not to hold where else nothing is known of the pair, [N, 2]."""
    known: NDArray[np.bool_]
    """Pairs for which every property of the set is annotated, [Q]."""
    covered: NDArray[np.bool_]
    """Properties that are annotated in the document, [R]."""
    believed: NDArray[np.int64]
    """Pair and property of each relation that is not sure, [B, 2]."""
    belief: NDArray[np.float32]
    """Probability of each, 0 to 1, [B]."""
    shown: NDArray[np.int64]
    """Pair, first and last piece of each sentence that is annotated as evidence of one of its relations, [V, 3]."""


def related(
    documents: Sequence[GoldDocument],
    tokenizer: Tokenizer,
    ontology: Ontology,
    source: RelatingSet,
    *,
    types: Mapping[str, int] = TYPE_NUMBERS,
    most_pairs: int,
) -> list[Related]:
    """The contexts of the documents with their targets; labels that the ontology lacks are left out.

    A mention's type is shown to the model by its number among `types`.
    """
    index = {item.iri: number for number, item in enumerate(ontology.properties)}
    by_key = {key: index[item.iri] for key, item in ontology.by_key.items()}
    of_set = {item.label for document in documents if document.asked is None for item in document.relations}
    found: list[Related] = []
    for document in documents:
        annotated = to_annotated(document)
        covered = np.zeros(len(index), dtype=np.bool_)
        asked = of_set if document.asked is None else document.asked
        for labels, whether in ((asked, True), (document.open, False)):
            covered[[by_key[label] for label in labels & by_key.keys()]] = whether
        doubted = {(r.head, r.tail, by_key[r.label]): r.probability for r in document.relations if r.label in by_key}
        triples, denied = (_labels(told, by_key) for told in (document.relations, document.denied))
        pieces, entity = split_pieces(tokenizer, document.text), np.array(document.entities)
        for context in cut_contexts(len(found), annotated, pieces, types, most_pairs=most_pairs):
            own = np.zeros(len(context.clusters), dtype=np.int64)
            own[context.entities] = entity[context.mentions]
            sides = own[context.pairs].tolist()
            told = [(pair, label) for pair, (h, t) in enumerate(sides) for label in triples.get((h, t), ())]
            sure = np.array([doubted[*sides[pair], label] for pair, label in told], dtype=np.float32)
            holds = [pair for pair, chance in zip(told, sure.tolist(), strict=True) if chance == 1]
            believed = [pair for pair, chance in zip(told, sure.tolist(), strict=True) if chance < 1]
            known = np.array([source.known == "all pairs" or (h, t) in triples for h, t in sides])
            known &= np.array([not document.partial and (h, t) not in document.unclear for h, t in sides])
            fails = [(pair, label) for pair, (h, t) in enumerate(sides) for label in denied.get((h, t), ())]
            if source.known == "related pairs" and not document.partial:
                for told, more in zip((holds, fails), _reversed(sides, triples, ontology, index), strict=True):
                    told += more
            shown = _shown(context, sides, document)
            targets = _pairs(holds), _pairs(fails), known, covered, _pairs(believed), sure[sure < 1]
            found.append(Related(context, *targets, shown))
    return found


def _shown(context: Context, sides: list[list[int]], document: GoldDocument) -> NDArray[np.int64]:
    """Pair, first and last piece of each evidence sentence that stands in the context, [V, 3]."""
    starts = np.array([sentence.start for sentence in document.sentences])
    ends = np.array([sentence.end for sentence in document.sentences])
    first = np.searchsorted(context.pieces.start, starts)
    last = np.searchsorted(context.pieces.start, ends) - 1
    number = {(head, tail): pair for pair, (head, tail) in enumerate(sides)}
    told = {
        (number[item.head, item.tail], sentence)
        for item in document.relations
        if (item.head, item.tail) in number
        for sentence in item.evidence
        if first[sentence] <= last[sentence]
    }
    found = [(pair, first[sentence], last[sentence]) for pair, sentence in sorted(told)]
    return np.array(found, dtype=np.int64).reshape(-1, 3)


def _labels(told: Sequence[GoldRelation], by_key: Mapping[str, int]) -> dict[tuple[int, int], list[int]]:
    """The properties that are told of each pair of entities."""
    found: dict[tuple[int, int], list[int]] = {}
    for relation in told:
        if relation.label in by_key:
            found.setdefault((relation.head, relation.tail), []).append(by_key[relation.label])
    return found


def _reversed(
    sides: list[list[int]], triples: dict[tuple[int, int], list[int]], ontology: Ontology, index: dict[str, int]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """What the reverse of a related pair tells: its inverse holds, itself only where it is symmetric."""
    holds: list[tuple[int, int]] = []
    fails: list[tuple[int, int]] = []
    for pair, (head, tail) in enumerate(sides):
        if (head, tail) in triples:
            continue
        for label in triples.get((tail, head), ()):
            item = ontology.properties[label]
            (holds if item.symmetric else fails).append((pair, label))
            if item.inverse in index:
                holds.append((pair, index[item.inverse]))
    return holds, fails


def _pairs(found: list[tuple[int, int]]) -> NDArray[np.int64]:
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def relation_loss(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Binary cross-entropy, a scalar: its sum over all that is known, by the number of pairs that hold a relation.

    `logits`, `target` and `weight` are [Q, R]; a weight is 0 where nothing is known. A pair without a relation is
    counted a little too, so that a batch with few related ones weighs no more than others.
    """
    raw = binary_cross_entropy_with_logits(logits, target, weight=weight, reduction="sum")
    positive, known = (target > 0.5).any(dim=-1).sum(), weight.any(dim=-1).sum()
    return raw / (1 + positive + _QUIET_PAIR * known)


class RelationTrainer(nn.Module):
    """The relation model with the definitions of the relations that it is trained on.

    At every step the definitions of a sixty-fourth of them, or of one, are encoded again, with gradient, each time in
    the next of the `wordings`; of the others the pooled vectors are kept. They are buffers, so that a run which is
    killed and resumed takes the same steps as an undisturbed one.
    """

    pooled: Tensor
    """Pooled definitions, [R, H]."""
    steps: Tensor
    """Steps taken, a whole number."""

    def __init__(
        self,
        model: RelationModel,
        tokenizer: Tokenizer,
        ontology: Ontology,
        objective: Objective = relation_loss,
        wordings: Sequence[Ontology] = (),
    ) -> None:
        super().__init__()
        self.model = model
        self.objective = objective
        self.texts = relation_rows(tokenizer, ontology)
        self.wordings = [self.texts, *(relation_rows(tokenizer, said) for said in wordings)]
        hidden = model.encoder.hidden_size
        self.register_buffer("pooled", torch.zeros(len(ontology.properties), hidden))
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def loss(self, batch: Sequence[Related]) -> Tensor:
        """Binary cross-entropy over all that is known of the batch, per related pair, and the `concat` scorer's."""
        device = self.pooled.device
        pairs = to_pair_batch([item.context for item in batch]).to(device)
        model = self.model
        states = model.states(pairs)
        logits = model.compare(model.attention(states, pairs), model.relation_vectors(self._definitions()))
        target, weight = (x.to(device) for x in _targets(batch, logits.shape[-1]))
        loss = self.objective(logits, target, weight) + _EVIDENCE * self._astray(states, pairs, batch)
        positive, known = (target > 0.5).any(dim=-1), weight.any(dim=-1)
        if not known.any():  # the mean over no pairs would be not-a-number, and every weight after it
            return loss
        vectors = entity_vectors(states.detach(), pairs)
        simple = concat_scores(vectors, pairs, model.related)
        return loss + binary_cross_entropy_with_logits(simple[known], positive[known].float())

    def _astray(self, states: Tensor, pairs: PairBatch, batch: Sequence[Related]) -> Tensor:
        """How little attention the related pairs pay to their evidence: its negative log share, mean over pairs.

        As in DREEAM (Ma et al. 2023, https://arxiv.org/abs/2302.08675), which compares distributions.
        """
        begin = np.cumsum([0, *(len(item.known) for item in batch)])
        rows = [item.shown + np.array([start, 1, 2]) for item, start in zip(batch, begin, strict=False)]
        shown = torch.from_numpy(np.concatenate(rows)).to(states.device)
        if not len(shown):
            return states.new_zeros(())
        asked, number = torch.unique(shown[:, 0], return_inverse=True)
        paid = self.model.attention.weights(states, pairs, asked).float().cumsum(dim=1)[number]
        shares = (paid.gather(1, shown[:, 2:] - 1) - paid.gather(1, shown[:, 1:2] - 1)).squeeze(1)
        return -paid.new_zeros(len(asked)).index_add(0, number, shares).clamp(1e-4).log().mean()

    @torch.inference_mode()
    def relation_vectors(self) -> Tensor:
        """Vectors of the relations as the model stands, [R, H]."""
        ids, shapes, mask = (x.to(self.pooled.device) for x in self.texts)
        return self.model.relation_vectors(self.model.encoder.pooled(ids, shapes, mask))

    def _definitions(self) -> Tensor:
        """Pooled definitions, of which those whose turn it is have a gradient, [R, H]."""
        step, count = int(self.steps), len(self.pooled)
        size = math.ceil(count / _REFRESH)
        turn, place = divmod(step, math.ceil(count / size))
        first, after = (place * size, (place + 1) * size) if step else (0, count)
        fresh = self._encoded(turn % len(self.wordings), slice(first, after))
        pooled = torch.cat([self.pooled[:first], fresh, self.pooled[after:]])
        self.pooled.copy_(pooled.detach())
        self.steps += 1
        return pooled

    def _encoded(self, wording: int, rows: slice) -> Tensor:
        """Pooled definitions of some relations in one of the wordings, [N, H]."""
        ids, shapes, mask = (item[rows].to(self.pooled.device) for item in self.wordings[wording])
        width = int(mask.sum(dim=1).max())
        return self.model.encoder.pooled(ids[:, :width], shapes[:, :width], mask[:, :width])


def _targets(batch: Sequence[Related], properties: int) -> tuple[Tensor, Tensor]:
    """Targets and weights, both float [Q, R] over the batch's pairs; weight 0 where nothing is known."""
    targets, weights = [], []
    for item in batch:
        target = np.zeros((len(item.known), properties), dtype=np.float32)
        weight = np.outer(item.known, item.covered).astype(np.float32)
        target[*item.believed.T] = item.belief
        for found, value in ((item.fails, 0.0), (item.holds, 1.0)):
            target[*found.T], weight[*found.T] = value, 1.0
        targets.append(target)
        weights.append(weight)
    return torch.from_numpy(np.concatenate(targets)), torch.from_numpy(np.concatenate(weights))
