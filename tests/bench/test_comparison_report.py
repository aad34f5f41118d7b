"""Figures stand where the page has its markers, with everything that was measured and nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest
from comparison_data import Setting
from comparison_report import SHARES, Figures, Speed, between_markers, tables, write_figures
from comparison_scores import ALL, PIECES, Outcome

from kgbuild.errors import InputError
from kgbuild.evaluate import DISTANCES

PAGE = "Words before.\n\n<!-- embeddings: begin -->\nold\n<!-- embeddings: end -->\n\nWords after.\n"


def outcome(right: int, *, typed: bool = True) -> Outcome:
    """A model that finds `right` of ten in the first of two documents, and one wrong in the second."""
    counts = {name: [[right, 0, 10 - right], [0, 1, 2]] for name in (ALL, *DISTANCES, *PIECES)}
    return Outcome(370_000, 470_000, counts if typed else {}, counts, f"a machine; commit a{right}")


def figures(*, shares: tuple[float, ...] = SHARES) -> Figures:
    """Three methods, two seeds of each."""
    found = [
        (name, share, outcome(right, typed=name != "dot"))
        for name, right in (("attention", 6), ("convolution", 4), ("dot", 2))
        for share in shares
        for _ in range(2)
    ]
    seconds = {"attention": [2.0, 4.0, 3.0], "convolution": [4.0, 4.0, 12.0], "dot": [1.0, 1.0, 1.0]}
    speed = Speed(600, seconds, "a machine; commit b")
    return Figures(Setting("embeddings", "document", 3), found, speed, (5, 2), 600, 2)


def row(name: str, title: str) -> list[str]:
    """The cells of a method's row in the first table below a line that begins so."""
    lines = tables(figures())
    start = next(number for number, line in enumerate(lines) if line.startswith(title))
    line = next(line for line in lines[start:] if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_main_table_has_the_figures_worked_by_hand() -> None:
    """Six of twelve with one wrong is F1 12/19; four 8/17; at half to a third of the speed in the turns."""
    assert row("attention", "### With all")[1:5:2] == ["370,000", "**0.632**"]
    cells = row("convolution", "### With all")
    assert cells[3] == f"**{8 / 17:.3f}**"
    assert cells[5].startswith("-") and cells[8].startswith("-")
    assert cells[-2:] == ["150", "0.50 (0.25 to 1.00)"]


def test_a_machine_is_named_once_with_its_commits() -> None:
    """A run that went on after a commit names both."""
    assert [line for line in tables(figures()) if line.startswith("Measured")] == [
        "Measured: a machine; commits a2, a4, a6, b."
    ]
    one = replace(figures(), outcomes=figures().outcomes[:1], speed=None, seeds=1)
    assert "Measured: a machine; commit a6." in tables(one)
    assert tables(one)[0].endswith("1 model of each kind.")


def test_an_untyped_scorer_has_figures_of_relatedness_alone() -> None:
    """Its cells about relations are empty, and it is left out of tables about them."""
    cells = row("dot", "### With all")
    assert cells[3:6] == ["", "", ""]
    assert cells[6] == f"**{4 / 15:.3f}**"
    assert sum(line.startswith("| dot |") for line in tables(figures())) == 4


def test_gold_is_counted_once_for_all_seeds() -> None:
    """Ten and two relations are twelve, though two models were measured on them."""
    assert row("gold", "### By sentences")[1:] == ["12"] * len(DISTANCES)


def test_a_distance_at_which_nothing_stands_has_no_figure() -> None:
    """Where nothing was claimed and nothing is to be found the cell is empty, and not a perfect score."""
    nothing = {name: [[0, 0, 0]] * 2 for name in DISTANCES}
    found = [
        (name, share, replace(one, typed=one.typed | nothing)) for name, share, one in figures().outcomes if one.typed
    ]
    lines = tables(replace(figures(), outcomes=found))
    start = lines.index("### By sentences between head and tail")
    assert "| attention |  |  |  |  |" in lines[start:]


def test_the_curve_has_what_was_measured() -> None:
    """It has the shares that were learned from; what was not measured has an empty cell."""
    two = figures(shares=(0.5, 1.0))
    gone = [item for item in two.outcomes if item[:2] != ("attention", 0.5)]
    lines = tables(replace(two, outcomes=gone))
    start = lines.index("### By how much of the data was learned from")
    assert "| F1, relations | 50% | 100% |" in lines[start:]
    assert "| attention |  | 0.632 |" in lines[start:]


def test_all_of_the_data_alone_gives_no_curve(tmp_path: Path) -> None:
    """Neither a table nor a plot, and nothing on the page leads to one."""
    (tmp_path / "attention.md").write_text(PAGE, encoding="utf-8")
    lines = write_figures(figures(shares=(1.0,)), tmp_path)
    assert not [line for line in lines if line.startswith("### By how much")]
    assert "curve" not in (tmp_path / "attention.md").read_text(encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"attention.md", "attention-embeddings-distance.png"}


def test_prose_around_the_figures_is_kept() -> None:
    """What stood between the markers is replaced, and put there again it is the same."""
    once = between_markers(PAGE, "embeddings", ["", "new", ""])
    assert once == PAGE.replace("old", "\nnew\n")
    assert between_markers(once, "embeddings", ["", "new", ""]) == once


@pytest.mark.parametrize("page", ["nothing", PAGE + PAGE, PAGE.replace("begin", "middle").replace("end", "begin")])
def test_a_page_without_its_markers_is_refused(page: str) -> None:
    """Without one marker of each kind, in order, nothing is written over."""
    with pytest.raises(InputError, match="expected one line '<!-- embeddings: begin -->'"):
        between_markers(page, "embeddings", [])


def test_page_and_plots_are_written(tmp_path: Path) -> None:
    """The page holds the tables and shows the plots, which lie beside it; a second time all bytes are the same."""
    page = tmp_path / "attention.md"
    page.write_text(PAGE, encoding="utf-8")
    lines = write_figures(figures(), tmp_path)
    written = page.read_text(encoding="utf-8")
    assert written.startswith("Words before.\n\n<!-- embeddings: begin -->\n\n" + lines[0])
    assert written.endswith("\n<!-- embeddings: end -->\n\nWords after.\n")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(before) == {"attention.md", "attention-embeddings-curve.png", "attention-embeddings-distance.png"}
    assert all(f"({name})" in written for name in before if name.endswith("png"))
    write_figures(figures(), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trial gives its tables alone."""
    monkeypatch.chdir(tmp_path)
    assert write_figures(figures(), None) == tables(figures())
    assert list(tmp_path.iterdir()) == []
