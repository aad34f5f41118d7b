"""From a folder of documents to a knowledge graph with calibrated probabilities and exact provenance."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kgbuild.pipeline import Graph, build

__all__ = ["Graph", "build"]


def __getattr__(name: str) -> object:  # the pipeline brings torch and spaCy: it is imported when it is asked for
    if name not in __all__:
        raise AttributeError(f"module 'kgbuild' has no attribute {name!r}")
    return getattr(importlib.import_module("kgbuild.pipeline"), name)
