"""The graph of the example corpus, asked with plain SPARQL."""

import json
from pathlib import Path
from typing import Any

from kgbuild import stages

EXAMPLES = Path(__file__).parents[2] / "examples"


def _rows(graph: Path, sparql: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(str(stages.query(graph, sparql, format="json")))["results"]["bindings"]
    return rows


def test_every_mention_slices_its_text(example_graph: Path) -> None:
    """Each subject, object and sentence span of each evidence cuts its `nif:anchorOf` out of the stored text."""
    texts = {
        row["d"]["value"]: row["text"]["value"]
        for row in _rows(example_graph, "SELECT ?d ?text { GRAPH ?d { ?d nif:isString ?text } }")
    }
    assert len(texts) >= 24
    evidence = int(_rows(example_graph, "SELECT (COUNT(*) AS ?n) { ?e a kgb:Evidence }")[0]["n"]["value"])
    for role in ("kgb:subjectMention", "kgb:objectMention", "prov:wasDerivedFrom"):
        rows = _rows(
            example_graph,
            "SELECT ?d ?begin ?end ?anchor { GRAPH ?d { ?e a kgb:Evidence ; "
            f"{role} ?m . ?m nif:beginIndex ?begin ; nif:endIndex ?end ; nif:anchorOf ?anchor }} }}",
        )
        most = 2 * evidence if role == "prov:wasDerivedFrom" else evidence  # one sentence or two
        assert most >= len(rows) >= evidence > 100
        for row in rows:
            begin, end = int(row["begin"]["value"]), int(row["end"]["value"])
            assert texts[row["d"]["value"]][begin:end] == row["anchor"]["value"]


def test_every_claim_is_asserted(example_graph: Path) -> None:
    """The triple of each evidence is asserted in the graph that holds the evidence."""
    claimed = _rows(
        example_graph,
        "SELECT DISTINCT ?d ?s ?p ?o { GRAPH ?d "
        "{ ?e a kgb:Evidence ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o } }",
    )
    properties = {row["p"]["value"] for row in claimed}
    values = " ".join(f"<{iri}>" for iri in properties)
    stated = f"SELECT ?d ?s ?p ?o {{ VALUES ?p {{ {values} }} GRAPH ?d {{ ?s ?p ?o }} }}"
    asserted = {_key(row) for row in _rows(example_graph, stated)}
    assert claimed
    assert {_key(row) for row in claimed} <= asserted


def test_graph_conforms(example_graph: Path) -> None:
    """The graph is what its shapes promise."""
    report = stages.validate(example_graph)
    assert report.problems == ()
    assert report.documents >= 24


def test_second_build_finds_nothing_to_do(example_graph: Path, example_settings: Any, tmp_path: Path) -> None:
    """Building the example corpus again changes no statement."""
    from datetime import UTC, datetime

    stages.export(example_graph, tmp_path / "before.nq")
    corpus = str(EXAMPLES / "corpus")
    done = stages.build(example_settings, [corpus], example_graph, now=datetime(2026, 1, 2, tzinfo=UTC))
    stages.export(example_graph, tmp_path / "after.nq")
    assert done.run is None
    assert done.documents.unchanged >= 24
    assert (tmp_path / "before.nq").read_bytes() == (tmp_path / "after.nq").read_bytes()


def test_example_queries_are_answered(example_graph: Path) -> None:
    """Every query of the examples is SPARQL that the graph answers."""
    files = sorted((EXAMPLES / "queries").glob("*.rq"))
    assert files
    for file in files:
        assert stages.query(example_graph, file.read_text(encoding="utf-8")) is not None


def _key(row: dict[str, Any]) -> tuple[str, ...]:
    parts = (row[name] for name in ("d", "s", "p", "o"))
    return tuple(f"{part['type']} {part['value']} {part.get('datatype', '')}" for part in parts)
