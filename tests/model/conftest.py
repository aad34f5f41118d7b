"""What all tests of the models have."""

from model.tiny import one_thread

__all__ = ["one_thread"]
