"""Tensors to tensors: encoder, recogniser, pair attention. No records, no files."""

__all__: list[str] = []
