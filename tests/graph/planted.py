"""Documents made of quads directly, and a thousand of them with contradictions whose places are known."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random

import pyoxigraph as ox

from kgbuild.graph import DocumentGraph
from kgbuild.graph.quads import canonical_decimal
from kgbuild.graph.vocabulary import Kgb, Nif, Prov, Rdf, catalogue_graph
from kgbuild.iris import digest_of

BASE = "https://w3id.org/kgbuild/"
KGB = f"{BASE}ontology#"
XSD = "http://www.w3.org/2001/XMLSchema#"

Term = ox.NamedNode | ox.Literal
Stated = tuple[ox.NamedNode, str, Term, float]
"""Head, name of a property, tail or value, probability."""


def entity(name: str) -> ox.NamedNode:
    """An entity of that name."""
    return ox.NamedNode(f"{BASE}entity/{name}")


def value(text: str, datatype: str = "string") -> ox.Literal:
    """A value of one of XML Schema's datatypes."""
    return ox.Literal(text, datatype=ox.NamedNode(f"{XSD}{datatype}"))


def day(text: str) -> ox.Literal:
    """A date as exact as it is written."""
    return value(text, {0: "gYear", 1: "gYearMonth", 2: "date"}[text.lstrip("-").count("-")])


def document(name: str, stated: Iterable[Stated], classes: dict[ox.NamedNode, str] | None = None) -> DocumentGraph:
    """A document with a sentence for each statement, the entities of the classes given."""
    graph = ox.NamedNode(f"{BASE}document/{name}")
    entry = (
        (Rdf.TYPE, Prov.ENTITY),
        (Rdf.SOURCE, ox.NamedNode(f"file:///{name}.txt")),
        (Kgb.TEXT_DIGEST, ox.Literal(digest_of(name))),
        (Kgb.RECIPE, ox.Literal("recipe")),
        (Prov.GENERATED, ox.NamedNode(f"{BASE}run/r1")),
    )
    quads = [ox.Quad(graph, predicate, term, catalogue_graph(BASE)) for predicate, term in entry]
    quads.append(ox.Quad(graph, Rdf.TYPE, Nif.CONTEXT, graph))
    for node, kind in (classes or {}).items():
        label = ox.Literal(node.value.rsplit("/", 1)[-1])
        quads += [ox.Quad(node, Rdf.TYPE, ox.NamedNode(f"{KGB}{kind}"), graph), ox.Quad(node, Rdf.LABEL, label, graph)]
    for number, (head, name_of_property, tail, probability) in enumerate(stated):
        triple = ox.Triple(head, ox.NamedNode(f"{KGB}{name_of_property}"), tail)
        quads += _evidence_quads(graph, number, triple, probability)
    return DocumentGraph(graph.value, tuple(dict.fromkeys(quads)))


def _evidence_quads(graph: ox.NamedNode, number: int, triple: ox.Triple, probability: float) -> Iterator[ox.Quad]:
    evidence = ox.NamedNode(f"{BASE}evidence/{digest_of(graph.value, str(number))[:32]}")
    span = ox.NamedNode(f"{graph.value}#char={number * 100},{number * 100 + 99}")
    yield ox.Quad(triple.subject, triple.predicate, triple.object, graph)
    parts = zip((Rdf.SUBJECT, Rdf.PREDICATE, Rdf.OBJECT), triple, strict=True)
    confidence = value(canonical_decimal(probability), "decimal")
    places = ((role, span) for role in (Prov.DERIVED, Kgb.SUBJECT_MENTION, Kgb.OBJECT_MENTION))
    about = ((Rdf.TYPE, Kgb.EVIDENCE), *parts, (Kgb.CONFIDENCE, confidence), *places)
    for predicate, term in about:
        yield ox.Quad(evidence, predicate, term, graph)
    yield ox.Quad(span, Rdf.TYPE, Nif.STRING, graph)
    yield ox.Quad(span, Nif.REFERENCE, graph, graph)
    yield ox.Quad(span, Nif.BEGIN, value(str(number * 100), "integer"), graph)
    yield ox.Quad(span, Nif.END, value(str(number * 100 + 99), "integer"), graph)
    yield ox.Quad(span, Nif.ANCHOR, ox.Literal(f"Sentence {number} of {graph.value}."), graph)


@dataclass(slots=True)
class Planted:
    """A corpus in the making."""

    random: Random
    statements: list[list[Stated]]
    """Statements by document."""
    classes: list[dict[ox.NamedNode, str]]
    """Classes of entities by document."""
    expected: set[tuple[str, str]] = field(default_factory=set)
    """Kind and subject of each contradiction."""

    def state(self, *stated: tuple[ox.NamedNode, str, Term], **kinds: str) -> None:
        """Each statement stands in another document, whose entities have their classes."""
        for place, (head, property_name, tail) in zip(
            self.random.sample(range(len(self.statements)), len(stated)), stated, strict=True
        ):
            probability = self.random.randint(3500, 9999) / 10_000
            self.statements[place].append((head, property_name, tail, probability))
            for node in (head, tail):
                kind = kinds.get(node.value.rsplit("/", 1)[-1].rstrip("0123456789")) if _is_node(node) else None
                if kind is not None:
                    self.classes[place][node] = kind

    def expect(self, kind: str, subject: ox.NamedNode) -> None:
        """A contradiction is there."""
        self.expected.add((kind, subject.value))

    def graphs(self) -> list[DocumentGraph]:
        """The documents."""
        pairs = zip(self.statements, self.classes, strict=True)
        return [document(f"d{number}", stated, classes) for number, (stated, classes) in enumerate(pairs)]


Fault = tuple[str, str, str]
"""Document, node and name of the constraint component."""
_FAULTS: tuple[tuple[ox.NamedNode, Term | None, bool, str], ...] = (
    (Kgb.CONFIDENCE, value("1.5", "decimal"), False, "MaxInclusive"),
    (Kgb.CONFIDENCE, value("-0.1", "decimal"), False, "MinInclusive"),
    (Kgb.CONFIDENCE, value("0.1", "decimal"), True, "MaxCount"),
    (Kgb.SUBJECT_MENTION, ox.Literal("she"), False, "NodeKind"),
    (Kgb.SUBJECT_MENTION, None, False, "MinCount"),
    (Nif.END, value("0", "integer"), False, "LessThan"),
    (Nif.ANCHOR, value("7", "integer"), False, "Datatype"),
    (Nif.ANCHOR, None, False, "MinCount"),
    (Rdf.LABEL, None, False, "MinCount"),
)
"""Property, what stands in the place of its value or beside it, and what it breaks."""


def with_faults(graphs: list[DocumentGraph], random: Random) -> tuple[list[DocumentGraph], set[Fault]]:
    """The documents, every tenth of them with a fault, and the faults: several of each kind."""
    made, faults = list(graphs), set()
    for turn, number in enumerate(range(0, len(graphs), 10)):
        role, wrong, beside, component = _FAULTS[turn % len(_FAULTS)]
        quads = graphs[number].quads
        places = [place for place, quad in enumerate(quads) if quad.predicate == role]
        place = random.choice(places)
        old = quads[place]
        new = () if wrong is None else (ox.Quad(old.subject, role, wrong, old.graph_name),)
        changed = (*quads[:place], *((old,) if beside else ()), *new, *quads[place + 1 :])
        made[number] = DocumentGraph(graphs[number].document, changed)
        faults.add((graphs[number].document, old.subject.value, component))
    return made, faults


def _is_node(term: Term) -> bool:
    return isinstance(term, ox.NamedNode)


def planted_corpus(documents: int, seed: int) -> Planted:
    """A corpus in which people, places and firms agree, but for what is planted in it, every kind many times."""
    random = Random(seed)  # noqa: S311  no secret depends on it
    made = Planted(random, [[] for _ in range(documents)], [{} for _ in range(documents)])
    cities = [entity(f"city{number}") for number in range(40)]
    for number, city in enumerate(cities):
        made.state((city, "locatedIn", entity(f"county{number % 8}")), city="Place", county="Place")
    for number in range(8):
        made.state((entity(f"land{number % 2}"), "containsTerritory", entity(f"county{number}")), county="Place")
    for number in range(documents):
        _agreeing(made, number, cities)
    for number in range(documents // 25):
        _disagreeing(made, number, cities)
    return made


def _agreeing(made: Planted, number: int, cities: list[ox.NamedNode]) -> None:
    """A person and a firm of whom several documents tell the same, more or less exactly."""
    person, firm, born = entity(f"person{number}"), entity(f"firm{number}"), made.random.randint(1000, 1900)
    home = made.random.randrange(len(cities))
    exact = f"{born}-{made.random.randint(1, 12):02}-{made.random.randint(1, 28):02}"
    births = [(person, "dateOfBirth", day(exact[:length])) for length in (4, 7, 10)]
    places = [cities[home], entity(f"county{home % 8}"), entity(f"land{home % 2}")]
    made.state(
        *births,
        (person, "dateOfBirth", value("in the spring")),
        *((person, "placeOfBirth", place) for place in places),
        (person, "dateOfDeath", day(str(born + made.random.choice((0, 60))))),
        *((person, "spouse", entity(f"person{made.random.randrange(number + 1)}")) for _ in range(2)),
        (firm, "inception", day(str(born))),
        (firm, "dissolved", day(f"{born}-12-31")),
        (firm, "foundedBy", person),
        **_KINDS,
    )


_KINDS = {"person": "Person", "firm": "Organisation", "city": "Place", "county": "Place", "land": "Place"}


def _disagreeing(made: Planted, number: int, cities: list[ox.NamedNode]) -> None:
    """One contradiction of each kind, each of an entity of its own."""
    names = ("twice", "moved", "undead", "early", "ended", "stone", "odd", "counted", "wordy", "both", "placed")
    who = {name: entity(f"{name}{number}") for name in names}
    year = made.random.randint(1000, 1900)
    a, b = made.random.sample(range(8), 2)
    kinds = dict.fromkeys(names, "Person") | {"early": "Organisation", "ended": "Thing", "stone": "Place"}
    stated: list[tuple[str, str, list[tuple[str, Term]]]] = [
        ("values", "twice", [("dateOfBirth", day(str(year))), ("dateOfBirth", day(f"{year + 1}-01-01"))]),
        ("values", "moved", [("placeOfBirth", cities[a]), ("placeOfBirth", entity(f"county{b}"))]),
        ("order", "undead", [("dateOfBirth", day(f"{year}-02")), ("dateOfDeath", day(f"{year}-01-31"))]),
        ("order", "early", [("inception", day(str(year))), ("dissolved", day(str(year - 1)))]),
        ("order", "ended", [("startTime", day(str(year))), ("endTime", day(f"-{year}"))]),
        ("domain", "stone", [("dateOfBirth", day(str(year)))]),
        ("range", "odd", [("placeOfBirth", entity(f"firm{number}"))]),
        ("range", "counted", [("dateOfDeath", value(str(year), "integer"))]),
        ("range", "wordy", [("spouse", value("her cousin"))]),
        ("range", "placed", [("dateOfBirth", cities[a])]),
    ]
    for kind, name, tails in stated:
        made.state(*((who[name], property_name, tail) for property_name, tail in tails), **_KINDS, **kinds)
        made.expect(kind, who[name])
    made.state((who["both"], "spouse", entity("person0")), both="Person", **_KINDS)
    made.state((who["both"], "location", cities[a]), both="Place", **_KINDS)
    made.expect("disjoint", who["both"])
