"""A build leaves the facts that its evidence makes, and its contradictions are found by its own ontology."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.config import Settings
from kgbuild.errors import MissingError
from kgbuild.graph import noisy_or
from kgbuild.graph.vocabulary import KGB
from kgbuild.stages import BuildSummary
from kgbuild.stages.folders import RUNS, open_store

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
Build = Callable[..., BuildSummary]
ONE_EACH = f'\n<{KGB}relatedTo> a owl:ObjectProperty , owl:FunctionalProperty ; rdfs:label "related to" .\n'


def _facts(graph: Path) -> dict[tuple[str, ...], tuple[float, int]]:
    """Belief and number of documents of each fact."""
    with open_store(graph) as store:
        rows = store.select(
            "SELECT * { ?f a kgb:Fact ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; "
            "kgb:belief ?b ; kgb:documentCount ?n }"
        )
        return {_triple(row): (float(row["b"].value), int(row["n"].value)) for row in rows}


def _expected(graph: Path) -> dict[tuple[str, ...], tuple[float, int]]:
    """The same, reckoned from the evidence in the plainest way."""
    best: dict[tuple[str, ...], dict[str, float]] = {}
    with open_store(graph) as store:
        for row in store.select(
            "SELECT * { GRAPH ?d { ?e rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; kgb:confidence ?c } }"
        ):
            shares = best.setdefault(_triple(row), {})
            shares[row["d"].value] = max(float(row["c"].value), shares.get(row["d"].value, 0.0))
    return {triple: (noisy_or(shares.values()), len(shares)) for triple, shares in best.items()}


def _triple(row: object) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in "spo")  # type: ignore[index]


def test_facts_follow_each_build(build: Build, corpus: Path, graph: Path) -> None:
    """After documents came, changed and went, and after one was withdrawn, the facts are what the evidence says."""
    build()
    first = _facts(graph)
    assert first == _expected(graph)
    assert max(count for _, count in first.values()) > 1
    (corpus / "ada.txt").write_text("Ada Lovelace met Mary Somerville in Rome.", encoding="utf-8")
    (corpus / "new.txt").write_text("Alan Turing visited Rome with Grace Hopper.", encoding="utf-8")
    (corpus / "grace.md").unlink()
    build()
    second = _facts(graph)
    assert second == _expected(graph) != first
    stages.retract(graph, [str(corpus / "mary.html")], now=NOW)
    assert _facts(graph) == _expected(graph) != second


def test_the_ontology_of_the_build_counts(
    build: Build, settings: Settings, corpus: Path, graph: Path, tmp_path: Path
) -> None:
    """Without another the rules are those of the last build, also after documents were withdrawn."""
    strict = tmp_path / "strict.ttl"
    strict.write_text(settings.ontology.read_text(encoding="utf-8") + ONE_EACH, encoding="utf-8")
    build()
    assert list(stages.conflicts(graph)) == []
    found = list(stages.conflicts(graph, ontology=strict))
    assert {item.kind for item in found} == {"values"}
    build(given=settings.model_copy(update={"ontology": strict}))
    kept = list(stages.conflicts(graph))
    # less sure than before, since values that exclude one another share what they can have
    assert {item.sides[0].subject for item in kept} <= {item.sides[0].subject for item in found}
    assert kept == list(stages.conflicts(graph, ontology=strict)) != []
    assert list(stages.conflicts(graph, limit=1)) == kept[:1]
    stages.retract(graph, [str(corpus / "letters.jsonl")], now=NOW)
    assert list(stages.conflicts(graph))


def test_without_a_kept_ontology_one_must_be_named(build: Build, graph: Path) -> None:
    """When no run's folder is left, the message says how to name an ontology."""
    build()
    (graph / RUNS).rename(graph / "elsewhere")
    with pytest.raises(MissingError, match="name one with --ontology"):
        next(stages.conflicts(graph))


def test_a_missing_graph_is_named(tmp_path: Path) -> None:
    """A graph that is not there is told as by other stages."""
    with pytest.raises(MissingError, match="does not exist"):
        next(stages.conflicts(tmp_path / "none"))
