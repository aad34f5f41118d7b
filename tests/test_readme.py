"""What the README says is so: commands parse, code runs, queries answer, settings and links exist."""

import ast
import json
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph as ox
import pytest
from typer.main import get_command

from kgbuild.cli import app
from kgbuild.config import (
    AcceptSettings,
    GraphSettings,
    IngestSettings,
    RecogniseSettings,
    ResolveSettings,
    ScoreSettings,
    Settings,
    load_settings,
)
from kgbuild.evaluate import to_gold
from kgbuild.graph import Beliefs, GraphStore, RunRecord, document_graph, run_query
from kgbuild.graph.provenance import run_quads
from kgbuild.ingest.lines import read_records
from kgbuild.ingest.reading import Reading
from kgbuild.iris import document_iri
from kgbuild.ontology import load_ontology
from kgbuild.records import AnnotatedDocument, Claim, ClaimedDocument, Document, Literal, Mention, Span
from kgbuild.resolve import resolve

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "kgbuild.example.toml").read_text(encoding="utf-8")
ROOMS = (IngestSettings, RecogniseSettings, ResolveSettings, ScoreSettings, AcceptSettings, GraphSettings)
COMMANDS = get_command(app).commands  # type: ignore[attr-defined]  # typer types a group as a plain command
PARTS = {name: type(field.default) for name, field in Settings.model_fields.items() if type(field.default) in ROOMS}
SETTINGS = [name for name in Settings.model_fields if name not in PARTS] + [
    f"{part}.{name}" for part, room in PARTS.items() for name in room.model_fields
]


def blocks(language: str) -> list[str]:
    """The code blocks of a language, without their indentation."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", README, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", code, flags=re.MULTILINE) for indent, code in found]


def lines(program: str) -> list[list[str]]:
    """The words after `program` of each shell line that calls it."""
    words = [shlex.split(line) for code in blocks("sh") for line in code.splitlines() if line.strip()]
    return [line[1:] for line in words if Path(line[0]).name == program]


@pytest.fixture(scope="module")
def curie() -> GraphStore:
    """A store with the sentence of the README's TriG, annotated and claimed as it stands there."""
    settings = Settings()
    base, source, text = settings.graph.base, "file:///corpus/curie.txt", "Marie Curie was born in Warsaw in 1867."
    digest = "8860b790404be3bd001ce98723564d017ceb650b91d52975591c5cbbf17aef37"
    document = Document(document_iri(base, source), source, text, digest, "txt", origin=source)
    head, place, year, sentence = Span(0, 11), Span(24, 30), Span(34, 38), Span(0, len(text))
    typed = ((head, "PER"), (place, "LOC"), (year, "TIME"))
    mentions = tuple(Mention(span.start, span.end, type, text[span.start : span.end], 0) for span, type in typed)
    [annotated] = resolve(iter([AnnotatedDocument(document, (sentence,), mentions, ())]), base)
    person, town, date = annotated.entities
    assert person.iri
    assert town.iri
    assert isinstance(date.literal, Literal)
    claims = (
        Claim(person.iri, f"{base}ontology#placeOfBirth", town.iri, 0.97, (sentence,), head, place),
        Claim(person.iri, f"{base}ontology#dateOfBirth", date.literal, 0.95, (sentence,), head, year),
    )
    claimed = ClaimedDocument(annotated, claims, pairs=2)
    graph = document_graph(claimed, load_ontology(settings.ontology), settings.graph, recipe="", run=f"{base}run/r1")
    store = GraphStore.in_memory()
    with Beliefs(store, base, run=f"{base}run/r1") as beliefs:
        store.replace_documents(beliefs.watch([graph]))
    return store


@pytest.mark.parametrize("words", [words for words in lines("kgbuild") if words[0] != "--version"], ids=" ".join)
def test_each_kgbuild_line_parses(words):
    """Every line that calls kgbuild has a command and options that the program knows."""
    name, *rest = words
    COMMANDS[name].make_context(name, rest)


def test_each_command_has_a_line():
    """Every command is shown at work."""
    assert {words[0] for words in lines("kgbuild")} - {"--version"} == set(COMMANDS)


def test_each_option_that_is_named_exists():
    """Every option in the text belongs to a command."""
    known = {option for command in COMMANDS.values() for item in command.params for option in item.opts}
    named = set(re.findall(r"`(--[a-z-]+)", README))
    assert named
    assert named <= known | {"--help", "--version"}


def test_each_make_line_names_a_target_and_variables_of_the_makefile():
    """Every `make` line calls a target that is there, with variables that it reads."""
    called = [word for words in lines("make") for word in words]
    named = re.findall(r"`make ([a-z]+)`", README)
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    assert {"run", "test", "airflow", "model", "install"} <= {word for word in called if "=" not in word}
    assert {word for word in (*called, *named) if "=" not in word} <= targets
    for variable in {word.partition("=")[0] for word in called if "=" in word}:
        assert f"$({variable})" in MAKEFILE


@pytest.mark.slow
def test_the_library_code_runs(tmp_path, monkeypatch):
    """The Python blocks run one after the other, with the model that ships, on the beginning of the example."""
    example = Path("examples", "corpus", "science", "ada_lovelace.txt")
    (tmp_path / example).parent.mkdir(parents=True)
    (tmp_path / example).write_bytes((ROOT / example).read_bytes()[:500])
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for code in blocks("python"):
        exec(compile(ast.parse(code), "README.md", "exec"), names)  # noqa: S102  our own README
    assert list(names["drawing"])
    assert names["summary"].documents.added == 1
    assert names["settings"].accept.threshold == 0.7


def test_the_graph_of_the_readme_is_the_one_that_is_written(curie):
    """Every quad of the TriG block is what kgbuild writes for that sentence."""
    [code] = blocks("trig")
    shown = set(ox.parse(code, format=ox.RdfFormat.TRIG))
    base = Settings().graph.base
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    used = (f"{base}model/m1", f"{base}ontology")
    run = run_quads(RunRecord(f"{base}run/r1", base, begun, begun, used, threshold=0.55))
    assert shown
    assert shown <= {*curie.quads(), *run}


@pytest.mark.parametrize("code", blocks("sparql"), ids=lambda code: code.splitlines()[0])
def test_each_query_has_an_answer(code, curie):
    """Every SPARQL block is answered on the sentence of the README, without declared prefixes."""
    answer = run_query(curie, code)
    assert answer.rows


@pytest.mark.parametrize("words", [words for words in lines("kgbuild") if words[0] == "query"], ids=" ".join)
def test_each_query_of_a_command_line_is_sparql(words, curie):
    """Every query on a command line can be answered, and a query file is there."""
    sparql = COMMANDS["query"].make_context("query", words[1:]).params["sparql"]
    text = (ROOT / sparql[1:]).read_text(encoding="utf-8") if sparql.startswith("@") else sparql
    run_query(curie, text)


def test_the_prefixes_that_need_no_declaration_are_all_there():
    """The README lists the known prefixes, no more and no less."""
    from kgbuild.graph.vocabulary import PREFIXES

    [listed] = re.findall(r"Known prefixes: (.*?)\.$", README, re.MULTILINE | re.DOTALL)
    assert sorted(PREFIXES) == re.findall(r"`(\w+)`", listed)


def test_each_setting_stands_in_the_table_with_its_default():
    """The table has every setting, in order, with the default of the code."""
    rows = re.findall(r"^\| `([a-z_.]+)` \| (.+?) \| .+ \|$", README, re.MULTILINE)
    assert [name for name, _ in rows] == SETTINGS
    for name, shown in rows:
        value = default_of(name)
        plain = shown.strip("`")
        if shown == "none":
            assert value in (None, ())
        elif shown != "the one that ships":
            assert plain == (str(value).lower() if isinstance(value, bool) else str(value))


def default_of(key: str) -> object:
    part, _, name = key.rpartition(".")
    return getattr(getattr(Settings(), part), name) if part else getattr(Settings(), name)


def test_each_environment_variable_is_a_setting():
    """Every `KGBUILD_…` in the README and in the example file names a setting; the data of `make model` is none."""
    named = set(re.findall(r"\bKGBUILD_[A-Z_]+", README + EXAMPLE)) - {"KGBUILD_DATA"}
    assert named
    assert named <= {f"KGBUILD_{key.replace('.', '_').upper()}" for key in SETTINGS}


def test_the_example_settings_are_the_defaults():
    """`kgbuild.example.toml` loads and says what holds without it."""
    loaded = load_settings(ROOT / "kgbuild.example.toml", environment={})
    relative = loaded.graph.model_copy(update={"directory": loaded.graph.directory.relative_to(ROOT)})
    assert loaded.model_copy(update={"graph": relative}) == Settings()


def test_the_example_settings_name_every_setting(tmp_path):
    """`kgbuild.example.toml` has every setting once, and loads with those that are commented out."""
    keys, part = [], ""
    for line in EXAMPLE.splitlines():
        if section := re.fullmatch(r"\[(\w+)\]", line):
            part = f"{section[1]}."
        elif entry := re.match(r"(?:# )?(\w+) = ", line):
            keys.append(part + entry[1])
    whole = tmp_path / "kgbuild.toml"
    whole.write_text(re.sub(r"^# (\w+ = )", r"\1", EXAMPLE, flags=re.MULTILINE), encoding="utf-8")
    assert keys == SETTINGS
    assert load_settings(whole, environment={}).accept.precision == 0.9


@pytest.mark.parametrize("code", blocks("toml"))
def test_each_settings_block_loads(code, tmp_path):
    """Every TOML block is a settings file."""
    file = tmp_path / "kgbuild.toml"
    file.write_text(code, encoding="utf-8")
    assert load_settings(file, environment={}) != Settings()


def test_the_ontology_of_the_readme_can_be_used(tmp_path):
    """The Turtle block is an ontology whose types are those of the recogniser."""
    [code] = blocks("turtle")
    file = tmp_path / "firm.ttl"
    file.write_text(code, encoding="utf-8")
    [found] = load_ontology(file).properties
    assert (found.label, found.domain, found.range) == ("chief executive", frozenset({"ORG"}), frozenset({"PER"}))


def test_the_number_of_relations_is_right():
    """The README counts the relations of the ontology that ships."""
    count = len(load_ontology(Settings().ontology).properties)
    assert set(re.findall(r"(\d+) relations", README)) == {str(count)}


def test_the_records_of_the_readme_are_read():
    """The first JSON block is a document of a jsonl file, the second one an annotated document."""
    document, annotated = blocks("json")
    [line] = read_records([document.encode()])
    assert line.reading == Reading("Ada Lovelace was born in London.", "Ada Lovelace", "2026-01-31")
    assert (line.id, line.source) == ("note-7", "https://example.org/ada")
    gold = to_gold(json.loads(annotated), strict=True)
    assert [mention.text for mention in gold.mentions] == ["Marie Curie", "Warsaw"]
    assert gold.relations[0].label in load_ontology(Settings().ontology).by_key


def test_each_link_leads_somewhere():
    """Every relative link is a file or folder, every link to a heading has its heading."""
    headings = {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    }
    targets = re.findall(r"\]\(([^)\s]+)\)", README)
    for target in targets:
        if target.startswith("#"):
            assert target[1:] in headings
        elif "://" not in target:
            assert (ROOT / target).exists(), target


def test_each_suffix_that_is_read_is_listed():
    """The table of documents has every suffix, no more and no less."""
    from kgbuild.ingest.readers import FORMATS

    table = README.partition("## Documents in")[2].partition("Name files")[0]
    assert set(re.findall(r"`(\.\w+)`", table)) == set(FORMATS)
