"""Decisions become annotated documents that training and evaluation read."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from kgbuild import stages
from kgbuild.cli import main
from kgbuild.config import Settings
from kgbuild.decisions import Review
from kgbuild.errors import InputError
from kgbuild.ontology import load_ontology
from kgbuild.records import Span
from kgbuild.stages import Answer
from kgbuild.stages.decided import append_review, read_reviews
from kgbuild.stages.folders import RUNS
from kgbuild.train.data import read_annotated, read_gold

if TYPE_CHECKING:
    from torch import Tensor

    from kgbuild.model.recogniser import Recogniser
    from kgbuild.train.relating import Related, RelationTrainer
    from kgbuild.train.shown import OpenTags

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


class Taught:
    """What `kgbuild train --examples` showed to the models, which learn from it as ever."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from kgbuild.train import adapting, relating

        self.pairs: list[tuple[float, float]] = []
        self.words: list[NDArray[np.bool_]] = []
        loss, tags = relating.RelationTrainer.loss, adapting.open_tags_loss

        def relate(trainer: "RelationTrainer", batch: "Sequence[Related]") -> "Tensor":
            targets, weights = relating._targets(batch, len(trainer.pooled))
            known = weights > 0
            self.pairs += zip(targets[known].tolist(), weights[known].tolist(), strict=True)
            return loss(trainer, batch)

        def tag(model: "Recogniser", batch: "Sequence[OpenTags]") -> "Tensor":
            self.words += [word for item in batch for word in item.allowed]
            return tags(model, batch)

        monkeypatch.setattr(relating.RelationTrainer, "loss", relate)
        monkeypatch.setattr(adapting, "open_tags_loss", tag)

    def shown(self) -> list[float]:
        """The target of each relation that is known of a pair, in order."""
        return sorted(target for target, _ in self.pairs)

    def told(self) -> int:
        """How many words are not wholly open: each is told of once."""
        return sum(not word.all() for word in self.words)


@pytest.fixture
def learned(
    small_model: Path, ontology: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Taught]:
    """Runs the command that learns from a file, reading it once, and tells what was shown."""

    def run(examples: Path) -> Taught:
        taught = Taught(monkeypatch)
        given = ["--examples", str(examples), "--ontology", str(ontology), "--model", str(small_model)]
        command = ["train", *given, "--output", str(tmp_path / "mine"), "--epochs", "1", "--device", "cpu"]
        assert main(command) == 0
        return taught

    return run


def test_training_learns_what_was_decided_and_nothing_else(
    graph: Path, ontology: Path, tmp_path: Path, learned: Callable[..., Taught]
) -> None:
    """An accepted relation holds, a rejected one fails, a corrected one both; of all else nothing is known.

    The passages have claims besides, about which nobody has decided: none of them is a negative.
    """
    say(graph, "accepted", "rejected", "corrected")
    out = tmp_path / "train.jsonl"
    made = stages.export_decisions(graph, out, now=NOW, ontology=ontology)
    [line] = (json.loads(line) for line in out.read_text(encoding="utf-8").splitlines())
    assert line["complete"] is False
    entities = len({mention["entity"] for mention in line["mentions"]})
    assert made.relations + made.denied < 2 * entities * (entities - 1)  # there is more to say
    taught = learned(out)
    assert taught.shown() == [0.0, 0.0, 1.0, 1.0]
    mentioned = {entity for item in line["relations"] for entity in (item["head"], item["tail"])}
    told = [item for item in line["mentions"] if item["entity"] in mentioned]
    words = [line["text"][item["start"] : item["end"]].split() for item in told]
    assert taught.told() == sum(map(len, words))


def test_rejections_alone_are_learned_from(
    graph: Path, ontology: Path, tmp_path: Path, learned: Callable[..., Taught]
) -> None:
    """Where nothing was accepted the relation fails all the same, and no word is known to be anything."""
    say(graph, "rejected")
    out = tmp_path / "train.jsonl"
    stages.export_decisions(graph, out, now=NOW, ontology=ontology)
    taught = learned(out)
    assert (taught.shown(), taught.told()) == ([0.0], 0)


def test_examples_by_hand_say_all_beside_decisions(
    graph: Path, ontology: Path, tmp_path: Path, learned: Callable[..., Taught]
) -> None:
    """Beside decisions a line by hand still denies what it does not say, unless it says that it is not complete."""
    say(graph, "accepted")
    out = tmp_path / "train.jsonl"
    stages.export_decisions(graph, out, now=NOW, ontology=ontology)
    decided = out.read_text(encoding="utf-8")
    mine = {"text": "Ada knows Ben.", "triples": [["Ada", "knows", "Ben"]]}
    out.write_text(decided + json.dumps(mine), encoding="utf-8")
    shown = learned(out).shown()
    assert shown.count(1.0) == 2
    assert shown.count(0.0) >= 3  # the other relation of the pair, and both relations the other way round
    out.write_text(decided + json.dumps(mine | {"complete": False}), encoding="utf-8")
    assert learned(out).shown() == [1.0, 1.0]


def test_what_was_decided_is_no_measure(graph: Path, ontology: Path, small_settings: Settings, tmp_path: Path) -> None:
    """Evaluation and calibration need all that holds, and refuse a file that tells a part of it."""
    say(graph, "accepted")
    out = tmp_path / "train.jsonl"
    stages.export_decisions(graph, out, now=NOW, ontology=ontology)
    given = small_settings.model_copy(update={"ontology": ontology})
    for measure in (stages.evaluate, stages.calibrate):
        with pytest.raises(InputError, match="has `complete`: false, expected documents of which all is annotated"):
            measure(given, out)


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
