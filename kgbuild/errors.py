"""Every error that kgbuild raises on purpose.

    KgbuildError
    ├── SettingError      a setting, option or argument is not what it must be
    ├── MissingError      a file, folder, graph, model or entity that was named does not exist
    ├── InputError        a document, record or annotation cannot be used; carries where and why
    ├── OntologyError     an ontology, or other RDF, cannot be read, or lacks what is needed
    ├── CheckpointError   a model folder is missing, damaged or of another kind
    ├── HandoffError      a hand-over file is missing, damaged or of another stage
    ├── StoreError        the graph store cannot be opened, read or written
    │   └── StoreInUseError   another process has it open: what cannot be done now can be done later
    └── QueryError        a SPARQL query is wrong or took too long

A message is one line: the thing, what was expected, what came, and the remedy.
"""

__all__ = [
    "CheckpointError",
    "HandoffError",
    "InputError",
    "KgbuildError",
    "MissingError",
    "OntologyError",
    "QueryError",
    "SettingError",
    "StoreError",
    "StoreInUseError",
]


class KgbuildError(Exception):
    """Base of every error raised on purpose; `subject` is the offending object."""

    def __init__(self, message: str, *, subject: object = None) -> None:
        super().__init__(message)
        self.subject = subject
        """What the error is about: a path, an IRI, a value; `None` when the message says it all."""


class SettingError(KgbuildError):
    """A setting, option or argument is not what it must be."""


class MissingError(KgbuildError):
    """A file, folder, graph, model or entity that was named does not exist."""


class InputError(KgbuildError):
    """A document, record or annotation cannot be used; `reason` is a short word for it that can be counted."""

    def __init__(self, message: str, *, subject: object = None, reason: str = "invalid") -> None:
        super().__init__(message, subject=subject)
        self.reason = reason
        """Why, in a word that can be counted, such as `empty`, `encrypted`, `binary`."""


class OntologyError(KgbuildError):
    """An ontology, or other RDF, cannot be read, or lacks what is needed."""


class CheckpointError(KgbuildError):
    """A model folder is missing, damaged or of another kind."""


class HandoffError(KgbuildError):
    """A hand-over file is missing, damaged or of another stage."""


class StoreError(KgbuildError):
    """The graph store cannot be opened, read or written."""


class StoreInUseError(StoreError):
    """Another process has the graph store open: what cannot be done now can be done later."""


class QueryError(KgbuildError):
    """A SPARQL query is wrong or took too long."""
