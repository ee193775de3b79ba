"""A loss beside an accuracy: is it large enough for the errors?"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import log

from lib.audit.claims import grouped
from lib.audit.findings import Finding, quoted
from lib.audit.rounding import bounds
from lib.papers.declare import Claim, Paper, Stated
from lib.words import counted


def check_losses(paper: Paper) -> Iterator[Finding]:
    """One finding about every pair of loss and accuracy on the same images and epoch."""
    groups = grouped(paper.claims, lambda claim: (claim.arm, claim.part, claim.epoch, claim.of))
    by_metric = ({claim.metric: claim for claim in claims} for claims in groups.values())
    pairs = [
        (claims["accuracy"], claims["loss"])
        for claims in by_metric
        if claims.keys() >= {"accuracy", "loss"}
    ]
    if pairs:
        yield _loss_finding(paper, pairs)


def least_loss(accuracy: Claim) -> Fraction:
    """The least mean cross-entropy, in nats, that goes with an accuracy.

    A wrongly predicted image has one of ln 2 at least: its class got no more than a half.
    """
    return (1 - bounds(accuracy, cut=True)[1]) * Fraction(log(2))


def _loss_finding(paper: Paper, pairs: Sequence[tuple[Claim, Claim]]) -> Finding:
    wrong = [pair for pair in pairs if bounds(pair[1], cut=True)[1] < least_loss(pair[0])]
    # Binary cross-entropy over the outputs of several classes is smaller.
    losses = [paper.arm(accuracy.arm).recipe.loss for accuracy, _ in pairs]
    sure = len(paper.classes) == 2 or all(
        isinstance(loss, Stated) and "categorical" in loss.value for loss in losses
    )
    closest = min(pairs, key=lambda pair: pair[1].value - float(least_loss(pair[0])))
    quoted_pairs = wrong or [closest]
    accuracy, loss = quoted_pairs[0]
    return Finding(
        check="agreement",
        topic="Losses and accuracies",
        outcome=("impossible" if sure else "undetermined") if wrong else "consistent",
        printed=quoted(claim for pair in quoted_pairs for claim in pair),
        arithmetic=(
            f"{counted(len(pairs), 'pair')}; of {accuracy.arm}, {accuracy.text} needs a loss of "
            f"{float(least_loss(accuracy)):.4f} at least, printed {loss.printed}"
        ),
        sentence=(
            "The loss is too small for that many errors: a wrongly called image alone adds 0.69."
            if wrong
            else "Every loss is large enough for the errors beside it."
        ),
        weight=1,
    )
