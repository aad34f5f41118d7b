"""`python -m kgbuild` is the program `kgbuild`."""

import sys

from kgbuild.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(main())
