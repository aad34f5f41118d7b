"""A sheet of claims goes out to a spreadsheet and comes back, and is applied whole or not at all."""

import csv
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.errors import InputError, MissingError
from kgbuild.stages.decided import DECISIONS, read_reviews
from kgbuild.stages.sheets import safe_cell

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
Row = dict[str, str]


@pytest.fixture
def graph(small_graph: Path, tmp_path: Path) -> Path:
    """A graph to be changed."""
    return Path(shutil.copytree(small_graph, tmp_path / "graph"))


@pytest.fixture
def sheet(graph: Path, tmp_path: Path) -> Path:
    """The sheet of all its claims."""
    out = tmp_path / "new" / "claims.csv"
    assert stages.write_sheet(graph, out, now=NOW) == len(stages.review(graph, now=NOW).questions)
    return out


def rows_of(sheet: Path) -> list[Row]:
    """The rows as another program reads them."""
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def fill(sheet: Path, rows: list[Row], **options: str) -> None:
    """Saves the rows as a spreadsheet would."""
    encoding = options.get("encoding", "utf-8-sig")
    with sheet.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter=options.get("delimiter", ","))
        writer.writeheader()
        writer.writerows(rows)


def apply(graph: Path, sheet: Path) -> stages.SheetResult:
    """Applies the sheet in the name of Grace."""
    return stages.apply_sheet(graph, sheet, author="Grace", now=NOW)


def test_a_sheet_has_a_row_a_claim(graph: Path, sheet: Path) -> None:
    """It begins with the mark that spreadsheets know UTF-8 by, and has what a person must see, the doubtful first."""
    assert sheet.read_bytes().startswith(b"\xef\xbb\xbfdecision,corrected,")
    rows, questions = rows_of(sheet), stages.review(graph, now=NOW).questions
    assert [row["claim"] for row in rows] == [f"claim-{item.id}" for item in questions]
    for row, question in zip(rows, questions, strict=True):
        assert (row["decision"], row["corrected"]) == ("", "")
        assert float(row["probability"]) == question.shown.probability
        assert row["passage"] == " ".join(question.shown.marked.split())
        assert (row["head"], row["tail"]) == (question.shown.subject_label, question.shown.object_label)
        assert row["source"] == question.shown.source
    assert [row["claim"] for row in rows_of(out_of(graph, sheet, limit=2))] == [row["claim"] for row in rows[:2]]


def out_of(graph: Path, sheet: Path, **options: bool | int) -> Path:
    """Another sheet beside it."""
    out = sheet.with_name("other.csv")
    stages.write_sheet(graph, out, now=NOW, **options)  # type: ignore[arg-type]
    return out


@pytest.mark.parametrize("options", [{}, {"delimiter": ";"}, {"delimiter": "\t", "encoding": "utf-8"}])
def test_decisions_are_taken_from_a_sheet(graph: Path, sheet: Path, options: dict[str, str]) -> None:
    """Each decision counts in the graph, whatever spreadsheet saved it; rows without one are passed over."""
    rows = rows_of(sheet)
    rows[0]["decision"], rows[1]["decision"] = "Accept", " REJECT "
    rows[2] |= {"decision": "correct", "corrected": "knows"}
    fill(sheet, rows, **options)
    done = apply(graph, sheet)
    assert (done.rows, done.decisions) == (3, 3)
    [made] = read_reviews(graph)
    assert made.author == "Grace"
    assert [item.verdict for item in made.decisions] == ["accepted", "rejected", "corrected"]
    left = {f"claim-{item.id}" for item in stages.review(graph, now=NOW).questions}
    assert left == {row["claim"] for row in rows[3:]}
    assert stages.stats(graph).evidence == len(rows) - 1


def test_a_sheet_can_be_applied_twice(graph: Path, sheet: Path) -> None:
    """The second time nothing is new, though the rejected claim is out of the graph."""
    rows = rows_of(sheet)
    rows[0]["decision"] = "reject"
    fill(sheet, rows)
    apply(graph, sheet)
    done = apply(graph, sheet)
    assert (done.rows, done.decisions) == (1, 0)
    assert len(read_reviews(graph)) == 1


def test_decided_claims_can_be_written_and_changed(graph: Path, sheet: Path) -> None:
    """A sheet of what was decided has the decisions in it, and an undone one is left to the model."""
    rows = rows_of(sheet)
    rows[0]["decision"] = "reject"
    rows[1] |= {"decision": "correct", "corrected": "https://example.org/small#knows"}
    fill(sheet, rows)
    apply(graph, sheet)
    other = out_of(graph, sheet, decided=True)
    again = rows_of(other)
    assert [(row["decision"], row["corrected"]) for row in again] == [("correct", "knows"), ("reject", "")]
    again[1]["decision"] = "undo"
    fill(other, again)
    assert apply(graph, other).decisions == 1
    assert again[1]["claim"] in {f"claim-{item.id}" for item in stages.review(graph, now=NOW).questions}


def test_a_cell_is_no_formula() -> None:
    """A name or passage that begins as a formula does is text to a spreadsheet."""
    assert [safe_cell(text) for text in ("=1+1", "@x", "-5 °C", "a = b", "two\nlines")] == [
        *("'=1+1", "'@x", "'-5 °C", "a = b", "two lines"),
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"decision": "yes"}, "decision 'yes' is unknown, expected accept, reject, correct, skip, undo or nothing"),
        ({"decision": "accept", "claim": "claim-0"}, "claim 'claim-0' is not in the graph"),
        ({"decision": "correct"}, "expected a relation with the decision correct"),
        ({"decision": "reject", "corrected": "knows"}, "expected a relation with the decision correct"),
        ({"corrected": "knows"}, "decision '' is unknown"),
        ({"decision": "correct", "corrected": "know"}, "relation 'know' is unknown.*the nearest are 'knows'"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_applied(graph: Path, sheet: Path, change: Row, reason: str) -> None:
    """The message has file, line and reason, and the good rows beside it have no effect."""
    rows = rows_of(sheet)
    rows[0]["decision"] = "accept"
    rows[1] |= change
    fill(sheet, rows)
    with pytest.raises(InputError, match=rf"claims\.csv', line 3: .*{reason}.*nothing was applied"):
        apply(graph, sheet)
    assert not (graph / DECISIONS).exists()


def test_all_wrong_rows_are_counted(graph: Path, sheet: Path) -> None:
    """Beside the first, the lines of the others are told, lines of the file and not rows."""
    rows = rows_of(sheet)
    rows[0]["passage"] = "two\nlines"
    for row in rows[:3]:
        row["decision"] = "no"
    fill(sheet, rows)
    with pytest.raises(InputError, match=r"line 2: .*; 2 more rows are wrong, lines 4, 5"):
        apply(graph, sheet)


def test_a_claim_is_decided_once(graph: Path, sheet: Path) -> None:
    """Two rows of one claim may say the same, and not different things."""
    rows = rows_of(sheet)[:2]
    rows[1] = dict(rows[0])
    rows[0]["decision"] = rows[1]["decision"] = "accept"
    fill(sheet, rows)
    assert apply(graph, sheet).rows == 1
    rows[1]["decision"] = "reject"
    fill(sheet, rows)
    with pytest.raises(InputError, match=r"line 3: .*decided otherwise above"):
        apply(graph, sheet)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "line 1: expected the columns decision, corrected, claim, came none named 'decision'"),
        (b"decision,claim\n", "line 1: .*came none named 'corrected'"),
        (b"decision,corrected,claim\n\xff,,\n", "line 2: expected UTF-8"),
        (b'decision,corrected,claim\na,b,"c\n', "line 2: expected a csv"),
    ],
)
def test_what_is_no_sheet_is_refused(graph: Path, tmp_path: Path, content: bytes, reason: str) -> None:
    """A file of another kind is named with the line where that shows."""
    file = tmp_path / "other.csv"
    file.write_bytes(content)
    with pytest.raises(InputError, match=rf"other\.csv', {reason}"):
        apply(graph, file)
    with pytest.raises(MissingError, match=r"missing\.csv' cannot be read"):
        apply(graph, tmp_path / "missing.csv")


def test_a_sheet_without_decisions_changes_nothing(graph: Path, sheet: Path) -> None:
    """Not even the file of decisions is made."""
    done = apply(graph, sheet)
    assert (done.rows, done.decisions) == (0, 0)
    assert not (graph / DECISIONS).exists()
