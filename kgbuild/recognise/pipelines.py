"""The spaCy pipeline that the settings ask for: ours, a blank one, or any installed one, and the user's gazetteer."""

from pathlib import Path

import spacy
from spacy.language import Language
from spacy.util import compile_infix_regex

from kgbuild.config import RecogniseSettings
from kgbuild.errors import InputError, MissingError, SettingError
from kgbuild.recognise import components  # noqa: F401  (registers the components with spaCy)

__all__ = ["OURS", "load_pipeline"]

OURS = "kgbuild"
"""Value of `recognise.pipeline` that names our recogniser."""
_BLANK = "blank"
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
        ruler = nlp.add_pipe("entity_ruler", config={"overwrite_ents": True})
        _read_patterns(ruler, settings.gazetteer)
    nlp.add_pipe("kgbuild_blank_lines")
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


def _read_patterns(ruler: object, path: Path) -> None:
    if not path.is_file():
        raise MissingError(f"gazetteer {str(path)!r} does not exist; name a jsonl file of patterns", subject=path)
    try:
        ruler.from_disk(path)  # type: ignore[attr-defined]  # spaCy types add_pipe's result as a plain callable
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"gazetteer {str(path)!r}: expected one JSON object with `label` and `pattern` a line: {error}",
            subject=path,
        ) from error
