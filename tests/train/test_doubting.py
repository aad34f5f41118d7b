"""What a knowledge base left out is in doubt where the model holds it for likely, and nowhere else."""

from dataclasses import replace

import pytest
import torch
from model.tiny import TYPES, tiny_encoder, tiny_tokenizer
from score.marked import gold, ontology

from kgbuild.calibration import Calibration
from kgbuild.checkpoint import Models
from kgbuild.evaluate.gold import GoldRelation
from kgbuild.model.recogniser import Recogniser
from kgbuild.recognise.tagger import FoundSpan, Tagging
from kgbuild.train.doubting import doubted
from train.prejudiced import prejudiced

CPU = torch.device("cpu")
DOCUMENT = gold("[Ada|PER|0] met [Ben|PER|1]", [(0, 1, "employer")])
"""One of two pairs has an employer."""


def models(believed: float) -> Models:
    """Models that believe so much in an employer, and in nothing else, whatever the pair."""
    recogniser = Recogniser(tiny_encoder(), TYPES).eval()
    relations = prejudiced((-9.0, -9.0, believed, -9.0))
    return Models(recogniser, relations, tiny_tokenizer(), Calibration(2.0, -1.0), "digest")


def test_what_is_likely_and_untold_is_in_doubt() -> None:
    """It has its calibrated probability; what was told stays sure, and what is unlikely is no relation."""
    (found,) = doubted([DOCUMENT], [Tagging((), ())], models(5.0), ontology(), device=CPU)
    assert found.relations[:1] == DOCUMENT.relations
    (more,) = found.relations[1:]
    assert (more.head, more.tail, more.label, more.evidence) == (1, 0, "urn:employer", ())
    assert more.probability == pytest.approx(torch.tensor(2.0).sigmoid().item(), abs=0.02)


@pytest.mark.parametrize(("believed", "sure"), [(0.5, None), (40.0, 0.99)])
def test_what_is_unlikely_is_not(believed: float, sure: float | None) -> None:
    """Below one half nothing is added, and nothing that nobody said is ever quite sure."""
    (found,) = doubted([DOCUMENT], [Tagging((), ())], models(believed), ontology(), device=CPU)
    assert [item.probability for item in found.relations[1:]] == ([] if sure is None else [sure])


def test_what_is_denied_is_not_in_doubt() -> None:
    """That it does not hold was told, whatever the model believes."""
    denied = replace(DOCUMENT, denied=(GoldRelation(1, 0, "employer", ()),))
    (found,) = doubted([denied], [Tagging((), ())], models(5.0), ontology(), device=CPU)
    assert found.relations == DOCUMENT.relations


def test_across_sentences_the_model_is_believed_less() -> None:
    """As its calibration has it."""
    apart = gold("[Ada|PER|0] came.\n[Ben|PER|1] left.", [(0, 1, "employer")])
    far = replace(models(5.0), calibration=Calibration(2.0, -1.0, apart=-9.0))
    near, gone = (doubted([apart], [Tagging((), ())], m, ontology(), device=CPU)[0] for m in (models(5.0), far))
    assert (len(near.relations), len(gone.relations)) == (2, 1)


def test_a_date_that_the_recogniser_sees_is_no_head() -> None:
    """Mentions have the types that were found, whatever the base calls them; no date has an employer."""
    date = Tagging((FoundSpan(8, 11, "TIME", 0.9),), ())
    (found,) = doubted([DOCUMENT], [date], models(5.0), ontology(), device=CPU)
    assert found.relations == DOCUMENT.relations
