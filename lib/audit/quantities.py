"""Quantities that a paper prints in several places."""

import re
from collections.abc import Sequence

from lib.audit.claims import grouped
from lib.audit.rounding import bounds, common
from lib.papers.declare import Claim, Contradiction, Paper


def repeated_quantities(paper: Paper) -> list[list[Claim]]:
    """The claims about each quantity that has several."""
    groups = grouped(
        (claim for claim in paper.claims if not claim.incomparable),
        lambda claim: (claim.metric, claim.arm, claim.of, claim.part, claim.epoch),
    )
    return [claims for claims in groups.values() if len(claims) > 1]


def disagreements(paper: Paper) -> list[list[Claim]]:
    """The claims about each quantity of which no one value rounds to all that is printed."""
    return [
        claims
        for claims in repeated_quantities(paper)
        if not common(bounds(claim, digits="rounded") for claim in claims)
    ]


def declared_contradiction(paper: Paper, claims: Sequence[Claim]) -> Contradiction | None:
    """The declared contradiction that quotes every one of these numbers, if there is one."""
    numbers = {claim.decimal for claim in claims}
    for contradiction in paper.contradictions:
        text = " ".join(f" {reading.value} " for reading in contradiction.readings)
        # 98.1 % and 0.981 are one number: either may stand for it.
        if {claim.decimal for claim in claims if _stands_in(claim.printed, text)} == numbers:
            return contradiction
    return None


def _stands_in(number: str, text: str) -> bool:
    """Whether a number stands in a text, and not as a part of another."""
    return bool(re.search(rf"(?<![\d.,]){re.escape(number)}(?![\d]|[.,]\d)", text))
