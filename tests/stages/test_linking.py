"""`resolve` says in the graph which entities are one, keeps it beside the runs, and takes it back."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kgbuild import stages
from kgbuild.errors import HandoffError, InputError, MissingError
from kgbuild.graph import GraphStore, QueryTable
from kgbuild.stages.identities import COLUMNS, DECISIONS, kept_decisions

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
Build = Callable[..., stages.BuildSummary]
SAME = "SELECT ?a ?b { ?a owl:sameAs ?b }"


@pytest.fixture
def two(corpus: Path, build: Build, graph: Path) -> Path:
    """A graph in which two documents call one person by her surname, and a third gives another that surname."""
    for path in corpus.iterdir():
        path.unlink()
    (corpus / "a.txt").write_text("Ada Lovelace worked with Charles Babbage in London.", encoding="utf-8")
    (corpus / "b.txt").write_text("Mary Somerville taught Charles Babbage in London.", encoding="utf-8")
    build()
    return graph


def rows(graph: Path, query: str) -> list[tuple[str, ...]]:
    """The rows of a query."""
    answer = stages.query(graph, query)
    assert isinstance(answer, QueryTable)
    return sorted(answer.rows)


def said(graph: Path, *decisions: tuple[str, str, str, str, str]) -> Path:
    """A review in which a person says this of pairs: decision, one, its document, other, its document."""
    path = graph.parent / "said.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for word, one, one_document, other, other_document in decisions:
            places = {"one": one, "one_document": one_document, "other": other, "other_document": other_document}
            writer.writerow({"decision": word, **places})
    return path


def iri(graph: Path, name: str) -> str:
    """IRI of the entity of that name."""
    with GraphStore.open(graph / "store") as store:
        return next(row["e"].value for row in store.select(f'SELECT ?e {{ ?e rdfs:label "{name}" }}'))


def documents_of(graph: Path, entity: str) -> list[str]:
    """IRIs of the documents that name the entity, sorted."""
    with GraphStore.open(graph / "store") as store:
        return sorted(
            row["g"].value for row in store.select(f"SELECT ?g {{ GRAPH ?g {{ <{entity}> rdfs:label ?n }} }}")
        )


def test_a_merge_is_in_the_graph_with_its_reason_and_is_undone(two: Path, statements: Callable[[Path], str]) -> None:
    """A person's word joins two by owl:sameAs, explain tells of both, and undoing leaves the graph as it was."""
    before = statements(two)
    ada, mary = iri(two, "Ada Lovelace"), iri(two, "Mary Somerville")
    done = stages.resolve(two, now=NOW, apply=said(two, ("same", ada, "", mary, "")), author="Grace")
    assert (done.merges, done.splits, done.decisions) == (1, 0, 1)
    assert {frozenset(row) for row in rows(two, SAME)} == {frozenset((ada, mary))}
    why = "SELECT ?r ?c { ?d a kgb:IdentityDecision ; rdf:predicate owl:sameAs ; kgb:reason ?r ; kgb:confidence ?c }"
    assert rows(two, why) == [("a person's decision", "1")]
    who = "SELECT ?n { ?d a kgb:IdentityDecision ; prov:wasAttributedTo ?a . ?a a prov:Agent ; kgb:agentName ?n }"
    assert rows(two, who) == [("Grace",)]
    assert {item.subject for item in stages.explain(two, "Ada Lovelace")} >= {ada, mary}
    stages.unresolve(two, now=NOW)
    assert statements(two) == before


FACTS = "SELECT ?s ?n { ?f a kgb:Fact ; rdf:subject ?s ; rdf:object <%s> ; kgb:documentCount ?n }"


@pytest.fixture
def director(corpus: Path, build: Build, graph: Path) -> Path:
    """A graph in which two documents say the same of one person, each under another name."""
    for path in corpus.iterdir():
        path.unlink()
    for number, name in enumerate(("Mary Somerville", "Ada Lovelace")):
        (corpus / f"{number}.txt").write_text(f"{name} worked with Charles Babbage.", encoding="utf-8")
    build()
    return graph


def test_a_fact_of_merged_entities_counts_both_documents(director: Path, build: Build) -> None:
    """Merged, both have one fact of two documents, after a rebuild too; undone they have two again."""
    ada, mary, babbage = (iri(director, name) for name in ("Ada Lovelace", "Mary Somerville", "Charles Babbage"))
    assert rows(director, FACTS % babbage) == sorted([(ada, "1"), (mary, "1")])
    stages.resolve(director, now=NOW, apply=said(director, ("same", ada, "", mary, "")))
    assert rows(director, FACTS % babbage) == [(mary, "2")]
    assert stages.verify(director).sound
    assert stages.validate(director).conforms
    build()
    stages.rebuild(director)
    assert rows(director, FACTS % babbage) == [(mary, "2")]
    stages.resolve(director, now=NOW, undo=[ada], author="Grace")
    assert rows(director, FACTS % babbage) == sorted([(ada, "1"), (mary, "1")])


@pytest.mark.parametrize("names", [("Ada Lovelace",), ("Mary Somerville", "Ada Lovelace")])
def test_one_merge_is_undone_and_stays_so(names: tuple[str, ...], director: Path, build: Build, corpus: Path) -> None:
    """Named by one of its entities or by both, a merge is undone with author and time, through builds and rebuilds."""
    ada, mary = iri(director, "Ada Lovelace"), iri(director, "Mary Somerville")
    stages.resolve(director, now=NOW, apply=said(director, ("same", ada, "", mary, "")), author="Ada")
    later = NOW + timedelta(days=1)
    done = stages.resolve(director, now=later, undo=[iri(director, name) for name in names], author="Grace")
    assert (done.merges, rows(director, SAME)) == (0, [])
    last = list(kept_decisions(director).opinions.values())[-1]
    assert (last["same"], last["author"], last["at"]) == (False, "Grace", later.isoformat(timespec="seconds"))
    (corpus / "more.txt").write_text("Ada Lovelace and Mary Somerville met Charles Babbage.", encoding="utf-8")
    build()
    stages.rebuild(director)
    assert stages.resolve(director, now=later).merges == 0
    again = stages.resolve(director, now=later, apply=said(director, ("same", ada, "", mary, "")))
    assert again.merges == 1


def test_of_three_one_is_taken_out(director: Path, build: Build, corpus: Path) -> None:
    """The other two stay one, unless each of them is named."""
    (corpus / "2.txt").write_text("Grace Hopper worked with Charles Babbage.", encoding="utf-8")
    build()
    ada, mary, grace = (iri(director, name) for name in ("Ada Lovelace", "Mary Somerville", "Grace Hopper"))
    pairs = ((ada, mary), (ada, grace), (grace, mary))
    joined = said(director, *(("same", one, "", other, "") for one, other in pairs))
    assert stages.resolve(director, now=NOW, apply=joined).merges == 2
    done = stages.resolve(director, now=NOW, undo=[grace], author="Ada")
    assert (done.merges, rows(director, SAME)) == (1, [(ada, mary)])
    assert stages.resolve(director, now=NOW, undo=[ada, mary], author="Ada").merges == 0


def test_a_part_is_undone_where_it_is_meant(two: Path) -> None:
    """A merge of a part of an entity is undone for the document that means it alone."""
    babbage, ada = iri(two, "Charles Babbage"), iri(two, "Ada Lovelace")
    first, second = documents_of(two, babbage)
    asked = said(two, ("different", babbage, first, babbage, second), ("same", babbage, second, ada, ""))
    assert stages.resolve(two, now=NOW, apply=asked).merges == 1
    ((merged, canonical),) = rows(two, SAME)
    done = stages.resolve(two, now=NOW, undo=[merged, canonical], author="Grace")
    assert (done.merges, done.splits) == (0, 1)
    last = list(kept_decisions(two).opinions.values())[-1]
    assert {(last["one"], last["one_document"]), (last["other"], last["other_document"])} == {
        (babbage, second),
        (ada, ""),
    }


def test_a_merge_that_is_not_there_is_told(director: Path) -> None:
    """Who is merged with nothing, or with another, is named with what there is; nothing is written."""
    ada, mary = iri(director, "Ada Lovelace"), iri(director, "Mary Somerville")
    with pytest.raises(InputError, match="has no merge that could be undone: it is merged with nothing; name IRIs"):
        stages.resolve(director, now=NOW, undo=[ada])
    stages.resolve(director, now=NOW, apply=said(director, ("same", ada, "", mary, "")))
    kept = (director / DECISIONS).read_bytes()
    with pytest.raises(InputError, match=f"has no merge with 'urn:x': it is one with '{mary}'; name IRIs"):
        stages.resolve(director, now=NOW, undo=[ada, "urn:x"])
    assert (director / DECISIONS).read_bytes() == kept


def test_a_split_gives_the_document_a_thing_of_its_own(two: Path, statements: Callable[[Path], str]) -> None:
    """Of one entity in two documents a person makes two; the facts follow, and the opposite decision takes it back."""
    before, babbage = statements(two), iri(two, "Charles Babbage")
    first, second = documents_of(two, babbage)
    apart = said(two, ("different", babbage, first, babbage, second))
    assert stages.resolve(two, now=NOW, apply=apart, author="Grace").splits == 1
    who = "SELECT ?n ?r { ?d rdf:predicate owl:differentFrom ; kgb:reason ?r ; prov:wasAttributedTo/kgb:agentName ?n }"
    assert rows(two, who) == [("Grace", "a person's decision")]
    parts = rows(two, "SELECT ?p { ?p owl:differentFrom ?e }")
    assert len(parts) == 1
    assert len(documents_of(two, babbage)) == 1
    facts = "SELECT DISTINCT ?o { ?f a kgb:Fact ; rdf:object ?o }"
    assert (babbage,) in rows(two, facts)
    assert parts[0] in rows(two, facts)
    stages.resolve(two, now=NOW, apply=said(two, ("same", babbage, first, babbage, second)))
    assert statements(two) == before


def test_decisions_survive_builds_and_rebuilds(
    two: Path, corpus: Path, build: Build, statements: Callable[[Path], str]
) -> None:
    """After a changed document and after the store is made again from the runs, the graph says what was decided."""
    babbage = iri(two, "Charles Babbage")
    first, second = documents_of(two, babbage)
    ada, mary = iri(two, "Ada Lovelace"), iri(two, "Mary Somerville")
    asked = said(two, ("different", babbage, first, babbage, second), ("same", ada, "", mary, ""))
    stages.resolve(two, now=NOW, apply=asked)
    parts, same = rows(two, "SELECT ?p ?e { ?p owl:differentFrom ?e }"), rows(two, SAME)
    (corpus / "b.txt").write_text("Mary Somerville met Charles Babbage in London.", encoding="utf-8")
    build()
    assert len(documents_of(two, babbage)) == 1
    assert (rows(two, "SELECT ?p ?e { ?p owl:differentFrom ?e }"), rows(two, SAME)) == (parts, same)
    whole = statements(two)
    stages.rebuild(two)
    assert statements(two) == whole


def test_resolving_again_changes_nothing(two: Path) -> None:
    """A second time nothing is written, neither to the graph nor to the file of decisions."""
    ada, mary = iri(two, "Ada Lovelace"), iri(two, "Mary Somerville")
    stages.resolve(two, now=NOW, apply=said(two, ("same", ada, "", mary, "")))
    kept = (two / DECISIONS).read_bytes()
    assert stages.resolve(two, now=NOW + timedelta(days=1)).changed == 0
    assert (two / DECISIONS).read_bytes() == kept


def test_a_review_lists_what_is_doubtful(corpus: Path, build: Build, graph: Path) -> None:
    """The pair near the border is in the csv, with names, types and reason; filled in, it is a decision."""
    for path in corpus.iterdir():
        path.unlink()
    for number, name in enumerate(("Mary Somerville", "Mary Sommerville")):
        (corpus / f"{number}.txt").write_text(f"{name} taught Charles Babbage in London.", encoding="utf-8")
    build()
    out = graph.parent / "out.csv"
    done = stages.resolve(graph, now=NOW, review=out)
    with out.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    (row,) = found
    assert done.doubts == 1
    assert {row["one_name"], row["other_name"]} == {"Mary Somerville", "Mary Sommerville"}
    assert (row["decision"], row["one_type"], row["reason"]) == ("", "PER", "names spelled alike")
    row["decision"] = "same"
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerow(row)
    assert stages.resolve(graph, now=NOW, apply=out).merges == 1


@pytest.mark.parametrize(
    ("decision", "entity", "problem"),
    [("perhaps", "", "line 2: expected decision 'same'"), ("same", "urn:nobody", "line 2: one 'urn:nobody' is not")],
)
def test_a_wrong_review_is_told_by_its_line(two: Path, decision: str, entity: str, problem: str) -> None:
    """File, line and what is wrong; nothing is taken from such a file."""
    ada, mary = iri(two, "Ada Lovelace"), iri(two, "Mary Somerville")
    with pytest.raises(InputError, match=problem):
        stages.resolve(two, now=NOW, apply=said(two, (decision, entity or ada, "", mary, "")))
    assert not (two / DECISIONS).exists()


def test_a_review_without_a_column_or_file_is_told(two: Path) -> None:
    """The column that is missing is named, and so is the file."""
    path = two.parent / "short.csv"
    path.write_text("decision,one\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"short\.csv', line 1: the column 'score' is missing"):
        stages.resolve(two, now=NOW, apply=path)
    with pytest.raises(MissingError, match="does not exist"):
        stages.resolve(two, now=NOW, apply=two.parent / "none.csv")


def test_a_last_line_that_was_cut_off_counts_for_nothing(tmp_path: Path) -> None:
    """A process that was killed leaves half a line, and what comes before it holds; another error is told."""
    line = {
        "action": "merge",
        "entity": "urn:a",
        "canonical": "urn:b",
        "score": 1,
        "reason": "r",
        "author": "",
        "at": "2026-01-01",
    }
    text = json.dumps(line) + "\n"
    (tmp_path / DECISIONS).write_text(text + '{"action": "unme', encoding="utf-8")
    assert set(kept_decisions(tmp_path).merges) == {"urn:a"}
    (tmp_path / DECISIONS).write_text(text + '{"action": "unknown"}\n', encoding="utf-8")
    with pytest.raises(HandoffError, match="line 2"):
        kept_decisions(tmp_path)
