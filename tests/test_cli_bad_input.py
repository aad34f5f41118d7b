"""Ontologies and examples that lack or contradict something, through the command line."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kgbuild.cli import main

PREFIXES = """
@prefix : <http://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
POOR = f"""{PREFIXES}
:p a rdf:Property ; rdfs:label "same" ; rdfs:domain :A ; rdfs:range :A .
:q a rdf:Property ; rdfs:label "same" ; rdfs:domain :A ; rdfs:range :A .
:vater a rdf:Property ; rdfs:label "Vater"@de ; rdfs:domain :A ; rdfs:range :A .
:bare a rdf:Property ; rdfs:label "bare" .
:old a rdf:Property ; rdfs:label "old" ; owl:deprecated true .
:A a owl:Class ; rdfs:label "a" ; rdfs:subClassOf :B .
:B a owl:Class ; rdfs:label "b" ; rdfs:subClassOf :A .
"""
TERMS = ("p, http://example.org/q", "vater", "bare", "bare", "old", "A, http://example.org/B")
PEOPLE = f"""{PREFIXES}
:knows a rdf:Property ; rdfs:label "knows" ; rdfs:domain :Person ; rdfs:range :Person .
:Person a owl:Class ; rdfs:label "person" .
:Place a owl:Class ; rdfs:label "place" .
"""
KNOWN = {"text": "Ada knows Ben.", "triples": [["Ada", "knows", "Ben"]]}
BUILD = "import sys; from kgbuild.cli import main; sys.exit(main())"


def build(folder: Path, turtle: str) -> list[str]:
    """The words of a build of nothing with an ontology."""
    (folder / "corpus").mkdir()
    (folder / "own.ttl").write_text(turtle, encoding="utf-8")
    return ["build", str(folder / "corpus"), "--graph", str(folder / "graph"), "--ontology", str(folder / "own.ttl")]


def test_each_fallback_is_printed_once(tmp_path: Path) -> None:
    """A build with a poor ontology goes on and says on stderr what stands in the place of what, each thing once."""
    command = [sys.executable, "-c", BUILD, *build(tmp_path, POOR)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    told = [line for line in done.stderr.splitlines() if "own.ttl" in line]
    assert len(told) == len(set(told)) == len(TERMS)
    for term in TERMS:
        assert any(f"http://example.org/{term}" in line for line in told), term


def test_two_thousand_properties_are_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An ontology of so many properties is read like any other."""
    many = "".join(
        f':p{n} a rdf:Property ; rdfs:label "relation {n}" ; rdfs:domain :P ; rdfs:range :P .' for n in range(2_000)
    )
    assert main(build(tmp_path, f'{PREFIXES} :P a owl:Class ; rdfs:label "p" . {many}')) == 0
    assert "error" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("turtle", "reason"),
    [
        (f'{PREFIXES} :A a owl:Class ; rdfs:label "a" .', "with an rdfs:label that is not deprecated, came none"),
        (
            f'{PREFIXES} :p a rdf:Property ; rdfs:label "p" ; owl:deprecated true .',
            "what is deprecated was left out: http://example.org/p",
        ),
        (f'{PREFIXES} <http://x/a|b> a rdf:Property ; rdfs:label "p" .', "term 'http://x/a|b' is no IRI"),
        (
            f"{PREFIXES} :p a foo:q .",
            'expected Turtle, came something else: line 6: Prefix "foo:" not bound',
        ),
        ('{"@context": {}}', "expected Turtle, came something else: line 1: "),
    ],
)
def test_an_ontology_that_cannot_be_used_is_an_error(
    turtle: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No property, a term that is none, and what is not Turtle: one line that names it, and no graph."""
    command = build(tmp_path, turtle)
    assert main(command) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "own.ttl'" in told
    assert reason in told
    assert not (tmp_path / "graph").exists()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (KNOWN | {"triples": [["Ada", "likes", "Ben"]]}, "relation 'likes' is unknown, expected one of the ontology"),
        (KNOWN | {"triples": [["Ada", "knows", "Cleo"]]}, "'Cleo' does not stand in the text 'Ada knows Ben.'"),
        (KNOWN | {"types": {"Ada": "place"}}, "contradict each other: the head of 'knows' must be person"),
        (KNOWN | {"triples": [["Ben", "knows", "Ada"]]}, "is that of line 1, and what is told of it is not the same"),
    ],
)
def test_examples_that_cannot_be_learned_from_are_an_error(
    line: Any, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unknown properties, strings that are not there, contradictions: file, line, reason, and nothing is written."""
    (tmp_path / "own.ttl").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "mine.jsonl").write_text(f"{json.dumps(KNOWN)}\n{json.dumps(line)}\n", encoding="utf-8")
    given = ["--ontology", str(tmp_path / "own.ttl"), "--examples", str(tmp_path / "mine.jsonl")]
    assert main(["train", *given, "--output", str(tmp_path / "out" / "model")]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"kgbuild: error: {str(tmp_path / 'mine.jsonl')!r}, line 2: ")
    assert reason in told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.jsonl", "own.ttl"]
