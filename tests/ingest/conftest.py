"""Files that the tests of the ingest room read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kgbuild.config import IngestSettings
from kgbuild.ingest import find_sources, read_documents
from kgbuild.records import Document, Refusal

BASE = "https://example.org/kg/"

Read = Callable[..., list[Document | Refusal]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """A function that writes bytes under a name and gives what `read_documents` makes of them."""

    def write_and_read(name: str, data: bytes, **settings: int) -> list[Document | Refusal]:
        path = tmp_path / name
        path.write_bytes(data)
        return list(read_documents(find_sources([path]), IngestSettings(**settings), BASE))

    return write_and_read
