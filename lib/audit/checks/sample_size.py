"""Several accuracies of one part: which numbers of images allow all of them?"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import ceil, floor, prod

from lib.audit.batches import batch_sizes, is_mean_over_batches, sizes_text
from lib.audit.claims import comparable_accuracies, distinct, grouped
from lib.audit.findings import UNLIKELY, Finding, Outcome, quoted, weigh
from lib.audit.part_sizes import PartSize, known_sizes, stated_total
from lib.audit.rounding import FARTHEST, bounds, fitting_totals, shares, step
from lib.papers.declare import Claim, Paper, Stated, printed_count
from lib.words import listed, percent

LEAST = 3  # different accuracies; fewer leave too many sizes to tell anything
SHOWN = 5  # of the sizes that fit
MEANS = "; plain means over batches would be such shares by coincidence only"


def check_sample_sizes(paper: Paper) -> Iterator[Finding]:
    """For every table or log of accuracies, the numbers of images that allow all of them."""
    for (part, where, _), claims in grouped(
        comparable_accuracies(paper), lambda claim: (claim.part, claim.where, claim.n)
    ).items():
        if len(distinct(claims)) >= LEAST:
            yield _finding(paper, part, where, claims)


def is_possible(claims: Sequence[Claim], n: int, batches: Sequence[int]) -> bool:
    """Whether `n` images, or whole batches of them, allow every accuracy, digits cut off included.

    Args:
        batches: Sizes of batches that a log may have had; none for a trained model.
    """
    every_bounds = [bounds(claim, digits="mixed") for claim in claims]
    kept = {n, *(n // batch * batch for batch in batches if batch < n)}
    return any(all(shares(images, within) for within in every_bounds) for images in kept)


def _are_shares(claims: Sequence[Claim], n: int) -> bool:
    """Whether rounded shares of `n` images give every accuracy."""
    return all(shares(n, bounds(claim, "rounded")) for claim in claims)


def is_averaged(claims: Sequence[Claim], n: int, batches: Sequence[int]) -> bool:
    """Whether every accuracy can be the plain mean of accuracies of batches, the last one smaller."""
    every_bounds = [bounds(claim, digits="mixed") for claim in claims]
    return any(
        all(is_mean_over_batches(n, batch, within) for within in every_bounds) for batch in batches
    )


def coincidence_chance(claims: Sequence[Claim], n: int) -> float:
    """The chance, at most, that accuracies of other origin are all shares of some number of images up to `n`.

    The chances of all numbers that were tried are added (Boole's inequality): the least that fits is the
    first found in a search, not one that was named before it.
    """
    steps = [float(step(claim)) for claim in distinct(claims)]
    of_each = (prod(min(1.0, images * width) for width in steps) for images in range(1, n + 1))
    return min(1.0, sum(of_each))


def _finding(paper: Paper, part: str, where: str, claims: list[Claim]) -> Finding:
    arms = list(dict.fromkeys(claim.arm for claim in claims))
    known = [size for arm in arms for size in known_sizes(paper, arm, part)]
    log = any(claim.epoch is not None for claim in claims)
    batches = batch_sizes(paper, arms[0]) if log else ()
    totals = fitting_totals(claims, _most(paper), digits="rounded")
    # Means over batches that are not alike give almost any number, but hardly ever shares of another
    # number of images.
    sure = bool(totals) and coincidence_chance(claims, totals[0]) < UNLIKELY
    ruled_out = [
        size
        for size in known
        if not is_possible(claims, size.images, batches)
        and (sure or not is_averaged(claims, size.images, batches))
    ]
    # Each by itself: it may lie beyond all that were tried.
    fitting = [size for size in known if _are_shares(claims, size.images)]
    return Finding(
        check="sample size",
        topic=f"Images behind the {len(claims)} {part} accuracies of {where}",
        outcome=_outcome(ruled_out, fitting),
        printed=quoted(claims),
        arithmetic=_arithmetic(paper, claims, totals, batches if ruled_out else ())
        + MEANS * any(is_averaged(claims, size.images, batches) for size in ruled_out),
        sentence=_sentence(totals, ruled_out, known, fitting),
        weight=weigh(paper, claims),
        arm=arms[0] if len(arms) == 1 else "",
    )


def _outcome(ruled_out: Sequence[PartSize], fitting: Sequence[PartSize]) -> Outcome:
    if ruled_out:
        return "impossible"
    return "consistent" if fitting else "undetermined"


def _most(paper: Paper) -> int:
    """As many images as the paper states, if it does."""
    total = stated_total(paper)
    return FARTHEST if total is None else total


def _arithmetic(
    paper: Paper, claims: Sequence[Claim], totals: Sequence[int], batches: Sequence[int]
) -> str:
    more = f" and {len(totals) - SHOWN} more" if len(totals) > SHOWN else ""
    sizes = listed(totals[:SHOWN], "or") + more if totals else "no number"
    words = f"up to {_most(paper):,} images, all are shares of {sizes}"
    if totals:
        chance = coincidence_chance(claims, totals[0])
        words += f"; by coincidence with a chance of at most {chance:.0e}"
    if batches:
        words += f"; whole batches were tried too: {sizes_text(batches)}"
    return words + _assumed(paper, totals)


def _assumed(paper: Paper, totals: Sequence[int]) -> str:
    """Where the declaration assumes total or share, whether they give one of the sizes."""
    total, share = paper.dataset.total, paper.split.test_share
    nothing = not (total.value and share.value)
    if nothing or (isinstance(total, Stated) and isinstance(share, Stated)):
        return ""
    images = printed_count(total.value) * Fraction(str(share.value))
    around = list(dict.fromkeys((floor(images), ceil(images))))
    fits = "are" if set(around) & set(totals) else "are not"
    return (
        f"; {listed(around, 'or')} images ({percent(float(share.value))} of {total.value}, assumed here) "
        f"{fits} among them"
    )


def _sentence(
    totals: Sequence[int],
    ruled_out: Sequence[PartSize],
    known: Sequence[PartSize],
    fitting: Sequence[PartSize],
) -> str:
    if ruled_out:
        wrong = listed(f"{size.images:,} images ({size.where})" for size in ruled_out)
        fits = (
            f"They are shares of {totals[0]:,} images"
            if totals
            else "They are no shares of one number of images"
        )
        return f"{fits} and cannot be shares of {wrong}: other images were used, or they are means."
    if not known:
        size = (
            f"{totals[0]:,} images or a multiple" if _multiples(totals) else "few numbers of images"
        )
        return f"The paper does not say how many images it tested on. Its accuracies fit {size}."
    if fitting:
        return "The accuracies are shares of a number of images that the paper gives."
    return "The accuracies are shares of a number of images that the paper gives only if digits were cut off."


def _multiples(totals: Sequence[int]) -> bool:
    return bool(totals) and all(total % totals[0] == 0 for total in totals)
