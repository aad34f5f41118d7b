"""Models small enough for a test, with sizes that are different primes where heads leave the choice."""

from collections.abc import Iterator
from string import ascii_lowercase, digits
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import WordPiece
from torch import Tensor

from kgbuild.checkpoint import Base
from kgbuild.model.pairs import PairBatch, RelationModel
from kgbuild.model.recogniser import Recogniser

TYPES = ("PER", "ORG", "LOC", "TIME", "NUM", "MISC")
HIDDEN = 66
"""Three heads of twenty-two, in the encoder and in the pair attention."""
_SPECIAL = {0: "[PAD]", 100: "[UNK]", 101: "[CLS]", 102: "[SEP]"}
_WORDS = ("ada", "ben", "london", "acme", "was", "born", "in", "met", "works", "for", "the", "and", "of", "love")
_MARKS = ".,;:!?'\"()-[]|&/"


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """One thread for tensors: on a busy machine several wait for one another longer than tiny models compute."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def tiny_tokenizer() -> Tokenizer:
    """An uncased WordPiece tokeniser of letters, digits, marks and a few words, with BERT's special numbers."""
    pieces = [_SPECIAL.get(number, f"[unused{number}]") for number in range(103)]
    characters = [*ascii_lowercase, *digits]
    pieces += [*characters, *(f"##{one}" for one in characters), *_MARKS, *_WORDS, "##lace"]
    tokenizer = Tokenizer(WordPiece({piece: number for number, piece in enumerate(pieces)}, unk_token="[UNK]"))  # noqa: S106  (a word piece)
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def tiny_encoder(dropout: float = 0.0) -> dict[str, Any]:
    """Configuration of a BERT of two layers."""
    return {
        "model_type": "bert",
        "vocab_size": 211,
        "hidden_size": HIDDEN,
        "num_hidden_layers": 2,
        "num_attention_heads": 3,
        "intermediate_size": 37,
        "max_position_embeddings": 521,
        "type_vocab_size": 2,
        "hidden_dropout_prob": dropout,
        "attention_probs_dropout_prob": dropout,
    }


def tiny_base() -> Base:
    """An encoder to begin training from, with weights of its own."""
    encoder = tiny_encoder()
    torch.manual_seed(29)
    return Base("tiny", encoder, Recogniser(encoder, TYPES).encoder.transformer.state_dict(), tiny_tokenizer())


def tiny_recogniser(seed: int = 3) -> Recogniser:
    """A recogniser that finds mentions of every type and sentences at random places, and so is never dull."""
    torch.manual_seed(seed)
    model = Recogniser(tiny_encoder(), TYPES, dropout=0.0)
    with torch.no_grad():
        model.tags.weight *= 30
        model.starts.weight *= 10
    return model.eval()


def tiny_relations(seed: int = 5) -> RelationModel:
    """A relation model with weights of some size, dropout off."""
    torch.manual_seed(seed)
    model = RelationModel(tiny_encoder(), types=len(TYPES), dropout=0.0)
    with torch.no_grad():
        model.attention.out.weight *= 5
        model.encoder.shapes.weight.normal_()
        model.marks.weight.normal_(std=0.3)
        model.prior.weight.normal_(std=0.1)
    return model.eval()


def random_pairs(
    lengths: tuple[int, ...] = (7, 19, 5, 3, 11),
    mentions: tuple[int, ...] = (2, 7, 3, 0, 2),
    entities: tuple[int, ...] = (2, 5, 3, 0, 2),
    pairs: tuple[int, ...] = (2, 11, 3, 0, 1),
) -> PairBatch:
    """A batch of sequences of these sizes, with arbitrary values at padding; one of them holds no mention."""
    draw = torch.Generator().manual_seed(17)

    def whole(low: int, high: int, *size: int) -> Tensor:
        return torch.randint(low, high, size, generator=draw)

    rows, width, many = len(lengths), max(lengths), max(mentions)
    first, last, entity = whole(0, width, rows, many), whole(0, width, rows, many), whole(0, 1, rows, many)
    entity += max(entities)
    sides: list[tuple[int, int]] = []
    for row, (length, count, own, asked) in enumerate(zip(lengths, mentions, entities, pairs, strict=True)):
        first[row, :count] = whole(1, max(2, length - 1), count)
        last[row, :count] = (first[row, :count] + 1).clamp(max=length - 1)
        entity[row, :count] = torch.cat([torch.arange(own), whole(0, max(1, own), count - own)])
        ordered = [(head, tail) for head in range(own) for tail in range(own) if head != tail]
        sides += [ordered[number] for number in torch.randperm(len(ordered), generator=draw)[:asked].tolist()]
    head, tail = torch.tensor(sides).unbind(1)
    return PairBatch(
        ids=whole(103, 211, rows, width),
        shapes=whole(0, 8, rows, width),
        mask=torch.arange(width) < torch.tensor(lengths).unsqueeze(1),
        marks=whole(0, 3 + 2 * len(TYPES), rows, width),
        first=first,
        last=last,
        types=whole(0, 1 + len(TYPES), rows, many),
        entity=entity,
        row=torch.repeat_interleave(torch.arange(rows), torch.tensor(pairs)),
        head=head,
        tail=tail,
        gap=whole(-width, width, len(sides)),
        apart=whole(0, 7, len(sides)),
    )


def alone(batch: PairBatch, row: int) -> PairBatch:
    """One sequence of a batch as a batch of its own, without padding; one padded mention where it has none."""
    length, mine = int(batch.mask[row].sum()), batch.row == row
    count = max(1, int((batch.entity[row] < batch.entities - 1).sum()))
    sizes = dict.fromkeys(("ids", "shapes", "mask", "marks"), length)
    sizes |= dict.fromkeys(("first", "last", "types", "entity"), count)
    parts = {name: getattr(batch, name)[row : row + 1, :size] for name, size in sizes.items()}
    parts["first"], parts["last"] = (parts[name].clamp(max=length - 1) for name in ("first", "last"))
    parts |= {name: getattr(batch, name)[mine] for name in ("head", "tail", "gap", "apart")}
    return PairBatch(**parts, row=torch.zeros(int(mine.sum()), dtype=torch.int64))
