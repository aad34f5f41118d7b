"""Identifiers computed from content, so that documents agree without a coordinator."""

import hashlib
import re
import unicodedata

__all__ = ["digest_of", "document_iri", "entity_iri", "evidence_iri", "slug", "span_iri"]

_SLUG_LENGTH = 48
_DOCUMENT_HASH = 16
"""Sources share slugs by the thousand, so the hash alone must tell them apart."""
_ENTITY_HASH = 12


def digest_of(*parts: str) -> str:
    """SHA-256 of the parts, each closed by a zero byte, as 64 hexadecimal digits."""
    sha = hashlib.sha256()
    for part in parts:
        sha.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return sha.hexdigest()


def slug(name: str) -> str:
    """`name` as lower-case ASCII words joined by hyphens, at most 48 characters; `x` when nothing is left."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")
    return words[:_SLUG_LENGTH].rstrip("-") or "x"


def document_iri(base: str, source: str) -> str:
    """IRI of the document that came from `source`."""
    name = re.split(r"[/#]", source.rstrip("/#"))[-1]
    return f"{base}document/{slug(name)}-{digest_of('document', source)[:_DOCUMENT_HASH]}"


def entity_iri(base: str, name: str, type: str) -> str:
    """IRI of the entity of that canonical name (normalised by the caller) and type."""
    return f"{base}entity/{slug(name)}-{digest_of('entity', name, type)[:_ENTITY_HASH]}"


def evidence_iri(base: str, *parts: str) -> str:
    """IRI of the evidence that the parts describe."""
    return f"{base}evidence/{digest_of('evidence', *parts)[:32]}"


def span_iri(document: str, start: int, end: int) -> str:
    """IRI of the characters `start` to `end` of a document (RFC 5147, https://www.rfc-editor.org/rfc/rfc5147)."""
    return f"{document}#char={start},{end}"
