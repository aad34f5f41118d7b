"""The spaCy pipeline that the settings ask for: ours, a blank one, or any installed one, and the user's gazetteer."""

import re
from pathlib import Path

import spacy
import srsly  # type: ignore[import-untyped]  # spaCy's own reader of jsonl
from spacy.language import Language
from spacy.util import compile_infix_regex

from kgbuild.config import RecogniseSettings
from kgbuild.errors import InputError, MissingError, SettingError
from kgbuild.recognise import components  # noqa: F401  (registers the components with spaCy)

__all__ = ["OURS", "load_pipeline"]

OURS = "kgbuild"
"""Value of `recognise.pipeline` that names our recogniser."""
_BLANK = "blank"
_BREAKS, _GAZETTEER = "kgbuild_blank_lines", "kgbuild_gazetteer"
"""Names of the components that are added; the second beside an entity ruler that a pipeline may have of its own."""
_SENTENCES = {"parser", "senter", "sentencizer", "kgbuild_recogniser"}
_LONGEST = 2**31 - 1


def load_pipeline(settings: RecogniseSettings, *, model: Path, device: str) -> Language:
    """The pipeline, with sentence boundaries and the gazetteer's patterns.

    Raises: SettingError, MissingError, CheckpointError, InputError.
    """
    nlp = _base_pipeline(settings, model, device)
    if not _SENTENCES & set(nlp.pipe_names):
        nlp.add_pipe("sentencizer", first=True)
    if settings.gazetteer is not None:
        _add_gazetteer(nlp, settings.gazetteer)
    if _BREAKS in nlp.pipe_names:  # the pipeline may be one of ours that was saved; the gazetteer comes before it
        nlp.remove_pipe(_BREAKS)
    nlp.add_pipe(_BREAKS)
    nlp.max_length = _LONGEST
    return nlp


def _base_pipeline(settings: RecogniseSettings, model: Path, device: str) -> Language:
    if settings.pipeline in (OURS, _BLANK):
        nlp = spacy.blank("en")
        infixes = [*(nlp.Defaults.infixes or ()), r"[^\w\s.'’]"]
        nlp.tokenizer.infix_finditer = compile_infix_regex(infixes).finditer  # type: ignore[union-attr]
        if settings.pipeline == OURS:
            options = {"model": str(model), "device": device, "tokens_per_batch": settings.tokens_per_batch}
            nlp.add_pipe("kgbuild_recogniser", config=options)
        return nlp
    try:
        return spacy.load(settings.pipeline)
    except OSError as error:
        raise SettingError(
            f"setting 'recognise.pipeline': expected {OURS!r}, {_BLANK!r} or an installed spaCy pipeline, "
            f"got {settings.pipeline!r}; install it or choose another",
            subject=settings.pipeline,
        ) from error


def _add_gazetteer(nlp: Language, path: Path) -> None:
    """Nothing; the patterns of the file are added to what the pipeline finds, and win where both overlap."""
    if not path.is_file():
        raise MissingError(f"gazetteer {str(path)!r} does not exist; name a jsonl file of patterns", subject=path)
    if _GAZETTEER in nlp.pipe_names:  # a pipeline that was saved with another one
        nlp.remove_pipe(_GAZETTEER)
    ruler = nlp.add_pipe("entity_ruler", name=_GAZETTEER, config={"overwrite_ents": True})
    try:
        patterns = [{"id": _GAZETTEER} | item for item in srsly.read_jsonl(path)]  # what has an id is kept as it is
        ruler.add_patterns(patterns)  # type: ignore[attr-defined]  # spaCy types components as plain callables
    except (ValueError, KeyError, TypeError, re.error) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(
            f"gazetteer {str(path)!r}: expected one JSON object with `label` and `pattern` a line: {reason}",
            subject=path,
        ) from error
    if not patterns:  # spaCy would warn of it at every document
        nlp.remove_pipe(_GAZETTEER)
