"""The parts of benchmarks are tested as the programs there import them: by their own names."""

import sys
from pathlib import Path

from model.tiny import one_thread

__all__ = ["one_thread"]

sys.path.append(str(Path(__file__).parent.parent.parent / "benchmarks"))
