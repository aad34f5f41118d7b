"""Persons who decide: the agents (PROV-O, https://www.w3.org/TR/prov-o/) that decisions are attributed to."""

from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox

from kgbuild.graph.quads import storable
from kgbuild.graph.vocabulary import Kgb, Prov, Rdf
from kgbuild.iris import digest_of, slug

__all__ = ["agent_node", "agent_quads"]

_HASH: Final = 12
"""Hexadecimal digits that tell apart two names which look alike in an IRI."""


def agent_node(author: str, base: str) -> ox.NamedNode:
    """The agent of that name."""
    return ox.NamedNode(f"{base}agent/{slug(author)}-{digest_of('agent', author)[:_HASH]}")


def agent_quads(author: str, base: str, graph: ox.NamedNode) -> Iterator[ox.Quad]:
    """What is said of the agent in the graph: that it is one, and its name."""
    agent = agent_node(author, base)
    yield ox.Quad(agent, Rdf.TYPE, Prov.AGENT, graph)
    yield ox.Quad(agent, Kgb.AGENT_NAME, ox.Literal(storable(author)), graph)
