"""What persons decide is kept beside the runs, counts in the graph, and goes on counting whatever is built after it."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pyoxigraph as ox
import pytest

from kgbuild import stages
from kgbuild.config import Settings
from kgbuild.errors import HandoffError, InputError, SettingError
from kgbuild.graph import runs_in_order
from kgbuild.graph.belief import belief_in
from kgbuild.graph.merged import Merged
from kgbuild.stages import Answer, BuildSummary, Question
from kgbuild.stages.decided import DECISIONS, read_reviews
from kgbuild.stages.folders import RUNS, STORE, open_store

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FILES = {
    "ada.txt": "Ada Lovelace worked with Charles Babbage in London.\n\nIn 1843 Ada Lovelace wrote to Charles Babbage.",
    "letters.jsonl": '{"id": "a", "text": "Charles Babbage left Cambridge for London."}\n'
    '{"id": "b", "text": "Alan Turing read Ada Lovelace in Cambridge."}\n',
}
KNOWS = "https://example.org/small#knows"
Build = Callable[..., BuildSummary]


def questions(graph: Path, **options: bool | int) -> tuple[Question, ...]:
    """What is asked."""
    return stages.review(graph, now=NOW, **options).questions  # type: ignore[arg-type]


def names(question: Question) -> tuple[str, str]:
    """Head and tail as they are written."""
    return question.claim.place.names


def about(graph: Path, head: str, tail: str, *, decided: bool = False) -> Question:
    """The first question about the two."""
    return next(item for item in questions(graph, decided=decided) if names(item) == (head, tail))


def say(graph: Path, question: Question, verdict: str, correction: str = "", author: str = "Ada") -> int:
    """Decides, and makes it count."""
    made = stages.decide(graph, [Answer(question, verdict, correction)], author=author, now=NOW)  # type: ignore[arg-type]
    stages.settle_decisions(graph, now=NOW)
    return made


def claims(graph: Path) -> dict[tuple[str, str, str], float]:
    """Names of head and tail where they were read, the relation, and the best probability there."""
    with open_store(graph) as store:
        rows = store.select(
            "SELECT ?head ?p ?tail (MAX(?c) AS ?best) { ?e a kgb:Evidence ; rdf:predicate ?p ; kgb:confidence ?c ; "
            "kgb:subjectMention/nif:anchorOf ?head ; kgb:objectMention/nif:anchorOf ?tail } GROUP BY ?head ?p ?tail"
        )
        return {
            (row["head"].value, row["p"].value.rpartition("#")[2], row["tail"].value): float(row["best"].value)
            for row in rows
        }


HEAD, TAIL = "Charles Babbage", "Cambridge"
CLAIM = (HEAD, "relatedTo", TAIL)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, small_settings: Settings) -> Path:
    """A folder with a corpus and its graph, which was built once."""
    folder = tmp_path_factory.mktemp("review")
    lay_out(folder / "corpus")
    stages.build(small_settings, [str(folder / "corpus")], folder / "graph", now=NOW)
    return folder


def lay_out(corpus: Path) -> None:
    """The files of the corpus, and no others."""
    shutil.rmtree(corpus, ignore_errors=True)
    corpus.mkdir()
    for name, text in FILES.items():
        (corpus / name).write_text(text, encoding="utf-8")


@pytest.fixture
def corpus(built: Path) -> Path:
    """The corpus as it was built."""
    lay_out(built / "corpus")
    return built / "corpus"


@pytest.fixture
def graph(built: Path, tmp_path: Path) -> Path:
    """The graph of the corpus, to be changed."""
    shutil.copytree(built / "graph", tmp_path / "graph")
    return tmp_path / "graph"


@pytest.fixture
def rejected(graph: Path) -> Path:
    """A graph with one rejected claim."""
    assert CLAIM in claims(graph)
    say(graph, about(graph, HEAD, TAIL), "rejected")
    assert CLAIM not in claims(graph)
    return graph


def test_the_least_certain_claims_come_first(graph: Path) -> None:
    """Every claim is asked about once, in the order of its probability, with its passage and place."""
    found = questions(graph)
    probabilities = [item.shown.probability for item in found]
    assert probabilities == sorted(probabilities)
    assert len({item.id for item in found}) == len(found) == stages.stats(graph).evidence
    for item in found:
        assert item.shown.passage[item.shown.head.start : item.shown.head.end] == names(item)[0]
        assert item.shown.passage[item.shown.tail.start : item.shown.tail.end] == names(item)[1]
    assert [item.id for item in questions(graph, limit=3)] == [item.id for item in found[:3]]


def test_an_accepted_claim_is_certain(graph: Path) -> None:
    """Its evidence has probability 1, so has the belief in it, and it is not asked about again."""
    question = about(graph, HEAD, TAIL)
    with open_store(graph) as store:
        parts = (question.shown.subject, question.shown.predicate, question.shown.object)
        triple = ox.Triple(*map(ox.NamedNode, parts))
        assert belief_in(Merged(store), triple).probability < 1
    say(graph, question, "accepted")
    assert claims(graph)[CLAIM] == 1.0
    with open_store(graph) as store:
        assert belief_in(Merged(store), triple).probability == 1.0
        facts = list(
            store.select(
                f"SELECT ?b {{ ?f rdf:subject {triple.subject} ; rdf:object {triple.object} ; kgb:belief ?b }}"
            )
        )
        assert [row["b"].value for row in facts] == ["1"]
    assert question.id not in {item.id for item in questions(graph)}
    assert stages.validate(graph).conforms


def test_a_corrected_claim_has_another_relation(graph: Path) -> None:
    """The claim gives way to one of the relation that holds, of probability 1."""
    say(graph, about(graph, HEAD, TAIL), "corrected", KNOWS)
    found = claims(graph)
    assert CLAIM not in found
    assert found[HEAD, "knows", TAIL] == 1.0


def test_a_skipped_claim_stays_and_comes_last(graph: Path) -> None:
    """To skip changes nothing in the graph, and puts the question behind all others."""
    before, first = claims(graph), questions(graph)[0]
    say(graph, first, "skipped")
    assert claims(graph) == before
    assert questions(graph)[-1].id == first.id


def test_the_last_decision_counts(graph: Path) -> None:
    """A later decision replaces an earlier one, of whoever; undoing leaves the claim to the model; skipping nothing."""
    before = claims(graph)
    question = about(graph, HEAD, TAIL)
    assert say(graph, question, "corrected", KNOWS) == 1
    assert say(graph, question, "rejected", author="Grace") == 1
    assert (HEAD, "knows", TAIL) not in claims(graph)
    assert say(graph, question, "rejected") == 0
    again = about(graph, HEAD, TAIL, decided=True)
    assert again.shown.probability == question.shown.probability
    assert again.decision is not None
    assert again.decision.verdict == "rejected"
    assert say(graph, again, "skipped") == 0
    assert say(graph, again, "accepted") == 1
    assert claims(graph)[CLAIM] == 1.0
    assert say(graph, again, "undone") == 1
    assert claims(graph) == before
    assert question.id in {item.id for item in questions(graph)}
    assert [review.author for review in read_reviews(graph)] == ["Ada", "Grace", "Ada", "Ada"]


def test_a_rejected_claim_stays_out_when_its_document_is_read_again(rejected: Path, build: Build, corpus: Path) -> None:
    """The document changes elsewhere, and the claim is read again where the passage is still there."""
    file = corpus / "letters.jsonl"
    text = file.read_text(encoding="utf-8").replace('"text": "', '"text": "Ada Lovelace read in Rome. ', 1)
    file.write_text(text, encoding="utf-8")
    summary = build()
    assert summary.documents.changed == 1
    found = claims(rejected)
    assert CLAIM not in found
    assert (HEAD, "relatedTo", "London") in found
    assert any(item.reason == "rejected-in-review" for item in summary.refusals)


def test_a_rejected_claim_stays_out_at_another_threshold(rejected: Path, build: Build, settings: Settings) -> None:
    """Everything is accepted anew, and the claim is not."""
    wanted = settings.accept.model_copy(update={"threshold": 0.04})
    summary = build(given=settings.model_copy(update={"accept": wanted}))
    assert summary.documents.changed == 3
    assert CLAIM not in claims(rejected)


def test_an_accepted_claim_stays_in_at_another_threshold(build: Build, graph: Path, settings: Settings) -> None:
    """A threshold that nothing reaches leaves the accepted claim alone in the graph."""
    say(graph, about(graph, HEAD, TAIL), "accepted")
    nothing = settings.accept.model_copy(update={"threshold": 1.0})
    build(given=settings.model_copy(update={"accept": nothing}))
    assert claims(graph) == {CLAIM: 1.0}


def test_decisions_count_in_a_graph_that_is_built_anew(rejected: Path, build: Build) -> None:
    """Store and runs are gone, the decisions are not: the same corpus gives the same claims."""
    expected = claims(rejected)
    for folder in (STORE, RUNS):
        shutil.rmtree(rejected / folder)
    build()
    assert claims(rejected) == expected


def test_decisions_do_not_depend_on_names(rejected: Path, build: Build, settings: Settings) -> None:
    """Under another base of IRIs every entity has another name, and the claim stays rejected."""
    named = settings.graph.model_copy(update={"base": "https://example.org/graph/"})
    build(given=settings.model_copy(update={"graph": named}))
    assert CLAIM not in claims(rejected)
    with open_store(rejected) as store:
        rows = list(store.select("SELECT ?d { ?d a kgb:Decision }"))
    assert [row["d"].value.startswith("https://example.org/graph/decision/") for row in rows] == [True]


def test_decisions_follow_a_text_that_has_moved(rejected: Path, build: Build, corpus: Path) -> None:
    """The file has another name, so that the document is a new one; its text is the one that was judged."""
    (corpus / "letters.jsonl").rename(corpus / "moved.jsonl")
    summary = build()
    assert summary.documents.added
    assert CLAIM not in claims(rejected)


def test_a_decision_waits_while_its_passage_is_gone(rejected: Path, build: Build, corpus: Path, tmp_path: Path) -> None:
    """The document changes, vanishes, is retracted and comes back: the decision is kept, and counts again."""
    file = corpus / "letters.jsonl"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("left Cambridge for London", "left London for Cambridge"), encoding="utf-8")
    build()
    assert CLAIM in claims(rejected)
    file.unlink()
    build()
    assert CLAIM not in claims(rejected)
    assert len(questions(rejected, decided=True)) == 1
    file.write_text(text, encoding="utf-8")
    build()
    assert CLAIM not in claims(rejected)
    assert (HEAD, "relatedTo", "London") in claims(rejected)
    stages.retract(rejected, [str(file)], now=NOW)
    stages.restore(rejected, [str(file)], now=NOW)
    build()
    assert CLAIM not in claims(rejected)


def test_the_same_sentence_of_another_document_is_another_claim(build: Build, corpus: Path, graph: Path) -> None:
    """What is said of one document is not said of the next, though they share a sentence."""
    (corpus / "twin.txt").write_text("Charles Babbage left Cambridge for London. Ada Lovelace wrote.", encoding="utf-8")
    build()
    twins = [item for item in questions(graph) if names(item) == (HEAD, TAIL)]
    assert len(twins) == 2
    say(graph, twins[0], "rejected")
    assert [item.id for item in questions(graph) if names(item) == (HEAD, TAIL)] == [twins[1].id]
    assert CLAIM in claims(graph)


def test_the_graph_tells_who_decided_what_and_when(rejected: Path) -> None:
    """A review is an activity of an agent, a decision leads to passage and relation and to the one before it."""
    say(rejected, about(rejected, HEAD, TAIL, decided=True), "accepted", author="Grace Hopper")
    with open_store(rejected) as store:
        [row] = store.select(
            "SELECT ?name ?verdict ?old ?time ?source ?text { ?d a kgb:Decision ; kgb:verdict ?verdict ; "
            "prov:wasRevisionOf/kgb:verdict ?old ; kgb:decidedIn/dcterms:source ?source ; "
            "prov:wasAttributedTo ?agent ; prov:wasDerivedFrom ?sentence ; "
            "prov:wasGeneratedBy [ a prov:Activity ; prov:endedAtTime ?time ; prov:wasAssociatedWith ?agent ] . "
            "?agent a prov:Agent ; kgb:agentName ?name . ?d kgb:subjectMention ?m ; rdf:predicate ?p . "
            "?e a kgb:Evidence ; kgb:subjectMention ?m ; rdf:predicate ?p ; prov:wasDerivedFrom ?sentence ; "
            "kgb:confidence 1.0 . ?m nif:anchorOf ?text }"
        )
        told = [row[name].value for name in ("name", "verdict", "old", "time", "text")]
        assert told == ["Grace Hopper", "accepted", "rejected", "2026-01-02T03:04:05Z", HEAD]
        assert row["source"].value.endswith("letters.jsonl#a")
        assert len(runs_in_order(store)) == 1
    assert stages.stats(rejected).runs == 1
    assert stages.validate(rejected).conforms


def test_what_is_kept_but_does_not_count_yet_counts_after_the_next_build(build: Build, graph: Path) -> None:
    """A process that was killed after it had kept a decision loses none: any build settles it."""
    stages.decide(graph, [Answer(about(graph, HEAD, TAIL), "rejected")], author="Ada", now=NOW)
    assert CLAIM in claims(graph)
    assert build().run is None
    assert CLAIM not in claims(graph)


def test_a_document_whose_run_is_gone_is_read_again(build: Build, graph: Path) -> None:
    """Without the files of its run a decision waits for the next build, which makes the document anew."""
    shutil.rmtree(next((graph / RUNS).iterdir()))
    question = next(item for item in stages.review(graph, now=NOW, ontology=small(graph)).questions)
    stages.decide(graph, [Answer(question, "rejected")], author="Ada", now=NOW)
    stages.settle_decisions(graph, now=NOW)
    again = build()
    assert again.documents.changed == 1
    assert question.id not in {item.id for item in questions(graph)}


def small(graph: Path) -> Path:
    """An ontology beside the graph."""
    path = graph.parent / "small.ttl"
    path.write_text(
        "@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        '<https://example.org/p> a owl:ObjectProperty ; rdfs:label "p" .',
        encoding="utf-8",
    )
    return path


def test_a_line_that_was_not_written_to_its_end_does_not_count(rejected: Path) -> None:
    """What a killed process left of a line is passed over, and the next decision takes its place."""
    file = rejected / DECISIONS
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"author": "Grace", "time"')
    assert len(read_reviews(rejected)) == 1
    say(rejected, about(rejected, "Alan Turing", "Cambridge"), "accepted")
    assert file.read_bytes().startswith(whole)
    assert [review.author for review in read_reviews(rejected)] == ["Ada", "Ada"]


@pytest.mark.parametrize(
    ("old", "new"), [('"author"', '"autor"'), ('"rejected"', '"maybe"'), ("{", "["), ('"end": ', '"end": 9')]
)
def test_a_damaged_line_is_named(rejected: Path, old: str, new: str) -> None:
    """A line that is no review of ours stops with its number: nothing that was decided is passed over silently."""
    file = rejected / DECISIONS
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(HandoffError, match=r"decisions\.jsonl', line 1: expected a review"):
        questions(rejected)


def test_what_makes_no_sense_is_refused(graph: Path) -> None:
    """An author without a name, and a correction to the relation that was claimed."""
    question = questions(graph)[0]
    with pytest.raises(SettingError, match="author"):
        stages.decide(graph, [Answer(question, "accepted")], author=" ", now=NOW)
    with pytest.raises(InputError, match="is the one that was claimed"):
        stages.decide(graph, [Answer(question, "corrected", question.claim.relation)], author="Ada", now=NOW)
    assert not (graph / DECISIONS).exists()


def test_the_graph_is_that_of_a_build_which_knew_the_decisions(build: Build, graph: Path, tmp_path: Path) -> None:
    """Every document has the quads that it has where the decisions were there before it was built."""
    found = questions(graph)
    for question, verdict in zip(found, ("accepted", "rejected", "rejected", "accepted"), strict=False):
        say(graph, question, verdict)
    say(graph, found[4], "corrected", KNOWS)
    other = tmp_path / "other"
    other.mkdir()
    shutil.copyfile(graph / DECISIONS, other / DECISIONS)
    build(into=other)
    assert documents(graph) == documents(other)


def documents(graph: Path) -> dict[str, set[str]]:
    """The quads of all graphs but that of the runs, which count the claims of a build."""
    with open_store(graph) as store:
        return {name: set(map(str, store.quads(name))) for name in store.graphs() if not name.endswith("graph/runs")}


def test_a_difference_of_runs_tells_what_the_runs_did(rejected: Path, build: Build, corpus: Path) -> None:
    """A review between two runs is no difference of theirs."""
    file = corpus / "letters.jsonl"
    text = file.read_text(encoding="utf-8").replace("London.", "London. Ada Lovelace read.", 1)
    file.write_text(text, encoding="utf-8")
    build()
    [patch] = stages.diff(rejected, "latest~1", "latest").documents
    assert patch.added
    assert patch.removed == ()


def test_times_are_told_in_utc(graph: Path) -> None:
    """A time with another zone is kept as the same moment."""
    later = NOW.astimezone(timezone(timedelta(hours=2)))
    stages.decide(graph, [Answer(questions(graph)[0], "accepted")], author="Ada", now=later)
    assert read_reviews(graph)[0].time == "2026-01-02T03:04:05Z"
