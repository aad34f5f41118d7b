"""With an ontology of opaque IRIs the graph is read in its words, and verify, validate and rebuild hold."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.config import Settings
from kgbuild.stages import BuildSummary
from kgbuild.stages.folders import open_store

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
Build = Callable[..., BuildSummary]
WDT = "http://www.wikidata.org/prop/direct/"
OPAQUE = f"""
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<{WDT}P19> a owl:ObjectProperty ; rdfs:label "%s" ; rdfs:range owl:Thing .
<{WDT}P569> a owl:DatatypeProperty ; rdfs:label "year of birth" ; rdfs:range xsd:gYear .
<http://www.wikidata.org/entity/Q5> a owl:Class ; rdfs:label "human being" ; skos:notation "PER" .
"""
OLD, NEW = "place of birth", "born where"


@pytest.fixture
def opaque(settings: Settings, tmp_path: Path) -> Callable[[str], Settings]:
    """Settings under which every property is claimed of every pair that it may hold of, the first called as given."""

    def make(label: str) -> Settings:
        path = tmp_path / f"{label}.ttl"
        path.write_text(OPAQUE % label, encoding="utf-8")
        chosen = {"score": settings.score.model_copy(update={"scorer": "attention", "floor": 0.0})}
        chosen["accept"] = settings.accept.model_copy(update={"threshold": 0.0})
        return settings.model_copy(update={"ontology": path, **chosen})

    return make


def test_the_words_of_the_last_ontology_are_read(
    opaque: Callable[[str], Settings], build: Build, graph: Path, tmp_path: Path
) -> None:
    """Explanations, statistics and differences say the labels, those of the last build, which are no facts."""
    build(given=opaque(OLD))
    labels = {item.predicate: item.predicate_label for item in stages.explain(graph, "Ada Lovelace")}
    assert labels == {f"{WDT}P19": OLD, f"{WDT}P569": "year of birth"}
    assert {item.label for item in stages.stats(graph).classes} == {"human being", "without a class"}
    build(given=opaque(NEW))
    assert {item.label for item in stages.stats(graph).properties} == {NEW, "year of birth"}
    assert stages.diff(graph, "latest~1", "latest").documents == ()
    assert stages.verify(graph).sound
    assert stages.validate(graph).conforms


def test_history_makes_no_difference(
    opaque: Callable[[str], Settings], build: Build, corpus: Path, graph: Path, tmp_path: Path
) -> None:
    """Built in two runs or one, after a withdrawal and made again from its files, the labels are the same."""
    build(given=opaque(OLD))
    stages.retract(graph, [str(corpus / "ada.txt")], now=NOW)
    build(corpus, into=tmp_path / "other", given=opaque(OLD))
    before = _labels(graph)
    assert before == _labels(tmp_path / "other")
    assert len(before) == 3
    stages.rebuild(graph)
    assert _labels(graph) == before
    assert stages.verify(graph).sound


def test_a_year_is_the_object_where_a_year_is_asked(
    opaque: Callable[[str], Settings], build: Build, corpus: Path, graph: Path
) -> None:
    """Every object of the datatype property is a literal of its range, and the property of things has none."""
    (corpus / "ada.txt").write_text("Ada Lovelace wrote to Charles Babbage in 1843.", encoding="utf-8")
    build(given=opaque(OLD))
    with open_store(graph) as store:
        rows = list(store.select("SELECT DISTINCT ?p ?o { ?e a kgb:Evidence ; rdf:predicate ?p ; rdf:object ?o }"))
    found = {str(row["o"]) for row in rows if row["p"].value == f"{WDT}P569"}
    assert found == {'"1843"^^<http://www.w3.org/2001/XMLSchema#gYear>'}
    assert all(str(row["o"]).startswith("<") for row in rows if row["p"].value == f"{WDT}P19")


def _labels(graph: Path) -> list[str]:
    with open_store(graph) as store:
        return sorted(str(quad) for quad in store.quads() if "graph/ontology" in str(quad.graph_name))
