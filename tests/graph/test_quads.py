"""Claims become quads whose every character can be traced."""

from dataclasses import replace

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.config import GraphSettings
from kgbuild.errors import StoreError
from kgbuild.graph.quads import canonical_decimal, from_term, storable, to_quads, to_term
from kgbuild.graph.vocabulary import Kgb, Nif, Prov, Rdf
from kgbuild.ontology import Ontology
from kgbuild.records import AnnotatedDocument, ClaimedDocument, Document, Entity, Literal, Mention

from .conftest import BASE, KGB, XSD, MakeDocument

NASTY = [
    'a "quoted" \\ word\n\r\t',
    "\\u0041 \\n",
    "👩‍💻 🏴‍☠️",
    "\u202eשלום\u202c مرحبا",
    "<script>alert('x')</script>",
    '<http://a> <http://b> """c"""@en .',
    "\x01\x0b\x7f\x85\u2028",
    "e\u0301 \U0010fffd",
]
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(value=TEXT, name=st.sampled_from(["string", "integer", "decimal", "gYear", "date"]))
def test_literal_round_trip(value: str, name: str) -> None:
    """A typed value of any characters of any plane comes back as it was."""
    literal = Literal(value, XSD + name)
    assert from_term(to_term(literal)) == literal


@given(local=st.text(st.characters(min_codepoint=0x21, exclude_categories=["Cs", "Zs", "Cc", "Co", "Cn"]), min_size=1))
def test_iri_round_trip(local: str) -> None:
    """Whatever is an IRI comes back as it was; what is none is refused by name."""
    iri = f"http://example.org/{local}"
    try:
        term = to_term(iri)
    except StoreError as error:
        assert repr(iri) in str(error)
    else:
        assert from_term(term) == iri


@given(value=TEXT.map(storable))
def test_literal_survives_n_quads(value: str) -> None:
    """What is written as N-Quads is read back with the same characters."""
    quad = ox.Quad(to_term("urn:s"), to_term("urn:p"), to_term(Literal(value, f"{XSD}string")), to_term("urn:g"))
    written = ox.serialize([quad], format=ox.RdfFormat.N_QUADS)
    assert list(ox.parse(written, format=ox.RdfFormat.N_QUADS)) == [quad]


@pytest.mark.parametrize("value", [ox.BlankNode("b"), ox.Literal("x", language="en"), None])
def test_unexpected_terms_are_named(value: object) -> None:
    """A term that no record can hold is refused with its own text."""
    with pytest.raises(StoreError, match="Unexpected"):
        from_term(value)
    with pytest.raises(StoreError, match="Unexpected"):
        to_term(value)


@given(text=st.text())
def test_storable_keeps_offsets(text: str) -> None:
    """Replacing what stores refuse changes no offset and leaves only characters that can be written."""
    kept = storable(text)
    assert len(kept) == len(text)
    assert kept.encode() == kept.encode("utf-8", "surrogatepass")
    assert not set(kept) & {"\0", "\ufffe", "\uffff"}
    assert all(new in (old, "\ufffd") for new, old in zip(kept, text, strict=True))


@pytest.mark.parametrize(("value", "form"), [(0.93, "0.93"), (1.0, "1"), (0.0, "0"), (0.98764, "0.9876"), (0.5, "0.5")])
def test_decimals_are_canonical(value: float, form: str) -> None:
    """A probability is written in four digits without trailing zeros, as the store itself would."""
    assert canonical_decimal(value) == form
    store = ox.Store()
    literal = ox.Literal(form, datatype=Rdf.DECIMAL)
    store.add(ox.Quad(Rdf.TYPE, Rdf.TYPE, literal))
    assert next(iter(store)).object == literal


def _values(quads: list[ox.Quad], subject: object, predicate: object) -> list[object]:
    return [quad.object for quad in quads if quad.subject == subject and quad.predicate == predicate]


def test_quads_are_distinct_and_in_one_graph(ada: ClaimedDocument, ontology: Ontology) -> None:
    """Every quad comes once and stands in the document's graph; two runs give the same quads in the same order."""
    quads = list(to_quads(ada, ontology, GraphSettings()))
    assert len(set(quads)) == len(quads)
    assert {quad.graph_name for quad in quads} == {ox.NamedNode(ada.annotated.document.iri)}
    assert quads == list(to_quads(ada, ontology, GraphSettings()))


def test_same_triple_twice_is_one_with_two_evidences(ada: ClaimedDocument, ontology: Ontology) -> None:
    """A triple that two sentences state is asserted once and has two evidence nodes."""
    quads = list(to_quads(ada, ontology, GraphSettings()))
    works = ox.NamedNode(f"{KGB}workedWith")
    assert sum(quad.predicate == works for quad in quads) == 1
    assert sum(quad.predicate == Rdf.PREDICATE and quad.object == works for quad in quads) == 2


def test_same_claim_twice_keeps_the_likelier(ada: ClaimedDocument, ontology: Ontology) -> None:
    """Two claims of the same triple at the same characters are one evidence with one confidence, the higher."""
    claims = tuple(replace(ada.claims[0], probability=share) for share in (0.4, 0.6, 0.5))
    quads = list(to_quads(replace(ada, claims=claims), ontology, GraphSettings()))
    assert [quad.object.value for quad in quads if quad.predicate == Kgb.CONFIDENCE] == ["0.6"]


def test_evidence_leads_back_to_the_characters(ada: ClaimedDocument, ontology: Ontology) -> None:
    """Each evidence names a sentence and two mentions whose indices slice the text to their anchors."""
    quads = list(to_quads(ada, ontology, GraphSettings()))
    text = ada.annotated.document.text
    evidence = [quad.subject for quad in quads if quad.object == Kgb.EVIDENCE]
    assert len(evidence) == 3
    anchors = []
    for node in evidence:
        for role in (Prov.DERIVED, Kgb.SUBJECT_MENTION, Kgb.OBJECT_MENTION):
            (span,) = _values(quads, node, role)
            begin, end = (int(_values(quads, span, part)[0].value) for part in (Nif.BEGIN, Nif.END))
            (anchor,) = _values(quads, span, Nif.ANCHOR)
            assert span.value == f"{ada.annotated.document.iri}#char={begin},{end}"
            assert text[begin:end] == anchor.value
            anchors.append(anchor.value)
    assert {"Ada Lovelace", "Charles Babbage", "1815", "😀 Ada Lovelace knew Charles Babbage well."} <= set(anchors)


def test_evidence_of_two_sentences_is_derived_from_both(far: ClaimedDocument, ontology: Ontology) -> None:
    """Each evidence of a claim across sentences names the exact characters of both, and not those between."""
    quads = list(to_quads(far, ontology, GraphSettings()))
    evidence = [quad.subject for quad in quads if quad.object == Kgb.EVIDENCE]
    assert len(evidence) == 2
    for node in evidence:
        spans = _values(quads, node, Prov.DERIVED)
        assert [span.value.partition("#")[2] for span in spans] == ["char=0,39", "char=72,114"]
        assert [_values(quads, span, Nif.ANCHOR)[0].value for span in spans] == [
            "😀 Mary Somerville admired Ada Lovelace.",
            "𝔘 Charles Babbage replied to Grace Hopper.",
        ]


def test_values_are_no_entities(ada: ClaimedDocument, ontology: Ontology) -> None:
    """A date is a literal object and has neither class nor name."""
    quads = list(to_quads(ada, ontology, GraphSettings()))
    assert sum(quad.predicate == Rdf.LABEL for quad in quads) == 2
    born = [quad.object for quad in quads if quad.predicate == ox.NamedNode(f"{KGB}dateOfBirth")]
    assert born == [ox.Literal("1815", datatype=ox.NamedNode(f"{XSD}gYear"))]


def test_names_and_classes(ontology: Ontology) -> None:
    """An entity has its class if the ontology knows it, its fullest name on one line, and its other forms once."""
    text = "Ada\nLovelace, Lovelace, LOVELACE and Lovelace; Zorg."
    starts = [0, 14, 24, 37]
    forms = ["Ada\nLovelace", "Lovelace", "LOVELACE", "Lovelace"]
    mentions = [Mention(at, at + len(form), "PER", form, 0) for at, form in zip(starts, forms, strict=True)]
    mentions.append(Mention(47, 51, "XYZ", "Zorg", 0))
    entities = (
        Entity(f"{BASE}entity/ada", "Ada\nLovelace", "PER", (0, 1, 2, 3)),
        Entity(f"{BASE}entity/zorg", "Zorg", "XYZ", (4,)),
    )
    document = Document(f"{BASE}document/d", "file:///d", text, "0" * 64, "txt")
    claimed = ClaimedDocument(AnnotatedDocument(document, (), tuple(mentions), entities), ())
    quads = list(to_quads(claimed, ontology, GraphSettings()))
    node = ox.NamedNode(f"{BASE}entity/ada")
    assert [value.value for value in _values(quads, node, Rdf.LABEL)] == ["Ada Lovelace"]
    assert [value.value for value in _values(quads, node, Rdf.ALT_LABEL)] == ["LOVELACE", "Lovelace"]
    assert [value.value for value in _values(quads, node, Rdf.TYPE)] == [f"{KGB}Person"]
    assert _values(quads, ox.NamedNode(f"{BASE}entity/zorg"), Rdf.TYPE) == []


def test_text_is_kept_only_if_wanted(ada: ClaimedDocument, ontology: Ontology) -> None:
    """With `store_text` the graph holds the whole text, without it none, and the spans are the same."""
    kept, left = (list(to_quads(ada, ontology, GraphSettings(store_text=wanted))) for wanted in (True, False))
    (only,) = set(kept) - set(left)
    assert only.predicate == Nif.IS_STRING
    assert only.object.value == ada.annotated.document.text
    assert set(left) < set(kept)


@pytest.mark.parametrize("name", NASTY)
def test_strange_text_survives_the_store(name: str, make_document: MakeDocument, ontology: Ontology) -> None:
    """Emoji, right-to-left, HTML, Turtle syntax and control characters come out of a store as they went in."""
    fact = ("{head} worked with {tail}.", name, "workedWith", "Bob", 0.9)
    claimed = make_document("file:///x.txt", fact, prefix="𝔘𝔫𝔦 ")
    quads = list(to_quads(claimed, ontology, GraphSettings()))
    store = ox.Store()
    store.extend(quads)
    assert set(store) == set(quads)
    assert {name} <= {quad.object.value for quad in store.quads_for_pattern(None, Nif.ANCHOR, None)}


def test_an_entity_iri_that_is_none_is_refused(ada: ClaimedDocument, ontology: Ontology) -> None:
    """A claim whose subject is no IRI stops with the value in the message."""
    broken = replace(ada, claims=(replace(ada.claims[0], subject="no iri"),))
    with pytest.raises(StoreError, match="'no iri'"):
        list(to_quads(broken, ontology, GraphSettings()))
