"""What is asked of the model, and what others published."""

from dataclasses import dataclass

__all__ = ["NONE", "OTHERS", "REDOCRED", "Asked"]

DREEAM = "DREEAM ([Ma et al. 2023](https://arxiv.org/abs/2302.08675))"
JEREX = "JEREX ([Eberts and Ulges 2021](https://arxiv.org/abs/2102.05980))"
NONE = "none found that could be checked"
"""What stands beside a figure that nobody published for these sets."""


@dataclass(frozen=True)
class Asked:
    """A figure of an evaluation with what is asked of it."""

    figure: str
    """Its name in `Evaluation.figures`."""
    title: str
    """What the table calls it."""
    published: str
    """What others reached, and where the setting differs."""
    low: float | None = None
    """The least that is asked."""
    high: float | None = None
    """The most that is asked."""


REDOCRED = (
    Asked(
        "recogniser F1",
        "recogniser, strict F1",
        f"{JEREX}: .930 on the test part of DocRED, the same kind of text. Spans alone are judged there, not types; "
        "BERT base, five times our size",
        low=0.84,
    ),
    Asked("sentence boundary F1", "sentence boundaries on raw text, F1", NONE, low=0.97),
    Asked(
        "relations, same sentence, F1",
        "relations between gold entities, pairs of one sentence, F1",
        "none for this part of the set. PURE ([Zhong and Chen 2021](https://arxiv.org/abs/2010.12812)): .726 with "
        "typed markers and gold entities; another set, with far fewer relations",
        low=0.66,
    ),
    Asked(
        "relations, all pairs, F1",
        "relations between gold entities, all pairs of the document, F1",
        f"{DREEAM}: .794 on the whole development part, of which ours is a sample. RoBERTa large, sixteen times our "
        f"size, 3,053 documents and a distantly labelled set instead of 411. {JEREX}: .727",
        low=0.60,
    ),
    Asked(
        "end to end, same sentence, F1",
        "end to end from raw text, against gold of one sentence, F1",
        "none for this part of the set; see the next line",
        low=0.64,
    ),
    Asked(
        "end to end, all, F1",
        "end to end from raw text, against all gold, F1",
        f"{JEREX}: .404 on the test part of DocRED, whose labels are incomplete, and judged more strictly: every "
        "mention of both entities must be right. Ours must overlap one mention of each",
        low=0.46,
    ),
    Asked(
        "unrelated pairs that get a relation",
        "pairs of one sentence without a relation that get one",
        "60 to 100 % reported of GLiNER2 (issue 40 of its repository) on sentences that merely name two entities; "
        "other sentences, and other relations",
        high=0.03,
    ),
    Asked("expected calibration error", "expected calibration error, 15 bins", NONE, high=0.03),
)
"""What is asked on redocred/dev."""
OTHERS = {
    "wikigold": Asked(
        "recogniser F1",
        "wikigold, a tenth held out: strict F1",
        "BOND ([Liang et al. 2020](https://arxiv.org/abs/2006.15509)): .601 without any gold annotation, on a part of "
        "its own",
        low=0.80,
    ),
    "btc": Asked("recogniser F1", "btc/dev: strict F1", NONE, low=0.72),
    "wnut17": Asked(
        "recogniser F1",
        "wnut17/dev: strict F1",
        "BERTweet ([Nguyen et al. 2020](https://arxiv.org/abs/2005.10200)): .565 on the test part, six types instead "
        "of our four; six times our size, pretrained on 850 million tweets",
        low=0.45,
    ),
}
"""What is asked on the other sets, whose types alone are annotated."""
