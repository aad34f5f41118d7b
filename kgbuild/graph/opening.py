"""Whether a folder may be opened as a store, and what is said when it cannot."""

import re
from pathlib import Path
from typing import Final, Literal, TypeGuard

from kgbuild.errors import MissingError, StoreError, StoreInUseError

__all__ = ["check_folder", "is_damage", "open_error"]

_BEGUN: Final = re.compile(r"LOCK|LOG|LOG\.old\.\d+|IDENTITY|MANIFEST-000001|00000[01]\.dbtmp")
"""What RocksDB writes before the file `CURRENT`: a store of these files alone has never held anything."""
_PASSING: Final = ("No space left", "quota exceeded", "File too large", "Read-only file system", "Permission denied")
"""In the words of the system, what is wrong with the disk and not with the store."""


def check_folder(folder: Path, *, create: bool) -> None:
    """Nothing, when the folder holds a store, or may hold one. Raises: MissingError, StoreError."""
    if (folder / "CURRENT").is_file():
        return
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"graph folder {str(folder)!r} is a file; name a folder", subject=folder)
    # subtle: a process that was killed while it made the store must not stop the next one
    if folder.is_dir() and not all(_BEGUN.fullmatch(path.name) for path in folder.iterdir()):
        raise _foreign_error(folder)
    if not create:
        raise MissingError(f"graph folder {str(folder)!r} holds no graph; build one there first", subject=folder)


def is_damage(error: BaseException | None) -> TypeGuard[RuntimeError]:
    """Whether the store raised the error because one of its files is damaged."""
    return isinstance(error, RuntimeError) and str(error).startswith("Corruption")


def open_error(folder: Path, error: Exception, *, action: Literal["opened", "read"] = "opened") -> StoreError:
    """What to raise when the store of the folder could not be opened, or a part of it not be read."""
    reason = str(error).strip().splitlines()[0]
    if any(words in reason for words in _PASSING):
        problem = f"cannot be used: {reason}; nothing is lost, make it writable, on a disk with free space"
    elif "LOCK: " in reason or "lock hold by current process" in reason:
        problem = "is in use by another process; wait for it or stop it"
        return StoreInUseError(f"graph folder {str(folder)!r} {problem}", subject=folder)
    else:
        problem = f"cannot be {action}: {reason}; `kgbuild rebuild` makes it again from the files of its runs"
    return StoreError(f"graph folder {str(folder)!r} {problem}", subject=folder)


def _foreign_error(folder: Path) -> StoreError:
    problem = "holds files but no graph store; name a graph, or a new or empty folder"
    if any(folder.glob("*.sst")):
        problem = "lacks the file 'CURRENT' of its store; `kgbuild rebuild` makes it again from the files of its runs"
    return StoreError(f"graph folder {str(folder)!r} {problem}", subject=folder)
