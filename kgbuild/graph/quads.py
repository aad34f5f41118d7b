"""Claims -> quads: one named graph a document, every triple with its evidence, every span with its characters.

Evidence is derived from the sentence of its two mentions, or from two sentences where they stand in different ones.
Spans are named by RFC 5147 (https://www.rfc-editor.org/rfc/rfc5147) and described with NIF 2.0
(https://persistence.uni-leipzig.org/nlp2rdf/). No blank nodes: the same input gives the same bytes.
"""

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from kgbuild.config import GraphSettings
from kgbuild.errors import StoreError
from kgbuild.graph.vocabulary import Kgb, Nif, Prov, Rdf
from kgbuild.iris import evidence_iri, span_iri
from kgbuild.ontology import Ontology
from kgbuild.records import AnnotatedDocument, Claim, ClaimedDocument, Literal, Span

__all__ = [
    "Triple",
    "canonical_decimal",
    "evidence_of",
    "from_term",
    "spans_of",
    "storable",
    "to_iri",
    "to_quads",
    "to_term",
]

Triple = tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]
"""Subject, predicate and object."""

# NUL ends a string in stores written in C, U+FFFE and U+FFFF stop raptor, and half a surrogate pair is no character
_UNSTORABLE = dict.fromkeys((0x0000, 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)), 0xFFFD)


def to_iri(value: str) -> ox.NamedNode:
    """The RDF term of an absolute IRI.

    Raises: StoreError.
    """
    try:
        return ox.NamedNode(value)
    except (TypeError, ValueError) as error:
        raise StoreError(f"Unexpected value {value!r}; expected an absolute IRI", subject=value) from error


def to_term(value: str | Literal) -> ox.NamedNode | ox.Literal:
    """The RDF term of an absolute IRI or of a typed value.

    Raises: StoreError.
    """
    if isinstance(value, str):
        return to_iri(value)
    if isinstance(value, Literal):
        return ox.Literal(value.value, datatype=to_iri(value.datatype))
    raise StoreError(f"Unexpected value {value!r}; expected an absolute IRI or a typed value", subject=value)


def from_term(term: object) -> str | Literal:
    """The absolute IRI or the typed value of an RDF term.

    Raises: StoreError.
    """
    if isinstance(term, ox.NamedNode):
        return term.value
    if isinstance(term, ox.Literal) and term.language is None:
        return Literal(term.value, term.datatype.value)
    raise StoreError(f"Unexpected term {term!r}; expected an IRI or a literal without language", subject=term)


def storable(text: str) -> str:
    """`text` with each character that RDF stores refuse or cut at replaced by U+FFFD, one for one: offsets stay."""
    return text.translate(_UNSTORABLE)


def to_quads(claimed: ClaimedDocument, ontology: Ontology, settings: GraphSettings) -> Iterator[ox.Quad]:
    """The quads of a document's graph: its text, its entities, its claims, their evidence, the spans; each one once.

    Raises: StoreError where an IRI is none.
    """
    document = claimed.annotated.document
    graph = to_iri(document.iri)
    text = storable(document.text)
    claims = _strongest(claimed.claims, document.iri, settings.base)
    facts = dict.fromkeys((claim.subject, claim.predicate, claim.object) for claim in claims.values())
    spans = {span for claim in claims.values() for span in spans_of(claim)}
    parts: tuple[Iterable[Triple], ...] = (
        _context_triples(graph, text if settings.store_text else None),
        _entity_triples(claimed.annotated, ontology),
        ((to_iri(subject), to_iri(predicate), to_term(value)) for subject, predicate, value in facts),
        (triple for iri, claim in claims.items() for triple in _evidence_triples(iri, claim, document.iri)),
        (triple for span in sorted(spans) for triple in _span_triples(graph, span, text)),
    )
    return (ox.Quad(*triple, graph) for part in parts for triple in part)


def evidence_of(claim: Claim, document: str, base: str) -> str:
    """IRI of the evidence that the claim is of its triple."""
    value = claim.object if isinstance(claim.object, str) else str(to_term(claim.object))
    places = (f"{span.start},{span.end}" for span in spans_of(claim))
    return evidence_iri(base, document, claim.subject, claim.predicate, value, *places)


def spans_of(claim: Claim) -> tuple[Span, ...]:
    """The characters that the claim was read from: its sentences, its subject's mention, its object's."""
    return *claim.sentences, claim.subject_mention, claim.object_mention


def _strongest(claims: Iterable[Claim], document: str, base: str) -> dict[str, Claim]:
    """Claims by IRI of their evidence; of two that say the same of the same characters the likelier one."""
    found: dict[str, Claim] = {}
    for claim in claims:
        iri = evidence_of(claim, document, base)
        if iri not in found or found[iri].probability < claim.probability:
            found[iri] = claim
    return found


def _context_triples(document: ox.NamedNode, text: str | None) -> Iterator[Triple]:
    yield document, Rdf.TYPE, Nif.CONTEXT
    if text is not None:
        yield document, Nif.IS_STRING, ox.Literal(text)


def _entity_triples(annotated: AnnotatedDocument, ontology: Ontology) -> Iterator[Triple]:
    """Class, name and other names of each entity; a date or a number is a value and has none."""
    names: dict[tuple[str, str], dict[str, None]] = {}
    for entity in annotated.entities:
        if entity.iri is not None:
            forms = (entity.name, *(annotated.mentions[number].text for number in entity.mentions))
            names.setdefault((entity.iri, entity.type), {}).update(dict.fromkeys(map(_one_line, forms)))
    for (iri, type), (label, *others) in sorted((key, list(forms)) for key, forms in names.items()):
        entity_node = to_iri(iri)
        known = ontology.class_by_notation.get(type)
        if known is not None:
            yield entity_node, Rdf.TYPE, to_iri(known.iri)
        yield entity_node, Rdf.LABEL, ox.Literal(label)
        for other in sorted(others):
            yield entity_node, Rdf.ALT_LABEL, ox.Literal(other)


def _one_line(name: str) -> str:
    """A name as it would stand on one line: a mention may run over a line's end."""
    return storable(" ".join(name.split()))


def _evidence_triples(iri: str, claim: Claim, document: str) -> Iterator[Triple]:
    evidence = ox.NamedNode(iri)
    *sentences, head, tail = (ox.NamedNode(span_iri(document, span.start, span.end)) for span in spans_of(claim))
    yield evidence, Rdf.TYPE, Kgb.EVIDENCE
    yield evidence, Rdf.SUBJECT, to_iri(claim.subject)
    yield evidence, Rdf.PREDICATE, to_iri(claim.predicate)
    yield evidence, Rdf.OBJECT, to_term(claim.object)
    yield evidence, Kgb.CONFIDENCE, ox.Literal(canonical_decimal(claim.probability), datatype=Rdf.DECIMAL)
    for sentence in sentences:
        yield evidence, Prov.DERIVED, sentence
    yield evidence, Kgb.SUBJECT_MENTION, head
    yield evidence, Kgb.OBJECT_MENTION, tail


def canonical_decimal(value: float) -> str:
    """`value` to four digits in the canonical form of `xsd:decimal`, which has no trailing zeros."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _span_triples(document: ox.NamedNode, span: Span, text: str) -> Iterator[Triple]:
    node = ox.NamedNode(span_iri(document.value, span.start, span.end))
    yield node, Rdf.TYPE, Nif.STRING
    yield node, Nif.REFERENCE, document
    yield node, Nif.BEGIN, ox.Literal(str(span.start), datatype=Rdf.INTEGER)
    yield node, Nif.END, ox.Literal(str(span.end), datatype=Rdf.INTEGER)
    yield node, Nif.ANCHOR, ox.Literal(text[span.start : span.end])
