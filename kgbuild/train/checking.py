"""`check_sets`: whether a folder of annotated sets can be trained on, told before hours are spent on it."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from kgbuild.errors import InputError
from kgbuild.evaluate.gold import GoldDocument
from kgbuild.ontology import Ontology
from kgbuild.train.data import is_held_out, read_annotated
from kgbuild.train.relating import RelatingSet
from kgbuild.train.tagging import TYPES, TaggingSet

__all__ = ["check_sets"]


def check_sets(
    data: Path,
    ontology: Ontology,
    *,
    tagging: Sequence[TaggingSet],
    relating: Sequence[RelatingSet],
    held_out: float,
    report: Callable[[str], None],
) -> None:
    """Nothing, when every set can be learned from; what is left out of one is reported.

    Raises: MissingError; InputError with the file, and the line where there is one.
    """
    typed = {source.name for source in tagging}
    related = {source.name for source in relating if not source.ours}
    complete = {source.name for source in relating if source.known == "all pairs" and not source.ours}
    for name in sorted(typed | {source.name for source in relating}):
        path = data / name / "train.jsonl"
        found = read_annotated(path, ontology, types=TYPES if name in typed else ())
        if name in typed:
            _check_classes(path, "types of mentions", (m.type for item in found.documents for m in item.mentions))
        if name in related:
            _check_classes(path, "relation labels", (r.label for item in found.documents for r in item.relations))
        if name in complete:
            _check_held_out(path, found.documents, held_out)
        if found.left_out():
            report(f"{str(path)!r}: left out {found.left_out()}")


def _check_classes(path: Path, what: str, names: Iterable[str]) -> None:
    found = sorted(set(names))
    if len(found) < 2:
        raise InputError(
            f"{str(path)!r}: expected at least two {what} to tell apart, came {found}; annotate more", subject=path
        )


def _check_held_out(path: Path, documents: Sequence[GoldDocument], share: float) -> None:
    """Nothing, when there is something to train on and something to calibrate with."""
    kept = [bool(item.relations) for item in documents if is_held_out(item, share)]
    if not any(kept) or len(kept) == len(documents):
        raise InputError(
            f"{str(path)!r}: expected documents with relations both to train on and, {share:.0%} by a hash of their "
            f"id, to calibrate with, came {len(documents) - len(kept)} and {sum(kept)}; add documents",
            subject=path,
        )
