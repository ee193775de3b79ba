"""A loss beside an accuracy: is it large enough for the errors?"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from math import log

from lib.audit.claims import grouped
from lib.audit.findings import Finding, quoted
from lib.audit.rounding import bounds
from lib.papers.declare import Claim, Paper, Stated
from lib.words import counted

CLOSE = 0.0002  # of a loss: a difference that two networks rarely have


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
    yield from _close_losses(paper)


def _close_losses(paper: Paper) -> Iterator[Finding]:
    """Losses of two trained models that agree in almost all of their digits, beside other accuracies."""
    for part in ("test", "validation"):
        trained = {
            (claim.arm, claim.metric): claim
            for claim in paper.claims
            if claim.part == part and claim.epoch is None and not claim.of
        }
        losses = [claim for (_, metric), claim in trained.items() if metric == "loss"]
        for first, second in combinations(losses, 2):
            keys = [(claim.arm, "accuracy") for claim in (first, second)]
            accuracies = [trained[key] for key in keys if key in trained]
            apart = abs(first.value - second.value)
            if 0 < apart < CLOSE * first.value and len(accuracies) == len(keys):
                yield _close_finding(first, second, accuracies)


def _close_finding(first: Claim, second: Claim, accuracies: Sequence[Claim]) -> Finding:
    apart = abs(first.value - second.value)
    return Finding(
        check="agreement",
        topic=f"Losses of {first.arm} and {second.arm}",
        outcome="undetermined",
        printed=quoted([first, second, *accuracies]),
        arithmetic=(
            f"{first.printed} and {second.printed} differ by {apart:.2g}, {apart / first.value:.4f} of either; "
            f"accuracies {accuracies[0].text} and {accuracies[1].text}"
        ),
        sentence=(
            "Two networks of different accuracy have almost the same loss. That can be, but is rare enough to ask "
            "whether a number was copied."
        ),
        weight=1,
    )


def least_loss(accuracy: Claim) -> Fraction:
    """The least mean cross-entropy, in nats, that goes with an accuracy.

    A wrongly predicted image has one of ln 2 at least: its class got no more than a half.
    """
    return (1 - bounds(accuracy, digits="mixed")[1]) * Fraction(log(2))


def _loss_finding(paper: Paper, pairs: Sequence[tuple[Claim, Claim]]) -> Finding:
    wrong = [pair for pair in pairs if bounds(pair[1], digits="mixed")[1] < least_loss(pair[0])]
    # Binary cross-entropy over the outputs of several classes is smaller, and other losses are others.
    losses = [paper.arm(accuracy.arm).recipe.loss for accuracy, _ in pairs]
    sure = all(
        "crossentropy" in loss.value
        and (len(paper.classes) == 2 or (isinstance(loss, Stated) and "categorical" in loss.value))
        for loss in losses
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
