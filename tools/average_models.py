"""One model of several: the weighted mean of their weights, calibrated anew.

    python tools/average_models.py --data ../shared/data --output DIR MODEL=0.7 OTHER=0.3

For models of which one was trained on from the other: between them lies a path on which the loss stays low, and a point
on it is often better on new data than either end (model soups, Wortsman et al. 2022, https://arxiv.org/abs/2203.05482;
two ends, WiSE-FT, Wortsman et al. 2021, https://arxiv.org/abs/2109.01903). What the models say of their training is
taken from the first. The calibration is that of `kgbuild train`, on the documents that nothing is trained on.
"""

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from kgbuild.checkpoint import DEFAULT_BASE, load_base, load_models, save_models
from kgbuild.config import load_settings
from kgbuild.ontology import load_ontology
from kgbuild.train.models import calibrated


def main() -> None:
    """Write the model."""
    options = _options()
    shares = dict(options.models)
    if not math.isclose(sum(shares.values()), 1, abs_tol=1e-6):
        sys.exit(f"shares {', '.join(map(str, shares.values()))}: expected a sum of 1; correct them")
    found = [load_models(folder) for folder in shares]
    first, weights = found[0], list(shares.values())
    recogniser, relations = (
        mean([getattr(item, name).state_dict() for item in found], weights) for name in ("recogniser", "relations")
    )
    first.recogniser.load_state_dict(recogniser)
    first.relations.load_state_dict(relations)
    ontology = load_ontology(load_settings(environment={}).ontology)
    device, types = torch.device("cpu"), first.recogniser.types
    calibration, held_out = calibrated(options.data, first.relations, first.tokenizer, types, ontology, device=device)
    told = json.loads((next(iter(shares)) / "config.json").read_text(encoding="utf-8"))["facts"]
    facts = told | {"ontology": ontology.digest, "held_out": held_out, "averaged": weights}
    save_models(options.output, first.recogniser, first.relations, load_base(DEFAULT_BASE), calibration, facts=facts)
    sys.stdout.write(f"{options.output}: temperature {calibration.temperature:.2f}, bias {calibration.bias:.2f}\n")


def mean(states: Sequence[Mapping[str, Tensor]], weights: Sequence[float]) -> dict[str, Tensor]:
    """The weighted mean of state dictionaries of one model; what are no real numbers is the first's."""
    shares = torch.tensor(weights)
    return {
        name: torch.tensordot(shares, torch.stack([state[name] for state in states]), dims=1)
        if value.is_floating_point()
        else value
        for name, value in states[0].items()
    }


def _share(text: str) -> tuple[Path, float]:
    folder, _, share = text.rpartition("=")
    try:
        return Path(folder), float(share)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a folder, '=' and a share of 1, as in DIR=0.7") from None


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "models", nargs="+", type=_share, metavar="MODEL=SHARE", help="folder of a model and its share of the mean"
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the annotated sets")
    parser.add_argument("--output", type=Path, required=True, help="folder for the model")
    return parser.parse_args()


if __name__ == "__main__":
    main()
