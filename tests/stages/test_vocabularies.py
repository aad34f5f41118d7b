"""A reference vocabulary is read from its file, and a file that is none is told with file, line and reason."""

from pathlib import Path

import pytest
from rdflib import Graph

from kgbuild.errors import InputError, MissingError, OntologyError
from kgbuild.records import Reference
from kgbuild.stages.vocabularies import Vocabulary, read_vocabulary

HEAD = "iri,label,alternative labels,type,description\n"


@pytest.fixture
def folder(tmp_path: Path, small_ontology: Path) -> Path:
    """A folder with an ontology that knows persons and places."""
    (tmp_path / "o.ttl").write_bytes(small_ontology.read_bytes())
    return tmp_path


def read(folder: Path, name: str, text: str | bytes) -> Vocabulary:
    """The vocabulary in a file of that name and content."""
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return read_vocabulary(folder / name, folder / "o.ttl")


def test_csv_rows_are_things(folder: Path) -> None:
    """A row gives IRI, label, alternative labels parted by bars, type by notation or name, and description."""
    found = read(
        folder, "v.csv", HEAD + "urn:b,Quito,San Francisco de  Quito| |,Place,Capital.\nurn:a,Ada,,PER,\nurn:c,Cy,,,\n"
    )
    assert found.entries == (
        Reference("urn:a", "Ada", ("Ada",), ("PER",)),
        Reference("urn:b", "Quito", ("Quito", "San Francisco de Quito"), ("LOC",), "Capital."),
        Reference("urn:c", "Cy", ("Cy",)),
    )
    assert found.iri.startswith("urn:sha256:")
    assert found.notes == ()


def test_csv_of_a_spreadsheet_is_read(folder: Path) -> None:
    """A byte order mark, semicolons, other capitals and another order of columns change nothing."""
    found = read(folder, "v.CSV", "\ufeffLabel;IRI\r\nQuito;urn:b\r\n;\r\n")
    assert found.entries == (Reference("urn:b", "Quito", ("Quito",)),)


def test_rows_of_one_iri_are_one_thing(folder: Path) -> None:
    """Their labels and descriptions are put together, and it is counted; so are types that nobody knows."""
    found = read(folder, "v.csv", HEAD + "urn:b,Quito,,ship,One.\nurn:b,Kitu,,,Two.\n")
    assert found.entries == (Reference("urn:b", "Quito", ("Kitu", "Quito"), (), "One.\nTwo."),)
    assert found.notes == (
        "1 IRIs stand in several rows, read as one thing: urn:b",
        "1 of its things have no type that the ontology knows, such as 'ship'",
    )


def test_turtle_is_read_with_the_classes_of_the_ontology(folder: Path) -> None:
    """A SKOS file gives the same record as a row, and its scheme is the vocabulary's IRI."""
    text = """
        @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        <urn:v> a skos:ConceptScheme .
        <urn:b> a <https://example.org/small#Place> ; skos:prefLabel "Quito" ; skos:definition "Capital." .
    """
    assert read(folder, "v.ttl", text) == Vocabulary(
        "urn:v", (Reference("urn:b", "Quito", ("Quito",), ("LOC",), "Capital."),), ()
    )


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("v.txt", "Quito", r"v\.txt': expected a file that ends with \.ttl, .*\.csv, came '\.txt'"),
        ("v.ttl", "", "lists no thing with a label"),
        ("v.ttl", "<urn:a> <urn:b> <urn:c> .", "lists no thing with a label"),
        (
            "v.ttl",
            "<a> <http://www.w3.org/2000/01/rdf-schema#label> 'A' .",
            r"expected absolute IRIs, came 'file:.*/a'",
        ),
        (
            "v.rdf",
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
            'xmlns:s="http://www.w3.org/2000/01/rdf-schema#">'
            '<rdf:Description rdf:about="urn:a b"><s:label>A</s:label></rdf:Description></rdf:RDF>',
            "expected absolute IRIs, came 'urn:a b' for 'A'",
        ),
        ("v.csv", "", r"line 1: expected the columns iri, label.*none named 'iri'"),
        ("v.csv", HEAD, "lists no thing with a label"),
        ("v.csv", "name\nQuito\n", "line 1: expected the columns iri, label"),
        ("v.csv", HEAD + "urn:a,A\nQuito,Quito\n", "line 3: expected an absolute IRI and a label, came 'Quito'"),
        ("v.csv", HEAD + "http://[a,A\n", r"line 2: expected an absolute IRI and a label, came 'http://\[a'"),
        ("v.csv", HEAD + "urn:a,\n", "line 2: expected an absolute IRI and a label, came 'urn:a' and ''"),
        ("v.csv", HEAD.encode() + b"urn:a,\xff\n", "line 2: expected UTF-8"),
        ("v.csv", HEAD + 'urn:a,"A\n', "line 2: expected csv, came unexpected end of data"),
    ],
)
def test_a_file_that_is_no_vocabulary_is_told(folder: Path, name: str, content: str | bytes, problem: str) -> None:
    """The message names the file, what was expected and what came."""
    with pytest.raises(InputError, match=problem):
        read(folder, name, content)


def test_what_is_no_rdf_is_told_as_for_an_ontology(folder: Path) -> None:
    """The file, the form that was expected, the line and the remedy are in the message."""
    with pytest.raises(OntologyError, match=r"vocabulary '.*v\.ttl': expected Turtle, .*: line 1: .*; correct it, or"):
        read(folder, "v.ttl", "iri,label\nurn:a,A\n")


@pytest.mark.parametrize(("suffix", "form"), [("rdf", "xml"), ("nt", "nt"), ("jsonld", "json-ld"), ("owl", "turtle")])
def test_the_suffix_says_the_form(folder: Path, suffix: str, form: str) -> None:
    """RDF/XML, N-Triples and JSON-LD give what Turtle does."""
    text = '<urn:b> <http://www.w3.org/2004/02/skos/core#prefLabel> "Quito"@en .'
    written = Graph().parse(data=text, format="turtle").serialize(format=form, encoding="utf-8")
    assert read(folder, f"v.{suffix}", written).entries == read(folder, "v.ttl", text).entries


def test_a_file_that_is_missing_is_told(folder: Path) -> None:
    """A file that is not there, and a folder, are named."""
    with pytest.raises(MissingError, match=r"none\.ttl' does not exist"):
        read_vocabulary(folder / "none.ttl", folder / "o.ttl")
    with pytest.raises(MissingError, match="cannot be read"):
        read_vocabulary(folder, folder / "o.ttl")
