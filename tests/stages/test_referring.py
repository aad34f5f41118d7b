"""`resolve` links entities to the entries of a vocabulary, keeps it beside the runs, and takes it back."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.errors import InputError
from kgbuild.graph import GraphStore, QueryTable
from kgbuild.stages.identities import DECISIONS

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
Build = Callable[..., stages.BuildSummary]
ADA, BABBAGE, LONDON, ONTARIO = (f"https://v.example/{name}" for name in ("ada", "babbage", "london", "ontario"))
TURTLE = f"""
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix small: <https://example.org/small#> .
<https://v.example/> a skos:ConceptScheme .
<{ADA}> a small:Person ; skos:prefLabel "Lovelace, Ada" .
<{BABBAGE}> a small:Person ; skos:prefLabel "C. Babbage" ; skos:altLabel "Charles Babbage" .
<{LONDON}> a small:Place ; skos:prefLabel "London" ; skos:definition "Capital on the Thames." .
<{ONTARIO}> a small:Place ; skos:prefLabel "London" ; skos:definition "City of Ontario." .
"""
SAME = "SELECT ?a ?b { ?a owl:sameAs ?b }"


@pytest.fixture
def built(corpus: Path, build: Build, graph: Path) -> Path:
    """A graph of one document that says nothing of which London it means."""
    for path in corpus.iterdir():
        path.unlink()
    (corpus / "a.txt").write_text("Ada Lovelace worked with Charles Babbage in London.", encoding="utf-8")
    build()
    return graph


@pytest.fixture
def vocabulary(tmp_path: Path) -> Path:
    """A vocabulary of two persons and two towns of one name."""
    path = tmp_path / "v.ttl"
    path.write_text(TURTLE, encoding="utf-8")
    return path


def rows(graph: Path, query: str) -> list[tuple[str, ...]]:
    """The rows of a query."""
    answer = stages.query(graph, query)
    assert isinstance(answer, QueryTable)
    return sorted(answer.rows)


def iri(graph: Path, name: str) -> str:
    """IRI of the entity of that name."""
    with GraphStore.open(graph / "store") as store:
        return next(row["e"].value for row in store.select(f'SELECT ?e {{ ?e rdfs:label "{name}" }}'))


def decided(review: Path, iri: str, word: str) -> Path:
    """The review, in which a person has decided the row of that entry."""
    with review.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    with review.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, found[0].keys())
        writer.writeheader()
        writer.writerows(row | {"decision": word if row["other"] == iri else ""} for row in found)
    return review


def test_links_are_in_the_graph_with_their_reason_and_are_undone(
    built: Path, vocabulary: Path, statements: Callable[[Path], str]
) -> None:
    """Names and types lead to entries by owl:sameAs, with reason, agent and vocabulary; undoing leaves nothing."""
    before = statements(built)
    done = stages.resolve(built, now=NOW, vocabulary=vocabulary)
    assert (done.links, done.merges, done.doubts) == (2, 0, 2)
    expected = sorted([(iri(built, "Ada Lovelace"), ADA), (iri(built, "Charles Babbage"), BABBAGE)])
    assert rows(built, SAME) == expected
    why = f"""SELECT ?r ?c ?v ?n {{ ?d a kgb:IdentityDecision ; rdf:object <{ADA}> ; kgb:reason ?r ; kgb:confidence ?c ;
        prov:wasDerivedFrom ?v ; prov:wasAttributedTo ?n }}"""
    ((reason, score, source, agent),) = rows(built, why)
    assert (reason, source, agent.rsplit("/", 1)[-1]) == ("name and type", "https://v.example/", "kgbuild")
    assert 0.82 <= float(score) < 1
    assert stages.validate(built).problems == ()
    stages.unresolve(built, now=NOW)
    assert statements(built) == before


def test_explain_and_queries_follow_a_link(built: Path, vocabulary: Path) -> None:
    """The IRI of an entry stands for the entities that are linked to it, as a merged entity does."""
    stages.resolve(built, now=NOW, vocabulary=vocabulary)
    assert stages.explain(built, ADA) == stages.explain(built, "Ada Lovelace") != []
    follow = f"SELECT DISTINCT ?n {{ <{ADA}> (owl:sameAs|^owl:sameAs)*/rdfs:label ?n }}"
    assert rows(built, follow) == [("Ada Lovelace",)]


def test_linking_again_changes_nothing_and_without_the_vocabulary_links_stay(built: Path, vocabulary: Path) -> None:
    """A second time, with the file or without it, nothing is written to the graph nor to the file of decisions."""
    stages.resolve(built, now=NOW, vocabulary=vocabulary)
    kept = (built / DECISIONS).read_bytes()
    for given in (vocabulary, None):
        done = stages.resolve(built, now=NOW + timedelta(days=1), vocabulary=given)
        assert (done.changed, done.links) == (0, 2)
    assert (built / DECISIONS).read_bytes() == kept


def test_an_entry_that_is_gone_is_unlinked(built: Path, vocabulary: Path) -> None:
    """What the vocabulary no longer lists has no link once it is given again."""
    stages.resolve(built, now=NOW, vocabulary=vocabulary)
    vocabulary.write_text(TURTLE.replace("Lovelace, Ada", "Lovelace, Augusta"), encoding="utf-8")
    assert stages.resolve(built, now=NOW, vocabulary=vocabulary).links == 1
    assert rows(built, SAME) == [(iri(built, "Charles Babbage"), BABBAGE)]


def test_a_doubt_is_decided_by_a_person_and_outlives_builds(
    built: Path, corpus: Path, build: Build, vocabulary: Path, tmp_path: Path, statements: Callable[[Path], str]
) -> None:
    """Both towns are in the review; the chosen one is linked, with its author, after builds and a rebuild too."""
    review = tmp_path / "doubtful.csv"
    stages.resolve(built, now=NOW, vocabulary=vocabulary, review=review)
    with review.open(encoding="utf-8", newline="") as file:
        shown = {(row["one_name"], row["other_name"], row["other_type"], row["other"]) for row in csv.DictReader(file)}
    assert shown == {("London", "London", "LOC", LONDON), ("London", "London", "LOC", ONTARIO)}
    chosen = decided(review, ONTARIO, "same")
    done = stages.resolve(built, now=NOW, vocabulary=vocabulary, apply=chosen, author="Grace")
    assert (done.links, done.decisions, done.doubts) == (3, 1, 0)
    london = (iri(built, "London"), ONTARIO)
    assert london in rows(built, SAME)
    who = f"SELECT ?n {{ ?d rdf:object <{ONTARIO}> ; prov:wasAttributedTo/kgb:agentName ?n }}"
    assert rows(built, who) == [("Grace",)]
    (corpus / "b.txt").write_text("Mary Somerville taught Charles Babbage in London.", encoding="utf-8")
    build()
    assert london in rows(built, SAME)
    whole = statements(built)
    stages.rebuild(built)
    assert statements(built) == whole
    stages.resolve(built, now=NOW, apply=decided(review, ONTARIO, "different"))
    assert london not in rows(built, SAME)


def test_context_in_other_documents_settles_it(built: Path, corpus: Path, build: Build, vocabulary: Path) -> None:
    """Once a document names the Thames beside London, the entity is linked to the town on the Thames."""
    (corpus / "b.txt").write_text("Mary Somerville met Charles Babbage on the Thames in London.", encoding="utf-8")
    build()
    assert stages.resolve(built, now=NOW, vocabulary=vocabulary).links == 3
    assert (iri(built, "London"), LONDON) in rows(built, SAME)


def test_a_decision_on_what_nobody_lists_is_told(built: Path, vocabulary: Path, tmp_path: Path) -> None:
    """An IRI that is neither in the graph nor in the vocabulary that is given stops the review, with its line."""
    review = tmp_path / "doubtful.csv"
    stages.resolve(built, now=NOW, vocabulary=vocabulary, review=review)
    with pytest.raises(InputError, match=f"line 2: other '{LONDON}' is not in the graph, nor in a vocabulary"):
        stages.resolve(built, now=NOW, apply=decided(review, LONDON, "same"))


def test_the_graphs_own_entities_are_no_entries(built: Path, tmp_path: Path) -> None:
    """A vocabulary that lists an entity under the graph's own IRI gives it no link to itself, and says so."""
    path = tmp_path / "v.csv"
    path.write_text(f"iri,label\n{iri(built, 'London')},London\nurn:x,X\n", encoding="utf-8")
    done = stages.resolve(built, now=NOW, vocabulary=path)
    assert done.links == 0
    assert done.notes == ("1 of its things are entities of this graph, and left out",)
