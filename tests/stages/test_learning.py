"""The figures of an annotated file."""

import json
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.config import Settings, load_settings
from kgbuild.errors import InputError, MissingError

ANNOTATED = Path(__file__).parents[1] / "quality" / "annotated.jsonl"
FIGURES = {"precision", "recall", "f1", "tp", "fp", "fn"}


@pytest.fixture(scope="module")
def figures(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What comes out for two documents, the small model, a threshold that accepts nearly all, and our ontology."""
    data = tmp_path_factory.mktemp("data") / "two.jsonl"
    lines = ANNOTATED.read_text(encoding="utf-8").splitlines(keepends=True)[:2]
    data.write_text("".join(lines), encoding="utf-8")
    overrides = {"model": small_model, "device": "cpu", "score.floor": 0.0, "accept.threshold": 0.0}
    return stages.evaluate(load_settings(environment={}, overrides=overrides), data).to_json()


def _gold() -> list[dict[str, list[dict[str, object]]]]:
    return [json.loads(line) for line in ANNOTATED.read_text(encoding="utf-8").splitlines()[:2]]


def test_all_tables_are_there(figures: dict[str, dict[str, dict[str, float]]]) -> None:
    """Three tables with counts and shares, as JSON can hold them."""
    assert json.loads(json.dumps(figures)) == figures
    assert list(figures) == ["documents", "recogniser", "relations", "end_to_end", "seconds"]
    assert figures["documents"] == 2
    assert list(figures["recogniser"]) == ["strict", "span", "types"]
    assert list(figures["relations"]) == ["gold_mentions", "labels"]
    assert list(figures["end_to_end"]) == ["same_sentence", "all"]
    for table, name in (("recogniser", "strict"), ("relations", "gold_mentions"), ("end_to_end", "all")):
        assert set(figures[table][name]) == FIGURES


def test_every_gold_item_counts(figures: dict[str, dict[str, dict[str, float]]]) -> None:
    """Found and missed add up to what is annotated, in each table."""
    gold = _gold()
    spans, triples = figures["recogniser"]["span"], figures["end_to_end"]["all"]
    assert spans["tp"] + spans["fn"] == sum(len(item["mentions"]) for item in gold)
    assert triples["tp"] + triples["fn"] == sum(len(item["relations"]) for item in gold)


def test_low_threshold_finds_nearly_all(figures: dict[str, dict[str, dict[str, float]]]) -> None:
    """When every pair is claimed to hold every property, what types allow is found and the rest is counted as wrong."""
    relations = figures["relations"]["gold_mentions"]
    assert relations["recall"] > 0.8
    assert relations["fp"] > relations["tp"]


def test_scorer_without_relations_finds_none(small_settings: Settings) -> None:
    """A scorer that knows no relations finds no relation and no triple, and is charged with no wrong one."""
    found = stages.evaluate(small_settings, ANNOTATED)
    assert (found.relations.total.tp, found.relations.total.fp) == (0, 0)
    assert found.relations.total.fn > 0
    assert found.end_to_end.everything.fn >= found.end_to_end.same_sentence.fn > 0


def test_untyped_mentions_can_be_related(small_model: Path, tmp_path: Path) -> None:
    """Where mentions have no types, domain and range are passed over."""
    record = {
        "id": "one",
        "text": "Ada met Ben.",
        "sentences": [[0, 12]],
        "mentions": [{"start": 0, "end": 3, "entity": 0}, {"start": 8, "end": 11, "entity": 1}],
        "relations": [{"head": 0, "tail": 1, "label": "P26"}],
    }
    (tmp_path / "untyped.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    overrides = {"model": small_model, "device": "cpu", "score.floor": 0.0, "accept.threshold": 0.0}
    found = stages.evaluate(load_settings(environment={}, overrides=overrides), tmp_path / "untyped.jsonl")
    assert (found.relations.total.tp, found.relations.total.fn) == (1, 0)


def test_file_without_documents_is_refused(small_settings: Settings, tmp_path: Path) -> None:
    """A missing file and an empty one are named."""
    with pytest.raises(MissingError, match=r"none\.jsonl"):
        stages.evaluate(small_settings, tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(InputError, match=r"empty\.jsonl.*at least one"):
        stages.evaluate(small_settings, tmp_path / "empty.jsonl")
