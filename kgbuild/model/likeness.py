"""What words are like: vectors of the relation model's encoder, which it makes the relations' vectors from too."""

from collections.abc import Mapping, Sequence
from typing import Final

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import normalize

from kgbuild.kinds import Kind
from kgbuild.model.pairs import RelationModel
from kgbuild.pieces import padded, split_pieces

__all__ = ["NOUN", "TypeShares", "type_shares", "word_vectors"]

TypeShares = Mapping[str, float]
"""By type of mentions, `NOUN` among them, the share that it has in what a class is like; they add up to 1."""
NOUN: Final = ""
"""The type of common nouns, which are no names."""

_GENERAL: Final = {
    "PER": (
        *("human being", "fictional character", "artist or writer", "musician or singer", "actor or director"),
        *("politician or head of state", "scientist or explorer", "athlete or player", "soldier or officer"),
    ),
    "ORG": ("organisation", "association or society", "government", "laboratory, institute or observatory"),
    "LOC": ("place", "area on a map", "building or structure", "constellation or other part of the sky"),
    "MISC": ("written work", "musical work", "work of art", "product", "event", "asteroid or comet"),
    NOUN: ("genre", "profession", "kind of object", "tradition or custom"),
}
"""Words beside the kinds' own for what each type holds."""
_SHARPNESS: Final = 25.0
"""How much the nearest of these words count for more than others."""
_TEXTS: Final = 256


@torch.inference_mode()
def word_vectors(model: RelationModel, tokenizer: Tokenizer, texts: Sequence[str]) -> Tensor:
    """Vectors of length 1 of short texts, [N, H], on the CPU."""
    parts = [split_pieces(tokenizer, text) for text in texts]
    order = sorted(range(len(parts)), key=lambda number: len(parts[number]))
    device = next(model.parameters()).device
    found = torch.zeros(len(parts), model.encoder.hidden_size)
    for group in (order[start : start + _TEXTS] for start in range(0, len(order), _TEXTS)):
        rows = padded([parts[number] for number in group])
        columns = (torch.from_numpy(column).to(device) for column in (rows.ids, rows.shapes, rows.mask))
        found[group] = normalize(model.encoder.pooled(*columns).float(), dim=-1).cpu()
    return found


def type_shares(
    model: RelationModel, tokenizer: Tokenizer, labels: Sequence[str], kinds: Mapping[str, Kind]
) -> list[TypeShares]:
    """For each label of a class how much of each type is in what it is like, of the kinds and of general words."""
    known = [(name.replace("_", " "), kind.type) for name, kind in kinds.items()]
    known += [(words, type) for type, several in _GENERAL.items() for words in several]
    vectors = word_vectors(model, tokenizer, [*labels, *(words for words, _ in known)])
    near = (vectors[: len(labels)] @ vectors[len(labels) :].transpose(0, 1) * _SHARPNESS).softmax(dim=-1).tolist()
    types = sorted({type for _, type in known})
    return [
        {type: sum(s for s, (_, of) in zip(row, known, strict=True) if of == type) for type in types} for row in near
    ]
