"""What breaks a shape is set aside when a run is written, and the rest of the run goes on."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from kgbuild import stages
from kgbuild.config import Settings
from kgbuild.handoff import read_records, write_records
from kgbuild.records import ClaimedDocument

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_claim_at_fault_is_set_aside(settings: Settings, corpus: Path, graph: Path) -> None:
    """Two claims that say the impossible are named in the report and kept with the run; all else is written."""
    run = stages.discover(settings, [str(corpus)], graph, now=NOW)
    annotated = stages.recognise(settings, [Path(shard) for shard in stages.shards(run)])
    paths = stages.accept(settings, stages.score(settings, annotated))
    read = {path: list(read_records(path, ClaimedDocument)) for path in paths}
    found = [item for items in read.values() for item in items]
    chosen = [item.annotated.document.source for item in found if item.claims][:2]
    for path, items in read.items():
        spoilt = [_spoilt(item) if item.annotated.document.source in chosen else item for item in items]
        write_records(path, spoilt, ClaimedDocument)
    summary = stages.write(settings, run, graph, now=NOW)
    aside = [item for item in summary.refusals if item.stage == "write"]
    assert sorted(item.source for item in aside) == sorted(chosen)
    assert all("(MaxInclusive of kgb:confidence, came " in item.detail for item in aside)
    assert summary.claims == sum(len(item.claims) for item in found) - 2
    assert stages.stats(graph).documents == len(found)
    assert stages.validate(graph).conforms
    kept = [json.loads(line) for line in (run / "refusals.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [item["reason"] for item in kept if item["stage"] == "write"] == ["claim-breaks-shape"] * 2
    assert stages.verify(graph).sound


def _spoilt(item: ClaimedDocument) -> ClaimedDocument:
    first, *others = item.claims
    return replace(item, claims=(replace(first, probability=1.5), *others))
