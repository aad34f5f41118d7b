"""The files of a run's folder."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgbuild.config import Settings
from kgbuild.errors import HandoffError
from kgbuild.records import Refusal
from kgbuild.stages import BuildSummary, DocumentCounts
from kgbuild.stages.runs import (
    Plan,
    keep_settings,
    kept_settings,
    read_plan,
    read_summary,
    run_id,
    write_plan,
    write_summary,
)

REFUSAL = Refusal("ingest", "file:///a\udc80.txt", "empty", "text was expected", 3)


def test_plan_comes_back(tmp_path: Path) -> None:
    """A plan is read as it was written."""
    counts = DocumentCounts(added=1, refused=3)
    started = datetime(2026, 1, 2, tzinfo=UTC)
    plan = Plan("urn:run", None, "0" * 64, ("urn:model",), started, ("a", "b"), 2, counts, ("urn:gone",), ())
    write_plan(tmp_path, plan)
    assert read_plan(tmp_path) == plan
    assert plan.changes
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]


def test_summary_comes_back(tmp_path: Path) -> None:
    """A summary is read as it was written, and missing while there is none; half a surrogate pair is replaced."""
    assert read_summary(tmp_path) is None
    summary = BuildSummary(DocumentCounts(changed=2), 1, 2, 3, 4, 5, 6.5, "urn:run", "folder", (REFUSAL,))
    write_summary(tmp_path, summary)
    found = read_summary(tmp_path)
    assert found is not None
    assert found.refusals[0].source == "file:///a?.txt"
    assert found.documents == summary.documents
    assert found.seconds == summary.seconds


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"run": 1}'])
def test_damaged_plan_is_named(tmp_path: Path, text: str) -> None:
    """A plan that is no plan is named with its folder."""
    (tmp_path / "plan.json").write_text(text, encoding="utf-8")
    with pytest.raises(HandoffError, match=r"plan\.json"):
        read_plan(tmp_path)


def test_missing_plan_is_named(tmp_path: Path) -> None:
    """A folder without a plan is named."""
    with pytest.raises(HandoffError, match=r"plan\.json.*build again"):
        read_plan(tmp_path)


def test_settings_are_kept(tmp_path: Path, small_settings: Settings) -> None:
    """The settings of a run come back, with the copy of the ontology that it had."""
    keep_settings(tmp_path, small_settings)
    kept = kept_settings(tmp_path)
    assert kept.model_copy(update={"ontology": small_settings.ontology}) == small_settings
    assert kept.ontology.read_bytes() == small_settings.ontology.read_bytes()


def test_settings_of_another_version_are_named(tmp_path: Path) -> None:
    """Settings that this version does not know are no cause for a guess."""
    (tmp_path / "settings.json").write_text('{"colour": "red"}', encoding="utf-8")
    with pytest.raises(HandoffError, match="another version"):
        kept_settings(tmp_path)


def test_run_is_named_by_what_it_does() -> None:
    """The order of changes does not matter; each change, the recipe and the run before it do."""
    changes = [("urn:a", "", "1"), ("urn:b", "1", "2")]
    name = run_id(None, "recipe", changes)
    assert run_id(None, "recipe", changes[::-1]) == name
    others = {
        run_id("urn:run", "recipe", changes),
        run_id(None, "other", changes),
        run_id(None, "recipe", changes[:1]),
        run_id(None, "recipe", [("urn:a", "1", ""), changes[1]]),
    }
    assert len(others | {name}) == 5
