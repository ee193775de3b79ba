"""How far a rerun may lie from a printed number: one principle for all claims, worked out from what is printed.

A tolerance is twice the 95 % margin of the difference between two runs on as many images as the
paper's, and the rounding of the printed number. That is the least with which `lib.verdicts` can tell
a faithful rerun: chance alone sets two runs apart by up to one margin, and the interval of the
difference reaches one margin further. (The equivalence margin at which two samples of a size, truly
alike, are called alike with a power of 95 %; Chow, Shao and Wang, Sample Size Calculations in
Clinical Research, 2nd ed. 2008, ch. 4.) The margin is that of sampling alone: a rerun that seeds
scatter beyond it is told less often.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import sqrt
from statistics import NormalDist

from lib.paper.claims import Claim
from lib.paper.images import Split

Z = NormalDist().inv_cdf(0.975)
COUNTED = ("correct", "misclassified", "cell")  # shares, printed in images
SHARES = ("accuracy", "precision", "recall", "f1", *COUNTED)
# The most by which losses of single images spread (standard deviation, in nats) for two normal
# classes whose predictions are calibrated, whatever the accuracy. No paper prints its own.
LOSS_SPREAD = 0.56
# A point of a curve moves from epoch to epoch too. The one validation curve that is printed whole,
# Kuncoro's Table 1, moves by up to 0.026 and by up to 0.072 nats from its fourth epoch on.
CURVE = {"accuracy": 0.03, "loss": 0.08}
MARGIN = "twice the 95 % margin of the difference between two"


def tolerated(
    claims: Sequence[Claim], split: Split, tested: int | None = None
) -> tuple[Claim, ...]:
    """The claims with the images they were measured on, a tolerance, and where it comes from.

    A claim that names a source for its tolerance keeps both.

    Args:
        split: Its share and whether it is stratified decide how far supports depend on chance.
        tested: Test images, for a paper that prints no support.

    Raises:
        ValueError: A number for which there is no rule, or whose number of images is not known.
    """
    sizes = _sizes(claims, split.test_share.value, tested)
    calls = _calls(claims, sizes)
    found = []
    for one in claims:
        images = _images(one, sizes, calls)
        tolerance, source = one.tolerance, one.tolerance_from
        if not source:
            whole = sizes.get((one.arm, one.part, ""), 0)
            tolerance, source = _tolerance(one, images, whole, split)
        found.append(replace(one, images=images, tolerance=tolerance, tolerance_from=source))
    return tuple(found)


def attainable(claim: Claim) -> tuple[float, float]:
    """`Claim.rounding`, a share's within 0 … 1."""
    low, high = claim.rounding
    share = claim.unit in ("fraction", "percent")
    return (max(low, 0.0), min(high, 1.0)) if share else (low, high)


def _sizes(claims: Sequence[Claim], share: float, tested: int | None) -> dict[tuple, int]:
    """(arm, part, class or "") → images; of all classes as their supports add up, else as printed."""
    sizes = {}
    for one in claims:
        if one.metric == "support" and not one.of.endswith("avg"):
            sizes.setdefault((one.arm, one.part, one.of), int(one.value))
    for arm in {one.arm for one in claims}:
        for part in ("test", "train"):
            classes = [n for (*key, of), n in sizes.items() if key == [arm, part] and of]
            if classes:
                sizes[arm, part, ""] = sum(classes)
        if tested:
            sizes.setdefault((arm, "test", ""), tested)
        if (arm, "test", "") in sizes:
            trained = round(sizes[arm, "test", ""] * (1 - share) / share)
            sizes.setdefault((arm, "train", ""), trained)
    return sizes


def _calls(claims: Sequence[Claim], sizes: Mapping[tuple, int]) -> dict[tuple, int]:
    """(arm, part, class) → images called so, where precision, recall and support are printed."""
    scores = {(one.metric, one.arm, one.part, one.of): one.value for one in claims}
    found = {}
    for (metric, *key), precision in scores.items():
        hits = scores.get(("recall", *key), 0) * sizes.get(tuple(key), 0)
        if metric == "precision" and precision and hits:
            found[tuple(key)] = round(hits / precision)
    return found


def _images(claim: Claim, sizes: Mapping[tuple, int], calls: Mapping[tuple, int]) -> int | None:
    """How many images the number is a share of, or a mean over."""
    if claim.incomparable or claim.metric not in (*SHARES, "loss"):
        return None
    # In these papers the validation images of a curve are the test images.
    part = "test" if claim.part == "validation" else claim.part
    if _of_class(claim):
        key = (claim.arm, part, claim.of.split(" → ")[0])
        return calls.get(key, sizes.get(key)) if claim.metric == "precision" else sizes.get(key)
    return sizes.get((claim.arm, part, ""))


def _of_class(claim: Claim) -> bool:
    return not (claim.of in ("", "best epoch") or claim.of.endswith("avg"))


def _tolerance(claim: Claim, images: int | None, whole: int, split: Split) -> tuple[float, str]:
    if claim.incomparable:
        return 0.0, "none: no rerun can be held against the number"
    if claim.metric in ("parameters", "memory"):
        return 0.0, "none: exact, no image can change it"
    if claim.metric == "support":
        return _of_support(claim, whole, split)
    if not images:
        raise ValueError(
            f"`tolerance_from` should be given where no number of images is known; received {claim}."
        )
    if claim.metric in COUNTED:
        share = _width(claim.value / images, images)
        return round(sqrt(2) * share * images, 1), f"{MARGIN} runs (Wilson), in images"
    low, high = attainable(claim)
    extra, why = 0.0, ""
    if claim.epoch is not None or claim.of == "best epoch":
        extra = CURVE[claim.metric]
        why = f"; {extra} more, since curves move from epoch to epoch"
    tolerance = sqrt(2) * _spread(claim, images) + high - low + extra
    return round(tolerance, 4), f"{_source(claim, images)}, and the rounding{why}"


def _spread(claim: Claim, images: int) -> float:
    """Width of the 95 % interval of a share of so many images, or of a mean loss over them."""
    if claim.metric == "loss":
        return 2 * Z * LOSS_SPREAD / sqrt(images)
    return _width(claim.value, images)


def _width(share: float, images: int) -> float:
    from lib import metrics  # with NumPy behind it: not for `run_all.py --help`

    low, high = metrics.wilson(share * images, images)
    return high - low


def _source(claim: Claim, images: int) -> str:
    if claim.metric == "loss":
        return f"{MARGIN} runs on {images:,} images whose losses spread by {LOSS_SPREAD} nats"
    if not _of_class(claim):
        return f"{MARGIN} runs on {images:,} images (Wilson)"
    whose = "called so" if claim.metric == "precision" else "of the class"
    return f"{MARGIN} runs on as many images {whose} (Wilson)"


def _of_support(claim: Claim, whole: int, split: Split) -> tuple[float, str]:
    """Of a random draw without replacement, whose variance is the hypergeometric distribution's."""
    if not _of_class(claim):
        return 0.0, "none: exact, the share of test images gives it"
    if split.stratified.value:
        return 0.0, "none: exact, a stratified split takes as many of a class every time"
    share, test = claim.value / whole, split.test_share.value
    left = test if claim.part == "train" else 1 - test
    width = 2 * Z * sqrt(whole * share * (1 - share) * left)
    return round(sqrt(2) * width, 1), f"{MARGIN} random splits (hypergeometric)"
