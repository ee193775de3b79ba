"""One arm against another: is the printed difference more than the choice of the images explains?

Pairs of arms are many tests of one table: their p-values are corrected for their number (Holm).
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from lib.audit.findings import NOT_CHECKABLE, Finding, quoted, weigh
from lib.audit.part_sizes import known_sizes
from lib.audit.rounding import FARTHEST, fitting_totals
from lib.evaluation.metrics import holm, newcombe, newcombe_p, wilson
from lib.papers.declare import Claim, Paper
from lib.words import counted

LEVEL = 0.05  # of the family
MOST_MODELS = 50  # that are held against each other: 1,225 pairs


def check_arm_differences(paper: Paper) -> Iterator[Finding]:
    """One finding per two arms with accuracies on the same part, the better arm first; of very many, one."""
    for part in ("test", "validation"):
        printed = (paper.printed_accuracy(arm.name, (part,)) for arm in paper.arms)
        claims = [claim for claim in printed if claim]
        if len(claims) < 2:
            continue
        if len(claims) > MOST_MODELS:
            yield _too_many(paper, claims)
            continue
        known = known_sizes(paper, claims[0].arm, part)
        totals = [size.images for size in known] or fitting_totals(
            claims, FARTHEST, digits="rounded"
        )
        if not totals:
            continue
        by_value = sorted(claims, key=lambda claim: -claim.value)
        pairs, n = list(combinations(by_value, 2)), totals[0]
        p_values = [newcombe_p((better.value, worse.value), (n, n)) for better, worse in pairs]
        for pair, p in zip(pairs, holm(np.array(p_values)), strict=True):
            yield _difference(paper, *pair, n, bool(known), p=float(p), pairs=len(pairs))


def _too_many(paper: Paper, claims: Sequence[Claim]) -> Finding:
    return Finding(
        check="baselines",
        topic=f"Differences between {len(claims)} models",
        outcome=NOT_CHECKABLE,
        printed=quoted(claims[:1]),
        arithmetic="",
        sentence=f"At most {MOST_MODELS} models are held against each other.",
        weight=weigh(paper, claims),
    )


def _difference(
    paper: Paper, better: Claim, worse: Claim, n: int, known: bool, *, p: float, pairs: int
) -> Finding:
    # The images are taken for different ones, which widens the interval where they are the same.
    low, high = newcombe((better.value, worse.value), (n, n))
    apart = p < LEVEL
    corrected = f", corrected for {counted(pairs, 'pair')} (Holm)" if pairs > 1 else ""
    images = f"{n:,} images" if known else f"{n:,} images, the least that fit"
    intervals = (
        f"{claim.arm} {claim.value:.4f} [{lower:.3f}, {upper:.3f}]"
        for claim in (better, worse)
        for lower, upper in [wilson(claim.value * n, n)]
    )
    return Finding(
        check="baselines",
        topic=f"{better.arm} against {worse.arm}",
        outcome="consistent" if apart else "undetermined",
        printed=quoted([better, worse]),
        arithmetic=(
            f"{'; '.join(intervals)}; difference {better.value - worse.value:.4f} [{low:.3f}, {high:.3f}], "
            f"p {_p_value(p)}{corrected}; {images}, 95 % intervals"
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


def _p_value(p: float) -> str:
    return "below 0.001" if p < 0.001 else f"= {p:.3f}"
