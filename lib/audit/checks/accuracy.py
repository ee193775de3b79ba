"""An accuracy against the number of images it was measured on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lib.audit.batches import batch_sizes, is_mean_over_batches, sizes_text
from lib.audit.claims import comparable_accuracies, distinct, grouped
from lib.audit.findings import Finding, Outcome, quoted, weigh
from lib.audit.misprints import mended, single_misprints
from lib.audit.part_sizes import PartSize, known_sizes, printed_sizes
from lib.audit.rounding import Digits, bounds, shares
from lib.papers.declare import Claim, Paper
from lib.words import listed

LOG = 3  # accuracies: so many are looked at together, in `sample_size`
# By the rank of the worst fit.
RANKS: tuple[Outcome, ...] = (
    "consistent",
    "undetermined",
    "undetermined",
    "undetermined",
    "impossible",
)
WAYS: tuple[tuple[int, Digits], ...] = ((0, "rounded"), (1, "mixed"))  # rank of the digits' making


@dataclass(frozen=True, kw_only=True)
class _Fit:
    """How an accuracy comes about: 0 best, and in words."""

    rank: int
    words: str


def check_accuracies(paper: Paper) -> Iterator[Finding]:
    """Is an accuracy a share of the images that the paper gives the part?

    Of an epoch in a training log, also of whole batches and as a mean of the batches' accuracies.
    """
    for (arm, part, epoch), claims in grouped(
        comparable_accuracies(paper), lambda claim: (claim.arm, claim.part, claim.epoch)
    ).items():
        known = printed_sizes(paper, arm, part) or known_sizes(paper, arm, part)
        if not known or (epoch is not None and _logged_epochs(paper, arm, part) >= LOG):
            continue
        batches = batch_sizes(paper, arm) if epoch is not None else ()
        fits = {claim: _best_fit(claim, known, batches) for claim in distinct(claims)}
        yield _accuracy_finding(paper, claims, fits, known, batches)


def _logged_epochs(paper: Paper, arm: str, part: str) -> int:
    accuracies = comparable_accuracies(paper)
    epochs = {claim.epoch for claim in accuracies if (claim.arm, claim.part) == (arm, part)}
    return len(epochs - {None})


def _best_fit(claim: Claim, known: Sequence[PartSize], batches: Sequence[int]) -> _Fit:
    """The best explanation of one accuracy."""
    for rank, digits in WAYS:
        for size in known:
            if hits := shares(size.images, bounds(claim, digits)):
                words = f"{claim.text} is {_hits_of(hits, size.images)}{', cut off' * rank}"
                return _Fit(rank=rank, words=words)
    for _, digits in WAYS:
        for size, batch in _pairs(known, batches):
            kept = size.images // batch * batch
            if kept < size.images and (hits := shares(kept, bounds(claim, digits))):
                cut = ", cut off" * (digits == "mixed")
                words = f"{claim.text} is {_hits_of(hits, kept)}, whole batches of {batch}{cut}"
                return _Fit(rank=2, words=words)
    for size, batch in _pairs(known, batches):
        if is_mean_over_batches(size.images, batch, bounds(claim, digits="mixed")):
            number = -(-size.images // batch)
            words = f"{claim.text} can be the mean over {number} batches of {batch}, the last one smaller"
            return _Fit(rank=3, words=words)
    return _Fit(rank=4, words=_nearest(claim, known))


def _pairs(known: Sequence[PartSize], batches: Sequence[int]) -> list[tuple[PartSize, int]]:
    return [(size, batch) for size in known for batch in batches if batch < size.images]


def _hits_of(hits: range, n: int) -> str:
    if len(hits) > 2:
        return f"{hits[0]:,} … {hits[-1]:,} of {n:,}"
    return f"{listed(hits, 'or')} of {n:,}"


def _counts(known: Sequence[PartSize]) -> str:
    return listed((size.images for size in known), "or")


def _nearest(claim: Claim, known: Sequence[PartSize]) -> str:
    n = known[0].images
    below = int(Fraction(claim.decimal) * n)
    around = (f"{hits:,}/{n:,} = {hits / n:.5f}" for hits in (below, below + 1) if hits <= n)
    return f"{claim.text} is no share: {listed(around)}"


def _accuracy_finding(
    paper: Paper,
    claims: list[Claim],
    fits: dict[Claim, _Fit],
    known: Sequence[PartSize],
    batches: Sequence[int],
) -> Finding:
    first = claims[0]
    worst = max(fit.rank for fit in fits.values())
    tried = f"; whole batches and batch means were tried: {sizes_text(batches)}" * bool(
        batches and worst == len(RANKS) - 1
    )
    changes = [
        (claim, misprint)
        for claim, fit in fits.items()
        if fit.rank == 4
        for misprint in single_misprints(claim)
        if any(shares(size.images, bounds(misprint, digits="rounded")) for size in known)
    ]
    return Finding(
        check="accuracy",
        topic=f"{_title(first)} as a share of {_counts(known)} images",
        outcome=RANKS[worst],
        printed=quoted(claims),
        arithmetic="; ".join(fit.words for fit in fits.values()) + tried,
        sentence=_accuracy_sentence(worst, known),
        misprint=mended(changes),
        weight=weigh(paper, claims),
        arm=first.arm,
    )


def _title(claim: Claim) -> str:
    part = {"train": "training ", "validation": "validation "}.get(claim.part, "")
    return f"{part}accuracy{f' at epoch {claim.epoch}' if claim.epoch else ''}".capitalize()


def _accuracy_sentence(worst: int, known: Sequence[PartSize]) -> str:
    """By the rank of the worst fit."""
    return (
        "An accuracy counts images, and a whole number of them gives what is printed.",
        "Only a number whose further digits were cut off, not rounded, can be printed like this.",
        f"No whole number of {_counts(known)} images gives what is printed, unless images that fill no batch "
        "were left out, which the paper does not say.",
        f"No whole number of {_counts(known)} images gives what is printed. A mean over batches can, but then the "
        "images of a small last batch count more than the others.",
        f"No whole number of {_counts(known)} images gives what is printed, rounded or cut off: other images were "
        "measured, it is a mean, or a digit is wrong.",
    )[worst]
