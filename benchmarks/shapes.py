"""What checking documents against the shapes costs: seconds per 100 documents, and its share of a whole build.

    python benchmarks/shapes.py --beside FOLDER

All are seconds of the processor, so that other work on the machine counts little. With `--beside`, a checkout of
another version takes turns with this one, on the same documents.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from stamp import ROOT, stamp

BUILD = "import sys; from kgbuild.cli import main; sys.exit(main())"


def main() -> None:
    """Print a line for each version, and how they compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("corpus", type=Path, nargs="?", default=ROOT / "examples" / "corpus", help="what is built")
    parser.add_argument("--beside", type=Path, help="a checkout of another version")
    parser.add_argument("--turns", type=int, default=3, help="how often each is timed, for the median (default: 3)")
    parser.add_argument("--check", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.check:
        print(json.dumps(check(options.check)))
        return
    codes = [ROOT, *([options.beside.resolve()] if options.beside else [])]
    builds: dict[Path, list[float]] = {code: [] for code in codes}
    checks: dict[Path, list[float]] = {code: [] for code in codes}
    for _ in range(options.turns):
        for code in codes:
            with tempfile.TemporaryDirectory() as folder:
                graph = str(Path(folder) / "graph")
                builds[code].append(run(code, "-c", BUILD, "build", str(options.corpus), "--graph", graph)[0])
                told = json.loads(run(code, __file__, "--check", graph)[1])
                checks[code].append(100 * told["seconds"] / told["documents"])
    print(f"{told['documents']} documents of {told['quads'] // told['documents']:,} quads on average")
    for code in codes:
        whole, one = median(builds[code]), median(checks[code])
        share = one * told["documents"] / 100 / whole
        name = "this checkout" if code == ROOT else "the one beside"
        print(f"{name}: {one:.2f} s per 100 documents, {share:.1%} of a build of {whole:.1f} s")
    if options.beside:
        (one, other), (whole, before) = (list(map(median, times.values())) for times in (checks, builds))
        print(f"over the one beside: check x{one / other:.1f}, build x{whole / before:.2f}")
    print(stamp())


def run(code: Path, *words: str) -> tuple[float, str]:
    """Seconds of the processor that a Python with that code took, and what it printed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"PYTHONPATH": str(code)}
    command = [sys.executable, *words]
    done = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603  our own words
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime, done.stdout


def check(graph: Path) -> dict[str, float]:
    """Seconds that the check of all documents of a graph takes, their number and that of their quads."""
    import kgbuild
    from kgbuild.graph import GraphStore, load_shapes, shape_problems

    shapes = load_shapes(Path(kgbuild.__file__).parent.parent / "ontology" / "shapes.ttl")
    with GraphStore.open(graph / "store") as store:
        documents = [list(store.quads(document)) for document in store.catalogue()]
    list(shape_problems(documents[0], shapes))  # imports do not count
    clock = time.process_time()
    for quads in documents:
        list(shape_problems(quads, shapes))
    seconds = time.process_time() - clock
    return {"seconds": seconds, "documents": len(documents), "quads": sum(map(len, documents))}


if __name__ == "__main__":
    main()
