"""The figures of an annotated file."""

import json
from pathlib import Path
from typing import Any

import pytest

from kgbuild import stages
from kgbuild.config import AcceptSettings, Settings, load_settings
from kgbuild.errors import InputError, MissingError
from kgbuild.evaluate import DISTANCES

ANNOTATED = Path(__file__).parents[1] / "quality" / "annotated.jsonl"
FIGURES = {"precision", "recall", "f1", "tp", "fp", "fn", "intervals"}

Json = dict[str, Any]


@pytest.fixture(scope="module")
def everything(small_model: Path) -> Settings:
    """The small model with our ontology, and a threshold that accepts nearly all."""
    overrides = {"model": small_model, "device": "cpu", "score.floor": 0.0, "accept.threshold": 0.0}
    return load_settings(environment={}, overrides=overrides)


@pytest.fixture(scope="module")
def found(everything: Settings, tmp_path_factory: pytest.TempPathFactory) -> stages.Evaluation:
    """What comes out for two documents when nearly all is accepted."""
    data = tmp_path_factory.mktemp("data") / "two.jsonl"
    lines = ANNOTATED.read_text(encoding="utf-8").splitlines(keepends=True)[:2]
    data.write_text("".join(lines), encoding="utf-8")
    return stages.evaluate(everything, data)


@pytest.fixture(scope="module")
def figures(found: stages.Evaluation) -> Json:
    """The same as JSON."""
    return found.to_json()


def _gold() -> list[dict[str, list[dict[str, object]]]]:
    return [json.loads(line) for line in ANNOTATED.read_text(encoding="utf-8").splitlines()[:2]]


def test_all_tables_are_there(figures: Json) -> None:
    """Tables with counts, shares and intervals, as JSON can hold them."""
    assert json.loads(json.dumps(figures)) == figures
    names = ["documents", "recogniser", "sentences", "relations", "calibration", "end_to_end", "seconds"]
    assert list(figures) == names
    assert figures["documents"] == 2
    assert list(figures["recogniser"]) == ["strict", "span", "types"]
    assert list(figures["relations"]) == ["same_sentence", "all", "distance", "unrelated", "evidence", "labels"]
    assert list(figures["relations"]["distance"]) == list(DISTANCES)
    assert list(figures["end_to_end"]) == ["same_sentence", "all"]
    for table, name in (("recogniser", "strict"), ("relations", "same_sentence"), ("end_to_end", "all")):
        assert set(figures[table][name]) == FIGURES
    low, high = figures["sentences"]["intervals"]["f1"]
    assert 0 <= low <= figures["sentences"]["f1"] <= high <= 1


def test_every_gold_item_counts(figures: Json) -> None:
    """Found and missed add up to what is annotated, in each table."""
    gold = _gold()
    relations = sum(len(item["relations"]) for item in gold)
    for table, name, count in (
        ("recogniser", "span", sum(len(item["mentions"]) for item in gold)),
        ("relations", "all", relations),
        ("end_to_end", "all", relations),
    ):
        assert figures[table][name]["tp"] + figures[table][name]["fn"] == count
    assert figures["sentences"]["tp"] + figures["sentences"]["fn"] == sum(len(item["sentences"]) for item in gold)
    by_distance = figures["relations"]["distance"].values()
    assert sum(item["tp"] + item["fn"] for item in by_distance) == relations


def test_low_threshold_finds_nearly_all(figures: Json) -> None:
    """When every pair is claimed to hold every property, what types allow is found and the rest is counted as wrong."""
    for name in ("same_sentence", "all"):
        assert figures["relations"][name]["recall"] > 0.8
        assert figures["relations"][name]["fp"] > figures["relations"][name]["tp"]
    assert figures["relations"]["unrelated"]["share"] > 0.5


def test_evidence_is_where_the_pair_was_read(figures: Json) -> None:
    """Of right relations of one sentence whose evidence is annotated, most were read from it."""
    assert figures["relations"]["evidence"]["of"] > 0
    assert figures["relations"]["evidence"]["share"] > 0.5


def test_reliability_looks_below_the_threshold(everything: Settings, tmp_path: Path) -> None:
    """What could be claimed is looked at whatever the threshold, so that gaps below it count."""
    data = tmp_path / "one.jsonl"
    data.write_text(ANNOTATED.read_text(encoding="utf-8").splitlines(keepends=True)[0], encoding="utf-8")
    high = everything.model_copy(update={"accept": AcceptSettings(threshold=1.0)})
    strict, loose = (stages.evaluate(settings, data) for settings in (high, everything))
    assert strict.relations is not None and strict.relations.everything.total.fp == 0
    assert strict.reliability == loose.reliability
    assert strict.reliability is not None and strict.reliability.count > 0


def test_figures_have_names(found: stages.Evaluation, figures: Json) -> None:
    """The figures that a model is judged by are those of the tables."""
    named = found.figures()
    assert named["relations, all pairs, F1"].value == pytest.approx(figures["relations"]["all"]["f1"], abs=1e-4)
    assert named["unrelated pairs that get a relation"].value == pytest.approx(
        figures["relations"]["unrelated"]["share"], abs=1e-4
    )
    assert named["expected calibration error"].value == pytest.approx(figures["calibration"]["error"], abs=1e-4)
    assert len(named) == 9
    assert all(0 <= item.interval.low <= item.interval.high <= 1 for item in named.values())


def test_file_without_relations_gives_the_recogniser(everything: Settings, tmp_path: Path) -> None:
    """Single sentences with mentions tell of mentions of their types, and of nothing else."""
    record = {
        "id": "one",
        "text": "Ada met Ben in 1843.",
        "sentences": [[0, 20]],
        "mentions": [{"start": 0, "end": 3, "type": "PER", "entity": 0}],
        "relations": [],
    }
    (tmp_path / "names.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    found = stages.evaluate(everything, tmp_path / "names.jsonl")
    assert (found.sentences, found.relations, found.reliability, found.end_to_end) == (None,) * 4
    assert found.recogniser is not None
    assert {type for type, _ in found.recogniser.by_type} == {"PER"}
    assert list(found.figures()) == ["recogniser F1"]
    assert found.to_json()["relations"] is None


def test_file_without_mentions_tells_nothing_of_them(everything: Settings, tmp_path: Path) -> None:
    """Text with sentences alone tells where sentences begin."""
    record = {"id": "one", "text": "Ada left. Ben came.", "sentences": [[0, 9], [10, 19]]}
    (tmp_path / "text.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    found = stages.evaluate(everything, tmp_path / "text.jsonl")
    assert (found.recogniser, found.relations) == (None, None)
    assert list(found.figures()) == ["sentence boundary F1"]


def test_scorer_without_relations_finds_none(small_settings: Settings) -> None:
    """A scorer that knows no relations finds no relation and no triple, and is charged with no wrong one."""
    found = stages.evaluate(small_settings, ANNOTATED)
    assert found.relations is not None and found.end_to_end is not None
    total = found.relations.everything.total
    assert (total.tp, total.fp) == (0, 0)
    assert total.fn > 0
    assert found.end_to_end.everything.total.fn >= found.end_to_end.same_sentence.total.fn > 0


def test_untyped_mentions_can_be_related(everything: Settings, tmp_path: Path) -> None:
    """Where mentions have no types, domain and range are passed over."""
    record = {
        "id": "one",
        "text": "Ada met Ben.",
        "sentences": [[0, 12]],
        "mentions": [{"start": 0, "end": 3, "entity": 0}, {"start": 8, "end": 11, "entity": 1}],
        "relations": [{"head": 0, "tail": 1, "label": "P26"}],
    }
    (tmp_path / "untyped.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    found = stages.evaluate(everything, tmp_path / "untyped.jsonl")
    assert found.relations is not None and found.recogniser is not None
    total = found.relations.everything.total
    assert (total.tp, total.fn) == (1, 0)
    assert "recogniser F1" not in found.figures()


def test_file_without_documents_is_refused(small_settings: Settings, tmp_path: Path) -> None:
    """A missing file and an empty one are named."""
    with pytest.raises(MissingError, match=r"none\.jsonl"):
        stages.evaluate(small_settings, tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(InputError, match=r"empty\.jsonl.*at least one"):
        stages.evaluate(small_settings, tmp_path / "empty.jsonl")
