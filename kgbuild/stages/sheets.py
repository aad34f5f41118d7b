"""Claims and decisions as a sheet: a csv that a spreadsheet opens, with a row a claim, and reads back.

UTF-8 with a byte order mark, which spreadsheets ask for. Where one saves it with semicolons or tabs, or without the
mark, it is read all the same. A sheet is applied whole or not at all.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from kgbuild.decisions import VERDICTS, Verdict
from kgbuild.errors import InputError, MissingError
from kgbuild.stages.outputs import write_file
from kgbuild.stages.reviewing import Answer, Question, Reviewing, decide, review, settle_decisions

__all__ = ["DECISION_WORDS", "SheetResult", "apply_sheet", "safe_cell", "write_sheet"]

DECISION_WORDS: Final[Mapping[str, Verdict]] = {
    "accept": "accepted",
    "reject": "rejected",
    "correct": "corrected",
    "skip": "skipped",
    "undo": "undone",
}
"""What is written in the column `decision`, in capitals or not, and what it means; so is the meaning itself."""

_COLUMNS: Final = (
    *("decision", "corrected", "probability", "head", "relation", "tail"),
    *("passage", "definition", "source", "claim"),
)
_NEEDED: Final = ("decision", "corrected", "claim")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would reckon out; names and passages are the documents' own."""
_BOM: Final = "\ufeff"
_CLAIM: Final = "claim-"
"""A name of digits alone would be taken for a number, and lose some."""
_LISTED: Final = 5


@dataclass(frozen=True, slots=True)
class SheetResult:
    """What applying a sheet did."""

    rows: int
    """Rows with a decision, at least 0."""
    decisions: int
    """Those among them that said something new."""


def write_sheet(
    graph: Path,
    out: Path,
    *,
    now: datetime,
    decided: bool = False,
    limit: int | None = None,
    ontology: Path | None = None,
) -> int:
    """How many claims were written to `out`, as `review` gives them.

    Raises: MissingError, StoreError, OntologyError, HandoffError, InputError.
    """
    found = review(graph, now=now, decided=decided, limit=limit, ontology=ontology)
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(_COLUMNS)
    rows.writerows(_row(question, found) for question in found.questions)
    write_file(out, f"{_BOM}{text.getvalue()}")
    return len(found.questions)


def apply_sheet(graph: Path, sheet: Path, *, author: str, now: datetime, ontology: Path | None = None) -> SheetResult:
    """What was decided by the rows of a sheet that have a decision; it is in the graph.

    Raises: MissingError; InputError with file, line and reason for the first row that cannot be used, and the lines
    of others: then nothing is decided; SettingError, StoreError, OntologyError, HandoffError.
    """
    rows = list(_rows(sheet))
    answers: list[Answer] = []
    if any(row.said for row in rows):
        waiting = review(graph, now=now, ontology=ontology)
        done = review(graph, now=now, decided=True, ontology=ontology)
        known = {question.id: question for question in (*waiting.questions, *done.questions)}
        answers = _answers(sheet, rows, known, waiting)
    fresh = decide(graph, answers, author=author, now=now)
    settle_decisions(graph, now=now)
    return SheetResult(len(answers), fresh)


def _row(question: Question, found: Reviewing) -> Iterator[str]:
    shown, before = question.shown, question.decision
    words = {verdict: word for word, verdict in DECISION_WORDS.items()}
    says = before is not None and before.says
    corrected = found.ontology.by_iri.get(before.correction) if before is not None else None
    yield words[before.verdict] if before is not None and says else ""
    yield safe_cell(corrected.label) if corrected else ""
    yield f"{shown.probability:.4f}"
    yield safe_cell(shown.subject_label)
    yield safe_cell(question.label)
    yield safe_cell(shown.object_label)
    yield safe_cell(shown.marked)
    yield safe_cell(question.definition)
    yield safe_cell(shown.source)
    yield f"{_CLAIM}{question.id}"


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row of a sheet says."""

    line: int
    """The file's line that it begins in, from 1."""
    decision: str
    """What is decided, in a word."""
    corrected: str
    """The relation that holds instead."""
    claim: str
    """Name of the claim."""

    @property
    def said(self) -> bool:
        """Whether anything was decided."""
        return bool(self.decision or self.corrected)


def _rows(sheet: Path) -> Iterator[_Row]:
    """The rows of a sheet. Raises: MissingError, InputError."""
    text = _text(sheet)
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    try:
        names = [name.strip().casefold() for name in next(rows, [])]
        missing = [name for name in _NEEDED if name not in names]
        if missing:
            raise _wrong(sheet, 1, f"expected the columns {', '.join(_NEEDED)}, came none named {missing[0]!r}")
        line = rows.line_num + 1
        for cells in rows:
            found = dict(zip(names, map(str.strip, cells), strict=False))
            if any(found.values()):
                yield _Row(line, *(found.get(name, "") for name in _NEEDED))
            line = rows.line_num + 1
    except csv.Error as error:
        raise _wrong(sheet, rows.line_num, f"expected a csv of kgbuild's, came one with {error}") from error


def _text(sheet: Path) -> str:
    """The characters of a file in UTF-8, with a byte order mark or without."""
    try:
        content = sheet.read_bytes()
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _wrong(sheet, line, "expected UTF-8, came other bytes; save it as CSV UTF-8") from error
    except OSError as error:
        raise MissingError(
            f"sheet {str(sheet)!r} cannot be read: {error.strerror}; name one that --write has written", subject=sheet
        ) from error


def _answers(sheet: Path, rows: list[_Row], known: Mapping[str, Question], found: Reviewing) -> list[Answer]:
    """What the rows decide. Raises: InputError for the first that is wrong, with the lines of the others."""
    answers: dict[str, Answer] = {}
    wrong: list[tuple[int, str]] = []
    for row in (row for row in rows if row.said):
        try:
            answer = _answer(row, known, found)
        except InputError as error:
            wrong.append((row.line, str(error)))
        else:
            if answers.setdefault(row.claim, answer) != answer:
                wrong.append((row.line, f"claim {row.claim!r} was decided otherwise above; decide it once"))
    if wrong:
        (line, reason), *others = wrong
        lines = ", ".join(str(line) for line, _ in others[:_LISTED]) + (", …" if len(others) > _LISTED else "")
        more = f"; {len(others)} more rows are wrong, lines {lines}" if others else ""
        raise _wrong(sheet, line, f"{reason}; nothing was applied{more}")
    return list(answers.values())


def _answer(row: _Row, known: Mapping[str, Question], found: Reviewing) -> Answer:
    """What a row decides. Raises: InputError."""
    word = row.decision.casefold()
    verdict = DECISION_WORDS.get(word, next((verdict for verdict in VERDICTS if verdict == word), None))
    if verdict is None:
        raise InputError(f"decision {row.decision!r} is unknown, expected {', '.join(DECISION_WORDS)} or nothing")
    question = known.get(row.claim.removeprefix(_CLAIM))
    if question is None:
        raise InputError(
            f"claim {row.claim!r} is not in the graph, for its document has changed or is out, or the sheet is of "
            "another graph; take the row out, or write the sheet anew"
        )
    if (verdict == "corrected") != bool(row.corrected):
        raise InputError(
            f"decision {row.decision!r} with the corrected relation {row.corrected!r}: expected a relation with the "
            "decision correct and none with another"
        )
    correction = found.relation(row.corrected) if row.corrected else ""
    if correction == question.claim.relation:
        raise InputError(
            f"corrected relation {row.corrected!r} is the one that was claimed; name another, or accept it"
        )
    return Answer(question, verdict, correction)


def _wrong(sheet: Path, line: int, reason: str) -> InputError:
    return InputError(f"sheet {str(sheet)!r}, line {line}: {reason}", subject=sheet)


def safe_cell(text: str) -> str:
    """The text in one cell: one line, and nothing that a spreadsheet would reckon out."""
    line = " ".join(text.split())
    return f"'{line}" if line.startswith(_FORMULA) else line
