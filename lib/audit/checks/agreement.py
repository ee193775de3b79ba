"""Claims against claims: the same quantity at two places, losses, and what reports imply."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import log

from lib.audit.exact.margins import Solutions
from lib.audit.findings import Finding, quoted, weight
from lib.audit.parts import final
from lib.audit.quantities import disagreeing, quantities, quoting
from lib.audit.rounding import bounds, common, distinct, shares
from lib.audit.solved import Solved
from lib.audit.tables import grouped
from lib.papers.declare import Claim, Paper, Stated
from lib.words import listed


def check_agreement(paper: Paper, solved: Sequence[Solved]) -> Iterator[Finding]:
    """Quantities printed twice, losses beside accuracies, reports against accuracies elsewhere."""
    yield from _same(paper)
    yield from _losses(paper)
    for one in solved:
        yield from _implied(paper, one)


def _same(paper: Paper) -> Iterator[Finding]:
    """A finding for every quantity of which different numbers are printed, and one for the others."""
    apart = disagreeing(paper)
    yield from (_disagreement(paper, claims) for claims in apart)
    agreeing = [claims for claims in quantities(paper) if claims not in apart]
    if agreeing:
        yield _agreement(agreeing)


def _disagreement(paper: Paper, claims: Sequence[Claim]) -> Finding:
    cut = common(bounds(one, cut=True) for one in claims)
    first, told = claims[0], quoting(paper, claims)
    values = [one.text for one in distinct(claims)]
    return Finding(
        check="agreement",
        topic=told.topic if told else _quantity(first).capitalize(),
        outcome="undetermined" if cut else "impossible",
        printed=quoted(claims),
        arithmetic=(
            f"{listed(values)} stand for one value only if digits were cut off"
            if cut
            else f"no value prints as {listed(values)}, rounded or cut off"
        ),
        sentence=(
            "The paper prints one quantity in ways that only fit together if digits were cut off instead of "
            "rounded."
            if cut
            else "The paper prints different numbers for one quantity: not all of them can be right."
        )
        + (f" Used here: {told.used}, since {told.reason}." if told else ""),
        weight=weight(paper, claims),
        arm=first.arm,
    )


def _quantity(claim: Claim) -> str:
    """In words, what a claim is about."""
    images = {"train": "training", "validation": "validation", "test": "test"}.get(claim.part, "")
    words = f"{claim.metric}{f' of {claim.of}' if claim.of else ''} on the {images} images"
    words = words if images else claim.metric
    return f"{words}, epoch {claim.epoch}" if claim.epoch else words


def _agreement(agreeing: Sequence[Sequence[Claim]]) -> Finding:
    several = max(agreeing, key=len)
    return Finding(
        check="agreement",
        topic="Numbers printed more than once",
        outcome="consistent",
        printed=quoted(several),
        arithmetic=f"{len(agreeing)} quantities are printed at several places, each alike up to its digits",
        sentence="Where the paper repeats a number, it repeats the same one. Shown is the one repeated most.",
        weight=1,
    )


def _losses(paper: Paper) -> Iterator[Finding]:
    """A wrongly called image has a cross-entropy of ln 2 at least: its class got no more than a half."""
    groups = grouped(paper.claims, lambda one: (one.arm, one.part, one.epoch, one.of))
    pairs = [
        (both["accuracy"], both["loss"])
        for both in ({one.metric: one for one in claims} for claims in groups.values())
        if both.keys() >= {"accuracy", "loss"}
    ]
    if pairs:
        yield _loss_finding(paper, pairs)


def least_loss(accuracy: Claim) -> Fraction:
    """The least mean cross-entropy, in nats, that goes with an accuracy."""
    return (1 - bounds(accuracy, cut=True)[1]) * Fraction(log(2))


def _loss_finding(paper: Paper, pairs: Sequence[tuple[Claim, Claim]]) -> Finding:
    wrong = [pair for pair in pairs if bounds(pair[1], cut=True)[1] < least_loss(pair[0])]
    # Binary cross-entropy over the outputs of several classes is smaller.
    losses = [paper.arm(one.arm).recipe.loss for one, _ in pairs]
    sure = len(paper.classes) == 2 or all(
        isinstance(one, Stated) and "categorical" in one.value for one in losses
    )
    shown_pairs = wrong or [min(pairs, key=lambda pair: pair[1].value - float(least_loss(pair[0])))]
    accuracy, loss = shown_pairs[0]
    return Finding(
        check="agreement",
        topic="Losses and accuracies",
        outcome=("impossible" if sure else "undetermined") if wrong else "consistent",
        printed=quoted(one for pair in shown_pairs for one in pair),
        arithmetic=(
            f"{len(pairs)} pairs; of {accuracy.arm}, {accuracy.text} needs a loss of "
            f"{float(least_loss(accuracy)):.4f} at least, printed {loss.printed}"
        ),
        sentence=(
            "The loss is too small for that many errors: a wrongly called image alone adds 0.69."
            if wrong
            else "Every loss is large enough for the errors beside it."
        ),
        weight=1,
    )


def _implied(paper: Paper, one: Solved) -> Iterator[Finding]:
    """The accuracy that a report implies, against the accuracies printed elsewhere for these images."""
    report, total = one.report, max(one.report.totals)
    others = [
        claim for claim in final(paper, report.arm, report.part) if claim not in report.accuracy
    ]
    if not others or not one.best.count or not _whole(one.best):
        return
    apart = [claim for claim in others if not _fits(one.rounded.hits, total, claim, cut=False)]
    if apart and not _whole(one.cut):
        return
    never = [claim for claim in apart if not _fits(one.cut.hits, total, claim, cut=True)]
    trained = [claim for claim in never if claim.epoch is None]
    hits = (
        listed(one.best.hits, "or")
        if len(one.best.hits) < 4
        else f"{one.best.hits[0]} … {one.best.hits[-1]}"
    )
    yield Finding(
        check="agreement",
        topic=f"Accuracy implied by {report.where}",
        outcome="impossible" if trained else "undetermined" if apart else "consistent",
        printed=quoted(apart or others),
        arithmetic=(
            f"{hits} of {total:,} images right, "
            f"{one.best.hits[0] / total:.4f}"
            + f" … {one.best.hits[-1] / total:.4f}"
            * (len(one.best.hits) > 1)
        ),
        sentence=_implied_sentence(report.where, apart, never, trained),
        weight=weight(paper, apart or others),
        arm=report.arm,
    )


def _implied_sentence(
    where: str, apart: list[Claim], never: list[Claim], trained: list[Claim]
) -> str:
    numbers = listed(claim.text for claim in trained or never or apart)
    if trained:
        return f"{numbers} and {where} cannot both be of the same network and images."
    if never:
        return f"The curve ends at {numbers}, but {where} of the trained network is another."
    if apart:
        return f"{numbers} and {where} fit together only if digits were cut off."
    return f"The accuracies printed elsewhere for these images are those of {where}."


def _whole(solutions: Solutions) -> bool:
    """Whether all solutions are known."""
    return solutions.complete and solutions.count == len(solutions.found)


def _fits(hits: Sequence[int], total: int, claim: Claim, cut: bool) -> bool:
    return bool(set(hits) & set(shares(total, bounds(claim, cut))))
