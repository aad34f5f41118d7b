"""Each command parses, makes one call, and prints its answer and nothing else on stdout."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.progress import Progress as Bar
from typer.main import get_command
from typer.testing import CliRunner

from kgbuild import checkpoint, graph, stages
from kgbuild.cli import app, main, options, output, progress
from kgbuild.config import ScoreSettings, Settings
from kgbuild.errors import KgbuildError, StoreError
from kgbuild.evaluate import (
    DISTANCES,
    Bin,
    Interval,
    RelationScores,
    Reliability,
    Scores,
    Share,
    Shares,
    SpanScores,
    Tally,
    TripleScores,
)
from kgbuild.graph import Count, Explanation, GraphStatistics, Problem, QueryTable, ValidationReport
from kgbuild.iris import digest_of, document_iri, entity_iri
from kgbuild.ontology import EntityClass, Ontology, Property
from kgbuild.records import AnnotatedDocument, Claim, ClaimedDocument, Document, Entity, Mention, Refusal, Span
from kgbuild.stages import BuildSummary, DocumentCounts, Evaluation, Linking

BASE = Settings().graph.base
KGB = f"{BASE}ontology#"
PROGRAM = [sys.executable, "-m", "kgbuild"]
SUMMARY = BuildSummary(
    documents=DocumentCounts(added=1234, unchanged=20, refused=1),
    sentences=40,
    mentions=50,
    pairs=60,
    claims=7,
    triples=6,
    seconds=1.25,
    run=f"{BASE}run/r1",
    folder="graph/runs/r1",
    refusals=(
        Refusal("ingest", "file:///corpus/[red]x[/red].pdf", "encrypted", "a password is needed\x1b[2J"),
        Refusal("accept", "scores", "below-threshold", "below 0.5", 900),
        Refusal("score", "scores", "too-far", "", 20),
    ),
)
HOSTILE = Explanation(
    subject="urn:a",
    subject_label="[bold]Ada[/bold]",
    predicate="urn:p",
    predicate_label="worked with",
    object="urn:b",
    object_label="B\x1b[31mb",
    probability=0.93,
    document="urn:d",
    source="file:///x\x07.txt",
    passage="[bold]Ada[/bold] worked\nwith B\x1b[31mb.",
    head=Span(0, 16),
    tail=Span(29, 36),
)

Call = dict[str, Any]


@pytest.fixture(autouse=True)
def _plain_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without settings, an environment that asks for no colours."""
    monkeypatch.chdir(tmp_path)
    ours = [name for name in os.environ if name.startswith("KGBUILD_")]
    for name in (*ours, "FORCE_COLOR", "NO_COLOR", "COLUMNS", "PYTHONUNBUFFERED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Call]]:
    """Puts a recorder in the place of a stage; what it was called with is in the list."""

    def replace(name: str, answer: object) -> list[Call]:
        found: list[Call] = []

        def stage(*args: object, **options: object) -> object:
            found.append({"args": args, **options})
            if isinstance(answer, BaseException):
                raise answer
            return answer

        monkeypatch.setattr(stages, name, stage)
        return found

    return replace


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes stdout a terminal."""
    # the class, since pytest captures the test into another object than its fixtures
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _stream: True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A graph of one document with one claim, as a build leaves it."""
    text = "Ada Lovelace worked with Charles Babbage."
    source = "file:///corpus/ada.txt"
    names = {"Ada Lovelace": Span(0, 12), "Charles Babbage": Span(25, 40)}
    iris = [entity_iri(BASE, name, "PER") for name in names]
    mentions = tuple(Mention(span.start, span.end, "PER", name, 0) for name, span in names.items())
    entities = tuple(Entity(iri, name, "PER", (i,)) for i, (iri, name) in enumerate(zip(iris, names, strict=True)))
    document = Document(document_iri(BASE, source), source, text, digest_of(text), "txt", origin=source)
    claim = Claim(iris[0], f"{KGB}workedWith", iris[1], 0.93, (Span(0, 41),), *names.values())
    annotated = AnnotatedDocument(document, (Span(0, 41),), mentions, entities)
    empty: frozenset[str] = frozenset()
    worked_with = Property(f"{KGB}workedWith", "worked with", "", empty, empty, None, True, False, ())
    ontology = Ontology(KGB, "0" * 64, (worked_with,), (EntityClass(f"{KGB}Person", "person", "", "PER"),))
    run = f"{BASE}run/r1"
    with graph.GraphStore.open(tmp_path / "kg" / "store", create=True) as store:
        claimed = ClaimedDocument(annotated, (claim,), pairs=2)
        store.replace_documents([graph.document_graph(claimed, ontology, Settings().graph, recipe="r", run=run)])
        then = datetime(2026, 1, 2, tzinfo=UTC)
        store.put_run(graph.RunRecord(run, BASE, then, then, (), threshold=0.5))
    return tmp_path / "kg"


# Parsing and the one call


def test_build_passes_every_option(calls: Callable[..., list[Call]], tmp_path: Path):
    """Paths stay text, and each option lands in its setting."""
    found = calls("build", SUMMARY)
    (tmp_path / "s.toml").write_text("[accept]\nprecision = 0.9\n")
    given = "--ontology o.ttl --threshold 0.7 --device cpu --model m --gazetteer g.jsonl --settings s.toml"
    given += " --scorer dot --window 1"
    assert main(["build", "https://example.org/a", "notes/*.md", "--graph", "kg", *given.split(), "--json"]) == 0
    (settings, paths, folder), moment = found[0]["args"], found[0]["now"]
    assert (list(paths), folder) == (["https://example.org/a", "notes/*.md"], Path("kg"))
    assert (settings.ontology, settings.model, settings.device) == (Path("o.ttl"), Path("m"), "cpu")
    assert (settings.accept.threshold, settings.accept.precision) == (0.7, None)
    assert (settings.recognise.gazetteer, settings.score.scorer) == (Path("g.jsonl"), "dot")
    assert settings.score.window == 1
    assert moment.tzinfo is not None


def test_precision_reaches_the_settings(calls: Callable[..., list[Call]]):
    """`--precision` is the setting of that name."""
    found = calls("build", SUMMARY)
    main(["build", "x", "--graph", "kg", "--precision", "0.9"])
    assert found[0]["args"][0].accept.precision == 0.9


@pytest.mark.parametrize("form", ["text", "file", "stdin"])
def test_query_comes_from_three_places(
    form: str, calls: Callable[..., list[Call]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A query is the argument, the file after @, or stdin for a hyphen."""
    found = calls("query", "a\r\n1\r\n")
    (tmp_path / "q.rq").write_text("ASK { ?ä ?p ?o }", encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.StringIO("ASK { ?ä ?p ?o }"))
    argument = {"text": "ASK { ?ä ?p ?o }", "file": "@q.rq", "stdin": "-"}[form]
    assert main(["query", "--graph", "kg", argument, "--format", "csv"]) == 0
    assert found == [{"args": (Path("kg"), "ASK { ?ä ?p ?o }"), "format": "csv"}]


def test_export_passes_its_options(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """The format is left to the suffix unless it is named; stdout stays empty."""
    found = calls("export", 1234)
    assert main(["export", "--graph", "kg", "g.ttl"]) == main(
        ["export", "--graph", "kg", "g", "--format", "trig", "--evidence"]
    )
    assert [(call["format"], call["evidence"]) for call in found] == [(None, False), ("trig", True)]
    written = capsys.readouterr()
    assert written.out == ""
    assert "1,234 statements written to 'g.ttl'" in written.err


def test_train_works_beside_its_output(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """Without --work the folder to go on from lies beside the output; the model's path is the answer."""
    found = calls("train", Path("models/mine"))
    assert main(["train", "--data", "d", "--output", "models/mine", "--device", "cpu"]) == 0
    call = found[0]
    assert call["args"][1:] == (Path("d"), Path("models/mine"))
    assert (call["work"], call["base"]) == (Path("models/mine.work"), checkpoint.DEFAULT_BASE)
    call["report"]("epoch 1")
    written = capsys.readouterr()
    assert (written.out, written.err) == ("models/mine\n", "kgbuild: epoch 1\n")


def test_evaluate_passes_its_options(calls: Callable[..., list[Call]]):
    """Model, threshold and ontology of the command line are those that are measured."""
    found = calls("evaluate", _evaluation())
    assert main(["evaluate", "d.jsonl", "--model", "m", "--threshold", "0.3", "--ontology", "o.ttl", "--json"]) == 0
    settings, data = found[0]["args"]
    assert (settings.model, settings.accept.threshold, settings.ontology) == (Path("m"), 0.3, Path("o.ttl"))
    assert data == Path("d.jsonl")


def test_choices_are_those_of_the_rooms():
    """Lists that are written twice, to keep --help quick, say the same."""
    assert get_args(options.Answer) == get_args(graph.QueryFormat)
    assert get_args(options.FileFormat) == get_args(graph.ExportFormat)
    assert get_args(options.Scorer) == get_args(ScoreSettings.model_fields["scorer"].annotation)


# Answers


def test_build_as_json_is_one_object(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """`--json` prints the summary whole, and nothing else on stdout."""
    calls("build", SUMMARY)
    main(["build", "x", "--graph", "kg", "--json"])
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads(json.dumps(SUMMARY.to_json()))
    assert printed["documents"]["added"] == 1234


def test_build_summary_lists_what_was_refused(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """Documents set aside are listed with their reasons, scores are counted by theirs."""
    calls("build", SUMMARY)
    main(["build", "x", "--graph", "kg"])
    lines = capsys.readouterr().out.splitlines()
    assert any(
        re.match(r"documents +1,234 added, 0 changed, 20 unchanged, 0 removed, 1 refused$", line) for line in lines
    )
    assert "file:///corpus/[red]x[/red].pdf  ingest  encrypted  a password is needed\u241b[2J" in lines
    assert any(re.match(r"accept +below-threshold +900$", line) for line in lines)


def test_build_that_changed_nothing_says_so(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """Without a run the summary tells that there was nothing to do."""
    calls("build", BuildSummary(DocumentCounts(unchanged=3), 0, 0, 0, 0, 0, 0.1, None, "", ()))
    main(["build", "x", "--graph", "kg"])
    out = capsys.readouterr().out
    assert "nothing had changed" in out
    assert "Set aside" not in out


def test_build_tells_what_its_resolve_did(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """A build that ended with a resolve says what came of it, and what of the vocabulary was read otherwise."""
    linking = Linking(5, 3, 2, 0, 0, 1, 4, 1, ("2 labels are in another language",))
    calls("build", replace(SUMMARY, linking=linking))
    main(["build", "x", "--graph", "kg"])
    shown = capsys.readouterr()
    assert "5 entities by name are 3 things\n2 merged, 0 appearances split off" in shown.out
    assert "1 linked to entries of a vocabulary" in shown.out
    assert "2 labels are in another language" in shown.err
    assert "1 doubtful pair to be had with `kgbuild resolve --review`" in shown.err
    main(["build", "x", "--graph", "kg", "--json"])
    shown = capsys.readouterr()
    assert json.loads(shown.out)["linking"]["merges"] == 2
    assert "2 labels are in another language" in shown.err


def test_table_in_a_pipe_is_aligned_and_whole(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """Columns begin under their heads, wide characters counted, and no IRI is cut however long."""
    iri = "https://example.org/" + "x" * 300
    calls("query", QueryTable(("name", "it"), (("東京", iri), ("a", "b\tc\nd"))))
    main(["query", "--graph", "kg", "SELECT"])
    assert capsys.readouterr().out.splitlines() == ["name  it", f"----  {'-' * 320}", f"東京  {iri}", "a     b c d"]


def test_empty_table_has_its_head(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """No row is an answer too."""
    calls("query", QueryTable(("name",), ()))
    main(["query", "--graph", "kg", "SELECT"])
    assert capsys.readouterr().out.splitlines() == ["name", "----"]


@pytest.mark.usefixtures("terminal")
def test_table_in_a_terminal_shows_markup_as_it_is(
    calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]
):
    """Text of a document is neither markup nor a control of the terminal, and a long cell is folded, not cut."""
    calls("query", QueryTable(("[red]n[/red]",), (("[bold]x[/bold] :smile: \x1b]0;title\x07",), ("y" * 200,))))
    main(["query", "--graph", "kg", "SELECT"])
    shown = re.sub("\x1b\\[[0-9;]*m", "", capsys.readouterr().out)
    assert "[red]n[/red]" in shown
    assert "[bold]x[/bold] :smile: \u241b]0;title\u2407" in shown
    assert "\x1b" not in shown
    assert shown.count("y") == 200


def test_data_is_exact_in_a_pipe(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """A program that reads csv gets every character of it."""
    calls("query", 'a\r\n"\x1b[31m"\r\n')
    main(["query", "--graph", "kg", "SELECT", "--format", "csv"])
    assert capsys.readouterr().out == 'a\r\n"\x1b[31m"\r\n'


@pytest.mark.usefixtures("terminal")
def test_data_is_cleaned_in_a_terminal(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """The same csv cannot colour the terminal of a person."""
    calls("query", 'a\n"\x1b[31m"')
    main(["query", "--graph", "kg", "SELECT", "--format", "csv"])
    assert capsys.readouterr().out == 'a\n"\u241b[31m"\n'


def test_explanation_in_a_pipe_has_brackets(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """Without colours head and tail stand in brackets, and hostile text is shown, not obeyed."""
    calls("explain", [HOSTILE])
    assert main(["explain", "--graph", "kg", "Ada"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "[bold]Ada[/bold]  worked with  B\u241b[31mb",
        "  0.93  [[[bold]Ada[/bold]]] worked with [[B\u241b[31mb]].",
        "        file:///x\u2407.txt",
    ]


def test_places_of_a_triple_stand_together(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """A triple read at two places has one heading; the likeliest triple comes first, and so does its best place."""
    one, other = _explanation("one", 0.6), _explanation("other", 0.8)
    calls("explain", [_explanation("one", 0.9), other, one])
    main(["explain", "--graph", "kg", "Ada"])
    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines() if "file:" not in line]
    assert [line[1] for line in lines] == ["is", "0.90", "0.60", "is", "0.80"]


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("colours", [True, False])
def test_explanation_in_a_terminal_is_marked(
    colours: bool,
    calls: Callable[..., list[Call]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """With colours they mark head and tail; with NO_COLOR the brackets do."""
    if not colours:
        monkeypatch.setenv("NO_COLOR", "1")
    calls("explain", [HOSTILE])
    main(["explain", "--graph", "kg", "Ada"])
    out = capsys.readouterr().out
    assert ("[[[bold]Ada[/bold]]]" in out) is not colours
    assert ("\x1b[1;36m[bold]Ada[/bold]\x1b[0m worked with \x1b[1;35mB\u241b[31mb\x1b[0m." in out) is colours


def test_explanation_as_json_has_all_fields(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """`--json` gives each field as it is."""
    calls("explain", [HOSTILE])
    main(["explain", "--graph", "kg", "Ada", "--json"])
    assert json.loads(capsys.readouterr().out) == [asdict(HOSTILE)]


def test_explanation_of_two_sentences_marks_both(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """Head and tail are marked where they stand in the passage, also when the tail comes first."""
    passage = "Babbage built engines. … Ada came later."
    calls("explain", [replace(HOSTILE, passage=passage, head=Span(25, 28), tail=Span(0, 7))])
    main(["explain", "--graph", "kg", "Ada"])
    assert capsys.readouterr().out.splitlines()[1] == "  0.93  [[Babbage]] built engines. … [[Ada]] came later."


def test_entity_without_triples_is_told_on_stderr(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """An entity that no triple is about leaves stdout empty."""
    calls("explain", [])
    assert main(["explain", "--graph", "kg", "Ada"]) == 0
    written = capsys.readouterr()
    assert (written.out, written.err) == ("", "kgbuild: no triple is about 'Ada'\n")


def test_statistics_are_printed(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """The table has the counts, by class and by property too; `--json` has every field."""
    numbers = GraphStatistics(3, 4000, 5, 6, 0.75, 1, 90, (Count("urn:c", "person", 4),), (Count("urn:p", "knows", 5),))
    calls("stats", numbers)
    main(["stats", "--graph", "kg"])
    out = capsys.readouterr().out
    for pattern in (r"entities +4,000\n", r"mean probability +0\.75\n", r"person +4  urn:c\n", r"knows +5  urn:p\n"):
        assert re.search(pattern, out)
    main(["stats", "--graph", "kg", "--json"])
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(asdict(numbers)))


def test_validation_tells_by_exit_code(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """0 when the graph conforms, 1 when it does not, with each problem printed."""
    calls("validate", ValidationReport(1200, ()))
    assert main(["validate", "--graph", "kg"]) == 0
    assert capsys.readouterr().out == "1,200 documents checked, no problem found\n"
    calls("validate", ValidationReport(1, (Problem("urn:g", "urn:n", "must be a span"),)))
    assert main(["validate", "--graph", "kg"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "urn:g  urn:n  must be a span"
    assert main(["validate", "--graph", "kg", "--json"]) == 1
    printed = json.loads(capsys.readouterr().out)
    assert (printed["conforms"], printed["problems"][0]["node"]) == (False, "urn:n")


def test_evaluation_is_a_table_for_each_part(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """Recogniser with its types, sentences, relations by distance, end to end against both golds, and trust."""
    calls("evaluate", _evaluation())
    main(["evaluate", "d.jsonl"])
    out = capsys.readouterr().out
    tables = [block.splitlines() for block in out.split("\n\n")]
    assert [table[0].split(",")[0] for table in tables] == [
        "Recogniser",
        "Sentence boundaries",
        "Relations between gold entities",
        "End to end from the raw text",
        "Trust",
    ]
    assert re.match(r"strict +0\.750 +0\.600 +0\.667 +0\.667–0\.667 +3 +1 +2$", tables[0][3])
    assert re.match(r"PER +0\.750 +0\.600 +0\.667 +3 +1 +2$", tables[0][5])
    assert [re.split("  +", row)[0] for row in tables[0][3:]] == ["strict", "span only", "PER"]
    assert [re.split("  +", row)[0] for row in tables[2][3:]] == ["all pairs", *DISTANCES]
    assert [re.split("  +", row)[0] for row in tables[3][3:]] == ["all gold", "same-sentence gold"]
    assert re.match(r"pairs without a relation that get one +0\.250 +0\.250–0\.250 +1 +4$", tables[4][3])
    assert re.match(r"expected calibration error +0\.020 +0\.010–0\.030 +70$", tables[4][5])


def test_evaluation_shows_what_the_file_annotates(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """Without relations and sentences there is the recogniser alone, without types its places alone."""
    given = _evaluation()
    untyped = Tally((Scores(0, 4, 0),))
    alone = replace(
        given,
        recogniser=SpanScores(untyped, given.sentences, (("PER", Scores(0, 4, 0)),)),
        sentences=None,
        relations=None,
        reliability=None,
        end_to_end=None,
    )
    calls("evaluate", alone)
    main(["evaluate", "d.jsonl"])
    table, note = capsys.readouterr().out.split("\n\n")
    assert [re.split("  +", row)[0] for row in table.splitlines()[3:]] == ["span only"]
    assert note == "2 documents; the file annotates no relations\n"


def test_evaluation_as_json_is_one_object(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """`--json` prints what the evaluation says of itself."""
    calls("evaluate", _evaluation())
    main(["evaluate", "d.jsonl", "--json"])
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(_evaluation().to_json()))


def _explanation(name: str, probability: float) -> Explanation:
    places = "s", "is", "urn:d", "file:///d"
    return Explanation(
        f"urn:{name}",
        name,
        "urn:p",
        places[1],
        "o",
        "o",
        probability,
        places[2],
        places[3],
        "ab",
        Span(0, 1),
        Span(1, 2),
    )


def _evaluation() -> Evaluation:
    some, none = Tally((Scores(3, 1, 2),)), Tally((Scores(0, 0, 0),))
    share = Shares((Share(1, 4),))
    return Evaluation(
        documents=2,
        recogniser=SpanScores(some, some, (("PER", some.total),)),
        sentences=some,
        relations=RelationScores(some, (some, none, none, none), (("employer", some.total),), share, share),
        reliability=Reliability(0.02, Interval(0.01, 0.03), 70, (Bin(0.0, 1.0, 70, 0.5, 0.52),)),
        end_to_end=TripleScores(everything=some, same_sentence=none),
        seconds=1.0,
    )


# Text that is safe to show


@given(st.text(alphabet=st.characters()))
def test_cleaned_text_keeps_its_length(text: str):
    """Offsets into a sentence hold after cleaning, and no control is left."""
    shown = output.clean(text)
    assert len(shown) == len(text)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)


@given(st.text(alphabet=st.characters(categories=["L", "M", "N", "P", "S", "Zs"])))
def test_ordinary_text_is_not_touched(text: str):
    """Letters of every script, emoji, punctuation and spaces stay."""
    assert output.clean(text) == text


# Progress


def test_lines_are_few():
    """A stage is told at once when it begins, then at most every five seconds."""
    now, lines = [0.0], []
    report = progress.to_lines(lines.append, clock=lambda: now[0])
    for second, stage, done in [(0, "a", 0), (1, "a", 300), (4.9, "a", 400), (5, "a", 500), (5.1, "b", 7), (6, "b", 8)]:
        now[0] = second
        report(stage, done, 2000 if stage == "a" else 0)
    assert lines == ["a: 0 of 2,000 (0 %)", "a: 500 of 2,000 (25 %)", "b: 7"]


def test_one_bar_follows_the_stages():
    """The bar begins anew with each stage, and has no end where none is known."""
    bar = Bar(disable=True)
    report = progress.to_bar(bar)
    report("a", 3, 10)
    assert (bar.tasks[0].description, bar.tasks[0].completed, bar.tasks[0].total) == ("a", 3, 10)
    report("b", 5, 0)
    assert [(task.description, task.completed, task.total) for task in bar.tasks] == [("b", 5, None)]


@pytest.mark.parametrize("seen", [True, False])
def test_progress_goes_to_stderr(seen: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """A bar in a terminal, a line elsewhere, and stdout holds the answer alone."""

    def build(*_args: object, progress: Callable[[str, int, int], None], **_options: object) -> BuildSummary:
        progress("recognise", 5, 10)
        return SUMMARY

    monkeypatch.setattr(stages, "build", build)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: seen)
    assert main(["build", "x", "--graph", "kg", "--json"]) == 0
    written = capsys.readouterr()
    json.loads(written.out)
    assert ("recognise: 5 of 10 (50 %)" in written.err) is not seen
    assert "recognise" in written.err


# Errors and exit codes


def test_error_is_one_safe_line(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """An error of ours is one line on stderr, its text shown as it is, and the exit code is 2."""
    calls("stats", StoreError("graph '[red]g[/red]\x1b[2J' is\n  in use"))
    assert main(["stats", "--graph", "kg"]) == 2
    written = capsys.readouterr()
    assert (written.out, written.err) == ("", "kgbuild: error: graph '[red]g[/red]\u241b[2J' is in use\n")


@pytest.mark.parametrize("kind", KgbuildError.__subclasses__(), ids=lambda kind: kind.__name__)
def test_every_error_of_ours_is_told(kind: type[KgbuildError], calls: Callable[..., list[Call]]):
    """No kind of error leaves as a traceback."""
    calls("stats", kind("thing"))
    assert main(["stats", "--graph", "kg"]) == 2


def test_bug_keeps_its_traceback(calls: Callable[..., list[Call]]):
    """An error that nobody meant is not hidden."""
    calls("stats", ZeroDivisionError("bug"))
    with pytest.raises(ZeroDivisionError):
        main(["stats", "--graph", "kg"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("build x", "Missing option '--graph'; see 'kgbuild build --help'"),
        ("build --graph kg", "Missing argument 'PATH'; see 'kgbuild build --help'"),
        ("stat --graph kg", "No such command 'stat'"),
        ("stats --graf kg", "No such option"),
        ("query --graph kg x --format xml", "'xml' is not one of 'table', 'csv', 'json', 'turtle'"),
        ("query --graph kg @no.rq", "query file 'no.rq' does not exist; name a file after the @"),
        ("query --graph kg @.", "query file '.' cannot be read: Is a directory; "),
        ("build x --graph kg --threshold 0.5 --precision 0.9", "options --threshold 0.5 and --precision 0.9 exclude"),
        ("build x --graph kg --threshold high", "setting 'accept.threshold': "),
        ("build x --graph kg --precision 2", "setting 'accept.precision': expected a number below 1, came '2'"),
        ("build x --graph kg --device tpu", "setting 'device': "),
        ("build x --graph kg --window sentence", "setting 'score.window': expected 'document' or a whole number from"),
        ("build x --graph kg --settings no.toml", "settings file 'no.toml' does not exist"),
        ("stats --graph nowhere", "nowhere"),
    ],
)
def test_user_error_is_one_line(arguments: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """What the user got wrong is named in one line, with exit code 2, and nothing is made."""
    assert main(arguments.split()) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.startswith("kgbuild: error: ")
    assert message in written.err
    assert written.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_interrupt_inside_a_command_is_one_line(calls: Callable[..., list[Call]], capsys: pytest.CaptureFixture[str]):
    """Ctrl-C ends with exit code 130 and no traceback."""
    calls("build", KeyboardInterrupt())
    assert main(["build", "x", "--graph", "kg"]) == 130
    assert capsys.readouterr().err == "kgbuild: interrupted\n"


def test_signal_ends_the_program_quietly():
    """A real SIGINT during a long work is exit code 130 and one line."""
    code = (
        "import signal, sys, time; from kgbuild import cli, stages\n"
        # a test that runs in the background of a shell inherits that SIGINT is ignored
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "stages.stats = lambda graph: (print('ready', flush=True), time.sleep(60))\n"
        "sys.exit(cli.main(['stats', '--graph', 'kg']))"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdout=pipe, stderr=pipe) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"ready\n"
        program.send_signal(signal.SIGINT)
        out, errors = program.communicate(timeout=60)
    assert (program.returncode, out, errors) == (130, b"", b"kgbuild: interrupted\n")


def test_the_package_is_the_program():
    """`python -m kgbuild` answers, notes and exits as `kgbuild` does."""
    done = subprocess.run([*PROGRAM, "--version"], capture_output=True, check=True, text=True)
    assert re.fullmatch(r"kgbuild \d\S*\n", done.stdout)
    wrong = subprocess.run([*PROGRAM, "stat"], capture_output=True, check=False, text=True)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("kgbuild: error: No such command 'stat'")


def test_reader_that_goes_away_is_no_error(folder: Path):
    """`kgbuild query … | head` leaves no message behind."""
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } LIMIT 3000"  # more than a pipe holds
    pipe = subprocess.PIPE
    with subprocess.Popen([*PROGRAM, "query", "--graph", folder, query], stdout=pipe, stderr=pipe) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.readline()
        program.stdout.close()
        assert program.stderr.read() == b""
    assert program.returncode == 1


# The whole program


def test_program_alone_prints_help(capsys: pytest.CaptureFixture[str]):
    """`kgbuild` without a command is a question, not an error."""
    assert main([]) == 0
    assert "Usage: kgbuild" in capsys.readouterr().out


def test_version_is_printed(capsys: pytest.CaptureFixture[str]):
    """`--version` names the program and its version."""
    assert main(["--version"]) == 0
    assert re.fullmatch(r"kgbuild \d+\.\d+\.\d+\n", capsys.readouterr().out)


@pytest.mark.parametrize("name", sorted(get_command(app).commands))
def test_help_teaches_with_an_example(name: str):
    """The help of each command has an example of that command, and a word for each of its options."""
    result = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert re.search(rf"Example: +kgbuild {name} ", result.stdout)
    assert all(getattr(option, "help", "") for option in get_command(app).commands[name].params)


def test_help_loads_nothing_heavy():
    """`--help` imports neither a model nor a store nor a language pipeline, nor the settings."""
    heavy = "{'torch', 'spacy', 'pyoxigraph', 'transformers', 'rdflib', 'pyarrow', 'kgbuild.stages', 'kgbuild.config'}"
    code = (
        "import sys; from kgbuild.cli import main; assert main(['build', '--help']) == 0; "
        f"print(sorted({heavy} & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stderr == "[]\n"


def test_reading_a_graph_loads_no_model(folder: Path):
    """`query` needs the store alone: neither torch nor spaCy."""
    code = (
        "import sys; from kgbuild.cli import main; "
        f"assert main(['query', '--graph', {str(folder)!r}, 'ASK {{}}']) == 0; "
        "print(sorted({'torch', 'spacy', 'transformers'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines() == ["answer", "------", "true", "[]"]


def test_answers_are_utf8_in_a_pipe(folder: Path):
    """Another program reads UTF-8 whatever the locale is."""
    query = r'SELECT ("\u6771\u4EAC \U0001F600" AS ?a) {}'
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    program = [*PROGRAM, "query", "--graph", str(folder), query, "--format", "csv"]
    result = subprocess.run(program, capture_output=True, check=True, env=environment)
    assert result.stdout.decode("utf-8") == "a\r\n東京 😀\r\n"


# A real graph


def test_graph_is_queried(folder: Path, capsys: pytest.CaptureFixture[str]):
    """Each format of the answer is what it is called."""
    query = "SELECT DISTINCT ?name { ?who kgb:workedWith ?other ; rdfs:label ?name }"
    printed = {}
    for format in ("table", "csv", "json"):
        assert main(["query", "--graph", str(folder), query, "--format", format]) == 0
        printed[format] = capsys.readouterr().out
    assert printed["table"].splitlines() == ["name", "------------", "Ada Lovelace"]
    assert printed["csv"] == "name\r\nAda Lovelace\r\n"
    assert json.loads(printed["json"])["results"]["bindings"][0]["name"]["value"] == "Ada Lovelace"
    construct = "CONSTRUCT WHERE { ?a kgb:workedWith ?b }"
    assert main(["query", "--graph", str(folder), construct, "--format", "turtle"]) == 0
    assert "kgb:workedWith" in capsys.readouterr().out


def test_wrong_query_is_told(folder: Path, capsys: pytest.CaptureFixture[str]):
    """A slip in the SPARQL is named with its place."""
    assert main(["query", "--graph", str(folder), "SELEC ?x {}"]) == 2
    assert capsys.readouterr().err.startswith("kgbuild: error: query is not SPARQL 1.1: line 1, column ")


@pytest.mark.parametrize("suffix", ["ttl", "trig", "nq", "jsonld", "graphml"])
def test_graph_is_exported(folder: Path, tmp_path: Path, suffix: str):
    """The suffix chooses the form, and the fact is in the file."""
    out = tmp_path / f"g.{suffix}"
    assert main(["export", "--graph", str(folder), str(out)]) == 0
    assert "workedWith" in out.read_text(encoding="utf-8")


def test_entity_is_explained(folder: Path, capsys: pytest.CaptureFixture[str]):
    """The sentence of a real graph has its head and tail marked, found by a name in any case."""
    assert main(["explain", "--graph", str(folder), "ada lovelace"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Ada Lovelace  worked with  Charles Babbage",
        "  0.93  [[Ada Lovelace]] worked with [[Charles Babbage]].",
        "        file:///corpus/ada.txt",
    ]


def test_unknown_entity_is_told_with_the_nearest(folder: Path, capsys: pytest.CaptureFixture[str]):
    """A misspelt name is exit code 2 and a hint."""
    assert main(["explain", "--graph", str(folder), "Ada Lovelase"]) == 2
    assert "the nearest are 'Ada Lovelace'" in capsys.readouterr().err


def test_name_that_is_no_text_is_told(folder: Path, capsys: pytest.CaptureFixture[str]):
    """Bytes that are no UTF-8 are a name that the graph does not hold, not a crash."""
    assert main(["explain", "--graph", str(folder), "\udcff"]) == 2
    assert capsys.readouterr().err == "kgbuild: error: entity '?' is not in the graph\n"


def test_graph_is_counted_and_valid(folder: Path, capsys: pytest.CaptureFixture[str]):
    """`stats` and `validate` read a real graph."""
    assert main(["stats", "--graph", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["triples"] == 1
    assert main(["validate", "--graph", str(folder)]) == 0, capsys.readouterr().out
