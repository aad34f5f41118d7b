"""What all tests of scoring have."""

from model.tiny import one_thread

__all__ = ["one_thread"]
