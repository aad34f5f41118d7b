"""Bytes to documents: what is found under paths, read by format, or set aside with its reason."""

from kgbuild.ingest.documents import read_documents
from kgbuild.ingest.readers import FORMATS, READERS
from kgbuild.ingest.sources import Source, covers, find_sources, read_bytes

__all__ = ["FORMATS", "READERS", "Source", "covers", "find_sources", "read_bytes", "read_documents"]
