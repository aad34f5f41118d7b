"""Annotated documents to weights."""

__all__: list[str] = []
