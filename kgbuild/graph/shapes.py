"""SHACL Core shapes, read once and checked over one document at a time (https://www.w3.org/TR/shacl/).

Every document is checked before it is written, so a check must cost less than the writing: what our shapes use of
SHACL is read into functions over an index of the document's quads. A shapes file that uses more is refused. A test
compares with pyshacl.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from kgbuild.errors import MissingError, OntologyError
from kgbuild.graph.constraints import (
    BOUNDED,
    COUNTED,
    KINDS,
    Check,
    ReadNumber,
    Term,
    match_none,
    not_less,
    of_other_kind,
    of_other_type,
)
from kgbuild.graph.lexical import SHORT, is_lexical, number_of
from kgbuild.graph.problems import SHACL, Problem, term_text
from kgbuild.graph.vocabulary import Rdf, shorten

__all__ = ["Shapes", "load_shapes", "shape_problems"]

_REMEMBERED: Final = 10_000
"""Numbers that are read once: offsets and probabilities come again and again."""


@dataclass(frozen=True, slots=True)
class _Constraint:
    """One thing that values must satisfy."""

    component: str
    """IRI of the constraint component."""
    check: Check
    """What breaks it."""


@dataclass(frozen=True, slots=True)
class _Constraints:
    """What the values of a property, or the node itself, must satisfy."""

    path: ox.NamedNode | None
    """The property; `None` for the node."""
    message: str
    """What is expected, for a person."""
    parts: tuple[_Constraint, ...]
    """All of it."""
    kind: tuple[type, ...]
    """Kinds of terms that may stand there."""
    rest: tuple[_Constraint, ...]
    """What is left to check of one value of such a kind, which is the rule."""


@dataclass(frozen=True, slots=True)
class _NodeShape:
    """A shape with its targets."""

    iri: str
    """Its name."""
    classes: tuple[ox.NamedNode, ...]
    """Whose instances it is for."""
    objects_of: tuple[ox.NamedNode, ...]
    """Of which properties the values it is for."""
    constraints: tuple[_Constraints, ...]
    """What a target must satisfy."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """Shapes that were read once, to check many documents."""

    path: Path
    """The file that they were read from."""
    nodes: tuple[_NodeShape, ...]
    """The shapes that have targets, sorted by name."""

    def values_of(self, shape: str) -> frozenset[str]:
        """IRIs of the properties whose values the shape is for."""
        return frozenset(iri.value for node in self.nodes if node.iri == shape for iri in node.objects_of)


def load_shapes(path: Path) -> Shapes:
    """The shapes of a Turtle file.

    Raises: MissingError, OntologyError.
    """
    if not path.is_file():
        raise MissingError(f"shapes {str(path)!r} do not exist; name a Turtle file", subject=path)
    told: _Told = {}
    try:
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
            told.setdefault(quad.subject, {}).setdefault(quad.predicate, []).append(quad.object)
    except (SyntaxError, ValueError, OSError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise OntologyError(f"shapes {str(path)!r} are not Turtle: {first}", subject=path) from error
    named = [node for node, about in told.items() if _sh("NodeShape") in about.get(Rdf.TYPE, ())]
    reader = _Reader(path, told, lru_cache(_REMEMBERED)(number_of))
    return Shapes(path, tuple(reader.node_shape(node) for node in sorted(named, key=term_text)))


def shape_problems(quads: Iterable[ox.Quad], shapes: Shapes) -> Iterator[Problem]:
    """What breaks a shape among the quads of one document's graph."""
    index = _index(quads)
    for shape in shapes.nodes:
        targets = dict.fromkeys(node for kind in shape.classes for node in index.instances.get(kind, ()))
        targets |= dict.fromkeys(node for role in shape.objects_of for node in index.objects(role))
        for target in targets:
            about = index.about.get(target, {})
            for constraints in shape.constraints:
                values = [target] if constraints.path is None else about.get(constraints.path, ())
                single = len(values) == 1 and isinstance(values[0], constraints.kind)
                for part in constraints.rest if single else constraints.parts:
                    for wrong in part.check(values, about):
                        yield _problem(index.graph, target, shape, constraints, part, wrong)


@dataclass(slots=True)
class _Index:
    """The quads of one document, by subject and property."""

    about: dict[Term, dict[ox.NamedNode, list[Term]]] = field(default_factory=dict)
    """Values by subject and property."""
    instances: dict[Term, list[Term]] = field(default_factory=dict)
    """Subjects by class."""
    graph: str = ""
    """IRI of the graph."""

    def objects(self, role: ox.NamedNode) -> Iterator[Term]:
        """The values of a property."""
        return (value for about in self.about.values() for value in about.get(role, ()))


def _index(quads: Iterable[ox.Quad]) -> _Index:
    index = _Index()
    about = index.about
    for subject, predicate, value, graph in quads:
        roles = about.get(subject)
        if roles is None:
            roles = about[subject] = {}
        if predicate in roles:
            roles[predicate].append(value)
        else:
            roles[predicate] = [value]
        if not index.graph:
            index.graph = term_text(graph)
    for subject, roles in about.items():
        for kind in roles.get(Rdf.TYPE, ()):
            index.instances.setdefault(kind, []).append(subject)
    return index


def _problem(
    graph: str, target: Term, shape: _NodeShape, constraints: _Constraints, part: _Constraint, wrong: Term | None
) -> Problem:
    return Problem(
        graph=graph,
        node=term_text(target),
        message=constraints.message or f"{shorten(part.component)} of {shape.iri} must hold",
        constraint=part.component,
        shape=shape.iri,
        path="" if constraints.path is None else constraints.path.value,
        value="" if wrong is None else term_text(wrong),
    )


_Told = dict[Term, dict[ox.NamedNode, list[Term]]]


def _sh(name: str) -> ox.NamedNode:
    return ox.NamedNode(SHACL + name)


_SILENT: Final = frozenset(
    {Rdf.TYPE, *map(_sh, ("targetClass", "targetObjectsOf", "property", "path", "message", "name", "description"))}
)
"""What shapes say beside their constraints."""
_ONE: Final = frozenset(map(_sh, ("minCount", "maxCount")))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns what a file tells of its shapes into functions."""

    path: Path
    """The file."""
    told: _Told
    """Values by subject and property."""
    number: ReadNumber
    """Reads a number."""

    def node_shape(self, node: Term) -> _NodeShape:
        """A shape with its properties. Raises: OntologyError."""
        about = self.told[node]
        properties = (self._constraints(inner) for inner in about.get(_sh("property"), ()))
        return _NodeShape(
            term_text(node),
            self._iris(about, "targetClass"),
            self._iris(about, "targetObjectsOf"),
            (self._constraints(node), *properties),
        )

    def _constraints(self, node: Term) -> _Constraints:
        about = self.told.get(node, {})
        path = self._iris(about, "path")
        messages = (value.value for value in about.get(_sh("message"), ()) if isinstance(value, ox.Literal))
        kinds = [KINDS[kind] for kind in about.get(_sh("nodeKind"), ()) if kind in KINDS]
        settled = {_sh("nodeKind")} if len(kinds) == 1 else set()
        settled |= {role for role in about if role in _ONE and all(number_of(value) == 1 for value in about[role])}
        rest = {role: values for role, values in about.items() if role not in settled}
        return _Constraints(
            path[0] if path else None,
            "; ".join(sorted(messages)),
            self._parts(about),
            kinds[0] if len(kinds) == 1 else (object,),
            self._parts(rest),
        )

    def _parts(self, about: Mapping[ox.NamedNode, Sequence[Term]]) -> tuple[_Constraint, ...]:
        found = [(role, wanted) for role, values in about.items() if role not in _SILENT for wanted in values]
        return tuple(self._part(role, wanted) for role, wanted in found)

    def _part(self, role: ox.NamedNode, wanted: Term) -> _Constraint:
        name = role.value.removeprefix(SHACL)
        component = f"{SHACL}{name[:1].upper()}{name[1:]}ConstraintComponent"
        if name == "or":
            inner = [[part.check for part in self._parts(self.told.get(item, {}))] for item in self._items(wanted)]
            return _Constraint(component, partial(match_none, inner))
        if name in COUNTED and isinstance(wanted, ox.Literal):
            return _Constraint(component, partial(COUNTED[name], int(wanted.value)))
        if name in BOUNDED and isinstance(wanted, ox.Literal):
            return _Constraint(component, partial(BOUNDED[name], self.number, Decimal(wanted.value)))
        if name == "lessThan" and isinstance(wanted, ox.NamedNode):
            return _Constraint(component, partial(not_less, self.number, wanted))
        if name == "nodeKind" and wanted in KINDS:
            return _Constraint(component, partial(of_other_kind, KINDS[wanted]))
        if name == "datatype" and isinstance(wanted, ox.NamedNode):
            right: Callable[[Term], bool] = partial(is_lexical, datatype=wanted)
            if wanted in SHORT:  # a remembered text would stay in memory, whole documents among them
                right = lru_cache(_REMEMBERED)(right)
            return _Constraint(component, partial(of_other_type, right))
        raise self._unknown(role, wanted)

    def _items(self, head: Term) -> Iterator[Term]:
        """The items of an RDF list."""
        rdf = Rdf.TYPE.value.removesuffix("type")
        while head in self.told:
            yield from self.told[head].get(ox.NamedNode(f"{rdf}first"), ())
            head = self.told[head].get(ox.NamedNode(f"{rdf}rest"), [ox.NamedNode(f"{rdf}nil")])[0]

    def _iris(self, about: Mapping[ox.NamedNode, Sequence[Term]], name: str) -> tuple[ox.NamedNode, ...]:
        values = about.get(_sh(name), ())
        wrong = [value for value in values if not isinstance(value, ox.NamedNode)]
        if wrong:
            raise self._unknown(_sh(name), wrong[0])
        return tuple(value for value in values if isinstance(value, ox.NamedNode))

    def _unknown(self, role: ox.NamedNode, wanted: Term) -> OntologyError:
        names = ("datatype", "lessThan", "nodeKind", "or", *COUNTED, *BOUNDED)
        known = ", ".join(f"sh:{name}" for name in sorted(names))
        return OntologyError(
            f"shapes {str(self.path)!r}: expected constraints among {known}, came {role.value!r} "
            f"{term_text(wanted)!r}; say it with those",
            subject=self.path,
        )
