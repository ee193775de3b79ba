"""Which of a paper's claims belong together."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from lib.papers.declare import Claim, Paper, out_of_range

# Part → the parts whose claims are about its images, the first choice first. The validation images
# of a curve are the test images, unless the paper counts both or divides its images in three.
CLAIM_PARTS = {
    "test": ("test", "validation"),
    "validation": ("validation", "test"),
    "train": ("train",),
}


def parts_like(paper: Paper, part: str) -> tuple[str, ...]:
    """The parts of `CLAIM_PARTS`; the part alone where validation and test images are different ones."""
    parts = CLAIM_PARTS.get(part, ())
    return parts if paper.validates_on_test else parts[:1]


def single_evaluations(paper: Paper) -> Paper:
    """The paper without claims outside of the range of their metric, or not from one evaluation of all labels."""
    single = (claim for claim in paper.claims if claim.kind.single and not out_of_range(claim))
    return replace(paper, claims=tuple(single))


def grouped(claims: Iterable[Claim], key: Callable[[Claim], Hashable]) -> dict[Any, list[Claim]]:
    """The claims by their `key`, in their order."""
    groups = defaultdict(list)
    for claim in claims:
        groups[key(claim)].append(claim)
    return dict(groups)


def distinct(claims: Iterable[Claim]) -> list[Claim]:
    """The first claim of every number: 0.981 and 98.1 % are one number."""
    first: dict[Decimal, Claim] = {}
    for claim in claims:
        first.setdefault(claim.decimal, claim)
    return [*first.values()]


def comparable_accuracies(paper: Paper) -> list[Claim]:
    """The printed accuracies that a rerun could give."""
    return [
        claim for claim in paper.claims if claim.metric == "accuracy" and not claim.incomparable
    ]


def final_accuracies(paper: Paper, arm: str, part: str) -> list[Claim]:
    """Accuracies of the trained network on the images of a part.

    On images that the network was not trained on, accuracies of the last epoch count too.
    """
    return [
        claim
        for claim in comparable_accuracies(paper)
        if (claim.arm, claim.of) == (arm, "")
        and claim.part in parts_like(paper, part)
        and (claim.epoch is None or (part != "train" and paper.is_final(claim)))
    ]
