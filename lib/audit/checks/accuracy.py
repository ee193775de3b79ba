"""An accuracy against the number of images it was measured on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lib.audit.findings import Finding, quoted, weight
from lib.audit.parts import Size, accuracies, batches_of, printed_sizes, sizes
from lib.audit.rounding import bounds, distinct, mean_of_batches, mended, misprints, shares
from lib.audit.tables import grouped
from lib.papers.declare import Claim, Paper
from lib.words import listed

LOG = 3  # accuracies: so many are looked at together, in `sample_size`


@dataclass(frozen=True, kw_only=True)
class _Fit:
    """How an accuracy comes about: 0 best, and in words."""

    rank: int
    words: str


RANKS = ("consistent", "undetermined", "undetermined", "undetermined", "impossible")


def check_accuracies(paper: Paper) -> Iterator[Finding]:
    """Is an accuracy a share of the images that the paper gives the part?

    Of an epoch in a training log, also of whole batches and as a mean of the batches' accuracies.
    """
    for (arm, part, epoch), claims in grouped(
        accuracies(paper), lambda one: (one.arm, one.part, one.epoch)
    ).items():
        known = printed_sizes(paper, arm, part) or sizes(paper, arm, part)
        if not known or (epoch is not None and _epochs(paper, arm, part) >= LOG):
            continue
        batches = batches_of(paper, arm) if epoch is not None else ()
        fits = {one: _fit(one, known, batches) for one in distinct(claims)}
        yield _accuracy_finding(paper, claims, fits, known, batches)


def _epochs(paper: Paper, arm: str, part: str) -> int:
    log = (one.epoch for one in accuracies(paper) if (one.arm, one.part) == (arm, part))
    return len({one for one in log if one is not None})


def _fit(claim: Claim, known: Sequence[Size], batches: Sequence[int]) -> _Fit:
    """The best explanation of one accuracy."""
    for rank, cut in ((0, False), (1, True)):
        for one in known:
            if right := shares(one.images, bounds(claim, cut)):
                words = f"{claim.text} is {_of(right, one.images)}{', cut off' * cut}"
                return _Fit(rank=rank, words=words)
    for cut in (False, True):
        for one, batch in _pairs(known, batches):
            kept = one.images // batch * batch
            if kept < one.images and (right := shares(kept, bounds(claim, cut))):
                words = (
                    f"{claim.text} is no share of {_counts(known)} images, but {_of(right, kept)}, "
                    f"whole batches of {batch}{', cut off' * cut}"
                )
                return _Fit(rank=2, words=words)
    for one, batch in _pairs(known, batches):
        if mean_of_batches(one.images, batch, bounds(claim, cut=True)):
            words = (
                f"{claim.text} is no share of {_counts(known)} images, but can be the plain mean of "
                f"the accuracies of {-(-one.images // batch)} batches of {batch}, the last one smaller"
            )
            return _Fit(rank=3, words=words)
    return _Fit(rank=4, words=_nearest(claim, known))


def _pairs(known: Sequence[Size], batches: Sequence[int]) -> list[tuple[Size, int]]:
    return [(one, batch) for one in known for batch in batches if batch < one.images]


def _of(right: range, n: int) -> str:
    if len(right) > 2:
        return f"{right[0]:,} … {right[-1]:,} of {n:,}"
    return f"{listed(right, 'or')} of {n:,}"


def _counts(known: Sequence[Size]) -> str:
    return listed((one.images for one in known), "or")


def _nearest(claim: Claim, known: Sequence[Size]) -> str:
    n = known[0].images
    below = int(Fraction(claim.decimal) * n)
    around = (f"{one:,}/{n:,} = {one / n:.5f}" for one in (below, below + 1) if one <= n)
    return f"{claim.text} is no share of {_counts(known)} images: {listed(around)}"


def _accuracy_finding(
    paper: Paper,
    claims: list[Claim],
    fits: dict[Claim, _Fit],
    known: Sequence[Size],
    batches: Sequence[int],
) -> Finding:
    first = claims[0]
    worst = max(one.rank for one in fits.values())
    tried = f"; tried whole batches and means over batches of {listed(batches)}" * bool(
        batches and worst > 1
    )
    changes = [
        (one, other)
        for one, fit in fits.items()
        if fit.rank == 4
        for other in misprints(one)
        if any(shares(size.images, bounds(other, cut=False)) for size in known)
    ]
    return Finding(
        check="accuracy",
        topic=f"{_named(first)} as a share of {_counts(known)} images",
        outcome=RANKS[worst],
        printed=quoted(claims),
        arithmetic="; ".join(one.words for one in fits.values()) + tried,
        sentence=_accuracy_sentence(worst, known),
        misprint=mended(changes),
        weight=weight(paper, claims),
        arm=first.arm,
    )


def _named(claim: Claim) -> str:
    part = {"train": "training ", "validation": "validation "}.get(claim.part, "")
    return f"{part}accuracy{f' at epoch {claim.epoch}' if claim.epoch else ''}".capitalize()


def _accuracy_sentence(worst: int, known: Sequence[Size]) -> str:
    """By the rank of the worst fit."""
    return (
        "An accuracy counts images, and a whole number of them gives what is printed.",
        "Only a number whose further digits were cut off, not rounded, can be printed like this.",
        f"No whole number of {_counts(known)} images gives what is printed; it would if images that "
        "fill no batch were left out, which the paper does not say.",
        f"No whole number of {_counts(known)} images gives what is printed. Averaging the accuracies of "
        "batches can, but then the images of a small last batch count more than the others.",
        f"No whole number of {_counts(known)} images gives what is printed, rounded or cut off: it was "
        "measured on other images, or a digit is wrong.",
    )[worst]
