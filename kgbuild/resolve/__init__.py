"""Mentions of a document to entities: clusters, their IRIs, and literals for dates and numbers."""

from kgbuild.resolve.entities import resolve
from kgbuild.resolve.literals import to_literal

__all__ = ["resolve", "to_literal"]
