"""Files of RDF, ontologies and others: Turtle, RDF/XML, N-Triples or JSON-LD, told apart by suffix."""

import logging
import re
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from kgbuild.errors import MissingError, OntologyError
from kgbuild.ontology_terms import NO_IRI

if TYPE_CHECKING:
    from rdflib import Graph

__all__ = ["RDF_SUFFIXES", "copy_as_turtle", "read_statements", "silence_rdflib"]

_FORMATS: Final = {
    **dict.fromkeys((".rdf", ".rdfs", ".xml"), "xml"),
    ".nt": "nt",
    **dict.fromkeys((".jsonld", ".json"), "json-ld"),
}
"""What rdflib calls the form of each suffix; any other is Turtle, unless it begins as XML does."""
RDF_SUFFIXES: Final = (".ttl", ".owl", *_FORMATS)
"""What files of RDF are known by."""
_NAMES: Final = {"turtle": "Turtle", "xml": "RDF/XML", "nt": "N-Triples", "json-ld": "JSON-LD"}
_XML: Final = re.compile(rb"(\xef\xbb\xbf)?\s*<(\?xml|!DOCTYPE|!--|rdf:RDF)")
_TURTLE_ERROR: Final = re.compile(r"at line (\d+) of <[^>]*>:\s*Bad syntax \((.*?)\) at \^ in:", re.DOTALL)
_REMEDY: Final = (
    "correct it, or write it as Turtle (.ttl), RDF/XML (.rdf, .owl), N-Triples (.nt) or JSON-LD (.jsonld), with a "
    "suffix that says which; an editor such as Protégé converts it with `Save as`"
)
_LONGEST: Final = 200
"""Characters of a reason that are told."""


def read_statements(path: Path, kind: Literal["ontology", "shapes file", "vocabulary"] = "ontology") -> "Graph":
    """The statements of a file; `kind` says what it is in errors. Raises: MissingError, OntologyError."""
    from rdflib import Graph

    if not path.is_file():
        raise MissingError(f"{kind} {str(path)!r} does not exist; name a Turtle or RDF/XML file", subject=path)
    form = _form(path)
    try:
        with silence_rdflib():
            return Graph().parse(path, format=form)
    except Exception as error:  # BadSyntax, SAXParseException, UnicodeDecodeError and more
        raise OntologyError(
            f"{kind} {str(path)!r}: expected {_NAMES[form]}, came something else: {_reason(error)}; {_REMEDY}",
            subject=path,
        ) from error


def copy_as_turtle(path: Path, target: Path) -> None:
    """Nothing; `target` holds the statements of the file in Turtle, a Turtle file byte for byte.

    RDF/XML can hold what looks like an IRI and is none; Turtle cannot, and no term has it, so that is left out.
    """
    from rdflib.term import URIRef

    if _form(path) == "turtle":
        shutil.copyfile(path, target)
        return
    graph = read_statements(path)
    wrong = [triple for triple in graph if any(isinstance(term, URIRef) and NO_IRI.search(term) for term in triple)]
    for triple in wrong:
        graph.remove(triple)
    graph.serialize(target, format="turtle", encoding="utf-8")


def _form(path: Path) -> str:
    named = _FORMATS.get(path.suffix.lower(), "turtle")
    if named != "turtle":
        return named
    with path.open("rb") as file:  # .owl may be either
        return "xml" if _XML.match(file.read(200)) else "turtle"


def _reason(error: Exception) -> str:
    """What a person can mend, in one line."""
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start:,} is no UTF-8"
    told = str(error).strip() or type(error).__name__
    if found := _TURTLE_ERROR.search(told):
        told = f"line {found[1]}: {found[2]}"
    elif hasattr(error, "getLineNumber") and hasattr(error, "getMessage"):  # an error of the XML parser
        told = f"line {error.getLineNumber()}: {error.getMessage()}"
    line = " ".join(told.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


@contextmanager
def silence_rdflib() -> Iterator[None]:
    """Nothing; rdflib says no word: an error tells what is wrong, and odd literals and old calls are its own affair."""
    logger = logging.getLogger("rdflib")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        logger.setLevel(before)
