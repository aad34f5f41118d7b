"""The vectors of relations are made once for a graph, and are the same whether they were kept or not."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from kgbuild.calibration import Calibration
from kgbuild.checkpoint import load_models, save_calibration
from kgbuild.config import Settings
from kgbuild.ontology import Ontology, load_ontology
from kgbuild.score.predict import Scorer
from kgbuild.stages.recipe import recipes_of
from kgbuild.stages.scoring import scorer_of


@pytest.fixture
def settings(small_settings: Settings) -> Settings:
    return scoring(small_settings, scorer="attention")


@pytest.fixture
def ontology(settings: Settings) -> Ontology:
    return load_ontology(settings.ontology)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run in a graph."""
    folder = tmp_path / "graph" / "runs" / "0123456789abcdef"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many vectors were made, each time that some were."""
    counts, real = list[int](), Scorer._relation_vectors

    def counted(by: Scorer, ontology: Ontology) -> Tensor:
        found = real(by, ontology)
        counts.append(len(found))
        return found

    monkeypatch.setattr(Scorer, "_relation_vectors", counted)
    return counts


def scoring(settings: Settings, **values: object) -> Settings:
    return settings.model_copy(update={"score": settings.score.model_copy(update=values)})


def scorer(settings: Settings, ontology: Ontology, run: Path | None) -> Scorer:
    """A scorer as a process that has just begun makes it."""
    return scorer_of(settings, load_models(settings.model), ontology, run=run)


def kept(run: Path) -> list[Path]:
    return sorted((run.parent.parent / "vectors").glob("*"))


def vectors(by: Scorer) -> Tensor:
    assert by.relations is not None
    return by.relations.float()


def test_the_second_process_makes_no_vectors(
    settings: Settings, ontology: Ontology, run: Path, made: list[int], tmp_path: Path
) -> None:
    """It reads those of the first, bit for bit, with another calibration too; the run's folder stays as it was."""
    first = scorer(settings, ontology, run)
    assert (made, len(kept(run)), list(run.iterdir())) == ([len(ontology.properties)], 1, [])
    again = tmp_path / "calibrated"
    save_calibration(again, Calibration(2.0), source=settings.model, facts={})
    for later in (settings, settings.model_copy(update={"model": again})):
        assert torch.equal(vectors(scorer(later, ontology, run)), vectors(first))
    assert made == [len(ontology.properties)]


def test_other_words_make_other_vectors(settings: Settings, ontology: Ontology, run: Path, made: list[int]) -> None:
    """An ontology whose label was changed has a file of its own, and the first one is right again after it."""
    path = run / "other.ttl"
    path.write_text(settings.ontology.read_text(encoding="utf-8").replace('"knows"', '"has met"'), encoding="utf-8")
    first, other = scorer(settings, ontology, run), scorer(settings, load_ontology(path), run)
    assert not torch.equal(vectors(first), vectors(other))
    assert torch.equal(vectors(scorer(settings, ontology, run)), vectors(first))
    assert (len(made), len(kept(run))) == (2, 2)


def test_a_damaged_file_is_replaced(
    settings: Settings, ontology: Ontology, run: Path, made: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    """One line warns of it, the vectors are those that they were, and the file is whole again."""
    first = scorer(settings, ontology, run)
    (path,) = kept(run)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert torch.equal(vectors(scorer(settings, ontology, run)), vectors(first))
    assert [message.partition(" (")[0] for message in caplog.messages] == [
        f"relation vectors {str(path)!r} are damaged"
    ]
    assert (len(made), path.read_bytes()) == (2, whole)


def test_nothing_is_kept_where_nothing_shall_be(
    settings: Settings, ontology: Ontology, run: Path, made: list[int], tmp_path: Path
) -> None:
    """Not with the setting off, nor of a run that belongs to no graph, nor by a scorer that knows no relations."""
    scorer(scoring(settings, keep_vectors=False), ontology, run)
    scorer(settings, ontology, tmp_path)
    scorer(settings, ontology, None)
    scorer(scoring(settings, scorer="dot"), ontology, run)
    assert (len(made), kept(run)) == (3, [])


def test_what_is_read_of_other_names_is_scored_again(settings: Settings, ontology: Ontology) -> None:
    """Documents that were scored before other names were read are scored anew, and their mentions are kept."""
    named = replace(ontology, properties=tuple(replace(item, labels=("meets",)) for item in ontology.properties))
    before, after = recipes_of(settings, ontology), recipes_of(settings, named)
    assert named.digest == ontology.digest
    assert before.annotated == after.annotated
    assert {before.scored, before.whole}.isdisjoint({after.scored, after.whole})


def test_keeping_vectors_makes_no_other_scores(settings: Settings, ontology: Ontology) -> None:
    """A document that was scored with kept vectors need not be scored again without."""
    assert recipes_of(scoring(settings, keep_vectors=False), ontology) == recipes_of(settings, ontology)
