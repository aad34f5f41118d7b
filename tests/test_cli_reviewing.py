"""`kgbuild review` puts claims to a person in the terminal, and takes sheets; what is said goes to the stages."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.cli import main
from kgbuild.decisions import Decision, Place
from kgbuild.graph import Explanation, ReviewableClaim
from kgbuild.ontology import Ontology, Property
from kgbuild.records import Span
from kgbuild.stages import Answer, Lessons, Question, Reviewing, SheetResult

KNOWS, LEADS = "urn:knows", "urn:leads"
Said = list[tuple[str, str, str, str]]
Run = Callable[..., tuple[int, Said]]


def relation(iri: str, label: str, definition: str) -> Property:
    """A property with nothing but words."""
    return Property(iri, label, definition, frozenset(), frozenset(), None, False, False, ())


ONTOLOGY = Ontology(
    "urn:o", "0", (relation(KNOWS, "knows", "They have met."), relation(LEADS, "leads", "It is the head.")), ()
)


def question(number: int, verdict: str = "") -> Question:
    """A question about a sentence of its own, decided before if so said."""
    text = f"Ada\x1b[31m met Bob{number}."
    head, tail = Span(0, 3), Span(text.index("Bob"), len(text) - 1)
    place = Place("file:///a.txt", "d", (Span(0, len(text)),), (text,), head, tail)
    shown = Explanation(
        *("urn:ada", "Ada", KNOWS, "knows", "urn:bob", f"Bob{number}", 0.5 + number / 100),
        *("urn:d", "file:///a.txt", text, head, tail),
    )
    before = Decision(place, KNOWS, verdict, "", 0.5) if verdict else None  # type: ignore[arg-type]
    return Question(f"q{number}", ReviewableClaim(place, KNOWS, shown), "knows", "They have met.", before)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command with lines that a person types; what was decided, by whom, and that it was settled."""

    def call(typed: str, *options: str, questions: int = 3, verdict: str = "") -> tuple[int, Said]:
        said: Said = []
        found = Reviewing(tuple(question(number, verdict) for number in range(questions)), ONTOLOGY)

        def decide(_graph: Path, answers: list[Answer], *, author: str, **_: object) -> int:
            said.extend((item.question.id, item.verdict, item.correction, author) for item in answers)
            return len(answers)

        def settle(_: Path, **__: object) -> None:
            said.append(("settled", "", "", ""))

        monkeypatch.setattr(stages, "review", lambda *_, **__: found)
        monkeypatch.setattr(stages, "decide", decide)
        monkeypatch.setattr(stages, "settle_decisions", settle)
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(["review", "--graph", "kg", "--author", "Grace", *options])
        assert said.pop() == ("settled", "", "", "")
        return code, said

    return call


def test_each_answer_is_kept(run: Run) -> None:
    """A letter or the word accepts, rejects, skips or undoes, one claim after the other, under the author's name."""
    assert run("a\nreject\nS\n") == (
        0,
        [("q0", "accepted", "", "Grace"), ("q1", "rejected", "", "Grace"), ("q2", "skipped", "", "Grace")],
    )
    assert run("u\nq\n")[1] == [("q0", "undone", "", "Grace")]


def test_a_claim_is_shown_with_all_that_decides_it(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Number, triple, probability, marked passage, document, definition; no text can steer the terminal."""
    run("q\n")
    out = capsys.readouterr().out
    assert out.splitlines()[:5] == [
        "1 of 3",
        "Ada  knows  Bob0",
        "  0.50  [[Ada]]␛[31m met [[Bob0]].",
        "        file:///a.txt",
        "  knows: They have met.",
    ]


def test_one_can_go_back(run: Run) -> None:
    """The claim before is put again, and its new answer comes later; before the first there is none."""
    assert [item[:2] for item in run("b\na\nb\nr\nq\n")[1]] == [("q0", "accepted"), ("q0", "rejected")]


def test_a_correction_names_a_relation(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """It is asked for until one is named that there is and that is another; `?` lists them, nothing goes back."""
    _, said = run("c\n?\nlead\nknows\nleads\nc\n\na\nq\n")
    assert said == [("q0", "corrected", LEADS, "Grace"), ("q1", "accepted", "", "Grace")]
    out = capsys.readouterr().out
    assert "knows; leads" in out
    assert re.search(r"relation 'lead' is unknown.*the nearest are 'leads'", out)
    assert "that is the relation that was claimed" in out


@pytest.mark.parametrize("typed", ["", "a\n", "a\nx\n\n"])
def test_the_end_of_the_input_ends_a_review(run: Run, typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What was said until then is kept and settled; what is no answer is told so and asked again."""
    code, said = run(typed)
    assert code == 0
    assert [item[:2] for item in said] == [("q0", "accepted")] * ("a" in typed)
    captured = capsys.readouterr()
    said = "type one of accept, reject, correct, skip, undo, back, quit, or its first letter"
    assert (f"'x' is none of these: {said}" in captured.out) == ("x" in typed)
    assert (f"nothing was typed: {said}" in captured.out) == ("x" in typed)
    assert ("1 decision is in the graph" in captured.err) == ("a" in typed)


def test_an_interrupt_loses_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C after a decision ends with its own exit code, and the decision is settled."""

    class Interrupted(io.StringIO):
        def readline(self, *_: object) -> str:  # type: ignore[override]
            line = super().readline()
            if not line:
                raise KeyboardInterrupt
            return line

    monkeypatch.setattr(io, "StringIO", Interrupted)
    code, said = run("a\n")
    assert code == 130
    assert said == [("q0", "accepted", "", "Grace")]


def test_without_questions_it_says_so(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is asked, and stderr says why; a claim that was decided tells how."""
    assert run("", questions=0) == (0, [])
    assert capsys.readouterr().err == "kgbuild: no claim waits for a decision\n"
    run("q\n", "--decided", verdict="rejected")
    assert "  decided before: rejected\n" in capsys.readouterr().out


def test_sheets_and_training_data(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The three files go to their stages with the options, one at a time."""
    calls: list[tuple[str, object]] = []
    results = {"write_sheet": 7, "apply_sheet": SheetResult(3, 2), "export_decisions": Lessons(1, 2, 3, 4)}
    for name, result in results.items():

        def stage(graph: Path, path: Path, *, name: str = name, result: object = result, **options: object) -> object:
            calls.append((name, {"path": path, **{key: options[key] for key in options if key != "now"}}))
            return result

        monkeypatch.setattr(stages, name, stage)
    assert main(["review", "--graph", "kg", "--write", "o.csv", "--limit", "5", "--decided"]) == 0
    assert main(["review", "--graph", "kg", "--apply", "i.csv", "--author", "Ada"]) == 0
    assert main(["review", "--graph", "kg", "--export", "t.jsonl", "--ontology", "o.ttl"]) == 0
    assert calls == [
        ("write_sheet", {"path": Path("o.csv"), "decided": True, "limit": 5, "ontology": None}),
        ("apply_sheet", {"path": Path("i.csv"), "author": "Ada", "ontology": None}),
        ("export_decisions", {"path": Path("t.jsonl"), "ontology": Path("o.ttl")}),
    ]
    told = capsys.readouterr().err
    for part in (
        "7 claims written",
        "3 rows with a decision, 2 of them new",
        "2 relations, 3 denied",
        "4 decisions left",
    ):
        assert part in told
    assert main(["review", "--graph", "kg", "--write", "o.csv", "--apply", "i.csv"]) == 2
    assert "exclude each other" in capsys.readouterr().err


def test_the_author_is_who_is_logged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name the login name is taken."""
    authors: list[object] = []
    monkeypatch.setenv("LOGNAME", "hopper")

    def apply(*_: Path, author: str, **__: object) -> SheetResult:
        authors.append(author)
        return SheetResult(0, 0)

    monkeypatch.setattr(stages, "apply_sheet", apply)
    main(["review", "--graph", "kg", "--apply", "i.csv"])
    assert authors == ["hopper"]
