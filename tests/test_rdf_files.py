"""An ontology is read in the form that its suffix says, or the form that is expected is told, with the reason."""

import logging
from pathlib import Path

import pytest
from rdflib import Graph

from kgbuild.cli import main
from kgbuild.errors import MissingError, OntologyError
from kgbuild.graph import load_rules
from kgbuild.ontology import load_ontology
from kgbuild.rdf_files import copy_as_turtle

TURTLE = """
@prefix : <http://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<http://example.org/o> a owl:Ontology .
:Person a owl:Class ; rdfs:label "person" ; skos:notation "PER" .
:Firm a owl:Class ; rdfs:label "firm" ; skos:notation "ORG" ; owl:disjointWith :Person .
:leads a owl:ObjectProperty , owl:FunctionalProperty ; rdfs:label "leads"@en ; rdfs:domain :Person ;
    rdfs:range [ owl:unionOf ( :Firm :Person ) ] .
"""
FORMS = {"turtle": ("ttl", "owl", "txt"), "xml": ("rdf", "owl", "xml"), "nt": ("nt",), "json-ld": ("jsonld", "json")}


@pytest.fixture
def turtle(tmp_path: Path) -> Path:
    path = tmp_path / "o.ttl"
    path.write_text(TURTLE, encoding="utf-8")
    return path


@pytest.mark.parametrize(("form", "suffix"), [(form, suffix) for form, all in FORMS.items() for suffix in all])
def test_every_form_says_the_same(turtle: Path, form: str, suffix: str) -> None:
    """Turtle, RDF/XML, N-Triples and JSON-LD give one ontology, with one digest and the same rules; so does a copy."""
    written = turtle.with_name(f"written.{suffix}")
    Graph().parse(turtle).serialize(written, format=form, encoding="utf-8")
    assert load_ontology(written) == load_ontology(turtle)
    assert load_rules(written) == load_rules(turtle)
    copy_as_turtle(written, copy := turtle.with_name("copy.ttl"))
    assert load_ontology(copy) == load_ontology(turtle)
    assert load_rules(copy) == load_rules(turtle)


def test_a_copy_can_be_read(turtle: Path) -> None:
    """What is no IRI in a remark of an RDF/XML file is left out of the copy, which says the same of all terms."""
    written = turtle.with_name("written.rdf")
    Graph().parse(turtle).serialize(written, format="xml")
    remark = '<rdf:Description rdf:about="http://example.org/leads"><rdfs:seeAlso rdf:resource="http://e/a b"/>'
    text = written.read_text(encoding="utf-8")
    written.write_text(text.replace("</rdf:RDF>", f"{remark}</rdf:Description></rdf:RDF>"), encoding="utf-8")
    copy_as_turtle(written, copy := turtle.with_name("copy.ttl"))
    assert load_ontology(copy) == load_ontology(written) == load_ontology(turtle)


def test_a_copy_of_turtle_is_the_file(turtle: Path) -> None:
    """What is Turtle already stays byte for byte, its comments too."""
    turtle.write_text(f"# mine\n{TURTLE}", encoding="utf-8")
    copy_as_turtle(turtle, copy := turtle.with_name("copy.ttl"))
    assert copy.read_bytes() == turtle.read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (
            "o.ttl",
            "@prefix : <http://x/> .\n:a :b :c\n:d :e :f .",
            "expected Turtle, came something else: line 3: expected",
        ),
        ("o.ttl", "Prefix(:=<http://x/>)", "expected Turtle, came something else: line 1: "),
        ("o.ttl", b"\xff\xfe", "byte 0 is no UTF-8"),
        ("o.owl", "<?xml version='1.0'?>\n<rdf:RDF", "expected RDF/XML, came something else: line 2: "),
        ("o.rdf", TURTLE, "expected RDF/XML, came something else: line 2: "),
        ("o.nt", TURTLE, "expected N-Triples, came something else: "),
        ("o.jsonld", TURTLE, "expected JSON-LD, came something else: "),
    ],
)
def test_another_form_is_told_with_its_reason(
    tmp_path: Path, name: str, content: str | bytes, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file, what was expected, where it breaks and how to convert it stand in one line; rdflib prints none."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(OntologyError) as caught:
        load_ontology(path)
    assert reason in str(caught.value)
    assert "an editor such as Protégé converts it with `Save as`" in str(caught.value)
    assert main(["build", str(tmp_path), "--graph", str(tmp_path / "kg"), "--ontology", str(path)]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("kgbuild: error: ontology ")
    assert captured.err.count("\n") == 1


def test_rdflib_is_silent_while_it_reads(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An IRI or literal that it dislikes is no line on the screen, and afterwards it logs as before."""
    before = logging.getLogger("rdflib").level
    path = tmp_path / "o.rdf"
    lines = ('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">',)
    statement = (
        '<rdf:Description rdf:about="http://e/a b"><e:p rdf:datatype="http://www.w3.org/2001/XMLSchema#date">x</e:p>'
    )
    path.write_text("".join((*lines, statement, "</rdf:Description></rdf:RDF>")), encoding="utf-8")
    with pytest.raises(OntologyError, match="no property to look for"):
        load_ontology(path)
    assert [record for record in caplog.records if record.name.startswith("rdflib")] == []
    assert logging.getLogger("rdflib").level == before


def test_notes_are_told_once(tmp_path: Path, small_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A build from RDF/XML tells each note in one line of its own kind, and its run is checked from the kept copy."""
    path = tmp_path / "mine.owl"
    Graph().parse(data=TURTLE.replace("rdfs:domain :Person ;", ""), format="turtle").serialize(path, format="xml")
    (tmp_path / "a.txt").write_text("Ada leads Acme.", encoding="utf-8")
    given = ["--ontology", str(path), "--model", str(small_model), "--device", "cpu"]
    assert main(["build", str(tmp_path / "a.txt"), "--graph", str(tmp_path / "kg"), *given]) == 0
    notes = [line for line in capsys.readouterr().err.splitlines() if "note: " in line]
    assert notes == [
        f"kgbuild: note: ontology {str(path)!r}: a property without rdfs:domain may have anything as its head: "
        "http://example.org/leads"
    ]
    assert main(["conflicts", "--graph", str(tmp_path / "kg")]) == 0
    assert "note: " not in capsys.readouterr().err


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A file that is not there is told with what to name."""
    with pytest.raises(MissingError, match="does not exist; name a Turtle or RDF/XML file"):
        load_ontology(tmp_path / "none.owl")
