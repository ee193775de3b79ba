"""How far a rerun may lie from a printed number and still be called the same result.

A tolerance is a margin of relevance: a difference that would change what a reader concludes. It does
not depend on how many images a paper tested; where these are too few to tell, the verdict says so
(`lib.evaluation.verdicts`). A margin made of the paper's own noise would call the poorest measurement
the easiest to reproduce (Lakens, Scheel and Isager, Advances in Methods and Practices in Psychological
Science 1, 2018, p. 259, on how to choose one).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import exp, sqrt

from lib.evaluation import metrics
from lib.papers.declare import COUNTED_SHARES, EXACT, SCORES, Claim, Paper, Split

OfClass = tuple[str, str, str]  # arm, part, class
Support = Callable[..., int | None]  # `Paper.support`

POINTS = 0.03
"""Of a share of images: what papers of this kind tell their models apart by."""
POINTS_AT_THE_ENDS = 0.01
"""Of a share within `POINTS` of 0 or 1, where 3 points would be more than all errors that it leaves."""


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """How far a rerun may lie from a claim and still count as the same result.

    Attributes:
        images: How many images the printed number is a share of, or a mean over; None where that is
            not known or it is neither.
        margin: In the unit of the metric: a fraction for scores, nats for losses, images for counts.
        source: Where the margin comes from.
        draw: Of a number of images in a random split: the 95 % margin of one draw, in images.
    """

    images: int | None
    margin: float
    source: str
    draw: float = 0.0


def claim_tolerances(paper: Paper) -> dict[Claim, Tolerance]:
    """The tolerance of every claim; a claim that declares one keeps it, with its reason.

    Raises:
        ValueError: A claim for which there is no rule, or whose number of images is not known.
    """
    support = cache(paper.support)  # which goes through all claims
    predicted = _predicted(paper, support)
    return {claim: _tolerance(claim, paper.split, support, predicted) for claim in paper.claims}


def _predicted(paper: Paper, support: Support) -> dict[OfClass, int]:
    """(arm, part, class) → images predicted as it, where precision, recall and support are printed."""
    scores = {
        (claim.metric, claim.arm, claim.part, claim.of): claim.value for claim in paper.claims
    }
    predicted = {}
    for (metric, arm, part, of), precision in scores.items():
        hits = scores.get(("recall", arm, part, of), 0) * (support(arm, part, of) or 0)
        if metric == "precision" and precision and hits:
            predicted[arm, part, of] = round(hits / precision)
    return predicted


def _tolerance(
    claim: Claim, split: Split, support: Support, predicted: Mapping[OfClass, int]
) -> Tolerance:
    images = _images(claim, support, predicted)
    draw = 0.0
    if claim.metric == "support" and not claim.incomparable:
        draw = _draw(claim, support(claim.arm, claim.part) or 0, split)
    if claim.tolerance:
        margin, source = claim.tolerance.value, claim.tolerance.reason
    else:
        margin, source = _margin(claim, images, split, support)
    return Tolerance(images=images, margin=margin, source=source, draw=draw)


def _images(claim: Claim, support: Support, predicted: Mapping[OfClass, int]) -> int | None:
    """How many images the number is a share of, or a mean over."""
    if claim.incomparable or claim.metric not in (*SCORES, *COUNTED_SHARES, "loss"):
        return None
    # In these papers the validation images of a curve are the test images.
    part = "test" if claim.part == "validation" else claim.part
    if not _is_per_class(claim):
        return support(claim.arm, part)
    key = (claim.arm, part, claim.of.split(" → ")[0])
    if claim.metric == "precision" and key in predicted:
        return predicted[key]
    return support(*key)


def _is_per_class(claim: Claim) -> bool:
    return not (claim.of in ("", "best epoch") or claim.of.endswith("avg"))


def _draw(claim: Claim, whole: int, split: Split) -> float:
    """95 % margin of the images of a class in one random part, in images; 0 where chance has no say.

    Drawn without replacement: the variance is the hypergeometric distribution's.
    """
    if not _is_per_class(claim) or split.stratified.value or not whole:
        return 0.0
    share, test = claim.value / whole, split.test_share.value
    left = test if claim.part == "train" else 1 - test
    return metrics.Z * sqrt(whole * share * (1 - share) * left)


def _margin(claim: Claim, images: int | None, split: Split, support: Support) -> tuple[float, str]:
    """The margin of a claim that declares none, and its source."""
    if claim.incomparable:
        return 0.0, "none: no rerun can be held against the number"
    if claim.metric in EXACT:
        return 0.0, "none: exact, no image can change it"
    if claim.metric == "support":
        return _support_margin(claim, support(claim.arm, claim.part) or 0, split)
    if not images:
        raise ValueError(
            f"expected a claim of a known number of images; received {claim}; "
            "declare the supports, `Paper.test_images` or the claim's own `tolerance`."
        )
    if claim.metric == "loss":
        probability = exp(-claim.value)
        points, words = _points(probability)
        # e^-loss is the geometric mean of the probabilities given to the true classes.
        return round(points / probability, 4), f"{words} of the mean probability of the true class"
    if claim.metric in COUNTED_SHARES:
        points, words = _points(claim.value / images)
        return round(points * images, 1), f"{words} of the images it is counted among"
    points, words = _points(claim.value)
    return points, f"{words} of a share of images"


def _points(share: float) -> tuple[float, str]:
    """The margin of a share, and in words."""
    if min(share, 1 - share) < POINTS:
        return POINTS_AT_THE_ENDS, "1 percentage point (it lies within 3 of 0 or 100 %)"
    return POINTS, "3 percentage points"


def _support_margin(claim: Claim, whole: int, split: Split) -> tuple[float, str]:
    if not _is_per_class(claim):
        return 0.0, "none: exact, the share of test images gives it"
    if split.stratified.value:
        return 0.0, "none: exact, a stratified split takes as many of a class every time"
    return round(POINTS * whole, 1), "3 percentage points of the images of the part"
