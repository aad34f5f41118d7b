"""How long recognising and scoring takes: one turn for each line on stdin, its seconds as a line on stdout.

    echo | PYTHONPATH=. python benchmarks/throughput.py ANNOTATED.jsonl

It uses only what every version of kgbuild has had, so that `quality.py` can run it with the code of another version
and let both take turns. The first line on stdout is the folder of the code, the second the number of words; the texts
were then read once, which does not count.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import kgbuild
from kgbuild.checkpoint import load_models
from kgbuild.config import load_settings
from kgbuild.model.device import choose_device
from kgbuild.ontology import load_ontology
from kgbuild.recognise.annotate import recognise
from kgbuild.recognise.pipelines import load_pipeline
from kgbuild.records import Document
from kgbuild.resolve import resolve
from kgbuild.score.predict import Scorer, score


def main() -> None:
    """Answer each line on stdin with the seconds that a turn took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, help="jsonl file whose lines have a `text`")
    parser.add_argument("--model", type=Path, help="folder of a model (default: the one that ships)")
    parser.add_argument("--device", default="cpu", help="auto, cpu or cuda")
    options = parser.parse_args()
    chosen = {"device": options.device} | ({"model": options.model} if options.model else {})
    settings = load_settings(environment={}, overrides=chosen)
    models, ontology = load_models(settings.model), load_ontology(settings.ontology)
    nlp = load_pipeline(settings.recognise, model=settings.model, device=settings.device)
    types, device = models.recogniser.types, choose_device(settings.device)
    scorer = Scorer(models.relations, models.tokenizer, types, ontology, settings.score, device=device)
    texts = [json.loads(line)["text"] for line in options.data.read_text(encoding="utf-8").splitlines() if line]
    documents = [Document(f"document:{number}", str(number), text, "", "txt") for number, text in enumerate(texts)]

    def turn() -> float:
        clock = time.perf_counter()
        annotated = resolve(recognise(iter(documents), nlp), settings.graph.base)
        for _ in score(annotated, scorer):
            pass
        return time.perf_counter() - clock

    print(Path(kgbuild.__file__).parent, flush=True)
    turn()
    print(sum(len(text.split()) for text in texts), flush=True)
    for _ in sys.stdin:
        print(turn(), flush=True)


if __name__ == "__main__":
    main()
