"""What all tests of training have."""

from model.tiny import one_thread

__all__ = ["one_thread"]
