"""Several accuracies of one part: which numbers of images allow all of them?"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import ceil, floor, prod

from lib.audit.findings import Finding, quoted, weight
from lib.audit.parts import Size, accuracies, batches_of, sizes
from lib.audit.rounding import admitted, bounds, distinct, mean_of_batches, shares, step
from lib.audit.tables import grouped
from lib.papers.declare import Claim, Paper, Stated, printed_count
from lib.words import listed, percent

FARTHEST = 10_000  # images up to which is looked where the paper states no total
LEAST = 3  # different accuracies; fewer leave too many sizes to tell anything
SHOWN = 5
UNLIKELY = 1e-6
MEANS = (
    "; a plain mean over batches, the last one smaller, could give each of them, but then they would be such "
    "shares by coincidence only"
)


def check_sample_sizes(paper: Paper) -> Iterator[Finding]:
    """For every table or log of accuracies, the numbers of images that allow all of them."""
    for (part, where), claims in grouped(
        accuracies(paper), lambda one: (one.part, one.where)
    ).items():
        if len(distinct(claims)) >= LEAST:
            yield _finding(paper, part, where, claims)


def possible(claims: Sequence[Claim], n: int, batches: Sequence[int]) -> bool:
    """Whether `n` images, or whole batches of them, allow every accuracy, digits cut off included.

    Args:
        batches: Sizes of batches that a log may have had; none for a trained model.
    """
    within = [bounds(one, cut=True) for one in claims]
    kept = {n, *(n // batch * batch for batch in batches if batch < n)}
    return any(all(shares(one, each) for each in within) for one in kept)


def averaged(claims: Sequence[Claim], n: int, batches: Sequence[int]) -> bool:
    """Whether every accuracy can be the plain mean of accuracies of batches, the last one smaller."""
    within = [bounds(one, cut=True) for one in claims]
    return any(all(mean_of_batches(n, batch, each) for each in within) for batch in batches)


def coincidence(claims: Sequence[Claim], n: int) -> float:
    """The chance that accuracies which have nothing to do with `n` images are all shares of them."""
    return prod(min(1.0, n * float(step(one))) for one in distinct(claims))


def _finding(paper: Paper, part: str, where: str, claims: list[Claim]) -> Finding:
    arms = list({one.arm: None for one in claims})
    known = [size for arm in arms for size in sizes(paper, arm, part)]
    log = any(one.epoch is not None for one in claims)
    batches = batches_of(paper, arms[0]) if log else ()
    most = _most(paper)
    found = admitted(claims, most, cut=False)
    # Means over batches that are not alike give almost any number, but hardly ever shares of another
    # number of images.
    told = bool(found) and coincidence(claims, found[0]) < UNLIKELY
    ruled_out = [
        one
        for one in known
        if not possible(claims, one.images, batches)
        and (told or not averaged(claims, one.images, batches))
    ]
    return Finding(
        check="sample size",
        topic=f"Images behind the {len(claims)} {part} accuracies of {where}",
        outcome=_outcome(known, ruled_out, found),
        printed=quoted(claims),
        arithmetic=_arithmetic(paper, claims, found, batches if ruled_out else ())
        + MEANS * any(averaged(claims, one.images, batches) for one in ruled_out),
        sentence=_sentence(found, ruled_out, known),
        weight=weight(paper, claims),
        arm=arms[0] if len(arms) == 1 else "",
    )


def _outcome(known: Sequence[Size], ruled_out: Sequence[Size], found: Sequence[int]) -> str:
    if ruled_out:
        return "impossible"
    return "consistent" if any(one.images in found for one in known) else "undetermined"


def _most(paper: Paper) -> int:
    """As many images as the paper states, if it does."""
    total = paper.dataset.total
    return printed_count(total.value) if isinstance(total, Stated) else FARTHEST


def _arithmetic(
    paper: Paper, claims: Sequence[Claim], found: Sequence[int], batches: Sequence[int]
) -> str:
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    sizes = listed(found[:SHOWN], "or") + more if found else "no number"
    words = f"all are whole numbers of images for {sizes} of up to {_most(paper):,} images"
    if found:
        words += f"; that all would be so by coincidence has a chance of {coincidence(claims, found[0]):.0e}"
    if batches:
        words += f"; tried whole batches of {listed(batches)} too"
    return words + _assumed(paper, found)


def _assumed(paper: Paper, found: Sequence[int]) -> str:
    """Where the declaration assumes total or share, whether they give one of the sizes."""
    total, share = paper.dataset.total, paper.split.test_share
    if isinstance(total, Stated) and isinstance(share, Stated):
        return ""
    images = printed_count(total.value) * Fraction(str(share.value))
    around = [*{floor(images): 0, ceil(images): 0}]
    fits = "is" if set(around) & set(found) else "is not"
    return (
        f"; {percent(float(share.value))} of {total.value} images, assumed here, would be {listed(around, 'or')}, "
        f"which {fits} among them"
    )


def _sentence(found: Sequence[int], ruled_out: Sequence[Size], known: Sequence[Size]) -> str:
    if ruled_out:
        wrong = listed(f"{one.images:,} images ({one.where})" for one in ruled_out)
        fits = (
            f"They are shares of {found[0]:,} images"
            if found
            else "They are no shares of one number of images"
        )
        return f"{fits}, and cannot be shares of {wrong}: other images were used than these."
    if not known:
        size = (
            f"{found[0]:,} images or a multiple" if _multiples(found) else "few numbers of images"
        )
        return f"The paper does not say how many images it tested on. Its accuracies fit {size}."
    if any(one.images in found for one in known):
        return "The accuracies are shares of a number of images that the paper gives."
    return "The accuracies are shares of a number of images that the paper gives only if digits were cut off."


def _multiples(found: Sequence[int]) -> bool:
    return bool(found) and all(one % found[0] == 0 for one in found)
