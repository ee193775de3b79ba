"""One arm against another: is the printed difference more than the choice of the images explains?"""

from collections.abc import Iterator
from itertools import combinations

from lib.audit.findings import Finding, quoted, weigh
from lib.audit.part_sizes import known_sizes
from lib.audit.rounding import FARTHEST, fitting_totals
from lib.evaluation.metrics import newcombe, wilson
from lib.papers.declare import Claim, Paper


def check_arm_differences(paper: Paper) -> Iterator[Finding]:
    """One finding per two arms with accuracies on the same part, the better arm first."""
    for part in ("test", "validation"):
        printed = (paper.printed_accuracy(arm.name, (part,)) for arm in paper.arms)
        claims = [claim for claim in printed if claim]
        if len(claims) < 2:
            continue
        known = known_sizes(paper, claims[0].arm, part)
        totals = [size.images for size in known] or fitting_totals(claims, FARTHEST, cut=False)
        if not totals:
            continue
        by_value = sorted(claims, key=lambda claim: -claim.value)
        for better, worse in combinations(by_value, 2):
            yield _difference(paper, better, worse, totals[0], bool(known))


def _difference(paper: Paper, better: Claim, worse: Claim, n: int, known: bool) -> Finding:
    # The images are taken for different ones, which widens the interval where they are the same.
    low, high = newcombe((better.value, worse.value), (n, n))
    apart = low > 0
    images = f"{n:,} images" if known else f"{n:,} images, the least number that fits"
    intervals = (
        f"{claim.arm} {claim.value:.4f}, 95 % interval {lower:.3f} … {upper:.3f}"
        for claim in (better, worse)
        for lower, upper in [wilson(claim.value * n, n)]
    )
    return Finding(
        check="baselines",
        topic=f"{better.arm} against {worse.arm}",
        outcome="consistent" if apart else "undetermined",
        printed=quoted([better, worse]),
        arithmetic=(
            f"{'; '.join(intervals)}; difference {better.value - worse.value:.4f}, 95 % interval "
            f"{low:.3f} … {high:.3f}, of {images}"
        ),
        sentence=(
            f"{better.arm} is better than {worse.arm} by more than the choice of the images explains. How much two "
            "runs of one network differ is another matter."
            if apart
            else f"On so few images, {better.text} of {better.arm} is not shown to be better than {worse.text} of "
            f"{worse.arm}."
        ),
        weight=weigh(paper, [better, worse]),
    )
