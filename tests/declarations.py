"""What the tests of single papers share: passages of a text, claims by their fields, folders as archives hold them."""

import math
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from lib.paper import Claim, Contradiction, Paper, Stated

# Slug → how the file of the paper's text begins.
TEXTS = {
    "hulu_breast_mammography": "000",
    "sulistiana_cat_breeds": "001",
    "kumar_breakhis": "002",
    "violina_blood_cancer": "003",
    "kuncoro_white_blood_cells": "004",
}


def paper_text(shared: Path, slug: str) -> str:
    """The text of a paper as it was extracted from its PDF file; skips where it is absent."""
    paths = sorted((shared / "papers").glob(f"{TEXTS[slug]}_*.txt"))
    if not paths:
        pytest.skip(f"the paper's text is not in {shared / 'papers'}")
    return paths[0].read_text(encoding="utf-8")


def between(text: str, start: str, end: str) -> str:
    """The passage from the first `start` to the next `end`, line breaks as spaces; both must be there."""
    first = text.index(start)
    return " ".join(text[first : text.index(end, first)].split())


def matching_claims(paper: Paper, **wanted) -> list[Claim]:
    """The claims whose fields have these values, in the paper's order."""
    return [
        claim
        for claim in paper.claims
        if all(getattr(claim, name) == value for name, value in wanted.items())
    ]


def matching_claim(paper: Paper, **wanted) -> Claim:
    """The only claim whose fields have these values."""
    (claim,) = matching_claims(paper, **wanted)
    return claim


def contradiction(paper: Paper, topic: str) -> Contradiction:
    """The only contradiction whose topic begins so."""
    (match,) = (known for known in paper.contradictions if known.topic.startswith(topic))
    return match


def prints(claim: Claim, value: float) -> bool:
    """Whether a value of the metric, rounded, is printed as the claim's number."""
    low, high = claim.rounding
    return low - 1e-9 <= value <= high + 1e-9


def possible_hits(claim: Claim, images: int) -> list[int]:
    """Every k for which k / `images`, rounded as printed, is the claim's number."""
    half = Fraction(5, 10 ** (1 - claim.decimal.as_tuple().exponent))
    low, high = Fraction(claim.decimal) - half, Fraction(claim.decimal) + half
    return list(range(math.ceil(low * images), min(math.floor(high * images), images) + 1))


def stated(paper: Paper) -> set[tuple[str, str]]:
    """(arm, setting) for all that a paper states of its models; of a variant what its arm has not."""
    return {
        (arm.name, name)
        for arm in paper.every_arm
        for name, setting in arm.settings.items()
        if isinstance(setting, Stated)
        and not (arm.variant_of and setting == paper.arm(arm.variant_of).settings.get(name))
    }


def tree(root: Path, *paths: str) -> Path:
    """Writes a file at each path below `root`: a small image of its own colour, or a line of text."""
    for number, path in enumerate(paths):
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix in {".csv", ".txt", ".xml"}:
            file.write_text("neither image nor group\n")
        else:
            Image.new("RGB", (8, 8), (number % 256, number // 256, 200)).save(file)
    return root
