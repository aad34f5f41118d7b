"""Whatever happens to documents, in whatever order, the graph is that of a build from nothing."""

import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kgbuild import stages
from kgbuild.config import Settings

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SEQUENCES = int(os.environ.get("LIFECYCLE_SEQUENCES", "3"))
"""How many sequences are tried."""
STEPS = int(os.environ.get("LIFECYCLE_STEPS", "5"))
"""How many things happen in each, at most."""
NAMES = ("a.txt", "b.md", "c.txt")
PEOPLE = ("Ada Lovelace", "Charles Babbage", "Grace Hopper", "Alan Turing")
PLACES = ("London", "Rome", "Harvard")
SENTENCES = ("{} worked with {} in {}.", "{} met {}, who came from {}.", "Neither {} nor {} was in {}.", "Nobody came.")
TEXTS = st.lists(
    st.builds(str.format, st.sampled_from(SENTENCES), *map(st.sampled_from, (PEOPLE, PEOPLE, PLACES))),
    min_size=1,
    max_size=3,
).map(" ".join)
"""What a document says."""


class Corpus(RuleBasedStateMachine):
    """A small corpus to which everything may happen, and its graph."""

    given: Settings

    @initialize(texts=st.lists(TEXTS, min_size=len(NAMES), max_size=len(NAMES)))
    def begin(self, texts: list[str]) -> None:
        """A corpus with a document of each name, and its graph."""
        self.folder = Path(tempfile.mkdtemp())
        self.corpus, self.graph = self.folder / "corpus", self.folder / "graph"
        self.corpus.mkdir()
        self.threshold = 0.05
        self.retracted: dict[str, str] = {}
        for name, text in zip(NAMES, texts, strict=True):
            self.write(name, text)
        self.build()

    def write(self, name: str, text: str) -> None:
        """A document has a text."""
        (self.corpus / name).write_text(text, encoding="utf-8")

    @rule(name=st.sampled_from(NAMES), text=TEXTS)
    def change(self, name: str, text: str) -> None:
        """A document is added, changed, or written as it was."""
        self.write(name, text)

    @rule(name=st.sampled_from(NAMES))
    def remove(self, name: str) -> None:
        """A document vanishes."""
        (self.corpus / name).unlink(missing_ok=True)

    @rule(threshold=st.sampled_from((0.05, 0.3, 1.0)))
    def ask(self, threshold: float) -> None:
        """Another threshold is asked for."""
        self.threshold = threshold

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def retract(self, data: st.DataObject) -> None:
        """A document that the graph holds is withdrawn."""
        name = data.draw(st.sampled_from(sorted(self.held)))
        stages.retract(self.graph, [str(self.corpus / name)], now=NOW)
        self.retracted[name] = self.held.pop(name)

    @precondition(lambda self: self.retracted)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        """A withdrawn document may come back."""
        name = data.draw(st.sampled_from(sorted(self.retracted)))
        stages.restore(self.graph, [str(self.corpus / name)], now=NOW)
        del self.retracted[name]

    @rule()
    def build(self) -> None:
        """The corpus is built: a document that was withdrawn stays out while its text is the same."""
        self.seen = {path.name: path.read_text(encoding="utf-8") for path in self.corpus.iterdir()}
        self.retracted = {name: text for name, text in self.retracted.items() if self.seen.get(name, text) == text}
        self.held = {name: text for name, text in self.seen.items() if name not in self.retracted}
        self.run(self.graph)

    def run(self, graph: Path) -> None:
        """The corpus is built into a graph."""
        accept = self.given.accept.model_copy(update={"threshold": self.threshold})
        stages.build(self.given.model_copy(update={"accept": accept}), [str(self.corpus)], graph, now=NOW)

    def teardown(self) -> None:
        """The graph equals one that is built from the last corpus alone, with the same documents withdrawn."""
        if not hasattr(self, "folder"):
            return
        try:
            self.build()
            assert self.statements(self.graph) == self.statements(self.fresh())
            assert stages.validate(self.graph).conforms
        finally:
            shutil.rmtree(self.folder)

    def fresh(self) -> Path:
        """A graph of the same corpus, without a past but that documents were withdrawn from it."""
        graph = self.folder / "fresh"
        if self.retracted:
            for name, text in self.retracted.items():
                self.write(name, text)
            self.run(graph)
            stages.retract(graph, [str(self.corpus / name) for name in self.retracted], now=NOW)
            for name in set(self.retracted) - set(self.seen):
                (self.corpus / name).unlink()
        self.run(graph)
        return graph

    def statements(self, graph: Path) -> list[str]:
        """N-Quads, those about runs left out."""
        out = self.folder / "graph.nq"
        stages.export(graph, out)
        lines = out.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if "/graph/runs>" not in line and "/run/" not in line]


@pytest.mark.slow
@pytest.mark.timeout(3600)  # the numbers above may be large
def test_any_sequence_gives_the_graph_of_a_fresh_build(small_settings: Settings) -> None:
    """Any sequence of add, change, remove, retract, restore, build and another threshold ends as a fresh build does."""

    class Small(Corpus):
        given = small_settings

    checks = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
    how = settings(
        max_examples=SEQUENCES,
        stateful_step_count=STEPS,
        phases=[Phase.generate],  # a shorter sequence that fails as well would take hours to find
        deadline=None,
        derandomize=True,
        suppress_health_check=checks,
    )
    run_state_machine_as_test(Small, settings=how)
