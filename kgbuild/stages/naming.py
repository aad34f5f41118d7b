"""Which documents an operator means."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Final

from kgbuild.errors import MissingError, SettingError
from kgbuild.ingest import covers

__all__ = ["documents_named"]

_NEAREST: Final = 3


def documents_named(names: Sequence[str], known: Mapping[str, tuple[str, ...]]) -> list[str]:
    """IRIs of the documents that the names mean, each once, sorted; `known` holds the places of each by its IRI.

    A name is a document's IRI, its source or the file that holds it, a folder or glob above them, or `FILE#ID` for
    one line of a jsonl file. Raises: MissingError, with the nearest sources, for a name that means none.
    """
    found: dict[str, None] = {}
    for name in names:
        meant = _exact(name, known) or _below(name, known)
        if not meant:
            raise MissingError(f"document {name!r} is not in the graph{_hint(name, known)}", subject=name)
        found |= dict.fromkeys(meant)
    return sorted(found)


def _exact(name: str, known: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [iri for iri, places in known.items() if name and name in (iri, *places)]


def _below(name: str, known: Mapping[str, tuple[str, ...]]) -> list[str]:
    path, mark, line = name.rpartition("#")
    try:
        whole = [iri for iri, places in known.items() if any(covers([name], place) for place in places if place)]
        if whole or not mark or not path:
            return whole
        return [iri for iri, places in known.items() if places[0].endswith(f"#{line}") and covers([path], places[0])]
    except SettingError:  # no path that could be opened here, and so none that was built
        return []


def _hint(name: str, known: Mapping[str, tuple[str, ...]]) -> str:
    spelled = {spelling: places[0] for iri, places in known.items() for spelling in (iri, places[0], _last(places[0]))}
    near = difflib.get_close_matches(name, spelled, n=_NEAREST, cutoff=0.7)
    near += difflib.get_close_matches(_last(name), spelled, n=_NEAREST, cutoff=0.5)
    sources = list(dict.fromkeys(spelled[spelling] for spelling in near))[:_NEAREST]
    if sources:
        return f"; the nearest are {', '.join(map(repr, sources))}"
    return "; name a path or URL as it was given to build, or a document's IRI"


def _last(name: str) -> str:
    return name.rstrip("/").rpartition("/")[2]
