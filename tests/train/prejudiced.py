"""A relation model that believes the same of every pair."""

import torch
from model.tiny import tiny_relations, tiny_tokenizer
from score.marked import ontology

from kgbuild.model.pairs import RelationModel
from kgbuild.score.predict import relation_rows


def prejudiced(wanted: tuple[float, float, float, float]) -> RelationModel:
    """A model that gives these logits to the four properties of the test ontology, whatever the pair."""
    model = tiny_relations()
    with torch.no_grad():
        model.attention.out.weight.zero_()
        model.attention.out.bias.zero_()
        model.prior.bias.zero_()
        rows = relation_rows(tiny_tokenizer(), ontology())
        vectors = model.relation_vectors(model.encoder.pooled(*rows))
        model.prior.weight.copy_(torch.linalg.lstsq(vectors, torch.tensor([wanted]).T).solution.T)
    return model
