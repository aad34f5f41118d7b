"""Decisions become annotated documents that training and evaluation read."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.config import Settings
from kgbuild.decisions import Review
from kgbuild.ontology import load_ontology
from kgbuild.records import Span
from kgbuild.stages import Answer
from kgbuild.stages.decided import append_review, read_reviews
from kgbuild.stages.folders import RUNS
from kgbuild.train.data import read_annotated, read_gold

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KNOWS = "https://example.org/small#knows"
ONTOLOGY = """
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<https://example.org/small#knows> a owl:ObjectProperty ; rdfs:label "knows" .
<https://w3id.org/kgbuild/ontology#relatedTo> a owl:ObjectProperty ; rdfs:label "related to" .
"""


@pytest.fixture
def graph(small_graph: Path, tmp_path: Path) -> Path:
    """A graph to be changed."""
    return Path(shutil.copytree(small_graph, tmp_path / "graph"))


@pytest.fixture
def ontology(tmp_path: Path) -> Path:
    """An ontology that has the relation which the claims are of, too."""
    path = tmp_path / "both.ttl"
    path.write_text(ONTOLOGY, encoding="utf-8")
    return path


def say(graph: Path, *verdicts: str) -> list[tuple[str, str]]:
    """Decides about the first questions; heads and tails as they are written."""
    questions = stages.review(graph, now=NOW).questions
    answers = [
        Answer(question, verdict, KNOWS if verdict == "corrected" else "")  # type: ignore[arg-type]
        for question, verdict in zip(questions, verdicts, strict=False)
    ]
    stages.decide(graph, answers, author="Ada", now=NOW)
    stages.settle_decisions(graph, now=NOW)
    return [answer.question.claim.place.names for answer in answers]


def test_decisions_are_read_as_training_data(graph: Path, ontology: Path, tmp_path: Path) -> None:
    """Accepted and corrected relations hold, rejected and corrected ones are denied, between the entities named."""
    names = say(graph, "accepted", "rejected", "corrected", "skipped")
    out = tmp_path / "new" / "train.jsonl"
    made = stages.export_decisions(graph, out, now=NOW, ontology=ontology)
    terms = load_ontology(ontology)
    documents = read_annotated(out, terms, types=("PER", "ORG", "LOC", "TIME", "NUM", "MISC")).documents
    assert list(read_gold(out)) == list(documents)
    held, denied = set(), set()
    for document in documents:
        texts: dict[int, set[str]] = {}
        for mention, entity in zip(document.mentions, document.entities, strict=True):
            texts.setdefault(entity, set()).add(mention.text)
        for told, found in ((document.relations, held), (document.denied, denied)):
            found |= {
                (head, tail, terms.by_key[item.label].label)
                for item in told
                for head in texts[item.head]
                for tail in texts[item.tail]
            }
    related = [(*pair, "related to") for pair in names]
    assert held == {related[0], (*names[2], "knows")}
    assert denied == {related[1], related[2]}
    assert (made.documents, made.relations, made.denied, made.left_out) == (len(documents), 2, 2, 0)


def test_training_learns_that_what_was_rejected_fails(graph: Path, ontology: Path, tmp_path: Path) -> None:
    """The relation model gets a target for each decision, and nothing else is known of those pairs."""
    from tokenizers import Tokenizer

    from kgbuild.train.relating import RelatingSet, related

    say(graph, "accepted", "rejected")
    out = tmp_path / "train.jsonl"
    stages.export_decisions(graph, out, now=NOW, ontology=ontology)
    tokenizer = Tokenizer.from_file(str(Settings().model / "tokenizer.json"))
    source = RelatingSet("review", "related pairs")
    found = related(list(read_gold(out)), tokenizer, load_ontology(ontology), source, most_pairs=99)
    assert sum(len(item.holds) for item in found) == 1
    assert sum(len(item.fails) for item in found) >= 1


def test_what_holds_at_one_place_is_denied_at_none(graph: Path, ontology: Path, tmp_path: Path) -> None:
    """Training knows pairs of entities: a reading that was wrong does not deny what another passage states."""
    [question] = (
        item
        for item in stages.review(graph, now=NOW).questions
        if item.claim.place.names == ("Ada Lovelace", "Charles Babbage")
    )
    stages.decide(graph, [Answer(question, "accepted")], author="Ada", now=NOW)
    [made] = read_reviews(graph)[0].decisions
    text, begin = "In 1843 Ada Lovelace wrote to Charles Babbage.", made.place.sentences[0].end + 2
    starts = [begin + text.index(name) for name in made.place.names]
    head, tail = (Span(start, start + len(name)) for start, name in zip(starts, made.place.names, strict=True))
    other = replace(made.place, sentences=(Span(begin, begin + len(text)),), texts=(text,), head=head, tail=tail)
    append_review(graph, Review("Ada", "2026-01-02T03:04:05Z", (replace(made, place=other, verdict="rejected"),)))
    made = stages.export_decisions(graph, tmp_path / "train.jsonl", now=NOW, ontology=ontology)
    assert (made.documents, made.relations, made.denied, made.left_out) == (1, 1, 0, 0)


def test_what_nothing_can_be_made_of_is_counted(graph: Path, tmp_path: Path) -> None:
    """A relation that the ontology lacks is left out, and so is a document whose run has lost its files."""
    say(graph, "accepted", "corrected", "undone")
    out = tmp_path / "train.jsonl"
    made = stages.export_decisions(graph, out, now=NOW)
    assert (made.documents, made.relations, made.denied, made.left_out) == (1, 1, 0, 1)
    [line] = out.read_text(encoding="utf-8").splitlines()
    assert [item["label"] for item in json.loads(line)["relations"]] == [KNOWS]
    for path in (graph / RUNS).glob("*/claimed-*"):
        path.unlink()
    made = stages.export_decisions(graph, out, now=NOW)
    assert (made.documents, made.left_out) == (0, 2)
    assert out.read_text(encoding="utf-8") == ""
