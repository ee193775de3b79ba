"""Means over folds, repeats, seeds or batches: what arithmetic still decides about them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from lib.audit.claims import grouped
from lib.audit.exact.averages import greatest_sd, is_mean_of_shares
from lib.audit.findings import NOT_CHECKABLE, Finding, Outcome, quoted, weigh
from lib.audit.rounding import bounds
from lib.papers.declare import Claim, Kind, Paper, metric_range, top_k
from lib.words import listed


def check_means(paper: Paper) -> Iterator[Finding]:
    """One finding per arm, part and kind of mean: accuracies as means of shares, and the scatter."""
    means = (claim for claim in paper.claims if claim.kind.mean_over and claim.unit != "count")
    for claims in grouped(
        means,
        lambda claim: (
            claim.arm,
            claim.part,
            claim.where.split(",")[0],
            replace(claim.kind, sd=""),
        ),
    ).values():
        scattered = [claim for claim in claims if claim.kind.sd]
        if scattered:
            yield _scatter(paper, scattered)
        yield _shares(paper, claims)


def sizes_of(claim: Claim) -> tuple[int, ...]:
    """Images of each fold, repeat or batch; () where they are not known.

    Every repeat and every seed is measured on the same number of images. Folds of which only the sum
    is known may be of any size.
    """
    kind = claim.kind
    if kind.sizes:
        return kind.sizes
    if kind.mean_over in ("repeats", "seeds") and kind.times and claim.n:
        return (claim.n,) * kind.times
    return ()


def _shares(paper: Paper, claims: Sequence[Claim]) -> Finding:
    accuracies = [claim for claim in claims if top_k(claim.metric) and not claim.of]
    answers = {claim: _is_mean(claim) for claim in accuracies}
    wrong = [claim for claim, answer in answers.items() if answer is False]
    doubtful = [claim for claim, answer in answers.items() if answer is None and _fails_even(claim)]
    right = [claim for claim, answer in answers.items() if answer]
    first, told = claims[0], wrong or doubtful or right or claims
    outcome: Outcome = (
        "impossible"
        if wrong
        else "undetermined"
        if doubtful
        else "consistent"
        if right
        else NOT_CHECKABLE
    )
    return Finding(
        check="means",
        topic=f"Means over {_over(first.kind)}",
        outcome=outcome,
        printed=quoted(told),
        arithmetic=_images(told[0]),
        sentence=_sentence(outcome, told),
        weight=weigh(paper, told),
        arm=first.arm,
    )


def _is_mean(claim: Claim) -> bool | None:
    """Whether it is a mean of shares; None where that cannot be told."""
    sizes = sizes_of(claim)
    return is_mean_of_shares(sizes, bounds(claim, "mixed")) if sizes else None


def _fails_even(claim: Claim) -> bool:
    """Whether it is no mean over folds of even size, of which only the sum is known."""
    kind, images = claim.kind, claim.n
    if kind.mean_over != "folds" or kind.sizes or not (kind.times and images):
        return False
    if not 2 <= kind.times <= images:
        return False
    sizes = Kind.even_folds(kind.times, images).sizes
    return is_mean_of_shares(sizes, bounds(claim, "mixed")) is False


def _over(kind: Kind) -> str:
    return f"{kind.times} {kind.mean_over}" if kind.times else kind.mean_over


def _images(claim: Claim) -> str:
    sizes = sizes_of(claim)
    if sizes:
        least, most = min(sizes), max(sizes)
        each = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        return f"{len(sizes)} times {each} images"
    return f"{claim.n:,} images in all" if claim.n else ""


def _sentence(outcome: str, claims: Sequence[Claim]) -> str:
    numbers, over = listed(claim.text for claim in claims), _over(claims[0].kind)
    if outcome == "impossible":
        return f"No whole numbers of images in {over} have {numbers} as their mean, rounded or cut off."
    if outcome == "undetermined":
        return (
            f"No whole numbers of images have {numbers} as their mean if the {over} are of even size; in uneven "
            "ones some may."
        )
    if outcome == "consistent":
        return f"Whole numbers of images in {over} can have {numbers} as their mean."
    return (
        f"{NOT_CHECKABLE}: of a mean over {over} with unknown or many sizes, any digits can be; only ranges and "
        "what holds for all means were asked."
    )


def _scatter(paper: Paper, claims: Sequence[Claim]) -> Finding:
    wrong = [claim for claim in claims if _least_sd(claim) > _most_sd(claim)]
    told = wrong[0] if wrong else claims[0]
    most = float(_most_sd(told))
    return Finding(
        check="means",
        topic="Scatter beside its mean",
        outcome="impossible" if wrong else "consistent",
        printed=tuple(
            f"{claim.printed} ± {claim.kind.sd} ({claim.where})" for claim in wrong or claims
        ),
        arithmetic=f"beside {told.text} a standard deviation is {told.shown(most):.4g} at most",
        sentence=(
            f"Numbers in the range of {told.metric} with this mean cannot scatter that far."
            if wrong
            else "The standard deviations are no greater than their means allow."
        ),
        weight=weigh(paper, claims),
        arm=told.arm,
    )


def _least_sd(claim: Claim) -> Fraction:
    return bounds(replace(claim, printed=claim.kind.sd), "mixed")[0]


def _most_sd(claim: Claim) -> Fraction | float:
    least, greatest = metric_range(claim.metric)
    if greatest is None:
        return float("inf")
    return greatest_sd(bounds(claim, "mixed"), claim.kind.times, least, greatest)
