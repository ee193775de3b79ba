"""How far a rerun may lie from a printed number: one principle for all claims, worked out from what is printed.

A tolerance is twice the 95 % margin of the difference between two runs on as many images as the
paper's, and the rounding of the printed number. That is the least with which `lib.evaluation.verdicts` can
recognise a faithful rerun: chance alone sets two runs apart by up to one margin, and the interval of
the difference reaches one margin further. (The equivalence margin at which two samples of a size,
truly alike, are called alike with a power of 95 %; Chow, Shao and Wang, Sample Size Calculations in
Clinical Research, 2nd ed. 2008, ch. 4.) The margin is that of sampling alone: a rerun that seeds
scatter beyond it is recognised less often.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from lib.evaluation import metrics
from lib.papers.declare import COUNTED_SHARES, EXACT, SCORES, Claim, Paper, Split

# The most by which losses of single images spread (standard deviation, in nats) for two normal
# classes whose predictions are calibrated, whatever the accuracy. No paper prints its own.
LOSS_SPREAD = 0.56
# A point of a curve moves from epoch to epoch too. The one validation curve that is printed whole,
# Kuncoro's Table 1, moves by up to 0.026 and by up to 0.072 nats from its fourth epoch on.
CURVE = {"accuracy": 0.03, "loss": 0.08}
MARGIN = "twice the 95 % margin of the difference between two"


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """How far a rerun may lie from a claim and still count as the same result.

    Attributes:
        images: How many images the printed number is a share of, or a mean over; None where that is
            not known or it is neither.
        margin: In the unit of the metric: a fraction for scores, nats for losses, images for counts.
        source: Where the margin comes from.
    """

    images: int | None
    margin: float
    source: str


def claim_tolerances(paper: Paper) -> dict[Claim, Tolerance]:
    """The tolerance of every claim; a claim that declares one keeps it, with its reason.

    Raises:
        ValueError: A claim for which there is no rule, or whose number of images is not known.
    """
    predicted = _predicted(paper)
    return {claim: _tolerance(claim, paper, predicted) for claim in paper.claims}


def _predicted(paper: Paper) -> dict[tuple[str, str, str], int]:
    """(arm, part, class) → images predicted as it, where precision, recall and support are printed."""
    scores = {
        (claim.metric, claim.arm, claim.part, claim.of): claim.value for claim in paper.claims
    }
    predicted = {}
    for (metric, *key), precision in scores.items():
        hits = scores.get(("recall", *key), 0) * (paper.support(*key) or 0)
        if metric == "precision" and precision and hits:
            predicted[tuple(key)] = round(hits / precision)
    return predicted


def _tolerance(claim: Claim, paper: Paper, predicted: Mapping[tuple, int]) -> Tolerance:
    images = _images(claim, paper, predicted)
    if claim.tolerance:
        margin, source = claim.tolerance.value, claim.tolerance.reason
    else:
        margin, source = _margin(claim, images, paper)
    return Tolerance(images=images, margin=margin, source=source)


def _images(claim: Claim, paper: Paper, predicted: Mapping[tuple, int]) -> int | None:
    """How many images the number is a share of, or a mean over."""
    if claim.incomparable or claim.metric not in (*SCORES, *COUNTED_SHARES, "loss"):
        return None
    # In these papers the validation images of a curve are the test images.
    part = "test" if claim.part == "validation" else claim.part
    if not _is_per_class(claim):
        return paper.support(claim.arm, part)
    key = (claim.arm, part, claim.of.split(" → ")[0])
    if claim.metric == "precision" and key in predicted:
        return predicted[key]
    return paper.support(*key)


def _is_per_class(claim: Claim) -> bool:
    return not (claim.of in ("", "best epoch") or claim.of.endswith("avg"))


def _margin(claim: Claim, images: int | None, paper: Paper) -> tuple[float, str]:
    """The margin of a claim that declares none, and its source."""
    if claim.incomparable:
        return 0.0, "none: no rerun can be held against the number"
    if claim.metric in EXACT:
        return 0.0, "none: exact, no image can change it"
    if claim.metric == "support":
        return _support_tolerance(claim, paper.support(claim.arm, claim.part) or 0, paper.split)
    if not images:
        raise ValueError(
            f"expected a claim of a known number of images; received {claim}; "
            "declare the supports, `Paper.test_images` or the claim's own `tolerance`."
        )
    if claim.metric in COUNTED_SHARES:
        share = _width(claim.value / images, images)
        return round(sqrt(2) * share * images, 1), f"{MARGIN} runs (Wilson), in images"
    low, high = claim.attainable
    extra, why = 0.0, ""
    if claim.epoch is not None or claim.of == "best epoch":
        extra = CURVE[claim.metric]
        why = f"; {extra} more, since curves move from epoch to epoch"
    margin = sqrt(2) * _spread(claim, images) + high - low + extra
    return round(margin, 4), f"{_source(claim, images)}, and the rounding{why}"


def _spread(claim: Claim, images: int) -> float:
    """Width of the 95 % interval of a share of so many images, or of a mean loss over them."""
    if claim.metric == "loss":
        return 2 * metrics.Z * LOSS_SPREAD / sqrt(images)
    return _width(claim.value, images)


def _width(share: float, images: int) -> float:
    low, high = metrics.wilson(share * images, images)
    return high - low


def _source(claim: Claim, images: int) -> str:
    if claim.metric == "loss":
        return f"{MARGIN} runs on {images:,} images whose losses spread by {LOSS_SPREAD} nats"
    if not _is_per_class(claim):
        return f"{MARGIN} runs on {images:,} images (Wilson)"
    whose = "called so" if claim.metric == "precision" else "of the class"
    return f"{MARGIN} runs on as many images {whose} (Wilson)"


def _support_tolerance(claim: Claim, whole: int, split: Split) -> tuple[float, str]:
    """Of a random draw without replacement, whose variance is the hypergeometric distribution's."""
    if not _is_per_class(claim):
        return 0.0, "none: exact, the share of test images gives it"
    if split.stratified.value:
        return 0.0, "none: exact, a stratified split takes as many of a class every time"
    share, test = claim.value / whole, split.test_share.value
    left = test if claim.part == "train" else 1 - test
    width = 2 * metrics.Z * sqrt(whole * share * (1 - share) * left)
    return round(sqrt(2) * width, 1), f"{MARGIN} random splits (hypergeometric)"
