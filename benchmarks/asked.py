"""Relations of any label in prose: documents of our own that say of which relations they were asked, none trained on.

    python benchmarks/asked.py [--data benchmarks/asked] [--model DIR] [--write]

Short texts about everything, common nouns among their mentions, each annotated for some twenty of the relations that
the ontology or the patterns have. Only these are judged, between gold entities and whatever the types. `thresholds.py`
explains the columns. The relations outside the ontology are scored from their label and definition, which training met
in patterns and in other such documents. From the other side, each relation is looked for by the names of its inverse,
from tail to head ("employs" for "employer"). `--write` keeps the tables in `asked.md`.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from stamp import stamp
from thresholds import HEAD, kept_relations, rows

from kgbuild.config import VOCABULARY, load_settings
from kgbuild.evaluate import GoldDocument, PredictedRelation
from kgbuild.model_folder import model_digest
from kgbuild.ontology import load_ontology
from kgbuild.train.patterns import read_patterns
from kgbuild.train.wording import inverses, widened
from kgbuild.train.written import read_written

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Print a table for each group of relations; keep them where asked."""
    options = _options()
    chosen: dict[str, object] = {"device": options.device, "accept.check_types": False}
    settings = load_settings(environment={}, overrides=chosen | ({"model": options.model} if options.model else {}))
    own = load_ontology(settings.ontology)
    gold = [item for item in read_written(options.data) if item.asked is not None]
    every = {key for item in gold for key in item.asked or ()}
    patterns = read_patterns(VOCABULARY / "patterns")
    known = widened(own, patterns)
    back = {key: told for key, told in inverses(known, patterns).items() if told in every}
    labels = {known.by_key[key].iri: key for key in every | back.keys()}
    found = kept_relations(gold, settings, known, labels)
    turned = [replace(one, head=one.tail, tail=one.head, label=back[one.label]) for one in found if one.label in back]
    relations, turned = (list(_asked(gold, told)) for told in (found, turned))
    count = sum(len(item.relations) for item in gold)
    lines = [
        f"{stamp(settings.device)}; model {model_digest(settings.model)[:16]}; {len(gold)} documents, {count} relations"
    ]
    groups = (
        ("All relations", relations, every),
        ("Relations of the ontology", relations, every & own.by_key.keys()),
        ("Relations outside the ontology", relations, every - own.by_key.keys()),
        ("From the other side: relations that have an inverse, by its names", turned, set(back.values())),
        ("The same relations by their own names", relations, set(back.values())),
    )
    for name, claimed, keys in groups:
        told = [replace(item, relations=tuple(one for one in item.relations if one.label in keys)) for item in gold]
        lines += ["", f"## {name}", "", *HEAD, *rows(told, [one for one in claimed if one.label in keys])]
    text = "\n".join(lines) + "\n"
    print(text)
    if options.write:
        (HERE / "asked.md").write_text(text, encoding="utf-8")


def _asked(gold: Sequence[GoldDocument], relations: Sequence[PredictedRelation]) -> Iterator[PredictedRelation]:
    """What is claimed of a document among the relations that it was asked of."""
    asked = {item.id: item.asked or frozenset() for item in gold}
    return (one for one in relations if one.label in asked[one.document])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=HERE / "asked", help="folder of written documents")
    parser.add_argument("--model", type=Path, help="folder of a model (default: the one that ships)")
    parser.add_argument("--device", default="cpu", help="auto, cpu or cuda")
    parser.add_argument("--write", action="store_true", help="keep the tables in asked.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
