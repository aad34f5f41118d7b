"""Bad input is processed or set aside with its reason; the rest of the run goes on."""

import json
import os
import random
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from kgbuild import stages
from kgbuild.config import VOCABULARY, Settings
from kgbuild.graph import GraphStore, load_shapes, validate_document
from kgbuild.stages import BuildSummary

EXAMPLE = Path(__file__).parents[2] / "examples" / "corpus" / "science" / "alan_turing.pdf"
ONE_LINE = int(os.environ.get("ONE_LINE_CHARACTERS", "60000"))
"""Size of a text without a line break; 20,000,000 take minutes."""
HOSTILE = ("<script>alert(1)</script>", '"] . <urn:x> a <urn:y> ; "', "<urn:a> }} \\u0022 #")
FACT = "Ada Lovelace worked with Charles Babbage in London. "
CROWD = tuple(first + last for first in "BDFGKLMNPRST" for last in ("ab", "eck", "im", "ol", "un", "ard", "ett", "ina"))
"""Names enough for more pairs than one batch holds."""

REFUSED = {
    "empty.txt": "empty",
    "noise.txt": "binary",
    "truncated.pdf": "damaged",
    "encrypted.pdf": "encrypted",
    "textless.html": "no-text",
    "broken.jsonl#3": "invalid-json",
    "unreadable.txt": "unreadable",
    "program.exe": "unknown-format",
}


def _files() -> dict[str, bytes]:
    pdf = EXAMPLE.read_bytes()
    lines = [json.dumps({"text": FACT + str(number)}) for number in range(4)]
    lines[2] = '{"text": "cut'
    texts = {
        "one_line.txt": FACT * (ONE_LINE // len(FACT)),
        "long_sentence.txt": f"Ada Lovelace {'walked and ' * 5000}met Alan Turing in Rome.",
        "many_mentions.txt": f"There were {', '.join(CROWD * 3)}.",
        "controls.txt": "Ada Lovelace\x07 met\x1b[2J Charles Babbage\x0b in\x7f London.\ufffe\uffff",
        "right_to_left.txt": "\u202eעדה לאבלייס\u202c met Ada Lovelace in London. التقت Alan Turing في Rome.",
        "emoji.txt": "👩‍💻 Ada Lovelace 🤝 Charles Babbage 🇬🇧 in 𝕷ondon, then London. 😀",
        "hostile.txt": f"Ada Lovelace met {HOSTILE[0]} and {HOSTILE[1]} in London. Navy: {HOSTILE[2]} in Rome.",
        "broken.jsonl": "\n".join(lines),
        "textless.html": "<html><head><title>Home</title></head><body><script>var a = 1</script></body></html>",
        "program.exe": "MZ",
    }
    noise = random.Random(7).randbytes(5000)  # noqa: S311  the same noise in each run
    files = {name: text.encode() for name, text in texts.items()}
    return files | {
        "empty.txt": b"",
        "noise.txt": noise,
        "truncated.pdf": pdf[: len(pdf) // 2],
        "encrypted.pdf": _encrypted(pdf),
    }


def _encrypted(pdf: bytes) -> bytes:
    writer, out = PdfWriter(clone_from=PdfReader(BytesIO(pdf))), BytesIO()
    writer.encrypt("secret", algorithm="AES-256")
    writer.write(out)
    return out.getvalue()


@pytest.fixture
def hostile_settings(settings: Settings, gazetteer: Path, tmp_path: Path) -> Settings:
    """Settings whose gazetteer knows a crowd, and names in the syntax of HTML and Turtle, too; small batches."""
    path = tmp_path / "names.jsonl"
    lines = [json.dumps({"label": "PER", "pattern": name}) + "\n" for name in HOSTILE + CROWD]
    path.write_text(gazetteer.read_text(encoding="utf-8") + "".join(lines), encoding="utf-8")
    return settings.model_copy(
        update={
            "recognise": settings.recognise.model_copy(update={"gazetteer": path}),
            "ingest": settings.ingest.model_copy(update={"shard_characters": 4_000_000}),
            "score": settings.score.model_copy(update={"scorer": "dot", "pairs_per_batch": 4_096}),
            "accept": settings.accept.model_copy(update={"threshold": 0.1}),  # which none of a crowd's heads reaches
        }
    )


def _build(settings: Settings, folder: Path, graph: Path) -> BuildSummary:
    folder.mkdir()
    for name, data in _files().items():
        (folder / name).write_bytes(data)
    (folder / "unreadable.txt").symlink_to(folder / "nowhere")  # who runs as root may read everything else
    return stages.build(settings, [str(folder)], graph, now=datetime(2026, 1, 1, tzinfo=UTC))


def test_bad_input_is_told_and_the_rest_goes_on(hostile_settings: Settings, tmp_path: Path) -> None:
    """Each refused file has its reason, all others are in the graph, and the graph is what it promises."""
    graph = tmp_path / "graph"
    done = _build(hostile_settings, tmp_path / "bad", graph)
    told = {item.source.rpartition("/")[2]: item.reason for item in done.refusals if item.stage == "ingest"}
    assert told == REFUSED
    assert all(item.detail for item in done.refusals)
    assert done.documents.refused == len(REFUSED)
    assert done.documents.added == 7 + 3
    assert _problems(graph) == []
    answer = json.loads(str(stages.query(graph, _PER_DOCUMENT, format="json")))
    claims = {
        row["source"]["value"].rpartition("/")[2]: int(row["n"]["value"]) for row in answer["results"]["bindings"]
    }
    assert done.pairs > len(CROWD) * (len(CROWD) - 1) > 9_000
    assert claims["one_line.txt"] >= ONE_LINE // 2_500  # one where it is read at once, some 2,500 characters
    assert set(claims) >= {"controls.txt", "right_to_left.txt", "emoji.txt", "hostile.txt", "broken.jsonl#4"}
    names = stages.query(graph, "SELECT DISTINCT ?name { ?e rdfs:label ?name }")
    assert {(name,) for name in HOSTILE} <= set(names.rows)  # type: ignore[union-attr]
    assert json.loads(json.dumps(done.to_json()))["refused"][0]["reason"]


def _problems(graph: Path) -> list[object]:
    """What is wrong with the documents, but for the one of many sentences: shapes take minutes there."""
    shapes = load_shapes(VOCABULARY / "shapes.ttl")
    with GraphStore.open(graph / "store") as store:
        held = [list(store.quads(document)) for document in store.catalogue()]
    small = [quads for quads in held if len(quads) < 1_500]
    assert (len(held), len(small)) == (10, 9)
    return [problem for quads in small for problem in validate_document(quads, shapes).problems]


_PER_DOCUMENT = """
SELECT ?source (COUNT(*) AS ?n) {
  GRAPH ?document { ?e a kgb:Evidence } ?document dcterms:source ?source
} GROUP BY ?source
"""
