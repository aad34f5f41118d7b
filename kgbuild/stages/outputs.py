"""Files that a person asked for."""

from pathlib import Path

from kgbuild.errors import StoreError
from kgbuild.stages.runs import write_whole

__all__ = ["write_file"]


def write_file(out: Path, text: str) -> None:
    """Nothing; the file holds the text in UTF-8, or what it held before. Raises: StoreError."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_whole(out, text)
    except OSError as error:
        raise StoreError(f"file {str(out)!r} cannot be written: {error.strerror or error}", subject=out) from error
