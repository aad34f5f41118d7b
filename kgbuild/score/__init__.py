"""Annotated documents to scores of their candidate pairs: candidates, batches, prediction."""

__all__: list[str] = []
