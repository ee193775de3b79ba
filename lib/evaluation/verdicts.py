"""Paper versus reproduced, number by number: a verdict by one rule, with its reason.

The 95 % interval of the difference adds three distances by squares, below and above (Newcombe 1998,
Statistics in Medicine 17, 873, method 10; for any two intervals Zou and Donner 2008, Statistics in
Medicine 27, 1693): the sampling error of our mean over seeds, that of the paper's one run, and what seeds
scatter beyond it. The verdict is a test of equivalence (Schuirmann 1987, Journal of Pharmacokinetics
and Biopharmaceutics 15, 657; Lakens 2017, Social Psychological and Personality Science 8, 355), and a
stricter one than the usual: 95 % intervals for 90 %.

Measured on made-up runs with 2,000 test images, 0.9 of them right, five seeds and a tolerance of 3 points
(tests/evaluation/test_verdicts.py): the interval holds the true difference in 94 to 97 %. A faithful
rerun is called reproduced in 83 % (42 % and 9 % where seeds scatter as much as sampling, or twice as
much) and not reproduced in none, one that is off by the tolerance in 2 % each, one that is off by twice
the tolerance reproduced in none and not reproduced in 84 %. With two seeds a faithful rerun is called
reproduced in 59 %, and the interval holds as little as 88 %.
"""

from collections.abc import Mapping, Sequence
from math import hypot, sqrt

from scipy.special import stdtrit

from lib.evaluation import metrics
from lib.evaluation.curves import RANGE
from lib.evaluation.tolerances import Tolerance, claim_tolerances
from lib.papers.declare import COUNTED_SHARES, EXACT, SHARES, Claim, Paper
from lib.results import IMAGE_KINDS, WEIGHTS, ClaimResult, Model, Score, Verdict

RULE = (
    "A number is reproduced where the 95 % interval of the difference, ours less the paper's, lies wholly within "
    "± the tolerance, not reproduced where it lies wholly outside, and inconclusive where it reaches across an "
    "edge: the images or the seeds are then too few to tell."
)
RULE_NOTE = (
    "The tolerance is a difference that matters, however many images there are: 3 percentage points for shares of "
    "images, 1 point within 3 points of 0 or 100 %, and for losses as much in the mean probability of the true class, "
    "unless a number declares its own with a reason. The interval combines the sampling error of our mean over seeds, "
    "that of the paper's run (Wilson's interval), the scatter of seeds beyond it (Student's t) and the rounding of the "
    "printed number. Counts of parameters and memory are exact: reproduced if ours round to the printed number. A "
    "number is not comparable if the images, weights, settings or split are not the paper's, or if no rerun can give "
    "it."
)

Key = tuple[str, str, str, str, int | None]  # arm, metric, of, part, epoch
Distances = tuple[float, float]  # from a number to its lower and to its upper bound
Interval = tuple[float, float]


def judge(
    paper: Paper,
    scores: Sequence[Score],
    *,
    kind: str,
    models: Sequence[Model],
    changed: Sequence[str],
) -> list[ClaimResult]:
    """One result for every claim about an arm that was trained, in the paper's order.

    Args:
        paper: Its claims, and what their tolerances are worked out from.
        scores: Ours, of the `published` protocol (others are ignored).
        kind: "exact", "substitute" or "phantom".
        models: One for each arm; what their backbones started from.
        changed: Names of the settings whose change makes scores incomparable.

    Raises:
        ValueError: As `claim_tolerances`.
    """
    tolerances = claim_tolerances(paper)
    test_share = paper.split.test_share.value
    ours = {_key(score): score for score in scores if score.protocol == "published"}
    common = _hindrances(kind, changed)
    by_arm = {model.arm: common | _weights_hindrance(model) for model in models}
    return [
        _result(claim, tolerances[claim], ours, by_arm[claim.arm], test_share)
        for claim in paper.claims
        if claim.arm in by_arm
    ]


def difference_interval(
    claim: Claim,
    score: Score,
    images: int | None = None,
    our_images: float | None = None,
    *,
    draw: float = 0.0,
    shared: float = 1.0,
) -> Interval | None:
    """(low, high): the 95 % interval of ours less the paper's; None where one seed is all that is known.

    Args:
        claim: The paper's.
        score: Ours.
        images: How many images the paper's was measured on, None where that is not known.
        our_images: The same of ours.
        draw: As in `Tolerance`.
        shared: The share of all images that each seed draws by chance: two seeds have as much of their
            images in common. 1 where all seeds have the same images.
    """
    own, theirs = _sampling(claim, score, images, our_images, draw)
    exact = claim.metric in (*EXACT, "support")
    if score.sd is None and not exact and not any((*own, *theirs)):
        return None
    seeds = _between_seeds(score, sum(own) / (2 * metrics.Z), shared)
    # Of a mean over seeds only what they have in common is as uncertain as of one run.
    averaged = sqrt(shared + (1 - shared) / len(score.per_seed))
    own = (own[0] * averaged, own[1] * averaged)
    low, high = claim.attainable
    return (
        score.mean - high - hypot(own[0], theirs[1], seeds),
        score.mean - low + hypot(own[1], theirs[0], seeds),
    )


def interval_verdict(claim: Claim, interval: Interval, tolerance: float) -> Verdict:
    """What an interval of the difference says with this tolerance."""
    low, high = interval
    if low > tolerance or high < -tolerance:
        return "not reproduced"
    # What is exact has no interval but the rounding of the printed number.
    if claim.metric in EXACT or (-tolerance <= low and high <= tolerance):
        return "reproduced"
    return "inconclusive"


def _key(number: Claim | Score) -> Key:
    return (number.arm, number.metric, number.of, number.part, number.epoch)


def _hindrances(kind: str, changed: Sequence[str]) -> dict[str, str]:
    """What keeps scores from being compared: what it is → in words."""
    hindrances = {}
    if kind != "exact":
        hindrances["data"] = IMAGE_KINDS[kind].hindrance
    if changed:
        hindrances["settings"] = f"settings that differ: {', '.join(changed).replace('_', ' ')}"
    return hindrances


def _weights_hindrance(model: Model) -> dict[str, str]:
    weights = model.weights
    if weights.used == weights.declared:
        return {}
    return {"weights": f"{WEIGHTS[weights.used]} instead of {WEIGHTS[weights.declared]}"}


def _needs(claim: Claim) -> tuple[str, ...]:
    if claim.metric in EXACT:
        return ()
    return ("data", "settings") if claim.metric == "support" else ("data", "weights", "settings")


def _missing(claim: Claim, ours: Mapping[Key, Score]) -> str:
    if claim.metric not in EXACT and all(score.metric in EXACT for score in ours.values()):
        return "the paper's split was not run"
    *wanted, epoch = _key(claim)
    shorter = epoch and any(key[:-1] == tuple(wanted) and key[-1] for key in ours)
    return "this run has fewer epochs" if shorter else "not computed in this run"


def _result(
    claim: Claim,
    tolerance: Tolerance,
    ours: Mapping[Key, Score],
    hindrances: Mapping[str, str],
    test_share: float,
) -> ClaimResult:
    score = ours.get(_key(claim))
    reasons = [words for what, words in hindrances.items() if what in _needs(claim)]
    interval: Interval | None = None
    halved: Verdict = "not comparable"
    judged, doubled = halved, halved
    if claim.incomparable:
        reason = claim.incomparable
    elif score is None:
        reason = _missing(claim, ours)
    elif reasons:
        reason = "; ".join(reasons)
    else:
        interval = difference_interval(
            claim,
            score,
            tolerance.images,
            _our_images(claim, ours),
            draw=tolerance.draw,
            shared=1 - test_share if claim.part == "train" else test_share,
        )
        (halved, judged, doubled), reason = _compare(claim, score, interval, tolerance.margin)
    return ClaimResult(
        arm=claim.arm,
        metric=claim.metric,
        of=claim.of,
        part=claim.part,
        epoch=claim.epoch,
        unit=claim.unit,
        printed=claim.printed,
        where=claim.where,
        tolerance=tolerance.margin,
        tolerance_from=tolerance.source,
        reproduced=score.mean if score else None,
        low=score.low if score else None,
        high=score.high if score else None,
        difference=interval,
        verdict=judged,
        halved=halved,
        doubled=doubled,
        reason=reason,
    )


def _compare(
    claim: Claim, score: Score, interval: Interval | None, margin: float
) -> tuple[tuple[Verdict, Verdict, Verdict], str]:
    """The verdicts with half, the whole and twice the tolerance, and the reason for the second."""
    if interval is None:
        unknown = "one seed: its scatter is not known, and nothing else is"
        return ("inconclusive", "inconclusive", "inconclusive"), unknown
    halved, judged, doubled = (
        interval_verdict(claim, interval, margin * times) for times in (0.5, 1, 2)
    )
    if claim.metric in EXACT:
        exact = {"reproduced": "ours rounds to it", "not reproduced": "ours does not round to it"}
        return (halved, judged, doubled), exact[judged]
    reasons = {
        "reproduced": "the difference lies within the tolerance",
        "not reproduced": "the difference lies outside the tolerance",
        "inconclusive": "the difference reaches across an edge of the tolerance",
    }
    alone = "; one seed: its scatter is not known" if score.sd is None else ""
    return (halved, judged, doubled), reasons[judged] + alone


def _our_images(claim: Claim, ours: Mapping[Key, Score]) -> float | None:
    """How many images our score was measured on, as a mean over seeds."""
    score = ours.get((claim.arm, "support", claim.of, claim.part, None))
    return score.mean if score else None


def _sampling(
    claim: Claim, score: Score, images: int | None, our_images: float | None, draw: float
) -> tuple[Distances, Distances]:
    """How far sampling reaches below and above our number, and the paper's."""
    ranged = score.method == RANGE
    share = claim.metric in (*SHARES, *COUNTED_SHARES) and not claim.of.endswith("avg")
    of_images = images if share and images else None  # what the paper's number is a share of
    if claim.metric == "support":
        return (draw, draw), (draw, draw)
    if claim.metric in EXACT or (ranged and not of_images):
        return (0.0, 0.0), (0.0, 0.0)
    below, above = score.mean - score.low, score.high - score.mean
    own = max(below, 0.0), max(above, 0.0)
    if of_images:
        unit = of_images if claim.metric in COUNTED_SHARES else 1
        # A range over seeds is no sampling error: what the paper's number of images gives stands in.
        own = _wilson(score.mean, of_images, unit) if ranged else own
        return own, _wilson(claim.value, of_images, unit)
    scale = sqrt(our_images / images) if our_images and images else 1.0
    return own, (own[0] * scale, own[1] * scale)


def _wilson(value: float, images: int, unit: int) -> Distances:
    """Of a share of so many images, counted in `unit`."""
    share = min(value / unit, 1.0)  # ours may have been counted in more images than the paper's
    low, high = metrics.wilson(share * images, images)
    return (share - low) * unit, (high - share) * unit


def _between_seeds(score: Score, sampling: float, shared: float) -> float:
    """95 % margin of one more run less our mean over seeds, for what scatters beyond sampling.

    Seeds draw test images of their own, so that their variance holds that of sampling, but for what
    they draw in common: drawn without replacement, a share of all images scatters by that much less
    (Cochran, Sampling Techniques, 3rd ed. 1977, ch. 2). What exceeds it is the variance between runs
    (as of DerSimonian and Laird 1986, Controlled Clinical Trials 7, 177); the margin is that of a
    prediction interval (Hahn and Meeker, Statistical Intervals, 1991, ch. 4).

    Args:
        sampling: Standard error of one run.
        shared: As for `difference_interval`.
    """
    if score.sd is None:
        return 0.0
    seeds = len(score.per_seed)
    beyond = max(0.0, score.sd**2 - (1 - shared) * sampling**2)
    return float(stdtrit(seeds - 1, 0.975)) * sqrt(beyond * (1 + 1 / seeds))
